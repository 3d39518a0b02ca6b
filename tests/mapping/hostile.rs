//! Posts that are made to cost much: none costs out of proportion to its length.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use leadhook::config::{self, Env};
use leadhook::domain::intake::{self, Visitor};
use leadhook::domain::mapping::Envelope;
use leadhook::domain::raw::Raw;

/// The longest body that a config allows.
const BYTES: usize = 16 << 20;
/// What grows with the length takes seconds on that, also where the machine has other work; what grows
/// with its square takes an hour.
const LIMIT: Duration = Duration::from_secs(300);

/// As many of these as fit into so many bytes, with a comma between them; `$` stands for a number.
fn many(item: &str, bytes: usize) -> String {
    let n = bytes / (item.len() + 5);
    let items = (0..n).map(|n| item.replace('$', &n.to_string()));
    items.collect::<Vec<_>>().join(",")
}

/// A post of this body to a source with these keys is mapped and read, whatever comes of it.
#[track_caller]
fn is_read(keys: &str, body: String) {
    let config = format!(
        "[admin]\ntoken = \"test-admin-token-0123\"\n[[source]]\nname = \"a\"\nauth = \"none\"\n{keys}\n"
    );
    let config = config::parse(&config, "test.toml", "".as_ref(), &Env::default());
    let source = config.expect("a config").sources.remove(0);
    let (sender, read) = mpsc::channel();
    thread::spawn(move || {
        let raw = Raw::from_json(body.as_bytes()).expect("JSON");
        let raw = match &source.mapping {
            Some(mapping) => {
                let named = mapping.apply(raw, source.lead_type, &Envelope::empty());
                named.expect("a post that is wanted").raw
            }
            None => raw,
        };
        drop(intake::read(raw, &source, &Visitor::default()));
        let _ = sender.send(());
    });
    assert_eq!(read.recv_timeout(LIMIT), Ok(()));
}

#[test]
fn a_long_list_of_answers() {
    let fields = many(r#"{"label":"a$","value":"b"}"#, BYTES);
    let body = format!(r#"{{"eventType":"FORM_RESPONSE","data":{{"fields":[{fields}]}}}}"#);
    is_read("preset = \"tally\"", body);
}

#[test]
fn many_answers_to_many_questions() {
    let answers = many(r#"{"field":{"ref":"q$"},"text":"x"}"#, BYTES / 2);
    let questions = many(r#"{"ref":"q$","title":"What?"}"#, BYTES / 2);
    let definition = format!(r#""definition":{{"fields":[{questions}]}}"#);
    let response = format!(r#"{{"answers":[{answers}],{definition}}}"#);
    let body = format!(r#"{{"event_type":"form_response","form_response":{response}}}"#);
    is_read("preset = \"typeform\"", body);
}

#[test]
fn many_choices_of_many_options() {
    let options = many(r#"{"id":"$","text":"o"}"#, BYTES / 2);
    let chosen = many(r#""9$""#, BYTES / 2);
    let field = format!(r#"{{"label":"a","value":[{chosen}],"options":[{options}]}}"#);
    let body = format!(r#"{{"eventType":"FORM_RESPONSE","data":{{"fields":[{field}]}}}}"#);
    is_read("preset = \"tally\"", body);
}

/// The name was copied for each of the things, be there something in them or not.
#[test]
fn a_long_name_before_many_things() {
    let mapped = "[source.fields]\nemail = \"email\"";
    for (keys, thing) in [("", "{}"), (mapped, r#"{"a":1}"#)] {
        let (name, things) = ("n".repeat(BYTES / 2), many(thing, BYTES / 2));
        is_read(keys, format!(r#"{{"{name}":[{things}]}}"#));
    }
}
