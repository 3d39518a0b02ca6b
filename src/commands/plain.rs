//! How text looks on a terminal. That of strangers is not to tell it what to do.

/// Without characters that a terminal acts on or that turn the direction of what follows; lines stay.
pub(super) fn inert(text: &str) -> String {
    let acts = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let shown = |c: char| match c {
        '\t' => ' ',
        c if acts(c) => char::REPLACEMENT_CHARACTER,
        c => c,
    };
    text.replace("\r\n", "\n").chars().map(shown).collect()
}

/// The same on one line.
pub(super) fn one_line(text: &str) -> String {
    inert(text).replace('\n', " ")
}

/// `1 lead`, `3 leads`.
pub(super) fn counted(n: u64, one: &str, more: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { more })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_that_a_terminal_acts_on() {
        let text = "a\u{1b}[2J\tb\r\nc\u{202e}d\u{9b}";
        assert_eq!(inert(text), "a\u{fffd}[2J b\nc\u{fffd}d\u{fffd}");
        assert_eq!(one_line("a\nb"), "a b");
    }
}
