//! Words in texts: taken apart once, and then looked up in one list of all that anybody looks for.

/// The words of some texts, in lower case and in their order.
#[derive(Clone, Debug, Default)]
pub(super) struct Words {
    text: String,
    /// Where each word begins and ends; an empty one stands between two texts.
    spans: Vec<(u32, u32)>,
}

/// So much of all texts together is looked at.
const TEXTS_BYTES_MAX: usize = 32 * 1024;

impl Words {
    /// The words of these texts.
    pub(super) fn of<'t>(texts: impl IntoIterator<Item = &'t str, IntoIter: Clone>) -> Words {
        let texts = texts.into_iter();
        let bytes = texts.clone().map(str::len).sum::<usize>();
        let bytes = bytes.min(TEXTS_BYTES_MAX);
        let mut words = Words {
            text: String::with_capacity(bytes),
            spans: Vec::with_capacity(bytes / 4),
        };
        texts.for_each(|text| words.add(text));
        words
    }

    fn add(&mut self, text: &str) {
        let mut begin = self.text.len();
        // A letter before and behind: an apostrophe is part of a word.
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next().filter(|_| self.text.len() < TEXTS_BYTES_MAX) {
            let inside = self.text.len() > begin;
            if c.is_ascii_alphanumeric() {
                self.text.push(c.to_ascii_lowercase());
            } else if c.is_alphanumeric() {
                self.text.extend(c.to_lowercase());
            } else if matches!(c, '\'' | '’')
                && inside
                && chars.peek().is_some_and(|next| next.is_alphabetic())
            {
                self.text.push('\'');
            } else {
                begin = self.end_word(begin);
            }
        }
        let end = self.end_word(begin);
        self.spans.push((end as u32, end as u32));
    }

    fn end_word(&mut self, begin: usize) -> usize {
        let end = self.text.len();
        if end > begin {
            self.spans.push((begin as u32, end as u32));
        }
        end
    }

    /// The word at this place; an empty one where a text ends.
    fn at(&self, place: usize) -> Option<&str> {
        let (begin, end) = self.spans.get(place)?;
        self.text.get(*begin as usize..*end as usize)
    }

    /// Whether no text ends between these places.
    pub(super) fn is_one_text(&self, begin: usize, end: usize) -> bool {
        (begin..end).all(|place| self.at(place).is_some_and(|word| !word.is_empty()))
    }

    /// All words, in their order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        let words = (0..self.spans.len()).filter_map(|place| self.at(place));
        words.filter(|word| !word.is_empty())
    }
}

/// Words and phrases that are looked for, each with what it stands for. A `*` at the end stands for
/// any ending: `roof*` is found in `roofing`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lexicon<T> {
    phrases: Vec<Phrase<T>>,
    /// How the words begin that are looked for. Most words of a text begin otherwise, and are passed
    /// over by a single look.
    beginnings: Beginnings,
    /// The first words of phrases, sorted.
    by_word: Vec<(String, u32)>,
    /// Single words with any ending, sorted.
    stems: Vec<(String, u32)>,
    /// What is written without spaces between words, and so found anywhere.
    anywhere: Vec<(String, u32)>,
}

