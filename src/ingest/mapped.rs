//! A post of a source with a mapping, in the names of a lead.

use super::body::typed;
use crate::domain::mapping::{Envelope, Named};
use crate::domain::raw::Raw;
use crate::domain::source::Source;
use crate::http::forms::form_fields;
use crate::http::{Head, Request, Response};

/// What the source's mapping, if it has one, makes of a post. A post that it does not want is answered at once: the
/// service did well, and there is nothing to store.
pub(super) fn named(raw: Raw, source: &Source, head: &Head) -> Result<Named, Response> {
    let Some(mapping) = &source.mapping else {
        return Ok(Named { raw, found: true });
    };
    let envelope = Envelope {
        header: &|name| head.header(name).map(str::to_owned),
        query: &form_fields(head.query().unwrap_or_default().as_bytes()),
    };
    let named = mapping.apply(raw, source.lead_type, &envelope);
    named.ok_or_else(ignored)
}

/// The service did well, and there is nothing to store.
pub(super) fn ignored() -> Response {
    Response::json(200, r#"{"result":"ignored"}"#)
}

/// Whether an unsigned post is one by which the service only looks whether anybody answers. Strangers
/// can send it, too: they get the same answer, and nothing comes of it.
pub(super) fn is_ping(request: &Request, source: &Source) -> bool {
    let mapping = source.mapping.as_ref();
    let mapping = mapping.filter(|mapping| !mapping.ping.is_empty());
    mapping.is_some_and(|mapping| typed(request).is_some_and(|raw| mapping.is_ping(&raw)))
}
