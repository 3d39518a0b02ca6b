//! What a mail server's answer means, and what to do about it.

use super::super::delivery::{Answer, Fault, Stage};
use super::{Finding, connect_cure, finding, tls_cure};

pub(super) fn refused(answer: &Answer) -> Finding {
    let status = answer.status;
    let what = answer.note.as_deref().unwrap_or("the letter is refused");
    let cure = match status {
        400..=499 => "That is for now only: real leads wait and are sent again.",
        535 | 530 | 534 => {
            "Check user and password in [smtp]; many providers want an app password."
        }
        550 | 551 | 553 => {
            "Is the address right? The sender has to be one that this mailbox may send as: see `from` in \
             [smtp]."
        }
        552 => "The mailbox is full or the letter too long: make room there.",
        554 => {
            "The server takes it for spam, or trusts this mailbox too little. Its words above say why."
        }
        _ => "The server's words above say why.",
    };
    finding(format!("The mail server says {status}: {what}."), cure)
}

pub(super) fn cure(fault: &Fault) -> String {
    match fault.stage {
        Stage::Resolve => "Look for a typing mistake in `host` of [smtp].".to_owned(),
        Stage::Connect => {
            let cure = connect_cure(&fault.detail);
            format!(
                "{cure} Usual are port 465 with tls = \"implicit\" and 587; many networks close 25."
            )
        }
        Stage::Tls => tls_cure(&fault.detail),
        _ => {
            "Hold [smtp] against what the provider of the mailbox says; then try again.".to_owned()
        }
    }
}
