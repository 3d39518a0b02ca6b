//! Signatures of Standard Webhooks: the published vectors, what is refused as a secret, and what is
//! said when a check fails.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use leadhook::domain::signature::{
    Headers, KeyError, Mismatch, SigningKey, TOLERANCE_S, examine, sign, verify,
};
use leadhook::domain::time::Timestamp;
use ring::hmac;

const HMAC: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const HMAC_2: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const PAIR: &str =
    "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==";

const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const SECONDS: u64 = 1_614_265_330;
const BODY: &[u8] = b"{\"test\": 2432232314}";

const HMAC_SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
const PAIR_SIGNATURE: &str =
    "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==";

fn key(text: &str) -> SigningKey {
    SigningKey::parse(text).expect("a key")
}

fn at(seconds: u64) -> Timestamp {
    Timestamp(seconds * 1000 + 999)
}

/// What a receiver with `keys` says of this header, at the time of the vector.
fn check(keys: &[SigningKey], signatures: &str) -> Result<(), Mismatch> {
    let seconds = SECONDS.to_string();
    verify(
        keys,
        Some(ID),
        Some(&seconds),
        Some(signatures),
        BODY,
        at(SECONDS),
    )
}

#[test]
fn the_published_vectors_hold() {
    assert_eq!(sign(&[key(HMAC)], ID, at(SECONDS), BODY), HMAC_SIGNATURE);
    assert_eq!(sign(&[key(PAIR)], ID, at(SECONDS), BODY), PAIR_SIGNATURE);
    let body = br#"{"email":"test@example.com","username":"test_user"}"#;
    assert_eq!(
        sign(
            &[key(HMAC_2)],
            "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
            at(1_649_367_553),
            body
        ),
        "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw="
    );
}

#[test]
fn a_pair_tells_its_public_half_and_a_shared_key_has_none() {
    let public = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=";
    assert_eq!(key(PAIR).public_key().as_deref(), Some(public));
    assert_eq!(key(HMAC).public_key(), None);
}

#[test]
fn during_a_rotation_every_key_signs_and_any_of_them_is_enough() {
    let keys = [key(HMAC_2), key(HMAC), key(PAIR)];
    let header = sign(&keys, ID, at(SECONDS), BODY);
    let signatures: Vec<&str> = header.split(' ').collect();
    assert_eq!(signatures[1..], [HMAC_SIGNATURE, PAIR_SIGNATURE]);
    for key in keys {
        assert_eq!(check(&[key], &header), Ok(()));
    }
    assert_eq!(check(&[key(HMAC_2), key(HMAC)], HMAC_SIGNATURE), Ok(()));
}

#[test]
fn without_a_key_there_is_nothing_to_send() {
    assert_eq!(sign(&[], ID, at(SECONDS), BODY), "");
}

#[test]
fn what_was_changed_on_the_way_does_not_hold() {
    let keys = [key(HMAC), key(PAIR)];
    let seconds = SECONDS.to_string();
    let next = (SECONDS + 1).to_string();
    for signature in [HMAC_SIGNATURE, PAIR_SIGNATURE] {
        let told = |id, seconds, body| {
            verify(
                &keys,
                Some(id),
                Some(seconds),
                Some(signature),
                body,
                at(SECONDS),
            )
        };
        assert_eq!(told(ID, seconds.as_str(), BODY), Ok(()));
        assert_eq!(told("msg_other", &seconds, BODY), Err(Mismatch::Signature));
        assert_eq!(told(ID, &next, BODY), Err(Mismatch::Signature));
        let written_again = b"{\"test\":2432232314}";
        assert_eq!(told(ID, &seconds, written_again), Err(Mismatch::Signature));
        assert_eq!(check(&[key(HMAC_2)], signature), Err(Mismatch::Signature));
    }
}

#[test]
fn a_signature_of_one_version_is_not_taken_for_another() {
    let as_v1a = HMAC_SIGNATURE.replace("v1,", "v1a,");
    let as_v2 = HMAC_SIGNATURE.replace("v1,", "v2,");
    let twice = format!("v1,AAAA {HMAC_SIGNATURE}");
    let keys = [key(HMAC), key(PAIR)];
    for header in [
        "",
        "v1",
        "v1,",
        "v1,!!",
        ",",
        &as_v1a,
        &as_v2,
        &HMAC_SIGNATURE[..40],
    ] {
        assert_eq!(check(&keys, header), Err(Mismatch::Signature), "{header}");
    }
    assert_eq!(check(&keys, &twice), Ok(()));
}

