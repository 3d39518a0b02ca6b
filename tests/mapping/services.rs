//! Each preset with nothing but its secret beside it: the sample, posted and signed as its service
//! does, comes out at a receiver as its golden file says; unsigned, altered or late, nothing does.

use std::fs;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use leadhook::config::PRESETS;
use leadhook::http::forms::form_fields;
use ring::hmac;

use crate::client::{Answer, ask};
use crate::daemon::{Setting, TestDaemon, webhook};
use crate::presets::sample;
use crate::receiver::{Receiver, Reply};

/// What each service and the source know. Two are valid.
pub(crate) const SECRET: &str = "a-secret-of-the-service";
/// What the world calls the ingest listener.
const PUBLIC_URL: &str = "https://leads.example.com";

/// How a service shows that it is itself.
enum Proof {
    /// `?token=…` behind the address.
    Token,
    /// `Authorization: Bearer …`
    Bearer,
    /// The secret is in the sample, under this name.
    Key(&'static str),
    /// These headers, made of the body.
    Headers(fn(&[u8]) -> Vec<(&'static str, String)>),
}

/// When every test begins, in seconds, as services write it.
const NOW: &str = "1769954941";

fn sha256(text: &[&[u8]]) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    hmac::sign(&key, &text.concat()).as_ref().to_vec()
}

fn sha1(text: &[&[u8]]) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, SECRET.as_bytes());
    hmac::sign(&key, &text.concat()).as_ref().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// `t=…,v1=…`, over the time, a dot and the body.
fn elements(body: &[u8]) -> String {
    let signature = hex(&sha256(&[NOW.as_bytes(), b".", body]));
    format!("t={NOW},v1={signature}")
}

/// The address, then names and values in the order of the names.
fn twilio(body: &[u8]) -> Vec<(&'static str, String)> {
    let mut pairs = form_fields(body);
    pairs.sort();
    let pairs = pairs.iter().map(|(name, value)| format!("{name}{value}"));
    let text = format!("{PUBLIC_URL}/in/service{}", pairs.collect::<String>());
    vec![("x-twilio-signature", base64(&sha1(&[text.as_bytes()])))]
}

const SUBMISSION: &str = "0fbbb90e-564b-4870-ac8b-78f9bc4e44a6";

fn proof(preset: &str) -> Proof {
    Proof::Headers(match preset {
        "automation" => return Proof::Bearer,
        "google_ads" => return Proof::Key("google_key"),
        "formstack" => return Proof::Key("HandshakeKey"),
        "calcom" => |body| vec![("x-cal-signature-256", hex(&sha256(&[body])))],
        "calendly" => |body| vec![("calendly-webhook-signature", elements(body))],
        "callrail" => |body| vec![("signature", base64(&sha1(&[body])))],
        "calltrackingmetrics" => |body| {
            let signature = base64(&sha1(&[NOW.as_bytes(), body]));
            vec![("x-ctm-time", NOW.into()), ("x-ctm-signature", signature)]
        },
        "formspree" => |body| vec![("formspree-signature", elements(body))],
        "framer" => |body| {
            let signature = hex(&sha256(&[body, SUBMISSION.as_bytes()]));
            vec![
                ("framer-webhook-submission-id", SUBMISSION.into()),
                ("framer-signature", format!("sha256={signature}")),
            ]
        },
        "stripe" => |body| vec![("stripe-signature", elements(body))],
        "tally" => |body| vec![("tally-signature", base64(&sha256(&[body])))],
        "twilio_sms" | "twilio_voice" => twilio,
        "typeform" => |body| {
            let signature = base64(&sha256(&[body]));
            vec![("typeform-signature", format!("sha256={signature}"))]
        },
        "webflow" => |body| {
            let signature = hex(&sha256(&[NOW.as_bytes(), b":", body]));
            vec![
                ("x-webflow-timestamp", NOW.into()),
                ("x-webflow-signature", signature),
            ]
        },
        "woocommerce" => |body| vec![("x-wc-webhook-signature", base64(&sha256(&[body])))],
        _ => return Proof::Token,
    })
}

/// A daemon with one source of this preset, known by its secret alone.
pub(crate) struct Service {
    pub(crate) receiver: Receiver,
    pub(crate) daemon: TestDaemon,
    preset: &'static str,
}

/// A request of a service: where to, with which headers, and the body.
pub(crate) struct Said {
    pub(crate) path: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
}

impl Service {
    pub(crate) fn of(preset: &'static str) -> Service {
        let receiver = Receiver::always(Reply::status(200));
        let source = format!(
            "[[source]]\nname = \"service\"\npreset = \"{preset}\"\nsecret = [\"{SECRET}\", \"an-older-secret-of-it\"]\n"
        );
        let setting = Setting::default().with("ingest", &format!("public_url = \"{PUBLIC_URL}\""));
        let config = format!("{source}{}", webhook("crm", &receiver.url(), ""));
        Service {
            daemon: TestDaemon::start_with(setting, &config),
            receiver,
            preset,
        }
    }

    /// The sample as the service posts it.
    pub(crate) fn said(&self) -> Said {
        let sample = sample(self.preset).replace("not-for-anybody-else", SECRET);
        self.saying(&sample)
    }

    /// This body as the service posts it.
    pub(crate) fn saying(&self, body: &str) -> Said {
        let content_type = match body.starts_with('{') {
            true => "application/json",
            false => "application/x-www-form-urlencoded",
        };
        let mut headers = vec![("content-type", content_type.to_owned())];
        let mut path = "/in/service".to_owned();
        match proof(self.preset) {
            Proof::Token => path += &format!("?token={SECRET}"),
            Proof::Bearer => headers.push(("authorization", format!("Bearer {SECRET}"))),
            Proof::Key(name) => assert!(body.contains(name), "{body}"),
            Proof::Headers(of) => headers.extend(of(body.as_bytes())),
        }
        let body = body.to_owned();
        Said {
            path,
            headers,
            body,
        }
    }

