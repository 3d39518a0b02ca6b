//! The way of a post from its body to the commit.

use std::time::Duration;

use tokio::sync::oneshot;

use super::answers::{refused, unavailable};
use super::visit::{self, Visit};
use super::{Ingest, Route, auth, body, files, mapped};
use crate::domain::intake::{self, Submission, Visitor};
use crate::domain::mapping::Named;
use crate::domain::unmapped::Lack;
use crate::http::{Request, Response};
use crate::store::{FILES_FOLDER, IdempotencyKey, Post, Receipt, Rejection, StoreError};

/// After so long a post whose files could not be stored may come again.
const FILES_RETRY_AFTER: Duration = Duration::from_secs(30);
/// The longest `Idempotency-Key`.
const IDEMPOTENCY_KEY_BYTES_MAX: usize = 255;

impl Ingest {
    /// Takes a post whose head was found well. An error is its refusal.
    pub(super) async fn take(
        &self,
        route: &Route,
        request: &Request,
    ) -> Result<(Receipt, Visit), Response> {
        let source = &route.source;
        let checked = auth::check_signature(&source.auth, request, self.tools.clock.now());
        checked.map_err(|refusal| match mapped::is_ping(request, source) {
            true => mapped::ignored(),
            false => refusal,
        })?;
        let mut posted = body::read(request, source, &self.tools.dice)?;
        auth::take_key(&source.auth, &mut posted.raw)?;
        if !source.auth.is_in_head() {
            self.check_pace(route, &request.head)?;
        }
        let said = posted.fingerprint.as_deref().unwrap_or(&request.body);
        let key = idempotency_key(route, request, said)?;
        let (named, visit) = visit::read(posted.raw, &posted.files, &request.head, source)?;
        let mut submission = self.submission(route, request, named)?;
        let client = request.head.client(&self.trusted_proxies);
        let screened = visit.screen(&mut submission, route, client, &self.captchas, &self.log);
        screened.await?;
        let key = key.or_else(|| visit.key(&route.name));
        let folder = self.tools.directory.join(FILES_FOLDER);
        let kept = files::keep(&folder, posted.files).await;
        let kept = kept.map_err(|error| self.files_failed(route, &error))?;
        let post = Post {
            source: route.name.clone(),
            owner: route.owner.clone(),
            submission,
            files: kept.names(),
            key,
        };
        let receipt = self.submit(post, kept).await?;
        visit.stored(&self.captchas);
        Ok((receipt, visit))
    }

    async fn submit(&self, post: Post, kept: files::Kept) -> Result<Receipt, Response> {
        let (sender, receiver) = oneshot::channel();
        let handed = kept.hand_over();
        self.store.submit(
            post,
            Box::new(move |result| {
                handed.settle(&result);
                // Nobody may be left to hear it: the client went away. The lead is stored.
                let _ = sender.send(result);
            }),
        );
        let unknown = StoreError::Failed("the outcome of the write is unknown".to_owned());
        match receiver.await.unwrap_or(Err(unknown)) {
            Ok(Ok(receipt)) => Ok(receipt),
            Ok(Err(Rejection::KeyReused)) => Err(Response::error(
                422,
                "idempotency_key_reused",
                None,
                "this Idempotency-Key came before with another body; use a new key for a new lead",
            )),
            Ok(Err(Rejection::Lacks(lack))) => {
                Err(Response::error(422, lack.code(), None, lack.sentence()))
            }
            Err(error) => Err(unavailable(&error)),
        }
    }

    fn submission(
        &self,
        route: &Route,
        request: &Request,
        named: Named,
    ) -> Result<Submission, Response> {
        let visitor = Visitor {
            address: Some(request.head.client(&self.trusted_proxies)),
            page: request.head.header("referer").map(str::to_owned),
            user_agent: request.head.header("user-agent").map(str::to_owned),
        };
        let mut submission = intake::read(named.raw, &route.source, &visitor).map_err(refused)?;
        submission.locate(|address| self.atlas.find(address));
        if !named.found {
            submission.lack = Some(Lack::Mapping);
        }
        if route.source.keep_body {
            submission.body = Some(request.body.to_vec());
        }
        Ok(submission)
    }

    fn files_failed(&self, route: &Route, error: &std::io::Error) -> Response {
        self.log.error(
            "the files of a post cannot be stored",
            &[("source", &route.name), ("reason", error)],
        );
        let message = "the files cannot be stored right now; post it again in a while";
        Response::error(503, "files_failed", None, message).retry_after(FILES_RETRY_AFTER)
    }
}

/// The key that came with a post, with what the post `said`.
fn idempotency_key(
    route: &Route,
    request: &Request,
    said: &[u8],
) -> Result<Option<IdempotencyKey>, Response> {
    let mut keys = request.head.headers("idempotency-key");
    let Some(key) = keys.next() else {
        return Ok(None);
    };
    if key.is_empty() || key.len() > IDEMPOTENCY_KEY_BYTES_MAX || keys.next().is_some() {
        let message =
            format!("one Idempotency-Key of 1 to {IDEMPOTENCY_KEY_BYTES_MAX} bytes is allowed");
        return Err(Response::error(400, "bad_idempotency_key", None, &message));
    }
    Ok(Some(IdempotencyKey::new(&route.name, key, said)))
}