#[test]
fn a_clock_that_is_far_off_is_named_as_the_cause() {
    let seconds = SECONDS.to_string();
    let at_receiver = |now| {
        let headers = (Some(ID), Some(seconds.as_str()), Some(HMAC_SIGNATURE));
        verify(&[key(HMAC)], headers.0, headers.1, headers.2, BODY, at(now))
    };
    assert_eq!(at_receiver(SECONDS + TOLERANCE_S), Ok(()));
    assert_eq!(at_receiver(SECONDS - TOLERANCE_S), Ok(()));
    assert_eq!(at_receiver(SECONDS + 301), Err(Mismatch::Clock(301)));
    assert_eq!(at_receiver(SECONDS - 301), Err(Mismatch::Clock(301)));
}

#[test]
fn a_missing_or_unreadable_header_is_named() {
    let seconds = SECONDS.to_string();
    let told = |id, timestamp, signature| {
        verify(&[key(HMAC)], id, timestamp, signature, BODY, at(SECONDS))
    };
    let (id, timestamp, signature) = (Some(ID), Some(seconds.as_str()), Some(HMAC_SIGNATURE));
    assert_eq!(
        told(None, timestamp, signature),
        Err(Mismatch::Header("webhook-id"))
    );
    assert_eq!(
        told(id, None, signature),
        Err(Mismatch::Header("webhook-timestamp"))
    );
    assert_eq!(
        told(id, Some("soon"), signature),
        Err(Mismatch::Header("webhook-timestamp"))
    );
    assert_eq!(
        told(id, timestamp, None),
        Err(Mismatch::Header("webhook-signature"))
    );
}

#[test]
fn what_is_no_secret_is_refused_with_the_reason_and_without_the_text() {
    let hmac_of = |bytes: usize| format!("whsec_{}", "AAAA".repeat(bytes / 3));
    assert!(SigningKey::parse(&hmac_of(24)).is_ok());
    assert!(SigningKey::parse(&hmac_of(63)).is_ok());
    for (text, reason) in [
        ("", KeyError::Prefix),
        ("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", KeyError::Prefix),
        (
            "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=",
            KeyError::Prefix,
        ),
        ("whsec_not base64 at all, but long enough", KeyError::Base64),
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS", KeyError::Base64),
        ("whsk_!", KeyError::Base64),
        (&hmac_of(21), KeyError::HmacBytes(21)),
        (&hmac_of(66), KeyError::HmacBytes(66)),
        ("whsec_", KeyError::HmacBytes(0)),
        (&HMAC.replace("whsec_", "whsk_"), KeyError::Pair),
        // The public half belongs to another seed.
        (&PAIR.replace("whsk_6", "whsk_7"), KeyError::Pair),
    ] {
        let error = SigningKey::parse(text).expect_err(text);
        assert_eq!(error, reason, "{text}");
        let tail = text.split('_').nth(1).unwrap_or_default();
        assert!(tail.len() < 4 || !error.to_string().contains(tail));
    }
}

#[test]
fn white_space_around_a_secret_does_no_harm() {
    assert!(key(&format!(" {HMAC}\r\n")) == key(HMAC));
}

#[test]
fn a_key_can_be_copied_and_never_be_printed() {
    for text in [HMAC, PAIR] {
        let copy = key(text).clone();
        assert!(copy == key(text));
        assert_eq!(
            sign(&[copy], ID, at(SECONDS), BODY),
            sign(&[key(text)], ID, at(SECONDS), BODY)
        );
        let printed = format!("{:?}", key(text));
        assert!(printed.ends_with(" ***)"), "{printed}");
        assert!(!printed.contains(&text[6..12]));
    }
}

/// What is said of a signature of `body` that was made of other bytes with another key.
fn said(key_bytes: &[u8], content: &[u8], write: impl Fn(&[u8]) -> String, body: &[u8]) -> String {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key_bytes), content);
    let (seconds, signature) = (SECONDS.to_string(), write(tag.as_ref()));
    let headers = Headers {
        id: Some(ID),
        timestamp: Some(&seconds),
        signature: Some(&signature),
    };
    match examine(&[key(HMAC)], headers, body, at(SECONDS)) {
        Ok(()) => "it holds".to_owned(),
        Err(why) => why,
    }
}

fn v1(tag: &[u8]) -> String {
    format!("v1,{}", STANDARD.encode(tag))
}

fn content(body: &str) -> Vec<u8> {
    format!("{ID}.{SECONDS}.{body}").into_bytes()
}

