//! Twilio's scheme over HTTP: forms, GET, and JSON with the hash of the body in the address.

use crate::client::ask;
use crate::daemon::TestDaemon;
use crate::{BODY, is_unauthorized, known_by, post, post_form};

const FORM: &str =
    "MessageSid=SM1&From=%2B14158675309&To=%2B18005551212&Body=Gr%C3%BC%C3%9Fe+%26+K%C3%BCsse";

fn daemon(more: &str) -> TestDaemon {
    let table = "twilio = \"https://leads.example.com/in/twilio\"";
    TestDaemon::start(&format!("{}{more}\n", known_by("twilio", table)))
}

fn signed(signature: &str) -> [(&str, &str); 1] {
    [("x-twilio-signature", signature)]
}

#[test]
fn a_form_is_known_by_the_public_address_and_its_values() {
    let daemon = daemon("");
    for right in [
        "K/2QlrCgzfYa6lHeEjy5JL5dvOY=",
        "7qwk6KlCoPcD4Zlp6bSGhpEiKMU=",
    ] {
        let answer = post_form(&daemon, "/in/twilio", &signed(right), FORM);
        assert_eq!(answer.status, 201, "{}", answer.body);
    }
    let right = signed("K/2QlrCgzfYa6lHeEjy5JL5dvOY=");
    let other_order =
        "To=%2B18005551212&Body=Gr%C3%BC%C3%9Fe+%26+K%C3%BCsse&From=%2B14158675309&MessageSid=SM1";
    assert_eq!(
        post_form(&daemon, "/in/twilio", &right, other_order).status,
        201
    );
    let words = ["X-Twilio".to_lowercase(), "auth token".to_owned()];
    for (path, headers, body) in [
        ("/in/twilio", &right[..], FORM.replace("SM1", "SM2")),
        ("/in/twilio", &right, format!("{FORM}&Extra=1")),
        ("/in/twilio?a=b", &right, FORM.to_owned()),
        ("/in/twilio", &signed("AAAA"), FORM.to_owned()),
    ] {
        let answer = post_form(&daemon, path, headers, &body);
        is_unauthorized(&answer, &[&words[1], "https://leads.example.com/in/twilio"]);
    }
    let unsigned = post_form(&daemon, "/in/twilio", &[], FORM);
    is_unauthorized(&unsigned, &[&words[0], "is missing"]);
    is_unauthorized(&post_form(&daemon, "/in/twilio", &signed("ä"), FORM), &[]);
}

#[test]
fn json_is_known_by_the_hash_in_the_address() {
    let daemon = daemon("");
    let hash = "908d38697de194e4e44796ad4a23a127260d3683f855177eb7743404800f3d9f";
    let path = format!("/in/twilio?bodySHA256={hash}");
    let right = signed("HaXnkgxjFurjN4CMAmqjY3mZQSE=");
    assert_eq!(post(&daemon, &path, &right, BODY).status, 201);
    let altered = BODY.replace("ada", "bda");
    is_unauthorized(&post(&daemon, &path, &right, &altered), &["…"]);
    is_unauthorized(&post(&daemon, "/in/twilio", &right, BODY), &[]);
    let other = format!("/in/twilio?bodySHA256={}", hash.replace('9', "8"));
    is_unauthorized(&post(&daemon, &other, &right, BODY), &[]);
}

#[test]
fn a_get_is_known_by_its_query_and_makes_a_lead_of_it() {
    let daemon = daemon("allow_get = true\nanswer = \"twiml\"");
    let path = "/in/twilio?CallSid=CA1&From=%2B14158675309&CallStatus=completed";
    let right = signed("Kqwmf3L+dDjaXp19AWwhXY6/lo0=");
    let answer = ask(daemon.ingest(), "GET", path, &right, b"");
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.header("content-type"),
        Some("text/xml; charset=utf-8")
    );
    assert!(answer.body.ends_with("<Response/>"), "{}", answer.body);
    assert_eq!(daemon.store().counts().expect("counts").leads, 1);
    let altered = path.replace("completed", "busy");
    is_unauthorized(&ask(daemon.ingest(), "GET", &altered, &right, b""), &[]);
}
