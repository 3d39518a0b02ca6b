//! `leadhook sign` and `leadhook verify-signature`: for those who write a receiver, or a sender.

use std::env;
use std::fs;
use std::io::{self, IsTerminal, Read};
use std::path::Path;

use super::{Exit, complain, print, say};
use crate::cli::Signed;
use crate::domain::signature::{Headers, SigningKey, examine, sign};
use crate::domain::time::Timestamp;
use crate::system::{Clock, Dice};

/// In this variable the secret may be, where no file is named.
const SECRET: &str = "LEADHOOK_SECRET";
/// No webhook has a longer body.
const BODY_BYTES_MAX: u64 = 16 << 20;

pub(super) fn sign_body(signed: &Signed) -> Exit {
    let made = || -> Result<String, String> {
        let key = key(signed.secret.as_deref())?;
        let id = signed.id.clone();
        let id = id.unwrap_or_else(|| Dice::of_system().id("msg_"));
        if id.is_empty() || id.contains('.') || !id.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("--id wants visible characters without a dot".to_owned());
        }
        let at = match &signed.timestamp {
            None => Clock::of_system().now(),
            Some(text) => seconds(text)?,
        };
        let body = body(signed.body.as_deref())?;
        let signature = sign(&[key], &id, at, &body);
        let seconds = at.unix_seconds();
        Ok(format!(
            "webhook-id: {id}\nwebhook-timestamp: {seconds}\nwebhook-signature: {signature}\n"
        ))
    };
    made().map_or_else(wrong, |headers| print(&headers))
}

fn seconds(text: &str) -> Result<Timestamp, String> {
    let seconds = text.parse::<u64>().ok().and_then(|n| n.checked_mul(1000));
    seconds.map(Timestamp).ok_or_else(|| {
        "--timestamp wants whole seconds since 1970; `date +%s` prints them".to_owned()
    })
}

pub(super) fn verify_signature(
    signed: &Signed,
    signature: Option<String>,
    headers: Option<&Path>,
    any_age: bool,
) -> Exit {
    let verdict = || -> Result<Result<(), String>, String> {
        let key = key(signed.secret.as_deref())?;
        let file = headers.map(read_text).transpose()?.unwrap_or_default();
        let id = signed.id.clone().or_else(|| header(&file, "webhook-id"));
        let timestamp = signed.timestamp.clone();
        let timestamp = timestamp.or_else(|| header(&file, "webhook-timestamp"));
        let signature = signature.or_else(|| header(&file, "webhook-signature"));
        let body = body(signed.body.as_deref())?;
        let then = timestamp.as_deref().filter(|_| any_age);
        let then = then.and_then(|text| seconds(text).ok());
        let headers = Headers {
            id: id.as_deref(),
            timestamp: timestamp.as_deref(),
            signature: signature.as_deref(),
        };
        let now = then.unwrap_or_else(|| Clock::of_system().now());
        Ok(examine(&[key], headers, &body, now))
    };
    match verdict() {
        Ok(Ok(())) => {
            say("the signature holds");
            Exit::Well
        }
        Ok(Err(why)) => wrong(format!("the signature does not hold: {why}")),
        Err(reason) => wrong(reason),
    }
}

/// `name: value` in a file of headers, as `curl -i` and the inspector show them.
fn header(file: &str, name: &str) -> Option<String> {
    let mut lines = file.lines().filter_map(|line| line.split_once(':'));
    let prefixes: &[char] = &['>', '<', ' '];
    lines
        .find(|(known, _)| {
            known
                .trim_start_matches(prefixes)
                .trim()
                .eq_ignore_ascii_case(name)
        })
        .map(|(_, value)| value.trim().to_owned())
}

fn wrong(reason: String) -> Exit {
    complain(reason);
    Exit::Wrong
}

/// The secret of a file, or of the environment; never of the command line, which everybody can see.
pub(super) fn key(file: Option<&Path>) -> Result<SigningKey, String> {
    let text = match file {
        Some(file) => read_text(file)?,
        None => env::var(SECRET).map_err(|_| {
            format!(
                "the secret is missing: name its file with --secret-file, or put it into {SECRET}"
            )
        })?,
    };
    let whence = file.map_or(SECRET.to_owned(), |file| file.display().to_string());
    SigningKey::parse(&text).map_err(|error| format!("{whence}: {error}"))
}

fn read_text(file: &Path) -> Result<String, String> {
    fs::read_to_string(file).map_err(|error| format!("cannot read {}: {error}", file.display()))
}

/// Standard input; says what it waits for where a person types.
fn standard_input() -> io::Stdin {
    let input = io::stdin();
    if input.is_terminal() {
        complain("type the body; Ctrl-D on a line of its own ends it");
    }
    input
}

fn body(file: Option<&Path>) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let read = match file {
        Some(file) => fs::File::open(file)
            .and_then(|file| file.take(BODY_BYTES_MAX + 1).read_to_end(&mut bytes))
            .map_err(|error| format!("cannot read {}: {error}", file.display())),
        None => standard_input()
            .take(BODY_BYTES_MAX + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| format!("cannot read the body from standard input: {error}")),
    };
    match read? as u64 > BODY_BYTES_MAX {
        true => Err("the body is longer than 16 MiB".to_owned()),
        false => Ok(bytes),
    }
}
