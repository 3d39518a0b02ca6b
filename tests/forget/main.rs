//! What forgetting a person promises: nothing of him is left, nothing is sent any more, it is told who
//! had received it, and no backup brings him back.

#[path = "../harness/client.rs"]
mod client;
#[path = "../harness/daemon.rs"]
mod daemon;
#[path = "../harness/receiver.rs"]
mod receiver;

mod answers;
mod nowhere;
mod restored;
mod under_way;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use client::{Answer, ask};
use daemon::{TestDaemon, WEBSITE, wait_until};

/// Backups only when somebody asks, and a journal.
const BACKUP: &str = "\n[backup]\ndirectory = \"backups\"\nevery = \"0s\"\n";

fn start(more: &str) -> TestDaemon {
    TestDaemon::start(&format!("{BACKUP}{more}{WEBSITE}"))
}

/// Asks the API to change something.
fn call(daemon: &TestDaemon, method: &str, path: &str, body: &str) -> Answer {
    let headers = [
        ("authorization", "Bearer test-admin-token-0123"),
        ("content-type", "application/json"),
    ];
    let path = format!("/api/v1{path}");
    ask(daemon.admin(), method, &path, &headers, body.as_bytes())
}

/// Forgets whom this contact names; gives what was erased.
#[track_caller]
fn forget(daemon: &TestDaemon, contact: &str) -> Value {
    let answer = call(daemon, "POST", "/forget", &format!("{{{contact}}}"));
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

const ADA: &str = r#""email_address":"ada@example.com""#;

/// Posts a lead, and gives its number.
#[track_caller]
fn post(daemon: &TestDaemon, body: &str) -> u64 {
    let answer = daemon.post("website", body);
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.lead_id()
}

/// Posts a form with a picture, which its source keeps.
#[track_caller]
fn post_picture(daemon: &TestDaemon, email: &str, picture: &str) {
    let part = "--x\r\ncontent-disposition: form-data; name=";
    let form = format!(
        "{part}\"email\"\r\n\r\n{email}\r\n{part}\"photo\"; filename=\"a.jpg\"\r\n\r\n{picture}\r\n--x--\r\n"
    );
    let kind = [("content-type", "multipart/form-data; boundary=x")];
    let posted = ask(
        daemon.ingest(),
        "POST",
        "/in/website",
        &kind,
        form.as_bytes(),
    );
    assert_eq!(posted.status, 201, "{}", posted.body);
}

/// Makes a backup, and waits until it counts and is the last that is asked for.
fn back_up(daemon: &TestDaemon) -> PathBuf {
    assert_eq!(call(daemon, "POST", "/backup", "").status, 202);
    let mut made = Value::Null;
    wait_until("a backup", || {
        made = daemon.get("/api/v1/backup").json()["backup"].clone();
        made["running"] == false
    });
    assert_eq!(made["problem"], Value::Null);
    PathBuf::from(made["path"].as_str().expect("a path"))
}

/// Files below a directory that have one of these texts, each with the text.
fn holding(directory: &Path, texts: &[&str]) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(holding(&path, texts));
            continue;
        }
        let bytes = fs::read(&path).expect("a file");
        for text in texts {
            let mut windows = bytes.windows(text.len());
            if windows.any(|window| window.eq_ignore_ascii_case(text.as_bytes())) {
                found.push((path.clone(), (*text).to_owned()));
            }
        }
    }
    found
}
