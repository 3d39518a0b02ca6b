//! Who may ask: the token, the host that was asked, the site that asks.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::http::{Head, Response};

/// The token of `Bearer TOKEN`, or the password of `Basic …`.
pub(super) fn offered_token(value: &str) -> Option<Vec<u8>> {
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
pub(super) fn check_host(head: &Head, public: Option<&str>) -> Result<(), Response> {
    let host = head.header("host").unwrap_or_default();
    if public.is_some_and(|public| public.eq_ignore_ascii_case(host)) {
        return Ok(());
    }
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
    let message = "ask this listener by its loopback address, as localhost, or by the host of admin.public_url";
    Err(Response::error(421, "wrong_host", None, message))
}

/// A form on another site can send neither.
pub(super) fn check_same_site(head: &Head) -> Result<(), Response> {
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

/// A form must come from a page of this host.
pub(super) fn check_own_page(head: &Head) -> Result<(), Response> {
    let site = head.header("sec-fetch-site");
    let host = head.header("host").unwrap_or_default();
    let of_origin = head.header("origin").map(|origin| {
        let named = origin
            .strip_prefix("http://")
            .or(origin.strip_prefix("https://"));
        named == Some(host)
    });
    if site.is_none_or(|site| matches!(site, "same-origin" | "none")) && of_origin != Some(false) {
        return Ok(());
    }
    let message = "a page of another site may not ask this";
    Err(Response::error(403, "cross_site", None, message))
}
