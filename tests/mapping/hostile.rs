//! Posts that are made to cost much: none costs out of proportion to its length.

use std::time::Instant;

use crate::House;

/// A long post, and one of an eighth of its length.
const LONG_BYTES: usize = 240_000;
const SHORT_BYTES: usize = LONG_BYTES / 8;
/// What grows with the length takes eight times as long, what grows with its square 64 times.
const RATIO_MAX: u32 = 20;
/// The shortest of so many counts: others have work on this machine, too.
const TRIES: usize = 4;

/// As many of these as fit into so many bytes, with a comma between them; `$` stands for a number.
fn many(item: &str, bytes: usize) -> String {
    let n = bytes / (item.len() + 5);
    let items = (0..n).map(|n| item.replace('$', &n.to_string()));
    items.collect::<Vec<_>>().join(",")
}

/// A long post of this kind does not cost out of proportion to a short one.
#[track_caller]
fn grows_with_its_length(keys: &str, body: impl Fn(usize) -> String) {
    let house = House::with(keys);
    let took = |bytes| {
        let body = body(bytes);
        let one = || {
            let began = Instant::now();
            house.post(&body);
            began.elapsed()
        };
        (0..TRIES).map(|_| one()).min().unwrap_or_default()
    };
    let (short, long) = (took(SHORT_BYTES), took(LONG_BYTES));
    assert!(long < short * RATIO_MAX, "{short:?} and {long:?}");
}

#[test]
fn a_long_list_of_answers() {
    grows_with_its_length("preset = \"tally\"", |bytes| {
        let fields = many(r#"{"label":"a$","value":"b"}"#, bytes);
        format!(r#"{{"eventType":"FORM_RESPONSE","data":{{"fields":[{fields}]}}}}"#)
    });
}

#[test]
fn many_answers_to_many_questions() {
    grows_with_its_length("preset = \"typeform\"", |bytes| {
        let answers = many(r#"{"field":{"ref":"q$"},"text":"x"}"#, bytes / 2);
        let questions = many(r#"{"ref":"q$","title":"What?"}"#, bytes / 2);
        let definition = format!(r#""definition":{{"fields":[{questions}]}}"#);
        format!(
            r#"{{"event_type":"form_response","form_response":{{"answers":[{answers}],{definition}}}}}"#
        )
    });
}

#[test]
fn many_choices_of_many_options() {
    grows_with_its_length("preset = \"tally\"", |bytes| {
        let options = many(r#"{"id":"$","text":"o"}"#, bytes / 2);
        let chosen = many(r#""9$""#, bytes / 2);
        let field = format!(r#"{{"label":"a","value":[{chosen}],"options":[{options}]}}"#);
        format!(r#"{{"eventType":"FORM_RESPONSE","data":{{"fields":[{field}]}}}}"#)
    });
}

#[test]
fn names_that_come_again_and_again() {
    // The number of names grows with the length here, and so does how often they come.
    let names = |bytes: usize| bytes / 300;
    grows_with_its_length("", |bytes| {
        let all: String = (0..names(bytes)).map(|n| format!("n{n}=&")).collect();
        format!("{all}{}", "n9=&z=&".repeat(bytes / 10))
    });
    grows_with_its_length("", |bytes| {
        let all: String = (0..names(bytes)).map(|n| format!(r#""n{n}":0,"#)).collect();
        format!(r#"{{{all}{}"z":0}}"#, r#""z":0,"#.repeat(bytes / 8))
    });
}
