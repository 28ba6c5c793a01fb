//! What strangers may read: how components are and were, incidents, maintenance, and what visitors
//! got; and that it is nothing else.
//!
//! `BREAKWATER_HISTORY_LIVES` sets the number of random histories.

mod announced;
mod components;
mod history;
mod incidents;
mod kept;
mod markers;
mod naive;
mod size;
mod stored;
mod visitors;
mod watch;

use breakwater_core::base::time::Timestamp;

/// 2026-11-23T00:00:00Z, the beginning of a day.
const MIDNIGHT: u64 = 1_795_392_000_000;
const MINUTE: u64 = 60_000;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// The time this number of milliseconds after the beginning of that day.
fn at(ms: u64) -> Timestamp {
    Timestamp::from_millis(MIDNIGHT + ms)
}

/// The day of the beginning.
fn first_day() -> u32 {
    (MIDNIGHT / DAY) as u32
}