impl<T> Default for Lexicon<T> {
    fn default() -> Lexicon<T> {
        Lexicon {
            phrases: Vec::new(),
            beginnings: Beginnings(vec![0; 1 << 10]),
            by_word: Vec::new(),
            stems: Vec::new(),
            anywhere: Vec::new(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Phrase<T> {
    /// Its words behind the first.
    rest: Vec<String>,
    has_any_ending: bool,
    means: T,
}

/// What was found: its number in the lexicon, its place among the words, and what it stands for.
pub(super) struct Found<'l, T> {
    /// The same for the same phrase.
    pub(super) number: u32,
    /// The place of its first word.
    pub(super) place: usize,
    /// What it stands for.
    pub(super) means: &'l T,
}

impl<T> Lexicon<T> {
    /// Adds a word or a phrase; false where there is no word in it.
    pub(super) fn add(&mut self, written: &str, means: T) -> bool {
        let (text, has_any_ending) = match written.trim().strip_suffix('*') {
            Some(stem) => (stem, true),
            None => (written, false),
        };
        let words = Words::of([text]);
        let mut rest: Vec<String> = words.iter().map(str::to_owned).collect();
        if rest.is_empty() {
            return false;
        }
        let number = self.phrases.len() as u32;
        if text.chars().any(is_unspaced) {
            // As texts are searched: without what stands between words.
            self.anywhere.push((words.text, number));
            rest.clear();
        } else {
            let first = rest.remove(0);
            let is_stem = has_any_ending && rest.is_empty();
            self.beginnings.add(&first, is_stem);
            match is_stem {
                true => insert(&mut self.stems, first, number),
                false => insert(&mut self.by_word, first, number),
            }
        }
        self.phrases.push(Phrase {
            rest,
            has_any_ending,
            means,
        });
        true
    }

    /// Tells of everything that is found, from the first word to the last.
    pub(super) fn find<'l>(&'l self, words: &Words, mut tell: impl FnMut(Found<'l, T>)) {
        let mut tell = |number: u32, place| {
            let means = &self.phrases[number as usize].means;
            tell(Found {
                number,
                place,
                means,
            });
        };
        for place in 0..words.spans.len() {
            let Some(word) = words.at(place).filter(|word| self.beginnings.has(word)) else {
                continue;
            };
            let begin = self
                .by_word
                .partition_point(|(first, _)| first.as_str() < word);
            let same = self.by_word[begin..].iter();
            let same = same.take_while(|(first, _)| first == word);
            for (_, number) in same {
                if self.phrases[*number as usize].goes_on(words, place + 1) {
                    tell(*number, place);
                }
            }
            if self.stems.is_empty() {
                continue;
            }
            let end = self
                .stems
                .partition_point(|(stem, _)| stem.as_str() <= word);
            let before = self.stems[..end].iter().rev();
            let near = before.take_while(|(stem, _)| stem.as_bytes()[0] == word.as_bytes()[0]);
            for (_, number) in near.filter(|(stem, _)| word.starts_with(stem.as_str())) {
                tell(*number, place);
            }
        }
        for (text, number) in &self.anywhere {
            if words.text.contains(text.as_str()) {
                tell(*number, 0);
            }
        }
    }

    /// What all that is looked for stands for.
    pub(super) fn means(&self) -> impl Iterator<Item = &T> {
        self.phrases.iter().map(|phrase| &phrase.means)
    }
}

/// The first two bytes of words, each pair a bit.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Beginnings(Vec<u64>);

impl Beginnings {
    fn add(&mut self, word: &str, has_any_ending: bool) {
        let Some(pair) = pair_of(word) else { return };
        let last = match has_any_ending && word.len() == 1 {
            true => pair | 0xff,
            false => pair,
        };
        for pair in pair..=last {
            self.0[pair / 64] |= 1 << (pair % 64);
        }
    }

    /// Whether a word may be looked for; an empty one is not.
    fn has(&self, word: &str) -> bool {
        pair_of(word).is_some_and(|pair| self.0[pair / 64] >> (pair % 64) & 1 == 1)
    }
}

/// The first two bytes of a word; 0 stands for a second that is not there.
fn pair_of(word: &str) -> Option<usize> {
    let (first, rest) = word.as_bytes().split_first()?;
    let second = rest.first().copied().unwrap_or_default();
    Some(usize::from(*first) << 8 | usize::from(second))
}

/// Puts a word into a sorted list, behind those that are equal.
fn insert(list: &mut Vec<(String, u32)>, word: String, number: u32) {
    let place = list.partition_point(|(known, _)| *known <= word);
    list.insert(place, (word, number));
}

impl<T> Phrase<T> {
    fn goes_on(&self, words: &Words, place: usize) -> bool {
        let last = self.rest.len().wrapping_sub(1);
        self.rest.iter().enumerate().all(|(i, wanted)| {
            let Some(word) = words.at(place + i) else {
                return false;
            };
            match self.has_any_ending && i == last {
                true => word.starts_with(wanted.as_str()),
                false => word == wanted,
            }
        })
    }
}

/// Scripts that put no space between words: Chinese, Japanese, Thai, Khmer, Lao, Burmese.
fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(phrases: &[&'static str], text: &str) -> Vec<&'static str> {
        let mut lexicon = Lexicon::default();
        for phrase in phrases {
            assert!(lexicon.add(phrase, *phrase), "{phrase}");
        }
        let mut found = Vec::new();
        lexicon.find(&Words::of(text.split('|')), |hit| found.push(*hit.means));
        found
    }

    #[test]
    fn whole_words_and_phrases_are_found_whatever_their_case_and_what_stands_between() {
        let phrases = ["roof", "water heater", "grüße", "don't call"];
        assert_eq!(found(&phrases, "The ROOF leaks"), ["roof"]);
        assert_eq!(found(&phrases, "roofing, proof"), Vec::<&str>::new());
        assert_eq!(found(&phrases, "a Water-Heater!"), ["water heater"]);
        assert_eq!(found(&phrases, "water| heater"), Vec::<&str>::new());
        assert_eq!(found(&phrases, "Viele GRÜßE"), ["grüße"]);
        assert_eq!(found(&phrases, "Don’t call"), ["don't call"]);
    }

    #[test]
    fn a_star_stands_for_any_ending() {
        let phrases = ["roof*", "ro*", "new wind*"];
        assert_eq!(
            found(&phrases, "roofing rotten row"),
            ["roof*", "ro*", "ro*", "ro*"]
        );
        assert_eq!(found(&phrases, "new windows, new walls"), ["new wind*"]);
    }

    #[test]
    fn where_words_have_no_spaces_a_phrase_is_found_anywhere() {
        for phrase in ["見積もり", "塗装の 見積もり", "「見積もり」"] {
            let text = "外壁塗装の見積もりをお願いします";
            assert_eq!(found(&[phrase], text), [phrase]);
        }
        // Its tone mark is no letter, and was missing in the text alone.
        assert_eq!(found(&["สินเชื่อ"], "สนใจสินเชื่อด่วน"), ["สินเชื่อ"]);
    }

    #[test]
    fn a_phrase_without_a_word_is_none() {
        assert!(!Lexicon::default().add(" *", ()));
    }
}
