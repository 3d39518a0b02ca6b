//! What a post that was taken is answered with.

use crate::domain::posting::Answer;
use crate::http::Response;
use crate::store::{PostResult, Receipt};

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
