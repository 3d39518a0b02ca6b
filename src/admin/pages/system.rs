//! The system: version, store, config, disk, backups, tokens, and what was changed by whom.

use super::frame::{button, page};
use super::markup::{Html, put};
use super::table::table;
use super::{Page, Visit, failed, go_to, moment, problem};
use crate::admin::api::reload::UNANSWERED;
use crate::admin::api::{Desk, Rights};
use crate::domain::reload::Reloaded;
use crate::http::Response;
use crate::store::StoreError;

pub(super) const PAGES: &[Page] = &[
    Page {
        method: "GET",
        path: "/system",
        rights: Rights::Read,
        show,
    },
    Page {
        method: "POST",
        path: "/system/backup",
        rights: Rights::Full,
        show: back_up,
    },
    Page {
        method: "POST",
        path: "/system/reload",
        rights: Rights::Full,
        show: reload,
    },
];

const DEEDS_SHOWN: usize = 100;

fn show(desk: &Desk, visit: &Visit) -> Result<Response, Response> {
    let mut main = Html::new();
    store(&mut main, desk).map_err(|error| failed(&error))?;
    config(&mut main, desk, visit);
    backups(&mut main, desk, visit);
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

/// What came of reading the config again, and a button for it.
fn config(main: &mut Html, desk: &Desk, visit: &Visit) {
    put!(main, "<h2>Config</h2>");
    match &desk.last_reload {
        None => put!(main, "<p>Read when leadhook started, and not since.</p>"),
        Some((at, reloaded)) => {
            put!(main, "<p class=\"state");
            let wrong = match reloaded {
                Reloaded::Taken { .. } => {
                    main.tag(" good\">");
                    "This looks wrong in it:"
                }
                Reloaded::Kept(_) => {
                    main.tag(" bad\" role=\"alert\">");
                    "This is wrong in the new one:"
                }
            };
            let (when, what) = (moment(*at), reloaded.sentence());
            put!(main, "Read again at ", (when), " UTC: ", (what), ".</p>");
            if !reloaded.problems().is_empty() {
                let problems = reloaded.problems().join("\n");
                put!(main, "<p>", (wrong), "</p><pre>", (problems), "</pre>");
            }
        }
    }
    if visit.may_change() {
        let words = "Read the config again";
        button(main, visit, "/system/reload", "other", words);
    }
}

fn reload(desk: &Desk, _: &Visit) -> Result<Response, Response> {
    match (desk.reload)() {
        None => Err(problem(
            503,
            "The config may not have been read",
            UNANSWERED,
        )),
        Some(Reloaded::Taken { .. }) => Ok(go_to("/system")),
        // Nothing was changed, so there is nothing to note.
        Some(Reloaded::Kept(_)) => Err(go_to("/system")),
    }
}

/// How it is with backups, those that there are, and a button for another one.
fn backups(main: &mut Html, desk: &Desk, visit: &Visit) {
    put!(main, "<h2>Backups</h2>");
    let Some(health) = desk.upkeep.health() else {
        put!(
            main,
            "<p class=\"bad\">None are made: with the disk all leads are lost. Set <code>directory</code> in ",
            "<code>[backup]</code> of the config.</p>"
        );
        return;
    };
    for problem in health
        .problem
        .iter()
        .map(|(_, why)| why)
        .chain(&health.hook_problem)
    {
        put!(main, "<p class=\"bad\">", (problem), "</p>");
    }
    match &health.last {
        _ if health.is_running => {
            let (copied, all) = health.rows;
            let percent = (copied * 100).checked_div(all).unwrap_or_default();
            put!(
                main,
                "<p>One is being made: ",
                (percent.to_string()),
                " %. Load this page again.</p>"
            );
        }
        Some(last) => put!(
            main,
            "<p>The last good one is of ",
            (moment(last.at)),
            ".</p>"
        ),
        None => put!(main, "<p>There is no good one yet.</p>"),
    }
    let shelf = desk.upkeep.backups().unwrap_or_default();
    if !shelf.is_empty() {
        let rows = shelf
            .iter()
            .rev()
            .map(|(path, size)| vec![Html::of(path.display().to_string()), Html::of(bytes(*size))]);
        table(main, &["File", "Size"], rows);
    }
    if visit.may_change() {
        button(main, visit, "/system/backup", "main", "Back up now");
    }
}

fn back_up(desk: &Desk, _: &Visit) -> Result<Response, Response> {
    match desk.upkeep.ask_for_backup() {
        true => Ok(go_to("/system")),
        false => Err(problem(
            409,
            "No backups are made",
            "Set directory in [backup] of the config, and start leadhook again.",
        )),
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
    let rows = tokens.iter().map(|token| {
        vec![
            Html::of(&token.name),
            Html::of(token.rights.name()),
            Html::of(moment(token.created)),
        ]
    });
    table(main, &["Name", "Rights", "Made (UTC)"], rows);
    Ok(())
}

fn deeds(main: &mut Html, desk: &Desk) -> Result<(), StoreError> {
    put!(main, "<h2>What was changed by whom</h2>");
    let deeds = desk.store.deeds(DEEDS_SHOWN)?;
    if deeds.is_empty() {
        put!(main, "<p>Nothing yet.</p>");
        return Ok(());
    }
    let rows = deeds.iter().map(|deed| {
        vec![
            Html::of(moment(deed.at)),
            Html::of(&deed.by),
            Html::of(&deed.what),
        ]
    });
    table(main, &["When (UTC)", "By the token", "What"], rows);
    Ok(())
}
