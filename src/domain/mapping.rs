//! Mapping: which parts of a service's post are which fields of a lead.
//!
//! A mapping turns the tree that was posted into a flat one, in which everything has the name of a
//! lead's field, so that intake reads it like any other post. What no rule used goes to
//! `additional_fields` under its path: nothing that was posted is lost, up to [`LEFT_OVER_MAX`]
//! values.

mod nest;
mod path;
mod rest;
mod rule;
mod text;

use std::collections::HashMap;

use super::lead_type::LeadType;
use super::names::{Meaning, meaning};
use super::raw::Raw;
pub use nest::nested;
pub use path::{Path, PathError};
use path::{elements, elements_mut};
pub use rest::LEFT_OVER_MAX;
pub use rule::{Condition, Envelope, Holds, Reading, Rule, Shape};
use rule::{Used, View};
use text::text_of;

/// How the posts of a source are read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mapping {
    /// Whether a known service posts, and not a visitor: then the client's address is the service's.
    pub by_service: bool,
    /// All must hold, or the post is ignored.
    pub when: Vec<Condition>,
    /// Where one holds, the lead is labelled as a test.
    pub test_when: Vec<Condition>,
    /// All hold of what the service posts unsigned, to see whether anybody answers; none: nothing.
    pub ping: Vec<Condition>,
    /// Names of fields, and where their texts come from.
    pub fields: Vec<(String, Rule)>,
    /// Custom names, for `field_mappings`.
    pub custom: Vec<(String, Rule)>,
    /// Labels of `additional_fields`.
    pub labels: Vec<(String, Rule)>,
    /// Objects whose names are read like those of a source without a mapping.
    pub names_in: Vec<Path>,
    /// What is taken off these names, where they begin with it; `#` stands for a number.
    pub name_prefix: Option<String>,
    /// Lists of a label with its value.
    pub pairs: Vec<Pairs>,
    /// What is dropped.
    pub leave_out: Vec<Path>,
}

/// A list in which each item has a label and a value, which are read like a name and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pairs {
    /// Where the list is.
    pub list: Path,
    /// In an item: its label, the first that is there.
    pub label: Vec<Path>,
    /// In an item: its value, the first that is there.
    pub value: Vec<Path>,
    /// In an item: the list of choices, each with `id` and `text`; a value that is such an id (or
    /// several) says that text.
    pub options: Option<Path>,
    /// Where better labels are, if there are any.
    pub titles: Option<Titles>,
}

/// A post in the names of a lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Names of fields with their values.
    pub raw: Raw,
    /// Whether anything was where the mapping looks.
    pub found: bool,
}

/// A list of better labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Titles {
    /// Where the list is.
    pub list: Path,
    /// In an item of it: what [`Pairs::label`] says.
    pub key: Path,
    /// In an item of it: the better label.
    pub title: Path,
}

/// The label among `additional_fields` of a lead that its service calls a test.
pub const TEST_LABEL: &str = "Test";

/// The name by which rules for the same field are known as such: `email` is `email_address`. None
/// where a lead has no such field, or one that holds labels of its own.
pub fn known_as(name: &str) -> Option<&'static str> {
    let meanings = LeadType::ALL.map(|lead_type| meaning(name, lead_type));
    let is_exact = |one: &&Meaning| matches!(one, Meaning::Exact(_));
    let exact = meanings.iter().flatten().find(is_exact);
    let known = match exact.or(meanings.iter().flatten().next())? {
        Meaning::Exact(field) => field.name(),
        // The words of the person have a field of their own in some types of leads.
        Meaning::Alias(field)
            if meaning("message", LeadType::WebForm) == Some(Meaning::Alias(*field)) =>
        {
            "message"
        }
        Meaning::Alias(field) => field.name(),
        Meaning::FirstName => "first_name",
        Meaning::LastName => "last_name",
        Meaning::LeadType => "lead_type",
        Meaning::DateCreated => "date_created",
        Meaning::ExternalId => "external_id",
        Meaning::Referrer => "referrer",
        Meaning::PageReferrer => "page_referrer",
        Meaning::UserAgent => "user_agent",
    };
    (!["additional_fields", "field_mappings", "lead_analysis"].contains(&known)).then_some(known)
}

impl Mapping {
    /// Whether anything is mapped at all.
    pub fn is_empty(&self) -> bool {
        *self == Mapping::default()
    }

