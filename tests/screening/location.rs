//! Where a visitor is, by a file that the test builds.

use std::time::Duration;

use leadhook::domain::field::Field;
use leadhook::domain::lead::Lead;

use crate::daemon::{Directory, Setting, TestDaemon, wait_until, webhook};
use crate::house::{edit, stored};
use crate::mmdb::{Entry, file};
use crate::receiver::{Receiver, Reply};

const MUNICH: Entry = Entry {
    network: ([93, 184, 0, 0], 16),
    city: ("Munich", "München"),
    state: "BY",
    country: "DE",
};
const RALEIGH: Entry = Entry {
    network: ([107, 210, 21, 0], 24),
    city: ("Raleigh", "Raleigh"),
    state: "NC",
    country: "US",
};
const PRIVATE: Entry = Entry {
    network: ([10, 0, 0, 0], 8),
    city: ("Nowhere", "Nirgendwo"),
    state: "NW",
    country: "ZZ",
};

/// A daemon with a public form, and the file that it looks into.
struct House {
    daemon: TestDaemon,
    setting: Setting,
    directory: Directory,
}

fn house(content: &[u8], more: &str) -> House {
    let directory = Directory::new();
    let path = directory.0.join("city.mmdb");
    std::fs::write(&path, content).expect("a file");
    let setting = Setting::default().with("ingest", "trusted_proxies = [\"127.0.0.1\"]");
    let config = format!("{}{more}", config(&directory));
    let daemon = TestDaemon::start_with(setting.clone(), &config);
    House {
        daemon,
        setting,
        directory,
    }
}

fn config(directory: &Directory) -> String {
    format!(
        "[location]\ndatabase = '{}'\n[[source]]\nname = 'website'\nauth = 'none'\nrate_per_minute = 0\n",
        directory.0.join("city.mmdb").display()
    )
}

impl House {
    /// The lead of a visitor who comes from this address.
    fn post(&self, address: &str, json: &str) -> (u64, Lead) {
        let from = [("x-forwarded-for", address)];
        let id = self.daemon.post_with("website", &from, json).lead_id();
        (id, stored(&self.daemon, id))
    }

    fn place(&self, address: &str, json: &str) -> [Option<String>; 4] {
        place(&self.post(address, json).1)
    }

    fn replace(&self, content: &[u8]) {
        let new = self.directory.0.join("new");
        std::fs::write(&new, content).expect("a file");
        std::fs::rename(new, self.directory.0.join("city.mmdb")).expect("renamed");
        self.setting.advance(Duration::from_secs(11));
    }
}

fn place(lead: &Lead) -> [Option<String>; 4] {
    [Field::City, Field::State, Field::Zip, Field::Country]
        .map(|field| lead.values.text(field).map(str::to_owned))
}

fn is(city: &str, state: &str, country: &str) -> [Option<String>; 4] {
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    [some(city), some(state), None, some(country)]
}

const LEAD: &str = r#"{"email":"a@x.example"}"#;

#[test]
fn a_visitor_is_where_his_public_address_is() {
    let house = house(&file(&[MUNICH, RALEIGH, PRIVATE]), "");
    assert_eq!(house.place("93.184.216.34", LEAD), is("Munich", "BY", "DE"));
    assert_eq!(
        house.place("107.210.21.188", LEAD),
        is("Raleigh", "NC", "US")
    );
    for unknown in ["8.8.8.8", "10.1.2.3", "2001:4860::1"] {
        assert_eq!(house.place(unknown, LEAD), is("", "", ""), "{unknown}");
    }
}

