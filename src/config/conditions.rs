//! Conditions on leads as the config writes them, each checked against the field that it names.

use toml::Spanned;
use toml::de::DeValue;

use super::nearest::nearest;
use super::section::{Section, Text, quoted};
use crate::domain::condition::{Condition, Pattern, Subject, Test};
use crate::domain::field::{Field, Kind};
use crate::domain::intake::normalised;
use crate::domain::lead_type::LeadType;
use crate::domain::value::{Number, Value};

type Written<'r> = Spanned<DeValue<'r>>;

const CONDITION_HINT: &str = r#"{ field = "sales_value", greater = 100 }, { field = "message", contains = ["quote", "price"] } or { field = "city", present = false }"#;
const FIELD_HINT: &str = r#"as payloads name it: "sales_value", "lead_type", "source", or a label of a map: "additional_fields.Budget""#;
const CONDITIONS_MAX: usize = 50;
const WORDS_MAX: usize = 1000;

/// All that must hold: one condition or several; none where the key is absent. `sources` are the
/// names of all sources.
pub(super) fn conditions(section: &Section<'_>, key: &str, sources: &[String]) -> Vec<Condition> {
    let Some(value) = section.value(key) else {
        return Vec::new();
    };
    let one = |value| condition(section, key, value, sources);
    match value.get_ref() {
        DeValue::Array(items) => {
            if items.len() > CONDITIONS_MAX {
                let what = format!("more than {CONDITIONS_MAX} conditions stand here");
                section.refuse(value.span().start, key, what, "write fewer of them");
            }
            items.iter().filter_map(one).collect()
        }
        _ => one(value).into_iter().collect(),
    }
}

fn condition<'r>(
    section: &Section<'r>,
    key: &str,
    value: &'r Written<'r>,
    sources: &[String],
) -> Option<Condition> {
    let DeValue::Table(table) = value.get_ref() else {
        section.wrong_type(key, value, "a condition", CONDITION_HINT);
        return None;
    };
    section.inner(key, value.span().start, table, |inner| {
        let subject = subject(inner);
        // All keys are asked for, or those behind a wrong field would be unknown ones.
        let found = TESTS.map(|name| (name, inner.value(name)));
        let subject = subject?;
        let reading = Reading {
            section: inner,
            subject: &subject,
            sources,
        };
        let tests = found
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)));
        let tests: Vec<Option<Test>> = tests
            .map(|(name, value)| reading.test(name, value))
            .collect();
        if tests.is_empty() {
            let what = format!("one of {} is wanted", TESTS.join(", "));
            inner.refuse(inner.at, "field", what, CONDITION_HINT);
            return None;
        }
        let tests = tests.into_iter().collect::<Option<_>>()?;
        Some(Condition { subject, tests })
    })
}

fn subject(section: &Section<'_>) -> Option<Subject> {
    let Some(text) = section.text("field") else {
        if section.value("field").is_none() {
            section.missing("field", FIELD_HINT);
        }
        return None;
    };
    let subject = Subject::parse(&text.value);
    if subject.is_none() {
        let fields = Field::ALL.iter().map(|field| field.name());
        let typed = text.raw.split('.').next().unwrap_or_default();
        let hint = match nearest(typed, fields.chain(["lead_type", "source"])) {
            // A field that has no labels, with one.
            Some(meant) if meant == typed => {
                format!("without anything behind it: {}", quoted(meant))
            }
            Some(meant) => format!("did you mean {}?", quoted(meant)),
            None => FIELD_HINT.to_owned(),
        };
        let what = format!("a lead has no field {}", quoted(text.raw));
        section.refuse(text.at, "field", what, hint);
    }
    subject
}

const TESTS: [&str; 7] = [
    "equals", "not", "contains", "matches", "present", "greater", "less",
];

/// A value that the field of `subject` is to hold.
pub(super) fn value_of<'r>(
    section: &Section<'r>,
    subject: &Subject,
    key: &str,
    value: &'r Written<'r>,
) -> Option<Value> {
    let reading = Reading {
        section,
        subject,
        sources: &[],
    };
    reading.value(key, value)
}

/// The tests of one condition.
struct Reading<'s, 'r> {
    section: &'s Section<'r>,
    subject: &'s Subject,
    sources: &'s [String],
}

