//! Published examples of signatures, and what templates may say.

use leadhook::domain::inbound_auth::twilio::{self, Signed};
use leadhook::domain::inbound_auth::{Algorithm, Encoding, Hmac, Refused, SignedText};
use leadhook::domain::secret::Secret;
use leadhook::domain::time::Timestamp;

/// The example of GitHub's documentation on validating deliveries.
#[test]
fn the_published_example_of_an_hmac_holds() {
    let hmac = Hmac {
        header: "x-hub-signature-256".into(),
        algorithm: Algorithm::Sha256,
        encoding: Encoding::Hex,
        prefix: "sha256=".into(),
        signed: SignedText::parse("{body}").expect("a template"),
        elements: false,
        timestamp: None,
        tolerance_s: 300,
    };
    let secrets = [Secret::new("It's a Secret to Everybody")];
    let value = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    let check = |body: &[u8]| hmac.verify(&secrets, |_| Some(value), body, Timestamp(0));
    assert_eq!(check(b"Hello, World!"), Ok(()));
    assert_eq!(check(b"Hello, World"), Err(Refused::Signature));
    let none = hmac.verify(&[], |_| Some(value), b"Hello, World!", Timestamp(0));
    assert_eq!(none, Err(Refused::Signature));
}

/// The auth token of all of Twilio's examples.
const TWILIO_TOKEN: &str = "12345";
const TWILIO_URL: &str = "https://mycompany.com/myapp.php";

fn twilio_says(signature: &str, query: &str, form: Option<&[(&str, &str)]>, body: &str) -> bool {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let form: Option<Vec<(String, String)>> = form.map(|form| form.iter().map(owned).collect());
    let signed = Signed {
        url: TWILIO_URL,
        query: Some(query),
        form: form.as_deref(),
        body: body.as_bytes(),
    };
    twilio::verify(&[Secret::new(TWILIO_TOKEN)], Some(signature), signed).is_ok()
}

/// The examples of Twilio's documentation and of the tests of its libraries.
#[test]
fn the_published_examples_of_twilio_hold() {
    let call = [
        ("To", "+18005551212"),
        ("CallSid", "CA1234567890ABCDE"),
        ("Caller", "+14158675309"),
        ("Digits", "1234"),
        ("From", "+14158675309"),
    ];
    let documented = "RSOYDt4T1cUTdK1PDd93/VVr8B8=";
    assert!(twilio_says(documented, "foo=1&bar=2", Some(&call), ""));
    assert!(!twilio_says(documented, "foo=1&bar=3", Some(&call), ""));
    assert!(!twilio_says(
        documented,
        "foo=1&bar=2",
        Some(&call[1..]),
        ""
    ));
    let repeated = [
        ("Sid", "CA123"),
        ("SidAccount", "AC123"),
        ("Digits", "5678"),
        ("Digits", "1234"),
        ("Digits", "1234"),
    ];
    let signature = "IK+Dwps556ElfBT0I3Rgjkr1wJU=";
    assert!(twilio_says(signature, "foo=1&bar=2", Some(&repeated), ""));
    let body = r#"{"property": "value", "boolean": true}"#;
    let hash = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620";
    let query = format!("foo=1&bar=2&bodySHA256={hash}");
    let signature = "a9nBmqA0ju/hNViExpshrM61xv4=";
    assert!(twilio_says(signature, &query, None, body));
    assert!(!twilio_says(signature, &query, None, "{}"));
}

#[test]
fn a_template_has_the_body_once_and_knows_no_other_names() {
    for template in [
        "{body}",
        "{timestamp}.{body}",
        "v0:{timestamp}:{body}",
        "{body}{timestamp}",
    ] {
        let signed = SignedText::parse(template).expect(template);
        assert_eq!(signed.to_string(), template);
        assert_eq!(signed.has_timestamp(), template.contains("{timestamp}"));
    }
    for template in [
        "",
        "body",
        "{timestamp}",
        "{body}{body}",
        "{body",
        "body}",
        "{Body}",
        "{}{body}",
        "{body}}",
    ] {
        assert_eq!(SignedText::parse(template), None, "{template}");
    }
}
