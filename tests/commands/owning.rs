//! The commands of the owner: tokens.

use crate::process::{Ended, Place};

#[track_caller]
fn well(ended: &Ended) -> &str {
    assert_eq!(ended.code, Some(0), "{}{}", ended.out, ended.err);
    &ended.out
}

#[test]
fn a_token_is_printed_once_and_alone_and_opens_until_it_is_revoked() {
    let place = Place::with_admin("");
    let daemon = place.start();
    let made = place.run(&["token", "create", "dash board", "--read"]);
    let token = well(&made).trim_end().to_owned();
    assert!(!token.contains(char::is_whitespace), "{token:?}");
    assert_eq!(daemon.get_with(&token, "/api/v1/leads").status, 200);
    assert_eq!(daemon.get_with(&token, "/api/v1/tokens").status, 403);
    let listed = place.run(&["token", "list"]);
    let line = well(&listed).lines().nth(1).expect("a token");
    assert!(line.starts_with("dash board  read"), "{line}");
    assert!(!listed.out.contains(&token));
    let json = place.run(&["token", "list", "--json"]);
    assert!(
        well(&json).contains(r#""name":"dash board""#),
        "{}",
        json.out
    );
    let taken = place.run(&["token", "create", "dash board"]);
    assert_eq!((taken.code, taken.out.as_str()), (Some(1), ""));
    assert!(taken.err.contains("revoke it first"), "{}", taken.err);
    well(&place.run(&["token", "revoke", "dash board"]));
    assert_eq!(daemon.get_with(&token, "/api/v1/leads").status, 401);
    let again = place.run(&["token", "revoke", "dash board"]);
    assert!(
        again.code == Some(1) && again.err.contains("token list"),
        "{}",
        again.err
    );
    daemon.stop();
}

#[test]
fn a_token_of_full_rights_is_made_where_read_is_not_said() {
    let place = Place::with_admin("");
    let daemon = place.start();
    let token = place.run(&["token", "create", "crm"]);
    assert_eq!(
        daemon
            .get_with(well(&token).trim(), "/api/v1/tokens")
            .status,
        200
    );
    for (line, words) in [
        (&["token"][..], "create, list or revoke"),
        (&["token", "create"], "wants the name of a token"),
        (&["token", "list", "crm"], "does not take this"),
        (&["token", "make", "crm"], "create, list or revoke"),
    ] {
        let ended = place.run(line);
        assert!(
            ended.code == Some(64) && ended.err.contains(words),
            "{}",
            ended.err
        );
    }
    daemon.stop();
}
