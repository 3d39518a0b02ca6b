//! Who asks, and whether he may: tokens for programs, sessions for people.

use super::api::{self, Caller, OF_CONFIG, Rights};
use super::guard::{check_own_page, check_same_site, offered_token};
use super::pages::{self, cookie, own_path, session_id};
use super::sessions::{LIFE, Session};
use super::{Admin, Route};
use crate::http::forms::form_fields;
use crate::http::{Head, Request, Response};

/// Who asks, where that matters.
#[derive(Debug)]
pub enum Who {
    /// Anybody may ask this.
    Anybody,
    /// A program, or a person with a token.
    Caller(Caller),
    /// A person who has signed in.
    Session(Session),
}

impl Admin {
    /// Who asks; an error where he may not.
    pub(super) fn who(&self, route: &Route, head: &Head) -> Result<Who, Response> {
        match route {
            Route::Live | Route::Ready | Route::Health | Route::Inspect(..) | Route::Style => {
                Ok(Who::Anybody)
            }
            Route::SignIn | Route::SignOut if head.method() == "GET" => Ok(Who::Anybody),
            Route::SignIn | Route::SignOut => check_own_page(head).map(|()| Who::Anybody),
            Route::Page(page, _) => {
                if page.method != "GET" {
                    check_own_page(head)?;
                }
                self.session(head).map(Who::Session)
            }
            Route::Inspected(_) | Route::Metrics => self.caller(head).map(Who::Caller),
            Route::Api(endpoint, _) => {
                let caller = self.caller(head).map_err(api::worded)?;
                if endpoint.rights == Rights::Full {
                    check_same_site(head).map_err(api::worded)?;
                }
                if endpoint.rights > caller.rights {
                    let message = "this token may look, and not change anything";
                    let refusal = Response::error(403, "read_only_token", None, message);
                    return Err(api::worded(refusal));
                }
                Ok(Who::Caller(caller))
            }
        }
    }

    /// Who comes with a token.
    fn caller(&self, head: &Head) -> Result<Caller, Response> {
        let (client, now) = (head.client(&self.trusted_proxies), self.clock.now());
        let offered = head.header("authorization").and_then(offered_token);
        // A right token is heard also where wrong ones came from: a neighbour may have guessed.
        if let Some(caller) = offered.as_ref().and_then(|offered| self.known(offered)) {
            return Ok(caller);
        }
        if self.sessions.is_shut_to(client, now) {
            let message = "too many wrong tokens came from this address; try again later";
            return Err(Response::error(429, "too_many_wrong_tokens", None, message));
        }
        if offered.is_some() {
            self.sessions.note_wrong(client, now);
        }
        let message = "the token is missing or wrong; send it as Authorization: Bearer TOKEN, or as the password of any user";
        let refusal = Response::error(401, "unauthorized", None, message);
        let how = "Basic realm=\"leadhook\", charset=\"UTF-8\"";
        Err(refusal.header("www-authenticate", how))
    }

    /// Whose token it is; those of the config may do everything.
    fn known(&self, offered: &[u8]) -> Option<Caller> {
        let of_config = self.tokens.iter();
        if of_config.fold(false, |found, token| token.matches(offered) | found) {
            return Some(Caller {
                name: OF_CONFIG.to_owned(),
                rights: Rights::Full,
                made: None,
            });
        }
        // While the store is not open, only those of the config open anything.
        let token = self.store.known_token(offered).ok()??;
        Some(Caller {
            name: token.name,
            rights: token.rights,
            made: Some(token.created),
        })
    }

    /// The session that a request belongs to; who has none is led to where one begins.
    fn session(&self, head: &Head) -> Result<Session, Response> {
        let id = session_id(head);
        let session = id.and_then(|id| self.sessions.find(id, self.clock.now()));
        session
            .filter(|session| self.still_holds(session))
            .ok_or_else(|| {
                let next = match head.method() {
                    "GET" => head.path(),
                    _ => "/",
                };
                pages::go_to(&format!("/sign-in?next={next}"))
            })
    }

    /// Whether the token that the session began with was not revoked since. A new one of the same name
    /// is another token.
    fn still_holds(&self, session: &Session) -> bool {
        let caller = &session.caller;
        let Some(made) = caller.made else { return true };
        let tokens = self.store.tokens().unwrap_or_default();
        tokens
            .iter()
            .any(|token| token.name == caller.name && token.created == made)
    }

    /// Shows the form, or begins a session.
    pub(super) fn sign_in(&self, request: &Request) -> Response {
        let (head, now) = (&request.head, self.clock.now());
        let said = match head.method() {
            "POST" => form_fields(&request.body),
            _ => form_fields(head.query().unwrap_or_default().as_bytes()),
        };
        let text = |name: &str| {
            let mut found = said.iter().filter(|(known, _)| known == name);
            found.next().map_or("", |(_, text)| text.trim())
        };
        let next = own_path(text("next"));
        if head.method() != "POST" {
            return pages::sign_in(200, next, None);
        }
        let client = head.client(&self.trusted_proxies);
        if self.sessions.is_shut_to(client, now) {
            let wrong = "Too many wrong tokens came from your address. Try again in ten minutes.";
            return pages::sign_in(429, next, Some(wrong));
        }
        let Some(caller) = self.known(text("token").as_bytes()) else {
            self.sessions.note_wrong(client, now);
            return pages::sign_in(401, next, Some("This token is not known."));
        };
        let id = self.sessions.begin(caller, now);
        let is_secure = self.is_reached_by_tls(head);
        pages::go_to(next).header("set-cookie", &cookie(&id, is_secure, LIFE.as_secs()))
    }

    /// Ends a session.
    pub(super) fn sign_out(&self, head: &Head) -> Response {
        if let Some(id) = session_id(head) {
            self.sessions.end(id);
        }
        pages::sign_out(self.is_reached_by_tls(head))
    }

    /// Whether the request was made to the public host, which is behind TLS.
    fn is_reached_by_tls(&self, head: &Head) -> bool {
        let (host, public) = (head.header("host"), self.public_host.as_deref());
        host.zip(public)
            .is_some_and(|(host, public)| host.eq_ignore_ascii_case(public))
    }
}
