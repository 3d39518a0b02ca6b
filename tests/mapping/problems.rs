//! What the config says about a wrong mapping, with the exact place.

use std::path::Path;

use leadhook::config::{self, Env};

/// The problems of a source with these keys, which begin in line 1.
fn said(keys: &str) -> String {
    let text = format!("{keys}\n[admin]\ntoken = 'sixteen-letters-'");
    let result = config::parse(&text, "c.toml", Path::new(""), &Env::default());
    result.expect_err(keys).to_string()
}

const SOURCE: &str = "[[source]]\nname = 'a'\nauth = 'none'\n";

/// Keys, the place of their mistake, and words that are said of it.
const MISTAKES: &[(&str, &str, &str)] = &[
    (
        "[source.fields]\nemail = \"a..b\"",
        "5:12",
        "fields: email: a name is missing here",
    ),
    (
        "[source.fields]\nemail = 'a[]'",
        "5:11",
        "there is nothing in this bracket",
    ),
    (
        "[source.fields]\nemail = \"a.\\\"b\"",
        "5:12",
        "this quote is not closed",
    ),
    (
        "[source.fields]\nemail = \"\\\"é\\\".\"",
        "5:16",
        "a name is missing here",
    ),
    (
        "[source.fields]\nemail = \"\\u00e9.\"",
        "5:17",
        "a name is missing here",
    ),
    (
        "[source.fields]\nemail = '''\na|x'''",
        "6:2",
        "only |json can follow a bar",
    ),
    (
        "[source.fields]\nemail = ['a', { join = ['b', 'c['] }]",
        "5:32",
        "there is nothing in this bracket",
    ),
    (
        "[source.fields]\nemial = 'a'",
        "5:1",
        "fields: emial: a lead has no such field",
    ),
    (
        "[source.fields]\nfield_mappings = 'a'",
        "5:1",
        "a lead has no such field",
    ),
    (
        "[source.fields]\nemail = 'a'\nemail_address = 'b'",
        "6:1",
        "email_address has a rule already",
    ),
    (
        "[source.fields]\nemail = 5",
        "5:9",
        "a path or a rule is wanted here, not a number",
    ),
    (
        "[source.fields]\nemail = { path = 'a', const = 'b' }",
        "5:9",
        "exactly one of path",
    ),
    (
        "[source.fields]\nemail = { path = 'a', with = 'b' }",
        "5:30",
        "this belongs to join or all",
    ),
    (
        "[source.fields]\nemail = { path = 'a', valeus = {} }",
        "5:23",
        "unknown key",
    ),
    (
        "[source.fields]\nemail = { path = 'a', as = 'cent' }",
        "5:28",
        "is not known here",
    ),
    (
        "[source.fields]\nemail = { header = 'a b' }",
        "5:20",
        "no name for a header",
    ),
    (
        "[source.fields]\nemail = { path = 'a', otherwise = 'b' }",
        "5:35",
        "this belongs to values",
    ),
    (
        "[source.field_mappings]\n'' = 'b'",
        "5:1",
        "this name is empty",
    ),
    (
        "when = { path = 'a', equals = 'b', not = 'c' }",
        "4:8",
        "only one of equals, not and present",
    ),
    ("when = true", "4:8", "a condition is wanted here"),
    (
        "names_in = 'a['",
        "4:14",
        "there is nothing in this bracket",
    ),
    ("leave_out = ['a', 'b.']", "4:22", "a name is missing here"),
    (
        "pairs = { list = 'a', label = 'b' }",
        "4:9",
        "pairs: value: this key is missing",
    ),
    // All but one of them were passed over without a word.
    (
        "pairs = { list = ['a', 'b'], label = 'c', value = 'd' }",
        "4:18",
        "pairs: list: a path is wanted here, not a list",
    ),
    (
        "pairs = { list = 'a', label = 'c', value = 'd', options = ['e', 'f'] }",
        "4:59",
        "pairs: options: a path is wanted here, not a list",
    ),
    ("fields = 'a'", "4:10", "this must be a section"),
    ("preset = 'typefrom'", "4:10", "is not known here"),
];

#[test]
fn each_mistake_is_shown_at_its_exact_place() {
    for (keys, place, words) in MISTAKES {
        let said = said(&format!("{SOURCE}{keys}"));
        let first = said.lines().next().unwrap_or_default();
        assert!(
            first.starts_with(&format!("c.toml:{place}: source \"a\": ")),
            "{keys}\n{said}"
        );
        assert!(first.contains(words), "{keys}\n{said}");
        assert_eq!(said.matches("c.toml:").count(), 1, "{said}");
        assert!(said.contains("\n    hint: "), "{said}");
    }
}

#[test]
fn a_slip_in_a_name_gets_the_name_that_was_probably_meant() {
    for (keys, meant) in [
        ("[source.fields]\nemial = 'a'", "did you mean email?"),
        (
            "[source.fields]\nfirst_nam = 'a'",
            "did you mean first_name?",
        ),
        ("[source.fields]\ncolour = 'a'", "[source.field_mappings]"),
        ("preset = 'typefrom'", "did you mean \"typeform\"?"),
    ] {
        let said = said(&format!("{SOURCE}{keys}"));
        assert!(said.contains(meant), "{said}");
    }
}
