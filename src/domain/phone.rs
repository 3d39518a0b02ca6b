//! Telephone numbers as E.164 writes them: `+`, the country's calling code, the national number.
//!
//! A number is only written so where it surely is one: its digits fit those of its country, and which
//! country that is says the number itself, or the country that it was typed in. Where numbers within
//! a town are shorter than within the country, one without the prefix of the country's long-distance
//! calls may be either, and stays as it is. No digit is guessed.

mod countries;
mod pattern;

use countries::ALL;

/// A country, with what its numbers look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Country {
    /// ISO 3166-1 alpha-2.
    pub name: &'static str,
    calling_code: &'static str,
    /// Dialled before an international number.
    exit: &'static str,
    /// Dialled before a national number; may be empty.
    trunk: &'static str,
    /// At these lengths a number without it is whole all the same.
    bare: &'static str,
    pattern: &'static str,
}

/// Digits of a whole national number, at least; those of emergency services have fewer.
const NATIONAL_MIN: usize = 5;
/// E.164, with the calling code.
const DIGITS_MAX: usize = 15;

impl Country {
    /// The country of this name: `DE`, whatever the case.
    pub fn find(name: &str) -> Option<Country> {
        let name = name.trim().to_ascii_uppercase();
        let place = ALL.binary_search_by(|country| country.name.cmp(&name));
        place.ok().map(|place| ALL[place])
    }

    /// The national part of what follows the prefix of long-distance calls, or stands alone.
    fn national<'n>(&self, digits: &'n str) -> Option<&'n str> {
        let long = digits.strip_prefix(self.trunk).unwrap_or("");
        if !self.trunk.is_empty() && self.fits(long) {
            return Some(long);
        }
        let is_whole = |digits: &str| {
            let mut lengths = self.bare.split(',');
            let whole = lengths.any(|length| length.parse() == Ok(digits.len()));
            whole && self.fits(digits)
        };
        if is_whole(digits) {
            return Some(digits);
        }
        // An international number whose + was lost.
        digits
            .strip_prefix(self.calling_code)
            .filter(|digits| is_whole(digits))
    }

    fn fits(&self, national: &str) -> bool {
        national.len() >= NATIONAL_MIN && pattern::matches(self.pattern, national)
    }
}

/// `text` as E.164 writes it, where it surely is a number: an international one, or one of the
/// country that it was typed in.
pub fn e164(text: &str, typed_in: Option<Country>) -> Option<String> {
    let (is_international, digits) = digits_of(text)?;
    if is_international {
        return international(&digits);
    }
    let exit = typed_in.map_or("00", |country| country.exit);
    if let Some(found) = digits.strip_prefix(exit).and_then(international) {
        return Some(found);
    }
    let country = typed_in?;
    let national = country.national(&digits)?;
    Some(format!("+{}{national}", country.calling_code))
}

/// Whether a + stands before them, and the digits without all that people put between them. None
/// where there is anything else: letters, an extension, two numbers.
fn digits_of(text: &str) -> Option<(bool, String)> {
    let text = text.trim();
    let text = text.strip_prefix("tel:").unwrap_or(text);
    let begin = text.trim_start_matches('(');
    let (is_international, rest) = match begin.strip_prefix(['+', '\u{ff0b}']) {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    // What is dialled only within the country: +49 (0)30 …
    let rest = match is_international {
        true => rest.replacen("(0)", "", 1),
        false => rest.to_owned(),
    };
    let between = |c: char| {
        matches!(
            c,
            ' ' | '-' | '(' | ')' | '.' | '/' | '\u{a0}' | '\u{202f}' | '\u{2010}'..='\u{2013}'
        )
    };
    let digits: String = rest.chars().filter(|c| !between(*c)).collect();
    let few = (NATIONAL_MIN..=DIGITS_MAX + 5).contains(&digits.len());
    (few && digits.bytes().all(|b| b.is_ascii_digit())).then_some((is_international, digits))
}

fn international(digits: &str) -> Option<String> {
    let initial = digits.bytes().next();
    let fits = |country: &Country| {
        // Nine of ten countries are passed over by the first digit.
        let is_near = country.calling_code.bytes().next() == initial;
        is_near
            && digits
                .strip_prefix(country.calling_code)
                .is_some_and(|national| country.fits(national))
    };
    let valid = digits.len() <= DIGITS_MAX && ALL.iter().any(fits);
    valid.then(|| format!("+{digits}"))
}
