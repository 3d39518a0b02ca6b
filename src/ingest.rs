//! Ingest: `POST /in/{source}`, and nothing else. No lead can be read here.
//!
//! A post is refused by its head where that is possible: unknown source, wrong secret, too many
//! posts, a store that takes nothing. A signature is checked on the bytes of the body. What is left
//! becomes a submission and goes to the store; the answer comes after the commit. A source may let
//! leads come by GET, as a query, and may want another answer than ours. Every refusal is JSON with a stable code, the field where one is
//! at fault, and a sentence.
//!
//! | status | when |
//! | --- | --- |
//! | 201 `created` | a new lead |
//! | 200 `updated`, `unchanged` | a post with the `external_id` of an earlier lead of the source |
//! | 200 `ignored` | a post that the source does not want (`when`) |
//! | 400 | the body is not what its `Content-Type` says |
//! | 401 | the source's secret or signature is missing, wrong or too old |
//! | 404, 405 | no such source; not a `POST` |
//! | 408, 413 | the body came too slowly, or is too large |
//! | 415 | a `Content-Type` that is not read here; a file where the source takes none |
//! | 422 | the post is empty or beyond its limits, or its `Idempotency-Key` came before with another body |
//! | 429 | more posts from this address than the source allows |
//! | 503 | the store cannot write now; the post may or may not be stored, and doing it again with the same `Idempotency-Key` or `external_id` is harmless |

mod answers;
mod auth;
mod body;
mod files;
mod mapped;
mod pace;
mod room;

use std::collections::HashMap;
use std::fmt::Display;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::domain::decision::Owner;
use crate::domain::intake::{self, Refusal, Submission, Visitor};
use crate::domain::raw::Raw;
use crate::domain::source::{Account, Source};
use crate::domain::webhook::Network;
use crate::http::{BodyLimit, Head, Request, Response, Site};
use crate::log::{Level, Log};
use crate::store::{IdempotencyKey, Post, Receipt, Rejection, State, Store, StoreError};
use crate::system::{Clock, Dice};
use pace::Pace;
use room::{Place, Room};

/// The site behind the public listener.
pub struct Ingest {
    store: Arc<Store>,
    log: Log,
    trusted_proxies: Vec<Network>,
    tools: Tools,
    routes: RwLock<Arc<Routes>>,
    pace: Pace,
    room: Room,
}

/// What ingest has from outside besides the store and the log.
pub struct Tools {
    /// The time of day, against which signatures are held.
    pub clock: Clock,
    /// Names the files that are kept.
    pub dice: Dice,
    /// Where the database is, and with it the folder of the files.
    pub directory: PathBuf,
    /// The most bytes of an ordinary post.
    pub body_bytes_max: usize,
}

type Routes = HashMap<String, Arc<Route>>;

/// A source with what its leads need.
pub struct Route {
    source: Source,
    name: Arc<str>,
    owner: Arc<Owner>,
    /// How many posts were ignored since the config was read.
    ignored: AtomicU64,
}

/// A post that was admitted.
pub struct Ticket {
    route: Arc<Route>,
    _place: Place,
}

/// After so long a post whose files could not be stored may come again.
const FILES_RETRY_AFTER: Duration = Duration::from_secs(30);
/// The longest `Idempotency-Key`.
const IDEMPOTENCY_KEY_BYTES_MAX: usize = 255;

impl Ingest {
    /// Takes posts for these sources into `store`.
    pub fn new(
        store: Arc<Store>,
        log: Log,
        trusted_proxies: Vec<Network>,
        tools: Tools,
        sources: &[Source],
        account: &Account,
    ) -> Ingest {
        let routes = RwLock::new(Arc::new(routes(sources, account)));
        Ingest {
            store,
            log,
            trusted_proxies,
            room: Room::new(tools.body_bytes_max),
            tools,
            routes,
            pace: Pace::default(),
        }
    }

    /// Exchanges the sources in one step. Requests under way end by those they began with.
    pub fn set_sources(&self, sources: &[Source], account: &Account) {
        let new = Arc::new(routes(sources, account));
        *self.routes.write().unwrap_or_else(PoisonError::into_inner) = new;
    }

    fn route(&self, head: &Head) -> Result<Arc<Route>, Response> {
        let name = head.path().strip_prefix("/in/").ok_or_else(|| {
            Response::error(
                404,
                "not_found",
                None,
                "leads are posted to /in/ and the name of a source",
            )
        })?;
        let routes = self.routes.read().unwrap_or_else(PoisonError::into_inner);
        routes.get(name).cloned().ok_or_else(|| {
            let message = "there is no source of this name; the config names them";
            Response::error(404, "unknown_source", None, message)
        })
    }

    fn check_pace(&self, route: &Route, head: &Head) -> Result<(), Response> {
        let client = head.client(&self.trusted_proxies);
        match self.pace.take(
            &route.name,
            route.source.rate_per_minute,
            client,
            Instant::now(),
        ) {
            None => Ok(()),
            Some(wait) => {
                let message = "too many posts from this address; try again later";
                Err(Response::error(429, "too_many_posts", None, message).retry_after(wait))
            }
        }
    }

