//! The picture of the page in the README: a month of a small firm's leads, made up, under a turned clock.
//!
//! `cargo test --test browser -- --ignored` takes it anew; do so when the page has changed.

use std::time::Duration;

use serde_json::json;

use crate::client::ask;
use crate::daemon::{TestDaemon, webhook};
use crate::driver::{Driver, Screen};
use crate::receiver::{Receiver, Reply};

const PICTURE: &str = "packaging/page.png";
/// A README is read on telephones, too.
const BYTES_MAX: usize = 160_000;
const SCREEN: Screen = Screen {
    name: "picture",
    width: 1200,
    dark: false,
};
const SOURCES: [(&str, &str); 4] = [
    ("website", "Web Form"),
    ("calls", "Phone Call"),
    ("google-ads", "Web Form"),
    ("chat", "Chat"),
];
const PEOPLE: [(&str, &str); 12] = [
    ("Ada Lovelace", "The boiler loses pressure"),
    ("Grace Hopper", "A new bathroom, before Easter"),
    ("Alan Turing", "Two radiators stay cold"),
    ("Emmy Noether", "What does a heat pump cost?"),
    ("Edsger Dijkstra", "The tap in the kitchen drips"),
    ("Katherine Johnson", "An offer for floor heating"),
    ("Tony Hoare", "Annual check of the boiler"),
    ("Barbara Liskov", "No hot water since this morning"),
    ("Donald Knuth", "Limescale in all pipes"),
    ("Frances Allen", "A second shower"),
    ("John Backus", "The old oil tank has to go"),
    ("Margaret Hamilton", "Leak under the sink"),
];

/// Leads at uneven times of thirty days, the newest some minutes old.
fn month(daemon: &TestDaemon) {
    let mut chance = 7u64;
    for n in 0..96usize {
        chance = chance
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        let dice = usize::try_from(chance >> 40).expect("24 bits");
        // Two weeks of five are busier than the others.
        let hours = if n / 16 % 2 == 0 {
            3 + dice % 5
        } else {
            5 + dice % 9
        };
        daemon.turn_clock(Duration::from_secs(
            hours as u64 * 3600 + dice as u64 % 3000,
        ));
        let (source, _) = SOURCES[[0, 0, 0, 1, 1, 2, 2, 3][dice % 8]];
        let (name, message) = PEOPLE[n * 5 % PEOPLE.len()];
        let address = name.to_lowercase().replace(' ', ".");
        let utm_source = ["google", "bing", "newsletter"][dice / 64 % 3];
        let body = json!({
            "name": name, "email": format!("{address}@example.com"), "message": message,
            "phone": format!("+4930901820{:02}", n % 100),
            "utm_source": utm_source,
        });
        let taken = daemon.post(source, &body.to_string());
        assert_eq!(taken.status, 201, "{}", taken.body);
        // Somebody has looked at most of them.
        if n < 90 && dice / 16 % 4 > 0 {
            judge(daemon, n + 1, ["Yes", "Yes", "No"][dice / 16 % 4 - 1]);
        }
    }
    daemon.wait_until_drained();
}

fn judge(daemon: &TestDaemon, lead: usize, quotable: &str) {
    let path = format!("/api/v1/leads/{lead}");
    let headers = [
        ("authorization", "Bearer test-admin-token-0123"),
        ("content-type", "application/json"),
    ];
    let body = json!({ "quotable": quotable }).to_string();
    let judged = ask(daemon.admin(), "POST", &path, &headers, body.as_bytes());
    assert_eq!(judged.status, 200, "{}", judged.body);
}

#[test]
#[ignore = "writes the picture of the README"]
fn the_picture_in_the_readme_shows_the_overview() {
    let mut driver = Driver::start().expect("a browser");
    let takes = Receiver::always(Reply::status(200));
    let sources = SOURCES.map(|(name, lead_type)| {
        format!("[[source]]\nname = \"{name}\"\nauth = \"none\"\nlead_type = \"{lead_type}\"\nrate_per_minute = 0\n")
    });
    let hooks = ["crm", "team-chat"].map(|name| webhook(name, &takes.url(), ""));
    let daemon = TestDaemon::start(&format!("{}{}", sources.concat(), hooks.concat()));
    month(&daemon);
    driver.look_at(SCREEN);
    driver.go(&format!("http://{}/", daemon.admin()));
    driver.write("test-admin-token-0123");
    driver.enter();
    let picture = driver.picture();
    assert!(picture.len() < BYTES_MAX, "{} bytes", picture.len());
    std::fs::write(PICTURE, picture).expect("the picture");
}