    /// What was posted, in the names of a lead; none where the post is to be ignored. `lead_type` is
    /// the source's.
    pub fn apply(&self, raw: Raw, lead_type: LeadType, envelope: &Envelope<'_>) -> Option<Named> {
        let mut raw = nest::nested(raw);
        self.unfold(&mut raw);
        let mut view = View {
            raw: &raw,
            envelope,
            used: Used::default(),
        };
        if !self.when.iter().all(|condition| condition.holds(&mut view)) {
            return None;
        }
        let mut tests = self.test_when.iter();
        let is_test = tests.any(|condition| condition.holds(&mut view));
        let used_before = view.used.count();
        let mut entries = self.mapped(lead_type, &mut view);
        let mut labels = texts(&self.labels, &mut view);
        self.read_pairs(&mut view, &mut entries);
        let found_by_rules = view.used.count() > used_before;
        for path in &self.leave_out {
            path.find_all(&raw)
                .into_iter()
                .for_each(|node| view.used.add(node));
        }
        let found_names = self.read_names(&mut view, &mut entries);
        if is_test {
            labels.push((TEST_LABEL.to_owned(), Raw::Text("true".to_owned())));
        }
        let rest = rest::left_over(&raw, &view.used);
        let found = found_by_rules || found_names || !self.looks_anywhere();
        // What the mapping says by itself is no post.
        if !found && rest.is_empty() {
            entries.clear();
        }
        labels.extend(rest);
        entries.push(("additional_fields".to_owned(), Raw::Map(labels)));
        let raw = Raw::Map(entries);
        Some(Named { raw, found })
    }

    /// Whether a post is only a look whether anybody answers.
    pub fn is_ping(&self, raw: &Raw) -> bool {
        let mut view = View {
            raw,
            envelope: &Envelope::empty(),
            used: Used::default(),
        };
        let mut conditions = self.ping.iter();
        !self.ping.is_empty() && conditions.all(|condition| condition.holds(&mut view))
    }

    /// Whether it looks into the post at all.
    fn looks_anywhere(&self) -> bool {
        let mut looks = !self.names_in.is_empty() || !self.pairs.is_empty();
        let rules = self.fields.iter().chain(&self.custom).chain(&self.labels);
        rules.for_each(|(_, rule)| rule.each_path(&mut |_| looks = true));
        looks
    }

    /// Puts in place what texts say as JSON, and what ids of choices stand for.
    fn unfold(&self, raw: &mut Raw) {
        let conditions = self.when.iter().chain(&self.test_when);
        let named = self.fields.iter().chain(&self.custom).chain(&self.labels);
        let rules = named.map(|(_, rule)| rule);
        for rule in conditions.map(|condition| &condition.rule).chain(rules) {
            rule.each_path(&mut |path| unfold_json(path, raw));
        }
        for path in self.names_in.iter().chain(&self.leave_out) {
            unfold_json(path, raw);
        }
        for pairs in &self.pairs {
            pairs.list.change_all(raw, &mut |list| {
                elements_mut(list).for_each(|item| pairs.unfold(item));
            });
        }
    }

    fn mapped(&self, lead_type: LeadType, view: &mut View<'_>) -> Vec<(String, Raw)> {
        let mut entries = Vec::new();
        let named = self.fields.iter().find(|(name, _)| name == "lead_type");
        let text = named.and_then(|(_, rule)| rule.text(view));
        if let Some(text) = &text {
            entries.push(("lead_type".to_owned(), Raw::Text(text.clone())));
        }
        let lead_type = text
            .as_deref()
            .and_then(LeadType::parse)
            .unwrap_or(lead_type);
        for (name, rule) in self.fields.iter().filter(|(name, _)| name != "lead_type") {
            let Some(text) = rule.text(view) else {
                continue;
            };
            // A rule is surer than a name that happens to be in the post.
            let field = meaning(name, lead_type).and_then(Meaning::field);
            let name = field.map_or(name.as_str(), |field| field.name());
            entries.push((name.to_owned(), Raw::Text(text)));
        }
        let custom = texts(&self.custom, view);
        if !custom.is_empty() {
            entries.push(("field_mappings".to_owned(), Raw::Map(custom)));
        }
        entries
    }

    /// Reads each label with its value as a name, unless a rule used the value.
    fn read_pairs(&self, view: &mut View<'_>, entries: &mut Vec<(String, Raw)>) {
        for pairs in &self.pairs {
            let titles = pairs.titles(view.raw);
            for item in pairs.list.find_all(view.raw).into_iter().flat_map(elements) {
                let value = pairs.value.iter().find_map(|path| path.find(item));
                let label = pairs.label.iter().find_map(|path| path.find(item));
                let (Some(value), Some(label)) = (value, label.and_then(text_of)) else {
                    // A question without an answer.
                    if value.is_none() {
                        view.used.add(item);
                    }
                    continue;
                };
                let is_used = view.used.has(value);
                view.used.add(item);
                if !is_used && let Some(text) = text_of(value) {
                    let title = titles.get(&label).filter(|_| known_as(&label).is_none());
                    let name = title.cloned().unwrap_or(label);
                    entries.push((name, Raw::Text(text)));
                }
            }
        }
    }

