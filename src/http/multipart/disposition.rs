//! `Content-Disposition` of a part: `form-data; name="photo"; filename="a.jpg"`.
//!
//! Three spellings are in use for what cannot stand in quotes: browsers write `%22`, `%0D` and `%0A`
//! (and leave a backslash alone), older libraries write a backslash before a quote, and some send
//! `filename*=UTF-8''…` (RFC 5987). All are read.

/// What a part says of itself.
pub(super) struct Disposition {
    pub(super) name: String,
    pub(super) filename: Option<String>,
}

impl Disposition {
    /// Reads the value of the header; none where it is not that of a form's field with a name.
    pub(super) fn parse(value: &str) -> Option<Disposition> {
        let (kind, mut rest) = value.split_once(';').unwrap_or((value, ""));
        if !kind.trim().eq_ignore_ascii_case("form-data") {
            return None;
        }
        let (mut name, mut filename, mut extended) = (None, None, None);
        while let Some((key, value, after)) = parameter(rest) {
            match key.as_str() {
                "name" => name = name.or(Some(value)),
                "filename" => filename = filename.or(Some(value)),
                "filename*" => extended = extended.or_else(|| decode_extended(&value)),
                _ => {}
            }
            rest = after;
        }
        Some(Disposition {
            name: name?,
            filename: extended.or(filename),
        })
    }
}

/// The next `key=value`, and what follows it.
fn parameter(text: &str) -> Option<(String, String, &str)> {
    let text = text.trim_start_matches([';', ' ', '\t']);
    let (key, after) = text.split_once('=')?;
    let key = key.trim().to_ascii_lowercase();
    let after = after.trim_start();
    let (value, rest) = match after.strip_prefix('"') {
        Some(quoted) => quoted_string(quoted),
        None => {
            let (value, rest) = after.split_once(';').unwrap_or((after, ""));
            (value.trim().to_owned(), rest)
        }
    };
    Some((key, value, rest))
}

/// The text up to the closing quote, and what follows. Where there is none, all of it.
fn quoted_string(quoted: &str) -> (String, &str) {
    let mut raw = String::new();
    let mut chars = quoted.char_indices().peekable();
    let mut rest = "";
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => {
                rest = &quoted[at + 1..];
                break;
            }
            // Only what would need it: a path such as C:\photos keeps its backslashes.
            '\\' => match chars.next_if(|(_, next)| matches!(next, '"' | '\\')) {
                Some((_, escaped)) => raw.push(escaped),
                None => raw.push('\\'),
            },
            c => raw.push(c),
        }
    }
    let text = raw
        .replace("%22", "\"")
        .replace("%0D", "\r")
        .replace("%0A", "\n");
    (text, rest)
}

/// `UTF-8'language'percent-encoded`; none where the character set is another one.
fn decode_extended(value: &str) -> Option<String> {
    let (charset, rest) = value.split_once('\'')?;
    let (_, encoded) = rest.split_once('\'')?;
    if !charset.eq_ignore_ascii_case("utf-8") {
        return None;
    }
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.as_bytes();
    while let [first, after @ ..] = rest {
        let digits = match after {
            [a, b, ..] if *first == b'%' => std::str::from_utf8(&[*a, *b])
                .ok()
                .and_then(|pair| u8::from_str_radix(pair, 16).ok()),
            _ => None,
        };
        bytes.push(digits.unwrap_or(*first));
        rest = match digits {
            Some(_) => &after[2..],
            None => after,
        };
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn says(value: &str, name: &str, filename: Option<&str>) {
        let found = Disposition::parse(value).expect(value);
        assert_eq!(
            (found.name.as_str(), found.filename.as_deref()),
            (name, filename),
            "{value}"
        );
    }

    #[test]
    fn names_are_read_in_every_spelling_that_is_in_use() {
        says("form-data; name=\"a\"", "a", None);
        says("Form-Data;NAME=a;filename=b.txt", "a", Some("b.txt"));
        says(r#"form-data; name="a;b=c"; x="y""#, "a;b=c", None);
        says(
            r#"form-data; name="q\"q"; filename="C:\new\a.txt""#,
            "q\"q",
            Some(r"C:\new\a.txt"),
        );
        says(
            r#"form-data; name="a%22b"; filename="x%0D%0Ay%20""#,
            "a\"b",
            Some("x\r\ny%20"),
        );
        says(
            "form-data; name=\"f\"; filename=\"e.txt\"; filename*=UTF-8''%e2%82%ac%20.txt",
            "f",
            Some("€ .txt"),
        );
        says(
            "form-data; name=\"f\"; filename=\"a\"; filename*=latin1''x",
            "f",
            Some("a"),
        );
        says(
            "form-data; name=\"f\"; filename*=utf-8'de'100%25%",
            "f",
            Some("100%%"),
        );
        says("form-data; filename=\"\"; name=\"\"", "", Some(""));
        says("form-data; name=\"open", "open", None);
    }

    #[test]
    fn what_is_no_field_of_a_form_is_none() {
        for value in [
            "",
            "attachment; name=\"a\"",
            "form-data",
            "form-data; filename=\"a\"",
        ] {
            assert!(Disposition::parse(value).is_none(), "{value}");
        }
    }
}
