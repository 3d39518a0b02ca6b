//! What a source says of who may post, and how it posts: each key changes what comes out.

use std::path::Path;

use leadhook::config::{self, Env};
use leadhook::domain::inbound_auth::{Algorithm, Encoding, Hmac, SignedText};
use leadhook::domain::posting::{Answer, Files, Posting};
use leadhook::domain::secret::Secret;
use leadhook::domain::signature::SigningKey;
use leadhook::domain::source::{Auth, Source};
use leadhook::domain::unmapped::Unmapped;

const WHSEC: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A source with these lines.
fn source(lines: &str) -> Source {
    let text =
        format!("[admin]\ntoken = \"sixteen-letters-\"\n[[source]]\nname = \"one\"\n{lines}\n");
    let config = config::parse(&text, "test.toml", Path::new("/etc"), &Env::default());
    let config = config.unwrap_or_else(|problems| panic!("{problems}"));
    config.sources[0].clone()
}

fn auth(table: &str) -> Auth {
    source(&format!("auth = {{ {table} }}")).auth
}

fn one() -> Vec<Secret> {
    vec![Secret::new("sixteen-letters-")]
}

/// What `hmac` is when nothing else is said.
fn plain() -> Hmac {
    Hmac {
        header: "x-signature".into(),
        algorithm: Algorithm::Sha256,
        encoding: Encoding::Hex,
        prefix: String::new(),
        signed: SignedText::parse("{body}").expect("a template"),
        elements: false,
        timestamp: None,
        tolerance_s: 300,
    }
}

#[test]
fn each_kind_is_read() {
    let secret = "secret = \"sixteen-letters-\"";
    for (table, expected) in [
        ("basic = \"crm\"", Auth::Basic("crm".into(), one())),
        ("body = \"data.key\"", Auth::Body("data.key".into(), one())),
        ("hmac = \"X-Signature\"", Auth::Hmac(plain(), one())),
        (
            "twilio = \"https://a.example/in/one\"",
            Auth::Twilio("https://a.example/in/one".into(), one()),
        ),
    ] {
        assert_eq!(auth(&format!("{table}, {secret}")), expected, "{table}");
    }
    let key = SigningKey::parse(WHSEC).expect("a key");
    let standard = format!("standard_webhooks = true, secret = \"{WHSEC}\"");
    assert_eq!(auth(&standard), Auth::StandardWebhooks(vec![key]));
}

#[test]
fn facebook_is_its_header_and_a_token_for_the_handshake() {
    let table = "facebook = true, secret = \"sixteen-letters-\", verify_token = [\"verify-token-0001\", \"verify-token-0002\"]";
    let Auth::Facebook {
        hmac,
        secrets,
        verify_tokens,
    } = auth(table)
    else {
        panic!("another kind");
    };
    let header = "x-hub-signature-256".to_owned();
    let prefix = "sha256=".to_owned();
    assert_eq!(
        hmac,
        Hmac {
            header,
            prefix,
            ..plain()
        }
    );
    assert_eq!((secrets, verify_tokens.len()), (one(), 2));
}

#[test]
fn every_key_of_hmac_has_its_effect() {
    let base = "hmac = \"x-signature\", secret = \"sixteen-letters-\"";
    let with = |more: &str| match auth(&format!("{base}, {more}")) {
        Auth::Hmac(hmac, _) => hmac,
        other => panic!("{other:?}"),
    };
    let signed = |template: &str| SignedText::parse(template).expect(template);
    let timed = Hmac {
        signed: signed("{timestamp}:{body}"),
        timestamp: Some("x-time".into()),
        ..plain()
    };
    let timed_table = "signed = \"{timestamp}:{body}\", timestamp = \"X-Time\"";
    assert_eq!(with("algorithm = \"sha1\"").algorithm, Algorithm::Sha1);
    assert_eq!(with("encoding = \"base64\"").encoding, Encoding::Base64);
    assert_eq!(with("prefix = \"sha256=\"").prefix, "sha256=");
    assert_eq!(with(timed_table), timed);
    let elements = with("elements = true, tolerance = \"3m\"");
    assert_eq!(
        elements,
        Hmac {
            elements: true,
            signed: signed("{timestamp}.{body}"),
            tolerance_s: 180,
            ..plain()
        }
    );
}

