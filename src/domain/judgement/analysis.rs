//! `lead_analysis` and `spotted_keywords`, from the words of the lead itself.
//!
//! Nothing is invented: keywords, topics and intents are those of the owner's lists that are found, a
//! mood is told only where the words leave no doubt, a summary is made of sentences that are there.

use super::Meaning;
use super::lexicon::{Found, Lexicon, Words};
use super::summary::summary;
use super::texts;
use crate::domain::field::Field;
use crate::domain::lead::Lead;
use crate::domain::value::Value;

/// What is looked for: `[analysis]` of the config.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Analysis {
    /// Words and phrases that are told as they are written here.
    pub keywords: Vec<String>,
    /// Topics, and the words that speak of them.
    pub topics: Vec<(String, Vec<String>)>,
    /// What people want, and the words that say so.
    pub intents: Vec<(String, Vec<String>)>,
    /// The languages whose moods are understood; none: no mood is told.
    pub sentiment: Vec<Language>,
    /// Whether texts are summed up.
    pub summary: bool,
}

/// A language with a list of good and bad words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// `en`
    English,
    /// `de`
    German,
    /// `es`
    Spanish,
}

impl Language {
    /// All of them.
    pub const ALL: [Language; 3] = [Language::English, Language::German, Language::Spanish];

    /// As HTML names it.
    pub fn name(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::German => "de",
            Language::Spanish => "es",
        }
    }

    /// Lines of `+`, `-` (good, bad) or `!` (not) and a word.
    fn moods(self) -> &'static str {
        match self {
            Language::English => include_str!("moods_en.txt"),
            Language::German => include_str!("moods_de.txt"),
            Language::Spanish => include_str!("moods_es.txt"),
        }
    }
}

/// What was found in the texts of a lead.
#[derive(Debug, Default)]
pub(super) struct Hits {
    keywords: Vec<usize>,
    topics: Vec<usize>,
    intents: Vec<usize>,
    n_good: usize,
    n_bad: usize,
    /// Where the last word that turns a mood stands.
    turned: Option<usize>,
}

/// So many words may stand between `not` and `good`.
const TURN_WORDS_MAX: usize = 2;
/// Fewer words of one mood leave a doubt, and so does any of the other.
const MOOD_WORDS_MIN: usize = 2;

impl Hits {
    /// What comes now stands at places of its own: a word that turns a mood does so no more.
    pub(super) fn begin_other_words(&mut self) {
        self.turned = None;
    }

    pub(super) fn hear(&mut self, words: &Words, found: &Found<'_, Meaning>) {
        let note = |list: &mut Vec<usize>, number: usize| {
            if !list.contains(&number) {
                list.push(number);
            }
        };
        match *found.means {
            Meaning::Keyword(number) => note(&mut self.keywords, number),
            Meaning::Topic(number) => note(&mut self.topics, number),
            Meaning::Intent(number) => note(&mut self.intents, number),
            Meaning::Not => self.turned = Some(found.place),
            Meaning::Mood(is_good) => {
                let is_near = |turn: usize| {
                    found.place.wrapping_sub(turn + 1) <= TURN_WORDS_MAX
                        && words.is_one_text(turn, found.place)
                };
                // It turns one word.
                match is_good != self.turned.take().is_some_and(is_near) {
                    true => self.n_good += 1,
                    false => self.n_bad += 1,
                }
            }
            Meaning::Pitch(_) | Meaning::Blocked => {}
        }
    }

    fn mood(&self) -> Option<&'static str> {
        match (self.n_good, self.n_bad) {
            (good, 0) if good >= MOOD_WORDS_MIN => Some("Positive"),
            (0, bad) if bad >= MOOD_WORDS_MIN => Some("Negative"),
            _ => None,
        }
    }
}

impl Analysis {
    /// Whether anything is looked for.
    pub(super) fn is_on(&self) -> bool {
        *self != Analysis::default()
    }

    pub(super) fn add_to(&self, lexicon: &mut Lexicon<Meaning>) {
        for (number, keyword) in self.keywords.iter().enumerate() {
            lexicon.add(keyword, Meaning::Keyword(number));
        }
        for (number, (_, words)) in self.topics.iter().enumerate() {
            for word in words {
                lexicon.add(word, Meaning::Topic(number));
            }
        }
        for (number, (_, words)) in self.intents.iter().enumerate() {
            for word in words {
                lexicon.add(word, Meaning::Intent(number));
            }
        }
        for line in self.sentiment.iter().flat_map(|one| one.moods().lines()) {
            let Some((mark, word)) = line.split_once(' ') else {
                continue;
            };
            lexicon.add(
                word,
                match mark {
                    "+" => Meaning::Mood(true),
                    "-" => Meaning::Mood(false),
                    _ => Meaning::Not,
                },
            );
        }
    }

    /// Writes into the lead what was found. What the source sent stays, as a whole.
    pub(super) fn apply(&self, lead: &mut Lead, hits: &Hits) {
        if !self.is_on() {
            return;
        }
        let list = |names: Vec<&str>| names.join(",");
        let keywords = list(hits.keywords.iter().map(|n| self.keyword(*n)).collect());
        let topics = list(
            hits.topics
                .iter()
                .map(|n| self.topics[*n].0.as_str())
                .collect(),
        );
        let intents = list(
            hits.intents
                .iter()
                .map(|n| self.intents[*n].0.as_str())
                .collect(),
        );
        let summary = match self.summary {
            true => summed_up(lead),
            false => String::new(),
        };
        let spotted = (!keywords.is_empty()).then(|| Value::Text(keywords.clone()));
        let found = [
            ("Keyword Detection", keywords),
            ("Lead Summary", summary),
            ("Intent Detection", intents),
            (
                "Sentiment Detection",
                hits.mood().unwrap_or_default().to_owned(),
            ),
            ("Topic Detection", topics),
        ];
        let found = found.into_iter().filter(|(_, text)| !text.is_empty());
        let found = found
            .map(|(label, text)| (label.to_owned(), text))
            .collect();
        lead.derive(Field::LeadAnalysis, Some(Value::Map(found)));
        lead.derive(Field::SpottedKeywords, spotted);
    }

    /// A keyword as it is told: without the `*` of any ending.
    fn keyword(&self, number: usize) -> &str {
        self.keywords[number].trim().trim_end_matches('*')
    }
}

/// Of what was written and spoken; choices, ids and addresses of pages are no sentences.
fn summed_up(lead: &Lead) -> String {
    let written = texts::written(lead).filter(|part| part.is_prose());
    summary(written.map(|part| part.text).chain(texts::others(lead)))
}
