//! Paths: how the config says which part of a post is meant.
//!
//! | written | means |
//! | --- | --- |
//! | `a.b c` | what is named `b c` inside what is named `a` |
//! | `"1.3"` | a name with a dot, a bracket, a bar or a quote in it; `\` stands before `"` and `\` |
//! | `[0]` | the first of a list |
//! | `[*]` | the first of which the rest of the path finds a text |
//! | `[key=value]` | the first with this text, whatever its case, at the path `key` |
//! | `\|json` | what this text says as JSON |

use std::iter::Peekable;
use std::str::CharIndices;

use super::text::text_of;
use crate::domain::raw::Raw;

/// The way from a post to a part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path(Vec<Step>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Name(String),
    Index(usize),
    Any,
    Where(Path, String),
    Json,
}

/// Why a text is no path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathError {
    /// The byte of the text at which it shows, from 0.
    pub at: usize,
    /// What is wrong there.
    pub what: &'static str,
    /// What to write.
    pub hint: &'static str,
}

/// No service nests as deep; a bound for what follows the steps one inside the other.
const STEPS_MAX: usize = 32;

const NAME_HINT: &str =
    r#"names stand between dots: form.email; one with a dot in it in quotes: form."1.3""#;
const BRACKET_HINT: &str = "a bracket holds a number, * or key=value: answers[type=email].email";
const QUOTE_HINT: &str = r#"a quoted name ends with the quote it began with: "First name""#;
const END_HINT: &str =
    "behind a name, a bracket or a quote comes a dot, a bracket, |json or the end";

impl Path {
    /// The whole post.
    pub fn whole() -> Path {
        Path(Vec::new())
    }

    /// Reads a path.
    pub fn parse(text: &str) -> Result<Path, PathError> {
        let mut scanner = Scanner {
            text,
            chars: text.char_indices().peekable(),
        };
        let path = scanner.path(&['.', '[', '|', ']'], true)?;
        match scanner.peek() {
            None => Ok(path),
            Some(_) => Err(scanner.error("this does not belong to a path", END_HINT)),
        }
    }

    /// The first part of `raw` that this path leads to and that has a text.
    pub(super) fn find<'r>(&self, raw: &'r Raw) -> Option<&'r Raw> {
        let mut found = None;
        follow(&self.0, raw, &mut |node| {
            let says = text_of(node).is_some();
            if says {
                found = Some(node);
            }
            says
        });
        found
    }

    /// All parts of `raw` that this path leads to.
    pub(super) fn find_all<'r>(&self, raw: &'r Raw) -> Vec<&'r Raw> {
        let mut found = Vec::new();
        follow(&self.0, raw, &mut |node| {
            found.push(node);
            false
        });
        found
    }

    /// Changes all parts of `raw` that this path leads to. On the way, what a text says as JSON is
    /// put in the place of the text, for good.
    pub(super) fn change_all(&self, raw: &mut Raw, change: &mut dyn FnMut(&mut Raw)) {
        follow_mut(&self.0, raw, change);
    }

    /// Whether the path reads a text as JSON.
    pub(super) fn reads_json(&self) -> bool {
        self.0.contains(&Step::Json)
    }
}

/// Visits what `steps` lead to, in order, until `visit` says that it is enough.
fn follow<'r>(steps: &[Step], raw: &'r Raw, visit: &mut dyn FnMut(&'r Raw) -> bool) -> bool {
    let Some((step, rest)) = steps.split_first() else {
        return visit(raw);
    };
    match step {
        Step::Name(name) => entry(raw, name).is_some_and(|node| follow(rest, node, visit)),
        Step::Index(n) => {
            let node = match raw {
                Raw::List(items) => items.get(*n),
                raw => entry(raw, &n.to_string()),
            };
            node.is_some_and(|node| follow(rest, node, visit))
        }
        Step::Any => elements(raw).any(|node| follow(rest, node, visit)),
        Step::Where(key, wanted) => elements(raw)
            .filter(|node| is(key, node, wanted))
            .any(|node| follow(rest, node, visit)),
        Step::Json => follow(rest, raw, visit),
    }
}

