//! `leadhook init`: writes what is needed to begin with, and says what to do with it, step by step.

use std::path::Path;

use super::{Exit, complain, say};
use crate::config;
use crate::system::Dice;

pub(super) fn init(directory: &Path, domain: Option<&str>) -> Exit {
    let dice = Dice::of_system();
    match config::starter(directory, domain, &mut |bytes| dice.fill(bytes)) {
        Ok(files) => {
            for file in &files {
                say(format_args!("made {}", file.display()));
            }
            say("\nNext:");
            for (number, step) in (1..).zip(steps(directory, domain)) {
                say(format_args!("{number}. {step}"));
            }
            Exit::Well
        }
        Err(error) => {
            complain(error);
            Exit::Wrong
        }
    }
}

fn steps(directory: &Path, domain: Option<&str>) -> Vec<String> {
    let file = |name: &str| directory.join(name).display().to_string();
    let config = file("leadhook.toml");
    let start = match directory == Path::new("/etc/leadhook") {
        true => "Start it, now and with the machine: `systemctl enable --now leadhook`.".to_owned(),
        false => format!("Start it: `leadhook run --config {config}`."),
    };
    let mut steps = vec![
        format!(
            "In {config}, put the address of your system into the line `url` of the last section. Until \
             then the leads go to the inspector at http://127.0.0.1:8481/inspector (any user; the password is \
             in {}).",
            file("admin-token")
        ),
        format!("See whether it is right: `leadhook check-config {config}`."),
        start,
    ];
    match domain {
        Some(domain) => steps.extend([
            format!(
                "Let {domain} lead to this machine, ports 80 and 443. Put {} into /etc/caddy/Caddyfile, then \
                 `systemctl reload caddy`. For nginx there is nginx.conf, in packaging or /usr/share/doc/leadhook.",
                file("Caddyfile")
            ),
            format!("Put the form of {} on your site, and send it.", file("form.html")),
        ]),
        None => steps.push(
            "Post a lead: `curl http://127.0.0.1:8480/in/website -d name=Ada -d email=ada@example.com`. With \
             --domain, `init` also writes what a web server and your site need."
                .to_owned(),
        ),
    }
    steps.push(format!(
        "If something does not work: `leadhook doctor --config {config}`."
    ));
    steps
}
