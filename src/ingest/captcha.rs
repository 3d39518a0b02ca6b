//! The captcha of a public form. Its service is asked before the commit, for two seconds at most;
//! where it does not answer, the lead is kept and marked.
//!
//! A token is good once. So that a post can be repeated whose answer was lost or whose lead could
//! not be stored, a good token is remembered for a while: for anything until a lead is stored with
//! it, and from then on for the same post only.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::domain::form::{Captcha, Service};
use crate::domain::webhook::{Private, Receiver};
use crate::http::forms::form_body;
use crate::outbound::{Client, Lookups, Outgoing};

/// SHA-256.
pub(super) type Digest = [u8; 32];

/// How long a service may take, with all that is before it.
const TIME_MAX: Duration = Duration::from_secs(2);
/// Checks under way at once, each in a thread of its own; the next ones wait for them.
const CHECKS_MAX: usize = 16;
const TOKEN_BYTES_MAX: usize = 8 * 1024;
/// Of the service's answer.
const ANSWER_BYTES_MAX: usize = 64 * 1024;
const REMEMBERED: Duration = Duration::from_secs(600);
const REMEMBERED_MAX: usize = 4096;
const DNS_KEPT: Duration = Duration::from_secs(60);

/// What came of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The service vouches for the visitor.
    Passed,
    /// It does not; why, for the visitor.
    Failed(&'static str),
    /// It could not be asked, or said nothing of use; why, for the owner.
    NotChecked(String),
}

/// One source's way to its service.
pub(super) struct Checker {
    captcha: Captcha,
    client: Result<Client, String>,
}

impl Checker {
    pub(super) fn new(captcha: &Captcha, lookups: &Lookups) -> Checker {
        let receiver = Receiver {
            url: captcha.url.clone(),
            timeout: TIME_MAX,
            // The config lets no other address in the clear pass than one of this machine.
            private: match captcha.url.starts_with("http:") {
                true => Private::Allowed,
                false => Private::Refused,
            },
            insecure_http: false,
            proxy: None,
            ca_pem: None,
            dns_cache: DNS_KEPT,
        };
        Checker {
            captcha: captcha.clone(),
            client: Client::new(&receiver, CHECKS_MAX, lookups),
        }
    }

    /// Asks the service; blocks.
    fn ask(&self, token: &str, client: IpAddr) -> Verdict {
        let sender = match &self.client {
            Ok(sender) => sender,
            Err(why) => return Verdict::NotChecked(why.clone()),
        };
        let Ok(secret) = std::str::from_utf8(self.captcha.secret.reveal()) else {
            return Verdict::NotChecked("the secret is no text".to_owned());
        };
        let client = client.to_string();
        let pairs = [
            ("secret", secret),
            ("response", token),
            ("remoteip", &client),
        ];
        let form = form_body(&pairs);
        match sender.ask(&Outgoing::form(form.as_bytes()), ANSWER_BYTES_MAX) {
            Ok((status, body)) => self.judge(status, &body),
            Err(fault) => {
                let why = format!("{}: {}", fault.stage.words(), fault.detail);
                Verdict::NotChecked(why)
            }
        }
    }

    fn judge(&self, status: u16, body: &[u8]) -> Verdict {
        let Ok(said) = serde_json::from_slice::<serde_json::Value>(body) else {
            return Verdict::NotChecked(format!("the service answered {status} without JSON"));
        };
        let codes: Vec<&str> = said["error-codes"]
            .as_array()
            .map(|codes| codes.iter().filter_map(|code| code.as_str()).collect())
            .unwrap_or_default();
        match said["success"].as_bool() {
            None => {
                return Verdict::NotChecked(format!(
                    "the service answered {status} without \"success\""
                ));
            }
            Some(false) => {
                let ours = codes.iter().find(|code| of_owner(code));
                return match ours {
                    Some(code) => Verdict::NotChecked(format!("the service says {code:?}")),
                    None => Verdict::Failed(
                        "the captcha was not solved, or is too old; go back to the form and solve it again",
                    ),
                };
            }
            Some(true) => {}
        }
        if said["hostname"]
            .as_str()
            .is_some_and(|host| !self.captcha.knows_host(host))
        {
            return Verdict::Failed("the captcha was solved on a page of another site");
        }
        let low = |score: f64| score * 1000.0 < f64::from(self.captcha.min_score);
        if self.captcha.service == Service::Recaptcha && said["score"].as_f64().is_some_and(low) {
            return Verdict::Failed("the captcha takes this for the post of a robot");
        }
        Verdict::Passed
    }
}

