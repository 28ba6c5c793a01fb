//! The machine-readable forms of the public state: their shapes, which others rely on, and that
//! every state has a form which others can read.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod arbitrary;
mod badges;
mod calendar;
mod documents;
mod feeds;
mod pinned;
mod statuspage;
mod texts;

use breakwater_core::base::stored::StoredForm as _;
use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::site::status::{ComponentState, PublicComponent, PublicStatus};

/// The moment that hand-made states are of: 2026-11-28T12:00:00Z.
const NOW: Timestamp = Timestamp::from_millis(1_795_867_200_000);

/// How many random states a property is tried on; each has a few hundred texts.
const CASES: u32 = 64;

/// A made-up state of a shop, with some of everything.
fn sample() -> PublicStatus {
    PublicStatus::from_stored(include_str!("sample.json")).unwrap()
}

/// When the sample is read.
fn moment_of(status: &PublicStatus) -> Timestamp {
    status.at + Millis::from_secs(10)
}

/// A component that was measured just now.
fn component(name: &str, title: &str, state: ComponentState) -> PublicComponent {
    PublicComponent {
        name: name.into(),
        title: title.into(),
        state,
        measured_at: Some(NOW),
        stale_after: Millis::from_secs(180),
        ..PublicComponent::default()
    }
}
