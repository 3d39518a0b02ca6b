//! Requests: verb, address, headers, and what proves who sends them.

use std::fs;

use crate::daemon::Directory;
use crate::{ADA, House, Receiver, Reply, secret_file, sent, text};

/// What a hostile lead may hold where it could do harm.
const EVIL: &str = r#"{"name":"Eve\r\nX-Evil: 1\r\n\r\nGET / HTTP/1.1\u0000","city":"../../admin?x=1#y","state":"..","zip":"a/b %2e æ"}"#;

#[test]
fn the_verb_is_the_given_one() {
    for method in ["POST", "PUT", "PATCH"] {
        let line = sent(&format!("method = \"{method}\"")).line;
        assert_eq!(line, format!("{method} /hook HTTP/1.1"));
    }
}

#[test]
fn an_address_is_filled_in_behind_the_host_and_nothing_breaks_out_of_it() {
    let keys = "url = \"{url}/leads/{lead_id}/{state}/{zip}?city={city}&x=1\"";
    let request = House::with(keys).request(EVIL);
    let line =
        "POST /leads/1/_/a%2Fb%20%252e%20%C3%A6?city=..%2F..%2Fadmin%3Fx%3D1%23y&x=1 HTTP/1.1";
    assert_eq!(request.line, line);
    let keys = "url = \"{url}?name={name}\"";
    let request = House::with(keys).request(EVIL);
    assert!(
        request.line.starts_with("POST /?name=Eve%"),
        "{}",
        request.line
    );
}

#[test]
fn headers_are_filled_in_on_one_line_whatever_a_lead_says() {
    let keys = "headers = { \"X-Name\" = \"{name}\", \"X-Fixed\" = \"yes\", \"X-Gone\" = \"{country?}\", \"X-Empty\" = \"{country}\" }";
    let request = House::with(keys).request(EVIL);
    let line = "Eve X-Evil: 1 GET / HTTP/1.1";
    let name = request.header("x-name").expect("a header");
    assert!(name.is_ascii(), "{name}");
    // The control character became U+FFFD when the lead came in, and is encoded with the rest.
    assert!(name.starts_with("=?UTF-8?B?"), "{name}");
    assert_eq!(request.header("x-evil"), None);
    assert_eq!(request.header("x-fixed"), Some("yes"));
    assert_eq!(request.header("x-gone"), None);
    assert_eq!(request.header("x-empty"), Some(""));
    let plain = House::with(keys).request(&EVIL.replace("\\u0000", ""));
    assert_eq!(plain.header("x-name"), Some(line));
}

