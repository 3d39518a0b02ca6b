//! Each preset against a receiver that behaves like its service: it checks what the service checks,
//! and answers as it does. The leads are a usual one, an empty one, an update, and a hostile one.

mod chats;
mod messages;
mod records;

use std::time::Duration;

use serde_json::{Value, json};

use crate::daemon::{Directory, wait_until};
use crate::{ADA, House, Receiver, Reply, Request, secret_file};

/// What a service says to a request: its answer, or why it refuses.
type Service = fn(&Request) -> Result<Reply, String>;

/// What must hold, or else the service refuses.
macro_rules! demand {
    ($holds:expr, $($why:tt)+) => {
        if !$holds {
            return Err(format!($($why)+));
        }
    };
}
use demand;

/// 60 KB of quotes, tags, mentions, emoji and control characters in every field.
fn hostile() -> String {
    let bait = "\"}],'\\ \u{1}\u{0}\r\n\t@everyone <!channel> <@U1> <script>alert(1)</script> & [x](http://evil.example) *_~`|# {email} {{x}} ${HOME} %0a ٣ 😀👩‍👩‍👧 \u{202e}";
    let long = bait.repeat(60_000 / bait.len());
    let short: String = bait.repeat(4).chars().take(200).collect();
    json!({
        "name": short, "company": short, "email": "\"a b\"@x,y\r\nBcc: all@example.com", "phone": short,
        "message": long, "lead_source": short, "lead_url": format!("javascript:{short}"),
        "Wish\r\nX: 1": long, "City*": short, "external_id": "h"
    })
    .to_string()
}

fn leads() -> [String; 5] {
    [
        ADA.to_owned(),
        "{\"city\":\"Oslo\",\"external_id\":\"o\"}".to_owned(),
        "{\"city\":\"Bergen\",\"external_id\":\"o\"}".to_owned(),
        hostile(),
        json!({"external_id": "h", "message": "@everyone <!here> ".repeat(3000)}).to_string(),
    ]
}

/// Posts all leads to a webhook of this preset, also what looks like spam; every one of them must be
/// taken at once.
#[track_caller]
fn satisfies(keys: &str, service: Service) -> Vec<Request> {
    let script = move |request: &Request, _| match service(request) {
        Ok(reply) => reply,
        Err(why) => Reply::full(400, &[], why.as_bytes()),
    };
    let directory = Directory::new();
    secret_file(&directory, "token", "service-token");
    let token = directory.0.join("token").display().to_string();
    let house = House::to(
        Receiver::script(script),
        "",
        &format!("spam = true\n{}", keys.replace("TOKEN", &token)),
    );
    for lead in leads() {
        let answer = house.daemon.post("website", &lead);
        assert!(matches!(answer.status, 200 | 201), "{}", answer.body);
    }
    let failed = || house.daemon.setting.log().contains("attempt failed");
    wait_until("all leads", || {
        // The pace of the service needs time to pass.
        house.daemon.turn_clock(Duration::from_secs(1));
        house.receiver.count() >= leads().len() || failed()
    });
    let requests = house.requests();
    let refused: Vec<String> = requests
        .iter()
        .filter_map(|request| service(request).err())
        .collect();
    assert!(refused.is_empty(), "{refused:#?}");
    house.daemon.wait_until_drained();
    assert!(!failed(), "{}", house.daemon.setting.log());
    house.daemon.verify();
    requests
}

fn post_of_json(request: &Request, path: &str) -> Result<Value, String> {
    demand!(
        request.line == format!("POST {path} HTTP/1.1"),
        "{}",
        request.line
    );
    let content_type = request.header("content-type");
    demand!(content_type == Some("application/json"), "{content_type:?}");
    let body: Value = serde_json::from_slice(&request.body).map_err(|error| error.to_string())?;
    demand!(body.is_object(), "no object");
    Ok(body)
}

fn chars(value: &Value) -> usize {
    value.as_str().map_or(0, |text| text.chars().count())
}

fn no_nulls(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Array(items) => items.iter().all(no_nulls),
        Value::Object(members) => members.values().all(no_nulls),
        _ => true,
    }
}
