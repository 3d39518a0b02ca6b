//! Conditions on a lead: what one of its fields says, or does not.
//!
//! Texts and labels are compared whatever their case and without white space around them, amounts
//! exactly. Only a regular expression sees letters as they are.

use std::fmt;

use regex_lite::{Regex, RegexBuilder};

use super::field::{Field, Kind};
use super::lead::Lead;
use super::lead_type::LeadType;
use super::value::{Number, Value};

/// Something that a lead says, or does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// What is looked at.
    pub subject: Subject,
    /// What it must be; all of these, and at least one.
    pub tests: Vec<Test>,
}

/// The part of a lead that a condition looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// `lead_type`.
    LeadType,
    /// The name of the source.
    Source,
    /// A field; of a map, any of its texts.
    Field(Field),
    /// The text under a label of a map.
    Label(Field, String),
}

/// What a part of a lead must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    /// There is a value, or there is none.
    Present(bool),
    /// It is one of these.
    Among(Vec<Value>),
    /// It is none of these, or there is none.
    Beyond(Vec<Value>),
    /// One of these texts is in it.
    Contains(Vec<String>),
    /// The expression is found in it.
    Matches(Pattern),
    /// It is a number above this one.
    Greater(Number),
    /// It is a number below this one.
    Less(Number),
}

/// A regular expression, compiled once.
#[derive(Clone)]
pub struct Pattern {
    written: String,
    regex: Regex,
}

/// The longest expression.
pub const PATTERN_BYTES_MAX: usize = 256;
/// So much of a text an expression is looked for in. With the bound on its own size this bounds the
/// time that it takes.
pub const SEARCHED_BYTES_MAX: usize = 4096;
const COMPILED_BYTES_MAX: usize = 32 * 1024;
const NESTING_MAX: u32 = 16;

impl Pattern {
    /// Compiles an expression.
    pub fn parse(written: &str) -> Result<Pattern, String> {
        if written.len() > PATTERN_BYTES_MAX {
            return Err(format!("it has more than {PATTERN_BYTES_MAX} bytes"));
        }
        let mut builder = RegexBuilder::new(written);
        builder.size_limit(COMPILED_BYTES_MAX);
        builder.nest_limit(NESTING_MAX);
        let regex = builder.build().map_err(|error| error.to_string())?;
        let written = written.to_owned();
        Ok(Pattern { written, regex })
    }

    fn is_found_in(&self, text: &str) -> bool {
        let mut end = text.len().min(SEARCHED_BYTES_MAX);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        self.regex.is_match(&text[..end])
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Pattern) -> bool {
        self.written == other.written
    }
}

impl Eq for Pattern {}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.written, f)
    }
}

