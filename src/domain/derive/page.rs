//! The address of a page, read as leniently as browsers and services write it.

use std::borrow::Cow;

/// Parts of an address.
#[derive(Clone, Copy, Debug)]
pub(super) struct Page<'a> {
    query: &'a str,
}

/// Nobody puts more parameters into an address that people use.
const PARAMETERS_MAX: usize = 100;

impl<'a> Page<'a> {
    /// Reads an address, also one without a scheme or without a host.
    pub(super) fn of(text: &'a str) -> Page<'a> {
        let text = text.trim();
        let text = text.split_once('#').map_or(text, |(before, _)| before);
        let (_, query) = text.split_once('?').unwrap_or((text, ""));
        Page { query }
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
