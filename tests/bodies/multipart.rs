//! `multipart/form-data` as browsers write it, and as it should not be written.

use crate::client::{Connection, ask};
use crate::daemon::{TestDaemon, WEBSITE};
use crate::{BOUNDARY, field, form, is_refused, lead, post_parts, post_parts_with};

fn daemon() -> TestDaemon {
    TestDaemon::start(WEBSITE)
}

fn written(body: &str) -> Vec<u8> {
    body.replace('\n', "\r\n")
        .replace("BOUNDARY", BOUNDARY)
        .into_bytes()
}

#[test]
fn a_form_as_a_browser_sends_it_is_a_lead() {
    let daemon = daemon();
    let body = written(
        "--BOUNDARY\nContent-Disposition: form-data; name=\"email\"\n\nada@example.com\n\
         --BOUNDARY\nContent-Disposition: form-data; name=\"Your wishes\"\n\nGrüße,\nAda\n\
         --BOUNDARY\nContent-Disposition: form-data; name=\"colour\"\n\nred\n\
         --BOUNDARY\nContent-Disposition: form-data; name=\"colour\"\n\nblue\n\
         --BOUNDARY\nContent-Disposition: form-data; name=\"empty\"\n\n\n\
         --BOUNDARY\nContent-Disposition: form-data; name=\"photo\"; filename=\"\"\nContent-Type: application/octet-stream\n\n\n\
         --BOUNDARY--\n",
    );
    let answer = post_parts(&daemon, "website", &body);
    assert_eq!(field(&daemon, &answer, "colour"), "red, blue");
    assert_eq!(field(&daemon, &answer, "empty"), "");
    assert_eq!(field(&daemon, &answer, "photo"), "");
    let lead = lead(&daemon, answer.lead_id());
    assert_eq!(lead["email_address"], "ada@example.com");
    assert_eq!(lead["additional_fields"]["Your wishes"], "Grüße,\r\nAda");
}

#[test]
fn what_stands_around_the_parts_is_passed_over() {
    let daemon = daemon();
    let part = "Content-Disposition: form-data; name=\"city\"\nContent-Type: text/plain; charset=utf-8\nX-Other: 1\n\nOslo";
    for body in [
        format!("preamble\n--BOUNDARY\n{part}\n--BOUNDARY--\nepilogue --BOUNDARY"),
        format!("\n--BOUNDARY\n{part}\n--BOUNDARY--"),
        format!("--BOUNDARY \t\n{part}\n--BOUNDARY--\n"),
        format!(
            "--BOUNDARY\n{}\n--BOUNDARY--\n",
            part.to_lowercase().replace("oslo", "Oslo")
        ),
        format!(
            "--BOUNDARY\n{part}\n--BOUNDARY\nContent-Disposition: form-data; name=\"x\"\n\n--BOUNDARY--"
        ),
    ] {
        let answer = post_parts(&daemon, "website", &written(&body));
        assert_eq!(answer.status, 201, "{}: {body}", answer.body);
        assert_eq!(lead(&daemon, answer.lead_id())["city"], "Oslo");
    }
}

