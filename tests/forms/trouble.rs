//! When a post is not taken, the visitor keeps what he typed and can send it again.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use leadhook::domain::field::Field;

use crate::client::{Answer, ask};
use crate::daemon::{Setting, TestDaemon, wait_until};
use crate::{BROWSER, FORMS, PAGE, count, form, lead};

/// The pairs that the form on a page would send, as a browser reads it.
fn pairs(page: &str) -> Vec<(String, String)> {
    let plain = |text: &str| {
        let signs = [
            ("&lt;", "<"),
            ("&gt;", ">"),
            ("&quot;", "\""),
            ("&#39;", "'"),
            ("&amp;", "&"),
        ];
        signs
            .iter()
            .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
    };
    let value = |tag: &str| match tag.split_once("<textarea").or(tag.split_once(">\n")) {
        _ if tag.contains("value=\"") => tag.split("value=\"").nth(1)?.split('"').next().map(plain),
        _ => tag
            .split(">\n")
            .nth(1)?
            .split("</textarea>")
            .next()
            .map(plain),
    };
    let tags = page.split(" name=\"").skip(1);
    let tags = tags.filter(|tag| !tag.starts_with("viewport") && !tag.starts_with("robots"));
    tags.filter_map(|tag| Some((plain(tag.split('"').next()?), value(tag)?)))
        .collect()
}

/// Sends the form on a page again.
fn send_again(daemon: &TestDaemon, source: &str, page: &str) -> Answer {
    let body: Vec<String> = pairs(page)
        .iter()
        .map(|(name, value)| {
            let pair = [(name.as_str(), value.as_str())];
            leadhook::http::forms::form_body(&pair)
        })
        .collect();
    form(daemon, source, &[BROWSER], &body.join("&"))
}

#[test]
fn an_error_page_holds_all_that_was_typed_and_sends_it_again() {
    let daemon = TestDaemon::start(FORMS);
    let long = "x".repeat(65 * 1024);
    let typed = "name=%3Cb%3EAda%22%27%26amp%3B&message=one%0D%0Atwo&password=secret1&_next=%2Fok";
    let referer = ("referer", "https://www.example.com/contact");
    let headers = [BROWSER, PAGE, referer];
    let answer = form(
        &daemon,
        "website",
        &headers,
        &format!("{typed}&notes={long}"),
    );
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (422, Some("text/html; charset=utf-8"))
    );
    let page = &answer.body;
    assert!(page.contains("notes: the value has more than 65536 bytes"));
    assert!(
        page.contains("<form method=\"post\">") && page.contains("<button>Send again</button>")
    );
    assert!(!page.contains("<b>") && !page.contains("secret1"));
    let found = pairs(page);
    let find = |name: &str| {
        found
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, v)| v.as_str())
    };
    assert_eq!(find("name"), Some("<b>Ada\"'&amp;"));
    assert_eq!(find("message"), Some("one\r\ntwo"));
    assert_eq!(find("_next"), Some("/ok"));
    assert_eq!(find("notes"), Some(long.as_str()));
    let shorter = page.replace(&long, "short");
    let again = send_again(&daemon, "website", &shorter);
    assert_eq!((again.status, again.header("location")), (303, Some("/ok")));
    let lead = lead(&daemon, 1);
    assert_eq!(lead.values.text(Field::ContactName), Some("<b>Ada\"'&amp;"));
    assert_eq!(
        lead.values.text(Field::LeadUrl),
        Some("https://www.example.com/contact")
    );
}

/// A form with a file, as browsers send it; each time its boundary is another.
fn with_file(daemon: &TestDaemon, source: &str, boundary: &str, key: &str) -> Answer {
    let part = |name: &str, text: &str| {
        format!("--{boundary}\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n")
    };
    let file = format!(
        "--{boundary}\r\ncontent-disposition: form-data; name=\"plan\"; filename=\"plan.txt\"\r\n\
         content-type: text/plain\r\n\r\nA house.\r\n--{boundary}--\r\n"
    );
    let body = part("name", "Ada") + &part("_idempotency_key", key) + &file;
    let form = format!("multipart/form-data; boundary={boundary}");
    let headers = [BROWSER, ("content-type", form.as_str())];
    let path = format!("/in/{source}");
    ask(daemon.ingest(), "POST", &path, &headers, body.as_bytes())
}

