//! Spam: which leads are, why, and what a person's word is worth against it.

use leadhook::domain::field::Field;
use leadhook::domain::judgement::{Echoes, Heard};
use leadhook::domain::lead::Lead;
use leadhook::domain::time::Timestamp;

use crate::daemon::{BEGIN, TestDaemon, WEBSITE, webhook};
use crate::house::{config, edit, lead, stored};
use crate::receiver::{Receiver, Reply};

const GOOD: &str = include_str!("good.jsonl");
const SPAM: &str = include_str!("spam.jsonl");

/// The codes of the reasons against a lead.
fn codes(lead: &Lead) -> Vec<&str> {
    let reasons = lead.values.map(Field::SpamReasons).iter();
    reasons.map(|(code, _)| code.as_str()).collect()
}

fn is_spam(lead: &Lead) -> bool {
    lead.values.is_set(Field::Spam)
}

#[test]
fn no_good_lead_is_taken_for_spam() {
    let config = config("");
    assert!(GOOD.lines().count() >= 60);
    let mistaken = GOOD.lines().map(|json| (json, lead(&config, json)));
    let mistaken: Vec<_> = mistaken.filter(|(_, lead)| is_spam(lead)).collect();
    let told = mistaken.iter().map(|(json, lead)| (json, codes(lead)));
    assert!(mistaken.is_empty(), "{:#?}", told.collect::<Vec<_>>());
}

#[test]
fn nearly_all_spam_is_known_as_such() {
    let config = config("");
    let n = SPAM.lines().count();
    let missed = SPAM.lines().map(|json| (json, lead(&config, json)));
    let missed: Vec<_> = missed.filter(|(_, lead)| !is_spam(lead)).collect();
    let told: Vec<_> = missed
        .iter()
        .map(|(json, lead)| (json, codes(lead)))
        .collect();
    assert!(
        n >= 40 && told.len() * 20 <= n,
        "{} of {n}: {told:#?}",
        told.len()
    );
}

#[test]
fn each_reason_has_its_code_its_points_and_a_sentence() {
    let ground = config("");
    let spam = lead(
        &ground,
        r#"{"name":"x www.a.example","message":"buy backlinks <a href='https://bit.ly/1'>x</a>"}"#,
    );
    let reasons = spam.values.map(Field::SpamReasons).iter();
    let told: Vec<String> = reasons
        .map(|(code, text)| format!("{code}: {text}"))
        .collect();
    assert_eq!(
        told,
        [
            "link: the text has a link (+20)",
            "short_link: a link hides where it leads (+40)",
            "markup: links are written in the markup of pages or forums (+80)",
            "link_in_name: there is a link in the name (+80)",
            "pitch: the text words an offer as mass mailings do (+120)",
        ]
    );
    assert_eq!(score(&spam), "340");
}

fn score(lead: &Lead) -> String {
    let score = lead.values.find(Field::SpamScore);
    score.map_or("none".to_owned(), |score| {
        format!("{score:?}").replace(|c: char| !c.is_ascii_digit(), "")
    })
}

#[test]
fn points_and_thresholds_are_the_owners() {
    let link = r#"{"message":"see https://a.example"}"#;
    assert!(!is_spam(&lead(&config(""), link)));
    assert!(is_spam(&lead(&config("spam_threshold = 20"), link)));
    assert!(is_spam(&lead(&config("[spam]\nthreshold = 20"), link)));
    let robot = r#"{"message":"buy backlinks [url=https://a.example]x[/url]"}"#;
    assert!(is_spam(&lead(&config(""), robot)));
    assert!(!is_spam(&lead(&config("[spam]\nthreshold = 0"), robot)));
    let silent = config("[spam]\npoints = { link = 0, markup = 0, pitch = 0 }");
    assert_eq!(codes(&lead(&silent, robot)), Vec::<&str>::new());
}

