//! The same as a person would try it: curl posts a sample of each family of services, as its service
//! does. Where there is no curl, the test says so and checks nothing.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use leadhook::http::forms::form_fields;

use crate::presets::sample;
use crate::services::{SECRET, Said, Service};

fn has_curl() -> bool {
    let mut curl = Command::new("curl");
    let asked = curl.arg("--version").stdout(Stdio::null()).status();
    let is_there = asked.is_ok_and(|status| status.success());
    if !is_there {
        let _ = writeln!(std::io::stderr(), "skipped: curl is not installed");
    }
    is_there
}

/// The status that curl was answered with.
fn curl(service: &Service, path: &str, arguments: &[String]) -> String {
    let mut curl = Command::new("curl");
    curl.args([
        "--silent",
        "--output",
        "/dev/null",
        "--write-out",
        "%{http_code}",
    ]);
    curl.args(["--noproxy", "*"]).args(arguments);
    curl.arg(format!("http://{}{path}", service.daemon.ingest()));
    let ended = curl.output().expect("curl");
    String::from_utf8_lossy(&ended.stdout).into_owned()
}

fn posted(service: &Service, said: &Said) -> String {
    let body = service.daemon.directory().join("body");
    fs::write(&body, &said.body).expect("a file");
    let mut arguments = vec!["--data-binary".to_owned(), format!("@{}", body.display())];
    for (name, value) in &said.headers {
        arguments.extend(["--header".to_owned(), format!("{name}: {value}")]);
    }
    curl(service, &said.path, &arguments)
}

#[test]
fn curl_posts_a_sample_of_each_family_and_it_arrives_as_in_its_golden_file() {
    if !has_curl() {
        return;
    }
    for preset in [
        "typeform",
        "elementor_advanced",
        "callrail",
        "calcom",
        "woocommerce",
        "google_ads",
        "twilio_sms",
        "automation",
    ] {
        let service = Service::of(preset);
        assert_eq!(posted(&service, &service.said()), "201", "{preset}");
        service.arrives_as_golden();
    }
}

#[test]
fn curl_posts_a_form_in_parts_as_jotform_does() {
    if !has_curl() {
        return;
    }
    let service = Service::of("jotform");
    let mut arguments = Vec::new();
    for (name, value) in form_fields(sample("jotform").as_bytes()) {
        arguments.extend(["--form-string".to_owned(), format!("{name}={value}")]);
    }
    let path = format!("/in/service?token={SECRET}");
    assert_eq!(curl(&service, &path, &arguments), "201");
    service.arrives_as_golden();
}
