//! A request, as a site sees it.

use std::net::{IpAddr, SocketAddr};

use hyper::body::Bytes;
use hyper::http::request::Parts;
use hyper::{HeaderMap, Method, Uri, Version};

use super::address::client_address;
use super::forms::ContentType;
use crate::domain::webhook::Network;

/// The request line, the headers, and who sent them.
#[derive(Debug)]
pub struct Head {
    pub(super) method: Method,
    pub(super) uri: Uri,
    pub(super) version: Version,
    pub(super) headers: HeaderMap,
    peer: SocketAddr,
}

/// A request with its whole body.
#[derive(Debug)]
pub struct Request {
    /// What [`Site::admit`](super::Site::admit) saw before.
    pub head: Head,
    /// Within the limit that it gave.
    pub body: Bytes,
}

impl Head {
    pub(super) fn new(parts: Parts, peer: SocketAddr) -> Head {
        Head {
            method: parts.method,
            uri: parts.uri,
            version: parts.version,
            headers: parts.headers,
            peer,
        }
    }

    /// As it was sent: `POST`. Methods know upper and lower case.
    pub fn method(&self) -> &str {
        self.method.as_str()
    }

    /// From the first `/` up to the `?`, still percent-encoded.
    pub fn path(&self) -> &str {
        self.uri.path()
    }

    /// What follows the `?`; [`form_fields`](super::forms::form_fields) takes it apart.
    pub fn query(&self) -> Option<&str> {
        self.uri.query()
    }

    /// The value of a header, of the first where it is repeated. None also where it is not UTF-8.
    pub fn header(&self, name: &str) -> Option<&str> {
        std::str::from_utf8(self.headers.get(name)?.as_bytes()).ok()
    }

    /// The values of all headers of this name.
    pub fn headers(&self, name: &str) -> impl DoubleEndedIterator<Item = &[u8]> {
        self.headers
            .get_all(name)
            .iter()
            .map(|value| value.as_bytes())
    }

    /// All headers: names in lower case, each with its value.
    pub fn all_headers(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let pairs = self.headers.iter();
        pairs.map(|(name, value)| (name.as_str(), value.as_bytes()))
    }

    /// What `Content-Type` says of the body.
    pub fn content_type(&self) -> ContentType {
        ContentType::parse(self.header("content-type").unwrap_or_default())
    }

    /// The other end of the connection, be it client or proxy. IPv4 is never written as IPv6.
    pub fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// The client's address: the peer's, or where that is a trusted proxy, the one it names in
    /// `X-Forwarded-For`.
    pub fn client(&self, trusted_proxies: &[Network]) -> IpAddr {
        let lines = self.headers("x-forwarded-for");
        let lines = lines.map(|line| std::str::from_utf8(line).unwrap_or_default());
        client_address(self.peer.ip(), lines, trusted_proxies)
    }
}