#[test]
fn letters_beyond_ascii_are_encoded_as_in_e_mail_and_long_values_cut() {
    let keys = "headers = { Title = \"{name}\", Note = \"{message}\" }";
    let long = "x".repeat(60_000);
    let house = House::with(keys);
    let request = house.request(&format!(r#"{{"name":"Zoë 😀","message":"{long}"}}"#));
    assert_eq!(request.header("title"), Some("=?UTF-8?B?Wm/DqyDwn5iA?="));
    assert_eq!(request.header("note").map(str::len), Some(1000));
}

#[test]
fn the_content_type_can_be_another() {
    let request = sent("headers = { Content-Type = \"application/vnd.crm+json\" }");
    assert_eq!(
        request.header("content-type"),
        Some("application/vnd.crm+json")
    );
}

/// The request of a webhook whose secrets are in files of a directory.
fn with_secret(auth: &str) -> crate::Request {
    let directory = Directory::new();
    secret_file(&directory, "token", "s3cret:\"word");
    let auth = auth.replace("FILE", &directory.0.join("token").display().to_string());
    House::with(&auth).request(ADA)
}

#[test]
fn a_request_proves_itself_in_every_way_that_receivers_ask_for() {
    let header = |auth: &str, name: &str| {
        let request = with_secret(auth);
        request.header(name).map(str::to_owned)
    };
    assert_eq!(
        header("auth = { bearer_file = \"FILE\" }", "authorization").as_deref(),
        Some("Bearer s3cret:\"word")
    );
    assert_eq!(
        header(
            "auth = { basic = \"me\", secret_file = \"FILE\" }",
            "authorization"
        )
        .as_deref(),
        Some("Basic bWU6czNjcmV0OiJ3b3Jk")
    );
    assert_eq!(
        header(
            "auth = { header = \"X-Api-Key\", secret_file = \"FILE\" }",
            "x-api-key"
        )
        .as_deref(),
        Some("s3cret:\"word")
    );
    let request = with_secret("auth = { query = \"key\", secret_file = \"FILE\" }");
    assert_eq!(request.line, "POST /hook?key=s3cret%3A%22word HTTP/1.1");
}

#[test]
fn a_secret_address_may_stand_in_a_file() {
    let receiver = Receiver::always(Reply::status(200));
    let directory = Directory::new();
    secret_file(
        &directory,
        "address",
        &format!("{}/T0/B0/s3cret?sig=x\n", receiver.url()),
    );
    let file = directory.0.join("address");
    let keys = format!("#{{url}}\nurl_file = \"{}\"", file.display());
    let house = House::to(receiver, "", &keys);
    assert_eq!(
        house.request(ADA).line,
        "POST /hook/T0/B0/s3cret?sig=x HTTP/1.1"
    );
    let shown = format!(
        "{} {:?}",
        house.daemon.setting.log(),
        house.daemon.get("/healthz")
    );
    assert!(
        !shown.contains("s3cret") && !shown.contains("sig="),
        "{shown}"
    );
}

#[test]
fn no_secret_shows_in_what_is_logged_of_a_failure_or_of_the_config() {
    let elsewhere = "https://hooks.example.com/services/T0/s3cret?sig=x";
    let reply = Reply::full(301, &[("location", elsewhere)], b"");
    let directory = Directory::new();
    secret_file(&directory, "token", "s3cret-token");
    let token = directory.0.join("token").display().to_string();
    let keys = format!(
        "url = \"{{url}}/services/T0/s3cret/{{lead_id}}?sig=s3cret\"\nauth = {{ bearer_file = \"{token}\" }}"
    );
    let house = House::to(Receiver::always(reply), "", &keys);
    house.daemon.post("website", ADA);
    crate::daemon::wait_until("a failed attempt", || {
        house.daemon.setting.log().contains("attempt failed")
    });
    let log = house.daemon.setting.log();
    assert!(
        log.contains("https://hooks.example.com/services/…"),
        "{log}"
    );
    let text = format!(
        "[admin]\ntoken = 'sixteen-letters-'\n[[webhook]]\nname = 'a'\nunsigned = true\nallow_private = true\n{}",
        keys.replace("{url}", "http://127.0.0.1:9")
    );
    let config =
        leadhook::config::parse(&text, "", &directory.0, &Default::default()).expect("a config");
    let shown = format!(
        "{log} {:?} {:?}",
        config.webhooks,
        house.daemon.get("/healthz")
    );
    assert!(!shown.contains("s3cret"), "{shown}");
    assert!(fs::metadata(token).is_ok());
}

#[test]
fn a_signature_covers_the_body_that_is_sent() {
    let keys = "secret = \"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"\nbody = '{\"a\": \"{name}\"}'";
    let request = sent(keys);
    assert_eq!(text(&request.body), r#"{"a":"Ada Lovelace"}"#);
    let header = |name: &str| request.header(name).expect(name);
    let key = leadhook::domain::signature::SigningKey::parse(crate::daemon::SECRET).expect("a key");
    let id = header("webhook-id");
    let at = crate::daemon::BEGIN;
    assert_eq!(header("webhook-timestamp"), at.unix_seconds().to_string());
    let signed = leadhook::domain::signature::sign(&[key], id, at, &request.body);
    assert_eq!(header("webhook-signature"), signed);
}