#[test]
fn a_form_with_files_comes_back_without_them_and_is_one_lead_when_sent_twice() {
    let source = |name: &str, files: &str| {
        format!("[[source]]\nname = \"{name}\"\nauth = \"none\"\nfiles = \"{files}\"\n")
    };
    let daemon = TestDaemon::start(&(source("website", "keep") + &source("plain", "refuse")));
    for boundary in ["one", "two"] {
        assert_eq!(with_file(&daemon, "website", boundary, "k1").status, 200);
    }
    assert_eq!(count(&daemon), 1);
    let answer = with_file(&daemon, "plain", "one", "k2");
    assert_eq!(answer.status, 415);
    assert!(!answer.body.contains("A house.") && !answer.body.contains("name=\"plan\""));
    assert_eq!(send_again(&daemon, "plain", &answer.body).status, 200);
    assert_eq!(
        lead(&daemon, 2).values.text(Field::ContactName),
        Some("Ada")
    );
}

#[test]
fn lists_and_brackets_come_back_as_they_were() {
    let daemon = TestDaemon::start(FORMS);
    let long = "x".repeat(65 * 1024);
    let body = format!("day=Mon&day=Tue&fields%5Bcity%5D=Oslo&notes={long}");
    let page = form(&daemon, "website", &[BROWSER], &body).body;
    let again = send_again(&daemon, "website", &page.replace(&long, "short"));
    assert_eq!(again.status, 200);
    let before = form(&daemon, "website", &[], &body.replace(&long, "short")).lead_id();
    let labels = |id| {
        lead(&daemon, id)
            .values
            .map(Field::AdditionalFields)
            .to_vec()
    };
    assert_eq!(labels(1), labels(before));
}

#[test]
fn a_store_that_takes_nothing_gives_a_page_that_sends_again_when_it_does() {
    let free = Arc::new(AtomicU64::new(1 << 30));
    let shown = free.clone();
    let mut setting = Setting::default().with("store", "low_space = \"1 MiB\"");
    setting.free_space = Some(Arc::new(move || shown.load(Ordering::SeqCst)));
    let daemon = TestDaemon::start_with(setting, FORMS);
    free.store(1000, Ordering::SeqCst);
    wait_until("a full disk", || {
        form(&daemon, "anywhere", &[], "email=a").status == 503
    });
    let typed = "name=Ada&message=Hello&cf-turnstile-response=tok&_idempotency_key=k1";
    let answer = form(&daemon, "website", &[BROWSER, PAGE], typed);
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (503, Some("text/html; charset=utf-8"))
    );
    assert!(answer.header("retry-after").is_some());
    assert!(answer.body.contains("Try again in a minute"));
    assert!(
        answer
            .body
            .contains("name=\"cf-turnstile-response\" value=\"tok\"")
    );
    free.store(1 << 30, Ordering::SeqCst);
    wait_until("room", || {
        form(&daemon, "anywhere", &[], "email=a").status == 201
    });
    assert_eq!(send_again(&daemon, "website", &answer.body).status, 200);
    let newest = lead(&daemon, count(&daemon));
    assert_eq!(newest.values.text(Field::Notes), Some("Hello"));
}

#[test]
fn who_posts_too_often_keeps_what_he_typed() {
    let daemon =
        TestDaemon::start(&FORMS.replacen("rate_per_minute = 0", "rate_per_minute = 1", 1));
    assert_eq!(form(&daemon, "website", &[BROWSER], "name=Ada").status, 200);
    let answer = form(&daemon, "website", &[BROWSER], "name=Bob");
    assert_eq!(answer.status, 429);
    assert!(answer.header("retry-after").is_some());
    assert!(answer.body.contains("value=\"Bob\""), "{}", answer.body);
}

#[test]
fn a_page_says_what_is_wrong_where_nothing_could_be_read() {
    let setting = Setting::default().with("ingest", "body_bytes_max = \"1 KiB\"");
    let daemon = TestDaemon::start_with(setting, FORMS);
    let referer = ("referer", "https://www.example.com/contact?a=\"b");
    let large = format!("notes={}", "x".repeat(2000));
    let answer = form(&daemon, "website", &[BROWSER, PAGE, referer], &large);
    assert_eq!(answer.status, 413);
    assert!(
        answer.body.contains("larger than 1024 bytes"),
        "{}",
        answer.body
    );
    let evil = [
        BROWSER,
        ("origin", "https://evil.example"),
        ("referer", "https://evil.example/f"),
    ];
    let answer = form(&daemon, "website", &evil, "name=Ada");
    assert_eq!(answer.status, 403);
    assert!(!answer.body.contains("<form") && answer.body.contains("Back to the form"));
    let odd = [
        ("content-type", "image/png"),
        BROWSER,
        ("referer", "javascript:alert(1)"),
    ];
    let answer = ask(daemon.ingest(), "POST", "/in/website", &odd, b"x");
    assert_eq!(answer.status, 415);
    assert!(!answer.body.contains("javascript:"), "{}", answer.body);
}
