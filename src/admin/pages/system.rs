//! The system: version, store, disk, tokens, and what was changed by whom.

use super::frame::page;
use super::markup::{Html, put};
use super::{Page, Visit, failed};
use crate::admin::api::{Desk, Rights};
use crate::http::Response;
use crate::store::StoreError;

pub(super) const PAGES: &[Page] = &[Page {
    method: "GET",
    path: "/system",
    rights: Rights::Read,
    show,
}];

const DEEDS_SHOWN: usize = 100;

fn show(desk: &Desk, visit: &Visit) -> Result<Response, Response> {
    let mut main = Html::new();
    store(&mut main, desk).map_err(|error| failed(&error))?;
    tokens(&mut main, desk).map_err(|error| failed(&error))?;
    deeds(&mut main, desk).map_err(|error| failed(&error))?;
    Ok(page(visit, "System", &main))
}

fn store(main: &mut Html, desk: &Desk) -> Result<(), StoreError> {
    let counts = desk.store.counts()?;
    let free = desk.store.free_bytes();
    put!(main, "<dl class=\"fields\">");
    for (name, text) in [
        ("Version", env!("CARGO_PKG_VERSION").to_owned()),
        ("Store", desk.store.state().sentence()),
        ("Leads", counts.leads.to_string()),
        ("Events", counts.events.to_string()),
        ("Deliveries that wait", counts.pending.to_string()),
        ("Deliveries that have ended", counts.finished.to_string()),
        ("Database", bytes(counts.file_bytes)),
        ("Free on its disk", free.map_or("unknown".to_owned(), bytes)),
    ] {
        put!(main, "<dt>", (name), "</dt><dd>", (text), "</dd>");
    }
    put!(main, "</dl>");
    Ok(())
}

/// As people read it: `1.5 GiB`.
fn bytes(n: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut size = n as f64;
    let mut unit = 0;
    while size >= 1024.0 && unit + 1 < UNITS.len() {
        size /= 1024.0;
        unit += 1;
    }
    match unit {
        0 => format!("{n} B"),
        _ => format!("{size:.1} {}", UNITS[unit]),
    }
}

fn tokens(main: &mut Html, desk: &Desk) -> Result<(), StoreError> {
    put!(
        main,
        "<h2>Tokens</h2><p class=\"hint\"><code>leadhook token create NAME</code> makes one, <code>leadhook token revoke NAME</code> ends it.</p>"
    );
    let tokens = desk.store.tokens()?;
    if tokens.is_empty() {
        put!(main, "<p>Only those of the config.</p>");
        return Ok(());
    }
    put!(
        main,
        "<div class=\"wide\"><table><thead><tr><th>Name</th><th>Rights</th><th>Made (UTC)</th></tr></thead><tbody>"
    );
    for token in tokens {
        put!(
            main,
            "<tr><td>",
            (&token.name),
            "</td><td>",
            (token.rights.name()),
            "</td><td>",
            (token.created.to_string()),
            "</td></tr>"
        );
    }
    put!(main, "</tbody></table></div>");
    Ok(())
}

fn deeds(main: &mut Html, desk: &Desk) -> Result<(), StoreError> {
    put!(main, "<h2>What was changed by whom</h2>");
    let deeds = desk.store.deeds(DEEDS_SHOWN)?;
    if deeds.is_empty() {
        put!(main, "<p>Nothing yet.</p>");
        return Ok(());
    }
    put!(
        main,
        "<div class=\"wide\"><table><thead><tr><th>When (UTC)</th><th>By the token</th><th>What</th></tr></thead><tbody>"
    );
    for deed in deeds {
        put!(
            main,
            "<tr><td>",
            (deed.at.to_string()),
            "</td><td>",
            (&deed.by),
            "</td><td>",
            (&deed.what),
            "</td></tr>"
        );
    }
    put!(main, "</tbody></table></div>");
    Ok(())
}
