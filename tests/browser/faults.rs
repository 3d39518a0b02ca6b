//! What can be measured of a page: nothing wider than the screen, every field with its label, headings in
//! their order, text that stands out from its ground, and no complaint of the browser.

use crate::driver::{Driver, Screen};

const FAULTS: &str = include_str!("faults.js");

/// What is wrong with the page that is open, on a screen.
pub(crate) fn faults(driver: &mut Driver, screen: Screen, name: &str) -> Vec<String> {
    let found = driver.evaluate(FAULTS);
    driver.keep_picture(&format!("{name}-{}", screen.name));
    let found = found
        .as_array()
        .expect("a list")
        .iter()
        .map(|fault| fault.to_string());
    let found = found.chain(std::mem::take(&mut driver.complaints));
    let place = format!("{name} on {}", screen.name);
    found.map(|fault| format!("{place}: {fault}")).collect()
}

/// Nothing is wrong with the page that is open.
#[track_caller]
pub(crate) fn is_faultless(driver: &mut Driver, screen: Screen, name: &str) {
    let found = faults(driver, screen, name);
    assert!(found.is_empty(), "{found:#?}");
}
