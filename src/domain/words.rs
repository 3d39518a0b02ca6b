//! The words of a lead: what a search looks through.
//!
//! A word is a run of letters and digits, in lower case and without accents, so that `muller` finds
//! `Müller`. Scripts that put no spaces between words have each character as a word of its own.

use std::collections::BTreeSet;

use super::field::Field;
use super::lead::Lead;
use super::value::Value;

/// Longer words are cut: nobody types them whole, and they are mostly no words.
pub const WORD_CHARS_MAX: usize = 32;
/// Of one lead so many different words are found; more than anybody writes by hand.
pub const WORDS_MAX: usize = 2048;

/// A search asks for so many words at most; more are not looked at.
pub const SOUGHT_MAX: usize = 16;

/// The different words of a lead, in order.
pub fn words_of(lead: &Lead) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    visit(lead, &mut |word| {
        if words.len() < WORDS_MAX && !words.contains(word) {
            words.insert(word.to_owned());
        }
    });
    words
}

/// The words of what somebody searches for.
pub fn words_sought(text: &str) -> Vec<String> {
    let mut words = BTreeSet::new();
    split(text, &mut String::new(), &mut |word| {
        words.insert(word.to_owned());
    });
    words.into_iter().take(SOUGHT_MAX).collect()
}

/// Whether a word is what somebody searches for: it begins with that, or is that where it is a
/// single character.
pub fn answers(word: &str, sought: &str) -> bool {
    word == sought || (sought.chars().nth(1).is_some() && word.starts_with(sought))
}

/// Whether the lead has a word for each that is sought.
pub fn has_all(lead: &Lead, sought: &[String]) -> bool {
    let mut found = 0_u64;
    visit(lead, &mut |word| {
        for (n, one) in sought.iter().enumerate() {
            found |= u64::from(answers(word, one)) << n;
        }
    });
    found.count_ones() as usize == sought.len()
}

/// Shows every word of the lead, some more than once.
fn visit(lead: &Lead, see: &mut impl FnMut(&str)) {
    let mut buffer = String::new();
    for (field, value) in lead.values.iter().filter(|(field, _)| is_searched(*field)) {
        match value {
            Value::Text(text) => split(text, &mut buffer, see),
            Value::Map(entries) => {
                for (label, text) in entries {
                    // Those of the analysis are the same in every lead.
                    if field != Field::LeadAnalysis {
                        split(label, &mut buffer, see);
                    }
                    split(text, &mut buffer, see);
                }
            }
            Value::Number(_) | Value::Flag(_) => {}
        }
    }
    if let Some(external_id) = &lead.external_id {
        split(external_id, &mut buffer, see);
    }
}

/// What people say and what people are told; not addresses of pages, codes of machines and words of
/// ours.
fn is_searched(field: Field) -> bool {
    use Field::*;
    let is_page = matches!(
        field,
        LeadUrl | LandingUrl | Recording | PlayRecording | Voicemail | PlayVoicemail
    );
    let is_ours = field.is_from_config()
        || matches!(
            field,
            LeadStatus | Quotable | LeadState | CallStatus | ChatStatus
        );
    let is_code = matches!(field, UserId | Gclid | Msclkid) || field >= UnbouncePageId;
    !is_page && !is_ours && !is_code
}

fn split(text: &str, word: &mut String, see: &mut impl FnMut(&str)) {
    let mut chars = 0;
    let mut end = |word: &mut String| {
        if !word.is_empty() {
            see(word);
            word.clear();
        }
    };
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            if chars < WORD_CHARS_MAX {
                word.push(c.to_ascii_lowercase());
            }
            chars += 1;
        } else if is_word_alone(c) {
            end(word);
            word.push(c);
            end(word);
            chars = 0;
        } else if c.is_alphanumeric() {
            if chars < WORD_CHARS_MAX {
                c.to_lowercase().for_each(|c| fold(c, word));
            }
            chars += 1;
        } else if !is_mark(c) {
            end(word);
            chars = 0;
        }
    }
    end(word);
}

/// A mark that stands on the letter before it, as decomposed accents do.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

/// Han, Kana, Hangul and Thai have no spaces between words, or none that help.
fn is_word_alone(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{e7f}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7af}' | '\u{20000}'..='\u{3ffff}')
}

/// Letters with accents.
const ACCENTED: &str = "àáâãäåāăąçćčďđèéêëēėęěğìíîïīįıłľñńňòóôõöøōőŕřśšşșťțùúûüūůűųýÿžźż";
/// The same without their accents, each at the same place.
const PLAIN: &str = "aaaaaaaaacccddeeeeeeeegiiiiiiillnnnoooooooorrssssttuuuuuuuuyyzzz";

/// The letter without its accent.
fn fold(c: char, to: &mut String) {
    match c {
        'ß' => to.push_str("ss"),
        'æ' => to.push_str("ae"),
        'œ' => to.push_str("oe"),
        c if c.is_ascii() || is_mark(c) => to.extend(Some(c).filter(|c| !is_mark(*c))),
        c => {
            let place = ACCENTED.chars().position(|accented| accented == c);
            to.push(place.and_then(|at| PLAIN.chars().nth(at)).unwrap_or(c));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_whatever_their_case_and_accents() {
        assert_eq!(words_sought("Müller, ŁÓDŹ!"), ["lodz", "muller"]);
        assert_eq!(words_sought("ada@example.com"), ["ada", "com", "example"]);
        assert_eq!(words_sought("Straße 東京"), ["strasse", "京", "東"]);
        assert_eq!(words_sought("e\u{301}t\u{e9}"), ["ete"]);
        assert_eq!(words_sought(" ... "), [""; 0]);
    }

    #[test]
    fn every_accented_letter_has_a_plain_one() {
        let mut to = String::new();
        ACCENTED.chars().for_each(|c| fold(c, &mut to));
        assert_eq!(
            to.len(),
            to.chars().filter(char::is_ascii_lowercase).count()
        );
        assert!(to.ends_with("yyzzz"), "{to}");
    }

    #[test]
    fn a_word_answers_to_its_beginning_of_two_letters_and_more() {
        assert!(answers("boiler", "boil"));
        assert!(!answers("boiler", "boilers"));
        assert!(!answers("boiler", "b"));
        assert!(answers("水", "水"));
    }
}