#[test]
fn what_the_lead_says_goes_before_and_is_not_mixed_with_another_place() {
    let house = house(&file(&[MUNICH]), "");
    let at = |json: &str| house.place("93.184.216.34", json);
    assert_eq!(at(r#"{"city":"Oslo"}"#), is("Oslo", "", "DE"));
    assert_eq!(at(r#"{"country":"NO"}"#), is("", "", "NO"));
    assert_eq!(at(r#"{"country":"DE"}"#), is("Munich", "BY", "DE"));
    let posted = r#"{"ip_address":"93.184.216.1","email":"a@x.example"}"#;
    assert_eq!(house.place("8.8.8.8", posted), is("Munich", "BY", "DE"));
}

#[test]
fn a_persons_edit_of_the_place_stays() {
    let house = house(&file(&[MUNICH]), "");
    let (id, _) = house.post("93.184.216.34", r#"{"external_id":"1","name":"Ada"}"#);
    edit(&house.daemon, id, r#"{"city":null}"#);
    let again = house.post("93.184.216.34", r#"{"external_id":"1","name":"Ada L."}"#);
    assert_eq!(place(&again.1), is("", "BY", "DE"));
}

#[test]
fn names_come_in_the_owners_language() {
    let german = "\n[[source]]\nname = 'x'\nauth = 'none'\n";
    let mut house = house(&file(&[MUNICH]), german);
    let config = config(&house.directory).replace("[[source]]", "language = 'de'\n[[source]]");
    assert_eq!(house.daemon.reload(&config), Ok(Vec::new()));
    assert_eq!(
        house.place("93.184.216.34", LEAD),
        is("München", "BY", "DE")
    );
}

#[test]
fn a_missing_or_damaged_file_is_told_and_loses_no_lead() {
    let whole = file(&[MUNICH, RALEIGH]);
    let mut damaged = vec![Vec::new(), b"no database".to_vec()];
    damaged.extend((1..whole.len()).step_by(7).map(|end| whole[..end].to_vec()));
    damaged.extend((0..whole.len()).step_by(11).map(|at| {
        let mut bytes = whole.clone();
        bytes[at] ^= 0xff;
        bytes
    }));
    let mut house = house(&damaged[0], "");
    assert!(
        house
            .setting
            .log()
            .contains("the location database cannot be read")
    );
    for content in &damaged {
        std::fs::write(house.directory.0.join("city.mmdb"), content).expect("a file");
        let config = config(&house.directory);
        assert_eq!(house.daemon.reload(&config), Ok(Vec::new()));
        let from = [("x-forwarded-for", "93.184.216.34")];
        assert_eq!(house.daemon.post_with("website", &from, LEAD).status, 201);
    }
    std::fs::remove_file(house.directory.0.join("city.mmdb")).expect("removed");
    let config = config(&house.directory);
    assert_eq!(house.daemon.reload(&config), Ok(Vec::new()));
    assert_eq!(house.daemon.post("website", LEAD).status, 201);
}

#[test]
fn a_file_that_was_made_beyond_all_dates_is_read_all_the_same() {
    // Its date in milliseconds was more than fits.
    let made = 1_769_954_941_u64.to_be_bytes();
    let mut bytes = file(&[MUNICH]);
    let at = bytes.windows(8).rposition(|eight| eight == made);
    let at = at.expect("a date");
    bytes[at..at + 8].fill(0x10);
    let house = house(&bytes, "");
    assert_eq!(house.place("93.184.216.34", LEAD), is("Munich", "BY", "DE"));
}

#[test]
fn a_file_that_was_replaced_is_read_again_and_a_bad_one_in_its_place_does_no_harm() {
    let house = house(&file(&[MUNICH]), "");
    assert_eq!(house.place("107.210.21.188", LEAD), is("", "", ""));
    house.replace(&file(&[MUNICH, RALEIGH]));
    let found = is("Raleigh", "NC", "US");
    wait_until("the new file", || {
        house.place("107.210.21.188", LEAD) == found
    });
    house.replace(b"half a download");
    house.place("107.210.21.188", LEAD);
    wait_until("a warning", || {
        house.setting.log().contains("cannot be read")
    });
    assert_eq!(house.place("107.210.21.188", LEAD), found);
}

#[test]
fn a_webhook_hears_where_the_visitor_is() {
    let crm = Receiver::always(Reply::status(200));
    let house = house(&file(&[RALEIGH]), &webhook("crm", &crm.url(), ""));
    house.post("107.210.21.188", LEAD);
    let body = String::from_utf8(crm.wait_for(1)[0].body.clone()).expect("text");
    let placed = r#""city":"Raleigh","state":"NC","zip":null,"country":"US""#;
    assert!(body.contains(placed), "{body}");
}
