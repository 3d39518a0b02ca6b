//! What a program is answered: its post was taken, refused, or cannot be taken now.

use std::time::Duration;

use crate::domain::intake::Refusal;
use crate::domain::posting::Answer;
use crate::http::Response;
use crate::store::{PostResult, Receipt, State, StoreError};

const TWIML: &str = r#"<?xml version="1.0" encoding="UTF-8"?><Response/>"#;

/// The answer in the shape that the source wants.
pub(super) fn taken(receipt: Receipt, answer: Answer) -> Response {
    let response = match answer {
        Answer::Json => json(receipt),
        Answer::Empty => Response::empty(204),
        Answer::Twiml => Response::typed(200, "text/xml; charset=utf-8", TWIML),
    };
    match receipt.repeated {
        true => response.header("idempotent-replayed", "true"),
        false => response,
    }
}

fn json(receipt: Receipt) -> Response {
    let status = match receipt.result {
        PostResult::Created => 201,
        PostResult::Updated | PostResult::Unchanged => 200,
    };
    let body = format!(
        r#"{{"lead_id":{},"result":"{}"}}"#,
        receipt.lead_id,
        receipt.result.name()
    );
    Response::json(status, body)
}

/// What was understood and is not acceptable.
pub(super) fn refused(refusal: Refusal) -> Response {
    Response::error(
        422,
        refusal.code,
        refusal.field.as_deref(),
        &refusal.message,
    )
}

/// The reason stays in the log and in health; a stranger learns only that it is not his fault.
pub(super) fn unavailable(error: &StoreError) -> Response {
    let (code, retry_after_s) = match error {
        StoreError::Unavailable(state) => (state.code(), state.retry_after_s()),
        StoreError::Busy => ("busy", 1),
        _ => ("store_failed", State::Failed(String::new()).retry_after_s()),
    };
    let message = "the lead cannot be stored right now; post it again in a while";
    let wait = Duration::from_secs(retry_after_s.into());
    Response::error(503, code, None, message).retry_after(wait)
}
