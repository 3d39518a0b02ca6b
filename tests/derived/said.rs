//! Who says something goes before what is derived.

use crate::{edit, lead, posted, start};

const FIRST: &str = r#"{"external_id":"1","landing_page":"/?gclid=1"}"#;

#[test]
fn what_a_person_set_or_emptied_is_not_derived_again() {
    let daemon = start();
    posted(&daemon, FIRST);
    edit(
        &daemon,
        1,
        r#"{"gclid":null,"quotable":"Yes","lead_status":"Repeat"}"#,
    );
    posted(
        &daemon,
        r#"{"external_id":"1","landing_page":"/?gclid=2","city":"Oslo"}"#,
    );
    let lead = lead(&daemon, 1);
    assert_eq!(lead["city"], "Oslo");
    assert!(lead["gclid"].is_null());
    assert_eq!(lead["quotable"], "Yes");
    assert_eq!(lead["lead_status"], "Repeat");
}

#[test]
fn what_the_source_says_later_replaces_what_was_derived() {
    let daemon = start();
    posted(&daemon, FIRST);
    let lead = posted(
        &daemon,
        r#"{"external_id":"1","gclid":"own","quotable":"No"}"#,
    );
    assert_eq!(lead["gclid"], "own");
    assert_eq!(lead["quotable"], "No");
    assert_eq!(lead["previous_values"]["quotable"], "Not Set");
}
