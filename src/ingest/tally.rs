//! Every post is counted, and the refused ones are noted, so that the owner sees what goes wrong.

use std::time::Duration;

use super::{Ingest, Route};
use crate::domain::tally::{BODY_BYTES_MAX, Happened, NO_SOURCE, RefusedPost, masked, misspelt};
use crate::http::{Head, Response};
use crate::metrics::PostOutcome;
use crate::store::{PostResult, Receipt};

impl Ingest {
    /// A post was taken; from its last byte on that took so long.
    pub(super) fn count_taken(&self, route: &Route, receipt: Receipt, took: Duration) {
        self.posts.duration.observe(took);
        route.posts.count(match receipt.result {
            _ if receipt.repeated => PostOutcome::Repeated,
            PostResult::Created => PostOutcome::Created,
            PostResult::Updated => PostOutcome::Updated,
            PostResult::Unchanged => PostOutcome::Unchanged,
        });
        self.count(&route.name, Happened::Taken(self.tools.clock.now()));
    }

    /// A post was ignored.
    pub(super) fn count_ignored(&self, route: &Route) {
        route.posts.count(PostOutcome::Ignored);
        self.count(&route.name, Happened::Ignored);
    }

    /// A post of a source was refused; `body` is what was read of it.
    pub(super) fn count_refused(
        &self,
        route: &Route,
        head: &Head,
        body: Option<&[u8]>,
        refusal: &Response,
    ) {
        route.posts.count(PostOutcome::Refused);
        let mut post = self.refused_post(head, refusal);
        if let Some(body) = body {
            post.bytes = body.len() as u64;
            let kept = || body[..body.len().min(BODY_BYTES_MAX)].to_vec();
            post.body = route.source.keep_refused.then(kept);
        }
        self.count(&route.name, Happened::Refused(post));
    }

    /// Something was posted to a source that is not there. The net is full of machines that try any
    /// path; what is not below `/in/` says nothing of a source.
    pub(super) fn count_misspelt(&self, head: &Head, refusal: &Response) {
        if let Some(name) = head.path().strip_prefix("/in/") {
            let mut post = self.refused_post(head, refusal);
            post.place = Some(misspelt(name));
            self.posts.of_no_source.increment();
            self.count(NO_SOURCE, Happened::Refused(post));
        }
    }

    fn refused_post(&self, head: &Head, refusal: &Response) -> RefusedPost {
        let announced = head.header("content-length");
        RefusedPost {
            at: self.tools.clock.now(),
            status: refusal.status(),
            code: refusal.code().unwrap_or_default().to_owned(),
            bytes: announced
                .and_then(|text| text.parse().ok())
                .unwrap_or_default(),
            client: masked(head.client(&self.trusted_proxies)),
            place: None,
            body: None,
        }
    }

    fn count(&self, source: &str, happened: Happened) {
        if let Some(wait) = self.store.count(source, happened) {
            self.keep_later(wait);
        }
    }

    /// Has the counts written once it has been quiet for a while, and not for each post.
    fn keep_later(&self, wait: Duration) {
        let store = self.store.clone();
        tokio::spawn(async move {
            tokio::time::sleep(wait).await;
            // It may have to look into the database, which can wait for the disk.
            let _ = tokio::task::spawn_blocking(move || store.keep_tallies()).await;
        });
    }
}