impl<'r> Reading<'_, 'r> {
    fn test(&self, name: &str, value: &'r Written<'r>) -> Option<Test> {
        let kind = self.subject.kind();
        let is_text = matches!(kind, Kind::Text | Kind::Map | Kind::Choice(_));
        let is_amount =
            matches!(kind, Kind::Number | Kind::Map) || matches!(self.subject, Subject::Label(..));
        match name {
            "equals" => self.values(name, value).map(Test::Among),
            "not" => self.values(name, value).map(Test::Beyond),
            "contains" | "matches" if !is_text => self.unfit(name, value),
            "contains" => {
                let texts = self.section.texts(name)?;
                let texts = texts.into_iter().map(|text| self.part(text));
                let parts = texts.collect::<Option<Vec<_>>>()?;
                self.some(name, value, parts).map(Test::Contains)
            }
            "matches" => self.pattern().map(Test::Matches),
            "present" if kind == Kind::Flag => self.unfit(name, value),
            "present" => Some(Test::Present(self.section.flag(name, true))),
            _ if !is_amount => self.unfit(name, value),
            "greater" => self.number(name, value).map(Test::Greater),
            _ => self.number(name, value).map(Test::Less),
        }
    }

    /// Refuses a test that the field cannot pass.
    fn unfit(&self, name: &str, value: &Written<'_>) -> Option<Test> {
        let (what, hint) = match self.subject.kind() {
            Kind::Flag => ("this field is true or false", "equals = true"),
            Kind::Number => ("this field holds a number", "greater = 100"),
            Kind::Text | Kind::Choice(_) | Kind::Map => {
                ("this field holds a text", r#"equals = "text""#)
            }
        };
        let at = value.span().start;
        self.section
            .refuse(at, name, format!("{what}, and cannot be tested so"), hint);
        None
    }

    fn values(&self, name: &str, value: &'r Written<'r>) -> Option<Vec<Value>> {
        let values = match value.get_ref() {
            DeValue::Array(items) => {
                let values = items.iter().map(|item| self.value(name, item));
                // All of them are looked at, so that all problems are told.
                let values: Vec<_> = values.collect();
                values.into_iter().collect::<Option<Vec<_>>>()?
            }
            _ => vec![self.value(name, value)?],
        };
        self.some(name, value, values)
    }

    /// A value to compare with, as the field would hold it.
    fn value(&self, name: &str, value: &'r Written<'r>) -> Option<Value> {
        let is_label = matches!(self.subject, Subject::Label(..));
        match (self.subject.kind(), value.get_ref()) {
            (Kind::Number, _) => self.number(name, value).map(Value::Number),
            (Kind::Flag, DeValue::Boolean(flag)) => Some(Value::Flag(*flag)),
            (Kind::Flag, _) => {
                let hint = "write it without quotes";
                self.section.wrong_type(name, value, "true or false", hint);
                None
            }
            (Kind::Map, DeValue::Integer(_) | DeValue::Float(_)) => {
                self.number(name, value).map(Value::Number)
            }
            (Kind::Text, DeValue::Integer(_) | DeValue::Float(_)) if is_label => {
                self.number(name, value).map(Value::Number)
            }
            _ => {
                let text = self.section.as_text(name, value)?;
                self.word(name, &text)
            }
        }
    }

    fn word(&self, name: &str, text: &Text<'_>) -> Option<Value> {
        let as_value = |text: &str| Some(Value::Text(text.to_owned()));
        match (self.subject, self.subject.kind()) {
            (Subject::LeadType, Kind::Choice(labels)) => {
                let parse = |text: &str| as_value(LeadType::parse(text)?.label());
                self.section.as_word(name, text, labels, parse)
            }
            (Subject::Field(field), Kind::Choice(choices)) => {
                let parse = |text: &str| Value::parse(*field, text);
                self.section.as_word(name, text, choices, parse)
            }
            (Subject::Source, _) => {
                let names: Vec<&str> = self.sources.iter().map(String::as_str).collect();
                let parse = |text: &str| names.contains(&text).then(|| as_value(text))?;
                self.section.as_word(name, text, &names, parse)
            }
            (Subject::Field(field), _) => {
                Some(normalised(*field, Value::Text(text.value.clone()), None))
            }
            _ => as_value(&text.value),
        }
    }

    fn number(&self, name: &str, value: &'r Written<'r>) -> Option<Number> {
        const HINT: &str = "a decimal number: 100 or 99.50";
        let digits = match value.get_ref() {
            DeValue::Integer(number) if number.radix() == 10 => number.as_str().to_owned(),
            DeValue::Float(number) => number.as_str().to_owned(),
            _ => {
                self.section.wrong_type(name, value, "a number", HINT);
                return None;
            }
        };
        let number = Number::parse(&digits);
        if number.is_none() {
            self.section
                .refuse(value.span().start, name, "this is no amount", HINT);
        }
        number
    }

    fn part(&self, text: Text<'_>) -> Option<String> {
        if text.value.is_empty() {
            let hint = "for any text: present = true";
            self.section
                .refuse(text.at, "contains", "an empty text is in every one", hint);
            return None;
        }
        Some(text.value)
    }

    fn pattern(&self) -> Option<Pattern> {
        let text = self.section.text("matches")?;
        match Pattern::parse(&text.value) {
            Ok(pattern) => Some(pattern),
            Err(why) => {
                let what = format!("this is no regular expression: {why}");
                let hint = r"in single quotes, so that \ stays as it is: matches = '^SW\d+'; whatever the case: '(?i)quote'";
                self.section.refuse(text.at, "matches", what, hint);
                None
            }
        }
    }

    fn some<T>(&self, name: &str, value: &Written<'_>, list: Vec<T>) -> Option<Vec<T>> {
        let fits = (1..=WORDS_MAX).contains(&list.len());
        if !fits {
            let what = format!("1 to {WORDS_MAX} values are possible here");
            self.section
                .refuse(value.span().start, name, what, CONDITION_HINT);
        }
        fits.then_some(list)
    }
}
