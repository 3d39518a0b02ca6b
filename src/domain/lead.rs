//! A lead: the person or firm that asked, with all that is known of it at one revision.

use super::field::{Field, Kind};
use super::lead_type::{LeadType, Phase};
use super::time::Timestamp;
use super::value::Value;

/// A lead as it is at one revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lead {
    /// Counts up; never used again.
    pub id: u64,
    /// 1 when it is new, one more with every change.
    pub revision: u32,
    /// Its type.
    pub lead_type: LeadType,
    /// `date_created`.
    pub created: Timestamp,
    /// `last_updated`.
    pub updated: Timestamp,
    /// The name of the source that it came from.
    pub source: String,
    /// What the source calls it, if it said so; a later post with the same one updates this lead.
    pub external_id: Option<String>,
    /// The fields that have a value.
    pub values: Values,
    /// What the source posted last, where the lead says something else since: a person's edit. A
    /// later post changes only what it posts differently from this, so the edit stays.
    pub overridden: Vec<(Field, Option<Value>)>,
    /// The fields whose value nobody said: it was derived, and may be derived anew.
    pub derived: Vec<Field>,
}

/// Fields and their values, in the order of the payload. A field that is not listed is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Values(Vec<(Field, Value)>);

impl Values {
    /// None yet, with room for so many.
    pub fn with_room(fields: usize) -> Values {
        Values(Vec::with_capacity(fields))
    }

    /// The value of `field`.
    pub fn find(&self, field: Field) -> Option<&Value> {
        self.place(field).ok().map(|at| &self.0[at].1)
    }

    /// The text of `field`, if it has one.
    pub fn text(&self, field: Field) -> Option<&str> {
        self.find(field)?.as_text()
    }

    /// Whether `field` is a flag that is set.
    pub fn is_set(&self, field: Field) -> bool {
        self.find(field) == Some(&Value::Flag(true))
    }

    /// The labels and texts of `field`.
    pub fn map(&self, field: Field) -> &[(String, String)] {
        match self.find(field) {
            Some(Value::Map(entries)) => entries,
            _ => &[],
        }
    }

    /// Sets or clears `field`. A flag that is false and a map without entries count as empty.
    pub fn set(&mut self, field: Field, value: Option<Value>) {
        let value = value.filter(|value| match value {
            Value::Flag(flag) => *flag,
            Value::Map(entries) => !entries.is_empty(),
            Value::Text(text) => !text.is_empty(),
            Value::Number(_) => true,
        });
        match (self.place(field), value) {
            (Ok(at), Some(value)) => self.0[at].1 = value,
            (Ok(at), None) => drop(self.0.remove(at)),
            (Err(at), Some(value)) => self.0.insert(at, (field, value)),
            (Err(_), None) => {}
        }
    }

    /// Sets `field` where it is empty.
    pub fn set_default(&mut self, field: Field, value: impl FnOnce() -> Option<Value>) {
        if self.find(field).is_none() {
            self.set(field, value());
        }
    }

    /// All that have a value, in the order of the payload.
    pub fn iter(&self) -> impl Iterator<Item = (Field, &Value)> {
        self.0.iter().map(|(field, value)| (*field, value))
    }

    fn place(&self, field: Field) -> Result<usize, usize> {
        self.0.binary_search_by_key(&field, |(field, _)| *field)
    }
}

impl Lead {
    /// Whether a call or a chat is over; other types always are.
    pub fn is_completed(&self) -> bool {
        self.values.text(Field::LeadState) != Some(IN_PROGRESS)
    }

    /// The phase that an event shows, given the lead before the change.
    pub fn phase(&self, before: Option<&Lead>) -> Option<Phase> {
        if !self.lead_type.has_phases() {
            return None;
        }
        Some(
            match (self.is_completed(), before.is_some_and(Lead::is_completed)) {
                (false, _) => Phase::InProgress,
                (true, false) => Phase::Completed,
                (true, true) => Phase::Modified,
            },
        )
    }
}

/// `lead_state`, `call_status` and `chat_status` of what still runs.
pub const IN_PROGRESS: &str = "In Progress";
/// `lead_state`, `call_status` and `chat_status` of what is over.
pub const COMPLETED: &str = "Completed";

/// One field that an update changed, and what it held before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Which.
    pub field: Changed,
    /// Its value before; none when it was empty.
    pub previous: Option<Value>,
}

/// What can change: a field, or the type itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    /// `lead_type`; its previous value is the label.
    LeadType,
    /// A field.
    Field(Field),
}

impl Changed {
    /// The top-level name in the payload.
    pub fn name(self) -> &'static str {
        match self {
            Changed::LeadType => "lead_type",
            Changed::Field(field) => field.name(),
        }
    }

    /// Reads what [`Changed::name`] writes.
    pub fn parse(name: &str) -> Option<Changed> {
        match name {
            "lead_type" => Some(Changed::LeadType),
            name => Field::from_name(name).map(Changed::Field),
        }
    }

    /// What it holds.
    pub fn kind(self) -> Kind {
        match self {
            Changed::LeadType => Kind::Text,
            Changed::Field(field) => field.kind(),
        }
    }
}

/// What differs between two revisions, in the order of the payload. `last_updated` is not a change.
pub fn changes(before: &Lead, after: &Lead) -> Vec<Change> {
    let retyped = (before.lead_type != after.lead_type).then(|| Change {
        field: Changed::LeadType,
        previous: Some(Value::Text(before.lead_type.label().to_owned())),
    });
    let fields = Field::ALL.iter().filter_map(|field| {
        let previous = before.values.find(*field);
        (previous != after.values.find(*field)).then(|| Change {
            field: Changed::Field(*field),
            previous: previous.cloned(),
        })
    });
    retyped.into_iter().chain(fields).collect()
}

/// What an empty field of this kind is in a payload: `null`, `false` or `{}`.
pub fn empty_json(kind: Kind) -> &'static str {
    match kind {
        Kind::Flag => "false",
        Kind::Map => "{}",
        Kind::Text | Kind::Choice(_) | Kind::Number => "null",
    }
}
