//! The dashboard, the alert rules and the README go by metrics that exist.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use crate::daemon::{TestDaemon, WEBSITE, webhook};
use crate::page::Page;
use crate::scrape;

/// The page of a daemon that has everything a metric may be about.
fn page() -> Page {
    let crm = webhook("crm", "http://127.0.0.1:1/", "");
    scrape(&TestDaemon::start(&format!("{WEBSITE}{crm}")))
}

/// The names in a text that are names of metrics, without the endings of the parts of a histogram.
fn named(text: &str, page: &Page) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let ours = words.filter(|word| word.starts_with("leadhook_") || word.starts_with("process_"));
    let family = |word: &str| {
        let parts = ["_bucket", "_sum", "_count"].into_iter();
        let mut whole = parts.filter_map(|part| word.strip_suffix(part));
        let known = whole.find(|whole| page.0.contains_key(*whole));
        known.unwrap_or(word).to_owned()
    };
    ours.map(family).collect()
}

fn all(page: &Page) -> BTreeSet<String> {
    page.0.keys().cloned().collect()
}

#[test]
fn the_dashboard_shows_every_metric_and_no_other() {
    let text = fs::read_to_string("packaging/grafana-dashboard.json").expect("the dashboard");
    let dashboard: Value = serde_json::from_str(&text).expect("JSON");
    let page = page();
    let mut shown = BTreeSet::new();
    let panels = dashboard["panels"].as_array().expect("panels");
    for panel in panels.iter().filter(|panel| panel["type"] != "row") {
        let targets = panel["targets"].as_array().expect("targets");
        let expressions = targets.iter().filter_map(|target| target["expr"].as_str());
        let of_panel: BTreeSet<String> = expressions.flat_map(|e| named(e, &page)).collect();
        assert!(!of_panel.is_empty(), "{} shows nothing", panel["title"]);
        shown.extend(of_panel);
    }
    assert_eq!(shown, all(&page));
    let mut ids: Vec<u64> = panels
        .iter()
        .filter_map(|panel| panel["id"].as_u64())
        .collect();
    let n_panels = ids.len();
    ids.dedup();
    assert_eq!((n_panels, ids.len()), (panels.len(), panels.len()));
}

#[test]
fn the_alert_rules_and_the_readme_name_only_metrics_that_exist() {
    let page = page();
    let readme = fs::read_to_string("README.md").expect("the README");
    let (_, monitoring) = readme.split_once("\n## Monitoring\n").expect("a section");
    let monitoring = monitoring.split("\n## ").next().unwrap_or_default();
    let rules = fs::read_to_string("packaging/prometheus-alerts.yml").expect("the rules");
    for (text, n_min) in [(rules.as_str(), 8), (monitoring, 10)] {
        let named = named(text, &page);
        let known = all(&page);
        assert!(named.is_subset(&known), "{named:?}");
        assert!(named.len() >= n_min, "only {named:?}");
    }
}
