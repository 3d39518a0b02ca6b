//! A collection of nasty JSON: what must be read, what must not, and what the standard leaves open
//! and is decided here (RFC 8259).

use crate::daemon::{TestDaemon, WEBSITE};
use crate::{field, is_refused, post_json};

/// What the standard says can be read, as the value of `v`, and what it comes out as. An exponent gets
/// a small letter and its sign.
const READ: [(&str, &str); 24] = [
    ("\"\"", ""),
    ("\"a\"", "a"),
    ("\" a \"", "a"),
    (r#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{fffd}\u{fffd}"),
    (r#""\u0041\u00e9""#, "Aé"),
    (r#""\ud83d\ude00""#, "😀"),
    (r#""😀é€""#, "😀é€"),
    (r#""\u0000""#, "\u{fffd}"),
    (r#""a\u0000b""#, "a\u{fffd}b"),
    (r#""x\u2028\u2029y""#, "x\u{2028}\u{2029}y"),
    (r#""\uffff\ufdd0""#, "\u{ffff}\u{fdd0}"),
    ("\"\u{7f}\"", "\u{fffd}"),
    ("0", "0"),
    ("-0", "-0"),
    ("-1", "-1"),
    ("1.50", "1.50"),
    ("1e2", "1e+2"),
    ("1E+2", "1e+2"),
    ("true", "true"),
    ("false", "false"),
    ("[]", ""),
    ("[1,\"a\",null,true]", "1, a, true"),
    (" \t\r\n\"a\"\t\r\n ", "a"),
    ("\"{\\\"json\\\":1}\"", "{\"json\":1}"),
];

/// What is no JSON, as a whole body.
const REFUSED: [&[u8]; 52] = [
    b"",
    b" ",
    b"{",
    b"}",
    b"{]",
    b"[1}",
    b"{\"a\"}",
    b"{\"a\":}",
    b"{\"a\" 1}",
    b"{\"a\":1,}",
    b"{,\"a\":1}",
    b"{\"a\":1,,\"b\":2}",
    b"{\"a\":1 \"b\":2}",
    b"{\"a\":1}}",
    b"{\"a\":1}{\"b\":2}",
    b"{\"a\":1}x",
    b"{a:1}",
    b"{'a':1}",
    b"{\"a\":'b'}",
    b"{1:1}",
    b"{null:1}",
    b"{\"a\":[1,]}",
    b"{\"a\":[,1]}",
    b"{\"a\":[1 2]}",
    b"{\"a\":01}",
    b"{\"a\":+1}",
    b"{\"a\":.5}",
    b"{\"a\":1.}",
    b"{\"a\":1e}",
    b"{\"a\":1e+}",
    b"{\"a\":0x10}",
    b"{\"a\":NaN}",
    b"{\"a\":Infinity}",
    b"{\"a\":-}",
    b"{\"a\":1_000}",
    b"{\"a\":True}",
    b"{\"a\":nul}",
    b"{\"a\":undefined}",
    b"{\"a\":\"}",
    b"{\"a\":\"\n\"}",
    b"{\"a\":\"\t\"}",
    b"{\"a\":\"\0\"}",
    b"{\"a\":\"\\x41\"}",
    b"{\"a\":\"\\u12\"}",
    b"{\"a\":\"\\uD8\"}",
    b"{\"a\":\"\\\"}",
    b"{\"a\":1} // comment",
    b"{/* comment */\"a\":1}",
    b"{\"a\":\"\xff\"}",
    b"{\"a\":\"\xed\xa0\x80\"}",
    b"{\"a\":\"\xc0\x80\"}",
    b"\xff\xfe{\0\"\0a\0\"\0:\x001\0}\0",
];

/// What the standard leaves open: the value of `v`, and what it comes out as.
const OPEN: [(&str, &str); 14] = [
    // Half an emoji, which some phones send, does not cost a lead.
    (r#""\ud800""#, "\u{fffd}"),
    (r#""\udc00""#, "\u{fffd}"),
    (r#""\ud800\u0041""#, "\u{fffd}A"),
    (r#""\ud800\ud800""#, "\u{fffd}\u{fffd}"),
    ("1e400", "1e+400"),
    ("-1e-400", "-1e-400"),
    (
        "12345678901234567890123456789",
        "12345678901234567890123456789",
    ),
    (
        "0.1000000000000000055511151231257827",
        "0.1000000000000000055511151231257827",
    ),
    ("1e99999999999999999999", "1e+99999999999999999999"),
    ("{\"$serde_json::private::Number\":\"x\"}", "x"),
    // A name that comes again keeps both values.
    ("1,\"v\":2", "1, 2"),
    ("1,\"v\":1", "1, 1"),
    ("\"a\",\"v\":null", "a"),
    ("null,\"v\":\"a\"", "a"),
];

fn object(value: &str) -> Vec<u8> {
    format!("{{\"city\":\"Oslo\",\"v\":{value}}}").into_bytes()
}

#[test]
fn all_that_is_json_is_read() {
    let daemon = TestDaemon::start(WEBSITE);
    for (value, expected) in READ {
        let answer = post_json(&daemon, "website", &object(value));
        assert_eq!(field(&daemon, &answer, "v"), expected, "{value}");
    }
}

#[test]
fn nothing_else_is() {
    let daemon = TestDaemon::start(WEBSITE);
    for body in REFUSED {
        let answer = post_json(&daemon, "website", body);
        assert_eq!(
            answer.code(),
            "invalid_json",
            "{}",
            String::from_utf8_lossy(body)
        );
        assert_eq!(answer.status, 400);
    }
    assert_eq!(daemon.store().counts().expect("counts").leads, 0);
}

#[test]
fn what_the_standard_leaves_open_is_decided() {
    let daemon = TestDaemon::start(WEBSITE);
    for (value, expected) in OPEN {
        let answer = post_json(&daemon, "website", &object(value));
        assert_eq!(field(&daemon, &answer, "v"), expected, "{value}");
    }
    let marked = [b"\xef\xbb\xbf".as_slice(), &object("1")].concat();
    assert_eq!(post_json(&daemon, "website", &marked).status, 201);
    let twice = [b"\xef\xbb\xbf\xef\xbb\xbf".as_slice(), &object("1")].concat();
    is_refused(&post_json(&daemon, "website", &twice), 400, "invalid_json");
}

#[test]
fn what_is_json_and_no_object_is_refused_as_that() {
    let daemon = TestDaemon::start(WEBSITE);
    for body in ["1", "null", "\"a\"", "[{\"city\":\"Oslo\"}]", "[]", "true"] {
        let answer = post_json(&daemon, "website", body.as_bytes());
        is_refused(&answer, 422, "not_an_object");
    }
}

#[test]
fn depth_has_an_end_and_an_honest_one_is_read() {
    let daemon = TestDaemon::start(WEBSITE);
    let deep = |open: &str, close: &str, n: usize| {
        object(&format!("{}1{}", open.repeat(n), close.repeat(n)))
    };
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let answer = post_json(&daemon, "website", &deep(open, close, 60));
        assert_eq!(answer.status, 201, "{}", answer.body);
        for n in [127, 1000, 20_000] {
            let answer = post_json(&daemon, "website", &deep(open, close, n));
            is_refused(&answer, 400, "invalid_json");
        }
        let unclosed = open.repeat(40_000);
        is_refused(
            &post_json(&daemon, "website", unclosed.as_bytes()),
            400,
            "invalid_json",
        );
    }
    daemon.verify();
}

#[test]
fn a_number_that_is_none_does_no_harm_where_a_number_belongs() {
    let daemon = TestDaemon::start(WEBSITE);
    for value in [
        "1e400",
        "-5",
        "\"NaN\"",
        "{\"$serde_json::private::Number\":\"}\"}",
        "[1,2]",
        "1e2147483648",
    ] {
        let body = format!("{{\"city\":\"Oslo\",\"quote_value\":{value},\"lead_score\":{value}}}");
        let answer = post_json(&daemon, "website", body.as_bytes());
        assert_eq!(answer.status, 201, "{value}: {}", answer.body);
        // The payload is JSON, whatever came.
        assert_eq!(
            crate::lead(&daemon, answer.lead_id())["city"],
            "Oslo",
            "{value}"
        );
    }
}
