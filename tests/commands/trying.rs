//! `leadhook test-webhook`: the sample arrives as a delivery would, and whatever goes wrong is said in
//! words that lead to the cure.

use std::net::TcpListener;
use std::time::{SystemTime, UNIX_EPOCH};

use leadhook::domain::signature::{SigningKey, verify};
use leadhook::domain::time::Timestamp;
use serde_json::Value;

use crate::process::{Ended, Place};
use crate::receiver::{Receiver, Reply};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn place(url: &str, more: &str) -> Place {
    Place::with_config(&format!(
        "[[webhook]]\nname = \"crm\"\nurl = \"{url}\"\nsecret = \"{SECRET}\"\n{more}\n"
    ))
}

fn try_with(url: &str, more: &str, arguments: &[&str]) -> Ended {
    let line = [&["test-webhook", "crm"], arguments].concat();
    place(url, &format!("allow_private = true\n{more}")).run(&line)
}

fn try_out(reply: Reply) -> Ended {
    let receiver = Receiver::always(reply);
    try_with(&receiver.url(), "timeout = \"1s\"", &[])
}

fn now() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("a time");
    Timestamp(u64::try_from(since.as_millis()).expect("a time"))
}

#[test]
fn a_sample_arrives_signed_and_marked_as_a_test() {
    let receiver = Receiver::always(Reply::full(200, &[("x-a", "b")], b"thanks"));
    let url = format!("{}?key=hidden", receiver.url());
    let ended = try_with(&url, "", &[]);
    assert_eq!(ended.code, Some(0), "{} {}", ended.out, ended.err);
    let request = &receiver.requests()[0];
    let (id, timestamp) = (
        request.header("webhook-id"),
        request.header("webhook-timestamp"),
    );
    let signature = request.header("webhook-signature");
    let keys = [SigningKey::parse(SECRET).expect("a key")];
    let verified = verify(&keys, id, timestamp, signature, &request.body, now());
    assert_eq!(verified, Ok(()));
    assert!(request.body.ends_with(b",\"test\":true}"));
    for shown in [
        "Jordan Sample",
        "> POST /hook?***",
        "< x-a: b",
        "thanks",
        "first byte",
        "It works",
    ] {
        assert!(ended.out.contains(shown), "{shown} in {}", ended.out);
    }
    assert!(!ended.out.contains("hidden"), "{}", ended.out);
}

#[test]
fn the_sample_is_of_the_type_and_trigger_that_are_wanted_or_asked_for() {
    let receiver = Receiver::always(Reply::status(204));
    let wanted = "lead_types = [\"Chat\"]\ntriggers = [\"update\"]";
    assert_eq!(try_with(&receiver.url(), wanted, &[]).code, Some(0));
    let other = ["--type", "phone_call", "--trigger", "new"];
    let unwanted = try_with(&receiver.url(), wanted, &other);
    assert!(
        unwanted
            .out
            .contains("filter would not let such a lead pass")
    );
    let bodies: Vec<Value> = receiver
        .requests()
        .iter()
        .map(|request| serde_json::from_slice(&request.body).expect("JSON"))
        .collect();
    assert_eq!(
        (&bodies[0]["lead_type"], &bodies[0]["trigger"]),
        (&"Chat".into(), &"update".into())
    );
    assert_eq!(bodies[0]["changed_fields"][0], "quotable");
    assert_eq!(bodies[1]["lead_type"], "Phone Call");
    for (arguments, words) in [
        (["--type", "fax"], "no type of leads fax"),
        (["--trigger", "x"], "new or update"),
    ] {
        let ended = try_with(&receiver.url(), "", &arguments);
        assert!(
            ended.code == Some(64) && ended.err.contains(words),
            "{}",
            ended.err
        );
    }
}

#[test]
fn every_status_that_is_no_success_says_what_to_do() {
    let moved = [("location", "https://new.example/hook?key=hidden")];
    let login = [("location", "/accounts/login")];
    for (status, headers, words) in [
        (301, &moved[..], "set url = \"https://new.example/hook\""),
        (302, &login, "This url is for people"),
        (400, &[], "Hold the body above against"),
        (
            401,
            &[("www-authenticate", "Bearer")],
            "It asks for: Bearer.",
        ),
        (
            403,
            &[("server", "cloudflare")],
            "firewall in front of the receiver (cloudflare)",
        ),
        (404, &[], "Copy the whole address"),
        (405, &[("allow", "GET")], "it takes GET"),
        (410, &[], "Make a new hook"),
        (413, &[], "client_max_body_size"),
        (415, &[], "Compare `content-type`"),
        (418, &[], "418: the receiver does not accept"),
        (422, &[], "wants its own names"),
        (429, &[("retry-after", "30")], "wants 30 s of rest"),
        (500, &[], "Its own log says where"),
        (502, &[], "Is it started?"),
        (504, &[], "answer first and work afterwards"),
    ] {
        let ended = try_out(Reply::full(status, headers, b""));
        assert_eq!(ended.code, Some(1), "{status}");
        let told = ended.out.contains(words) && ended.out.contains("It does not work.");
        assert!(
            told && !ended.out.contains("hidden"),
            "{status}: {}",
            ended.out
        );
    }
}

