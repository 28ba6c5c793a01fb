//! Objectives: pinned by the vectors in `tests/vectors/objective`, compared with a model that
//! counts again from a list of all events, and played over hours and months of traffic.
//!
//! `BREAKWATER_OBJECTIVE_VECTORS` names another directory of vectors.

mod counted_once;
mod properties;
mod reference;
mod simulation;
mod stored;
#[path = "../vector_files/mod.rs"]
mod vector_files;
mod vectors;

use breakwater_core::base::stored::StoredForm as _;
use breakwater_core::base::time::Millis;
use breakwater_core::watch::objective::{
    MINIMUM_DEFAULT, OBJECTIVE_WINDOW_DEFAULT, Objective, ObjectiveHours, ObjectiveKind,
    ObjectiveMinutes, ObjectiveSubject, ObjectiveTally, ObjectiveTarget,
};

/// An objective of this target, with defaults for the rest.
fn objective(target: &str) -> Objective {
    Objective {
        name: "orders".into(),
        subject: ObjectiveSubject::Route("/*".into()),
        kind: ObjectiveKind::Availability,
        target: ObjectiveTarget::parse(target).expect("a target"),
        window: OBJECTIVE_WINDOW_DEFAULT,
        minimum: MINIMUM_DEFAULT,
        severity: None,
        runbook: None,
    }
}

/// What is stored of a tally: its minutes, and its hours.
fn stored(objective: &Objective, tally: &ObjectiveTally) -> (String, String) {
    let named = || [(&*objective.name, tally)].into_iter();
    (ObjectiveMinutes::of(named()).to_stored(), ObjectiveHours::of(named()).to_stored())
}

/// The tally that comes of what is stored.
fn loaded(objective: &Objective, (minutes, hours): &(String, String)) -> ObjectiveTally {
    let mut minutes = ObjectiveMinutes::from_stored(minutes).expect("minutes");
    let mut hours = ObjectiveHours::from_stored(hours).expect("hours");
    ObjectiveTally::load(objective, &mut minutes, &mut hours)
}

/// A span of this many minutes.
const fn minutes(count: u64) -> Millis {
    Millis::from_secs(60 * count)
}
