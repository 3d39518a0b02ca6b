//! `[analysis]`: what texts of leads are searched for.

use super::section::{Section, Text, quoted};
use crate::domain::judgement::{Analysis, Language};

const WORDS_MAX: usize = 2000;
const NAMES_MAX: usize = 200;
const CHARS_MAX: usize = 100;

pub(super) fn analysis(section: &Section<'_>) -> Analysis {
    Analysis {
        keywords: words(section, "keywords", section.texts("keywords")),
        topics: lists(
            section,
            "topics",
            r#"topics = { "Plumbing" = ["drip*", "leak*"] }"#,
        ),
        intents: lists(
            section,
            "intents",
            r#"intents = { "Quote" = ["quote", "how much"] }"#,
        ),
        sentiment: section.words("sentiment", &Language::ALL.map(Language::name), |name| {
            Language::ALL.into_iter().find(|one| one.name() == name)
        }),
        summary: section.flag("summary", false),
    }
}

/// Names, each with its words.
fn lists(section: &Section<'_>, key: &str, hint: &str) -> Vec<(String, Vec<String>)> {
    let lists = section.table(key, hint, |inner, table| {
        if table.len() > NAMES_MAX {
            let what = format!("there are more than {NAMES_MAX} of them");
            section.refuse(inner.at, key, what, "write fewer of them");
        }
        // In the order in which they are written.
        let names = table.keys();
        let mut names: Vec<(usize, String)> = names
            .map(|name| (name.span().start, name.get_ref().to_string()))
            .collect();
        names.sort_unstable();
        let list = |(at, name): (usize, String)| {
            check_name(inner, &name, at);
            let words = words(inner, &name, inner.texts(&name));
            (name, words)
        };
        names.into_iter().map(list).collect()
    });
    lists.unwrap_or_default()
}

/// Several of them stand in one text with a comma between.
fn check_name(section: &Section<'_>, name: &str, at: usize) {
    let fits = (1..=CHARS_MAX).contains(&name.chars().count());
    if !fits || name.contains(',') || name.contains(char::is_control) {
        let hint = format!("1 to {CHARS_MAX} characters without a comma");
        let shown = name.escape_debug().to_string();
        section.refuse(at, &shown, "this is no name", hint);
    }
}

fn words(section: &Section<'_>, key: &str, texts: Option<Vec<Text<'_>>>) -> Vec<String> {
    let texts = texts.unwrap_or_default();
    if texts.len() > WORDS_MAX {
        let what = format!("there are more than {WORDS_MAX} of them");
        section.refuse(texts[0].at, key, what, "write fewer of them");
    }
    let one = |text: Text<'_>| {
        let has_word = text.value.chars().any(char::is_alphanumeric);
        let fits = has_word && text.value.chars().count() <= CHARS_MAX;
        if !fits || text.value.contains(',') {
            let what = format!("{} is no word to look for", quoted(text.raw));
            let hint =
                format!("1 to {CHARS_MAX} characters without a comma; * stands for any ending");
            section.refuse(text.at, key, what, hint);
        }
        text.value
    };
    texts.into_iter().map(one).collect()
}
