//! An answer, as a site makes it.

use std::time::Duration;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::{HeaderMap, StatusCode};

const JSON: &str = "application/json";
const TEXT: &str = "text/plain; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";

/// Status, headers and the whole body. `Content-Length`, `Date` and `Connection` are added.
#[derive(Clone, Debug)]
pub struct Response {
    status: u16,
    /// Of an error, for the log.
    code: Option<Box<str>>,
    content_type: Option<&'static str>,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Bytes,
    closes: bool,
}

impl Response {
    /// JSON that is already written.
    pub fn json(status: u16, body: impl Into<Bytes>) -> Response {
        Response::of(status, Some(JSON), body.into())
    }

    /// Plain text in UTF-8.
    pub fn text(status: u16, body: impl Into<Bytes>) -> Response {
        Response::of(status, Some(TEXT), body.into())
    }

    /// A page in UTF-8.
    pub fn html(status: u16, body: impl Into<Bytes>) -> Response {
        Response::of(status, Some(HTML), body.into())
    }

    /// A body of the given type.
    pub fn typed(status: u16, content_type: &'static str, body: impl Into<Bytes>) -> Response {
        Response::of(status, Some(content_type), body.into())
    }

    /// No body.
    pub fn empty(status: u16) -> Response {
        Response::of(status, None, Bytes::new())
    }

    /// The one shape of errors: `{"error":{"code":…,"field":…,"message":…}}`, `field` only where
    /// one field is at fault. The code is stable, the message is a sentence for people.
    pub fn error(status: u16, code: &str, field: Option<&str>, message: &str) -> Response {
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        let field = match field {
            Some(field) => format!(r#""field":{},"#, quoted(field)),
            None => String::new(),
        };
        let (quoted_code, message) = (quoted(code), quoted(message));
        let body = format!(r#"{{"error":{{"code":{quoted_code},{field}"message":{message}}}}}"#);
        Response {
            code: Some(code.into()),
            ..Response::json(status, body)
        }
    }

    /// The same answer with a page in place of its body.
    pub fn with_page(self, page: impl Into<Bytes>) -> Response {
        Response {
            content_type: Some(HTML),
            body: page.into(),
            ..self
        }
    }

    /// The same answer with other JSON as its body.
    pub fn with_json(self, body: impl Into<Bytes>) -> Response {
        Response {
            content_type: Some(JSON),
            body: body.into(),
            ..self
        }
    }

    /// Adds a header; `name` in lower case. What a value must not contain becomes `?`.
    pub fn header(mut self, name: &'static str, value: &str) -> Response {
        let value = HeaderValue::from_str(value).unwrap_or_else(|_| {
            let visible = |c: char| if c.is_ascii_graphic() { c } else { '?' };
            let value: String = value.chars().map(visible).collect();
            HeaderValue::from_str(&value).unwrap_or(HeaderValue::from_static("?"))
        });
        self.headers.push((HeaderName::from_static(name), value));
        self
    }

    /// Adds `Retry-After`, in whole seconds, rounded up.
    pub fn retry_after(self, wait: Duration) -> Response {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        self.header("retry-after", &seconds.to_string())
    }

    /// Ends the connection after this answer.
    pub fn closing(mut self) -> Response {
        self.closes = true;
        self
    }

    /// The stable code of an error.
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// The status code.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The body.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    fn of(status: u16, content_type: Option<&'static str>, body: Bytes) -> Response {
        Response {
            status,
            code: None,
            content_type,
            headers: Vec::new(),
            body,
            closes: false,
        }
    }

    /// The bytes of an answer to a client whose request nobody reads.
    pub(super) fn to_wire(&self) -> Vec<u8> {
        let response = self.clone().into_hyper();
        let mut wire = format!("HTTP/1.1 {}\r\n", response.status()).into_bytes();
        for (name, value) in response.headers() {
            wire.extend_from_slice(name.as_str().as_bytes());
            wire.extend_from_slice(b": ");
            wire.extend_from_slice(value.as_bytes());
            wire.extend_from_slice(b"\r\n");
        }
        let length = format!("content-length: {}\r\n\r\n", self.body.len());
        wire.extend_from_slice(length.as_bytes());
        wire.extend_from_slice(&self.body);
        wire
    }

    pub(super) fn into_hyper(self) -> hyper::Response<Full<Bytes>> {
        let mut response = hyper::Response::new(Full::new(self.body));
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers: &mut HeaderMap = response.headers_mut();
        if let Some(content_type) = self.content_type {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        for (name, value) in self.headers {
            headers.append(name, value);
        }
        if self.closes {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_its_code_its_field_and_a_sentence() {
        let error = Response::error(422, "invalid", Some("email"), "say \"who\"\n");
        assert_eq!(error.status(), 422);
        assert_eq!(
            error.body(),
            br#"{"error":{"code":"invalid","field":"email","message":"say \"who\"\n"}}"#
        );
        let error = Response::error(404, "not_found", None, "no");
        assert_eq!(
            error.body(),
            br#"{"error":{"code":"not_found","message":"no"}}"#
        );
    }

    #[test]
    fn a_header_value_cannot_begin_another_header() {
        let response = Response::empty(302).header("location", "/a\r\nset-cookie: b");
        let response = response.into_hyper();
        assert_eq!(response.headers()["location"], "/a??set-cookie:?b");
        assert_eq!(response.headers().len(), 1);
    }
}
