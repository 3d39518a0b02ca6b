//! Rules: how a text of a lead is made from parts of a post.

use std::collections::HashMap;

use super::path::Path;
use super::text::text_of;
use crate::domain::raw::Raw;
use crate::domain::time::Timestamp;
use crate::domain::value::Number;

/// Where a text comes from. A rule that finds nothing gives none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// A part of the post.
    Path(Path),
    /// The first of these that gives a text.
    First(Vec<Rule>),
    /// The texts of those that give one, with this between them.
    Join(Vec<Rule>, String),
    /// The texts of all parts that the path leads to, with this between them.
    All(Path, String),
    /// This text, whatever was posted.
    Const(String),
    /// A header of the request, its name in lower case.
    Header(String),
    /// A parameter of the address that was posted to.
    Query(String),
    /// The text of another rule, changed.
    Shaped(Box<Rule>, Box<Shape>),
}

/// What becomes of a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// Only where this holds.
    pub only_if: Option<Condition>,
    /// Texts of the service, whatever their case, and what a lead says instead. Empty: any text.
    pub values: Vec<(String, String)>,
    /// What a lead says for a text that is not among `values`; without it, such a text gives none.
    pub otherwise: Option<String>,
    /// How it is read and written again.
    pub reading: Option<Reading>,
}

/// How a text is read and written again; one that cannot be read so stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Hundredths as whole ones: `4950` becomes `49.50`.
    Cents,
    /// A date with its time as payloads have it: `2026-02-01T14:09:01Z`.
    Date,
    /// Seconds as the payload's `call_duration`: `61` becomes `0h 1m 1s`.
    Duration,
}

/// Something that a post says, or does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// What is looked at.
    pub rule: Rule,
    /// What it must be.
    pub holds: Holds,
}

/// When a condition holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holds {
    /// There is a text, and it is not `false`, `no` or `0`.
    Said,
    /// There is a text, or there is none.
    Present(bool),
    /// The text is one of these, whatever its case.
    Among(Vec<String>),
    /// The text is none of these, or there is none.
    Beyond(Vec<String>),
}

/// What came with the body.
pub struct Envelope<'a> {
    /// The value of a header, by its name in lower case.
    pub header: &'a dyn Fn(&str) -> Option<String>,
    /// The parameters of the address.
    pub query: &'a [(String, String)],
}

impl Envelope<'_> {
    /// Of a body that came alone.
    pub fn empty() -> Envelope<'static> {
        Envelope {
            header: &|_| None,
            query: &[],
        }
    }
}

/// A post that rules are applied to; remembers which of its parts they used.
pub(super) struct View<'r> {
    pub(super) raw: &'r Raw,
    pub(super) envelope: &'r Envelope<'r>,
    pub(super) used: Used,
}

/// Parts of a post by their addresses; what is inside of them is used with them.
#[derive(Default)]
pub(super) struct Used {
    in_order: Vec<*const Raw>,
    /// How often each is in there.
    times: HashMap<*const Raw, usize>,
}

impl Used {
    pub(super) fn add(&mut self, node: &Raw) {
        let node = std::ptr::from_ref(node);
        self.in_order.push(node);
        *self.times.entry(node).or_default() += 1;
    }

    pub(super) fn count(&self) -> usize {
        self.in_order.len()
    }

    pub(super) fn has(&self, node: &Raw) -> bool {
        self.times.contains_key(&std::ptr::from_ref(node))
    }

    /// Takes back all but the first `n`.
    fn truncate(&mut self, n: usize) {
        for node in self.in_order.drain(n.min(self.in_order.len())..) {
            match self.times.get_mut(&node) {
                Some(times) if *times > 1 => *times -= 1,
                _ => drop(self.times.remove(&node)),
            }
        }
    }
}

impl Rule {
    /// The text, noting what it is made of.
    pub(super) fn text(&self, view: &mut View<'_>) -> Option<String> {
        let before = view.used.count();
        let text = self.any_text(view);
        let text = text.filter(|text| !text.trim().is_empty());
        if text.is_none() {
            view.used.truncate(before);
        }
        text
    }

