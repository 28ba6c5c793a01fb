//! The messages between replicas, coordinators and the caches of colos.

use serde::{Deserialize, Serialize};

use super::wire::{ColoVerdictWire, ReportWire, VerdictWire};
use crate::base::array::serialize_array;
use crate::base::time::{Millis, Timestamp};
use crate::circuit::breaker::State;

/// How much longer than its time an entry may be found in a colo's cache, which counts in whole
/// seconds: 2 s.
const CACHE_GRACE: Millis = Millis::from_secs(2);

/// How long a suspicion is believed that a peer of the colo has told of: 5 s.
pub(super) const SUSPICION_LASTS: Millis = Millis::from_secs(5);

/// The longest that an operator's order may last: a week.
pub(super) const ORDER_MAX: Millis = Millis::from_secs(7 * 24 * 3600);

/// The continent in which a replica runs, by the two letters that Cloudflare names it by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region(pub(super) [u8; 2]);

impl Region {
    /// Reads two capital letters. No other text names a region.
    pub fn parse(text: &str) -> Option<Self> {
        match text.as_bytes() {
            &[a, b] if a.is_ascii_uppercase() && b.is_ascii_uppercase() => Some(Self([a, b])),
            _ => None,
        }
    }
}

/// The counts of a replica since its last report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Delta {
    /// Calls with an outcome that counts.
    pub calls: u32,
    /// Failures among them.
    pub failures: u32,
    /// Slow calls among them.
    pub slow_calls: u32,
    /// Failures after the last success.
    pub trailing_failures: u32,
    /// The replica is stalled: it has started many calls for a while, and none of them succeeded.
    pub is_stalled: bool,
    /// Calls on the coordinator's permits that succeeded.
    pub probe_successes: u32,
    /// Calls on the coordinator's permits that failed.
    pub probe_failures: u32,
    /// The coordinator's permits that no call used, or whose call's outcome was ignored. It is at
    /// least one where the replica knows of an opening and has no call on a permit in flight: then
    /// the replica says that it holds none.
    pub probes_unused: u32,
    /// The upstream asked all isolates to stay away for this long, in milliseconds.
    pub throttled_for: Option<u64>,
    /// The site's quota is used up for this long, in milliseconds.
    pub exhausted_for: Option<u64>,
}

impl Delta {
    /// Counts a call.
    pub(super) fn count(&mut self, failed: bool, slow: bool) {
        self.calls = self.calls.saturating_add(1);
        self.slow_calls = self.slow_calls.saturating_add(slow.into());
        if failed {
            self.failures = self.failures.saturating_add(1);
            self.trailing_failures = self.trailing_failures.saturating_add(1);
        } else {
            self.trailing_failures = 0;
            self.is_stalled = false;
        }
    }

    /// Returns whether the delta says what became of a permit.
    pub(super) const fn tells_of_permits(&self) -> bool {
        self.probe_successes > 0 || self.probe_failures > 0 || self.probes_unused > 0
    }
}

/// A message from a replica to its coordinator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "ReportWire", try_from = "ReportWire")]
pub struct Report {
    /// The replica's identity, drawn at random when its isolate starts.
    pub replica: u64,
    /// Grows with every report of the replica. A report that is sent again keeps its own.
    pub sequence: u32,
    /// The coordinator's generation that the calls were made in; `None` before the first verdict.
    pub generation: Option<u64>,
    /// The replica's region, if it is known.
    pub region: Option<Region>,
    /// The counts since the last report.
    pub delta: Delta,
}

/// The coordinator's answer to a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "VerdictWire", try_from = "VerdictWire")]
pub struct Verdict {
    /// The fleet's state.
    pub state: State,
    /// The generation that began with this state.
    pub generation: u64,
    /// How long that still lasts, in milliseconds: an opening, an operator's order, or, while the
    /// circuit is closed, the ramp. Zero where there is no end.
    pub remaining_ms: u64,
    /// Calls that the replica may make while the circuit is half open.
    pub permits: u32,
    /// When to report again, in milliseconds, before jitter.
    pub poll_ms: u64,
    /// The fleet's stagger in milliseconds: the time over which the reports of all replicas are
    /// spread.
    pub stagger_ms: u64,
    /// An operator has every call passed on as if Breakwater were not there.
    pub is_bypass: bool,
}

/// A verdict in a colo's cache. Permits are for one replica, so it never holds any.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "ColoVerdictWire", from = "ColoVerdictWire")]
pub struct ColoVerdict {
    /// When the verdict came, by the clock of the isolate that stored it.
    pub at: Timestamp,
    /// The coordinator's verdict.
    pub verdict: Verdict,
}

impl ColoVerdict {
    /// The verdict that came at that time, without its permits.
    pub const fn new(at: Timestamp, verdict: Verdict) -> Self {
        Self { at, verdict: Verdict { permits: 0, ..verdict } }
    }
}

serialize_array! {
    /// A note in a colo's cache: one of its isolates is asking the coordinator for all.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Note {
        /// When the isolate began to ask, by its own clock.
        pub at: Timestamp,
        /// For how long its peers leave the asking to it, in milliseconds.
        pub lasts_ms: u64,
        /// The urgency of its report. Peers with something more urgent ask themselves.
        pub about: Urgency,
    }
}

impl Note {
    /// Returns whether the note still holds. A note from the future is a clock's mistake, and holds
    /// no longer than another one.
    pub(super) fn holds(&self, now: Timestamp) -> bool {
        self.off(now) < self.lasts_ms
    }

    /// Returns whether the isolate that left the note has another clock. By this clock the cache
    /// would have dropped the note.
    pub(super) fn is_of_another_clock(&self, now: Timestamp) -> bool {
        self.off(now) > self.lasts_ms.saturating_add(CACHE_GRACE.get())
    }

    fn off(&self, now: Timestamp) -> u64 {
        apart(self.at, now)
    }
}

serialize_array! {
    /// A sign in a colo's cache: calls of one of its isolates take longer than visitors are
    /// patient.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct ColoSuspicion {
        /// When the isolate said so, by its own clock.
        pub at: Timestamp,
    }
}

impl ColoSuspicion {
    /// Returns whether the sign still holds. One from the future is a clock's mistake, as with a
    /// [`Note`].
    pub(super) fn holds(&self, now: Timestamp) -> bool {
        apart(self.at, now) < SUSPICION_LASTS.get()
    }
}

/// How far two points in time are apart, in milliseconds.
fn apart(a: Timestamp, b: Timestamp) -> u64 {
    a.since(b).get().max(b.since(a).get())
}

/// How much a report matters to the rest of the fleet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Urgency {
    /// A poll that is due: counts of a quiet time.
    Routine,
    /// Failures, or a replica's first report.
    Prompt,
    /// The replica's own circuit has changed.
    Urgent,
}

/// Why a report got no reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// The platform says that the same call may succeed if it is made again.
    Retryable,
    /// The coordinator has too much to do: asking again soon would make it worse.
    Overloaded,
    /// It is not known whether the report arrived.
    Unknown,
}