fn follow_mut(steps: &[Step], raw: &mut Raw, change: &mut dyn FnMut(&mut Raw)) {
    let Some((step, rest)) = steps.split_first() else {
        return change(raw);
    };
    match step {
        Step::Json => {
            if let Raw::Text(text) = raw
                && let Ok(read) = Raw::from_json(text.as_bytes())
            {
                *raw = read;
            }
            follow_mut(rest, raw, change);
        }
        Step::Any => elements_mut(raw).for_each(|node| follow_mut(rest, node, change)),
        Step::Where(key, wanted) => elements_mut(raw)
            .filter(|node| is(key, node, wanted))
            .for_each(|node| follow_mut(rest, node, change)),
        Step::Name(_) | Step::Index(_) => {
            let node = match (step, raw) {
                (Step::Index(n), Raw::List(items)) => items.get_mut(*n),
                (Step::Index(n), raw) => entry_mut(raw, &n.to_string()),
                (Step::Name(name), raw) => entry_mut(raw, name),
                _ => None,
            };
            if let Some(node) = node {
                follow_mut(rest, node, change);
            }
        }
    }
}

fn is(key: &Path, node: &Raw, wanted: &str) -> bool {
    let said = key.find(node).and_then(text_of);
    said.is_some_and(|said| said.to_lowercase() == wanted.trim().to_lowercase())
}

fn entry<'r>(raw: &'r Raw, name: &str) -> Option<&'r Raw> {
    let Raw::Map(entries) = raw else { return None };
    let mut entries = entries.iter();
    entries.find(|(known, _)| known == name).map(|(_, raw)| raw)
}

fn entry_mut<'r>(raw: &'r mut Raw, name: &str) -> Option<&'r mut Raw> {
    let Raw::Map(entries) = raw else { return None };
    let mut entries = entries.iter_mut();
    entries.find(|(known, _)| known == name).map(|(_, raw)| raw)
}

/// The values of a list, or of an object, which is how forms write lists: `fields[7][label]=…`.
pub(super) fn elements(raw: &Raw) -> impl Iterator<Item = &Raw> {
    let (items, entries) = match raw {
        Raw::List(items) => (items.as_slice(), [].as_slice()),
        Raw::Map(entries) => ([].as_slice(), entries.as_slice()),
        _ => ([].as_slice(), [].as_slice()),
    };
    items.iter().chain(entries.iter().map(|(_, raw)| raw))
}

/// The same, to be changed.
pub(super) fn elements_mut(raw: &mut Raw) -> impl Iterator<Item = &mut Raw> {
    let (items, entries) = match raw {
        Raw::List(items) => (items.as_mut_slice(), [].as_mut_slice()),
        Raw::Map(entries) => ([].as_mut_slice(), entries.as_mut_slice()),
        _ => ([].as_mut_slice(), [].as_mut_slice()),
    };
    items
        .iter_mut()
        .chain(entries.iter_mut().map(|(_, raw)| raw))
}

struct Scanner<'t> {
    text: &'t str,
    chars: Peekable<CharIndices<'t>>,
}

