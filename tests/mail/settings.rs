//! What `[smtp]` and `mailto:` refuse.

use std::path::Path;

use leadhook::config::{self, Env};

/// The problems of a config that is otherwise well.
pub(crate) fn problems(text: &str) -> String {
    let text = format!("[admin]\ntoken = \"sixteen-letters-\"\n{text}");
    let read = config::parse(&text, "test.toml", Path::new(""), &Env::default());
    read.map_or_else(|problems| problems.to_string(), |_| String::new())
}

const SMTP: &str = "[smtp]\nhost = \"mail.example\"\nfrom = \"a@example.com\"\n";

fn webhook(more: &str) -> String {
    format!("[[webhook]]\nname = \"by-mail\"\n{more}")
}

#[test]
fn what_is_missing_or_wrong_is_told_with_its_place() {
    let mail = webhook("url = \"mailto:a@example.com\"");
    for (config, words) in [
        (mail.clone(), "there is no mailbox to send it from"),
        (
            format!("[smtp]\nfrom = \"a@example.com\"\n{mail}"),
            "smtp: host: this key is missing",
        ),
        (
            format!("[smtp]\nhost = \"mail.example\"\n{mail}"),
            "smtp: from: this key is missing",
        ),
        (
            format!("{SMTP}user = \"a\"\n{mail}"),
            "there is no password",
        ),
        (
            format!("{SMTP}password = \"p\"\n{mail}"),
            "smtp: user: this key is missing",
        ),
        (
            format!("{SMTP}user = \"u\"\npassword = [\"p\", \"q\"]\n{mail}"),
            "several passwords",
        ),
        (format!("{SMTP}tls = \"off\"\n{mail}"), "smtp: tls"),
        (
            format!("{SMTP}{}", webhook("url = \"mailto:a@example.com,b\"")),
            "\"b\" is not an address",
        ),
        (
            format!("{SMTP}{}", webhook("url = \"mailto:\"")),
            "\"\" is not an address",
        ),
        (
            format!("{SMTP}{mail}\nsecret = \"x\""),
            "secret: unknown key",
        ),
        (
            SMTP.replace("mail.example", "smtps://mail.example"),
            "is not the name of a server",
        ),
        (
            SMTP.replace("a@example.com", "a@example.com\\r\\nBcc: b@c.d"),
            "is not an address",
        ),
    ] {
        let problems = problems(&config);
        assert!(problems.contains(words), "{words}:\n{problems}");
    }
    assert_eq!(problems(&format!("{SMTP}{mail}")), "");
}

#[test]
fn the_user_is_the_sender_where_nobody_else_is_named() {
    let config = "[admin]\ntoken = \"sixteen-letters-\"\n[smtp]\nhost = \"MAIL.example\"\nuser = \"a@b.c\"\npassword = \"p\"\n\
                  [[webhook]]\nname = \"m\"\nurl = \"mailto:x@y.z\"";
    let config = config::parse(config, "", Path::new(""), &Env::default()).expect("a config");
    let route = config.webhooks[0].mail.clone().expect("a mailbox");
    assert_eq!(route.smtp.from.address, "a@b.c");
    assert_eq!(
        (route.smtp.host.as_str(), route.smtp.port),
        ("mail.example", 465)
    );
}
