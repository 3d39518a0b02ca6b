//! Everybody that is talked to: name, network, TLS and answer of every receiver and mailbox, what their
//! clocks say of ours, and whether the public addresses lead to this leadhook. No lead is sent.

use std::thread;
use std::time::Duration;

use super::{Notes, Verdict};
use crate::commands::plain::counted;
use crate::config::Config;
use crate::delivery::{Knock, knock, knock_at_mail};
use crate::domain::mail::Smtp;
use crate::domain::webhook::{Private, Receiver, Webhook};
use crate::outbound::{Client, Lookups, Outgoing};
use crate::system::Clock;

/// Knocks under way at the same time.
const AT_ONCE: usize = 16;

/// Whom to knock at.
enum Door<'a> {
    Http(&'a str, &'a Receiver),
    Mail(&'a Smtp),
}

pub(super) fn examine(notes: &mut Notes, config: &Config, is_running: bool, clock: &Clock) {
    let doors = doors(config, is_running);
    if doors.is_empty() {
        return notes.skip("receivers", "there is none to knock at");
    }
    let lookups = Lookups::of_system();
    let mut clocks = Vec::new();
    for some in doors.chunks(AT_ONCE) {
        let knocks: Vec<Result<Knock, String>> = thread::scope(|scope| {
            let knocking: Vec<_> = some
                .iter()
                .map(|door| scope.spawn(|| door.knock(&lookups, clock)))
                .collect();
            let broke_off = |_| Err("leadhook has a bug here: please report it".to_owned());
            let ended = knocking
                .into_iter()
                .map(|one| one.join().unwrap_or_else(broke_off));
            ended.collect()
        });
        for (door, knock) in some.iter().zip(knocks) {
            let name = door.name();
            match knock {
                Err(reason) => notes.wrong(
                    "receivers",
                    format!("{name}: {reason}"),
                    "Mend it in the config.",
                ),
                Ok(knock) => {
                    clocks.extend(knock.clock_ahead_s.map(|ahead| (name.clone(), ahead)));
                    tell(notes, &name, knock);
                }
            }
        }
    }
    compare_clocks(notes, &clocks);
}

/// Webhooks, alert channels, mailboxes; each mailbox once. Our own inspector is not there while the
/// daemon is not.
fn doors(config: &Config, is_running: bool) -> Vec<Door<'_>> {
    let own = format!("http://{}/", config.admin.listen);
    let all = || config.webhooks.iter().chain(&config.watch.channels);
    let is_http = |webhook: &&Webhook| {
        webhook.mail.is_none() && (is_running || !webhook.receiver.url.starts_with(&own))
    };
    let http = all().filter(is_http);
    let mut doors: Vec<Door<'_>> = http
        .map(|one| Door::Http(&one.name, &one.receiver))
        .collect();
    let mail = all().filter_map(|webhook| webhook.mail.as_ref());
    let mut mailboxes: Vec<&Smtp> = Vec::new();
    for route in mail.chain(&config.watch.email) {
        if !mailboxes.contains(&&route.smtp) {
            mailboxes.push(&route.smtp);
        }
    }
    doors.extend(mailboxes.into_iter().map(Door::Mail));
    doors
}

impl Door<'_> {
    fn name(&self) -> String {
        match self {
            Door::Http(name, _) => format!("webhook {name}"),
            Door::Mail(smtp) => format!("mail server {}", smtp.host),
        }
    }

    fn knock(&self, lookups: &Lookups, clock: &Clock) -> Result<Knock, String> {
        match self {
            Door::Http(_, receiver) => knock(receiver, lookups, clock),
            Door::Mail(smtp) => knock_at_mail(smtp, lookups, clock.now()),
        }
    }
}

fn tell(notes: &mut Notes, name: &str, knock: Knock) {
    let verdict = match knock.is_reached {
        true => Verdict::Advice,
        false => Verdict::Wrong,
    };
    if knock.findings.is_empty() {
        let how = match knock.status {
            Some(status) => format!("reached, and answers {status} to OPTIONS; no lead was sent"),
            None => "reached, and lets us in; no letter was sent".to_owned(),
        };
        return notes.well("receivers", format!("{name}: {how}"));
    }
    notes.findings("receivers", verdict, name, knock.findings);
}

