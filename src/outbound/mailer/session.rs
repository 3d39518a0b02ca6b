//! A conversation with a mail server (RFC 5321): greeting, TLS, login, then letters.
//!
//! A server that refuses before a letter begins is not at fault with that letter: this is no answer,
//! and is tried again over the whole schedule. What it says to a letter is an answer, with its code
//! as the status: 2xx, 4xx (again later) or 5xx.

use std::fmt::Display;
use std::net::Ipv4Addr;
use std::sync::Arc;

use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::commands::{Auth, Data, Ehlo, Mail, Rcpt, Starttls};
use lettre::transport::smtp::extension::{ClientId, Extension, ServerInfo};
use lettre::transport::smtp::response::Response;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;

use crate::domain::delivery::{Answer, EXCERPT_BYTES_MAX, Fault, Stage};
use crate::domain::mail::{Encryption, Login, Smtp};

use super::message::Parcel;
use super::wire::Wire;

/// Says nothing about the machine that it runs on.
const HELLO: ClientId = ClientId::Ipv4(Ipv4Addr::LOCALHOST);
/// A login of two questions has two.
const CHALLENGES_MAX: usize = 4;

/// The server, ready for the next letter.
pub(super) struct Session {
    wire: Wire,
    info: ServerInfo,
}

/// Why a letter could not even be offered.
pub(super) struct Refused {
    pub(super) fault: Fault,
    /// Whether the server may have had anything of the letter.
    pub(super) began: bool,
}

impl Refused {
    pub(super) fn early(fault: Fault) -> Refused {
        let began = false;
        Refused { fault, began }
    }

    fn late(fault: Fault) -> Refused {
        let began = true;
        Refused { fault, began }
    }
}

impl Session {
    /// Greets the server, sees to it that the connection is encrypted, and signs in.
    pub(super) fn open(
        wire: Wire,
        smtp: &Smtp,
        tls: &Arc<ClientConfig>,
        name: &ServerName<'static>,
    ) -> Result<Session, Fault> {
        let mut session = Session {
            wire,
            info: ServerInfo::default(),
        };
        session.wire.stage = Stage::Answer;
        let greeting = session.hear()?;
        session.expect(&greeting, "does not want to talk")?;
        session.greet()?;
        if smtp.encryption == Encryption::StartTls {
            if !session.info.supports_feature(Extension::StartTls) {
                return Err(session.wire_fault(
                    Stage::Tls,
                    "the mail server offers no STARTTLS here; if this is port 465, set \
                     tls = \"implicit\"",
                ));
            }
            let reply = session.ask(Starttls)?;
            session.expect(&reply, "does not begin TLS")?;
            session.wire.encrypt(tls, name)?;
            session.greet()?;
        }
        if let Some(login) = &smtp.login {
            session.sign_in(login)?;
        }
        Ok(session)
    }

    /// Gives it another deadline.
    pub(super) fn set_deadline(&mut self, until: std::time::Instant) {
        self.wire.set_deadline(until);
    }

    /// Hands a letter over. Those recipients that are refused for good are left out, where another is
    /// taken; one that is refused for now holds back the whole letter, so that nobody gets it twice.
    pub(super) fn deliver(&mut self, parcel: &Parcel) -> Result<Answer, Refused> {
        self.wire.stage = Stage::Send;
        let mail = Mail::new(Some(parcel.from.clone()), Vec::new());
        let reply = self.ask(mail).map_err(Refused::early)?;
        // 421: the server closes a connection that it finds too old.
        if u16::from(reply.code()) == CLOSING {
            return Err(Refused::early(
                self.refusal(&reply, "closes the connection"),
            ));
        }
        if !reply.is_positive() {
            return Ok(answer(
                &reply,
                &format!("the sender {} is refused", parcel.from),
            ));
        }
        let mut notes = Vec::new();
        let mut refused = None;
        for to in &parcel.to {
            let reply = self
                .ask(Rcpt::new(to.clone(), Vec::new()))
                .map_err(Refused::late)?;
            if reply.is_positive() {
                continue;
            }
            let note = format!("the recipient {to} is refused");
            if is_for_now(&reply) {
                return Ok(answer(&reply, &note));
            }
            refused = refused.or_else(|| Some(answer(&reply, &note)));
            notes.push(note);
        }
        if let Some(refused) = refused.filter(|_| notes.len() == parcel.to.len()) {
            return Ok(refused);
        }
        let reply = self.ask(Data).map_err(Refused::late)?;
        if u16::from(reply.code()) != GO_AHEAD {
            return Ok(answer(&reply, "no letter is taken now"));
        }
        self.wire
            .write(&stuffed(&parcel.message))
            .map_err(Refused::late)?;
        self.wire.stage = Stage::Answer;
        let reply = self.hear().map_err(Refused::late)?;
        Ok(match reply.is_positive() {
            true => answer(&reply, &notes.join("; ")),
            false => answer(&reply, "the letter is refused"),
        })
    }

