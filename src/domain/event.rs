//! An event: a trigger with the lead as it was then, and the exact payload that webhooks get of it.
//!
//! The key order is the contract with receivers and held by golden files. An event stores the lead,
//! not the bytes: version [`PAYLOAD_VERSION`] of the rendering is frozen, so the same event gives
//! the same bytes at every attempt, after every upgrade. Whoever changes the payload adds a version
//! and keeps this one.

use super::field::{Field, Kind};
use super::lead::{Change, Lead, empty_json};
use super::lead_type::Phase;
use super::value::Value;
use super::webhook::{Facts, Trigger};

/// The version of the rendering below; stored with every event.
pub const PAYLOAD_VERSION: u8 = 1;

/// A change of a lead that webhooks hear of. Its record never changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// `webhook-id`: random, without a dot, the same over retries and replays.
    pub id: String,
    /// The lead at this revision.
    pub lead: Lead,
    /// What differs from the revision before; empty for the first.
    pub changes: Vec<Change>,
    /// How far a call or a chat has come.
    pub phase: Option<Phase>,
    /// The numbers of the webhooks that have heard of the lead, this event included. What the
    /// first of them hears is `new`, whichever revision that is.
    pub heard_by: Vec<u32>,
    /// The body as it was posted, where the source keeps it.
    pub body: Option<Vec<u8>>,
    /// Whether it is a sample, to try a receiver with; such a one is never stored.
    pub test: bool,
}

impl Event {
    /// What a webhook's filter looks at.
    pub fn facts(&self, trigger: Trigger) -> Facts<'_> {
        Facts {
            trigger,
            phase: self.phase,
            lead: &self.lead,
            changes: &self.changes,
        }
    }

    /// The body of a webhook: one flat JSON object. A `new` is the whole lead; an `update` also
    /// says what changed and from what.
    pub fn payload(&self, trigger: Trigger) -> Vec<u8> {
        let mut json = Json::open();
        json.text("trigger", trigger.name());
        json.raw("lead_id", &self.lead.id.to_string());
        self.lead_fields(&mut json, &[]);
        if trigger == Trigger::Update {
            json.changed_fields(&self.changes);
            json.previous_values(&self.changes);
        }
        if self.test {
            json.raw("test", "true");
        }
        json.close()
    }

    /// The lead as the API shows it: the fields of the payload without `trigger` and `account`, then
    /// `custom_fields`, the reference's name for `field_mappings`, and what is ours.
    pub fn lead_json(&self) -> Vec<u8> {
        let mut json = Json::open();
        json.raw("lead_id", &self.lead.id.to_string());
        self.lead_fields(&mut json, &[Field::Account]);
        json.key("custom_fields");
        json.value(Kind::Map, self.lead.values.find(Field::FieldMappings));
        json.text("source", &self.lead.source);
        match &self.lead.external_id {
            Some(external_id) => json.text("external_id", external_id),
            None => json.raw("external_id", "null"),
        }
        json.raw("revision", &self.lead.revision.to_string());
        json.close()
    }

    fn lead_fields(&self, json: &mut Json, without: &[Field]) {
        let lead = &self.lead;
        let common = || {
            Field::ALL
                .iter()
                .copied()
                .filter(|field| field.is_common() && !without.contains(field))
        };
        for field in common().filter(|field| *field < Field::CallStatus) {
            json.field(lead, field);
            match field {
                Field::UserId => json.text("lead_type", lead.lead_type.label()),
                Field::LeadAnalysis => {
                    json.text("last_updated", &lead.updated.to_string());
                    json.text("date_created", &lead.created.to_string());
                }
                _ => {}
            }
        }
        for field in Field::own(lead.lead_type) {
            json.field(lead, *field);
        }
        for field in common().filter(|field| *field > Field::CallStatus) {
            json.field(lead, field);
        }
    }
}

/// Writes one JSON object, member after member.
struct Json(Vec<u8>);

/// A payload of a usual lead fits without growing.
const USUAL_BYTES: usize = 4096;

impl Json {
    fn open() -> Json {
        let mut bytes = Vec::with_capacity(USUAL_BYTES);
        bytes.push(b'{');
        Json(bytes)
    }

    fn close(mut self) -> Vec<u8> {
        self.0.push(b'}');
        self.0
    }

    /// A name of ours; none of them has anything to escape.
    fn key(&mut self, key: &'static str) {
        self.next();
        self.0.push(b'"');
        self.0.extend_from_slice(key.as_bytes());
        self.0.extend_from_slice(b"\":");
    }

    fn next(&mut self) {
        if self.0.last() != Some(&b'{') {
            self.0.push(b',');
        }
    }

    fn string(&mut self, text: &str) {
        // Writing a string into memory cannot fail.
        let _ = serde_json::to_writer(&mut self.0, text);
    }

    fn text(&mut self, key: &'static str, text: &str) {
        self.key(key);
        self.string(text);
    }

    fn raw(&mut self, key: &'static str, json: &str) {
        self.key(key);
        self.0.extend_from_slice(json.as_bytes());
    }

    fn field(&mut self, lead: &Lead, field: Field) {
        self.key(field.name());
        self.value(field.kind(), lead.values.find(field));
    }

    fn value(&mut self, kind: Kind, value: Option<&Value>) {
        match value {
            None => self.0.extend_from_slice(empty_json(kind).as_bytes()),
            Some(Value::Text(text)) => self.string(text),
            Some(Value::Number(number)) => self.0.extend_from_slice(number.as_str().as_bytes()),
            Some(Value::Flag(true)) => self.0.extend_from_slice(b"true"),
            Some(Value::Flag(false)) => self.0.extend_from_slice(b"false"),
            Some(Value::Map(entries)) => {
                self.0.push(b'{');
                for (label, text) in entries {
                    self.next();
                    self.string(label);
                    self.0.push(b':');
                    self.string(text);
                }
                self.0.push(b'}');
            }
        }
    }

    fn changed_fields(&mut self, changes: &[Change]) {
        self.key("changed_fields");
        self.0.push(b'[');
        for (n, change) in changes.iter().enumerate() {
            if n > 0 {
                self.0.push(b',');
            }
            self.string(change.field.name());
        }
        self.0.push(b']');
    }

    fn previous_values(&mut self, changes: &[Change]) {
        self.key("previous_values");
        self.0.push(b'{');
        for change in changes {
            self.key(change.field.name());
            self.value(change.field.kind(), change.previous.as_ref());
        }
        self.0.push(b'}');
    }
}
