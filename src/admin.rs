//! The admin listener: health and metrics for monitors, the inspector, and what the commands ask the
//! daemon.
//!
//! It listens on loopback only. `/livez`, `/readyz` and `/healthz` need no token, and webhooks may
//! post to the inspector, whose signature check is theirs. The API and the inspector's page want a
//! token, as `Authorization: Bearer` or as the password of HTTP Basic; the other pages a session, which
//! begins with a token. A page elsewhere cannot reach it through the owner's browser: a `Host` that is
//! not this machine, or the one of the config, is refused (DNS rebinding), and what changes something
//! is refused where another site asks, or without the key of the session's forms.

mod api;
mod callers;
mod guard;
mod health;
mod inspector;
mod metrics;
mod page;
mod pages;
mod sessions;

use std::sync::{Arc, PoisonError, RwLock};

use crate::alerts::Alerts;
use crate::delivery::Crews;
use crate::domain::reload::Reloaded;
use crate::domain::secret::Secret;
use crate::domain::signature::SigningKey;
use crate::domain::time::Timestamp;
use crate::domain::webhook::Network;
use crate::http::{BodyLimit, Head, Request, Response, Site};
use crate::store::Store;
use crate::system::{Clock, Dice};
use crate::upkeep::Upkeep;
use api::Desk;
pub use api::{Caller, Configured, Endpoint};
use callers::Who;
use guard::check_host;
use inspector::{Inspector, Reply};
pub use metrics::Meters;
pub use pages::Page;
use sessions::Sessions;

/// The site behind the admin listener.
pub struct Admin {
    store: Arc<Store>,
    crews: Arc<Crews>,
    upkeep: Arc<Upkeep>,
    alerts: Arc<Alerts>,
    tokens: Vec<Secret>,
    low_space_bytes: u64,
    inspector: Option<Arc<Inspector>>,
    configured: RwLock<Arc<Configured>>,
    reload: Reload,
    last_reload: RwLock<Option<(Timestamp, Reloaded)>>,
    sessions: Sessions,
    /// The host that the pages have from outside, if they have one.
    public_host: Option<String>,
    trusted_proxies: Vec<Network>,
    meters: Arc<Meters>,
    clock: Clock,
}

/// What the admin listener shows and steers.
pub struct Parts {
    /// Leads and deliveries.
    pub store: Arc<Store>,
    /// How webhooks do.
    pub crews: Arc<Crews>,
    /// How backups do.
    pub upkeep: Arc<Upkeep>,
    /// What is not in order.
    pub alerts: Arc<Alerts>,
    /// Has the config read again.
    pub reload: Reload,
}

/// Has the config read again, and gives what came of it; nothing where that takes too long.
pub type Reload = Arc<dyn Fn() -> Option<Reloaded> + Send + Sync>;

/// What the admin listener is told.
pub struct Options {
    /// Any of them opens it.
    pub tokens: Vec<Secret>,
    /// Below so many free bytes the disk is nearly full.
    pub low_space_bytes: u64,
    /// How many requests the inspector keeps for each name; none: no inspector.
    pub inspector_keep: Option<usize>,
    /// Names sessions.
    pub dice: Dice,
    /// The host by which a proxy with TLS in front shows the pages and the API.
    pub public_host: Option<String>,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
}

