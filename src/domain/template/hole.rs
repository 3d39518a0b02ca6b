//! One placeholder: how it is written, and what it says of an event.

use std::borrow::Cow;

use super::filter::Filter;
use super::slot::{Said, Slot};
use super::{Occasion, Scope, TemplateError, Without};

/// A placeholder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hole {
    pub(super) slot: Slot,
    /// What is said where the lead says nothing.
    default: Option<Said<'static>>,
    pub(super) without: Without,
    filters: Vec<Filter>,
}

impl Hole {
    pub(super) fn said<'a>(&'a self, occasion: &Occasion<'a>) -> Said<'a> {
        let said = self.slot.said(occasion);
        let filters = self.filters.iter();
        match (
            filters.fold(said, |said, filter| filter.apply(said)),
            &self.default,
        ) {
            (Said::Nothing, Some(default)) => default.clone(),
            (said, _) => said,
        }
    }
}

const CLOSE_HINT: &str = "a placeholder ends with }: {city}; for a brace itself write {{ or }}";

/// Reads the placeholder that opens at the byte `open` of `text`; gives where it ends, too.
pub(super) fn read(
    text: &str,
    open: usize,
    scope: &Scope,
) -> Result<(Bound, usize), TemplateError> {
    let (pieces, end) = pieces(text, open)?;
    Ok((bound(&pieces, scope)?, end))
}

/// `name.arg?` or `filter:arg`, between bars.
struct Piece<'t> {
    at: usize,
    head: &'t str,
    arg: Option<&'t str>,
    /// How many `?` stand behind it.
    marks: usize,
}

/// The pieces of the placeholder that opens at `open`, and where it ends.
fn pieces(text: &str, open: usize) -> Result<(Vec<Piece<'_>>, usize), TemplateError> {
    let unclosed = || TemplateError::new(open, "this placeholder is not closed", CLOSE_HINT);
    let mut pieces: Vec<Piece<'_>> = Vec::new();
    let mut at = open + 1;
    loop {
        let separator = if pieces.is_empty() { '.' } else { ':' };
        let ends = [separator, '|', '}'];
        let head_end = at + text[at..].find(ends).ok_or_else(unclosed)?;
        let mut end = head_end;
        let mut piece = Piece {
            at,
            head: &text[at..end],
            arg: None,
            marks: 0,
        };
        let mut is_quoted = false;
        if text[end..].starts_with(separator) {
            let begin = end + 1;
            let quote = text[begin..].chars().next();
            let tail = match quote.filter(|c| matches!(c, '"' | '\'')) {
                Some(quote) => {
                    let inside = begin + 1;
                    let close = inside + text[inside..].find(quote).ok_or_else(unclosed)?;
                    piece.arg = Some(&text[inside..close]);
                    close + 1
                }
                None => begin,
            };
            end = tail + text[tail..].find(['|', '}']).ok_or_else(unclosed)?;
            match piece.arg {
                Some(_) => {
                    is_quoted = true;
                    piece.marks = marks(text[tail..end].trim(), tail)?;
                }
                None => piece.arg = Some(&text[tail..end]),
            }
        }
        if pieces.is_empty() && !is_quoted {
            let last = piece.arg.as_mut().unwrap_or(&mut piece.head);
            let bare = last.trim_end().trim_end_matches('?');
            piece.marks = last.trim_end().len() - bare.len();
            *last = bare;
        }
        pieces.push(piece);
        match text[end..].starts_with('|') {
            true => at = end + 1,
            false => return Ok((pieces, end + 1)),
        }
    }
}

/// How many `?` a text is.
fn marks(text: &str, at: usize) -> Result<usize, TemplateError> {
    match text.bytes().all(|byte| byte == b'?') {
        true => Ok(text.len()),
        false => Err(TemplateError::new(
            at,
            "something stands behind the quote",
            "behind a quote comes ?, | or }",
        )),
    }
}

/// What a placeholder is once the values of the webhook are known.
pub(super) enum Bound {
    Literal(String),
    Hole(Hole),
}

fn bound(pieces: &[Piece<'_>], scope: &Scope) -> Result<Bound, TemplateError> {
    let [first, filters @ ..] = pieces else {
        unreachable!("a placeholder has a name");
    };
    let without = match first.marks {
        0 => Without::Stays,
        1 => Without::Left,
        2 => Without::LeftWithAll,
        _ => {
            let hint = "{city?} leaves out the member, {city??} what is around it";
            let what = "there are more than two ? here";
            return Err(TemplateError::new(first.at, what, hint));
        }
    };
    let mut default = None;
    let mut read = Vec::new();
    for piece in filters {
        match (piece.head.trim(), piece.arg) {
            ("default", Some(text)) => default = Some(text.to_owned()),
            (name, arg) => read.push(Filter::parse(piece.at, name, arg, &scope.time_zone)?),
        }
    }
    if first.head.trim() == "values" {
        let value = constant(first, scope)?;
        let said = Said::Text(Cow::Borrowed(value));
        let said = read.iter().fold(said, |said, filter| filter.apply(said));
        return Ok(Bound::Literal(said.text().into_owned()));
    }
    let slot = Slot::parse(first.at, first.head.trim(), first.arg)?;
    Ok(Bound::Hole(Hole {
        default: default.map(|text| slot.typed(text)),
        slot,
        without,
        filters: read,
    }))
}

fn constant<'s>(piece: &Piece<'_>, scope: &'s Scope) -> Result<&'s str, TemplateError> {
    let name = piece.arg.unwrap_or_default().trim();
    let known = scope.values.iter().find(|(known, _)| known == name);
    known.map(|(_, value)| value.as_str()).ok_or_else(|| {
        let names = scope.values.iter();
        let names = names.map(|(name, _)| format!("values.{name}")).collect();
        TemplateError {
            at: piece.at,
            what: format!("the webhook has no value {name}"),
            hint: format!("values = {{ {name} = \"…\" }}"),
            unknown: Some((format!("values.{name}"), names)),
        }
    })
}
