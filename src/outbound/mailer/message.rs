//! A letter as a message of RFC 5322, ready to be sent.

use std::time::{Duration, UNIX_EPOCH};

use lettre::Address;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MultiPart};

use crate::domain::mail::{self, Letter};
use crate::domain::time::Timestamp;

/// A message and its envelope.
pub(super) struct Parcel {
    pub(super) from: Address,
    pub(super) to: Vec<Address>,
    /// ASCII, with CRLF behind each line.
    pub(super) message: Vec<u8>,
}

/// Writes the message. Its Message-ID is made of the letter's id, so that it is the same at every try.
pub(super) fn pack(
    letter: &Letter,
    from: &mail::Mailbox,
    to: &[String],
    at: Timestamp,
) -> Result<Parcel, String> {
    let sender = address(&from.address)?;
    let to: Vec<Address> = to.iter().map(|to| address(to)).collect::<Result<_, _>>()?;
    let id = format!("<{}@{}>", letter.id, sender.domain());
    let mut message = Message::builder()
        .message_id(Some(id))
        .date(UNIX_EPOCH + Duration::from_secs(at.unix_seconds()))
        .from(Mailbox::new(from.name.clone(), sender.clone()))
        .subject(letter.subject.clone())
        .raw_header(HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        ));
    for to in &to {
        message = message.to(Mailbox::new(None, to.clone()));
    }
    // What lettre takes for no address is left out: the letter is readable all the same.
    if let Some(Ok(reply_to)) = letter.reply_to.as_deref().map(address) {
        message = message.reply_to(Mailbox::new(None, reply_to));
    }
    let body = MultiPart::alternative_plain_html(letter.text.clone(), letter.html.clone());
    let message = message
        .multipart(body)
        .map_err(|error| format!("the e-mail cannot be written: {error}"))?;
    Ok(Parcel {
        from: sender,
        to,
        message: message.formatted(),
    })
}

fn address(text: &str) -> Result<Address, String> {
    text.parse()
        .map_err(|error| format!("{text} is no address that can be written to: {error}"))
}
