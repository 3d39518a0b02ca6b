//! Ingest: `POST /in/{source}`, and the script for the pages that do so. No lead can be read here.
//!
//! A post is refused by its head where that is possible: unknown source, wrong secret, too many
//! posts, a store that takes nothing. A signature is checked on the bytes of the body. What is left
//! becomes a submission and goes to the store; the answer comes after the commit. A source may let
//! leads come by GET, as a query, and may want another answer than ours. Every refusal is JSON with a
//! stable code, the field where one is at fault, and a sentence; a visitor whose browser posts a form
//! by itself gets pages instead.
//!
//! | status | when |
//! | --- | --- |
//! | 201 `created` | a new lead |
//! | 200 `updated`, `unchanged` | a post with the `external_id` of an earlier lead of the source |
//! | 200 `ignored` | a post that the source does not want (`when`) |
//! | 400 | the body is not what its `Content-Type` says |
//! | 401 | the source's secret or signature is missing, wrong or too old |
//! | 403 | a page of a site that the source does not list |
//! | 404, 405 | no such source; not a `POST` |
//! | 408, 413 | the body came too slowly, or is too large |
//! | 415 | a `Content-Type` that is not read here; a file where the source takes none |
//! | 422 | the post is empty, beyond its limits or of no use to the source, its captcha does not hold, or its `Idempotency-Key` came before with another body |
//! | 429 | more posts from this address than the source allows |
//! | 503 | the store cannot write now; the post may or may not be stored, and doing it again with the same `Idempotency-Key` or `external_id` is harmless |

mod answers;
mod auth;
mod body;
mod browser;
mod captcha;
mod files;
mod location;
mod mapped;
mod pace;
mod pages;
mod room;
mod script;
mod take;
mod tally;
mod visit;

use std::collections::HashMap;
use std::fmt::Display;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

pub use location::Places;

use crate::domain::decision::Owner;
use crate::domain::location::Location;
use crate::domain::source::{Account, Source};
use crate::domain::webhook::Network;
use crate::http::{BodyLimit, Head, Request, Response, Site};
use crate::log::{Level, Log};
use crate::metrics::{Posts, SourcePosts};
use crate::outbound::Lookups;
use crate::store::{Receipt, Store, StoreError};
use crate::system::{Clock, Dice};
use answers::unavailable;
use browser::Manner;
use captcha::{Checker, Desk};
use location::Atlas;
use pace::Pace;
use room::{Place, Room};

/// The site behind the public listener.
pub struct Ingest {
    store: Arc<Store>,
    log: Log,
    trusted_proxies: Vec<Network>,
    tools: Tools,
    routes: RwLock<Arc<Routes>>,
    posts: Arc<Posts>,
    pace: Pace,
    room: Room,
    captchas: Desk,
    atlas: Arc<Atlas>,
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
    /// Looks up the names of captcha services.
    pub lookups: Lookups,
}

type Routes = HashMap<String, Arc<Route>>;

/// A source with what its leads need.
pub struct Route {
    source: Source,
    name: Arc<str>,
    owner: Arc<Owner>,
    /// How many posts were ignored since the config was read.
    ignored: AtomicU64,
    posts: Arc<SourcePosts>,
    checker: Option<Arc<Checker>>,
}

/// A post that may be read. One that is refused all the same is read for the visitor's sake, who
/// gets back what he typed.
pub struct Ticket {
    route: Arc<Route>,
    refusal: Option<Response>,
    _place: Option<Place>,
}

/// So much of a refused post is read to be given back; more than anybody types.
const GIVEN_BACK_BYTES_MAX: usize = 64 * 1024;

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
        let posts = Arc::new(Posts::default());
        let routes = routes(sources, account, &tools.lookups, &posts);
        Ingest {
            store,
            atlas: Arc::new(Atlas::new(tools.clock.clone(), log.clone())),
            log,
            trusted_proxies,
            room: Room::new(tools.body_bytes_max),
            tools,
            routes: RwLock::new(Arc::new(routes)),
            posts,
            pace: Pace::default(),
            captchas: Desk::default(),
        }
    }

    /// Exchanges the sources in one step. Requests under way end by those they began with.
    pub fn set_sources(&self, sources: &[Source], account: &Account) {
        let new = routes(sources, account, &self.tools.lookups, &self.posts);
        *self.routes.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(new);
    }

    /// What has become of the posts since the start.
    pub fn posts(&self) -> &Arc<Posts> {
        &self.posts
    }

    /// Looks up where visitors are as these settings say, from now on; none: not at all. Reads the
    /// file.
    pub fn locate_by(&self, location: Option<Location>) {
        self.atlas.set(location);
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

    fn log_taken(&self, route: &Route, receipt: Receipt, took: Duration) {
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
                ("ms", &took.as_millis()),
            ],
        );
    }
}

impl Ingest {
    /// Decides by the head whether a post may come in.
    fn check(&self, route: &Route, head: &Head) -> Result<(), Response> {
        body::check_method(&route.source, head)?;
        browser::check_origin(&route.source.form, head)?;
        auth::check_head(&route.source.auth, head)?;
        if route.source.auth.is_in_head() {
            self.check_pace(route, head)?;
        }
        body::check_type(head)?;
        let state = self.store.state();
        match state.takes_leads() {
            true => Ok(()),
            false => Err(unavailable(&StoreError::Unavailable(state))),
        }
    }