#[test]
fn what_is_cut_off_or_badly_written_is_400_and_stores_nothing() {
    let daemon = daemon();
    let part = "Content-Disposition: form-data; name=\"city\"\n\nOslo";
    let long = "x".repeat(9000);
    for (body, reason) in [
        (String::new(), "nowhere"),
        (format!("--OTHER\n{part}\n--OTHER--"), "nowhere"),
        ("no boundary at all".to_owned(), "nowhere"),
        (format!("--BOUNDARY\n{part}"), "ends before"),
        (format!("--BOUNDARY\n{part}\n--BOUNDARY"), "ends before"),
        (format!("--BOUNDARY\n{part}\n--BOUNDARY\n"), "ends before"),
        (
            format!("--BOUNDARY\n{part}\n--BOUNDARY\n{part}"),
            "ends before",
        ),
        (format!("--BOUNDARY\n{part}\n--BOUNDARYX\n"), "neither"),
        ("--BOUNDARY".to_owned(), "ends before"),
        ("--BOUNDARY\n".to_owned(), "ends before"),
        ("--BOUNDARY\n\nOslo\n\n\n--BOUNDARY--".to_owned(), "part 1"),
        (
            "--BOUNDARY\nno header\n\nOslo\n--BOUNDARY--".to_owned(),
            "part 1",
        ),
        (
            "--BOUNDARY\nContent-Type: text/plain\n\nOslo\n--BOUNDARY--".to_owned(),
            "with a name",
        ),
        (
            "--BOUNDARY\nContent-Disposition: form-data\n\nOslo\n--BOUNDARY--".to_owned(),
            "with a name",
        ),
        (
            "--BOUNDARY\nContent-Disposition: attachment; name=\"city\"\n\nOslo\n--BOUNDARY--"
                .to_owned(),
            "with a name",
        ),
        (
            format!("--BOUNDARY\nX-Long: {long}\n{part}\n--BOUNDARY--"),
            "longer than 8192",
        ),
        (
            format!(
                "--BOUNDARY\nContent-Disposition: form-data; name=\"{long}\"\n\nOslo\n--BOUNDARY--"
            ),
            "longer than 8192",
        ),
        (
            format!("--BOUNDARY\nContent-Transfer-Encoding: base64\n{part}\n--BOUNDARY--"),
            "Transfer-Encoding",
        ),
    ] {
        let answer = post_parts(&daemon, "website", &written(&body));
        is_refused(&answer, 400, "invalid_multipart");
        assert!(
            answer.body.contains(reason),
            "{reason}: {} of {body}",
            answer.body
        );
        assert!(!answer.body.contains("Oslo"));
    }
    let bare = format!("--{BOUNDARY}\n{part}\n--{BOUNDARY}--\n");
    is_refused(
        &post_parts(&daemon, "website", bare.as_bytes()),
        400,
        "invalid_multipart",
    );
    assert_eq!(daemon.store().counts().expect("counts").leads, 0);
}

#[test]
fn a_type_without_a_boundary_is_refused_before_the_body_is_read() {
    let daemon = daemon();
    for boundary in [
        "",
        "; boundary=",
        "; boundary=\"\"",
        &format!("; boundary={}", "x".repeat(71)),
    ] {
        let content_type = format!("Multipart/Form-Data{boundary}");
        let headers = [("content-type", content_type.as_str())];
        let answer = ask(daemon.ingest(), "POST", "/in/website", &headers, b"--x--");
        is_refused(&answer, 400, "invalid_multipart");
        assert!(answer.body.contains("boundary"), "{}", answer.body);
    }
    let headers = [("content-type", "multipart/mixed; boundary=x")];
    let answer = ask(daemon.ingest(), "POST", "/in/website", &headers, b"--x--");
    is_refused(&answer, 415, "unsupported_media_type");
}

#[test]
fn the_number_of_parts_has_a_limit() {
    let daemon = daemon();
    is_refused(
        &post_parts(&daemon, "website", &form(&[])),
        422,
        "empty_submission",
    );
    let parts = |n: usize| {
        let names: Vec<String> = (0..n).map(|n| format!("name=\"f{n}\"")).collect();
        let parts: Vec<(&str, &[u8])> = names
            .iter()
            .map(|name| (name.as_str(), b"x".as_slice()))
            .collect();
        form(&parts)
    };
    assert_eq!(post_parts(&daemon, "website", &parts(500)).status, 201);
    for n in [501, 1001, 10_000] {
        is_refused(
            &post_parts(&daemon, "website", &parts(n)),
            422,
            "too_many_fields",
        );
    }
    let same: Vec<(&str, &[u8])> = vec![("name=\"a\"", b"x".as_slice()); 900];
    assert_eq!(post_parts(&daemon, "website", &form(&same)).status, 201);
}

