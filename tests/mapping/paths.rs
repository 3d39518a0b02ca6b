//! The path language: what each path finds, and where a wrong one is wrong.

use leadhook::domain::lead_type::LeadType;
use leadhook::domain::mapping::{Envelope, Mapping, Path, Rule};
use leadhook::domain::raw::Raw;

const POST: &str = r#"{
    "a": {"b c": "spaced", "1.3": "quoted", "x]y|z": "odd", "q\"t": "quote"},
    "list": ["zero", {"k": "one"}, {"k": "two", "v": "  Second "}],
    "answers": [
        {"type": "text", "field": {"ref": "Name"}, "text": ""},
        {"type": "email", "field": {"ref": "mail.main"}, "email": "ada@example.com"}
    ],
    "json": "{\"q\": {\"first\": \"Ada\", \"last\": \"Lovelace\"}, \"n\": [1, 2]}",
    "broken": "{no json",
    "form": {"7": {"label": "Room", "value": "Kitchen"}},
    "number": 12345678901234567890.50, "yes": true, "no": false, "none": null, "empty": " ",
    "texts": ["a", null, 1, false]
}"#;

/// The text at a path of [`POST`].
fn found(path: &str) -> Option<String> {
    let path = Path::parse(path).unwrap_or_else(|error| panic!("{path}: {error:?}"));
    let mapping = Mapping {
        custom: vec![("it".to_owned(), Rule::Path(path))],
        ..Mapping::default()
    };
    let raw = Raw::from_json(POST.as_bytes()).expect("JSON");
    let mapped = mapping
        .apply(raw, LeadType::WebForm, &Envelope::empty())
        .map(|named| named.raw);
    let Some(Raw::Map(entries)) = mapped else {
        panic!("{mapped:?}");
    };
    entries
        .into_iter()
        .find_map(|(name, raw)| match (name.as_str(), raw) {
            ("field_mappings", Raw::Map(custom)) => match custom.into_iter().next() {
                Some((_, Raw::Text(text))) => Some(text),
                _ => None,
            },
            _ => None,
        })
}

#[test]
fn a_path_finds_its_text() {
    for (path, text) in [
        ("a.b c", "spaced"),
        (" a . b c ", "spaced"),
        (r#"a."1.3""#, "quoted"),
        (r#"a."x]y|z""#, "odd"),
        (r#""a"."q\"t""#, "quote"),
        ("list[0]", "zero"),
        ("list[2].k", "two"),
        ("list[2].v", "Second"),
        ("list[*].v", "Second"),
        ("list[k=TWO].v", "Second"),
        ("answers[type=email].email", "ada@example.com"),
        ("answers[field.ref=MAIL.main].email", "ada@example.com"),
        (
            r#"answers["field"."ref"="mail.main"].email"#,
            "ada@example.com",
        ),
        ("answers[*].email", "ada@example.com"),
        ("json|json.q.first", "Ada"),
        ("json|json.q", "Ada Lovelace"),
        ("json|json.n[1]", "2"),
        ("form[label=room].value", "Kitchen"),
        ("form[7].value", "Kitchen"),
        ("form.7.value", "Kitchen"),
        ("number", "12345678901234567890.50"),
        ("yes", "true"),
        ("no", "false"),
        ("texts", "a, 1, false"),
        ("broken", "{no json"),
    ] {
        assert_eq!(found(path).as_deref(), Some(text), "{path}");
    }
}

#[test]
fn a_path_that_leads_nowhere_or_to_nothing_finds_none() {
    for path in [
        "b",
        "a.b",
        "a.b c.d",
        "none",
        "empty",
        "list[9]",
        "list[k=three].v",
        "list.k",
        "texts[1]",
        "answers[type=text].text",
        "broken|json.q",
        "yes|json.q",
        "a[*].k",
    ] {
        assert_eq!(found(path), None, "{path}");
    }
}

#[test]
fn a_wrong_path_is_wrong_at_its_exact_byte() {
    for (path, at, what) in [
        ("", 0, "a name is missing here"),
        (".a", 0, "a name is missing here"),
        ("a..b", 2, "a name is missing here"),
        ("é.", 3, "a name is missing here"),
        ("a.\"b", 2, "this quote is not closed"),
        ("a[", 1, "there is nothing in this bracket"),
        ("a[]", 1, "there is nothing in this bracket"),
        ("a[1", 3, "a ] is missing here"),
        ("a[*x]", 3, "a ] is missing here"),
        ("a[99999999999999999999]", 2, "no list has so many"),
        ("a[k]", 3, "a = is missing here"),
        ("a[k=]", 4, "a value is missing here"),
        ("a[=v]", 2, "a name is missing here"),
        ("a|xml", 1, "only |json can follow a bar"),
        ("a]", 1, "this does not belong to a path"),
        ("\"a\"b", 3, "this does not belong to a path"),
        (&"a.".repeat(40), 65, "the path has more than 32 steps"),
    ] {
        let error = Path::parse(path).expect_err(path);
        assert_eq!((error.at, error.what), (at, what), "{path}");
        assert!(!error.hint.is_empty());
    }
}

#[test]
fn any_text_is_a_path_or_an_error_and_never_a_panic() {
    let pieces = [
        "a", ".", "[", "]", "*", "=", "\"", "\\", "|", "|json", "é", " ", "9",
    ];
    let n = pieces.len();
    for i in 0..n * n * n * n {
        let text: String = [i, i / n, i / n / n, i / n / n / n]
            .map(|i| pieces[i % n])
            .concat();
        if let Err(error) = Path::parse(&text) {
            assert!(text.is_char_boundary(error.at), "{text}");
        } else {
            found(&text);
        }
    }
}
