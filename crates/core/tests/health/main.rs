//! The health of a service: the document that other programs read, and the rules that hold for
//! every service.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod document;
mod properties;

use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::watch::health::{Component, ComponentKind, Group, HealthName, RESPONSE_TIME};

/// The interval between two measurements, in milliseconds.
const EVERY: Millis = Millis::from_secs(10);

fn at(ms: u64) -> Timestamp {
    Timestamp::from_millis(ms)
}

fn component(name: &str, critical: bool, group: Group) -> Component {
    Component {
        name: HealthName::fitting(name),
        kind: ComponentKind::Datastore,
        critical,
        every: EVERY,
        group,
        measures: HealthName::fitting(RESPONSE_TIME),
    }
}
