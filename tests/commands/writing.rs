//! What helps to write a receiver: `sign`, `verify-signature`, `listen`.

use std::net::SocketAddr;

use rustix::process::Signal;

use crate::client::ask;
use crate::process::{Daemon, Ended, Place};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const BODY: &str = "{\"test\": 2432232314}";
const VECTOR: [&str; 4] = [
    "--id",
    "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "--timestamp",
    "1614265330",
];
const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

/// A place with the secret and the body of the published vector.
fn place() -> Place {
    let place = Place::new();
    place.write("secret", SECRET);
    place.write("body", BODY);
    place
}

fn run(place: &Place, command: &str, more: &[&str]) -> Ended {
    place.run(&[&[command, "body", "--secret-file", "secret"], more].concat())
}

#[test]
fn sign_prints_the_headers_of_the_published_vector() {
    let ended = run(&place(), "sign", &VECTOR);
    let headers = format!(
        "webhook-id: {}\nwebhook-timestamp: {}\nwebhook-signature: {SIGNATURE}\n",
        VECTOR[1], VECTOR[3]
    );
    assert_eq!((ended.code, ended.out), (Some(0), headers));
}

#[test]
fn what_was_signed_is_verified_from_a_file_of_headers() {
    let place = place();
    place.write("headers", &run(&place, "sign", &[]).out);
    let ended = run(&place, "verify-signature", &["--headers", "headers"]);
    assert_eq!(
        (ended.code, &*ended.out),
        (Some(0), "the signature holds\n")
    );
    place.write("body", "{\"test\":2432232314}");
    let ended = run(&place, "verify-signature", &["--headers", "headers"]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.err.contains("written again"), "{}", ended.err);
}

#[test]
fn an_old_request_is_refused_unless_its_age_does_not_matter() {
    let vector = [&VECTOR[..], &["--signature", SIGNATURE]].concat();
    let old = run(&place(), "verify-signature", &vector);
    assert!(
        old.code == Some(1) && old.err.contains("The signature itself holds"),
        "{}",
        old.err
    );
    let any = run(
        &place(),
        "verify-signature",
        &[&vector[..], &["--any-age"]].concat(),
    );
    assert_eq!(any.code, Some(0), "{}", any.err);
}

#[test]
fn a_secret_comes_from_a_file_or_the_environment_and_what_is_none_is_explained() {
    let place = place();
    let with = |env: &[(&str, &str)]| place.spawn(&["sign", "body"], env).ended();
    assert_eq!(with(&[("LEADHOOK_SECRET", SECRET)]).code, Some(0));
    let missing = with(&[]);
    assert!(
        missing.code == Some(1) && missing.err.contains("--secret-file"),
        "{}",
        missing.err
    );
    place.write("secret", &SECRET[6..]);
    let bare = run(&place, "sign", &[]);
    assert!(bare.err.contains("begins with whsec_"), "{}", bare.err);
    assert!(!bare.err.contains(&SECRET[6..]), "{}", bare.err);
    assert!(run(&place, "sign", &["--id", "a.b"]).code == Some(1));
}

fn listen(place: &Place, more: &[&str]) -> (Daemon, SocketAddr) {
    let mut daemon = place.spawn(&[&["listen", "0"], more].concat(), &[]);
    let line = daemon.wait_for("listening on http://");
    let address = line
        .split("http://")
        .nth(1)
        .and_then(|rest| rest.split('/').next());
    (
        daemon,
        address
            .and_then(|text| text.parse().ok())
            .expect("an address"),
    )
}

#[test]
fn listen_prints_what_arrives_and_says_why_a_signature_does_not_hold() {
    let place = place();
    let headers = run(&place, "sign", &[]).out;
    let headers: Vec<(&str, &str)> = headers.lines().filter_map(|l| l.split_once(": ")).collect();
    let (daemon, address) = listen(&place, &["--secret-file", "secret", "--status", "202"]);
    assert_eq!(
        ask(address, "POST", "/a?b=c", &headers, BODY.as_bytes()).status,
        202
    );
    ask(address, "POST", "/a", &headers, b"{\"test\":2432232314}");
    ask(address, "POST", "/a", &[("x-a", "b")], b"\x1b[2Jtext");
    daemon.signal(Signal::INT);
    let ended = daemon.ended();
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    for shown in [
        "POST /a?b=c  from 127.0.0.1",
        "{\n  \"test\": 2432232314\n}",
        "signature: holds",
        "signature: does NOT hold: the body was parsed and written again",
        "signature: does NOT hold: none of webhook-id",
        "x-a: b",
        "answered 202",
    ] {
        assert!(ended.out.contains(shown), "{shown} in {}", ended.out);
    }
    assert!(!ended.out.contains('\u{1b}'));
}

#[test]
fn listen_answers_after_the_delay_and_refuses_what_it_cannot_do() {
    let place = place();
    let (daemon, address) = listen(&place, &["--status=500", "--delay", "80ms"]);
    let begun = std::time::Instant::now();
    assert_eq!(ask(address, "POST", "/", &[], b"").status, 500);
    assert!(begun.elapsed().as_millis() >= 80);
    let taken = place.run(&["listen", &address.to_string()]);
    assert!(
        taken.code == Some(1) && taken.err.contains("name another port"),
        "{}",
        taken.err
    );
    daemon.stop();
    for (arguments, code) in [
        (&["listen", "--status", "99"][..], 64),
        (&["listen", "--delay", "5"], 64),
        (&["listen", "nowhere"], 1),
    ] {
        assert_eq!(place.run(arguments).code, Some(code), "{arguments:?}");
    }
}
