//! The URL of a receiver, read strictly: whatever clients understand in different ways is refused.

use std::fmt;
use std::net::IpAddr;

/// An absolute `http` or `https` URL. `Display` and `Debug` leave out the query, which may hold a
/// secret; userinfo is never accepted.
#[derive(Clone, PartialEq, Eq)]
pub struct Url {
    /// Encrypted or not.
    pub scheme: Scheme,
    /// Whom to reach.
    pub host: Host,
    /// 1 to 65535; the scheme's own where the text names none.
    pub port: u16,
    /// Path and query as they were written; may be empty.
    target: String,
}

/// How a receiver is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// In the clear.
    Http,
    /// Over TLS.
    Https,
}

/// The host of a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    /// A name to look up, in lower case.
    Name(String),
    /// An address, written as such.
    Address(IpAddr),
}

/// Why a text is no URL for a receiver. Says nothing of the text itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UrlError {
    /// Neither `https://` nor `http://` in front.
    Scheme,
    /// A character that RFC 3986 does not allow, or a `%` without two hex digits.
    Character,
    /// `user:password@` before the host.
    Userinfo,
    /// A `#…` at the end, which is never sent.
    Fragment,
    /// No host, or one that is neither a name nor an address.
    Host,
    /// A number that some take for an IPv4 address: `127.1`, `2130706433`.
    OddAddress,
    /// Not a number from 1 to 65535.
    Port,
}

impl fmt::Display for UrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            UrlError::Scheme => "a URL begins with https:// or http://",
            UrlError::Character => "the URL contains a character that URLs must not contain",
            UrlError::Userinfo => "a user or password before the host is not accepted",
            UrlError::Fragment => "the part from # on would never be sent",
            UrlError::Host => "the URL has no valid host",
            UrlError::OddAddress => "the host is a number that is not a full address",
            UrlError::Port => "the port is not a number from 1 to 65535",
        })
    }
}

impl UrlError {
    /// What to do about it.
    pub fn hint(self) -> &'static str {
        match self {
            UrlError::Scheme => "copy the whole address from the receiver's page, with https://",
            UrlError::Character => {
                "percent-encode it (a space is %20); write an international name in its xn-- form"
            }
            UrlError::Userinfo => {
                "take it out; the receiver knows us by the signature that the webhook's secret makes"
            }
            UrlError::Fragment => "take it out",
            UrlError::Host => {
                "names are letters, digits, - and . ; an IPv6 address stands in brackets: https://[2001:db8::1]/"
            }
            UrlError::OddAddress => "write all four numbers: 192.168.1.20",
            UrlError::Port => "https://host:8443/path, or no port at all for the usual one",
        }
    }
}

impl Url {
    /// Reads an absolute URL.
    pub fn parse(text: &str) -> Result<Url, UrlError> {
        let (scheme, rest) = split_scheme(text).ok_or(UrlError::Scheme)?;
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(end);
        if authority.contains('@') {
            return Err(UrlError::Userinfo);
        }
        if target.contains('#') {
            return Err(UrlError::Fragment);
        }
        if !authority.is_ascii() || !is_target(target) {
            return Err(UrlError::Character);
        }
        let (host, port) = split_port(authority)?;
        Ok(Url {
            scheme,
            host: parse_host(host)?,
            port: port.unwrap_or(scheme.default_port()),
            target: target.to_owned(),
        })
    }

    /// The path without the query; at least `/`.
    pub fn path(&self) -> &str {
        match self.target.split('?').next() {
            Some("") | None => "/",
            Some(path) => path,
        }
    }

    /// Scheme, host and port; a port that goes without saying is left out.
    pub fn origin(&self) -> String {
        let scheme = match self.scheme {
            Scheme::Http => "http",
            Scheme::Https => "https",
        };
        match self.port == self.scheme.default_port() {
            true => format!("{scheme}://{}", self.host),
            false => format!("{scheme}://{}:{}", self.host, self.port),
        }
    }

    /// Whether there is anything behind host and port.
    pub fn has_target(&self) -> bool {
        !matches!(self.target.as_str(), "" | "/")
    }
}

impl Scheme {
    fn default_port(self) -> u16 {
        match self {
            Scheme::Http => 80,
            Scheme::Https => 443,
        }
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin(), self.path())
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Url({self})")
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Host::Name(name) => f.write_str(name),
            Host::Address(IpAddr::V4(address)) => write!(f, "{address}"),
            Host::Address(IpAddr::V6(address)) => write!(f, "[{address}]"),
        }
    }
}

fn split_scheme(text: &str) -> Option<(Scheme, &str)> {
    let (scheme, rest) = text.split_once("://")?;
    if scheme.eq_ignore_ascii_case("https") {
        Some((Scheme::Https, rest))
    } else if scheme.eq_ignore_ascii_case("http") {
        Some((Scheme::Http, rest))
    } else {
        None
    }
}

