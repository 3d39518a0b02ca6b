//! How alerts come to hear of what happens.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::{StartError, System};
use crate::alerts::{self, Alerts};
use crate::config::Config;
use crate::delivery::{Crews, OnChange};
use crate::domain::source::Source;
use crate::store::Store;
use crate::upkeep::Upkeep;

/// Alerts, from when they are there: the store tells of itself before.
pub(super) type Ear = Arc<OnceLock<Arc<Alerts>>>;

/// Rings whenever something has changed.
pub(super) fn ring(ear: &Ear) {
    if let Some(alerts) = ear.get() {
        alerts.ring();
    }
}

/// The same, for who is told of changes.
pub(super) fn on_change(ear: &Ear) -> OnChange {
    let ear = ear.clone();
    Arc::new(move || ring(&ear))
}

/// Begins to watch, and to hear.
pub(super) fn start_alerts(
    ear: &Ear,
    config: &Config,
    system: &System,
    (store, crews, upkeep): (&Arc<Store>, &Arc<Crews>, &Arc<Upkeep>),
) -> Result<Arc<Alerts>, StartError> {
    let tools = alerts::Tools {
        store: store.clone(),
        crews: crews.clone(),
        upkeep: upkeep.clone(),
        clock: system.clock.clone(),
        dice: system.dice.clone(),
        log: system.log.clone(),
        lookups: system.lookups.clone(),
    };
    let alerts = Alerts::start(tools, &config.watch, silences(config));
    let alerts = Arc::new(alerts.map_err(StartError::Webhook)?);
    // Nobody else sets it.
    let _ = ear.set(alerts.clone());
    Ok(alerts)
}

/// Sources whose silence is told, and after how long.
pub(super) fn silences(config: &Config) -> Vec<(String, Duration)> {
    let silent = |source: &Source| Some((source.name.clone(), source.alert_after_silence?));
    config.sources.iter().filter_map(silent).collect()
}
