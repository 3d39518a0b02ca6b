//! The address of a page, read as leniently as browsers and services write it.

use std::borrow::Cow;

/// Parts of an address.
#[derive(Clone, Copy, Debug)]
pub(super) struct Page<'a> {
    host: &'a str,
    query: &'a str,
}

/// Nobody puts more parameters into an address that people use.
const PARAMETERS_MAX: usize = 100;
/// What is longer is no host (RFC 1035 section 2.3.4).
const HOST_BYTES_MAX: usize = 253;

impl<'a> Page<'a> {
    /// Reads an address, also one without a scheme or without a host.
    pub(super) fn of(text: &'a str) -> Page<'a> {
        let text = text.trim();
        let text = text.split_once('#').map_or(text, |(before, _)| before);
        let (place, query) = text.split_once('?').unwrap_or((text, ""));
        let rest = place.split_once("//").map_or(place, |(_, rest)| rest);
        let authority = rest.split('/').next().unwrap_or_default();
        let host = authority
            .rsplit_once('@')
            .map_or(authority, |(_, host)| host);
        let host = match host.starts_with('[') {
            true => host,
            false => host.split(':').next().unwrap_or_default(),
        };
        let host = if host.len() > HOST_BYTES_MAX {
            ""
        } else {
            host
        };
        Page { host, query }
    }

    /// Its host in lower case, without `www.` before it; empty where there is none.
    pub(super) fn site(&self) -> String {
        let host = self.host.trim_end_matches('.').to_ascii_lowercase();
        match host.strip_prefix("www.") {
            Some(site) => site.to_owned(),
            None => host,
        }
    }

    /// Its parameters, decoded; those without a value are left out.
    pub(super) fn parameters(
        &self,
    ) -> impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)> + use<'a> {
        form_urlencoded::parse(self.query.as_bytes())
            .take(PARAMETERS_MAX)
            .filter(|(_, value)| !value.trim().is_empty())
    }
}
