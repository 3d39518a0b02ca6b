//! What a body claims to be, and the urlencoded form.

/// The kinds of bodies that are told apart, by the value of `Content-Type`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContentType {
    /// `application/json`, or another type that ends in `+json`.
    Json,
    /// `application/x-www-form-urlencoded`.
    Form,
    /// `text/plain`.
    Text,
    /// `multipart/form-data`; its boundary is 1 to 70 characters long.
    Multipart {
        /// What separates the parts, without the leading `--`.
        boundary: String,
    },
    /// Anything else, or nothing.
    Other,
}

/// The longest boundary (RFC 2046 section 5.1.1).
const BOUNDARY_CHARS_MAX: usize = 70;

impl ContentType {
    /// Reads the value of the header. A `charset` is passed over: forms and JSON are UTF-8.
    pub fn parse(value: &str) -> ContentType {
        let (essence, parameters) = value.split_once(';').unwrap_or((value, ""));
        let essence = essence.trim().to_ascii_lowercase();
        match essence.as_str() {
            "application/json" => ContentType::Json,
            "application/x-www-form-urlencoded" => ContentType::Form,
            "text/plain" => ContentType::Text,
            "multipart/form-data" => match parameter(parameters, "boundary") {
                Some(boundary) if (1..=BOUNDARY_CHARS_MAX).contains(&boundary.len()) => {
                    ContentType::Multipart { boundary }
                }
                _ => ContentType::Other,
            },
            other if other.ends_with("+json") => ContentType::Json,
            _ => ContentType::Other,
        }
    }
}

/// The pairs of `a=1&b=2` in their order, repeated names included. Broken UTF-8 becomes U+FFFD.
pub fn form_fields(body: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(body).into_owned().collect()
}

/// The urlencoded form of these pairs.
pub fn form_body(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

/// The value of one parameter of `; a=b; c="d"` (RFC 9110 section 5.6.6).
fn parameter(mut rest: &str, wanted: &str) -> Option<String> {
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=')?;
        // A parameter without a value stands before the one that was found.
        let name = name.rsplit(';').next().unwrap_or_default().trim();
        let (value, after) = match after.strip_prefix('"') {
            Some(quoted) => unquote(quoted)?,
            None => {
                let (value, after) = after.split_once(';').unwrap_or((after, ""));
                (value.trim().to_owned(), after)
            }
        };
        if name.eq_ignore_ascii_case(wanted) {
            return Some(value);
        }
        rest = after;
    }
    None
}

/// Reads up to the closing quote; gives the text and what follows.
fn unquote(quoted: &str) -> Option<(String, &str)> {
    let mut text = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((text, &quoted[at + 1..])),
            '\\' => text.push(chars.next()?.1),
            _ => text.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_told_apart_whatever_their_case_and_parameters() {
        for (value, expected) in [
            ("application/json", ContentType::Json),
            ("Application/JSON; charset=utf-8", ContentType::Json),
            ("application/vnd.api+json", ContentType::Json),
            ("application/x-www-form-urlencoded;x", ContentType::Form),
            ("text/plain;charset=UTF-8", ContentType::Text),
            ("text/html", ContentType::Other),
            ("", ContentType::Other),
        ] {
            assert_eq!(ContentType::parse(value), expected, "{value}");
        }
    }

    #[test]
    fn a_boundary_is_found_bare_and_quoted() {
        for (value, expected) in [
            ("multipart/form-data; boundary=ab-c", Some("ab-c")),
            (
                r#"multipart/form-data; charset="x;\"y"; Boundary="a b;c""#,
                Some("a b;c"),
            ),
            ("multipart/form-data; flag; boundary=ab ; x=y", Some("ab")),
            ("multipart/form-data", None),
            ("multipart/form-data; boundary=", None),
            (r#"multipart/form-data; boundary="open"#, None),
        ] {
            let boundary = match ContentType::parse(value) {
                ContentType::Multipart { boundary } => Some(boundary),
                _ => None,
            };
            assert_eq!(boundary.as_deref(), expected, "{value}");
        }
        let long = format!("multipart/form-data; boundary={}", "x".repeat(71));
        assert_eq!(ContentType::parse(&long), ContentType::Other);
    }

    #[test]
    fn a_form_keeps_order_and_repetition_and_survives_broken_utf_8() {
        let fields = form_fields(b"a=1&b=x+y%26z&a=2&&c&d=%FF%zz");
        let expected = [
            ("a", "1"),
            ("b", "x y&z"),
            ("a", "2"),
            ("c", ""),
            ("d", "\u{fffd}%zz"),
        ];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(fields, expected);
    }
}
