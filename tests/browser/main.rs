//! A real browser: the script for the owner's own pages (pages that act by themselves, and what arrives of
//! that at the daemon), and the pages of the admin listener as a person uses them.
//!
//! Where no Chromium is found, each test says on standard error that it was skipped.

mod chromium;
#[path = "../harness/client.rs"]
mod client;
mod consent;
#[path = "../harness/daemon.rs"]
mod daemon;
mod driver;
mod faults;
mod first_touch;
mod pages;
mod picture;
#[path = "../harness/receiver.rs"]
mod receiver;
mod sending;

use leadhook::domain::field::Field;
use leadhook::domain::lead::Lead;
use receiver::{Receiver, Reply, Request};
use serde_json::Value;

use chromium::Chromium;
use daemon::TestDaemon;

/// A site with pages that act by themselves and report what they see by `report(value)`.
struct Site {
    server: Receiver,
    daemon: TestDaemon,
}

const REPORT: &str = "<script>
function report(value) { fetch('/report', { method: 'POST', body: JSON.stringify(value) }); }
function until(holds, then) { holds() ? then() : setTimeout(function () { until(holds, then); }, 20); }
function stored() { return localStorage.getItem('leadhook'); }
</script>";

impl Site {
    /// A site with these pages, and a daemon for its forms. In the pages `INGEST` stands for the
    /// daemon's address, `<lead>` for the script's tag.
    fn new(pages: &[(&'static str, &'static str)]) -> Site {
        let (sender, ingest) = std::sync::mpsc::channel::<String>();
        let (ingest, pages) = (std::sync::Mutex::new(ingest), pages.to_vec());
        let known = std::sync::OnceLock::new();
        let server = Receiver::script(move |request, _| {
            let learn = || {
                ingest
                    .lock()
                    .expect("an address")
                    .recv()
                    .expect("an address")
            };
            page(&pages, request, known.get_or_init(learn))
        });
        let origin = format!("http://{}", server.address());
        let daemon = TestDaemon::start(&format!(
            "[[source]]\nname = \"website\"\nauth = \"none\"\norigins = [\"{origin}\"]\n"
        ));
        sender
            .send(format!("http://{}", daemon.ingest()))
            .expect("a server");
        Site { server, daemon }
    }

    /// Opens a page and gives the first report; none where there is no browser.
    fn visit(&self, path: &str) -> Option<Value> {
        let browser = Chromium::open(&format!("http://{}{path}", self.server.address()))?;
        let reports = || {
            let requests = self.server.requests();
            let reports = requests
                .into_iter()
                .filter(|r| r.line.starts_with("POST /report "));
            reports.map(|request| request.body).next()
        };
        daemon::wait_until("a report of the page", || reports().is_some());
        drop(browser);
        Some(serde_json::from_slice(&reports().expect("a report")).expect("JSON"))
    }

    fn lead(&self, id: u64) -> Lead {
        let event = self.daemon.store().lead(id).expect("a store");
        event.expect("a lead").lead
    }
}

/// Answers a request for a page.
fn page(pages: &[(&str, &str)], request: &Request, ingest: &str) -> Reply {
    let path = request.line.split(' ').nth(1).unwrap_or_default();
    let path = path.split('?').next().unwrap_or_default();
    match pages.iter().find(|(known, _)| *known == path) {
        None => Reply::status(if path == "/report" { 204 } else { 404 }),
        Some((_, body)) => {
            let tag = format!("<script src=\"{ingest}/leadhook.js\"></script>");
            let body = body.replace("<lead>", &tag).replace("INGEST", ingest);
            let page = format!("<!doctype html><meta charset=\"utf-8\">{REPORT}{body}");
            Reply::full(200, &[("content-type", "text/html")], page.as_bytes())
        }
    }
}

/// A text among the additional fields of a lead.
fn label<'a>(lead: &'a Lead, label: &str) -> Option<&'a str> {
    let mut labels = lead.values.map(Field::AdditionalFields).iter();
    labels
        .find(|(known, _)| known == label)
        .map(|(_, text)| text.as_str())
}