#[test]
fn a_body_that_was_changed_on_the_way_is_known_by_how() {
    let secret = STANDARD.decode(&HMAC[6..]).expect("base64");
    for (signed, arrived, why) in [
        ("{\"a\": 1}", "{\"a\": 1}", "it holds"),
        ("{\"a\": 1}", "{\"a\":1}", "written again"),
        (
            "{\"a\":1.50,\"b\":[1,2]}",
            "{\"a\": 1.50, \"b\": [1, 2]}",
            "written again",
        ),
        (
            "{\"a\":1,\"b\":[]}",
            "{\n  \"a\": 1,\n  \"b\": []\n}",
            "written again",
        ),
        ("{\"a\": \"\\u00e9\"}", "{\"a\":\"é\"}", "written again"),
        ("{}", "{}\n", "a line end more"),
        ("{}\n", "{}", "lacks the line end"),
        ("a\r\nb", "a\nb", "CR LF"),
        ("", "{}", "empty"),
        (
            "{\"a\":1}",
            "{\"a\":2}",
            "the secret is another one, or the body was changed",
        ),
    ] {
        let said = said(&secret, &content(signed), v1, arrived.as_bytes());
        assert!(said.contains(why), "{signed:?}, {arrived:?}: {said}");
    }
}

#[test]
fn the_usual_mistakes_with_the_secret_and_the_signed_content_are_named() {
    let secret = STANDARD.decode(&HMAC[6..]).expect("base64");
    let right = content("{}");
    let hexadecimal = |tag: &[u8]| -> String {
        let digits: String = tag.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("v1,{digits}")
    };
    let without_id = format!("{SECONDS}.{{}}").into_bytes();
    for (said, why) in [
        (
            said(HMAC.as_bytes(), &right, v1, b"{}"),
            "whole text whsec_",
        ),
        (
            said(&HMAC.as_bytes()[6..], &right, v1, b"{}"),
            "decoded from base64 first",
        ),
        (
            said(b"another", &right, v1, b"{}"),
            "the secret is another one",
        ),
        (said(&secret, &without_id, v1, b"{}"), "leaves out the id"),
        (said(&secret, b"{}", v1, b"{}"), "of the body alone"),
        (said(&secret, &right, hexadecimal, b"{}"), "hexadecimal"),
    ] {
        assert!(said.contains(why), "{said}");
    }
}

#[test]
fn a_header_that_is_written_wrongly_is_named() {
    let secret = STANDARD.decode(&HMAC[6..]).expect("base64");
    let right = content("{}");
    let bare = |tag: &[u8]| STANDARD.encode(tag);
    let github = |_: &[u8]| "sha256=00".to_owned();
    let url_safe = |_: &[u8]| "v1,g0hM9SsE-OTPJTGt_tmIKtSyZlE3uFJELVlNIOLJ1OE".to_owned();
    let broken = |_: &[u8]| "v1,!!".to_owned();
    let joined = |tag: &[u8]| format!("{0},{0}", v1(tag));
    let pair = |_: &[u8]| PAIR_SIGNATURE.to_owned();
    for (said, why) in [
        (said(&secret, &right, |_| String::new(), b"{}"), "is empty"),
        (said(&secret, &right, bare, b"{}"), "has no version"),
        (said(&secret, &right, github, b"{}"), "GitHub"),
        (
            said(&secret, &right, url_safe, b"{}"),
            "base64 of another kind",
        ),
        (said(&secret, &right, broken, b"{}"), "not valid base64"),
        (said(&secret, &right, joined, b"{}"), "joined by commas"),
        (said(&secret, &right, pair, b"{}"), "v1a to whsk_"),
    ] {
        assert!(said.contains(why), "{said}");
    }
}

#[test]
fn a_request_that_is_old_says_whether_it_would_hold_otherwise() {
    let seconds = SECONDS.to_string();
    let told = |timestamp, body, now| {
        let headers = Headers {
            id: Some(ID),
            timestamp,
            signature: Some(HMAC_SIGNATURE),
        };
        examine(&[key(HMAC)], headers, body, at(now)).expect_err("too late")
    };
    let old = told(Some(&seconds), BODY, SECONDS + 4000);
    assert!(
        old.contains("4000 s behind") && old.contains("itself holds"),
        "{old}"
    );
    let early = told(Some(&seconds), b"{}", SECONDS - 400);
    assert!(
        early.contains("400 s ahead of") && early.contains("Moreover"),
        "{early}"
    );
    let ms = told(Some("1614265330000"), BODY, SECONDS);
    assert!(ms.contains("milliseconds"), "{ms}");
    let date = told(Some("2021-02-25"), BODY, SECONDS);
    assert!(date.contains("whole seconds since 1970"), "{date}");
}