    fn greet(&mut self) -> Result<(), Fault> {
        let reply = self.ask(Ehlo::new(HELLO))?;
        self.expect(&reply, "does not speak ESMTP")?;
        let info = ServerInfo::from_response(&reply);
        self.info = info.map_err(|_| self.refusal(&reply, "does not say who it is"))?;
        Ok(())
    }

    fn sign_in(&mut self, login: &Login) -> Result<(), Fault> {
        // Nothing else is ever configured; a password in the clear would be out for good.
        debug_assert!(self.wire.is_encrypted(), "a login without TLS");
        let known = [Mechanism::Plain, Mechanism::Login];
        let Some(mechanism) = self.info.get_auth_mechanism(&known) else {
            return Err(self.wire_fault(
                Stage::Send,
                "the mail server offers no login with user and password (PLAIN or LOGIN); if it \
                 wants none, take out smtp.user",
            ));
        };
        self.wire.stage = Stage::Send;
        let password = String::from_utf8_lossy(login.password.reveal()).into_owned();
        let credentials = Credentials::new(login.user.clone(), password);
        let odd = |session: &Session| {
            session.wire_fault(
                Stage::Send,
                "the mail server asks for a login in a strange way",
            )
        };
        let first = Auth::new(mechanism, credentials.clone(), None).map_err(|_| odd(self))?;
        let mut reply = self.ask(first)?;
        for _ in 0..CHALLENGES_MAX {
            if u16::from(reply.code()) != CHALLENGE {
                break;
            }
            let next = Auth::new_from_response(mechanism, credentials.clone(), &reply);
            reply = self.ask(next.map_err(|_| odd(self))?)?;
        }
        match u16::from(reply.code()) {
            SIGNED_IN => Ok(()),
            400..=499 => Err(self.refusal(&reply, "takes no login now")),
            _ => Err(self.refusal(
                &reply,
                "refuses user and password; providers such as Gmail want an app password, made in \
                 the settings of the account, not the one that you sign in with",
            )),
        }
    }

    fn ask(&mut self, command: impl Display) -> Result<Response, Fault> {
        self.wire.write(command.to_string().as_bytes())?;
        self.hear()
    }

    fn hear(&mut self) -> Result<Response, Fault> {
        let reply = self.wire.read_reply()?;
        let read = reply.parse();
        read.map_err(|_| {
            self.wire_fault(
                self.wire.stage,
                "what answers there does not speak SMTP; are host and port right?",
            )
        })
    }

    fn expect(&self, reply: &Response, complaint: &str) -> Result<(), Fault> {
        match reply.is_positive() {
            true => Ok(()),
            false => Err(self.refusal(reply, complaint)),
        }
    }

    fn refusal(&self, reply: &Response, complaint: &str) -> Fault {
        let code = code(reply);
        self.wire_fault(
            self.wire.stage,
            &format!("the mail server {complaint} ({code})"),
        )
    }

    fn wire_fault(&self, stage: Stage, detail: &str) -> Fault {
        let detail = detail.to_owned();
        Fault { stage, detail }
    }
}

const SIGNED_IN: u16 = 235;
const CHALLENGE: u16 = 334;
const GO_AHEAD: u16 = 354;
const CLOSING: u16 = 421;

/// Whether the same may be taken later.
fn is_for_now(reply: &Response) -> bool {
    (400..500).contains(&u16::from(reply.code()))
}

/// `550`, or `550 5.1.1` where the server says more (RFC 3463).
fn code(reply: &Response) -> String {
    let code = reply.code().to_string();
    let is_enhanced = |word: &&str| {
        word.split('.').count() == 3 && word.bytes().all(|b| b.is_ascii_digit() || b == b'.')
    };
    match reply.first_word().filter(is_enhanced) {
        Some(enhanced) => format!("{code} {enhanced}"),
        None => code,
    }
}

/// A reply to a letter. Its text stays with the attempt; the note, which is logged, is ours.
fn answer(reply: &Response, note: &str) -> Answer {
    let text: Vec<&str> = reply.message().collect();
    let mut excerpt = text.join("\n").into_bytes();
    excerpt.truncate(EXCERPT_BYTES_MAX);
    Answer {
        status: reply.code().into(),
        excerpt,
        note: (!note.is_empty()).then(|| note.to_owned()),
        ..Answer::default()
    }
}

/// A message as it goes over the wire: a dot that begins a line is doubled, one alone ends it (RFC
/// 5321 section 4.5.2).
fn stuffed(message: &[u8]) -> Vec<u8> {
    let mut stuffed = Vec::with_capacity(message.len() + 16);
    for line in message.split_inclusive(|byte| *byte == b'\n') {
        if line.starts_with(b".") {
            stuffed.push(b'.');
        }
        stuffed.extend_from_slice(line);
    }
    if !stuffed.ends_with(b"\r\n") {
        stuffed.extend_from_slice(b"\r\n");
    }
    stuffed.extend_from_slice(b".\r\n");
    stuffed
}
