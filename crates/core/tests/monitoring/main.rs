//! The watch over a site in virtual time: outages, kills, restarts, and what all of it costs.

mod cost;
mod kills;
mod outages;
mod shell;

use breakwater_core::base::time::{Millis, Timestamp};

/// A number that the environment may set, for long runs.
fn setting(name: &str, default: u64) -> u64 {
    match std::env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name} is `{text}`, not a number")),
        Err(_) => default,
    }
}

fn later(from: Timestamp, ms: u64) -> Timestamp {
    from + Millis::new(ms)
}
