//! `leadhook tail`: leads and attempts as they come.

use serde_json::Value;

use crate::process::{Daemon, Place};
use crate::receiver::{Receiver, Reply};

const ADA: &str = "name=Ada&email=ada@example.com";

/// A place whose source takes any number of posts.
fn place(more: &str) -> Place {
    Place::with_admin(&format!("rate_per_minute = 0\n{more}"))
}

/// Posts until a tail that just began shows something, and gives its line. It begins to look at some
/// moment; what came before that it does not show.
fn first_line(daemon: &Daemon, tail: &mut Daemon) -> String {
    std::thread::scope(|scope| {
        let shown = scope.spawn(|| tail.line());
        while !shown.is_finished() {
            daemon.post_form("website", ADA);
        }
        shown.join().expect("a line")
    })
}

/// The next line that has all this.
#[track_caller]
fn line_with(tail: &mut Daemon, words: &[&str]) -> String {
    loop {
        let line = tail.line();
        assert!(!line.is_empty(), "it ended before {words:?}");
        if words.iter().all(|word| line.contains(word)) {
            return line;
        }
    }
}

/// A place whose receiver has a busy day where a lead says so, and its daemon.
fn with_receiver() -> (Place, Daemon, Receiver) {
    let receiver = Receiver::script(|request, _| {
        let is_busy = String::from_utf8_lossy(&request.body).contains("busy");
        Reply::status(if is_busy { 503 } else { 200 })
    });
    let url = receiver.url();
    let place = place(&format!(
        "[[webhook]]\nname = \"crm\"\nurl = \"{url}\"\nunsigned = true\nallow_private = true\n"
    ));
    let daemon = place.start();
    (place, daemon, receiver)
}

#[test]
fn tail_shows_what_comes_and_changes_and_nothing_that_was_there() {
    let place = place("");
    let daemon = place.start();
    daemon.post_form("website", "name=Before&email=b@example.com");
    let mut tail = place.watch(&["tail"]);
    let shown = first_line(&daemon, &mut tail);
    let is_new = shown.contains("  new  ") && shown.contains("ada@example.com");
    assert!(is_new && !shown.contains("Before"), "{shown}");
    daemon.post_api("/api/v1/leads/1", r#"{"notes":"called back"}"#);
    line_with(&mut tail, &["  update  ", "  1  ", "Before"]);
    daemon.stop();
}

#[test]
fn tail_shows_each_attempt_behind_its_lead_and_what_came_of_it() {
    let (place, daemon, _receiver) = with_receiver();
    let mut tail = place.watch(&["tail"]);
    first_line(&daemon, &mut tail);
    let taken = daemon.post_form("website", "name=Eva&message=busy");
    let id = format!("  {}  ", taken.lead_id());
    line_with(&mut tail, &["  new  ", &id, "Eva"]);
    let attempt = line_with(&mut tail, &["  attempt  ", &id]);
    let said = "crm  new, attempt 1: 503; ";
    assert!(
        attempt.contains(said) && attempt.contains(" ms; retry at 20"),
        "{attempt}"
    );
    daemon.stop();
}

#[test]
fn for_programs_tail_tells_leads_and_attempts_apart() {
    let (place, daemon, _receiver) = with_receiver();
    let mut tail = place.watch(&["tail", "--json"]);
    let read = |line: String| serde_json::from_str::<Value>(&line).expect("JSON");
    let lead = read(first_line(&daemon, &mut tail));
    assert_eq!(lead["lead"]["email_address"], "ada@example.com");
    let attempt = read(line_with(&mut tail, &["{\"attempt\":"]));
    let attempt = &attempt["attempt"];
    let told = ["webhook", "trigger", "outcome", "next"].map(|name| attempt[name].as_str());
    assert_eq!(
        told,
        [Some("crm"), Some("new"), Some("200"), Some("delivered")]
    );
    assert!(attempt["number"] == 1 && attempt["lead_id"].is_u64() && attempt["ms"].is_u64());
    daemon.stop();
}

/// It went on asking the daemon for ever behind a `head` that had enough.
#[test]
fn tail_ends_when_nobody_reads_it_any_more() {
    let place = place("");
    let daemon = place.start();
    let mut tail = place.watch(&["tail"]);
    first_line(&daemon, &mut tail);
    tail.turn_away();
    daemon.post_form("website", ADA);
    assert_eq!(tail.ended().code, Some(0));
    daemon.stop();
}
