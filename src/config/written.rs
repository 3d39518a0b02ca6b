//! Texts with placeholders as the config writes them: each mistake is told at its place in the file.

use std::ops::Range;

use toml::Spanned;
use toml::de::DeValue;

use super::nearest::nearest;
use super::rules::place_in;
use super::section::Section;
use crate::domain::raw::{JsonError, Raw};
use crate::domain::template::{Json, Scope, Template, TemplateError};

/// A text of the config, and where it is; one of a preset is in no file of the owner's.
pub(super) struct Written {
    pub(super) text: String,
    place: Option<Place>,
}

struct Place {
    span: Range<usize>,
    /// Whether the text is what is written there, and not what a variable or a file holds.
    literal: bool,
}

/// Reads the text `value`, one of `key`.
pub(super) fn written<'r>(
    section: &Section<'r>,
    key: &str,
    value: &'r Spanned<DeValue<'r>>,
) -> Option<Written> {
    let text = section.as_text(key, value)?;
    let literal = text.value == text.raw;
    Some(Written {
        text: text.value,
        place: Some(Place {
            span: value.span(),
            literal,
        }),
    })
}

impl Written {
    /// A text that stands elsewhere and is named at `at`.
    pub(super) fn elsewhere(text: String, at: usize) -> Written {
        let place = Some(Place {
            span: at..at,
            literal: false,
        });
        Written { text, place }
    }

    /// The same, as a preset's: what is wrong with it shows at the section that uses it.
    pub(super) fn of_preset(mut self) -> Written {
        self.place = None;
        self
    }

    /// Where in the document it begins.
    pub(super) fn place(&self, section: &Section<'_>) -> usize {
        self.place
            .as_ref()
            .map_or(section.at, |place| place.span.start)
    }

    /// Where in the document the byte `offset` of it is.
    pub(super) fn at(&self, section: &Section<'_>, offset: usize) -> usize {
        match &self.place {
            None => section.at,
            Some(place) if place.literal => {
                place_in(section.reader.text, place.span.clone(), offset)
            }
            Some(place) => place.span.start,
        }
    }

    /// The template that it is.
    pub(super) fn template(
        &self,
        section: &Section<'_>,
        key: &str,
        scope: &Scope,
    ) -> Option<Template> {
        match Template::parse(&self.text, scope) {
            Ok(template) => Some(template),
            Err(error) => {
                let at = self.at(section, error.at);
                refuse(section, key, at, &error);
                None
            }
        }
    }

    /// The JSON that it is, with templates for its strings.
    pub(super) fn json(&self, section: &Section<'_>, key: &str, scope: &Scope) -> Option<Json> {
        let raw = match Raw::from_json(self.text.as_bytes()) {
            Ok(raw) => raw,
            Err(error) => {
                let at = self.at(section, offset_of(&self.text, &error));
                let what = format!("this is no JSON: {}", error.reason);
                let hint = r#"JSON with placeholders in its strings: '{"text": "{headline}"}'"#;
                section.refuse(at, key, what, hint);
                return None;
            }
        };
        let json = Json::of(&raw, scope);
        json.map_err(|wrong| {
            let (text, error) = *wrong;
            // Escapes may have made the string differ from what is written; the placeholder, which
            // is short, seldom has any.
            let name = text[error.at..].split(['}', '|']).next().unwrap_or("");
            let offset = self.text.find(name).filter(|_| !name.is_empty());
            refuse(section, key, self.at(section, offset.unwrap_or(0)), &error);
        })
        .ok()
    }
}

/// Where in `text` an error of JSON is.
fn offset_of(text: &str, error: &JsonError) -> usize {
    let mut lines = text
        .split_inclusive('\n')
        .take(error.line.saturating_sub(1));
    let before: usize = lines.by_ref().map(str::len).sum();
    let offset = before + error.column.saturating_sub(1);
    (0..=offset.min(text.len()))
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0)
}

/// Tells what is wrong with a template, and which name was probably meant.
pub(super) fn refuse(section: &Section<'_>, key: &str, at: usize, error: &TemplateError) {
    let mut hint = error.hint.clone();
    if let Some((name, known)) = &error.unknown {
        match nearest(name, known.iter().map(String::as_str)) {
            Some(meant) => hint = format!("did you mean {meant}?"),
            None if hint.is_empty() => hint = format!("known here: {}", known.join(", ")),
            None => {}
        }
    }
    section.refuse(at, key, &error.what, hint);
}

/// What a value of TOML says as JSON; none where it says something that JSON cannot.
pub(super) fn raw<'r>(
    section: &Section<'r>,
    key: &str,
    value: &'r Spanned<DeValue<'r>>,
) -> Option<Raw> {
    Some(match value.get_ref() {
        DeValue::String(_) => Raw::Text(section.as_text(key, value)?.value),
        DeValue::Boolean(flag) => Raw::Flag(*flag),
        DeValue::Integer(number) if number.radix() == 10 => {
            Raw::Number(number.as_str().trim_start_matches('+').to_owned())
        }
        DeValue::Float(number) if !number.as_str().ends_with(['f', 'n']) => {
            let number: f64 = number.as_str().parse().ok()?;
            Raw::Number(number.to_string())
        }
        DeValue::Array(items) => {
            let items = items.iter().map(|item| raw(section, key, item));
            Raw::List(items.collect::<Option<_>>()?)
        }
        DeValue::Table(table) => {
            let mut members: Vec<_> = table.iter().collect();
            members.sort_by_key(|(name, _)| name.span().start);
            let member = |(name, value): (&'r Spanned<_>, _)| {
                let name: &std::borrow::Cow<'_, str> = name.get_ref();
                Some((name.to_string(), raw(section, key, value)?))
            };
            Raw::Map(members.into_iter().map(member).collect::<Option<_>>()?)
        }
        _ => {
            section.wrong_type(
                key,
                value,
                "text, a number, a list or a table",
                "put it in quotes",
            );
            return None;
        }
    })
}
