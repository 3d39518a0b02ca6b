//! Text on a page.

use std::fmt::Write;

/// Text that means nothing to HTML, as content and in a quoted attribute. Characters that turn the
/// direction of what follows are shown as what they are.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                // Writing into a text cannot fail.
                let _ = write!(out, "[U+{:04X}]", c as u32);
            }
            c => push(&mut out, c),
        }
    }
    out
}

/// The same to the letter, for what a form holds and sends back. A control is a box of its own: nothing
/// in it turns the direction of what stands around it.
pub fn escaped_to_the_letter(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    text.chars().for_each(|c| push(&mut out, c));
    out
}

fn push(out: &mut String, c: char) {
    match c {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '"' => out.push_str("&quot;"),
        '\'' => out.push_str("&#39;"),
        c => out.push(c),
    }
}
