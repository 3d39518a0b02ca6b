//! `mailto:` webhooks: leads as letters, through a mail server that does as the test says.

#[path = "../harness/authority.rs"]
mod authority;
#[path = "../harness/client.rs"]
mod client;
#[path = "../harness/daemon.rs"]
mod daemon;
#[path = "../harness/mail_server.rs"]
mod mail_server;

mod letters;
mod replies;
mod servers;
mod settings;

use std::net::{IpAddr, Ipv4Addr};

use authority::Authority;
use daemon::{Directory, Setting, TestDaemon, WEBSITE, wait_until};
use leadhook::domain::delivery::{Attempt, Outcome, State};
use leadhook::outbound::Lookups;
use leadhook::store::DeliveryId;
use mail_server::{MailServer, Say, Tls};

/// Waits of 10 s, 1 min and 10 min, not spread.
const RETRY: &str = "retry = [\"10s\", \"1m\", \"10m\"]\njitter_percent = 0\n";
const TO: &str = "owner@example.com";

/// An office: a mail server with its authority, and a daemon that writes through it.
struct Office {
    server: MailServer,
    daemon: TestDaemon,
    /// Where the authority's certificate is.
    _files: Directory,
}

/// How the office is set up, where it is not the usual way.
struct Plan {
    /// Whether TLS begins with STARTTLS.
    starttls: bool,
    /// What the server offers.
    auth: &'static str,
    /// Further lines of `[smtp]`.
    smtp: &'static str,
    /// Whom letters go to.
    to: &'static str,
    /// Further sections.
    more: &'static str,
}

const PLAN: Plan = Plan {
    starttls: false,
    auth: "PLAIN LOGIN",
    smtp: "user = \"owner@example.com\"\npassword = \"s3cret word\"\n",
    to: TO,
    more: "",
};

impl Office {
    /// One whose server takes everything.
    fn open() -> Office {
        Office::script(&PLAN, |_, _| Say::Well)
    }

    fn script(plan: &Plan, script: impl Fn(&str, usize) -> Say + Send + Sync + 'static) -> Office {
        let authority = Authority::new();
        let config = authority.server("mail.example", false);
        let tls = match plan.starttls {
            true => Tls::Offered(config),
            false => Tls::Implicit(config),
        };
        Office::with(plan, &authority, MailServer::script(tls, plan.auth, script))
    }

    fn with(plan: &Plan, authority: &Authority, server: MailServer) -> Office {
        let files = Directory::new();
        let ca_file = files.0.join("ca.pem");
        std::fs::write(&ca_file, &authority.pem).expect("a file");
        let tls = if plan.starttls {
            "starttls"
        } else {
            "implicit"
        };
        let config = format!(
            "{WEBSITE}\n[smtp]\nhost = \"mail.example\"\nport = {}\ntls = \"{tls}\"\n{}\
             ca_file = {ca_file:?}\nallow_private = true\nfrom = \"Leads <leads@example.com>\"\n\
             [[webhook]]\nname = \"by-mail\"\nurl = \"mailto:{}\"\n{RETRY}{}",
            server.port(),
            plan.smtp,
            plan.to,
            plan.more
        );
        let mut setting = Setting::default();
        setting.lookups = Lookups::new(|_| Ok(vec![IpAddr::V4(Ipv4Addr::LOCALHOST)]));
        Office {
            server,
            daemon: TestDaemon::start_with(setting, &config),
            _files: files,
        }
    }

    /// Posts a lead and gives the attempts for it, once there are so many.
    fn attempts(&self, lead: u64, n: usize) -> Vec<Attempt> {
        let id = delivery(lead);
        let read = || self.daemon.store().attempts(id, 100).expect("a store");
        wait_until(&format!("attempt {n}"), || read().len() >= n);
        read()
    }

    fn post(&self) -> u64 {
        let answer = self
            .daemon
            .post("website", r#"{"name":"Ada","email":"ada@example.org"}"#);
        answer.lead_id()
    }

    /// What the log says of the first attempt for a new lead.
    fn first_outcome(&self) -> String {
        let lead = self.post();
        self.attempts(lead, 1)[0].outcome.to_string()
    }

    fn state(&self, lead: u64) -> State {
        let found = self.daemon.store().delivery(delivery(lead));
        found.expect("a store").expect("a delivery").state
    }
}

fn delivery(lead: u64) -> DeliveryId {
    DeliveryId {
        webhook: 0,
        lead,
        revision: 1,
    }
}