    /// Visits every path in the rule.
    pub(super) fn each_path(&self, visit: &mut dyn FnMut(&Path)) {
        match self {
            Rule::Path(path) | Rule::All(path, _) => visit(path),
            Rule::First(rules) | Rule::Join(rules, _) => {
                rules.iter().for_each(|rule| rule.each_path(visit));
            }
            Rule::Shaped(rule, shape) => {
                rule.each_path(visit);
                if let Some(condition) = &shape.only_if {
                    condition.rule.each_path(visit);
                }
            }
            Rule::Const(_) | Rule::Header(_) | Rule::Query(_) => {}
        }
    }

    fn any_text(&self, view: &mut View<'_>) -> Option<String> {
        match self {
            Rule::Path(path) => {
                let node = path.find(view.raw)?;
                view.used.add(node);
                text_of(node)
            }
            Rule::First(rules) => rules.iter().find_map(|rule| rule.text(view)),
            Rule::Join(rules, with) => {
                let texts: Vec<String> = rules.iter().filter_map(|rule| rule.text(view)).collect();
                Some(texts.join(with))
            }
            Rule::All(path, with) => {
                let nodes = path.find_all(view.raw).into_iter();
                let said = nodes.filter_map(|node| Some((node, text_of(node)?)));
                let texts = said.map(|(node, text)| {
                    view.used.add(node);
                    text
                });
                Some(texts.collect::<Vec<_>>().join(with))
            }
            Rule::Const(text) => Some(text.clone()),
            Rule::Header(name) => (view.envelope.header)(name),
            Rule::Query(name) => {
                let mut pairs = view.envelope.query.iter();
                pairs
                    .find(|(known, _)| known == name)
                    .map(|(_, v)| v.clone())
            }
            Rule::Shaped(rule, shape) => {
                let before = view.used.count();
                let holds = |condition: &Condition| condition.holds(view);
                if !shape.only_if.as_ref().is_none_or(holds) {
                    return None;
                }
                // It says something about this text alone, and stays in the post for others.
                view.used.truncate(before);
                shape.shaped(&rule.text(view)?)
            }
        }
    }
}

impl Shape {
    fn shaped(&self, text: &str) -> Option<String> {
        let text = match self.values.is_empty() {
            true => text.to_owned(),
            false => {
                let mut values = self.values.iter();
                let said = values.find(|(known, _)| is_same(known, text));
                said.map(|(_, said)| said.clone())
                    .or_else(|| self.otherwise.clone())?
            }
        };
        let read = self.reading.and_then(|reading| match reading {
            Reading::Cents => cents(&text),
            Reading::Date => Timestamp::parse(&text).map(|time| time.to_string()),
            Reading::Duration => duration(&text),
        });
        Some(read.unwrap_or(text))
    }
}

impl Condition {
    /// Whether it holds. What it compares with a fixed text says nothing more, and counts as used.
    pub(super) fn holds(&self, view: &mut View<'_>) -> bool {
        let before = view.used.count();
        let text = self.rule.text(view);
        let among = |texts: &[String]| {
            let is_one = |text: &String| texts.iter().any(|known| is_same(known, text));
            text.as_ref().is_some_and(is_one)
        };
        let holds = match &self.holds {
            Holds::Said => text
                .as_ref()
                .is_some_and(|text| !["false", "no", "0"].iter().any(|no| is_same(no, text))),
            Holds::Present(wanted) => text.is_some() == *wanted,
            Holds::Among(texts) => among(texts),
            Holds::Beyond(texts) => !among(texts),
        };
        let is_fixed = matches!(&self.holds, Holds::Among(texts) if texts.len() == 1) && holds;
        if !is_fixed {
            view.used.truncate(before);
        }
        holds
    }
}

fn is_same(known: &str, text: &str) -> bool {
    known.trim().to_lowercase() == text.trim().to_lowercase()
}

/// Moves the decimal point by two places.
fn cents(text: &str) -> Option<String> {
    let number = Number::parse(text)?;
    let (sign, digits) = match number.as_str().strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", number.as_str()),
    };
    if digits.contains('.') {
        return None;
    }
    let digits = format!("{digits:0>3}");
    let (whole, decimals) = digits.split_at(digits.len() - 2);
    Some(format!("{sign}{whole}.{decimals}"))
}

fn duration(text: &str) -> Option<String> {
    let whole = text.split('.').next().unwrap_or_default();
    let seconds: u64 = whole.parse().ok()?;
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    Some(format!("{hours}h {minutes}m {}s", seconds % 60))
}
