//! What is sent, apart from where to.

use std::borrow::Cow;
use std::fmt;

use ureq::http::Method;
use ureq::http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use ureq::http::uri::{PathAndQuery, Uri};

use crate::domain::answers::Answers;
use crate::domain::request;
use crate::domain::signature::{SigningKey, sign};
use crate::domain::template::Occasion;
use crate::domain::time::Timestamp;
use crate::domain::webhook::Webhook;

/// One request. `Debug` shows no header values and no body.
pub struct Outgoing<'a> {
    /// When it is sent; a date in `Retry-After` is counted from here.
    pub(super) at: Timestamp,
    pub(super) method: Method,
    pub(super) headers: HeaderMap,
    pub(super) body: Cow<'a, [u8]>,
    /// In place of that of the receiver's url.
    path: Option<PathAndQuery>,
    /// How the answer is read, where not in the usual way.
    pub(super) answers: Option<&'a Answers>,
}

impl<'a> Outgoing<'a> {
    /// A body of JSON, without a signature.
    pub fn json(at: Timestamp, body: impl Into<Cow<'a, [u8]>>) -> Outgoing<'a> {
        let mut headers = HeaderMap::with_capacity(8);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Outgoing {
            at,
            method: Method::POST,
            headers,
            body: body.into(),
            path: None,
            answers: None,
        }
    }

    /// A question without a body, by GET.
    pub fn question() -> Outgoing<'a> {
        let mut outgoing = Outgoing::json(Timestamp(0), b"".as_slice());
        outgoing.method = Method::GET;
        outgoing.headers.clear();
        outgoing
    }

    /// Asks what may be asked there, by OPTIONS: of all verbs the one that no service takes for a lead.
    pub fn preflight(at: Timestamp) -> Outgoing<'a> {
        let mut outgoing = Outgoing::question();
        outgoing.at = at;
        outgoing.method = Method::OPTIONS;
        outgoing
    }

    /// Asks that something be removed.
    pub fn removal() -> Outgoing<'a> {
        let mut outgoing = Outgoing::question();
        outgoing.method = Method::DELETE;
        outgoing
    }

    /// A urlencoded form, as a question to a service. Nobody waits for it to come back, so no date
    /// is counted from here.
    pub fn form(body: &'a [u8]) -> Outgoing<'a> {
        let mut outgoing = Outgoing::json(Timestamp(0), body);
        let value = HeaderValue::from_static("application/x-www-form-urlencoded");
        outgoing.headers.insert(CONTENT_TYPE, value);
        outgoing
    }

    /// An event as Standard Webhooks wants it: `webhook-id`, `webhook-timestamp` and, with at least
    /// one key, `webhook-signature`.
    pub fn webhook(
        id: &str,
        at: Timestamp,
        keys: &[SigningKey],
        body: impl Into<Cow<'a, [u8]>>,
    ) -> Result<Outgoing<'a>, String> {
        let mut outgoing = Outgoing::json(at, body);
        outgoing.header("webhook-id", id)?;
        outgoing.header("webhook-timestamp", &at.unix_seconds().to_string())?;
        if !keys.is_empty() {
            outgoing.header("webhook-signature", &sign(keys, id, at, &outgoing.body))?;
        }
        Ok(outgoing)
    }

    /// Goes to this path, with its query, in place of that of the receiver's url.
    pub fn path(&mut self, path: &str) -> Result<(), String> {
        let read = path.parse();
        self.path = Some(read.map_err(|_| format!("{path:?} is no path of an address"))?);
        Ok(())
    }

    /// Where it goes, of a receiver with this url.
    pub(super) fn uri(&self, receiver: &Uri) -> Uri {
        let Some(path) = &self.path else {
            return receiver.clone();
        };
        let mut parts = receiver.clone().into_parts();
        parts.path_and_query = Some(path.clone());
        Uri::from_parts(parts).unwrap_or_else(|_| receiver.clone())
    }

    /// The body.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// What a webhook's receiver wants to be sent: its verb, address, headers and body, signed, and how
    /// its answer is read.
    pub fn of(
        webhook: &'a Webhook,
        occasion: &Occasion<'a>,
        at: Timestamp,
    ) -> Result<Outgoing<'a>, String> {
        let shape = &webhook.request;
        let rendered = shape.render(occasion)?;
        let mut outgoing = Outgoing::webhook(&occasion.event.id, at, &webhook.keys, rendered.body)?;
        outgoing.method = match shape.method {
            request::Method::Post => Method::POST,
            request::Method::Put => Method::PUT,
            request::Method::Patch => Method::PATCH,
        };
        if let Some(target) = rendered.target {
            // What fills it may be personal, and is not repeated.
            let unfit = |_| "what fills the url makes no address of it".to_owned();
            outgoing.path(&target).map_err(unfit)?;
        }
        let content_type = HeaderValue::from_static(shape.body.content_type());
        outgoing.headers.insert(CONTENT_TYPE, content_type);
        for (name, value) in &rendered.headers {
            outgoing.header(name, value)?;
        }
        outgoing.answers = Some(&webhook.answers);
        Ok(outgoing)
    }

    /// Sets a header, in place of one of the same name.
    pub fn header(&mut self, name: &str, value: &str) -> Result<(), String> {
        let (name, value) = read_header(name, value)?;
        self.headers.insert(name, value);
        Ok(())
    }
}

/// Finds what is wrong with a header that somebody wants to be sent.
pub fn check_header(name: &str, value: &str) -> Result<(), String> {
    read_header(name, value).map(|_| ())
}

fn read_header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), String> {
    let Ok(read) = HeaderName::from_bytes(name.as_bytes()) else {
        return Err(format!("{name:?} is not the name of a header"));
    };
    if request::is_reserved(read.as_str()) {
        return Err(format!("the header {read} is set by leadhook itself"));
    }
    // The value may be a secret and is not repeated.
    match HeaderValue::from_str(value) {
        Ok(value) => Ok((read, value)),
        Err(_) => Err(format!(
            "the value of the header {read} holds a character that headers cannot have"
        )),
    }
}

impl fmt::Debug for Outgoing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers.keys().map(HeaderName::as_str).collect();
        write!(f, "Outgoing({} bytes, {names:?})", self.body.len())
    }
}
