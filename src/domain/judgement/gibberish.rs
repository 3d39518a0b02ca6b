//! Letters that no person means: the random names, texts and addresses of robots.
//!
//! The rules look at Latin letters only, and leave alone what is written in capitals: names of many
//! languages pile up consonants, and part numbers look like anything.

/// Whether a text is mostly made of random words.
pub(super) fn is_random_text(text: &str) -> bool {
    let words = || text.split_whitespace();
    let n_random = words().filter(|word| is_random_word(word)).count();
    n_random > 0 && n_random * 2 >= words().count()
}

/// Whether a name is one that robots make up: `RobertJibFX`, `xQzTvBnKwL`.
pub(super) fn is_random_name(name: &str) -> bool {
    const TITLES: [&str; 12] = [
        "MD", "DDS", "DMD", "CPA", "JD", "DVM", "RN", "LLC", "MBA", "II", "III", "JR",
    ];
    let tail = |word: &str| {
        let head = word.trim_end_matches(|c: char| c.is_ascii_uppercase());
        let tail = &word[head.len()..];
        let is_lower = head.ends_with(|c: char| c.is_ascii_lowercase());
        is_lower && head.len() >= 6 && (2..=3).contains(&tail.len()) && !TITLES.contains(&tail)
    };
    let inner_capital = |word: &str| n_rises(word) >= 1;
    name.split_whitespace()
        .any(|word| is_random_word(word) || (tail(word) && inner_capital(word)))
}

/// Whether an e-mail address is one of those that robots vary by dots: `o.ju.ve.q.a@gmail.com`.
pub(super) fn is_random_address(address: &str) -> bool {
    let local = address.split('@').next().unwrap_or_default();
    let n_parts = local.split('.').count();
    n_parts >= 5 && local.split('.').all(|part| part.len() <= 3)
}

/// Whether letters of scripts that look alike are mixed within a word, to get past lists of words.
pub(super) fn mixes_scripts(text: &str) -> bool {
    let is_other = |c: char| matches!(c, '\u{0370}'..='\u{03ff}' | '\u{0400}'..='\u{052f}');
    if text.is_ascii() || !text.chars().any(is_other) {
        return false;
    }
    let mixed = |word: &str| {
        let n_latin = word.chars().filter(char::is_ascii_alphabetic).count();
        let n_other = word.chars().filter(|c| is_other(*c)).count();
        n_latin > 0 && n_other > 0 && n_latin + n_other >= 4
    };
    text.split(|c: char| !c.is_alphanumeric()).any(mixed)
}

const LETTERS_MIN: usize = 8;
/// A word with fewer vowels than this share of its letters cannot be spoken.
const VOWELS_PERCENT_MIN: usize = 12;
/// A word with so many capitals inside of it is no name of a product.
const RISES_MIN: usize = 3;

fn is_random_word(word: &str) -> bool {
    if word.len() < LETTERS_MIN {
        return false;
    }
    let word = word.trim_matches(|c: char| c.is_ascii_punctuation());
    let is_latin = word.bytes().all(|b| b.is_ascii_alphabetic());
    let has_lower = word.bytes().any(|b| b.is_ascii_lowercase());
    if word.len() < LETTERS_MIN || !is_latin || !has_lower {
        return false;
    }
    let is_vowel = |b: &u8| b"aeiouy".contains(&b.to_ascii_lowercase());
    let n_vowels = word.bytes().filter(|b| is_vowel(b)).count();
    n_vowels * 100 < word.len() * VOWELS_PERCENT_MIN || n_rises(word) >= RISES_MIN
}

/// How often a capital follows a small letter.
fn n_rises(word: &str) -> usize {
    let pairs = word.as_bytes().windows(2);
    pairs
        .filter(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase())
        .count()
}
