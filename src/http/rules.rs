//! What hyper lets through and nobody here shall have to think of.

use hyper::header::{CONTENT_ENCODING, HOST, TRANSFER_ENCODING};
use hyper::{Method, Version};

use super::limits::Limits;
use super::request::Head;
use super::response::Response;

/// RFC 9110 section 15.5.6: what is understood at all. Which of it a path takes, the site says.
const METHODS: &str = "GET, HEAD, POST, DELETE, OPTIONS";

/// Refuses a head that is dangerous or not understood, with the answer to give.
///
/// Answers after which the next request might not begin where it seems to end the connection.
pub(super) fn check(head: &Head, limits: &Limits) -> Result<(), Response> {
    // A 2xx would turn CONNECT into a tunnel, and TRACE shows headers to scripts.
    if head.method == Method::CONNECT || head.method == Method::TRACE {
        let message = "CONNECT and TRACE are not available here.";
        let refusal = Response::error(405, "method_not_allowed", None, message);
        return Err(refusal.header("allow", METHODS).closing());
    }
    check_host(head).map_err(|message| bad_request(message).closing())?;
    if head.headers.len() > limits.headers_max {
        let message = format!("Send at most {} headers.", limits.headers_max);
        return Err(Response::error(431, "too_many_headers", None, &message).closing());
    }
    if !is_absent_or_chunked(head) {
        let message = "The only Transfer-Encoding understood is one \"chunked\".";
        return Err(Response::error(501, "not_implemented", None, message).closing());
    }
    let mut encodings = head.headers(CONTENT_ENCODING.as_str());
    if encodings.any(|encoding| !encoding.eq_ignore_ascii_case(b"identity")) {
        let message = "Send the body as it is, without Content-Encoding.";
        return Err(Response::error(415, "unsupported_encoding", None, message));
    }
    Ok(())
}

/// The answer to a request that breaks the rules of HTTP.
pub(super) fn bad_request(message: &str) -> Response {
    Response::error(400, "bad_request", None, message)
}

/// RFC 9112 section 3.2: one valid `Host`, which HTTP/1.0 alone may do without; the target names
/// no other.
fn check_host(head: &Head) -> Result<(), &'static str> {
    let mut hosts = head.headers(HOST.as_str());
    let host = match (hosts.next(), hosts.next()) {
        (Some(host), None) => Some(host),
        (None, _) if head.version == Version::HTTP_10 => None,
        (None, _) => return Err("The Host header is missing."),
        (Some(_), Some(_)) => return Err("There is more than one Host header."),
    };
    if host.is_some_and(|host| !is_host(host)) {
        return Err("The Host header is not a host name with an optional port.");
    }
    let Some(authority) = head.uri.authority() else {
        return Ok(());
    };
    let Some(scheme) = head.uri.scheme_str() else {
        return Err("The request target must begin with a slash.");
    };
    let named = without_default_port(authority.as_str().as_bytes(), scheme);
    let same = |host: &[u8]| without_default_port(host, scheme).eq_ignore_ascii_case(named);
    match host.is_none_or(same) {
        true => Ok(()),
        false => Err("The request target and the Host header name different hosts."),
    }
}

/// Whether this could be `uri-host [ ":" port ]` (RFC 3986 section 3.2.2), without user and
/// password.
fn is_host(host: &[u8]) -> bool {
    let (name_holds, port) = match host.strip_prefix(b"[") {
        Some(rest) => {
            let Some(end) = rest.iter().position(|byte| *byte == b']') else {
                return false;
            };
            let literal = |byte: &u8| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.');
            (end > 0 && rest[..end].iter().all(literal), &rest[end + 1..])
        }
        None => {
            let end = host.iter().position(|byte| *byte == b':');
            let end = end.unwrap_or(host.len());
            let named =
                |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=%".contains(byte);
            (end > 0 && host[..end].iter().all(named), &host[end..])
        }
    };
    let port_holds = match port.strip_prefix(b":") {
        Some(digits) => digits.len() <= 5 && digits.iter().all(u8::is_ascii_digit),
        None => port.is_empty(),
    };
    name_holds && port_holds
}

fn without_default_port<'a>(host: &'a [u8], scheme: &str) -> &'a [u8] {
    let port: &[u8] = if scheme.eq_ignore_ascii_case("https") {
        b":443"
    } else {
        b":80"
    };
    host.strip_suffix(port).unwrap_or(host)
}

/// hyper accepts `gzip, chunked` and repeated lines, and would hand over what is still encoded.
fn is_absent_or_chunked(head: &Head) -> bool {
    let mut codings = head.headers(TRANSFER_ENCODING.as_str());
    match (codings.next(), codings.next()) {
        (None, _) => true,
        (Some(coding), None) => coding.eq_ignore_ascii_case(b"chunked"),
        (Some(_), Some(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_host;

    #[test]
    fn a_host_is_a_name_or_an_address_with_an_optional_port() {
        for host in [
            "a.example",
            "a_b:80",
            "127.0.0.1:8080",
            "[::1]",
            "[::1]:80",
            "a:",
        ] {
            assert!(is_host(host.as_bytes()), "{host}");
        }
        for host in [
            "", ":80", "a b", "a/b", "u@a", "a:b", "a:123456", "[::1", "[]", "[g]", "[::1]x", "ä",
        ] {
            assert!(!is_host(host.as_bytes()), "{host}");
        }
    }
}