/// Whether an error code is about the secret or the service itself, and not the visitor's fault.
fn of_owner(code: &str) -> bool {
    matches!(
        code,
        "missing-input-secret"
            | "invalid-input-secret"
            | "invalid-keys"
            | "sitekey-secret-mismatch"
            | "not-using-dummy-secret"
            | "internal-error"
    )
}

/// Where all sources check.
pub(super) struct Desk {
    seats: Arc<Semaphore>,
    good: Mutex<HashMap<Digest, Good>>,
}

/// A token that has passed.
struct Good {
    at: Instant,
    /// The post that was stored with it.
    stored: Option<Digest>,
}

impl Default for Desk {
    fn default() -> Desk {
        Desk {
            seats: Arc::new(Semaphore::new(CHECKS_MAX)),
            good: Mutex::default(),
        }
    }
}

impl Desk {
    /// Whether the service vouches for who posts `content` with this token.
    pub(super) async fn check(
        &self,
        checker: &Arc<Checker>,
        token: Option<&str>,
        client: IpAddr,
        content: Digest,
    ) -> Verdict {
        let Some(token) = token.filter(|token| token.len() <= TOKEN_BYTES_MAX) else {
            return Verdict::Failed("the captcha was not solved");
        };
        let key = digest(token.as_bytes());
        if self.is_good(key, content) {
            return Verdict::Passed;
        }
        let asking = async {
            let seat = self.seats.clone().acquire_owned().await;
            let (checker, token) = (checker.clone(), token.to_owned());
            let asked = tokio::task::spawn_blocking(move || {
                // The seat is free when the thread is, also if nobody waits for it any more.
                let _seat = seat;
                checker.ask(&token, client)
            });
            asked.await
        };
        let verdict = match timeout(TIME_MAX, asking).await {
            Ok(Ok(verdict)) => verdict,
            Ok(Err(_)) => Verdict::NotChecked("the check broke off".to_owned()),
            Err(_) => Verdict::NotChecked("no answer within 2 s".to_owned()),
        };
        if verdict == Verdict::Passed {
            self.remember(key);
        }
        verdict
    }

    /// A lead was stored with this token.
    pub(super) fn stored(&self, token: &str, content: Digest) {
        let mut good = self.good.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(one) = good.get_mut(&digest(token.as_bytes())) {
            one.stored = Some(content);
        }
    }

    fn is_good(&self, key: Digest, content: Digest) -> bool {
        let good = self.good.lock().unwrap_or_else(PoisonError::into_inner);
        good.get(&key).is_some_and(|one| {
            one.at.elapsed() < REMEMBERED && one.stored.is_none_or(|stored| stored == content)
        })
    }

    fn remember(&self, key: Digest) {
        let mut good = self.good.lock().unwrap_or_else(PoisonError::into_inner);
        if good.len() >= REMEMBERED_MAX {
            good.retain(|_, one| one.at.elapsed() < REMEMBERED);
        }
        if good.len() < REMEMBERED_MAX {
            let (at, stored) = (Instant::now(), None);
            good.insert(key, Good { at, stored });
        }
    }
}

/// SHA-256 of `bytes`.
pub(super) fn digest(bytes: &[u8]) -> Digest {
    let mut out = [0; 32];
    out.copy_from_slice(ring::digest::digest(&ring::digest::SHA256, bytes).as_ref());
    out
}
