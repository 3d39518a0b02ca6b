//! Where a request goes: what the guard and TLS ask of an address, and how a URL is shown.

use std::net::IpAddr;

use ureq::Proxy;
use ureq::http::Uri;
use ureq::http::uri::{Authority, Scheme};

use crate::domain::guard;
use crate::domain::webhook::{Private, Receiver};

/// Where a request goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// As ureq wants it.
    pub(super) uri: Uri,
    /// Whether TLS is spoken.
    pub(super) https: bool,
    /// Lower case, without brackets.
    pub(super) host: String,
    /// The host, where it is an address and no name.
    pub(super) address: Option<IpAddr>,
    /// As written, or the default of the scheme.
    pub(super) port: u16,
}

const NO_TLS: &str = "http:// would send leads unencrypted; use https://, or set \
                      allow_insecure_http = true";

/// Whether a receiver may have this address, or why not and what to do.
pub(super) fn admit(private: &Private, host: &str, to: IpAddr) -> Result<(), String> {
    match guard::refusal(to, private) {
        Some(class) => Err(format!(
            "{host} leads to {to}, {class}; if that is meant, set allow_private = [\"{to}\"]"
        )),
        None => Ok(()),
    }
}

/// Whether a receiver may have this address without TLS, if that is what its URL says.
pub(super) fn admit_plain(receiver: &Receiver, target: &Target, to: IpAddr) -> Result<(), String> {
    let is_public = guard::refusal(to, &Private::Refused).is_none();
    if target.https || receiver.insecure_http || !is_public {
        Ok(())
    } else {
        let host = &target.host;
        Err(format!("{host} leads to {to}, a public address; {NO_TLS}"))
    }
}

impl Target {
    /// Reads an absolute `http://` or `https://` URL.
    pub(super) fn parse(url: &str) -> Result<Target, String> {
        if url.contains('#') {
            return Err("the url ends in a fragment (#…), which is never sent; remove it".into());
        }
        if !url.contains("://") {
            return Err("the url must begin with https:// or http://".into());
        }
        let uri: Uri = url
            .parse()
            .map_err(|error| format!("this is not a url: {error}"))?;
        match uri.scheme() {
            Some(scheme) if *scheme == Scheme::HTTPS || *scheme == Scheme::HTTP => {}
            _ => return Err("the url must begin with https:// or http://".into()),
        }
        if uri.authority().is_some_and(|a| a.as_str().contains('@')) {
            return Err(
                "the url holds a user or a password; remove them and set the header \
                 Authorization instead"
                    .into(),
            );
        }
        Target::of(uri)
    }

    fn of(uri: Uri) -> Result<Target, String> {
        let authority = uri.authority().ok_or("the url names no host")?;
        let host = host_of(authority)?;
        let default_port = match uri.scheme_str() {
            Some("https") => 443,
            Some("http") => 80,
            _ => SOCKS_PORT,
        };
        Ok(Target {
            https: uri.scheme() == Some(&Scheme::HTTPS),
            address: host.parse().ok(),
            port: port_of(authority)?.unwrap_or(default_port),
            host,
            uri,
        })
    }
}

const SOCKS_PORT: u16 = 1080;

/// Reads the URL of a proxy.
pub(super) fn read_proxy(url: &str) -> Result<(Proxy, Target), String> {
    let scheme = url.split_once("://").map(|(scheme, _)| scheme);
    if !scheme.is_some_and(|scheme| ["http", "https", "socks5", "socks5h"].contains(&scheme)) {
        return Err("the proxy must begin with http://, https://, socks5:// or socks5h://".into());
    }
    let uri: Uri = url
        .parse()
        .map_err(|error| format!("the proxy is not a url: {error}"))?;
    let target = Target::of(uri).map_err(|error| format!("the proxy: {error}"))?;
    let proxy = Proxy::new(url).map_err(|error| format!("the proxy cannot be used: {error}"))?;
    Ok((proxy, target))
}

