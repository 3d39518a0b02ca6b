//! `leadhook test-lead`, as it is typed.

use std::path::Path;
use std::process::{Command, Output};

use crate::daemon::Directory;

const CONFIG: &str = "
[admin]
token = \"sixteen-letters-\"
[[source]]
name = \"contact\"
preset = \"tally\"
auth = \"none\"
[[source]]
name = \"form\"
auth = \"none\"
[[webhook]]
name = \"crm\"
url = \"https://crm.example.com/\"
unsigned = true
[[webhook]]
name = \"calls\"
url = \"https://calls.example.com/\"
unsigned = true
lead_types = [\"Phone Call\"]
";

fn run(directory: &Path, words: &[&str]) -> Output {
    let config = directory.join("leadhook.toml");
    std::fs::write(&config, CONFIG).expect("a config");
    let mut command = Command::new(env!("CARGO_BIN_EXE_leadhook"));
    command.args(words).arg("--config").arg(&config);
    command.output().expect("the command")
}

#[test]
fn it_shows_lead_rest_webhooks_and_payload_and_stores_nothing() {
    let directory = Directory::new();
    let sample = "tests/mapping/samples/tally.json";
    let output = run(&directory.0, &["test-lead", "contact", "--file", sample]);
    let said = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(output.status.success(), "{said}");
    for line in [
        "lead_type                Web Form",
        "external_id              r-1",
        "email_address            ada@example.com",
        "Which rooms?             Kitchen, Cellar",
        "crm                      gets it",
        "calls                    does not want it",
    ] {
        assert!(said.contains(&format!("\n  {line}\n")), "{line} in\n{said}");
    }
    let payload = said.lines().last().expect("a payload");
    let payload: serde_json::Value = serde_json::from_str(payload).expect("JSON");
    assert_eq!(payload["contact_name"], "Ada Lovelace");
    assert!(!directory.0.join("leadhook.redb").exists());
}

/// It listed them among the additional fields, where no form's lead has them.
#[test]
fn control_fields_of_a_form_are_no_part_of_the_lead_and_a_trap_betrays_a_robot() {
    let directory = Directory::new();
    let path = directory.0.join("body");
    std::fs::write(&path, "email=a%40x.example&_next=%2Fthanks&_gotcha=on").expect("a body");
    let path = path.to_str().expect("UTF-8");
    let output = run(&directory.0, &["test-lead", "form", "--file", path]);
    let said = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(output.status.success(), "{said}");
    assert!(!said.contains("/thanks"), "{said}");
    assert!(
        said.contains("the hidden field _gotcha was filled in"),
        "{said}"
    );
}

#[test]
fn it_says_when_a_post_would_be_ignored_or_refused_and_what_it_lacks() {
    let directory = Directory::new();
    let file = |content: &str| {
        let path = directory.0.join("body");
        std::fs::write(&path, content).expect("a body");
        path.to_str().expect("UTF-8").to_owned()
    };
    for (source, body, code, words) in [
        ("contact", r#"{"eventType":"PING"}"#, 0, "would be ignored"),
        (
            "contact",
            r#"{"eventType":"FORM_RESPONSE"}"#,
            1,
            "empty_submission",
        ),
        ("contact", "{", 1, "the body is not JSON"),
        ("contakt", "{}", 1, "it has contact"),
    ] {
        let output = run(&directory.0, &["test-lead", source, "--file", &file(body)]);
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8(said).expect("UTF-8");
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert!(said.contains(words), "{said}");
    }
    let output = run(&directory.0, &["test-lead", "contact"]);
    assert_eq!(output.status.code(), Some(64));
}