impl Scanner<'_> {
    fn peek(&mut self) -> Option<char> {
        self.chars.peek().map(|(_, c)| *c)
    }

    fn at(&mut self) -> usize {
        self.chars.peek().map_or(self.text.len(), |(at, _)| *at)
    }

    fn takes(&mut self, wanted: char) -> bool {
        self.chars.next_if(|(_, c)| *c == wanted).is_some()
    }

    fn error(&mut self, what: &'static str, hint: &'static str) -> PathError {
        PathError {
            at: self.at(),
            what,
            hint,
        }
    }

    /// Reads steps. An unquoted name ends at one of `ends`.
    fn path(&mut self, ends: &[char], brackets: bool) -> Result<Path, PathError> {
        let mut steps = Vec::new();
        if self.peek() != Some('[') || !brackets {
            steps.push(self.name(ends)?);
        }
        loop {
            if steps.len() > STEPS_MAX {
                return Err(self.error("the path has more than 32 steps", NAME_HINT));
            }
            match self.peek() {
                Some('.') => {
                    self.chars.next();
                    steps.push(self.name(ends)?);
                }
                Some('[') if brackets => steps.push(self.bracket()?),
                Some('|') if brackets => {
                    let at = self.at();
                    let is_json = self.text[at..].starts_with("|json");
                    if !is_json {
                        let hint = r#"|json reads a text as JSON; a name with a bar in it stands in quotes: "a|b""#;
                        return Err(self.error("only |json can follow a bar", hint));
                    }
                    let after = at + "|json".len();
                    while self.chars.next_if(|(at, _)| *at < after).is_some() {}
                    steps.push(Step::Json);
                }
                _ => return Ok(Path(steps)),
            }
        }
    }

    fn name(&mut self, ends: &[char]) -> Result<Step, PathError> {
        while self.takes(' ') {}
        if self.peek() == Some('"') {
            return self.quoted().map(Step::Name);
        }
        let begin = self.at();
        while self.chars.next_if(|(_, c)| !ends.contains(c)).is_some() {}
        let name = self.text[begin..self.at()].trim();
        if name.is_empty() {
            let what = "a name is missing here";
            let hint = NAME_HINT;
            return Err(PathError {
                at: begin,
                what,
                hint,
            });
        }
        Ok(Step::Name(name.to_owned()))
    }

    fn quoted(&mut self) -> Result<String, PathError> {
        let open = self.at();
        self.chars.next();
        let mut text = String::new();
        while let Some((_, c)) = self.chars.next() {
            match c {
                '"' => return Ok(text),
                '\\' => text.extend(self.chars.next().map(|(_, c)| c)),
                c => text.push(c),
            }
        }
        Err(PathError {
            at: open,
            what: "this quote is not closed",
            hint: QUOTE_HINT,
        })
    }

    fn bracket(&mut self) -> Result<Step, PathError> {
        let open = self.at();
        self.chars.next();
        let step = match self.peek() {
            Some('*') => {
                self.chars.next();
                Step::Any
            }
            Some(c) if c.is_ascii_digit() && self.is_index() => self.index()?,
            Some(']') | None => {
                return Err(PathError {
                    at: open,
                    what: "there is nothing in this bracket",
                    hint: BRACKET_HINT,
                });
            }
            Some(_) => self.condition()?,
        };
        match self.takes(']') {
            true => Ok(step),
            false => {
                let what = "a ] is missing here";
                Err(self.error(what, BRACKET_HINT))
            }
        }
    }

    /// Whether the bracket holds digits alone.
    fn is_index(&mut self) -> bool {
        let at = self.at();
        let rest = self.text[at..].trim_start_matches(|c: char| c.is_ascii_digit());
        !rest.contains(']') || rest.starts_with(']')
    }

    fn index(&mut self) -> Result<Step, PathError> {
        let begin = self.at();
        while self.chars.next_if(|(_, c)| c.is_ascii_digit()).is_some() {}
        let digits = &self.text[begin..self.at()];
        digits.parse().map(Step::Index).map_err(|_| PathError {
            at: begin,
            what: "no list has so many",
            hint: BRACKET_HINT,
        })
    }

    fn condition(&mut self) -> Result<Step, PathError> {
        let key = self.path(&['.', '=', '[', '|', ']'], false)?;
        if !self.takes('=') {
            return Err(self.error("a = is missing here", BRACKET_HINT));
        }
        let begin = self.at();
        let value = match self.peek() {
            Some('"') => self.quoted()?,
            _ => {
                while self.chars.next_if(|(_, c)| *c != ']').is_some() {}
                self.text[begin..self.at()].trim().to_owned()
            }
        };
        if value.trim().is_empty() {
            return Err(PathError {
                at: begin,
                what: "a value is missing here",
                hint: BRACKET_HINT,
            });
        }
        Ok(Step::Where(key, value))
    }
}
