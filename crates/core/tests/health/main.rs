//! The health of a service: the document that other programs read, and the rules that hold for
//! every service.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod document;
mod properties;

use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::watch::health::{Component, Group, Kind, Name, RESPONSE_TIME};

/// The interval between two measurements, in milliseconds.
const EVERY: Millis = Millis::from_secs(10);

fn at(ms: u64) -> Timestamp {
    Timestamp::from_millis(ms)
}

fn component(name: &str, critical: bool, group: Group) -> Component {
    Component {
        name: Name::fitting(name),
        kind: Kind::Datastore,
        critical,
        every: EVERY,
        group,
        measures: Name::fitting(RESPONSE_TIME),
    }
}