/// What a lead says at one place.
#[derive(Clone, Copy)]
enum Said<'l> {
    Text(&'l str),
    Number(&'l Number),
    Flag(bool),
}

impl Condition {
    /// Whether it holds for this lead.
    pub fn holds(&self, lead: &Lead) -> bool {
        self.tests
            .iter()
            .all(|test| test.holds(&self.subject, lead))
    }
}

impl Subject {
    /// Reads the name of a field, `lead_type`, `source`, or a map with a label: `field_mappings.Size`.
    pub fn parse(text: &str) -> Option<Subject> {
        let text = text.trim();
        if let Some(field) = Field::from_name(text) {
            return Some(Subject::Field(field));
        }
        if let Some((name, label)) = text.split_once('.') {
            let map = Field::from_name(name).filter(|field| field.kind() == Kind::Map)?;
            let label = Some(label.trim()).filter(|label| !label.is_empty())?;
            return Some(Subject::Label(map, label.to_owned()));
        }
        match text {
            "lead_type" => Some(Subject::LeadType),
            "source" => Some(Subject::Source),
            _ => None,
        }
    }

    /// What it holds.
    pub fn kind(&self) -> Kind {
        const LEAD_TYPES: [&str; 9] = {
            let mut labels = [""; 9];
            let mut i = 0;
            while i < labels.len() {
                labels[i] = LeadType::ALL[i].label();
                i += 1;
            }
            labels
        };
        match self {
            Subject::LeadType => Kind::Choice(&LEAD_TYPES),
            Subject::Source | Subject::Label(..) => Kind::Text,
            Subject::Field(field) => field.kind(),
        }
    }

    /// Whether any of what the lead says there passes.
    fn any(&self, lead: &Lead, passes: impl Fn(Said<'_>) -> bool) -> bool {
        match self {
            Subject::LeadType => passes(Said::Text(lead.lead_type.label())),
            Subject::Source => passes(Said::Text(&lead.source)),
            Subject::Label(map, label) => {
                let mut labels = lead.values.map(*map).iter();
                labels.any(|(known, text)| is_same(known, label) && passes(Said::Text(text)))
            }
            Subject::Field(field) => match lead.values.find(*field) {
                Some(Value::Text(text)) => passes(Said::Text(text)),
                Some(Value::Number(number)) => passes(Said::Number(number)),
                Some(Value::Flag(flag)) => passes(Said::Flag(*flag)),
                Some(Value::Map(labels)) => labels.iter().any(|(_, text)| passes(Said::Text(text))),
                None => field.kind() == Kind::Flag && passes(Said::Flag(false)),
            },
        }
    }
}

impl Test {
    fn holds(&self, subject: &Subject, lead: &Lead) -> bool {
        match self {
            Test::Present(wanted) => subject.any(lead, |_| true) == *wanted,
            Test::Among(values) => subject.any(lead, |said| said.is_among(values)),
            Test::Beyond(values) => !subject.any(lead, |said| said.is_among(values)),
            Test::Contains(parts) => subject.any(lead, |said| match said {
                Said::Text(text) => parts.iter().any(|part| contains(text, part)),
                Said::Number(_) | Said::Flag(_) => false,
            }),
            Test::Matches(pattern) => subject.any(lead, |said| match said {
                Said::Text(text) => pattern.is_found_in(text),
                Said::Number(_) | Said::Flag(_) => false,
            }),
            Test::Greater(than) => subject.any(lead, |said| said.amount(|number| number > than)),
            Test::Less(than) => subject.any(lead, |said| said.amount(|number| number < than)),
        }
    }
}

impl Said<'_> {
    fn is_among(self, values: &[Value]) -> bool {
        values.iter().any(|value| match (self, value) {
            (Said::Text(said), Value::Text(text)) => is_same(said, text),
            (_, Value::Number(number)) => self.amount(|said| said == number),
            (Said::Flag(said), Value::Flag(flag)) => said == *flag,
            _ => false,
        })
    }

    /// Whether it is an amount that passes; texts of maps are read as amounts.
    fn amount(self, passes: impl Fn(&Number) -> bool) -> bool {
        match self {
            Said::Number(number) => passes(number),
            Said::Text(text) => Number::parse(text).is_some_and(|number| passes(&number)),
            Said::Flag(_) => false,
        }
    }
}

/// Whether two texts are the same, whatever their case and without white space around them.
fn is_same(one: &str, other: &str) -> bool {
    let (one, other) = (one.trim(), other.trim());
    one.eq_ignore_ascii_case(other)
        || !(one.is_ascii() && other.is_ascii()) && lower(one).eq(lower(other))
}

/// Whether `part` is in `text`, whatever the case.
fn contains(text: &str, part: &str) -> bool {
    let starts = |rest: &str| {
        let mut rest = lower(rest);
        lower(part).all(|c| rest.next() == Some(c))
    };
    text.char_indices().any(|(at, _)| starts(&text[at..]))
}

fn lower(text: &str) -> impl Iterator<Item = char> {
    text.chars().flat_map(char::to_lowercase)
}