#[test]
fn where_there_is_no_answer_the_reason_and_the_cure_are_said() {
    for (reply, words) in [
        (Reply::Hang, "raise `timeout` (now 1 s)"),
        (Reply::Close, "own log should say why"),
        (Reply::Raw(b"SSH-2.0-x\r\n".to_vec()), "speak HTTP at all"),
    ] {
        let ended = try_out(reply);
        assert!(ended.out.contains(words), "{words} in {}", ended.out);
        assert_eq!(ended.code, Some(1));
    }
    let free = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/", free.local_addr().expect("an address"));
    let silent = try_with(&url.replace("http:", "https:"), "timeout = \"1s\"", &[]);
    assert!(
        silent.out.contains("TLS handshake")
            || silent.out.contains("ca-certificates")
            || silent.err.contains("ca-certificates")
    );
    drop(free);
    let refused = try_with(&url, "", &[]);
    assert!(
        refused.out.contains("Nothing listens there"),
        "{}",
        refused.out
    );
    let unknown = try_with("https://leadhook.invalid/", "", &[]);
    assert!(unknown.out.contains("typing mistake") || unknown.err.contains("ca-certificates"));
}

#[test]
fn an_address_that_the_guard_refuses_says_which_line_allows_it() {
    let receiver = Receiver::always(Reply::status(200));
    let ended = place(
        &format!("http://localhost:{}/", receiver.address().port()),
        "",
    )
    .run(&["test-webhook", "crm"]);
    assert!(ended.code != Some(0) && receiver.count() == 0);
    let said = format!("{}{}", ended.out, ended.err);
    assert!(said.contains("allow_private"), "{said}");
}

#[test]
fn a_success_that_smells_is_told_as_such() {
    for (headers, body, words) in [
        (
            &[("content-type", "text/html")][..],
            "<!DOCTYPE html><p>Log in",
            "web page for people",
        ),
        (
            &[("date", "Sun, 01 Feb 2026 14:10:01 GMT")],
            "",
            "behind this machine's",
        ),
        (&[("webhook-delivery", "disable")], "", "would be stopped"),
    ] {
        let ended = try_out(Reply::full(200, headers, body.as_bytes()));
        assert_eq!(ended.code, Some(0));
        assert!(ended.out.contains(words), "{words} in {}", ended.out);
    }
}

#[test]
fn programs_get_json_and_a_terminal_nothing_to_act_on() {
    let receiver = Receiver::always(Reply::full(500, &[], b"\x1b[2Jboom"));
    let ended = try_with(&receiver.url(), "", &["--json"]);
    let json: Value = serde_json::from_str(&ended.out).expect("JSON");
    assert_eq!((ended.code, &json["ok"]), (Some(1), &Value::Bool(false)));
    assert_eq!(json["answer"]["status"], 500);
    assert_eq!(
        json["request"]["body"].as_str().map(str::as_bytes),
        Some(&*receiver.requests()[0].body)
    );
    assert!(json["ms"]["first_byte"].is_number() && json["findings"][0]["cure"].is_string());
    let shown = try_with(&receiver.url(), "", &[]).out;
    assert!(
        shown.contains("boom") && !shown.contains('\u{1b}'),
        "{shown}"
    );
}

#[test]
fn an_unknown_webhook_is_answered_with_the_known_ones() {
    let ended = place("https://a.example/", "").run(&["test-webhook", "nix"]);
    assert_eq!(ended.code, Some(1));
    assert_eq!(ended.err, "the config has no webhook nix; it has crm");
}

#[test]
fn a_letter_that_cannot_leave_says_what_to_look_at() {
    let free = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = free.local_addr().expect("an address").port();
    drop(free);
    let smtp = format!(
        "\n[smtp]\nhost = \"127.0.0.1\"\nport = {port}\nfrom = \"a@example.com\"\nallow_private = true\n"
    );
    let webhook = "[[webhook]]\nname = \"crm\"\nurl = \"mailto:owner@example.com\"\n";
    let ended = Place::with_config(&format!("{webhook}{smtp}")).run(&["test-webhook", "crm"]);
    let said = format!("{}{}", ended.out, ended.err);
    assert_eq!(ended.code, Some(1), "{said}");
    assert!(
        said.contains("Usual are port 465") || said.contains("ca-certificates"),
        "{said}"
    );
}
