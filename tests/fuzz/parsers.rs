//! The parsers of the program, each with samples to begin with. Each tells whether it took the input.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use leadhook::config::{self, Env};
use leadhook::domain::condition::Pattern;
use leadhook::domain::csv::Rows;
use leadhook::domain::inbound_auth::SignedText;
use leadhook::domain::intake::{self, Visitor};
use leadhook::domain::lead_type::LeadType;
use leadhook::domain::mail::Mailbox;
use leadhook::domain::mapping;
use leadhook::domain::phone::{Country, e164};
use leadhook::domain::raw::Raw;
use leadhook::domain::signature::{SigningKey, verify};
use leadhook::domain::source::{Auth, Profile, Source};
use leadhook::domain::time::Timestamp;
use leadhook::domain::units;
use leadhook::domain::url::{Host, Url};
use leadhook::domain::words::words_sought;
use leadhook::http::Bytes;
use leadhook::http::forms::{ContentType, form_fields};
use leadhook::http::multipart;

use crate::complete::complete;
use crate::{files, journal, services};

pub(crate) type Parser = (&'static str, Samples, Parse);
type Samples = fn() -> Vec<Vec<u8>>;
type Parse = fn(&[u8]) -> bool;

pub(crate) const PARSERS: [Parser; 17] = [
    ("JSON", || folder("tests/mapping/samples", "json"), json),
    ("form", || folder("tests/mapping/samples", "form"), form),
    ("multipart", || texts(&PARTS), in_parts),
    ("user agent", user_agents, user_agent),
    ("mapping path", || texts(&PATHS), mapping_path),
    ("config", configs, config),
    ("CSV", || texts(&TABLES), csv),
    ("phone", || texts(&PHONES), phone),
    ("URL", || texts(&URLS), url),
    ("signature", || texts(&SIGNATURES), signature),
    ("short texts", || texts(&SHORT), short),
    ("content type", || texts(&TYPES), content_type),
    ("presets", services::posts, services::mapped),
    ("signed posts", services::signed_posts, services::signed),
    ("location database", files::maps, files::map),
    ("records", files::records, files::record),
    ("journal", journal::files, journal::file),
];

const PARTS: [&str; 2] = [
    "--b\r\nContent-Disposition: form-data; name=\"email\"\r\n\r\nada@example.com\r\n--b--\r\n",
    "--b\r\ncontent-disposition: form-data; name=\"f\"; filename=\"a.jpg\"\r\ncontent-type: image/jpeg\r\n\r\n\
     bytes\r\n--b\r\ncontent-disposition: form-data; name=\"g\"\r\n\r\n\r\n--b--",
];
const PATHS: [&str; 4] = [
    "lead.email",
    "data.fields[0].value",
    "a[*].b",
    "payload.contact.phone",
];
const TABLES: [&str; 3] = [
    "name,email\r\nAda,ada@example.com\r\n",
    "\u{feff}a;b;c\n\"x \"\"y\"\"\";\"line\nline\";'=1+1\n",
    "a\tb\n1\t2\n",
];
const PHONES: [&str; 4] = [
    "+49 30 901820",
    "(030) 90 18 20",
    "001 415 555 0100 ext. 3",
    "0151/23456789",
];
const URLS: [&str; 4] = [
    "https://user:pass@hooks.example.com:8443/a/b?c=d&gclid=e#f",
    "http://[::ffff:127.0.0.1]:80/",
    "https://xn--bcher-kva.example/",
    "http://0x7f.1/",
];
const SIGNATURES: [&str; 3] = [
    "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
    "v1a,AAAA v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4= v2,x",
    "{timestamp}.{body}",
];
const SHORT: [&str; 9] = [
    "2026-02-01T14:09:01Z",
    "2026-02-01 14:09",
    "1d12h",
    "16 MiB",
    "10/min",
    "Ada Lovelace <ada@example.com>",
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "^(a|b)+c{2,3}$",
    "boiler Oslo",
];
const TYPES: [&str; 3] = [
    "multipart/form-data; boundary=\"x y\"; charset=utf-8",
    "application/json;charset=UTF-8",
    "application/x-www-form-urlencoded",
];

fn texts(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

fn folder(path: &str, extension: &str) -> Vec<Vec<u8>> {
    let entries = fs::read_dir(path).expect("a folder of samples");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut paths: Vec<_> = paths
        .filter(|path| path.extension().is_some_and(|known| known == extension))
        .collect();
    paths.sort();
    paths
        .iter()
        .map(|path| fs::read(path).expect("a sample"))
        .collect()
}

fn user_agents() -> Vec<Vec<u8>> {
    let known = fs::read_to_string("tests/derived/devices.txt").expect("samples");
    let agents = known.lines().filter_map(|line| line.splitn(5, ';').nth(4));
    texts(&agents.collect::<Vec<_>>())
}

fn configs() -> Vec<Vec<u8>> {
    let mut all = folder("tests/configs/valid", "toml");
    all.extend(folder("tests/configs/invalid", "toml"));
    all
}

/// What a text is read from; whoever takes bytes has refused what is no UTF-8 before.
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn json(bytes: &[u8]) -> bool {
    Raw::from_json(bytes).is_ok_and(|raw| becomes_a_lead(raw, &SOURCE))
}

fn form(bytes: &[u8]) -> bool {
    let raw = Raw::from_form(form_fields(bytes));
    raw.is_some_and(|raw| becomes_a_lead(raw, &SOURCE))
}

fn user_agent(bytes: &[u8]) -> bool {
    let visitor = Visitor {
        user_agent: Some(text(bytes)),
        ..Visitor::default()
    };
    let raw = Raw::from_json(br#"{"city":"Oslo"}"#).expect("JSON");
    comes_of_a_visitor(raw, &SOURCE, &visitor)
}

static SOURCE: LazyLock<Source> = LazyLock::new(|| {
    let profile = Profile {
        id: 1,
        name: "My Profile".to_owned(),
    };
    Source::new("site", LeadType::WebForm, profile, Auth::Open)
});

pub(crate) fn becomes_a_lead(raw: Raw, source: &Source) -> bool {
    comes_of_a_visitor(raw, source, &Visitor::default())
}

/// Whether the post is taken; then all is derived that can be.
fn comes_of_a_visitor(raw: Raw, source: &Source, visitor: &Visitor) -> bool {
    let Ok(submission) = intake::read(raw, source, visitor) else {
        return false;
    };
    complete(submission, source);
    true
}

fn in_parts(bytes: &[u8]) -> bool {
    multipart::parts(&Bytes::copy_from_slice(bytes), "b").is_ok()
}

fn mapping_path(bytes: &[u8]) -> bool {
    mapping::Path::parse(&text(bytes)).is_ok()
}

fn config(bytes: &[u8]) -> bool {
    let directory = Path::new("tests/configs/valid");
    match config::parse(&text(bytes), "fuzz.toml", directory, &Env::default()) {
        Ok(_) => true,
        // What is wrong is said in words, and saying it is part of it.
        Err(problems) => {
            assert!(!problems.to_string().is_empty(), "refused without a word");
            false
        }
    }
}

fn csv(bytes: &[u8]) -> bool {
    Rows::of(&text(bytes)).count() > 0
}

fn phone(bytes: &[u8]) -> bool {
    let text = text(bytes);
    ["DE", "US", "GB"]
        .map(|country| e164(&text, Country::find(country)))
        .iter()
        .any(Option::is_some)
}

fn url(bytes: &[u8]) -> bool {
    let text = text(bytes);
    Host::parse(&text);
    Url::parse(&text).is_ok()
}

fn signature(bytes: &[u8]) -> bool {
    let text = text(bytes);
    let key = SigningKey::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("a key");
    let (id, time) = (Some("msg"), Some("0"));
    let holds = verify(&[key], id, time, Some(&text), b"{}", Timestamp(0)).is_ok();
    SigningKey::parse(&text).is_ok() || SignedText::parse(&text).is_some() || holds
}

fn short(bytes: &[u8]) -> bool {
    let text = text(bytes);
    words_sought(&text);
    [
        Timestamp::parse(&text).is_some(),
        units::parse_duration(&text).is_some(),
        units::parse_size(&text).is_some(),
        units::parse_rate(&text).is_some(),
        Mailbox::parse(&text).is_some(),
        SigningKey::parse(&text).is_ok(),
        Pattern::parse(&text).is_ok(),
    ]
    .contains(&true)
}

fn content_type(bytes: &[u8]) -> bool {
    !matches!(ContentType::parse(&text(bytes)), ContentType::Other)
}
