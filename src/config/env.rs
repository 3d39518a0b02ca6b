//! The environment as a value, and the texts that refer to it with `${NAME}`.

use std::collections::BTreeMap;
use std::fmt;

/// Environment variables. `Debug` shows their names only: values may be secrets.
#[derive(Clone, Default)]
pub struct Env {
    variables: BTreeMap<String, String>,
    needs_no_credentials: bool,
}

impl Env {
    /// Those of this process; what is not UTF-8 is left out.
    pub fn of_process() -> Env {
        std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect()
    }

    /// These, and what `other` has where these have nothing.
    pub fn or(mut self, other: Env) -> Env {
        for (name, value) in other.variables {
            if self.var(&name).is_none() {
                self.variables.insert(name, value);
            }
        }
        self
    }

    /// The same for who has no use for secrets: credentials that only a running unit is given may be
    /// missing.
    pub fn without_credentials(self) -> Env {
        Env {
            needs_no_credentials: true,
            ..self
        }
    }

    pub(super) fn needs_no_credentials(&self) -> bool {
        self.needs_no_credentials
    }

    /// The value of `name`; an empty one counts as unset.
    pub fn var(&self, name: &str) -> Option<&str> {
        self.variables
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Env {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Env {
        let pairs = pairs.into_iter();
        Env {
            variables: pairs
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
            needs_no_credentials: false,
        }
    }
}

impl fmt::Debug for Env {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.variables.keys()).finish()
    }
}

/// Why a text with `${…}` has no value.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unfilled {
    /// This variable is unset or empty.
    Unset(String),
    /// `${` without a name and a `}` behind it.
    Malformed,
}

/// Puts variables where `text` has `${NAME}`; `$${` stands for `${` itself.
pub(super) fn fill(text: &str, env: &Env) -> Result<String, Unfilled> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(dollar) = rest.find("${") {
        let (before, from_dollar) = rest.split_at(dollar);
        let inner = &from_dollar[2..];
        if let Some(before) = before.strip_suffix('$') {
            filled.push_str(before);
            filled.push_str("${");
            rest = inner;
            continue;
        }
        let (name, after) = inner.split_once('}').ok_or(Unfilled::Malformed)?;
        if !is_name(name) {
            return Err(Unfilled::Malformed);
        }
        let value = env
            .var(name)
            .ok_or_else(|| Unfilled::Unset(name.to_owned()))?;
        filled.push_str(before);
        filled.push_str(value);
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(|c: char| c.is_ascii_digit())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_put_in_and_an_escaped_dollar_stays() {
        let env: Env = [("HOST", "crm.example"), ("EMPTY", "")]
            .into_iter()
            .collect();
        let filled = |text| fill(text, &env);
        assert_eq!(
            filled("https://${HOST}/${HOST}").as_deref(),
            Ok("https://crm.example/crm.example")
        );
        assert_eq!(filled("a$b $${HOST} 5$").as_deref(), Ok("a$b ${HOST} 5$"));
        assert_eq!(filled("${EMPTY}"), Err(Unfilled::Unset("EMPTY".to_owned())));
        assert_eq!(filled("${NONE}"), Err(Unfilled::Unset("NONE".to_owned())));
        for text in ["${HOST", "${}", "${A B}", "${1A}"] {
            assert_eq!(filled(text), Err(Unfilled::Malformed), "{text}");
        }
    }

    #[test]
    fn debug_shows_no_value() {
        let env: Env = [("TOKEN", "canary")].into_iter().collect();
        assert_eq!(format!("{env:?}"), r#"{"TOKEN"}"#);
    }
}
