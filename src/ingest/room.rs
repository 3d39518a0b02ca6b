//! How much of a post is read: a form with files may be larger than all else, and few of those are
//! read at once, since each is in memory as a whole. One client has only some of these places, or it
//! could hold them all by being slow.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::domain::posting::{Files, Posting};
use crate::http::address::limit_key;
use crate::http::forms::ContentType;
use crate::http::{BodyLimit, Head};

/// So many large posts are read at once.
const LARGE_POSTS_MAX: usize = 8;
/// So many of them from one client.
const LARGE_POSTS_PER_CLIENT: usize = 2;

/// The room for large posts.
pub(super) struct Room {
    /// Who has how many places; an IPv6 /64 counts as one client.
    taken: Arc<Taken>,
    /// The most bytes of an ordinary post.
    body_bytes_max: usize,
}

/// A place in it, until the post is answered; ordinary posts need none.
pub(super) struct Place(Option<(Arc<Taken>, IpAddr)>);

type Taken = Mutex<HashMap<IpAddr, usize>>;

fn lock(taken: &Taken) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some((taken, client)) = &self.0 else {
            return;
        };
        let mut taken = lock(taken);
        match taken.get_mut(client) {
            Some(n) if *n > 1 => *n -= 1,
            _ => drop(taken.remove(client)),
        }
    }
}

impl Room {
    pub(super) fn new(body_bytes_max: usize) -> Room {
        Room {
            taken: Arc::default(),
            body_bytes_max,
        }
    }

    /// How much may be read of this post; none where it is large and there is no place for it now.
    pub(super) fn take(
        &self,
        posting: &Posting,
        head: &Head,
        client: IpAddr,
    ) -> Option<(BodyLimit, Place)> {
        let is_form = matches!(head.content_type(), ContentType::Multipart { .. });
        let announced = head.header("content-length");
        let announced = announced.and_then(|text| text.parse::<usize>().ok());
        let is_small = announced.is_some_and(|bytes| bytes <= self.body_bytes_max);
        if !is_form || posting.files == Files::Refuse || is_small {
            return Some((BodyLimit::Listener, Place(None)));
        }
        let place = self.place(limit_key(client))?;
        let bytes_max = posting.files_bytes_max.max(self.body_bytes_max);
        Some((BodyLimit::Bytes(bytes_max), place))
    }

    fn place(&self, client: IpAddr) -> Option<Place> {
        let mut taken = lock(&self.taken);
        let all: usize = taken.values().sum();
        let own = taken.get(&client).copied().unwrap_or_default();
        if all >= LARGE_POSTS_MAX || own >= LARGE_POSTS_PER_CLIENT {
            return None;
        }
        taken.insert(client, own + 1);
        Some(Place(Some((self.taken.clone(), client))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_client_cannot_hold_all_places_and_gives_back_its_own() {
        let room = Room::new(1024);
        let place = |client: u8| room.place(IpAddr::from([192, 0, 2, client]));
        let own: Vec<Place> = (0..2).filter_map(|_| place(1)).collect();
        assert_eq!(own.len(), LARGE_POSTS_PER_CLIENT);
        assert!(place(1).is_none());
        let others: Vec<Place> = (2..20).filter_map(place).collect();
        assert_eq!(others.len(), LARGE_POSTS_MAX - LARGE_POSTS_PER_CLIENT);
        drop((own, others));
        assert!(place(1).is_some() && lock(&room.taken).is_empty());
    }
}