/// From here on signatures are in danger; receivers tolerate 300 s.
const CLOCK_OFF_MAX_S: u64 = 120;

/// Where most clocks say that ours is wrong, it is.
fn compare_clocks(notes: &mut Notes, clocks: &[(String, i64)]) {
    let check = "clock";
    if clocks.is_empty() {
        return notes.skip(check, "no receiver tells the time of day to compare with");
    }
    let off = |(_, ahead): &&(String, i64)| ahead.unsigned_abs() > CLOCK_OFF_MAX_S;
    let off: Vec<_> = clocks.iter().filter(off).collect();
    if off.is_empty() {
        return notes.well(
            check,
            format!(
                "agrees with that of {}",
                counted(clocks.len() as u64, "receiver", "receivers")
            ),
        );
    }
    for (name, ahead) in &off {
        let way = if *ahead > 0 { "behind" } else { "ahead of" };
        let what = format!(
            "This machine's clock is {} s {way} that of {name}; signatures hold for 300 s.",
            ahead.unsigned_abs()
        );
        let cure = "`date -u` shows which is wrong; `timedatectl set-ntp true` lets this one follow the network's \
                    time.";
        match off.len() * 2 > clocks.len() {
            true => notes.wrong(check, what, cure),
            false => notes.advise(check, what, cure),
        }
    }
}

/// Whether what the world is told leads here. Asked from this machine: a router that does not turn its
/// own address around can make that fail.
pub(super) fn public_addresses(notes: &mut Notes, config: &Config) {
    let addresses = [
        (
            "ingest.public_url",
            &config.ingest.public_url,
            "/leadhook.js",
            "// leadhook",
        ),
        ("admin.public_url", &config.admin.public_url, "/livez", "ok"),
    ];
    let mut has_any = false;
    for (key, url, path, begins) in addresses {
        let Some(url) = url else { continue };
        has_any = true;
        match ask(url, path) {
            Ok((200, body)) if body.starts_with(begins.as_bytes()) => {
                notes.well("public", format!("{key} leads to leadhook"));
            }
            Ok((421, _)) => notes.wrong(
                "public",
                format!("{key}: the proxy asks by another host than {url}."),
                "Let it pass the header Host on as it came (nginx: `proxy_set_header Host $host;`).",
            ),
            Ok((status @ 502..=504, _)) => notes.wrong(
                "public",
                format!("{key}: {status}, the proxy does not reach leadhook."),
                "Is leadhook running, and does the proxy ask the port that the config says?",
            ),
            Ok((status, _)) => notes.wrong(
                "public",
                format!("{key}: {url}{path} answers {status}, and not as leadhook would."),
                "Look at the proxy's rules for this host: something else answers there.",
            ),
            Err(reason) => notes.wrong(
                "public",
                format!("{key}: {url} cannot be reached: {reason}."),
                "See that its name leads to the proxy, that the proxy runs, and that its certificate is valid.",
            ),
        }
    }
    if !has_any {
        notes.skip(
            "public",
            "neither ingest.public_url nor admin.public_url is set",
        );
    }
}

const PUBLIC_TIMEOUT: Duration = Duration::from_secs(10);
const SCRIPT_BYTES_MAX: usize = 64 << 10;

fn ask(url: &str, path: &str) -> Result<(u16, Vec<u8>), String> {
    let receiver = Receiver {
        url: format!("{url}{path}"),
        timeout: PUBLIC_TIMEOUT,
        private: Private::Allowed,
        insecure_http: true,
        proxy: None,
        ca_pem: None,
        dns_cache: Duration::ZERO,
    };
    let client = Client::new(&receiver, 1, &Lookups::of_system())?;
    let asked = client.ask(&Outgoing::question(), SCRIPT_BYTES_MAX);
    asked.map_err(|fault| fault.detail)
}