    async fn take(&self, route: &Route, request: &Request) -> Result<Receipt, Response> {
        let source = &route.source;
        auth::check_signature(&source.auth, request, self.tools.clock.now())?;
        let mut posted = body::read(request, source, &self.tools.dice)?;
        auth::take_key(&source.auth, &mut posted.raw)?;
        if !source.auth.is_in_head() {
            self.check_pace(route, &request.head)?;
        }
        let said = posted.fingerprint.as_deref().unwrap_or(&request.body);
        let key = idempotency_key(route, request, said)?;
        let submission = self.submission(route, request, posted.raw)?;
        let folder = self.tools.directory.join(files::FOLDER);
        let kept = files::keep(&folder, posted.files).await;
        let kept = kept.map_err(|error| self.files_failed(route, &error))?;
        let post = Post {
            source: route.name.clone(),
            owner: route.owner.clone(),
            submission,
            key,
        };
        self.submit(post, kept).await
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
            Err(error) => Err(unavailable(&error)),
        }
    }

    fn submission(
        &self,
        route: &Route,
        request: &Request,
        raw: Raw,
    ) -> Result<Submission, Response> {
        let raw = mapped::named(raw, &route.source, &request.head)?;
        let visitor = match mapped::is_by_service(&route.source) {
            true => Visitor::default(),
            false => Visitor {
                address: Some(request.head.client(&self.trusted_proxies)),
                page: request.head.header("referer").map(str::to_owned),
            },
        };
        let mut submission = intake::read(raw, &route.source, &visitor).map_err(refused)?;
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

    fn log_taken(&self, route: &Route, receipt: Receipt, began: Instant) {
        self.log.info(
            "lead stored",
            &[
                ("source", &route.name),
                ("lead", &receipt.lead_id),
                (
                    "result",
                    &if receipt.repeated {
                        "repeated"
                    } else {
                        receipt.result.name()
                    },
                ),
                ("deliveries", &receipt.deliveries),
                ("ms", &began.elapsed().as_millis()),
            ],
        );
    }
}

impl Site for Ingest {
    type Ticket = Ticket;

    fn admit(&self, head: &Head) -> Result<(Ticket, BodyLimit), Response> {
        let admitted = || {
            let route = self.route(head)?;
            body::check_method(&route.source, head)?;
            auth::check_head(&route.source.auth, head)?;
            if route.source.auth.is_in_head() {
                self.check_pace(&route, head)?;
            }
            body::check_type(head)?;
            let state = self.store.state();
            if !state.takes_leads() {
                return Err(unavailable(&StoreError::Unavailable(state)));
            }
            let taken = self.room.take(&route.source.posting, head);
            let (limit, place) = taken.ok_or_else(|| unavailable(&StoreError::Busy))?;
            let ticket = Ticket {
                route,
                _place: place,
            };
            Ok((ticket, limit))
        };
        match admitted() {
            Ok(admitted) => Ok(admitted),
            Err(refusal) => {
                let code = refusal.code().unwrap_or_default();
                // The net is full of machines that try any path; they do not fill the log.
                let level = if refusal.status() == 404 {
                    Level::Debug
                } else {
                    Level::Warn
                };
                self.log.write(
                    level,
                    "post refused",
                    &[("status", &refusal.status()), ("code", &code)],
                );
                Err(refusal)
            }
        }
    }

    async fn answer(&self, ticket: Ticket, request: Request) -> Response {
        let began = Instant::now();
        let route = &ticket.route;
        if auth::is_handshake(&route.source.auth, &request.head) {
            let answer = auth::answer_handshake(&route.source.auth, &request.head);
            self.log.info(
                "handshake",
                &[("source", &route.name), ("status", &answer.status())],
            );
            return answer;
        }
        match self.take(route, &request).await {
            Ok(receipt) => {
                self.log_taken(route, receipt, began);
                answers::taken(receipt, route.source.posting.answer)
            }
            Err(ignored) if ignored.status() == 200 => {
                let n = route.ignored.fetch_add(1, Ordering::Relaxed) + 1;
                let values: [(&str, &dyn Display); 2] = [("source", &route.name), ("ignored", &n)];
                self.log.info("post ignored", &values);
                ignored
            }
            Err(refusal) => {
                self.log.warn(
                    "post refused",
                    &[
                        ("source", &route.name),
                        ("status", &refusal.status()),
                        ("code", &refusal.code().unwrap_or_default()),
                        ("bytes", &request.body.len()),
                    ],
                );
                refusal
            }
        }
    }
}

fn routes(sources: &[Source], account: &Account) -> Routes {
    let route = |source: &Source| {
        let owner = Owner {
            account: account.clone(),
            profile: source.profile.clone(),
        };
        let name = source.name.as_str().into();
        Arc::new(Route {
            source: source.clone(),
            name,
            owner: Arc::new(owner),
            ignored: AtomicU64::new(0),
        })
    };
    sources
        .iter()
        .map(|source| (source.name.clone(), route(source)))
        .collect()
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

fn refused(refusal: Refusal) -> Response {
    Response::error(
        422,
        refusal.code,
        refusal.field.as_deref(),
        &refusal.message,
    )
}

/// The reason stays in the log and in health; a stranger learns only that it is not his fault.
fn unavailable(error: &StoreError) -> Response {
    let (code, retry_after_s) = match error {
        StoreError::Unavailable(state) => (state.code(), state.retry_after_s()),
        StoreError::Busy => ("busy", 1),
        _ => ("store_failed", State::Failed(String::new()).retry_after_s()),
    };
    let message = "the lead cannot be stored right now; post it again in a while";
    let wait = Duration::from_secs(retry_after_s.into());
    Response::error(503, code, None, message).retry_after(wait)
}
