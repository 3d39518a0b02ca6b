//! Why there was no answer, in words for the person who has to do something about it.

use std::io::{self, ErrorKind};
use std::time::Duration;

use rustls::CertificateError;
use ureq::Error;

use crate::domain::delivery::{Fault, Stage};
use crate::domain::time::Timestamp;

use super::resolver::Halt;
use super::trail::Trail;

/// What a request met that was ended with the program.
pub(super) const STOPPED: &str = "ended because leadhook stops";

/// The fault behind an error of ureq. `limit` is the time that the request had.
pub(super) fn fault(error: Error, trail: Trail, limit: Duration) -> Fault {
    if let Error::Other(other) = error {
        return match other.downcast::<Halt>() {
            Ok(halt) => halt.0,
            Err(other) => Fault {
                stage: trail.stage,
                detail: other.to_string(),
            },
        };
    }
    let stage = match &error {
        Error::Tls(_) | Error::Rustls(_) | Error::TlsRequired => Stage::Tls,
        Error::Io(io) if tls_cause(io).is_some() => Stage::Tls,
        _ => trail.stage,
    };
    let detail = words(&error, trail, limit);
    Fault { stage, detail }
}

fn words(error: &Error, trail: Trail, limit: Duration) -> String {
    match error {
        Error::Timeout(_) => late_words(trail, limit),
        Error::Io(error) => match tls_cause(error) {
            Some(cause) => tls_words(cause),
            None if is_disconnect(error) => disconnect_words(error, trail),
            None => io_words(error),
        },
        Error::Rustls(cause) => tls_words(cause),
        Error::Protocol(why) if trail.stage == Stage::Answer => {
            format!("what came back is not valid HTTP ({why})")
        }
        Error::LargeResponseHeader(_, max) => {
            format!("the head of the answer is longer than {} KiB", max / 1024)
        }
        Error::ConnectProxyFailed(why) => format!("the proxy refused: {why}"),
        Error::HostNotFound => "the name has no address".into(),
        other => other.to_string(),
    }
}

fn late_words(trail: Trail, limit: Duration) -> String {
    let what = match trail.stage {
        Stage::Prepare | Stage::Resolve | Stage::Guard => "the DNS did not answer",
        Stage::Connect => "no connection",
        Stage::Tls => "no end of the TLS handshake",
        Stage::Send => "the receiver did not take the request",
        Stage::Answer if trail.heard => "no complete answer",
        Stage::Answer => "no answer",
    };
    format!("{what} within {}", limit_words(limit))
}

/// A limit as people say it: `15 s`, `1500 ms`.
pub(super) fn limit_words(limit: Duration) -> String {
    match limit.subsec_millis() {
        0 => format!("{} s", limit.as_secs()),
        _ => format!("{} ms", limit.as_millis()),
    }
}

/// Whether the receiver, or something on the way to it, ended the connection.
pub(super) fn is_disconnect(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::UnexpectedEof
            | ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::BrokenPipe
            | ErrorKind::NotConnected
    )
}

fn disconnect_words(error: &io::Error, trail: Trail) -> String {
    let how = match error.kind() {
        ErrorKind::ConnectionReset => "reset the connection",
        _ => "closed the connection",
    };
    let when = match trail.stage {
        Stage::Answer if trail.heard => "in the middle of its answer",
        Stage::Answer => "without an answer",
        Stage::Tls => "during the TLS handshake; does it speak TLS on this port?",
        Stage::Send => "before it had the whole request",
        _ => "at once",
    };
    format!("the receiver {how} {when}")
}

/// The words for an error of the operating system; one that has its words already keeps them.
pub(super) fn io_words(error: &io::Error) -> String {
    if error.raw_os_error().is_none() {
        return error.to_string();
    }
    match error.kind() {
        ErrorKind::ConnectionRefused => "connection refused".into(),
        ErrorKind::ConnectionReset => "connection reset".into(),
        ErrorKind::HostUnreachable => "host unreachable".into(),
        ErrorKind::NetworkUnreachable => "network unreachable".into(),
        _ => error.to_string(),
    }
}

fn tls_cause(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}

fn tls_words(error: &rustls::Error) -> String {
    match error {
        rustls::Error::InvalidCertificate(why) => certificate_words(why),
        rustls::Error::InvalidMessage(_) => {
            "the receiver does not speak TLS on this port; is the url right?".into()
        }
        rustls::Error::AlertReceived(alert) => format!("the receiver refused: {alert:?}"),
        rustls::Error::PeerIncompatible(_) => {
            "the receiver offers no TLS version or cipher of today (1.2 or 1.3 is needed)".into()
        }
        other => other.to_string(),
    }
}

/// So many of the names in a certificate are told.
const CERTIFICATE_NAMES_MAX: usize = 4;

/// `DnsName("example.com")` as rustls writes it, without what surrounds the name.
fn plain_name(shown: &str) -> String {
    let name = shown.split('"').nth(1).unwrap_or(shown);
    name.chars().filter(|c| !c.is_control()).take(253).collect()
}

fn certificate_words(error: &CertificateError) -> String {
    match error {
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            "the certificate comes from an unknown issuer; if it is \
            your own authority, name its certificate as ca_file"
                .into()
        }
        CertificateError::NotValidForNameContext { presented, .. } if !presented.is_empty() => {
            let names = presented.iter().take(CERTIFICATE_NAMES_MAX);
            let names: Vec<String> = names.map(|name| plain_name(name)).collect();
            let names = names.join(", ");
            format!("the certificate is for another name than the one in the url: {names}")
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "the certificate is for another name than the one in the url".into()
        }
        CertificateError::ExpiredContext { not_after, .. } => {
            let end = Timestamp(not_after.as_secs().saturating_mul(1000));
            format!("the certificate has expired on {end}; the receiver has to renew it")
        }
        CertificateError::Expired => {
            "the certificate has expired; the receiver has to renew it".into()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "the certificate is not valid yet; is the clock of this machine right?".into()
        }
        CertificateError::Revoked => "the certificate was revoked".into(),
        CertificateError::Other(other) => {
            format!(
                "the certificate is not accepted ({other}); if it is self-signed, have one \
                     signed by your own authority and name that as ca_file"
            )
        }
        other => format!("the certificate is not accepted: {other:?}"),
    }
}
