//! What the texts of a lead are about: only what is there is told.

use leadhook::domain::field::Field;
use leadhook::domain::lead::Lead;

use crate::house::{config, lead};

const WORDS: &str = "
[analysis]
keywords = ['water heater', 'leak*', '見積もり']
topics = { 'Plumbing' = ['tap', 'leak*'], 'Heating' = ['boiler'] }
intents = { 'Quote' = ['quote', 'how much'] }
sentiment = ['en', 'de', 'es']
summary = true
";

fn found(lead: &Lead, label: &str) -> Option<String> {
    let mut labels = lead.values.map(Field::LeadAnalysis).iter();
    labels
        .find(|(known, _)| known == label)
        .map(|(_, text)| text.clone())
}

#[track_caller]
fn check(json: &str, label: &str, wanted: Option<&str>) {
    let lead = lead(&config(WORDS), json);
    assert_eq!(found(&lead, label).as_deref(), wanted, "{json}");
}

#[test]
fn keywords_are_spotted_in_the_order_in_which_they_come() {
    let lead = lead(
        &config(WORDS),
        r#"{"message":"LEAKING water heater, it leaks!"}"#,
    );
    assert_eq!(
        found(&lead, "Keyword Detection").as_deref(),
        Some("leak,water heater")
    );
    assert_eq!(
        lead.values.text(Field::SpottedKeywords),
        Some("leak,water heater")
    );
    check(
        r#"{"message":"見積もりをお願いします"}"#,
        "Keyword Detection",
        Some("見積もり"),
    );
}

#[test]
fn topics_and_intents_are_those_of_the_owners_lists() {
    check(
        r#"{"message":"The tap leaks, the boiler too"}"#,
        "Topic Detection",
        Some("Plumbing,Heating"),
    );
    check(
        r#"{"message":"How much for a tape?"}"#,
        "Topic Detection",
        None,
    );
    check(
        r#"{"message":"How  much is it?"}"#,
        "Intent Detection",
        Some("Quote"),
    );
}

#[test]
fn every_text_is_looked_at() {
    for json in [
        r#"{"notes":"boiler"}"#,
        r#"{"Your question":"is it the boiler"}"#,
        r#"{"Service":"Boiler"}"#,
        r#"{"lead_type":"Email","email_message":"boiler"}"#,
        r#"{"lead_type":"Phone Call","call_transcription":"the boiler"}"#,
        r#"{"lead_type":"Phone Call","voicemail_transcription":"the boiler"}"#,
        r#"{"lead_type":"Chat","message":"the boiler"}"#,
    ] {
        check(json, "Topic Detection", Some("Heating"));
    }
}

#[test]
fn a_mood_is_told_only_where_nothing_speaks_against_it() {
    for (text, mood) in [
        ("Great work, thank you!", Some("Positive")),
        ("Wir sind sehr zufrieden, vielen Dank", Some("Positive")),
        ("Excelente trabajo, muchas gracias", Some("Positive")),
        ("Terrible service, the worst ever", Some("Negative")),
        (
            "Das war nicht gut und nicht freundlich, eine Frechheit",
            Some("Negative"),
        ),
        ("Not great. I am not happy.", Some("Negative")),
        ("Great team, terrible result", None),
        ("Thanks", None),
        ("The tap drips", None),
    ] {
        let json = format!(r#"{{"message":"{text}"}}"#);
        check(&json, "Sentiment Detection", mood);
    }
}

#[test]
fn a_not_turns_no_mood_of_another_text() {
    // What was written and what was spoken were counted as if they stood in one another's place.
    let call =
        r#"{"lead_type":"Phone Call","notes":"not","call_transcription":"so great, thank you"}"#;
    check(call, "Sentiment Detection", Some("Positive"));
}

/// Each of its words was counted from the first to the last.
#[test]
fn a_long_text_of_one_word_is_summed_up_as_fast_as_any() {
    let text = "word ".repeat(12_000);
    let texts: Vec<String> = (0..80).map(|n| format!(r#""text {n}":"{text}""#)).collect();
    let (sender, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let lead = lead(&config(WORDS), &format!("{{{}}}", texts.join(",")));
        let _ = sender.send(found(&lead, "Lead Summary"));
    });
    // With the square of its length it takes an hour.
    let limit = std::time::Duration::from_secs(300);
    let summary = told.recv_timeout(limit).expect("a summary");
    assert!(summary.is_some_and(|summary| summary.starts_with("word word")));
}

#[test]
fn the_summary_is_made_of_the_texts_own_words() {
    check(
        r#"{"message":"The tap drips.\nCall  me."}"#,
        "Lead Summary",
        Some("The tap drips. Call me."),
    );
    check(r#"{"email":"a@x.example"}"#, "Lead Summary", None);
    check(r#"{"page":"https://a.example/x"}"#, "Lead Summary", None);
}

#[test]
fn what_the_source_sent_stays_as_it_is() {
    let json =
        r#"{"lead_analysis":{"Lead Summary":"theirs"},"spotted_keywords":"x","message":"tap"}"#;
    check(json, "Lead Summary", Some("theirs"));
    check(json, "Topic Detection", None);
}

#[test]
fn without_settings_nothing_is_looked_for() {
    let lead = lead(
        &config(""),
        r#"{"message":"Great work on the boiler, thank you!"}"#,
    );
    assert!(lead.values.map(Field::LeadAnalysis).is_empty());
}