fn host_of(authority: &Authority) -> Result<String, String> {
    let host = authority.host();
    let bare = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(host);
    if bare.is_empty() {
        return Err("the url names no host".into());
    }
    Ok(bare.to_ascii_lowercase())
}

/// The port as written. ureq takes one that is none for the default one, without a word.
fn port_of(authority: &Authority) -> Result<Option<u16>, String> {
    let text = authority.as_str();
    let behind_user = text.rfind('@').map_or(text, |at| &text[at + 1..]);
    let Some(port) = behind_user[authority.host().len()..].strip_prefix(':') else {
        return Ok(None);
    };
    match port.parse() {
        Ok(number @ 1..) => Ok(Some(number)),
        _ => Err(format!("the port {port:?} is not a number from 1 to 65535")),
    }
}

/// The most characters of a URL that are shown.
const SHOWN_CHARS_MAX: usize = 300;

/// A URL as logs and pages may show it: without user, password, query, fragment and all but the first
/// part of the path, which may be secrets.
pub fn shown(url: &str) -> String {
    show(url, false)
}

/// The URL that an answer names, with its path, unless that repeats what is secret in our own: a part of
/// `own_path` behind the first.
pub(super) fn shown_beside(url: &str, own_path: &str) -> String {
    let plain = url.split(['?', '#']).next().unwrap_or_default();
    let mut own = own_path.split('/').skip(2).filter(|part| !part.is_empty());
    let repeats = own.any(|part| plain.split('/').any(|theirs| theirs == part));
    show(url, !repeats)
}

fn show(url: &str, whole_path: bool) -> String {
    let plain = url.split(['?', '#']).next().unwrap_or_default();
    let (scheme, rest) = match plain.split_once("//") {
        Some((scheme, rest)) if scheme.is_empty() || scheme.ends_with(':') => {
            (&plain[..scheme.len() + 2], rest)
        }
        _ => ("", plain),
    };
    let authority = if scheme.is_empty() {
        0
    } else {
        rest.find('/').unwrap_or(rest.len())
    };
    let user = rest[..authority].rfind('@').map_or(0, |at| at + 1);
    let path = &rest[authority..];
    let mut slashes = path.char_indices().skip(1).filter(|(_, c)| *c == '/');
    let second = slashes.next().filter(|_| !whole_path);
    let kept = second.map_or(path.len(), |(at, _)| at + 1);
    let dots = if kept < path.len() { "…" } else { "" };
    scheme
        .chars()
        .chain(rest[user..authority].chars())
        .chain(path[..kept].chars())
        .chain(dots.chars())
        .filter(|c| !c.is_control())
        .take(SHOWN_CHARS_MAX)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_shown_without_what_may_be_secret() {
        for (url, expected) in [
            (
                "https://example.com/hook?key=s#f",
                "https://example.com/hook",
            ),
            ("https://ann:pw@example.com/a@b", "https://example.com/a@b"),
            (
                "https://hooks.slack.com/services/T0/B0/secret",
                "https://hooks.slack.com/services/…",
            ),
            ("https://example.com/hook/", "https://example.com/hook/"),
            ("//ann:pw@example.com", "//example.com"),
            ("/new?token=s", "/new"),
            ("/a//b@c", "/a/…"),
            ("https://example.com/\u{1b}[2J", "https://example.com/[2J"),
        ] {
            assert_eq!(shown(url), expected);
        }
    }

    #[test]
    fn what_an_answer_names_shows_its_path_unless_that_repeats_ours() {
        let moved = "https://new.example/hook/x?key=s";
        assert_eq!(shown_beside(moved, "/hook"), "https://new.example/hook/x");
        let own = "/services/T0/secret";
        let repeated = "https://new.example/services/T0/secret/";
        assert_eq!(
            shown_beside(repeated, own),
            "https://new.example/services/…"
        );
    }
}
