//! How much of a post is read: a form with files may be larger than all else, and few of those are
//! read at once, since each is in memory as a whole.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::domain::posting::{Files, Posting};
use crate::http::forms::ContentType;
use crate::http::{BodyLimit, Head};

/// So many large posts are read at once.
const LARGE_POSTS_MAX: usize = 8;

/// The room for large posts.
pub(super) struct Room {
    places: Arc<Semaphore>,
    /// The most bytes of an ordinary post.
    body_bytes_max: usize,
}

/// A place in it, until the post is answered; ordinary posts need none.
pub(super) struct Place {
    _permit: Option<OwnedSemaphorePermit>,
}

impl Room {
    pub(super) fn new(body_bytes_max: usize) -> Room {
        let places = Arc::new(Semaphore::new(LARGE_POSTS_MAX));
        Room {
            places,
            body_bytes_max,
        }
    }

    /// How much may be read of this post; none where it is large and there is no place for it now.
    pub(super) fn take(&self, posting: &Posting, head: &Head) -> Option<(BodyLimit, Place)> {
        let is_form = matches!(head.content_type(), ContentType::Multipart { .. });
        let announced = head.header("content-length");
        let announced = announced.and_then(|text| text.parse::<usize>().ok());
        let is_small = announced.is_some_and(|bytes| bytes <= self.body_bytes_max);
        if !is_form || posting.files == Files::Refuse || is_small {
            return Some((BodyLimit::Listener, Place { _permit: None }));
        }
        let permit = self.places.clone().try_acquire_owned().ok()?;
        let bytes_max = posting.files_bytes_max.max(self.body_bytes_max);
        let place = Place {
            _permit: Some(permit),
        };
        Some((BodyLimit::Bytes(bytes_max), place))
    }
}