fn split_port(authority: &str) -> Result<(&str, Option<u16>), UrlError> {
    let host_end = match authority.find(']') {
        Some(bracket) => bracket + 1,
        None if authority.starts_with('[') => return Err(UrlError::Host),
        None => authority.find(':').unwrap_or(authority.len()),
    };
    let (host, rest) = authority.split_at(host_end);
    if rest.is_empty() {
        return Ok((host, None));
    }
    let digits = rest.strip_prefix(':').ok_or(UrlError::Host)?;
    let only_digits = digits.bytes().all(|b| b.is_ascii_digit());
    match digits.parse() {
        Ok(port) if port > 0 && only_digits => Ok((host, Some(port))),
        _ => Err(UrlError::Port),
    }
}

/// Whether `host` is this domain or below it; both in lower case.
pub fn is_within(host: &str, domain: &str) -> bool {
    let rest = host.strip_suffix(domain);
    rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// RFC 1035 section 2.3.4.
const NAME_BYTES_MAX: usize = 253;
const LABEL_BYTES_MAX: usize = 63;

impl Host {
    /// Reads a host that stands alone; IPv6 addresses in brackets or without.
    pub fn parse(text: &str) -> Option<Host> {
        let bare = text.parse().map(Host::Address);
        bare.ok().or_else(|| parse_host(text).ok())
    }
}

fn parse_host(text: &str) -> Result<Host, UrlError> {
    if let Some(inner) = text.strip_prefix('[') {
        let address = inner.strip_suffix(']').ok_or(UrlError::Host)?;
        let address = address.parse().map_err(|_| UrlError::Host)?;
        return Ok(Host::Address(IpAddr::V6(address)));
    }
    if let Ok(address) = text.parse() {
        return Ok(Host::Address(IpAddr::V4(address)));
    }
    if text.len() > NAME_BYTES_MAX || !text.split('.').all(is_label) {
        return Err(UrlError::Host);
    }
    // The system's resolver would take these for addresses ("ends in a number", URL standard 4.3).
    let last = text.rsplit('.').next().unwrap_or(text);
    if last.bytes().all(|b| b.is_ascii_digit()) || last.starts_with("0x") || last.starts_with("0X")
    {
        return Err(UrlError::OddAddress);
    }
    Ok(Host::Name(text.to_ascii_lowercase()))
}

fn is_label(label: &str) -> bool {
    (1..=LABEL_BYTES_MAX).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

/// Whether `text` holds only what a path and a query may hold (RFC 3986 sections 3.3 and 3.4).
fn is_target(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.iter().enumerate().all(|(i, b)| match b {
        b'%' => bytes
            .get(i + 1..i + 3)
            .is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit)),
        b => b.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/?".contains(b),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scheme_host_port_and_path_are_read_and_the_query_is_not_shown() {
        for (text, shown, port) in [
            (
                "https://Hooks.Example.com/a%20b?key=1",
                "https://hooks.example.com/a%20b",
                443,
            ),
            ("HTTP://192.168.1.20", "http://192.168.1.20/", 80),
            (
                "https://[2001:db8::1]:8443?x",
                "https://[2001:db8::1]:8443/",
                8443,
            ),
            ("https://crm_box:443/@me", "https://crm_box/@me", 443),
        ] {
            let url = Url::parse(text).expect(text);
            assert_eq!((url.to_string().as_str(), url.port), (shown, port));
            assert!(!format!("{url:?}").contains('?'), "{text}");
        }
    }

    #[test]
    fn what_clients_read_in_different_ways_is_refused() {
        for (text, error) in [
            ("crm.example.com/hook", UrlError::Scheme),
            ("ftp://crm.example.com", UrlError::Scheme),
            ("https://me:pass@crm.example.com/", UrlError::Userinfo),
            ("https://crm.example.com/#top", UrlError::Fragment),
            ("https://crm.example.com/a b", UrlError::Character),
            ("https://crm.example.com/100%", UrlError::Character),
            (
                "https://crm.example.com\\@evil.example/",
                UrlError::Userinfo,
            ),
            ("https://müller.example/", UrlError::Character),
            ("https://", UrlError::Host),
            ("https://{{name}}.example.com/", UrlError::Host),
            ("https://crm..example.com/", UrlError::Host),
            ("https://[::1/", UrlError::Host),
            ("https://127.1/", UrlError::OddAddress),
            ("https://2130706433/", UrlError::OddAddress),
            ("https://0x7f000001/", UrlError::OddAddress),
            ("https://crm.example.com:99999/", UrlError::Port),
            ("https://crm.example.com:0/", UrlError::Port),
            ("https://crm.example.com:+80/", UrlError::Port),
            ("https://crm.example.com:/", UrlError::Port),
        ] {
            assert_eq!(Url::parse(text), Err(error), "{text}");
        }
    }
}
