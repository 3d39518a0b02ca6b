//! `[ingest]` and `[admin]`: the two listeners, where they listen and what they put up with.

use std::net::SocketAddr;
use std::time::Duration;

use super::section::{Section, quoted};
use crate::domain::secret::Secret;
use crate::domain::url::{Scheme, Url};
use crate::domain::webhook::Network;

/// `[ingest]`: where leads are posted to.
#[derive(Clone, Debug, PartialEq)]
pub struct Ingest {
    /// Address and port; port 0 lets the system choose.
    pub listen: SocketAddr,
    /// What services and pages call it, without what is behind the host or a path in front of `/in/`.
    pub public_url: Option<String>,
    /// The largest body that is accepted, in bytes; 1 KiB to 16 MiB.
    pub body_bytes_max: usize,
    /// Open connections over all; 1 to 65536.
    pub connections_max: usize,
    /// Open connections of one client address; 0: no limit of its own.
    pub connections_per_address: usize,
    /// From the first byte of a request, or from the end of the one before, to the end of its
    /// headers.
    pub header_timeout: Duration,
    /// From the end of the headers to the end of the body.
    pub body_timeout: Duration,
    /// After this a connection is closed behind its current request.
    pub connection_life: Duration,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
    /// Posts that may wait for the store; the next one is answered with 503.
    pub waiting_max: usize,
}

/// `[admin]`: the listener for the owner, on this machine only.
#[derive(Clone, Debug, PartialEq)]
pub struct Admin {
    /// A loopback address and port; port 0 lets the system choose.
    pub listen: SocketAddr,
    /// Each of them opens it; at least one. The commands send the first.
    pub tokens: Vec<Secret>,
    /// `https://host`, by which a proxy shows the pages and the API to others.
    pub public_url: Option<String>,
    /// Whether `/inspector/{name}` takes webhooks and shows them.
    pub inspector: bool,
    /// Requests that the inspector keeps for each name; 1 to 1000.
    pub inspector_keep: usize,
}

const INGEST_LISTEN: SocketAddr = loopback(8480);
const ADMIN_LISTEN: SocketAddr = loopback(8481);

const fn loopback(port: u16) -> SocketAddr {
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), port)
}

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86_400);

pub(super) fn ingest(section: &Section<'_>) -> Ingest {
    Ingest {
        listen: address(section, INGEST_LISTEN).0,
        public_url: public_url(section),
        body_bytes_max: section.size("body_bytes_max", 1 << 10..=16 << 20, 256 << 10),
        connections_max: section.count("connections_max", 1..=65_536, 8192),
        connections_per_address: section.count("connections_per_address", 0..=65_536, 64),
        header_timeout: section.duration("header_timeout", SECOND..=5 * MINUTE, 10 * SECOND),
        body_timeout: section.duration("body_timeout", SECOND..=10 * MINUTE, 15 * SECOND),
        connection_life: section.duration("connection_life", 10 * SECOND..=DAY, 5 * MINUTE),
        trusted_proxies: networks(section, "trusted_proxies"),
        waiting_max: section.count("waiting_max", 1..=65_536, 1024),
    }
}

fn public_url(section: &Section<'_>) -> Option<String> {
    let text = section.text("public_url")?;
    let url = text.value.trim_end_matches('/');
    let what = match Url::parse(url) {
        Ok(_) if !url.contains(['?', '#']) => return Some(url.to_owned()),
        Ok(_) => "this address has more than a host and a path".to_owned(),
        Err(error) => error.to_string(),
    };
    let hint = "what stands before /in/NAME: https://leads.example.com";
    section.refuse(text.at, "public_url", what, hint);
    None
}

/// Reads `[admin]`; `ingest` is where the other listener is.
pub(super) fn admin(section: &Section<'_>, ingest: SocketAddr) -> Admin {
    let (listen, at) = address(section, ADMIN_LISTEN);
    if !listen.ip().is_loopback() {
        let hint = "use 127.0.0.1:8481; from another machine reach it through an SSH tunnel";
        let what = "the admin listener is for this machine only";
        section.refuse(at, "listen", what, hint);
    }
    if overlap(listen, ingest) {
        let hint = "give each its own port: 8480 for leads, 8481 for the owner";
        section.refuse(at, "listen", "ingest listens there already", hint);
    }
    Admin {
        listen,
        tokens: admin_tokens(section, ingest),
        public_url: public_site(section),
        inspector: section.flag("inspector", true),
        inspector_keep: section.count("inspector_keep", 1..=1000, 20),
    }
}

/// A host of its own: the pages stand at the root of it.
fn public_site(section: &Section<'_>) -> Option<String> {
    let text = section.text("public_url")?;
    let url = text.value.trim_end_matches('/');
    let what = match Url::parse(url) {
        Ok(parsed) if parsed.scheme == Scheme::Https && !parsed.has_target() => {
            return Some(url.to_owned());
        }
        Ok(_) => "this must be https:// and a host, without a path".to_owned(),
        Err(error) => error.to_string(),
    };
    let hint =
        r#"public_url = "https://leadhook.example.com", where a proxy with TLS passes requests on"#;
    section.refuse(text.at, "public_url", what, hint);
    None
}

fn admin_tokens(section: &Section<'_>, ingest: SocketAddr) -> Vec<Secret> {
    let secrets = section.secrets("token");
    if !secrets.said {
        let hint = r#"token_file = "admin-token"; `leadhook init` makes such a file"#;
        section.missing("token", hint);
    }
    section.refuse_published(&secrets, ingest);
    section.tokens(&secrets)
}

/// The address at `listen`, and the place for problems with it.
fn address(section: &Section<'_>, default: SocketAddr) -> (SocketAddr, usize) {
    let Some(text) = section.text("listen") else {
        return (default, section.at);
    };
    let address = text.value.parse().unwrap_or_else(|_| {
        let what = format!("{} is not an address with a port", quoted(text.raw));
        let hint = format!(
            "this machine only: \"{default}\"; all its networks: \"0.0.0.0:{}\"",
            default.port()
        );
        section.refuse(text.at, "listen", what, hint);
        default
    });
    (address, text.at)
}

fn overlap(one: SocketAddr, other: SocketAddr) -> bool {
    let everywhere = one.ip().is_unspecified() || other.ip().is_unspecified();
    one.port() != 0 && one.port() == other.port() && (everywhere || one.ip() == other.ip())
}

/// The list of networks at `key`.
pub(super) fn networks(section: &Section<'_>, key: &str) -> Vec<Network> {
    let mut networks = Vec::new();
    for text in section.texts(key).unwrap_or_default() {
        match Network::parse(&text.value) {
            Some(network) => networks.push(network),
            None => {
                let what = format!("{} is not a network", quoted(text.raw));
                let hint = r#"a network or a single address: "192.168.1.0/24", "10.0.0.7""#;
                section.refuse(text.at, key, what, hint);
            }
        }
    }
    networks
}
