//! The admin listener: health for monitors, the inspector, and what the commands ask the daemon.
//!
//! It listens on loopback only. `/livez`, `/readyz` and `/healthz` need no token, and webhooks may
//! post to the inspector, whose signature check is theirs; all else needs the admin token, as
//! `Authorization: Bearer`, or as the password of HTTP Basic for a browser. A page elsewhere cannot
//! reach it through the owner's browser: a `Host` that is not this machine is refused (DNS
//! rebinding), and what changes something wants a header that no other site can send.

mod health;
mod inspector;
mod page;

use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::delivery::Crews;
use crate::domain::raw::Raw;
use crate::domain::secret::Secret;
use crate::domain::signature::SigningKey;
use crate::domain::webhook::Webhook;
use crate::http::{BodyLimit, Head, Request, Response, Site};
use crate::store::Store;
use crate::system::Clock;
use inspector::Inspector;

/// The site behind the admin listener.
pub struct Admin {
    store: Arc<Store>,
    crews: Arc<Crews>,
    tokens: Vec<Secret>,
    low_space_bytes: u64,
    inspector: Option<Inspector>,
    clock: Clock,
}

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
    Inspect(String),
    /// The inspector's page; of one name, or of all.
    Inspected(Option<String>),
    /// A stopped webhook may go on.
    Resume(String),
    /// Fields of a lead are changed.
    Edit(u64),
}

impl Admin {
    /// A site that shows `store` and `crews`.
    pub fn new(store: Arc<Store>, crews: Arc<Crews>, options: Options, clock: Clock) -> Admin {
        Admin {
            store,
            crews,
            tokens: options.tokens,
            low_space_bytes: options.low_space_bytes,
            inspector: options.inspector_keep.map(Inspector::new),
            clock,
        }
    }

    /// The keys that the inspector checks signatures with: those of the webhook of the same name.
    pub fn set_webhooks(&self, webhooks: &[Webhook]) {
        if let Some(inspector) = &self.inspector {
            let keys = webhooks
                .iter()
                .map(|webhook| (webhook.name.clone(), webhook.keys.clone()));
            inspector.set_keys(keys.collect());
        }
    }

