//! The watch over a site in virtual time: outages, kills, restarts, and what all of it costs.

mod alerts;
mod clocks;
mod cost;
mod damage;
mod kills;
mod outages;
mod outside;
mod rounds;
mod shell;
mod silence;
mod visitors;

use breakwater_core::base::time::{Millis, Timestamp};

/// A number that the environment may set, for long runs.
fn setting(name: &str, default: u64) -> u64 {
    std::env::var_os(name).map_or(default, |text| {
        let number = text.to_str().and_then(|text| text.parse().ok());
        number.unwrap_or_else(|| panic!("{name} is not a whole number"))
    })
}

fn later(from: Timestamp, ms: u64) -> Timestamp {
    from + Millis::new(ms)
}
