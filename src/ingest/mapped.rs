//! A post of a source with a mapping, in the names of a lead.

use crate::domain::mapping::{Envelope, Named};
use crate::domain::raw::Raw;
use crate::domain::source::Source;
use crate::http::forms::form_fields;
use crate::http::{Head, Response};

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
    named.ok_or_else(|| Response::json(200, r#"{"result":"ignored"}"#))
}
