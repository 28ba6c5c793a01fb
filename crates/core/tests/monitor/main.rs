//! The state machine of checks: pinned by the vectors in `tests/vectors/monitor`, and compared with
//! a reference model over random lives.
//!
//! `BREAKWATER_MONITOR_VECTORS` names another directory of vectors, and `BREAKWATER_MONITOR_LIVES`
//! sets the number of lives.

mod lives;
mod reference;
#[path = "../vector_files/mod.rs"]
mod vector_files;
mod vectors;

use breakwater_core::base::stored::StoredForm as _;
use breakwater_core::base::time::Timestamp;
use breakwater_core::watch::monitor::{Monitor, MonitorChange};
use reference::{Change, Reference};

/// Returns the monitor as it is after being stored and read again.
fn restored(monitor: &Monitor) -> Result<Monitor, String> {
    let stored = monitor.to_stored();
    Monitor::from_stored(&stored).map_err(|error| format!("cannot read {stored}: {error:?}"))
}

/// What can be read of a monitor, and what its last step changed. Times are in milliseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Reading {
    state: &'static str,
    /// The `since` of the open incident, when it was opened, and whether it is flapping.
    incident: Option<(u64, u64, bool)>,
    resolved: Option<u64>,
    is_unsure: bool,
    due: Vec<Option<u64>>,
    change: Option<Change>,
}

impl Reading {
    fn of(monitor: &Monitor, change: Option<MonitorChange>, places: &[&str]) -> Self {
        let due = |place: &&str| monitor.due(place).map(Timestamp::as_millis);
        Self {
            state: monitor.state().as_str(),
            incident: monitor
                .incident()
                .map(|open| (open.since.as_millis(), open.opened_at.as_millis(), open.is_flapping)),
            resolved: monitor.last_resolved().map(Timestamp::as_millis),
            is_unsure: monitor.is_unsure(),
            due: places.iter().map(due).collect(),
            change: change.map(|change| Change {
                opened: change.opened,
                resolved: change.resolved.map(Timestamp::as_millis),
                state_before: change.state_before,
            }),
        }
    }

    fn of_model(model: &Reference, change: Option<Change>, places: &[&str]) -> Self {
        Self {
            state: model.state().as_str(),
            incident: model.incident().map(|open| (open.since, open.opened_at, open.is_flapping)),
            resolved: model.last_resolved(),
            is_unsure: model.is_unsure(),
            due: places.iter().map(|place| model.due(place)).collect(),
            change,
        }
    }
}
