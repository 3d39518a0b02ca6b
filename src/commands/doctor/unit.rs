//! The systemd unit: whether the machine starts leadhook by itself.

use super::super::unit::{NAME, Unit};
use super::Notes;

/// Whether it is there and started with the machine.
pub(super) fn examine(notes: &mut Notes, unit: &Unit) {
    let check = "systemd";
    match unit.value("LoadState") {
        None => return notes.skip(check, "there is no systemd on this machine to ask"),
        Some("loaded") => {}
        Some("not-found") => {
            return notes.advise(
                check,
                format!("There is no unit {NAME}: after a restart of the machine nothing takes leads."),
                "Install packaging/leadhook.service as the README says, unless something else starts \
                 leadhook.",
            );
        }
        Some(state) => {
            return notes.wrong(
                check,
                format!("systemd cannot use the unit {NAME}: {state}."),
                format!(
                    "`systemctl status {NAME}` says why; `systemd-analyze verify {NAME}`, too."
                ),
            );
        }
    }
    if unit.is("ActiveState", "failed") {
        notes.wrong(
            check,
            "The service has failed.",
            "`journalctl -u leadhook -n 50` says why; then `systemctl restart leadhook`.",
        );
    }
    if unit.is("UnitFileState", "disabled") {
        notes.wrong(
            check,
            "The service is not enabled: it does not come back when the machine restarts.",
            "`systemctl enable leadhook`",
        );
    }
    if unit.is("NeedDaemonReload", "yes") {
        notes.advise(
            check,
            "The unit's file was changed, and systemd works with the old one.",
            "`systemctl daemon-reload`, then `systemctl restart leadhook`.",
        );
    }
    if notes.is_well(check) {
        notes.well(check, "the unit is loaded and starts with the machine");
    }
}
