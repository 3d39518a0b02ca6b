//! Text for the command line of a shell: whatever it says, it stays one word, and pasting it does nothing.

use std::fmt::Write;

/// A text as one word for bash, zsh and ksh. What a terminal acts on, and what turns the direction of what
/// follows, is written as an escape: pasted as it is, it would be as if somebody had typed it.
pub fn quoted(text: &str) -> String {
    if !text.contains(is_hidden) {
        return format!("'{}'", text.replace('\'', r"'\''"));
    }
    let mut word = "$'".to_owned();
    for c in text.chars() {
        match c {
            '\\' | '\'' => word.extend(['\\', c]),
            '\n' => word.push_str("\\n"),
            // Writing into a text cannot fail.
            c if c.is_ascii() && is_hidden(c) => drop(write!(word, "\\x{:02x}", u32::from(c))),
            c if is_hidden(c) => drop(write!(word, "\\u{:04x}", u32::from(c))),
            c => word.push(c),
        }
    }
    word.push('\'');
    word
}

fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_one_word_and_pasting_it_does_nothing() {
        for (text, word) in [
            ("plain", "'plain'"),
            ("it's $(rm) `x` \\", r"'it'\''s $(rm) `x` \'"),
            ("a\nb'c\\", r"$'a\nb\'c\\'"),
            ("\u{1b}[2J\u{3}", r"$'\x1b[2J\x03'"),
            ("\u{202e}x\u{9b}", r"$'\u202ex\u009b'"),
        ] {
            assert_eq!(quoted(text), word);
        }
    }
}