    fn route(&self, head: &Head) -> Result<Route, Response> {
        let path: Vec<&str> = head.path().trim_matches('/').split('/').collect();
        let has_inspector = self.inspector.is_some();
        let (wanted, route) = match (head.method(), path.as_slice()) {
            (_, ["livez"]) => ("GET", Route::Live),
            (_, ["readyz"]) => ("GET", Route::Ready),
            (_, ["healthz"]) => ("GET", Route::Health),
            ("POST", ["inspector", name]) if has_inspector => {
                ("POST", Route::Inspect((*name).to_owned()))
            }
            (_, ["inspector"]) if has_inspector => ("GET", Route::Inspected(None)),
            (_, ["inspector", name]) if has_inspector => {
                ("GET", Route::Inspected(Some((*name).to_owned())))
            }
            (_, ["api", "v1", "webhooks", name, "resume"]) => {
                ("POST", Route::Resume((*name).to_owned()))
            }
            _ => {
                return Err(Response::error(
                    404,
                    "not_found",
                    None,
                    "there is nothing here",
                ));
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

    fn check_token(&self, route: &Route, head: &Head) -> Result<(), Response> {
        if matches!(
            route,
            Route::Live | Route::Ready | Route::Health | Route::Inspect(_)
        ) {
            return Ok(());
        }
        let offered = head.header("authorization").and_then(offered_token);
        let holds = offered.is_some_and(|offered| {
            self.tokens
                .iter()
                .fold(false, |found, token| token.matches(&offered) | found)
        });
        if holds {
            return Ok(());
        }
        let message =
            "this wants the admin token, as a bearer token or as the password of any user";
        let refusal = Response::error(401, "unauthorized", None, message);
        Err(refusal.header(
            "www-authenticate",
            "Basic realm=\"leadhook\", charset=\"UTF-8\"",
        ))
    }

    /// Does what waits for a commit on a thread that may wait: health must answer also when the
    /// disk does not.
    async fn wait(
        &self,
        work: impl FnOnce(&Store, &Crews) -> Response + Send + 'static,
    ) -> Response {
        let (store, crews) = (self.store.clone(), self.crews.clone());
        let done = tokio::task::spawn_blocking(move || work(&store, &crews)).await;
        let message = "the request broke off";
        done.unwrap_or_else(|_| Response::error(500, "internal", None, message))
    }
}

/// Changes fields of a lead; webhooks hear of it as of any other update.
fn edit(store: &Store, lead: u64, body: &[u8]) -> Response {
    let raw = match Raw::from_json(body) {
        Ok(raw) => raw,
        Err(error) => return Response::error(400, "invalid_json", None, &error.to_string()),
    };
    match store.edit(lead, raw) {
        Ok(None) => Response::error(404, "unknown_lead", None, "there is no lead of this id"),
        Ok(Some(Err(refusal))) => Response::error(
            422,
            refusal.code,
            refusal.field.as_deref(),
            &refusal.message,
        ),
        Ok(Some(Ok(receipt))) => {
            let body = json!({ "lead_id": receipt.lead_id, "result": receipt.result.name() });
            Response::json(200, body.to_string())
        }
        Err(error) => Response::error(503, "store_failed", None, &error.to_string()),
    }
}

fn resume(crews: &Crews, name: &str) -> Response {
    match crews.resume(name) {
        None => Response::error(
            404,
            "unknown_webhook",
            None,
            "there is no webhook of this name",
        ),
        Some(Ok(was_stopped)) => Response::json(200, json!({ "resumed": was_stopped }).to_string()),
        Some(Err(error)) => Response::error(503, "store_failed", None, &error.to_string()),
    }
}

impl Site for Admin {
    type Ticket = Route;

    fn admit(&self, head: &Head) -> Result<(Route, BodyLimit), Response> {
        check_host(head)?;
        let route = self.route(head)?;
        self.check_token(&route, head)?;
        if matches!(route, Route::Resume(_) | Route::Edit(_)) {
            check_same_site(head)?;
        }
        Ok((route, BodyLimit::Listener))
    }

    async fn answer(&self, route: Route, request: Request) -> Response {
        let response = match (route, &self.inspector) {
            (Route::Live, _) => Response::text(200, "ok\n"),
            (Route::Ready, _) => health::ready(&self.store),
            (Route::Health, _) => self.health(),
            (Route::Resume(name), _) => self.wait(move |_, crews| resume(crews, &name)).await,
            (Route::Edit(lead), _) => {
                self.wait(move |store, _| edit(store, lead, &request.body))
                    .await
            }
            (Route::Inspect(name), Some(inspector)) => {
                inspector.take(&name, &request, self.clock.now());
                Response::empty(204)
            }
            (Route::Inspected(name), Some(inspector)) => {
                page::inspected(name.as_deref(), &inspector.seen(name.as_deref()))
            }
            (Route::Inspect(_) | Route::Inspected(_), None) => Response::empty(404),
        };
        response
            .header("cache-control", "no-store")
            .header("x-content-type-options", "nosniff")
            .header("referrer-policy", "no-referrer")
    }
}

/// The token of `Bearer TOKEN`, or the password of `Basic …`.
fn offered_token(value: &str) -> Option<Vec<u8>> {
    let (scheme, rest) = value.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(rest.trim().as_bytes().to_vec());
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = STANDARD.decode(rest.trim()).ok()?;
    let colon = pair.iter().position(|byte| *byte == b':')?;
    Some(pair[colon + 1..].to_vec())
}

/// A name that somebody else's DNS can point at this machine is not this machine.
fn check_host(head: &Head) -> Result<(), Response> {
    let host = head.header("host").unwrap_or_default();
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    let address = name
        .trim_start_matches('[')
        .trim_end_matches(']')
        .parse::<std::net::IpAddr>();
    if address.is_ok_and(|address| address.is_loopback()) || name.eq_ignore_ascii_case("localhost")
    {
        return Ok(());
    }
    let message = "ask this listener by its loopback address or as localhost";
    Err(Response::error(421, "wrong_host", None, message))
}

/// A form on another site can send neither.
fn check_same_site(head: &Head) -> Result<(), Response> {
    let site = head.header("sec-fetch-site");
    if site.is_none_or(|site| matches!(site, "same-origin" | "none"))
        && head.header("origin").is_none()
    {
        return Ok(());
    }
    Err(Response::error(
        403,
        "cross_site",
        None,
        "another site may not ask this",
    ))
}

type Keys = std::collections::HashMap<String, Vec<SigningKey>>;

/// A lock whose holder panicked is taken all the same: what it guards is a plain value.
fn read<T: Clone>(lock: &RwLock<T>) -> T {
    lock.read().unwrap_or_else(PoisonError::into_inner).clone()
}