#[test]
fn a_name_cannot_begin_another_header_or_line() {
    let daemon = daemon();
    let body = form(&[
        ("name=\"a%0D%0AX-Evil: 1\"", b"1".as_slice()),
        (
            "name=\"file\"; filename=\"x%0D%0AContent-Type: text/html%22.exe\"",
            b"12",
        ),
        ("name=\"nul\"; filename=\"a\0b\"", b"123"),
        ("name=\"up\"; filename=\"../../etc/passwd\"", b"1234"),
        ("name=\"windows\"; filename=\"C:\\fake\\a.txt\"", b"12345"),
        (
            "name=\"star\"; filename=\"b\"; filename*=UTF-8''%e2%82%ac.txt",
            b"123456",
        ),
    ]);
    let answer = post_parts(&daemon, "website", &body);
    let fields = &lead(&daemon, answer.lead_id())["additional_fields"];
    for (label, expected) in [
        ("a\r\nX-Evil: 1", "1"),
        (
            "file",
            "x\r\nContent-Type: text/html\".exe (application/octet-stream, 2 bytes, not kept)",
        ),
        (
            "nul",
            "a\u{fffd}b (application/octet-stream, 3 bytes, not kept)",
        ),
        (
            "up",
            "../../etc/passwd (application/octet-stream, 4 bytes, not kept)",
        ),
        (
            "windows",
            "C:\\fake\\a.txt (application/octet-stream, 5 bytes, not kept)",
        ),
        (
            "star",
            "€.txt (application/octet-stream, 6 bytes, not kept)",
        ),
    ] {
        assert_eq!(fields[label], expected, "{label} in {fields}");
    }
    let raw =
        written("--BOUNDARY\nContent-Disposition: form-data; name=\"a\r\nX: \"\n\n1\n--BOUNDARY--");
    assert_eq!(post_parts(&daemon, "website", &raw).status, 201);
}

#[test]
fn broken_utf_8_becomes_the_replacement_character() {
    let daemon = daemon();
    let body = form(&[("name=\"v\"", b"J\xfcrgen".as_slice())]);
    let answer = post_parts(&daemon, "website", &body);
    assert_eq!(field(&daemon, &answer, "v"), "J\u{fffd}rgen");
}

#[test]
fn the_same_form_with_another_boundary_is_the_same_post() {
    let daemon = daemon();
    let key = [("idempotency-key", "one")];
    let body = form(&[("name=\"city\"", b"Oslo".as_slice())]);
    let first = post_parts_with(&daemon, "website", &key, &body);
    let again = String::from_utf8(body.clone())
        .expect("text")
        .replace(BOUNDARY, "other");
    let headers = [
        ("content-type", "multipart/form-data; boundary=other"),
        key[0],
    ];
    let second = ask(
        daemon.ingest(),
        "POST",
        "/in/website",
        &headers,
        again.as_bytes(),
    );
    assert_eq!((second.status, second.lead_id()), (201, first.lead_id()));
    assert_eq!(second.header("idempotent-replayed"), Some("true"));
    let changed = again.replace("Oslo", "Bonn");
    let third = ask(
        daemon.ingest(),
        "POST",
        "/in/website",
        &headers,
        changed.as_bytes(),
    );
    is_refused(&third, 422, "idempotency_key_reused");
}

#[test]
fn many_forms_go_over_one_connection() {
    let daemon = daemon();
    let mut connection = Connection::open(daemon.ingest()).expect("a connection");
    let content_type = format!("multipart/form-data; boundary=\"{BOUNDARY}\"");
    let headers = [("content-type", content_type.as_str())];
    for n in 1..=20 {
        let text = vec![b'x'; n * 100];
        let body = form(&[("name=\"v\"", text.as_slice())]);
        let answer = connection.ask("POST", "/in/website", &headers, &body);
        assert_eq!(answer.expect("an answer").status, 201);
    }
}
