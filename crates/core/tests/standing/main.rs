//! Standing orders: maintenance, and how isolates learn of orders.

mod learning;
mod maintenance;
mod series;
mod stored;

use breakwater_core::base::pattern::Pattern;
use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::watch::maintenance::Window;

/// Nine o'clock on a Monday morning.
const NINE: Timestamp = Timestamp::from_millis(1_795_424_400_000);

/// Returns the time this many minutes past nine.
fn at(minutes: u64) -> Timestamp {
    NINE + Millis::from_secs(minutes * 60)
}

fn pattern(text: &str) -> Pattern {
    Pattern::parse(text).expect("a pattern")
}

/// Returns a window between these minutes past nine.
fn window(matches: &str, from: u64, to: u64) -> Window {
    let message = Some(format!("{matches} until {to}"));
    Window { pattern: pattern(matches), start: at(from), end: at(to), message }
}