#[test]
fn a_preset_needs_its_secret_alone_and_another_auth_goes_before_it() {
    let hmac = Hmac {
        header: "typeform-signature".into(),
        encoding: Encoding::Base64,
        prefix: "sha256=".into(),
        ..plain()
    };
    let preset = "preset = \"typeform\"";
    let known = source(&format!("{preset}\nsecret = \"sixteen-letters-\""));
    assert_eq!(known.auth, Auth::Hmac(hmac, one()));
    let two = "secret = [\"sixteen-letters-\", \"sixteen-letters+\"]";
    let Auth::Hmac(_, secrets) = source(&format!("{preset}\n{two}")).auth else {
        panic!("another kind");
    };
    assert_eq!(secrets.len(), 2);
    let bearer = source(&format!(
        "{preset}\nauth = {{ bearer = \"sixteen-letters-\" }}"
    ));
    assert_eq!(bearer.auth, Auth::Bearer(one()));
    let open = source(&format!("{preset}\nauth = \"none\""));
    assert_eq!(open.auth, Auth::Open);
}

#[test]
fn twilio_signs_the_public_address_of_its_source() {
    let lines = "preset = \"twilio_sms\"\nsecret = \"sixteen-letters-\"\n[ingest]\npublic_url = \"https://a.example/leads/\"";
    let url = "https://a.example/leads/in/one".to_owned();
    assert_eq!(source(lines).auth, Auth::Twilio(url, one()));
}

#[test]
fn headers_can_be_part_of_what_is_signed() {
    let signed = "signed = \"{body}{x-request-id}\"";
    let Auth::Hmac(hmac, _) = auth(&format!(
        "hmac = \"x-signature\", secret = \"sixteen-letters-\", {signed}"
    )) else {
        panic!("another kind");
    };
    assert_eq!(hmac.signed.to_string(), "{body}{x-request-id}");
}

#[test]
fn a_source_says_what_becomes_of_posts_that_lack_something() {
    let open = "auth = \"none\"\n";
    assert_eq!(source(open).unmapped, Unmapped::Store);
    let refuse = source(&format!("{open}unmapped = \"refuse\""));
    assert_eq!(refuse.unmapped, Unmapped::Refuse);
}

#[test]
fn a_table_of_its_own_is_as_good_as_one_on_the_line() {
    let lines = "[source.auth]\nhmac = \"x-signature\"\nsecret = \"sixteen-letters-\"";
    assert_eq!(source(lines).auth, Auth::Hmac(plain(), one()));
}

#[test]
fn every_key_about_posts_and_answers_has_its_effect() {
    let default = source("auth = \"none\"").posting;
    assert_eq!(default, Posting::default());
    let lines = "auth = \"none\"\nfiles = \"keep\"\nfiles_bytes_max = \"1 KiB\"\nallow_get = true\nanswer = \"twiml\"";
    let posting = Posting {
        files: Files::Keep,
        files_bytes_max: 1024,
        allow_get: true,
        answer: Answer::Twiml,
    };
    assert_eq!(source(lines).posting, posting);
    let refuse = source("auth = \"none\"\nfiles = \"refuse\"\nanswer = \"empty\"").posting;
    assert_eq!(
        (refuse.files, refuse.answer),
        (Files::Refuse, Answer::Empty)
    );
}

#[test]
fn get_is_possible_where_more_than_a_body_is_signed() {
    let twilio = "twilio = \"https://a.example/in/one\", secret = \"sixteen-letters-\"";
    let key = "body = \"key\", secret = \"sixteen-letters-\"";
    for table in [twilio, key] {
        let lines = format!("auth = {{ {table} }}\nallow_get = true");
        assert!(source(&lines).posting.allow_get);
    }
}
