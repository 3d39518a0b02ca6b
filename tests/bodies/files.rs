//! Files that come with a form: noted, kept or refused, and never more than the source allows.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use crate::client::Connection;
use crate::daemon::TestDaemon;
use crate::{BOUNDARY, field, form, is_refused, lead, post_parts, post_parts_with, source};

const PHOTO: (&str, &[u8]) = (
    "name=\"photo\"; filename=\"tap.jpg\"\r\nContent-Type: image/jpeg",
    b"\xff\xd8\0--\r\n\r\n----lead\xff",
);

fn daemon() -> TestDaemon {
    TestDaemon::start(
        &[
            source("drop", ""),
            source("keep", "files = \"keep\"\nfiles_bytes_max = \"1 MiB\""),
            source("refuse", "files = \"refuse\""),
        ]
        .concat(),
    )
}

fn stored(daemon: &TestDaemon) -> Vec<PathBuf> {
    let folder = fs::read_dir(daemon.directory().join("files"));
    let entries = folder.into_iter().flatten();
    entries
        .map(|entry| entry.expect("an entry").path())
        .collect()
}

#[test]
fn a_file_is_noted_with_the_lead_and_its_bytes_are_dropped() {
    let daemon = daemon();
    let answer = post_parts(&daemon, "drop", &form(&[PHOTO]));
    let note = format!("tap.jpg (image/jpeg, {} bytes, not kept)", PHOTO.1.len());
    assert_eq!(field(&daemon, &answer, "photo"), note);
    assert!(!daemon.directory().join("files").exists());
}

#[test]
fn a_kept_file_lies_beside_the_database_for_its_owner_alone() {
    let daemon = daemon();
    let two = ("name=\"photo\"; filename=\"../two\"", b"2".as_slice());
    let answer = post_parts(
        &daemon,
        "keep",
        &form(&[("name=\"city\"", b"Oslo"), PHOTO, two]),
    );
    let notes = field(&daemon, &answer, "photo");
    let files = stored(&daemon);
    assert_eq!(files.len(), 2);
    for path in files {
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .expect("a name");
        assert!(
            name.len() == 26 && name.bytes().all(|b| b.is_ascii_alphanumeric()),
            "{name}"
        );
        assert!(
            notes.contains(&format!("kept as files/{name})")),
            "{name} in {notes}"
        );
        assert_eq!(mode(&path), 0o600);
        let content = fs::read(&path).expect("the file");
        assert!(content == PHOTO.1 || content == two.1, "{content:?}");
    }
    assert!(notes.starts_with("tap.jpg (image/jpeg, "), "{notes}");
    assert_eq!(mode(&daemon.directory().join("files")), 0o700);
}

fn mode(path: &std::path::Path) -> u32 {
    fs::metadata(path).expect("metadata").permissions().mode() & 0o777
}

#[test]
fn a_source_that_takes_no_files_says_which_field_is_at_fault() {
    let daemon = daemon();
    let answer = post_parts(
        &daemon,
        "refuse",
        &form(&[("name=\"city\"", b"Oslo"), PHOTO]),
    );
    is_refused(&answer, 415, "file_refused");
    assert_eq!(answer.json()["error"]["field"], "photo");
    let left_alone = ("name=\"photo\"; filename=\"\"", b"".as_slice());
    let answer = post_parts(
        &daemon,
        "refuse",
        &form(&[("name=\"city\"", b"Oslo"), left_alone]),
    );
    assert_eq!(answer.status, 201);
    assert_eq!(daemon.store().counts().expect("counts").leads, 1);
}

#[test]
fn a_file_never_takes_the_place_of_a_field() {
    let daemon = daemon();
    let message = ("name=\"message\"; filename=\"m.txt\"", b"x".as_slice());
    let answer = post_parts(
        &daemon,
        "drop",
        &form(&[("name=\"message\"", b"hello"), message]),
    );
    let note = "m.txt (application/octet-stream, 1 bytes, not kept)";
    assert_eq!(field(&daemon, &answer, "message (file)"), note);
    assert!(
        lead(&daemon, answer.lead_id())
            .to_string()
            .contains("hello")
    );
}