    /// Reads what no rule used in an object of names like a post without a mapping; whether there is
    /// such an object.
    fn read_names(&self, view: &mut View<'_>, entries: &mut Vec<(String, Raw)>) -> bool {
        let mut found = false;
        for path in &self.names_in {
            for node in path.find_all(view.raw) {
                let Raw::Map(names) = node else { continue };
                for (name, raw) in names {
                    if let Some(unused) = rest::unused(raw, &view.used) {
                        entries.push(self.named(name, unused.into_owned()));
                    }
                }
                view.used.add(node);
                found = true;
            }
        }
        found
    }
}

impl Mapping {
    /// A name without its prefix; the parts of a name or a number (`first`, `last`) as one text.
    fn named(&self, name: &str, raw: Raw) -> (String, Raw) {
        let prefix = self.name_prefix.as_deref().unwrap_or_default();
        let name = match without_prefix(name, prefix) {
            Some(rest) if !rest.is_empty() => rest,
            _ => name,
        };
        let name = match known_as(name) {
            None if known_as(&in_words(name)).is_some() => in_words(name),
            _ => name.to_owned(),
        };
        let raw = match (&raw, known_as(&name)) {
            (Raw::Map(_), Some(_)) => text_of(&raw).map_or(Raw::Null, Raw::Text),
            _ => raw,
        };
        (name, raw)
    }
}

/// `phone_number` of `phoneNumber`.
fn in_words(name: &str) -> String {
    let mut words = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !words.is_empty() {
            words.push('_');
        }
        words.push(c.to_ascii_lowercase());
    }
    words
}

fn without_prefix<'n>(name: &'n str, prefix: &str) -> Option<&'n str> {
    let Some((before, after)) = prefix.split_once('#') else {
        return name.strip_prefix(prefix);
    };
    let number = name.strip_prefix(before)?;
    let rest = number.trim_start_matches(|c: char| c.is_ascii_digit());
    (rest.len() < number.len()).then(|| rest.strip_prefix(after))?
}

/// The texts of those rules that give one.
fn texts(rules: &[(String, Rule)], view: &mut View<'_>) -> Vec<(String, Raw)> {
    let said = rules
        .iter()
        .filter_map(|(label, rule)| Some((label.clone(), Raw::Text(rule.text(view)?))));
    said.collect()
}

fn unfold_json(path: &Path, raw: &mut Raw) {
    if path.reads_json() {
        path.change_all(raw, &mut |_| {});
    }
}

impl Pairs {
    fn unfold(&self, item: &mut Raw) {
        for path in self.label.iter().chain(&self.value) {
            unfold_json(path, item);
        }
        let Some(options) = &self.options else { return };
        let listed = options.find_all(item).into_iter().flat_map(elements);
        let choices = first_of_each(listed.filter_map(choice));
        for path in &self.value {
            path.change_all(item, &mut |value| spell_out(value, &choices));
        }
    }

    /// Labels and better ones in their place.
    fn titles(&self, raw: &Raw) -> HashMap<String, String> {
        let Some(titles) = &self.titles else {
            return HashMap::new();
        };
        let listed = titles.list.find_all(raw).into_iter().flat_map(elements);
        first_of_each(listed.filter_map(|item| {
            let label = titles.key.find(item).and_then(text_of)?;
            Some((label, titles.title.find(item).and_then(text_of)?))
        }))
    }
}

/// The first text for each name: lists are as long as a stranger likes, so that none is searched again
/// for each item of another.
fn first_of_each(pairs: impl Iterator<Item = (String, String)>) -> HashMap<String, String> {
    let mut first = HashMap::new();
    for (name, text) in pairs {
        first.entry(name).or_insert(text);
    }
    first
}

/// `id` and `text` of a choice.
fn choice(option: &Raw) -> Option<(String, String)> {
    let Raw::Map(entries) = option else {
        return None;
    };
    let said = |wanted: &str| {
        let found = entries.iter().find(|(name, _)| name == wanted);
        found.and_then(|(_, raw)| text_of(raw))
    };
    Some((said("id")?, said("text")?))
}

fn spell_out(value: &mut Raw, choices: &HashMap<String, String>) {
    match value {
        Raw::List(values) => values
            .iter_mut()
            .for_each(|value| spell_out(value, choices)),
        value => {
            let said = text_of(value);
            if let Some(text) = said.and_then(|id| choices.get(&id)) {
                *value = Raw::Text(text.clone());
            }
        }
    }
}
