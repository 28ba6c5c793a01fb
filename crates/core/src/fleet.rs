//! One breaker for thousands of isolates, as two state machines without I/O.
//!
//! A [`Replica`] lives in every isolate and answers at once from memory; it never waits. A
//! [`Coordinator`] lives in one durable place per circuit. After the visitor has been answered,
//! a replica sends a [`Report`], a delta of what it saw, and gets a [`Verdict`]. So the cost of
//! sharing grows with isolates and transitions, never with requests.
//!
//! # What holds
//! - A delta counts once: it carries the replica and a sequence, and a sequence that is not
//!   newer than the last one seen changes nothing.
//! - A delta counts for the generation that its calls were made in, or nowhere.
//! - No absolute times cross machines: a verdict says how long is left.
//! - A verdict is valid for two poll intervals from its receipt. After that, and whenever the
//!   coordinator cannot be reached, the replica's own breaker decides.
//! - The coordinator opens on the fleet's evidence only: at least [`QUORUM`] replicas with a
//!   failure in the window, or all that reported a call in it. Below that, each replica's own
//!   breaker suffices, and one bad machine closes the upstream for nobody else.

mod coordinator;
mod replica;

pub use coordinator::{Action, Coordinator, CoordinatorSnapshot};
pub use replica::{FleetPermit, Replica};

use serde::{Deserialize, Serialize};

use crate::breaker::State;
use crate::time::Millis;

/// Distinct replicas with a failure that the coordinator needs to open for all.
pub const QUORUM: usize = 3;
/// How often a replica of a closed circuit reports, before jitter.
pub const POLL: Millis = Millis::from_secs(45);
/// The shortest time between two reports of a replica that had a failure but no transition.
pub const REPORT_GAP: Millis = Millis::from_secs(1);
/// A report without a reply for this long is given up, and another may go.
pub const REPORT_TIMEOUT: Millis = Millis::from_secs(5);

/// What a replica saw since its last report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delta {
    /// Calls with an outcome that counts.
    pub calls: u32,
    /// Failures among them.
    pub failures: u32,
    /// Slow calls among them.
    pub slow_calls: u32,
    /// Failures after the last success.
    pub trailing_failures: u32,
    /// Calls on the coordinator's permits that succeeded.
    pub probe_successes: u32,
    /// Calls on the coordinator's permits that failed.
    pub probe_failures: u32,
    /// The upstream asked all of us to stay away for this long, in milliseconds.
    pub throttled_for: Option<u64>,
    /// Our quota is used up for this long, in milliseconds.
    #[serde(default)]
    pub exhausted_for: Option<u64>,
}

/// From a replica to its coordinator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Which replica: drawn at random when its isolate starts.
    pub replica: u64,
    /// Grows with every report of the replica.
    pub sequence: u32,
    /// The coordinator's generation that the calls were made in; `None` before the first verdict.
    pub generation: Option<u64>,
    /// What it saw.
    pub delta: Delta,
}

/// From the coordinator to a replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// The fleet's state.
    pub state: State,
    /// The generation that the state began.
    pub generation: u64,
    /// How long an open circuit stays so, from now on.
    pub remaining_ms: u64,
    /// Calls that the replica may make while half open.
    pub permits: u32,
    /// When to report again, jitter included.
    pub poll_ms: u64,
    /// A report about a transition waits up to this long, so that a trip does not flood the
    /// coordinator: a millisecond for each replica.
    pub spread_ms: u64,
}
