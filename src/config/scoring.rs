//! `[[rule]]`: what makes a lead quotable, and what it scores.

use toml::de::DeValue;

use super::conditions::{conditions, value_of};
use super::section::Section;
use crate::domain::condition::Subject;
use crate::domain::field::Field;
use crate::domain::judgement::{OwnerRule, SETTABLE};
use crate::domain::value::Value;

const SET_HINT: &str = r#"set = { quotable = "Yes" }"#;
const ADD_HINT: &str = "add = { lead_score = 10 }";
/// More than any score that people compare.
const ADD_MAX: i64 = 1_000_000;
const RULES_MAX: usize = 500;

/// All rules, in the order in which they are written.
pub(super) fn rules(root: &Section<'_>, sources: &[String]) -> Vec<OwnerRule> {
    let mut names = Vec::new();
    let rules = root.each("rule", |section| rule(section, &mut names, sources));
    if rules.len() > RULES_MAX {
        let what = format!("there are more than {RULES_MAX} of them");
        root.refuse(
            root.at,
            "rule",
            what,
            "put several into one: equals takes a list",
        );
    }
    rules
}

fn rule(section: &Section<'_>, taken: &mut Vec<String>, sources: &[String]) -> OwnerRule {
    let name = section.title("name").map(|text| {
        if taken.contains(&text.value) {
            let hint = "by its name each one is known: choose another";
            section.refuse(text.at, "name", "this name is used twice", hint);
        }
        taken.push(text.value.clone());
        text.value
    });
    if name.is_none() && section.value("name").is_none() {
        section.missing("name", r#"what it is for: name = "Large jobs""#);
    }
    let when = conditions(section, "when", sources);
    let rule = OwnerRule {
        name: name.unwrap_or_default(),
        when,
        set: set(section),
        add: add(section),
        clear: section.words("clear", &SETTABLE.map(Field::name), settable),
    };
    if section.value("set").is_none()
        && section.value("add").is_none()
        && section.value("clear").is_none()
    {
        section.missing(
            "set",
            format!("{SET_HINT}, {ADD_HINT} or clear = [\"spam\"]"),
        );
    }
    rule
}

fn settable(name: &str) -> Option<Field> {
    SETTABLE.into_iter().find(|field| field.name() == name)
}

fn set(section: &Section<'_>) -> Vec<(Field, Value)> {
    let set = section.table("set", SET_HINT, |inner, _| {
        let one = |field: Field| {
            let value = inner.value(field.name())?;
            let subject = Subject::Field(field);
            Some((field, value_of(inner, &subject, field.name(), value)?))
        };
        SETTABLE.into_iter().filter_map(one).collect()
    });
    set.unwrap_or_default()
}

fn add(section: &Section<'_>) -> i64 {
    let add = section.table("add", ADD_HINT, |inner, _| {
        let key = Field::LeadScore.name();
        let Some(value) = inner.value(key) else {
            inner.missing(key, ADD_HINT);
            return 0;
        };
        let number = match value.get_ref() {
            DeValue::Integer(number) if number.radix() == 10 => number.as_str().parse().ok(),
            _ => {
                inner.wrong_type(key, value, "a whole number", ADD_HINT);
                return 0;
            }
        };
        let fits = |number: &i64| (-ADD_MAX..=ADD_MAX).contains(number);
        number.filter(fits).unwrap_or_else(|| {
            let hint = format!("-{ADD_MAX} to {ADD_MAX} are allowed");
            inner.refuse(value.span().start, key, "this is out of range", hint);
            0
        })
    });
    add.unwrap_or(0)
}