    pub(crate) fn post(&self, said: &Said) -> Answer {
        let headers: Vec<(&str, &str)> = said.headers.iter().map(|(n, v)| (*n, &**v)).collect();
        let ingest = self.daemon.ingest();
        ask(ingest, "POST", &said.path, &headers, said.body.as_bytes())
    }

    /// The payload that the receiver got is that of the golden file.
    #[track_caller]
    pub(crate) fn arrives_as_golden(&self) {
        let path = format!("tests/mapping/golden/{}.json", self.preset);
        let golden = fs::read_to_string(path).expect("a golden file");
        let body = self.receiver.wait_for(1)[0].body.clone();
        let body = String::from_utf8(body).expect("UTF-8");
        assert!(
            body == golden,
            "{} is\n{body}\ninstead of\n{golden}",
            self.preset
        );
    }
}

#[test]
fn each_sample_posted_and_signed_as_by_its_service_arrives_as_in_its_golden_file() {
    for (preset, _) in PRESETS {
        let service = Service::of(preset);
        let answer = service.post(&service.said());
        assert_eq!(answer.status, 201, "{preset}: {}", answer.body);
        service.arrives_as_golden();
    }
}

#[test]
fn nothing_arrives_of_a_post_that_its_service_has_not_signed() {
    for (preset, _) in PRESETS {
        let service = Service::of(preset);
        let said = service.said();
        let unsigned = Said {
            path: "/in/service".into(),
            headers: vec![said.headers[0].clone()],
            body: said.body.replace(SECRET, "the-secret-of-another"),
        };
        let mut altered = service.said();
        altered.body = altered.body.replace("ada", "eve").replace("+1", "+2");
        altered.body = altered.body.replace("%2B1", "%2B2");
        for (post, counts) in [(&unsigned, true), (&altered, altered.headers.len() > 1)] {
            let is_token = preset == "automation";
            if !counts || (is_token && post.headers.len() > 1) {
                continue;
            }
            let answer = service.post(post);
            let told = (answer.status, answer.code());
            assert_eq!(told, (401, "unauthorized".into()), "{preset}");
        }
        assert_eq!(service.daemon.store().counts().expect("counts").leads, 0);
    }
}

#[test]
fn a_signed_post_that_is_played_again_makes_nothing_new_and_a_late_one_is_refused() {
    for preset in [
        "stripe",
        "calendly",
        "formspree",
        "webflow",
        "calltrackingmetrics",
    ] {
        let service = Service::of(preset);
        let said = service.said();
        assert_eq!(service.post(&said).status, 201, "{preset}");
        service
            .daemon
            .turn_clock(std::time::Duration::from_secs(301));
        let late = service.post(&said);
        assert_eq!(late.status, 401, "{preset}: {}", late.body);
        assert!(late.body.contains("from this clock"), "{}", late.body);
    }
}

#[test]
fn an_unsigned_ping_is_answered_well_and_nothing_comes_of_it() {
    let form = (
        "content-type",
        "application/x-www-form-urlencoded".to_owned(),
    );
    let json = ("content-type", "application/json".to_owned());
    for (preset, header, body, status) in [
        ("woocommerce", &form, "webhook_id=17", 200),
        ("woocommerce", &form, "webhook_id=17&id=1&number=1", 401),
        ("calcom", &json, r#"{"triggerEvent":"PING"}"#, 200),
        (
            "calcom",
            &json,
            r#"{"triggerEvent":"BOOKING_CREATED"}"#,
            401,
        ),
        ("stripe", &form, "webhook_id=17", 401),
    ] {
        let service = Service::of(preset);
        let path = "/in/service".to_owned();
        let headers = vec![header.clone()];
        let body = body.to_owned();
        let answer = service.post(&Said {
            path,
            headers,
            body,
        });
        assert_eq!(answer.status, status, "{preset}: {}", answer.body);
        assert_eq!(service.daemon.store().counts().expect("counts").leads, 0);
    }
}

/// Framer signs its body and an id with nothing between them.
#[test]
fn what_is_signed_cannot_be_cut_elsewhere() {
    let service = Service::of("framer");
    let right = service.said();
    for shift in [1, 2, 5] {
        let (id, signature) = (&right.headers[1].1, right.headers[2].1.clone());
        let (body_end, id_end) = (right.body.len() - shift, shift);
        let longer = format!("{}{}", right.body, &id[..id_end]);
        let shorter = right.body[..body_end].to_owned();
        let longer_id = format!("{}{id}", &right.body[body_end..]);
        for (body, id) in [(longer, id[id_end..].to_owned()), (shorter, longer_id)] {
            let id = id.replace(['\n', '\r'], "");
            for content_type in ["application/json", "application/x-www-form-urlencoded"] {
                let headers = vec![
                    ("content-type", content_type.to_owned()),
                    ("framer-webhook-submission-id", id.clone()),
                    ("framer-signature", signature.clone()),
                ];
                let (path, body) = (right.path.clone(), body.clone());
                let answer = service.post(&Said {
                    path,
                    headers,
                    body,
                });
                assert!([400, 401].contains(&answer.status), "{}", answer.body);
            }
        }
    }
    assert_eq!(service.daemon.store().counts().expect("counts").leads, 0);
}
