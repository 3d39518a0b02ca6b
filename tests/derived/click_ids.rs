//! Click ids in the addresses of pages.

use crate::{posted, start};

#[test]
fn a_click_id_in_the_address_of_a_page_is_a_tracking_id_of_the_lead() {
    let daemon = start();
    let lead = posted(
        &daemon,
        r#"{"email":"a@x.com","landing_page":"https://x.com/?utm_source=a&gclid=Cj%2B1#top","page_url":"/contact?gclid=2&msclkid=3"}"#,
    );
    assert_eq!(lead["gclid"], "Cj+1");
    assert_eq!(lead["msclkid"], "3");
    let lead = posted(
        &daemon,
        r#"{"email":"a@x.com","gclid":"own","landing_page":"https://x.com/?gclid=1"}"#,
    );
    assert_eq!(lead["gclid"], "own");
}
