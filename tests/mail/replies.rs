//! What becomes of a letter that is not taken at once.

use std::time::Duration;

use crate::mail_server::Say;
use crate::{Office, Outcome, PLAN, Plan, State, wait_until};

/// A server that says `line` at this step, the first `times` times.
fn refusing(step: &'static str, line: &'static str, times: usize) -> Office {
    Office::script(&PLAN, move |taken, n| match taken == step && n <= times {
        true => Say::Line(line),
        false => Say::Well,
    })
}

#[test]
fn what_is_refused_for_now_is_sent_again() {
    for step in ["MAIL", "RCPT", "DATA", "END"] {
        let office = refusing(step, "451 4.7.1 greylisted", 1);
        let lead = office.post();
        let first = &office.attempts(lead, 1)[0];
        assert!(
            matches!(&first.outcome, Outcome::Answered(a) if a.status == 451),
            "{first:?}"
        );
        office.daemon.turn_clock(Duration::from_secs(10));
        office.server.wait_for(1);
        office.daemon.wait_until_drained();
        office.daemon.verify();
    }
}

#[test]
fn what_is_refused_for_good_fails_after_three_tries() {
    let office = refusing("RCPT", "550 5.1.1 no such user", 100);
    let lead = office.post();
    for (n, wait) in [(1, 10), (2, 60), (3, 600)] {
        office.attempts(lead, n);
        office.daemon.turn_clock(Duration::from_secs(wait));
    }
    wait_until("failed", || office.state(lead) == State::Failed);
    assert_eq!(office.attempts(lead, 3).len(), 3);
    let outcome = office.attempts(lead, 3)[2].outcome.to_string();
    assert_eq!(outcome, "550 (the recipient owner@example.com is refused)");
}

#[test]
fn one_recipient_that_is_refused_for_good_does_not_keep_the_letter_from_the_others() {
    let plan = Plan {
        to: "gone@example.com,owner@example.com",
        ..PLAN
    };
    let office = Office::script(&plan, |step, n| match (step, n) {
        ("RCPT", 1) => Say::Line("550 no such user"),
        _ => Say::Well,
    });
    let outcome = office.first_outcome();
    assert_eq!(office.server.wait_for(1).to, ["owner@example.com"]);
    assert_eq!(outcome, "250 (the recipient gone@example.com is refused)");
}

#[test]
fn one_recipient_that_is_refused_for_now_holds_the_letter_back_from_all() {
    let plan = Plan {
        to: "owner@example.com,full@example.com",
        ..PLAN
    };
    let office = Office::script(&plan, |step, n| match (step, n) {
        ("RCPT", 2) => Say::Line("452 4.2.2 mailbox full"),
        _ => Say::Well,
    });
    office.first_outcome();
    assert_eq!(office.server.letters().len(), 0);
    office.daemon.turn_clock(Duration::from_secs(10));
    assert_eq!(office.server.wait_for(1).to.len(), 2);
}

#[test]
fn a_refused_password_says_how_to_mend_it_and_fails_no_lead() {
    let office = refusing("AUTH", "535 5.7.8 Username and Password not accepted", 4);
    let lead = office.post();
    for (n, wait) in [(1, 10), (2, 60), (3, 600)] {
        let outcome = office.attempts(lead, n)[n - 1].outcome.to_string();
        assert!(
            outcome.contains("app password") && outcome.contains("(535 5.7.8)"),
            "{outcome}"
        );
        assert!(!outcome.contains("s3cret"), "{outcome}");
        assert_eq!(office.state(lead), State::Pending);
        office.daemon.turn_clock(Duration::from_secs(wait));
    }
    assert!(!office.daemon.setting.log().contains("s3cret"));
}

#[test]
fn a_server_that_refuses_to_talk_fails_no_lead() {
    for (step, line) in [("GREETING", "554 no service here"), ("EHLO", "550 go away")] {
        let office = refusing(step, line, 100);
        let outcome = office.first_outcome();
        assert!(outcome.contains("the mail server"), "{outcome}");
        assert!(outcome.contains(&line[..3]), "{outcome}");
    }
}
