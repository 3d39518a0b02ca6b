//! The owner's rules: under which conditions a lead is quotable, what it scores, what it is worth.

use crate::domain::condition::Condition;
use crate::domain::field::Field;
use crate::domain::lead::Lead;
use crate::domain::value::{Number, Value};

/// One `[[rule]]` of the config.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerRule {
    /// For people.
    pub name: String,
    /// All of these must hold.
    pub when: Vec<Condition>,
    /// Fields and what they hold then.
    pub set: Vec<(Field, Value)>,
    /// Points for `lead_score`; below zero takes some away.
    pub add: i64,
    /// Fields that are emptied again.
    pub clear: Vec<Field>,
}

/// The fields that rules may set.
pub const SETTABLE: [Field; 5] = [
    Field::Quotable,
    Field::QuoteValue,
    Field::SalesValue,
    Field::LeadScore,
    Field::Spam,
];

/// Applies the rules one after the other, each to what those before it made. They begin with what
/// was said, not with what they made of the lead the last time. Gives the names of those that held.
pub(super) fn apply<'r>(rules: &'r [OwnerRule], lead: &mut Lead) -> Vec<&'r str> {
    for field in [Field::QuoteValue, Field::SalesValue, Field::LeadScore] {
        if lead.derived.contains(&field) {
            lead.derive(field, None);
        }
    }
    let mut held = Vec::new();
    for rule in rules {
        if !rule.when.iter().all(|condition| condition.holds(lead)) {
            continue;
        }
        held.push(rule.name.as_str());
        for (field, value) in &rule.set {
            lead.derive(*field, Some(value.clone()));
        }
        if rule.add != 0 {
            let score = score(lead).saturating_add(rule.add);
            lead.derive(
                Field::LeadScore,
                Some(Value::Number(Number::from_i64(score))),
            );
        }
        for field in &rule.clear {
            let empty = (*field == Field::Quotable).then(|| Value::Text("Not Set".to_owned()));
            lead.derive(*field, empty);
        }
    }
    held
}

fn score(lead: &Lead) -> i64 {
    match lead.values.find(Field::LeadScore) {
        Some(Value::Number(number)) => number.as_str().parse().unwrap_or(0),
        _ => 0,
    }
}