    fn shake_hands(&self, route: &Route, head: &Head) -> Response {
        let answer = auth::answer_handshake(&route.source.auth, head);
        let values: [(&str, &dyn Display); 2] =
            [("source", &route.name), ("status", &answer.status())];
        self.log.info("handshake", &values);
        answer
    }

    fn log_refused(&self, refusal: &Response) {
        let code = refusal.code().unwrap_or_default();
        // The net is full of machines that try any path; they do not fill the log.
        let level = match refusal.status() {
            404 => Level::Debug,
            _ => Level::Warn,
        };
        let values: [(&str, &dyn Display); 2] = [("status", &refusal.status()), ("code", &code)];
        self.log.write(level, "post refused", &values);
    }
}

impl Site for Ingest {
    type Ticket = Ticket;

    fn admit(&self, head: &Head) -> Result<(Ticket, BodyLimit), Response> {
        if head.path() == script::PATH {
            return Err(script::answer(head));
        }
        let route = self.route(head).inspect_err(|refusal| {
            self.log_refused(refusal);
            self.count_misspelt(head, refusal);
        })?;
        let form = &route.source.form;
        if let Some(answer) = browser::preflight(form, head) {
            return Err(answer);
        }
        let room = || {
            let client = head.client(&self.trusted_proxies);
            let taken = self.room.take(&route.source.posting, head, client);
            taken.ok_or_else(|| unavailable(&StoreError::Busy))
        };
        let refusal = match self.check(&route, head).and_then(|()| room()) {
            Ok((limit, place)) => {
                let ticket = Ticket {
                    route,
                    refusal: None,
                    _place: Some(place),
                };
                return Ok((ticket, limit));
            }
            Err(refusal) => refusal,
        };
        self.log_refused(&refusal);
        self.count_refused(&route, head, None, &refusal);
        let for_person = Manner::of(&route.source, head) == Manner::Person;
        match refusal.status() {
            429 | 503 if for_person => {
                let ticket = Ticket {
                    route,
                    refusal: Some(refusal),
                    _place: None,
                };
                Ok((ticket, BodyLimit::Bytes(GIVEN_BACK_BYTES_MAX)))
            }
            403 | 415 if for_person => Err(pages::refused(form, head, refusal, None)),
            _ => Err(browser::dressed(form, head, refusal)),
        }
    }

    async fn answer(&self, ticket: Ticket, request: Request) -> Response {
        let Ticket {
            route,
            refusal,
            _place,
        } = ticket;
        if auth::is_handshake(&route.source.auth, &request.head) {
            return self.shake_hands(&route, &request.head);
        }
        let (form, head) = (&route.source.form, &request.head);
        let manner = Manner::of(&route.source, head);
        let began = Instant::now();
        let refused_before = refusal.is_some();
        let taken = match refusal {
            Some(refusal) => Err(refusal),
            None => self.take(&route, &request).await,
        };
        let answer = match taken {
            Ok((receipt, visit)) => {
                let took = began.elapsed();
                self.log_taken(&route, receipt, took);
                self.count_taken(&route, receipt, took);
                match manner {
                    Manner::Person => visit.thanks(form, head),
                    Manner::Program => answers::taken(receipt, route.source.posting.answer),
                }
            }
            Err(ignored) if ignored.status() == 200 => {
                let n = route.ignored.fetch_add(1, Ordering::Relaxed) + 1;
                let values: [(&str, &dyn Display); 2] = [("source", &route.name), ("ignored", &n)];
                self.log.info("post ignored", &values);
                self.count_ignored(&route);
                match manner {
                    Manner::Person => pages::thanks(form, None, None),
                    Manner::Program => ignored,
                }
            }
            Err(refusal) => {
                if !refused_before {
                    let values: [(&str, &dyn Display); 4] = [
                        ("source", &route.name),
                        ("status", &refusal.status()),
                        ("code", &refusal.code().unwrap_or_default()),
                        ("bytes", &request.body.len()),
                    ];
                    self.log.warn("post refused", &values);
                    self.count_refused(&route, head, Some(&request.body), &refusal);
                }
                match manner {
                    Manner::Person => {
                        pages::refused(form, head, refusal, body::typed(&request).as_ref())
                    }
                    Manner::Program => refusal,
                }
            }
        };
        browser::dressed(form, head, answer)
    }

    fn unread(&self, ticket: &Ticket, head: &Head, refusal: Response) -> Response {
        let Ticket {
            route,
            refusal: refused_before,
            ..
        } = ticket;
        let form = &route.source.form;
        if refused_before.is_none() {
            self.count_refused(route, head, None, &refusal);
        }
        let refusal = match Manner::of(&route.source, head) {
            Manner::Person => pages::refused(form, head, refusal, None),
            Manner::Program => refusal,
        };
        browser::dressed(form, head, refusal)
    }
}

fn routes(sources: &[Source], account: &Account, lookups: &Lookups, posts: &Posts) -> Routes {
    let route = |source: &Source| {
        let owner = Owner {
            account: account.clone(),
            profile: source.profile.clone(),
        };
        let name = source.name.as_str().into();
        let captcha = source.form.captcha.as_ref();
        Arc::new(Route {
            source: source.clone(),
            name,
            owner: Arc::new(owner),
            ignored: AtomicU64::new(0),
            posts: posts.of(&source.name),
            checker: captcha.map(|captcha| Arc::new(Checker::new(captcha, lookups))),
        })
    };
    sources
        .iter()
        .map(|source| (source.name.clone(), route(source)))
        .collect()
}