#[test]
fn who_is_on_a_block_list_is_spam_and_who_is_allowed_never_is() {
    let blocked = [
        (
            "block_words = ['cheap pill*']",
            r#"{"message":"CHEAP pills"}"#,
        ),
        (
            "block_emails = ['Bad@example.com']",
            r#"{"email":"bad@EXAMPLE.com"}"#,
        ),
        (
            "block_domains = ['example.net']",
            r#"{"email":"x@mail.example.net"}"#,
        ),
        ("block_phones = ['+999']", r#"{"phone":"+999 123 4567"}"#),
        (
            "block_networks = ['192.0.2.0/24']",
            r#"{"ip_address":"192.0.2.7","city":"x"}"#,
        ),
    ];
    for (list, json) in blocked {
        let spam = lead(&config(&format!("[spam]\n{list}")), json);
        assert_eq!(
            (codes(&spam), is_spam(&spam)),
            (vec!["blocked"], true),
            "{list}"
        );
        assert!(!is_spam(&lead(&config(""), json)), "{json}");
    }
    let friend = config(
        "[spam]\nblock_words = ['bad']\nallow = ['mailinator.com', '+4930', '192.0.2.0/24', 'a@b.example']",
    );
    for contact in [
        r#""email":"x@mailinator.com""#,
        r#""phone":"+49 30 1234567""#,
        r#""email":"a@b.example""#,
        r#""ip_address":"192.0.2.9""#,
    ] {
        let json = format!(r#"{{{contact},"message":"bad https://a.example"}}"#);
        assert_eq!(
            codes(&lead(&friend, &json)),
            Vec::<&str>::new(),
            "{contact}"
        );
    }
}

#[test]
fn orders_and_calls_are_not_judged_by_their_words() {
    let pitch = r#"{"lead_type":"Transaction","message":"buy backlinks https://a.example","email":"x@yopmail.com"}"#;
    assert_eq!(codes(&lead(&config(""), pitch)), Vec::<&str>::new());
    let blocked = config("[spam]\nblock_words = ['backlinks']");
    assert_eq!(codes(&lead(&blocked, pitch)), ["blocked"]);
}

#[test]
fn a_visitor_cannot_say_his_own_score() {
    let robot = r#"{"spam_score":0,"spam_reasons":{},"spam":false,"message":"buy backlinks [url=https://a.example]"}"#;
    assert!(is_spam(&lead(&config(""), robot)));
}

const LONG: &str = "We are looking for somebody who paints the front of our house in spring";

#[test]
fn the_same_text_from_others_is_noticed_for_a_day_and_one_persons_is_not() {
    let ground = config("");
    let mut echoes = Echoes::default();
    let mut is_echo = |email: &str, text: &str, now: Timestamp| {
        let json = format!(r#"{{"email":"{email}","message":"{text}"}}"#);
        let mut lead = lead(&ground, &json);
        let heard = Heard {
            signals: Vec::new(),
            lately: Some((&mut echoes, now)),
        };
        ground.judgement.apply(&mut lead, Some(heard));
        codes(&lead).contains(&"repeated")
    };
    assert!(!is_echo("a@x.example", LONG, BEGIN));
    assert!(!is_echo("a@x.example", LONG, BEGIN));
    assert!(is_echo("b@x.example", &LONG.to_uppercase(), BEGIN));
    assert!(!is_echo("c@x.example", "call me back please", BEGIN));
    assert!(!is_echo("d@x.example", "call me back please", BEGIN));
    let tomorrow = Timestamp(BEGIN.0 + 86_400_000);
    assert!(!is_echo("e@x.example", LONG, tomorrow));
}

#[test]
fn a_repeated_text_is_told_with_the_lead_and_a_restart_does_no_harm() {
    let mut daemon = TestDaemon::start(WEBSITE);
    let post = |daemon: &TestDaemon, email: &str| {
        let json = format!(r#"{{"email":"{email}","message":"{LONG}"}}"#);
        daemon.post("website", &json).lead_id()
    };
    post(&daemon, "a@x.example");
    let second = post(&daemon, "b@x.example");
    assert_eq!(codes(&stored(&daemon, second)), ["repeated"]);
    daemon.restart();
    assert_eq!(codes(&stored(&daemon, second)), ["repeated"]);
    let third = post(&daemon, "c@x.example");
    assert_eq!(codes(&stored(&daemon, third)), Vec::<&str>::new());
    daemon.verify();
}

const ROBOT: &str = r#"{"external_id":"1","email":"r@x.example","message":"buy backlinks [url=https://a.example]x[/url]"}"#;

#[test]
fn spam_is_stored_and_not_sent_and_sent_whole_when_a_person_clears_it() {
    let crm = Receiver::always(Reply::status(200));
    let daemon = TestDaemon::start(&format!("{WEBSITE}{}", webhook("crm", &crm.url(), "")));
    let id = daemon.post("website", ROBOT).lead_id();
    assert!(is_spam(&stored(&daemon, id)));
    daemon.wait_until_drained();
    assert_eq!(crm.count(), 0);
    edit(&daemon, id, r#"{"spam":false}"#);
    let body = String::from_utf8(crm.wait_for(1)[0].body.clone()).expect("text");
    assert!(body.starts_with(r#"{"trigger":"new","#), "{body}");
    assert!(
        body.contains(r#""spam":false,"spam_score":220,"spam_reasons":{"link""#),
        "{body}"
    );
    daemon.verify();
}

#[test]
fn a_persons_mark_is_never_judged_again() {
    let daemon = TestDaemon::start(WEBSITE);
    let id = daemon.post("website", ROBOT).lead_id();
    edit(&daemon, id, r#"{"spam":false}"#);
    let again = ROBOT.replace("backlinks", "backlinks and viagra");
    daemon.post("website", &again);
    assert!(!is_spam(&stored(&daemon, id)));
    let good = daemon
        .post(
            "website",
            r#"{"external_id":"2","message":"The tap drips"}"#,
        )
        .lead_id();
    edit(&daemon, good, r#"{"spam":true}"#);
    daemon.post(
        "website",
        r#"{"external_id":"2","message":"The tap drips a lot"}"#,
    );
    assert!(is_spam(&stored(&daemon, good)));
}

#[test]
fn what_a_person_writes_makes_no_spam_of_a_lead() {
    let daemon = TestDaemon::start(WEBSITE);
    let id = daemon
        .post(
            "website",
            r#"{"external_id":"1","message":"The tap drips"}"#,
        )
        .lead_id();
    edit(
        &daemon,
        id,
        r#"{"notes":"asked for viagra, casino bonus, buy backlinks https://bit.ly/1"}"#,
    );
    assert!(!is_spam(&stored(&daemon, id)));
    daemon.post(
        "website",
        r#"{"external_id":"1","message":"The tap drips still"}"#,
    );
    assert_eq!(codes(&stored(&daemon, id)), Vec::<&str>::new());
}

#[test]
fn a_later_post_is_judged_too_and_what_the_first_betrayed_stays() {
    let daemon = TestDaemon::start(WEBSITE);
    let hidden = r#"{"external_id":"1","email":"r@x.example","_gotcha":"on"}"#;
    let id = daemon.post("website", hidden).lead_id();
    daemon.post(
        "website",
        r#"{"external_id":"1","message":"see https://a.example"}"#,
    );
    assert_eq!(codes(&stored(&daemon, id)), ["honeypot", "link"]);
    let chat = r#"{"external_id":"2","lead_type":"Chat","chat_status":"In Progress"}"#;
    let id = daemon.post("website", chat).lead_id();
    let said =
        r#"{"external_id":"2","lead_type":"Chat","message":"online casino https://bit.ly/1"}"#;
    daemon.post("website", said);
    assert!(is_spam(&stored(&daemon, id)));
}
