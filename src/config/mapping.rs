//! The keys of a source that say how its posts are read: `preset`, `when`, `fields` and so on. A
//! preset has the same keys; what the source says itself goes before it.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::nearest::nearest;
use super::presets::{PRESETS, Preset};
use super::rules::{self, conditions, path, rule};
use super::section::{Section, quoted};
use crate::domain::field::Field;
use crate::domain::lead_type::LeadType;
use crate::domain::mapping::{Condition, Mapping, Pairs, Path, Rule, Titles, known_as};

/// What a source says of its posts.
pub(super) struct Mapped {
    /// The type of its leads, where it does not say so itself.
    pub(super) lead_type: LeadType,
    /// None where names say what is what.
    pub(super) mapping: Option<Mapping>,
}

/// Reads the keys of a source, which go before those of its preset.
pub(super) fn read(section: &Section<'_>, preset: Option<Preset>) -> Mapped {
    let lead_type = preset.as_ref().map(|preset| preset.lead_type);
    let own = Keys::read(section);
    let mapping = match preset {
        Some(preset) => own.over(preset.mapping),
        None => own.over(Mapping::default()),
    };
    Mapped {
        lead_type: lead_type.unwrap_or(LeadType::WebForm),
        mapping: (!mapping.is_empty()).then_some(mapping),
    }
}

/// The preset that a source names.
pub(super) fn preset(section: &Section<'_>) -> Option<Preset> {
    let text = section.text("preset")?;
    let names = PRESETS.map(|(name, _)| name);
    section.as_word("preset", &text, &names, Preset::find)
}

/// The keys of a mapping as they are written; none where one is absent.
pub(super) struct Keys {
    when: Option<Vec<Condition>>,
    test_when: Option<Vec<Condition>>,
    fields: Vec<(String, Rule)>,
    custom: Vec<(String, Rule)>,
    labels: Vec<(String, Rule)>,
    names_in: Option<Vec<Path>>,
    name_prefix: Option<String>,
    pairs: Option<Vec<Pairs>>,
    leave_out: Option<Vec<Path>>,
}

impl Keys {
    /// Reads them.
    pub(super) fn read(section: &Section<'_>) -> Keys {
        Keys {
            when: conditions(section, "when"),
            test_when: conditions(section, "test_when"),
            fields: each_rule(section, "fields", field_name),
            custom: each_rule(section, "field_mappings", custom_name),
            labels: each_rule(section, "additional_fields", custom_name),
            names_in: paths(section, "names_in", true),
            name_prefix: section.text("name_prefix").map(|text| text.value),
            pairs: pairs(section),
            leave_out: paths(section, "leave_out", false),
        }
    }

    /// These, and for what they do not say, those of `base`.
    pub(super) fn over(self, base: Mapping) -> Mapping {
        let merged = |own: Vec<(String, Rule)>, base: Vec<(String, Rule)>| {
            let mut rules = own;
            for (name, rule) in base {
                if rules.iter().all(|(known, _)| *known != name) {
                    rules.push((name, rule));
                }
            }
            rules
        };
        Mapping {
            by_service: base.by_service,
            ping: base.ping,
            when: self.when.unwrap_or(base.when),
            test_when: self.test_when.unwrap_or(base.test_when),
            fields: merged(self.fields, base.fields),
            custom: merged(self.custom, base.custom),
            labels: merged(self.labels, base.labels),
            names_in: self.names_in.unwrap_or(base.names_in),
            name_prefix: self.name_prefix.or(base.name_prefix),
            pairs: self.pairs.unwrap_or(base.pairs),
            leave_out: self.leave_out.unwrap_or(base.leave_out),
        }
    }
}

/// Reads a table of names and rules, in the order in which it is written.
fn each_rule(
    section: &Section<'_>,
    key: &str,
    name_of: fn(&Section<'_>, usize, &str) -> Option<String>,
) -> Vec<(String, Rule)> {
    let Some(value) = section.value(key) else {
        return Vec::new();
    };
    let DeValue::Table(table) = value.get_ref() else {
        let hint = format!("write [source.{key}] on a line of its own, a rule for each name below");
        section.refuse(value.span().start, key, "this must be a section", hint);
        return Vec::new();
    };
    section.inner(key, value.span().start, table, |inner| {
        let mut rules: Vec<(String, Rule)> = Vec::new();
        for (typed, value) in in_order(table) {
            // What it is asked for is not unknown.
            inner.value(typed.get_ref());
            let name = name_of(inner, typed.span().start, typed.get_ref());
            let rule = rule(inner, typed.get_ref(), value);
            let (Some(name), Some(rule)) = (name, rule) else {
                continue;
            };
            if rules.iter().any(|(known, _)| *known == name) {
                let what = format!("{name} has a rule already");
                let hint = "a list of paths is tried in order: email = [\"mail\", \"e-mail\"]";
                inner.refuse(typed.span().start, typed.get_ref(), what, hint);
                continue;
            }
            rules.push((name, rule));
        }
        rules
    })
}

fn in_order<'t, 'r>(
    table: &'t DeTable<'r>,
) -> Vec<(
    &'t Spanned<toml::de::DeString<'r>>,
    &'t Spanned<DeValue<'r>>,
)> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}