/// Where a request leads.
#[derive(Debug)]
pub enum Route {
    /// The process lives.
    Live,
    /// It takes leads.
    Ready,
    /// How it is, in full.
    Health,
    /// What is counted and measured.
    Metrics,
    /// A webhook arrives at the inspector under this name.
    Inspect(String, Reply),
    /// The inspector's page; of one name, or of all.
    Inspected(Option<String>),
    /// An endpoint of the API, with the values in its path.
    Api(&'static Endpoint, Vec<String>),
    /// A page, with the values in its path.
    Page(&'static Page, Vec<String>),
    /// The form to sign in with, and what it sends.
    SignIn,
    /// The end of a visit.
    SignOut,
    /// The style of the pages.
    Style,
}

impl Admin {
    /// A site that shows these parts of the program.
    pub fn new(
        parts: Parts,
        options: Options,
        configured: Configured,
        meters: Meters,
        clock: Clock,
    ) -> Admin {
        let admin = Admin {
            store: parts.store,
            crews: parts.crews,
            upkeep: parts.upkeep,
            alerts: parts.alerts,
            tokens: options.tokens,
            low_space_bytes: options.low_space_bytes,
            inspector: options
                .inspector_keep
                .map(|keep| Arc::new(Inspector::new(keep))),
            configured: RwLock::new(Arc::new(configured.clone())),
            reload: parts.reload,
            last_reload: RwLock::default(),
            sessions: Sessions::new(options.dice),
            public_host: options.public_host,
            trusted_proxies: options.trusted_proxies,
            meters: Arc::new(meters),
            clock,
        };
        admin.set(configured);
        admin
    }

    /// Shows another config from now on. The inspector checks signatures with the keys of the webhook
    /// of the same name.
    pub fn set(&self, configured: Configured) {
        if let Some(inspector) = &self.inspector {
            let webhooks = configured.webhooks.iter();
            let keys = webhooks.map(|webhook| (webhook.name.clone(), webhook.keys.clone()));
            inspector.set_keys(keys.collect());
        }
        let mut present = self
            .configured
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *present = Arc::new(configured);
    }

    /// Shows what came of reading the config again.
    pub fn note_reload(&self, reloaded: Reloaded) {
        let mut last = self
            .last_reload
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *last = Some((self.clock.now(), reloaded));
    }

    fn route(&self, head: &Head) -> Result<Route, Response> {
        if let Some(found) = api::route(head) {
            let (endpoint, values) = found.map_err(api::worded)?;
            return Ok(Route::Api(endpoint, values));
        }
        if let Some((page, values)) = pages::route(head) {
            return Ok(Route::Page(page, values));
        }
        let path: Vec<&str> = head.path().trim_matches('/').split('/').collect();
        let has_inspector = self.inspector.is_some();
        let (wanted, route) = match (head.method(), path.as_slice()) {
            (_, ["style.css"]) => ("GET", Route::Style),
            ("POST", ["sign-in"]) => ("POST", Route::SignIn),
            (_, ["sign-in"]) => ("GET", Route::SignIn),
            (_, ["sign-out"]) => ("POST", Route::SignOut),
            (_, ["livez"]) => ("GET", Route::Live),
            (_, ["readyz"]) => ("GET", Route::Ready),
            (_, ["healthz"]) => ("GET", Route::Health),
            (_, ["metrics"]) => ("GET", Route::Metrics),
            ("POST", ["inspector", name]) if has_inspector => {
                let reply = Reply::parse(head.query().unwrap_or_default())
                    .map_err(|why| Response::error(400, "bad_query", None, &why))?;
                ("POST", Route::Inspect((*name).to_owned(), reply))
            }
            (_, ["inspector"]) if has_inspector => ("GET", Route::Inspected(None)),
            (_, ["inspector", name]) if has_inspector => {
                ("GET", Route::Inspected(Some((*name).to_owned())))
            }
            _ => {
                let refusal = Response::error(404, "not_found", None, "there is nothing here");
                return Err(api::worded(refusal));
            }
        };
        match (head.method(), wanted) {
            // Monitors like to ask without a body.
            ("HEAD", "GET") => Ok(route),
            (method, wanted) if method == wanted => Ok(route),
            _ => {
                let message = format!("use {wanted} here");
                let refusal = Response::error(405, "method_not_allowed", None, &message);
                let allowed = if wanted == "GET" { "GET, HEAD" } else { wanted };
                Err(refusal.header("allow", allowed))
            }
        }
    }

    /// Does what asks the store or the disk on a thread that may wait: whether the process lives must be
    /// answered also while the disk does not answer.
    async fn wait(&self, work: impl FnOnce(&Desk) -> Response + Send + 'static) -> Response {
        let desk = Desk {
            store: self.store.clone(),
            crews: self.crews.clone(),
            upkeep: self.upkeep.clone(),
            alerts: self.alerts.clone(),
            inspector: self.inspector.clone(),
            configured: read(&self.configured),
            reload: self.reload.clone(),
            last_reload: read(&self.last_reload),
            low_space_bytes: self.low_space_bytes,
            now: self.clock.now(),
        };
        let done = tokio::task::spawn_blocking(move || work(&desk)).await;
        let message = "the request broke off";
        done.unwrap_or_else(|_| Response::error(500, "internal", None, message))
    }
}

impl Site for Admin {
    type Ticket = (Route, Who);

    fn admit(&self, head: &Head) -> Result<(Self::Ticket, BodyLimit), Response> {
        check_host(head, self.public_host.as_deref())?;
        let route = self.route(head)?;
        let who = self.who(&route, head)?;
        Ok(((route, who), BodyLimit::Listener))
    }

    async fn answer(&self, (route, who): Self::Ticket, request: Request) -> Response {
        let response = match (route, who) {
            (Route::Live, _) => Response::text(200, "ok\n"),
            (Route::Ready, _) => health::ready(&self.store),
            (Route::Health, _) => self.wait(health::health).await,
            (Route::Style, _) => Response::typed(200, "text/css; charset=utf-8", pages::STYLE),
            (Route::Metrics, _) => {
                let (meters, now) = (self.meters.clone(), self.clock.now());
                self.wait(move |desk| metrics::page(desk, &meters, now))
                    .await
            }
            (Route::Api(endpoint, values), Who::Caller(caller)) => {
                self.wait(move |desk| api::answer(desk, endpoint, values, caller, request))
                    .await
            }
            (Route::Page(page, values), Who::Session(session)) => {
                self.wait(move |desk| {
                    pages::answer(desk, page, values, session, &request.head, &request.body)
                })
                .await
            }
            (Route::Api(..) | Route::Page(..), _) => Response::empty(401),
            (Route::SignIn, _) => self.sign_in(&request),
            (Route::SignOut, _) => self.sign_out(&request.head),
            (Route::Inspect(name, reply), _) => self.inspect(&name, reply, &request).await,
            (Route::Inspected(name), _) => self.inspected(name.as_deref()),
        };
        response
            .header("cache-control", "no-store")
            .header("x-content-type-options", "nosniff")
            // With none at all, browsers would not say that our own forms are ours.
            .header("referrer-policy", "same-origin")
    }
}

impl Admin {
    async fn inspect(&self, name: &str, reply: Reply, request: &Request) -> Response {
        let Some(inspector) = &self.inspector else {
            return Response::empty(404);
        };
        inspector.take(name, reply, request, self.clock.now());
        if !reply.delay.is_zero() {
            tokio::time::sleep(reply.delay).await;
        }
        Response::empty(reply.status)
    }

    fn inspected(&self, name: Option<&str>) -> Response {
        match &self.inspector {
            Some(inspector) => page::inspected(name, &inspector.names(), &inspector.seen(name)),
            None => Response::empty(404),
        }
    }
}

type Keys = std::collections::HashMap<String, Vec<SigningKey>>;

/// A lock whose holder panicked is taken all the same: what it guards is a plain value.
fn read<T: Clone>(lock: &RwLock<T>) -> T {
    lock.read().unwrap_or_else(PoisonError::into_inner).clone()
}
