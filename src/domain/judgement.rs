//! What the owner's settings make of a lead: whether it is spam, what its texts are about, what it is
//! worth.
//!
//! All of it is derived: a function of the lead and today's settings, done anew whenever the lead
//! changes, so that nothing is added twice. What the source or a person said stays.

mod analysis;
mod echoes;
mod gibberish;
mod hosts;
mod lexicon;
mod links;
mod rules;
mod screening;
mod summary;
mod texts;

pub use analysis::{Analysis, Language};
pub use echoes::Echoes;
pub use rules::{OwnerRule, SETTABLE};
pub use screening::{Code, Reason, Screening, Senders, Signal, THRESHOLD};

use super::field::Field;
use super::lead::Lead;
use super::time::Timestamp;
use super::value::{Number, Value};

use analysis::Hits;
use lexicon::{Lexicon, Words};
use screening::{Wording, is_written};
use texts::Text;

/// All that is judged by, ready to use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// What is taken for spam.
    pub screening: Screening,
    /// What texts are searched for.
    pub analysis: Analysis,
    /// The owner's rules, in their order.
    pub rules: Vec<OwnerRule>,
    lexicon: Lexicon<Meaning>,
}

/// What a word or phrase stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    /// An offer, by its weight.
    Pitch(u32),
    /// On the owner's block list.
    Blocked,
    /// The owner's keyword, topic or intent of this number.
    Keyword(usize),
    Topic(usize),
    Intent(usize),
    /// Good or bad.
    Mood(bool),
    /// Turns the mood that follows.
    Not,
}

/// What one post adds to what its lead says.
#[derive(Debug, Default)]
pub struct Heard<'e> {
    /// What it betrayed.
    pub signals: Vec<Signal>,
    /// What was written lately, and the time of the post.
    pub lately: Option<(&'e mut Echoes, Timestamp)>,
}

impl Default for Judgement {
    fn default() -> Judgement {
        Judgement::new(Screening::default(), &[], Analysis::default(), Vec::new())
    }
}

/// Phrases of mass mailings with their weights.
const PITCH: &str = include_str!("judgement/pitch.txt");

impl Judgement {
    /// Makes all lists ready.
    pub fn new(
        screening: Screening,
        blocked_words: &[String],
        analysis: Analysis,
        rules: Vec<OwnerRule>,
    ) -> Judgement {
        let mut lexicon = Lexicon::default();
        for line in PITCH.lines() {
            if let Some((weight, phrase)) = line.split_once(' ') {
                lexicon.add(phrase, Meaning::Pitch(weight.parse().unwrap_or(1)));
            }
        }
        for word in blocked_words {
            lexicon.add(word, Meaning::Blocked);
        }
        analysis.add_to(&mut lexicon);
        Judgement {
            screening,
            analysis,
            rules,
            lexicon,
        }
    }

    /// Judges a lead as it will be stored: after a post with what it added, after a person's edit
    /// without, since nobody's own words make spam of somebody else's. Gives the names of the rules
    /// that held.
    pub fn apply(&self, lead: &mut Lead, heard: Option<Heard<'_>>) -> Vec<&str> {
        let written: Vec<Text<'_>> = texts::written(lead).collect();
        let is_screened = heard.is_some() && is_written(lead.lead_type);
        let mut wording = Wording::default();
        let mut hits = Hits::default();
        if is_screened || self.analysis.is_on() || (heard.is_some() && self.blocks_words()) {
            let words = Words::of(written.iter().map(|part| part.text));
            self.lexicon.find(&words, |found| {
                wording.hear(&found);
                hits.hear(&words, &found);
            });
            if self.analysis.is_on() {
                let others = Words::of(texts::others(lead));
                hits.begin_other_words();
                self.lexicon
                    .find(&others, |found| hits.hear(&others, &found));
            }
        }
        let reasons = heard.map(|heard| self.reasons(lead, &written, &wording, heard));
        self.screen(lead, reasons);
        self.analysis.apply(lead, &hits);
        rules::apply(&self.rules, lead)
    }

    fn blocks_words(&self) -> bool {
        self.lexicon.means().any(|means| *means == Meaning::Blocked)
    }

    /// All that speaks against a lead after a post, with what its earlier posts betrayed.
    fn reasons(
        &self,
        lead: &Lead,
        written: &[Text<'_>],
        wording: &Wording,
        heard: Heard<'_>,
    ) -> Vec<Reason> {
        let n_echoes = heard
            .lately
            .map_or(0, |(echoes, now)| echoes.hear(lead, written, now));
        let mut signals = heard.signals;
        signals.extend(remembered(lead, &signals));
        self.screening
            .reasons(lead, written, wording, &signals, n_echoes)
    }

    /// Marks a lead. Without reasons of a post it keeps those that it has.
    fn screen(&self, lead: &mut Lead, reasons: Option<Vec<Reason>>) {
        if lead.is_said(Field::Spam) {
            return;
        }
        if let Some(reasons) = reasons {
            let score: u32 = reasons.iter().map(|reason| reason.points).sum();
            let shown = reasons.iter().map(shown).collect();
            let score =
                (!reasons.is_empty()).then(|| Value::Number(Number::from_u64(score.into())));
            lead.derive(Field::SpamScore, score);
            lead.derive(Field::SpamReasons, Some(Value::Map(shown)));
        }
        let score = match lead.values.find(Field::SpamScore) {
            Some(Value::Number(number)) => number.as_str().parse().unwrap_or(0),
            _ => 0,
        };
        let is_spam = self.screening.is_spam(&lead.source, score);
        lead.derive(Field::Spam, Some(Value::Flag(is_spam)));
    }
}

/// A reason as `spam_reasons` has it: its code, and its sentence with the points.
fn shown(reason: &Reason) -> (String, String) {
    let text = format!("{} (+{})", reason.sentence, reason.points);
    (reason.code.name().to_owned(), text)
}

/// What earlier posts of the lead betrayed; its fields do not show it again.
fn remembered(lead: &Lead, signals: &[Signal]) -> Vec<Signal> {
    const LASTING: [Code; 4] = [Code::Honeypot, Code::Speed, Code::Captcha, Code::Repeated];
    let known = lead.values.map(Field::SpamReasons);
    let one = |code: &Code| {
        let (_, text) = known.iter().find(|(label, _)| label == code.name())?;
        let (sentence, _) = text.rsplit_once(" (+")?;
        let is_new = signals.iter().all(|signal| signal.code != *code);
        is_new.then(|| Signal {
            code: *code,
            sentence: sentence.to_owned(),
        })
    };
    LASTING.iter().filter_map(one).collect()
}
