//! The admin listener: health for monitors, the inspector, and what the commands ask the daemon.
//!
//! It listens on loopback only. `/livez`, `/readyz` and `/healthz` need no token, and webhooks may
//! post to the inspector, whose signature check is theirs; all else needs the admin token, as
//! `Authorization: Bearer`, or as the password of HTTP Basic for a browser. A page elsewhere cannot
//! reach it through the owner's browser: a `Host` that is not this machine is refused (DNS
//! rebinding), and what changes something wants a header that no other site can send.

mod api;
mod guard;
mod health;
mod inspector;
mod page;

use std::sync::{Arc, PoisonError, RwLock};

use crate::delivery::Crews;
use crate::domain::secret::Secret;
use crate::domain::signature::SigningKey;
use crate::http::{BodyLimit, Head, Request, Response, Site};
use crate::store::Store;
use crate::system::Clock;
pub use api::{Caller, Configured, Endpoint};
use api::{Desk, Rights};
use guard::{check_host, check_same_site, offered_token};
use inspector::{Inspector, Reply};

/// The site behind the admin listener.
pub struct Admin {
    store: Arc<Store>,
    crews: Arc<Crews>,
    tokens: Vec<Secret>,
    low_space_bytes: u64,
    inspector: Option<Inspector>,
    configured: RwLock<Arc<Configured>>,
    clock: Clock,
}

/// Who comes with a token of the config.
const OF_CONFIG: &str = "config";

/// What the admin listener is told.
pub struct Options {
    /// Any of them opens it.
    pub tokens: Vec<Secret>,
    /// Below so many free bytes the disk is nearly full.
    pub low_space_bytes: u64,
    /// How many requests the inspector keeps for each name; none: no inspector.
    pub inspector_keep: Option<usize>,
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
    /// A webhook arrives at the inspector under this name.
    Inspect(String, Reply),
    /// The inspector's page; of one name, or of all.
    Inspected(Option<String>),
    /// An endpoint of the API, with the values in its path.
    Api(&'static Endpoint, Vec<String>),
}

impl Admin {
    /// A site that shows `store` and `crews`.
    pub fn new(
        store: Arc<Store>,
        crews: Arc<Crews>,
        options: Options,
        configured: Configured,
        clock: Clock,
    ) -> Admin {
        let admin = Admin {
            store,
            crews,
            tokens: options.tokens,
            low_space_bytes: options.low_space_bytes,
            inspector: options.inspector_keep.map(Inspector::new),
            configured: RwLock::new(Arc::new(configured.clone())),
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

    fn route(&self, head: &Head) -> Result<Route, Response> {
        if let Some(found) = api::route(head) {
            let (endpoint, values) = found.map_err(api::worded)?;
            return Ok(Route::Api(endpoint, values));
        }
        let path: Vec<&str> = head.path().trim_matches('/').split('/').collect();
        let has_inspector = self.inspector.is_some();
        let (wanted, route) = match (head.method(), path.as_slice()) {
            (_, ["livez"]) => ("GET", Route::Live),
            (_, ["readyz"]) => ("GET", Route::Ready),
            (_, ["healthz"]) => ("GET", Route::Health),
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
        match head.method() == wanted {
            true => Ok(route),
            false => {
                let message = format!("this wants {wanted}");
                let refusal = Response::error(405, "method_not_allowed", None, &message);
                Err(refusal.header("allow", wanted))
            }
        }
    }

    /// Who asks, where that matters.
    fn caller(&self, route: &Route, head: &Head) -> Result<Option<Caller>, Response> {
        if matches!(
            route,
            Route::Live | Route::Ready | Route::Health | Route::Inspect(..)
        ) {
            return Ok(None);
        }
        let offered = head.header("authorization").and_then(offered_token);
        let caller = offered.and_then(|offered| self.known(&offered));
        let Some(caller) = caller else {
            let message = "this wants a token, as a bearer token or as the password of any user";
            let refusal = Response::error(401, "unauthorized", None, message);
            let how = "Basic realm=\"leadhook\", charset=\"UTF-8\"";
            return Err(refusal.header("www-authenticate", how));
        };
        match route {
            Route::Api(endpoint, _) if endpoint.rights > caller.rights => {
                let message = "this token may look, and not change anything";
                Err(Response::error(403, "read_only_token", None, message))
            }
            _ => Ok(Some(caller)),
        }
    }

    /// Whose token it is; those of the config may do everything.
    fn known(&self, offered: &[u8]) -> Option<Caller> {
        let of_config = self.tokens.iter();
        if of_config.fold(false, |found, token| token.matches(offered) | found) {
            return Some(Caller {
                name: OF_CONFIG.to_owned(),
                rights: Rights::Full,
            });
        }
        // While the store is not open, only those of the config open anything.
        let token = self.store.known_token(offered).ok()??;
        Some(Caller {
            name: token.name,
            rights: token.rights,
        })
    }

    /// Does what waits for a commit on a thread that may wait: health must answer also when the
    /// disk does not.
    async fn wait(&self, work: impl FnOnce(&Desk) -> Response + Send + 'static) -> Response {
        let desk = Desk {
            store: self.store.clone(),
            crews: self.crews.clone(),
            configured: read(&self.configured),
        };
        let done = tokio::task::spawn_blocking(move || work(&desk)).await;
        let message = "the request broke off";
        done.unwrap_or_else(|_| Response::error(500, "internal", None, message))
    }
}

impl Site for Admin {
    type Ticket = (Route, Option<Caller>);

    fn admit(&self, head: &Head) -> Result<(Self::Ticket, BodyLimit), Response> {
        check_host(head)?;
        let route = self.route(head)?;
        let caller = self.caller(&route, head).map_err(api::worded)?;
        if matches!(&route, Route::Api(endpoint, _) if endpoint.rights == Rights::Full) {
            check_same_site(head)?;
        }
        Ok(((route, caller), BodyLimit::Listener))
    }

    async fn answer(&self, (route, caller): Self::Ticket, request: Request) -> Response {
        let response = match (route, &self.inspector) {
            (Route::Live, _) => Response::text(200, "ok\n"),
            (Route::Ready, _) => health::ready(&self.store),
            (Route::Health, _) => self.health(),
            (Route::Api(endpoint, values), _) => match caller {
                Some(caller) => {
                    self.wait(move |desk| api::answer(desk, endpoint, values, caller, request))
                        .await
                }
                None => Response::empty(401),
            },
            (Route::Inspect(name, reply), Some(inspector)) => {
                inspector.take(&name, reply, &request, self.clock.now());
                if !reply.delay.is_zero() {
                    tokio::time::sleep(reply.delay).await;
                }
                Response::empty(reply.status)
            }
            (Route::Inspected(name), Some(inspector)) => {
                let name = name.as_deref();
                page::inspected(name, &inspector.names(), &inspector.seen(name))
            }
            (Route::Inspect(..) | Route::Inspected(_), None) => Response::empty(404),
        };
        response
            .header("cache-control", "no-store")
            .header("x-content-type-options", "nosniff")
            .header("referrer-policy", "no-referrer")
    }
}

type Keys = std::collections::HashMap<String, Vec<SigningKey>>;

/// A lock whose holder panicked is taken all the same: what it guards is a plain value.
fn read<T: Clone>(lock: &RwLock<T>) -> T {
    lock.read().unwrap_or_else(PoisonError::into_inner).clone()
}