fn field_name(section: &Section<'_>, at: usize, typed: &str) -> Option<String> {
    if let Some(known) = known_as(typed) {
        return Some(known.to_owned());
    }
    const SPECIAL: [&str; 12] = [
        "first_name",
        "last_name",
        "lead_type",
        "date_created",
        "external_id",
        "name",
        "email",
        "phone",
        "company",
        "message",
        "utm_source",
        "utm_campaign",
    ];
    let fields = Field::ALL.iter().map(|field| field.name());
    let known = fields
        .filter(|name| known_as(name).is_some())
        .chain(SPECIAL);
    let hint = match nearest(typed, known) {
        Some(meant) => {
            format!("did you mean {meant}? names of your own stand under [source.field_mappings]")
        }
        None => "names of your own stand under [source.field_mappings]".to_owned(),
    };
    let what = "a lead has no such field";
    section.refuse(at, &typed.escape_debug().to_string(), what, hint);
    None
}

fn custom_name(section: &Section<'_>, at: usize, typed: &str) -> Option<String> {
    if typed.trim().is_empty() {
        let hint = "write it as receivers shall see it: \"Company Name\" = \"firm\"";
        section.refuse(at, &quoted(typed), "this name is empty", hint);
        return None;
    }
    Some(typed.to_owned())
}

/// One path or a list of them; `"."` is the whole post, where that makes sense.
fn paths(section: &Section<'_>, key: &str, takes_whole: bool) -> Option<Vec<Path>> {
    let value = section.value(key)?;
    let one = |value: &'_ _| path(section, key, value);
    Some(match value.get_ref() {
        DeValue::String(text) if takes_whole && text == "." => vec![Path::whole()],
        DeValue::Array(items) => items.iter().filter_map(one).collect(),
        _ => one(value).into_iter().collect(),
    })
}

fn pairs(section: &Section<'_>) -> Option<Vec<Pairs>> {
    let value = section.value("pairs")?;
    let values: Vec<_> = match value.get_ref() {
        DeValue::Array(items) => items.iter().collect(),
        _ => vec![value],
    };
    let read = values.into_iter().filter_map(|value| {
        let DeValue::Table(table) = value.get_ref() else {
            let hint = r#"pairs = { list = "answers", label = "question", value = "answer" }"#;
            section.wrong_type("pairs", value, "a table", hint);
            return None;
        };
        section.inner("pairs", value.span().start, table, |inner| {
            // All keys are asked for, or those behind a wrong one would be unknown ones.
            let list = one_path(inner, "list");
            let (label, value) = (wanted(inner, "label"), wanted(inner, "value"));
            let options = inner.value("options");
            let options = options.and_then(|value| path(inner, "options", value));
            let titles = titles(inner);
            Some(Pairs {
                list: list?,
                label: label?,
                value: value?,
                options,
                titles,
            })
        })
    });
    Some(read.collect())
}

fn titles(section: &Section<'_>) -> Option<Titles> {
    const HINT: &str = r#"titles = { list = "questions", key = "id", title = "title" }"#;
    let titles = section.table("titles", HINT, |inner, _| {
        let [list, key, title] = ["list", "key", "title"].map(|key| one_path(inner, key));
        Some(Titles {
            list: list?,
            key: key?,
            title: title?,
        })
    });
    titles.flatten()
}

/// The paths at a key that must be there; at least one.
fn wanted(section: &Section<'_>, key: &str) -> Option<Vec<Path>> {
    if section.value(key).is_none() {
        section.missing(key, rules::PATH_HINT);
    }
    paths(section, key, false).filter(|paths| !paths.is_empty())
}

/// The path at a key that must be there; a list of them would say nothing.
fn one_path(section: &Section<'_>, key: &str) -> Option<Path> {
    let value = section.value(key);
    if value.is_none() {
        section.missing(key, rules::PATH_HINT);
    }
    path(section, key, value?)
}
