//! A summary made of the text's own sentences.

use std::collections::HashSet;

/// The longest summary.
const CHARS_MAX: usize = 280;
/// So many sentences are weighed.
const SENTENCES_MAX: usize = 100;
const WORD_CHARS_MIN: usize = 4;
/// A word that comes again counts so often; more repeats say nothing more.
const REPEATS_MAX: usize = 3;
const GREETING_WORDS_MAX: usize = 3;

/// The texts as a whole where they are short, else those of their sentences that say most, in their
/// order. A sentence says much when it has words that come again, a number or a question.
pub(super) fn summary<'t>(texts: impl Iterator<Item = &'t str>) -> String {
    let mut sentences: Vec<&str> = texts.flat_map(sentences).take(SENTENCES_MAX).collect();
    let whole: usize = sentences.iter().map(|sentence| length(sentence) + 1).sum();
    if whole <= CHARS_MAX + 1 {
        return joined(sentences.iter().copied());
    }
    let mut known = HashSet::new();
    sentences.retain(|sentence| known.insert(*sentence));
    let mut words: Vec<String> = sentences.iter().flat_map(|one| long_words(one)).collect();
    words.sort_unstable();
    let weigh = |(place, sentence): (usize, &&str)| {
        let count = |word: &String| {
            let begin = words.partition_point(|known| known < word);
            let same = words[begin + 1..].iter().take(REPEATS_MAX);
            same.take_while(|known| *known == word).count()
        };
        let repeated: usize = long_words(sentence).map(|word| count(&word)).sum();
        let n_words = sentence.split_whitespace().count();
        let is_greeting = n_words <= GREETING_WORDS_MAX;
        let says = usize::from(sentence.contains('?')) * 2
            + usize::from(sentence.contains(|c: char| c.is_ascii_digit())) * 2
            + usize::from(place == 0);
        let weight = match is_greeting {
            true => 0,
            false => 100 * (repeated + says) / (n_words + 5),
        };
        (std::cmp::Reverse(weight), place)
    };
    let mut best: Vec<_> = sentences.iter().enumerate().map(weigh).collect();
    best.sort_unstable();
    let mut room = CHARS_MAX;
    let mut chosen: Vec<usize> = Vec::new();
    for (_, place) in best {
        let length = length(sentences[place]) + 1;
        if length <= room + 1 {
            room = room.saturating_sub(length);
            chosen.push(place);
        }
    }
    chosen.sort_unstable();
    match chosen.is_empty() {
        true => cut(sentences.first().copied().unwrap_or_default()),
        false => joined(chosen.into_iter().map(|place| sentences[place])),
    }
}

/// Sentences with their marks at the end.
fn sentences(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    let parts = std::iter::from_fn(move || {
        let mut chars = rest.char_indices().peekable();
        let end = loop {
            let (at, c) = chars.next()?;
            let next = chars.peek().map(|(_, next)| *next);
            let ends = match c {
                '\n' | '。' | '！' | '？' => true,
                '.' | '!' | '?' => next.is_none_or(char::is_whitespace),
                _ => next.is_none(),
            };
            if ends {
                break at + c.len_utf8();
            }
        };
        let (sentence, after) = rest.split_at(end);
        rest = after;
        Some(sentence.trim())
    });
    parts.filter(|sentence| sentence.contains(char::is_alphanumeric))
}

fn long_words(sentence: &str) -> impl Iterator<Item = String> {
    let words = sentence.split(|c: char| !c.is_alphanumeric());
    words
        .filter(|word| word.chars().count() >= WORD_CHARS_MIN)
        .map(str::to_lowercase)
}

fn length(sentence: &str) -> usize {
    sentence.chars().count()
}

fn joined<'s>(sentences: impl Iterator<Item = &'s str>) -> String {
    let words = sentences.flat_map(str::split_whitespace);
    words.collect::<Vec<_>>().join(" ")
}

fn cut(sentence: &str) -> String {
    let begin: String = sentence.chars().take(CHARS_MAX - 1).collect();
    let end = begin.rfind(char::is_whitespace).unwrap_or(begin.len());
    format!("{}…", begin[..end].trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_text_is_its_own_summary() {
        let texts = ["Call  me.\nThe tap drips!", "Soon"];
        assert_eq!(summary(texts.into_iter()), "Call me. The tap drips! Soon");
    }

    #[test]
    fn of_a_long_text_the_sentences_that_say_most_are_kept_in_their_order() {
        let filler = "It is a lovely day and there is nothing else to tell about it. ".repeat(4);
        let text = format!(
            "Hello there! {filler}The boiler in our kitchen lost pressure on 12 May. Can you repair a boiler in the kitchen before Friday? Thanks a lot!"
        );
        let summary = summary([text.as_str()].into_iter());
        assert!(summary.chars().count() <= CHARS_MAX, "{summary}");
        assert!(summary.contains("12 May. Can you repair"), "{summary}");
        assert!(
            summary.split(". ").all(|part| text.contains(part)),
            "{summary}"
        );
    }

    #[test]
    fn one_endless_sentence_is_cut_at_a_word() {
        let text = "word ".repeat(200);
        let summary = summary([text.as_str()].into_iter());
        assert!(summary.ends_with("word…") && summary.chars().count() <= CHARS_MAX);
    }
}