#[test]
fn a_form_with_files_may_be_as_large_as_the_source_says_and_all_else_not() {
    let daemon = daemon();
    let file = |bytes: usize| {
        let content = vec![b'x'; bytes];
        form(&[
            ("name=\"city\"", b"Oslo"),
            ("name=\"f\"; filename=\"f\"", &content),
        ])
    };
    for (name, bytes, status) in [
        ("keep", 1_000_000, 201),
        ("keep", 1_048_576, 413),
        ("drop", 2_000_000, 201),
        ("refuse", 300_000, 413),
    ] {
        let answer = post_parts(&daemon, name, &file(bytes));
        assert_eq!(answer.status, status, "{name} {bytes}");
    }
    let text = vec![b'x'; 300_000];
    let long = form(&[("name=\"notes\"", text.as_slice())]);
    is_refused(&post_parts(&daemon, "keep", &long), 422, "value_too_long");
    assert_eq!(stored(&daemon).len(), 1);
}

#[test]
fn a_post_that_is_refused_or_came_before_leaves_no_file_behind() {
    let daemon = daemon();
    let key = [("idempotency-key", "one")];
    let body = form(&[("name=\"city\"", b"Oslo"), PHOTO]);
    assert_eq!(post_parts_with(&daemon, "keep", &key, &body).status, 201);
    assert_eq!(stored(&daemon).len(), 1);
    let again = post_parts_with(&daemon, "keep", &key, &body);
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    let other = form(&[("name=\"city\"", b"Bonn"), PHOTO]);
    let reused = post_parts_with(&daemon, "keep", &key, &other);
    is_refused(&reused, 422, "idempotency_key_reused");
    let long = vec![b'x'; 70_000];
    let refused = form(&[("name=\"notes\"", &long), PHOTO]);
    is_refused(
        &post_parts(&daemon, "keep", &refused),
        422,
        "value_too_long",
    );
    assert_eq!(stored(&daemon).len(), 1);
}

#[test]
fn files_that_cannot_be_stored_are_503_and_no_lead_is_made() {
    let daemon = daemon();
    fs::write(daemon.directory().join("files"), b"in the way").expect("a file");
    let answer = post_parts(&daemon, "keep", &form(&[("name=\"city\"", b"Oslo"), PHOTO]));
    is_refused(&answer, 503, "files_failed");
    assert_eq!(answer.header("retry-after"), Some("30"));
    assert_eq!(daemon.store().counts().expect("counts").leads, 0);
    let log = daemon.setting.log();
    assert!(
        log.contains("the files of a post cannot be stored source=keep"),
        "{log}"
    );
    assert!(!log.contains("tap.jpg"));
    assert_eq!(post_parts(&daemon, "drop", &form(&[PHOTO])).status, 201);
}

#[test]
fn kept_files_survive_a_restart() {
    let mut daemon = daemon();
    assert_eq!(post_parts(&daemon, "keep", &form(&[PHOTO])).status, 201);
    daemon.restart();
    assert_eq!(post_parts(&daemon, "keep", &form(&[PHOTO])).status, 201);
    assert_eq!(stored(&daemon).len(), 2);
}

#[test]
fn only_so_many_large_posts_are_read_at_once_and_small_ones_always() {
    let daemon = TestDaemon::start(&source("keep", "files = \"keep\""));
    let head = format!(
        "POST /in/keep HTTP/1.1\r\nhost: x\r\ncontent-type: multipart/form-data; boundary={BOUNDARY}\r\ncontent-length: 1000000\r\n\r\n--"
    );
    let mut waiting = Vec::new();
    for _ in 0..8 {
        waiting.push(raw(&daemon, &head));
    }
    let is_full = || {
        let mut stream = raw(&daemon, &head);
        stream
            .set_read_timeout(Some(std::time::Duration::from_millis(200)))
            .expect("a limit");
        let mut answer = [0; 12];
        let read = std::io::Read::read_exact(&mut stream, &mut answer);
        read.is_ok() && answer.ends_with(b"503")
    };
    crate::daemon::wait_until("no place for a large post", is_full);
    assert_eq!(post_parts(&daemon, "keep", &form(&[PHOTO])).status, 201);
    drop(waiting);
    let large = vec![b'x'; 500_000];
    let body = form(&[("name=\"f\"; filename=\"f\"", large.as_slice())]);
    let content_type = format!("multipart/form-data; boundary={BOUNDARY}");
    crate::daemon::wait_until("a place again", || {
        let mut connection = Connection::open(daemon.ingest()).expect("a connection");
        let headers = [("content-type", content_type.as_str())];
        let answer = connection.ask("POST", "/in/keep", &headers, &body);
        answer.is_ok_and(|answer| answer.status == 201)
    });
}

fn raw(daemon: &TestDaemon, bytes: &str) -> std::net::TcpStream {
    let mut stream = std::net::TcpStream::connect(daemon.ingest()).expect("a connection");
    std::io::Write::write_all(&mut stream, bytes.as_bytes()).expect("a request");
    stream
}
