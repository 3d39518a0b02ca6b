//! Sample leads: a believable fictional one of each type, to try a receiver with.
//!
//! The people do not exist: names, `example.com` and the numbers 555-01xx are kept for fiction.

use super::decision::{Owner, set_state};
use super::event::Event;
use super::field::Field;
use super::lead::{COMPLETED, IN_PROGRESS, Lead, Values, changes};
use super::lead_type::LeadType;
use super::time::Timestamp;
use super::value::{Number, Value};
use super::webhook::Trigger;

/// No lead of a database comes to have this number soon.
const LEAD_ID: u64 = 999_999_999;

/// An event as webhooks hear it, of a lead that is stored nowhere; marked as a test.
pub fn sample(
    id: String,
    lead_type: LeadType,
    trigger: Trigger,
    source: &str,
    owner: &Owner,
    now: Timestamp,
) -> Event {
    let first = first(lead_type, source, owner, now);
    let (lead, before) = match trigger {
        Trigger::New => (first, None),
        Trigger::Update => (later(first.clone()), Some(first)),
    };
    Event {
        id,
        phase: lead.phase(before.as_ref()),
        changes: before.map_or(Vec::new(), |before| changes(&before, &lead)),
        lead,
        heard_by: Vec::new(),
        body: None,
        test: true,
    }
}

/// As it came in.
fn first(lead_type: LeadType, source: &str, owner: &Owner, now: Timestamp) -> Lead {
    let mut values = Values::default();
    for (field, text) in PERSON.iter().chain(own(lead_type)) {
        values.set(*field, Value::parse(*field, text));
    }
    let additional = match lead_type {
        LeadType::Appointment => ("appointment_time", "2026-03-09T10:30:00Z"),
        _ => ("Preferred day", "Tuesday"),
    };
    let additional = (additional.0.to_owned(), additional.1.to_owned());
    values.set(Field::AdditionalFields, Some(Value::Map(vec![additional])));
    let number = |number| Some(Value::Number(Number::from_u64(number)));
    let text = |text: &str| Some(Value::Text(text.to_owned()));
    values.set(Field::Account, text(&owner.account.name));
    values.set(Field::AccountId, number(owner.account.id));
    values.set(Field::Profile, text(&owner.profile.name));
    values.set(Field::ProfileId, number(owner.profile.id));
    let state = match lead_type.has_phases() {
        true => IN_PROGRESS,
        false => COMPLETED,
    };
    set_state(&mut values, lead_type, state);
    Lead {
        id: LEAD_ID,
        revision: 1,
        lead_type,
        created: now,
        updated: now,
        source: source.to_owned(),
        external_id: None,
        values,
        overridden: Vec::new(),
        derived: Vec::new(),
    }
}

/// As it is after a while: a call or a chat has ended, and what it may bring is known.
fn later(mut lead: Lead) -> Lead {
    lead.revision = 2;
    let mut set = |field, text: &str| lead.values.set(field, Value::parse(field, text));
    set(Field::Quotable, "Yes");
    set(Field::QuoteValue, "1250.00");
    if lead.lead_type == LeadType::PhoneCall {
        set(Field::CallDuration, "0h 3m 12s");
        set(Field::CallDurationSeconds, "192");
        set(Field::AnswerStatus, "Answered");
    }
    set_state(&mut lead.values, lead.lead_type, COMPLETED);
    lead
}

/// What is known of whoever asked, whatever the type.
const PERSON: [(Field, &str); 23] = [
    (Field::UserId, "1-0d9c1a52-7c1e-4f0e-9b7a-5a3f4f1f2b10"),
    (Field::LeadStatus, "Unique"),
    (Field::Quotable, "Not Set"),
    (
        Field::LeadUrl,
        "https://www.example.com/contact?utm_source=google&utm_medium=cpc",
    ),
    (
        Field::LandingUrl,
        "https://www.example.com/?utm_source=google&utm_medium=cpc",
    ),
    (Field::OperatingSystem, "iOS 18"),
    (Field::Browser, "Mobile Safari 18"),
    (Field::DeviceType, "Smartphone"),
    (Field::DeviceMake, "Apple iPhone"),
    (Field::LeadSource, "google"),
    (Field::LeadMedium, "cpc"),
    (Field::LeadCampaign, "spring-repairs"),
    (Field::LeadKeyword, "plumber near me"),
    (Field::IpAddress, "192.0.2.17"),
    (Field::ContactName, "Jordan Sample"),
    (Field::ContactCompanyName, "Sample & Sons"),
    (Field::EmailAddress, "jordan.sample@example.com"),
    (Field::ContactEmailAddress, "jordan.sample@example.com"),
    (Field::PhoneNumber, "+12025550143"),
    (Field::ContactPhoneNumber, "+12025550143"),
    (Field::City, "Springfield"),
    (Field::Zip, "01101"),
    (Field::Country, "US"),
];

/// What only leads of this type have.
fn own(lead_type: LeadType) -> &'static [(Field, &'static str)] {
    use Field::*;
    match lead_type {
        LeadType::PhoneCall => &[
            (PhoneName, "Main line"),
            (TrackingNumber, "+12025550100"),
            (DestinationNumber, "+12025550101"),
            (CallerNumber, "+12025550143"),
            (CallerName, "Jordan Sample"),
            (LineType, "Mobile"),
        ],
        LeadType::WebForm => &[
            (FormName, "Contact"),
            (
                Notes,
                "The kitchen tap drips. Can somebody come on Tuesday?",
            ),
        ],
        LeadType::Chat => &[(Message, "Hello! Do you repair boilers as well?")],
        LeadType::TextMessage => &[
            (Message, "Do you have time this week? Jordan"),
            (PhoneName, "Main line"),
            (TrackingNumber, "+12025550100"),
            (CallerNumber, "+12025550143"),
            (LineType, "Mobile"),
        ],
        LeadType::Transaction => &[
            (SalesValue, "156.80"),
            (TransactionId, "order-1042"),
            (TransactionTax, "12.54"),
            (TransactionShipping, "4.90"),
        ],
        LeadType::Event => &[
            (EventCategory, "Download"),
            (EventAction, "Click"),
            (EventLabel, "Price list"),
        ],
        LeadType::Email => &[
            (SenderName, "Jordan Sample"),
            (EmailSubject, "A quote, please"),
            (
                EmailMessage,
                "Good morning, what would a new boiler cost us?",
            ),
        ],
        LeadType::Appointment | LeadType::Other => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::super::source::{Account, Profile};
    use super::*;

    #[test]
    fn every_sample_is_a_whole_lead_of_its_type_and_says_last_that_it_is_a_test() {
        let (id, name) = (1, "Sample".to_owned());
        let owner = Owner {
            account: Account {
                id,
                name: name.clone(),
            },
            profile: Profile { id, name },
        };
        for lead_type in LeadType::ALL {
            for trigger in Trigger::ALL {
                let event = sample(
                    "evt_1".into(),
                    lead_type,
                    trigger,
                    "a",
                    &owner,
                    Timestamp(0),
                );
                let json = String::from_utf8(event.payload(trigger)).expect("text");
                assert!(json.ends_with(r#","test":true}"#), "{json}");
                assert!(json.contains(lead_type.label()), "{json}");
                for (field, _) in PERSON.iter().chain(own(lead_type)) {
                    let is_there = event.lead.values.find(*field).is_some();
                    assert!(is_there && field.belongs_to(lead_type), "{field:?}");
                }
                assert_eq!(event.changes.is_empty(), trigger == Trigger::New);
            }
        }
    }
}
