//! The way to the server: TLS, login, kept connections, and servers that misbehave.

use std::time::{Duration, Instant};

use crate::authority::Authority;
use crate::mail_server::{MailServer, Say, Tls};
use crate::{Office, PLAN, Plan, wait_until};

const STARTTLS: Plan = Plan {
    starttls: true,
    ..PLAN
};

#[test]
fn letters_go_encrypted_and_signed_in_by_either_way_of_tls_and_of_login() {
    for (starttls, auth) in [
        (false, "PLAIN"),
        (true, "PLAIN"),
        (false, "LOGIN"),
        (true, "XOAUTH2 LOGIN"),
    ] {
        let plan = Plan {
            starttls,
            auth,
            ..PLAN
        };
        let office = Office::script(&plan, |_, _| Say::Well);
        office.post();
        let letter = office.server.wait_for(1);
        let login = ("owner@example.com".to_owned(), "s3cret word".to_owned());
        assert_eq!(
            (letter.encrypted, letter.login),
            (true, Some(login)),
            "{auth}"
        );
    }
}

#[test]
fn without_starttls_not_even_the_user_is_told() {
    let authority = Authority::new();
    let office = Office::with(&STARTTLS, &authority, MailServer::friendly(Tls::Never));
    let outcome = office.first_outcome();
    assert!(
        outcome.starts_with("TLS: the mail server offers no STARTTLS"),
        "{outcome}"
    );
    assert_eq!(office.server.count("AUTH"), 0);
}

#[test]
fn the_wrong_way_of_tls_is_said_so() {
    let authority = Authority::new();
    let config = authority.server("mail.example", false);
    let office = Office::with(
        &PLAN,
        &authority,
        MailServer::friendly(Tls::Offered(config)),
    );
    let outcome = office.first_outcome();
    assert!(outcome.contains("set tls = \"starttls\""), "{outcome}");
}

#[test]
fn a_server_of_another_name_or_authority_gets_nothing() {
    let authority = Authority::new();
    for (stranger, words) in [
        (authority.server("other.example", false), "another name"),
        (authority.server("mail.example", true), "expired"),
        (
            Authority::new().server("mail.example", false),
            "unknown issuer",
        ),
    ] {
        for plan in [&PLAN, &STARTTLS] {
            let tls = match plan.starttls {
                true => Tls::Offered(stranger.clone()),
                false => Tls::Implicit(stranger.clone()),
            };
            let office = Office::with(plan, &authority, MailServer::friendly(tls));
            let outcome = office.first_outcome();
            assert!(
                outcome.starts_with("TLS: ") && outcome.contains(words),
                "{outcome}"
            );
            assert_eq!(office.server.count("AUTH"), 0);
        }
    }
}

#[test]
fn a_server_that_offers_no_login_is_said_so() {
    let plan = Plan {
        auth: "XOAUTH2",
        ..PLAN
    };
    let office = Office::script(&plan, |_, _| Say::Well);
    let outcome = office.first_outcome();
    assert!(
        outcome.contains("offers no login with user and password"),
        "{outcome}"
    );
}

#[test]
fn a_server_that_wants_no_login_is_not_given_one() {
    let plan = Plan { smtp: "", ..PLAN };
    let office = Office::script(&plan, |_, _| Say::Well);
    office.post();
    assert_eq!(office.server.wait_for(1).login, None);
    assert_eq!(office.server.count("AUTH"), 0);
}

#[test]
fn a_private_server_wants_to_be_allowed() {
    let config = "[smtp]\nhost = \"127.0.0.1\"\nfrom = \"a@b.c\"\n[[webhook]]\nname = \"m\"\nurl = \"mailto:a@b.c\"";
    let problems = crate::settings::problems(config);
    assert!(problems.contains("127.0.0.1 is"), "{problems}");
    assert!(problems.contains("allow_private"), "{problems}");
}

#[test]
fn a_connection_is_kept_for_the_next_letter_and_one_that_was_closed_costs_no_attempt() {
    let office = Office::script(&PLAN, |step, n| match (step, n) {
        ("MAIL", 3) => Say::Close,
        _ => Say::Well,
    });
    for n in 1..=3 {
        let lead = office.post();
        office.server.wait_for(n);
        assert_eq!(office.attempts(lead, 1).len(), 1);
    }
    office.daemon.wait_until_drained();
    let connections: Vec<usize> = office
        .server
        .letters()
        .iter()
        .map(|l| l.connection)
        .collect();
    assert_eq!(connections, [1, 1, 2]);
}

#[test]
fn a_server_that_hangs_or_never_ends_costs_its_timeout_and_no_more() {
    for (step, say) in [
        ("GREETING", Say::Hang),
        ("EHLO", Say::Endless),
        ("AUTH", Say::Close),
        ("END", Say::Hang),
    ] {
        let plan = Plan {
            smtp: "user = \"u\"\npassword = \"p\"\ntimeout = \"5s\"\n",
            ..PLAN
        };
        let office = Office::script(
            &plan,
            move |taken, _| if taken == step { say } else { Say::Well },
        );
        let started = Instant::now();
        let outcome = office.first_outcome();
        assert!(started.elapsed() < Duration::from_secs(15), "{step}");
        let words = match say {
            Say::Hang => "no answer within 5 s",
            Say::Endless => "the reply of the mail server has no end",
            _ => "closed the connection",
        };
        assert!(outcome.contains(words), "{step}: {outcome}");
    }
}

#[test]
fn the_end_of_the_program_breaks_off_a_letter_under_way() {
    let plan = Plan {
        more: "[stop]\ngrace = \"0s\"\n",
        ..PLAN
    };
    let mut office = Office::script(
        &plan,
        |step, _| if step == "END" { Say::Hang } else { Say::Well },
    );
    office.post();
    wait_until("the letter is on its way", || {
        office.server.count("DATA") == 1
    });
    let started = Instant::now();
    office.daemon.stop();
    assert!(started.elapsed() < Duration::from_secs(5));
}
