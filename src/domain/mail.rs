//! E-mail: the owner's mailbox, whom it may write to, and a letter before it becomes a message.

use std::time::Duration;

use super::secret::Secret;
use super::webhook::Private;

/// The mailbox that letters are sent through; `[smtp]` of the config.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Smtp {
    /// Name or address of the server, in lower case.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is encrypted; it always is.
    pub encryption: Encryption,
    /// Who signs in; none where the server wants nobody to.
    pub login: Option<Login>,
    /// Whom letters are from.
    pub from: Mailbox,
    /// The whole attempt, from looking up the name to the last reply.
    pub timeout: Duration,
    /// Which non-public addresses the server may have.
    pub private: Private,
    /// PEM certificates to trust instead of the system's.
    pub ca_pem: Option<Vec<u8>>,
}

/// Through which mailbox a webhook writes, and to whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The mailbox.
    pub smtp: Smtp,
    /// Addresses; at least one.
    pub to: Vec<String>,
}

/// When TLS begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// With the connection; usually port 465.
    Implicit,
    /// After a few words in the clear; usually port 587. A server that does not offer it is refused.
    StartTls,
}

/// A user and his password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// Usually the address.
    pub user: String,
    /// Often one that the provider makes for programs ("app password").
    pub password: Secret,
}

/// An address, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailbox {
    /// As shown to people.
    pub name: Option<String>,
    /// `owner@example.com`
    pub address: String,
}

impl Mailbox {
    /// Reads `owner@example.com` or `The Owner <owner@example.com>`.
    pub fn parse(text: &str) -> Option<Mailbox> {
        let (name, address) = match text.trim().strip_suffix('>') {
            Some(inner) => inner.split_once('<')?,
            None => ("", text.trim()),
        };
        let name = name.trim().trim_matches('"').trim();
        let plain = !name.contains(['<', '>', '"']) && !name.contains(char::is_control);
        (plain && is_address(address)).then(|| Mailbox {
            name: (!name.is_empty()).then(|| name.to_owned()),
            address: address.to_owned(),
        })
    }
}

/// What is written to somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// The same over all tries, so that repeats can be told: letters, digits, `_`, `-`.
    pub id: String,
    /// One line.
    pub subject: String,
    /// For who reads plain text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
    /// Whom an answer goes to, where that is not the sender: an address.
    pub reply_to: Option<String>,
}

/// The longest address and the longest part before its `@` (RFC 5321 section 4.5.3.1).
const ADDRESS_BYTES_MAX: usize = 254;
const LOCAL_BYTES_MAX: usize = 64;

/// Whether `text` is an address as people have them: a dot-atom, `@`, the name of a host. Quoted
/// local parts, addresses of hosts and letters beyond ASCII are none here.
pub fn is_address(text: &str) -> bool {
    let Some((local, host)) = text.rsplit_once('@') else {
        return false;
    };
    let atom = |atom: &str| {
        let special = |b: u8| b"!#$%&'*+-/=?^_`{|}~".contains(&b);
        !atom.is_empty()
            && atom
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || special(b))
    };
    let label = |label: &str| {
        let inner = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        !label.starts_with('-')
            && !label.ends_with('-')
            && !label.is_empty()
            && label.len() <= 63
            && label.bytes().all(inner)
    };
    text.len() <= ADDRESS_BYTES_MAX
        && local.len() <= LOCAL_BYTES_MAX
        && local.split('.').all(atom)
        && host.split('.').all(label)
}

/// A text on one line, without what means something to a machine, cut behind `chars_max`.
pub fn one_line(text: &str, chars_max: usize) -> String {
    let mut line = String::new();
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()) {
        let word: String = word.chars().filter(|c| !turns_direction(*c)).collect();
        if !word.is_empty() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(&word);
        }
    }
    match line.char_indices().nth(chars_max) {
        Some((cut, _)) => format!("{}…", line[..cut].trim_end()),
        None => line,
    }
}

/// Whether a character turns the direction of what follows, so that a text reads as another one.
pub fn turns_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_plain_local_part_and_a_host() {
        for good in ["a@b", "ada.l+x@mail.example.com", "o'neil@example.com"] {
            assert!(is_address(good), "{good}");
        }
        for bad in [
            "",
            "ada",
            "@example.com",
            "ada@",
            "a..b@example.com",
            "a b@example.com",
            "a@b c",
            "a@b\r\nBcc: x@y",
            "\"a\"@b",
            "a@[127.0.0.1]",
            "a@-b",
            "<a@b>",
            "ä@b",
            "a,b@c",
        ] {
            assert!(!is_address(bad), "{bad:?}");
        }
        let long = format!("{}@example.com", "a".repeat(65));
        assert!(!is_address(&long));
    }

    #[test]
    fn a_mailbox_is_an_address_with_or_without_a_name() {
        let read = |text| Mailbox::parse(text).map(|m| (m.name.unwrap_or_default(), m.address));
        let both = |name: &str, address: &str| Some((name.to_owned(), address.to_owned()));
        assert_eq!(read(" a@b.c "), both("", "a@b.c"));
        assert_eq!(read("Jörg \u{26}  Co <a@b.c>"), both("Jörg &  Co", "a@b.c"));
        assert_eq!(read("\"Leads\" <a@b.c>"), both("Leads", "a@b.c"));
        for bad in ["a@b.c>", "x <a@b.c", "x\ny <a@b.c>", "x <y> <a@b.c>", "x"] {
            assert_eq!(read(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn one_line_has_no_line_breaks_and_an_end() {
        assert_eq!(one_line(" Ada\r\nBcc: \u{202e}x\t y\0", 40), "Ada Bcc: x y");
        assert_eq!(one_line("äöü äöü", 3), "äöü…");
    }
}
