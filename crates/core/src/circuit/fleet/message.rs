//! What replicas, coordinators and colos tell each other.

use serde::{Deserialize, Serialize};

use super::wire::{ReportWire, VerdictWire};
use crate::base::time::{Millis, Timestamp};
use crate::circuit::breaker::State;

/// Where a replica is, as coarse as a continent: the two letters that Cloudflare names it by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place(pub(super) [u8; 2]);

impl Place {
    /// Reads two capital letters; nothing else names a place.
    pub fn parse(text: &str) -> Option<Self> {
        match text.as_bytes() {
            &[a, b] if a.is_ascii_uppercase() && b.is_ascii_uppercase() => Some(Self([a, b])),
            _ => None,
        }
    }
}

/// What a replica saw since its last report.
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
    /// Many calls were begun, for a while, and none of them succeeded.
    pub is_dry: bool,
    /// Calls on the coordinator's permits that succeeded.
    pub probe_successes: u32,
    /// Calls on the coordinator's permits that failed.
    pub probe_failures: u32,
    /// The coordinator's permits that no call used, or whose call said nothing. One at least where
    /// the replica knows of an opening and no call on a permit is under way: it holds none.
    pub probes_unused: u32,
    /// The upstream asked all of us to stay away for this long, in milliseconds.
    pub throttled_for: Option<u64>,
    /// Our quota is used up for this long, in milliseconds.
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
            self.is_dry = false;
        }
    }

    /// Whether it says what became of a permit.
    pub(super) const fn tells_of_permits(&self) -> bool {
        self.probe_successes > 0 || self.probe_failures > 0 || self.probes_unused > 0
    }
}

/// From a replica to its coordinator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "ReportWire", try_from = "ReportWire")]
pub struct Report {
    /// Which replica: drawn at random when its isolate starts.
    pub replica: u64,
    /// Grows with every report of the replica; the same for one that is sent again.
    pub sequence: u32,
    /// The coordinator's generation that the calls were made in; `None` before the first verdict.
    pub generation: Option<u64>,
    /// Where the replica is, if it knows.
    pub place: Option<Place>,
    /// What it saw.
    pub delta: Delta,
}

/// From the coordinator to a replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "VerdictWire", try_from = "VerdictWire")]
pub struct Verdict {
    /// The fleet's state.
    pub state: State,
    /// The generation that the state began.
    pub generation: u64,
    /// How long that still lasts, in milliseconds: an opening, an operator's order, or, while it
    /// is closed, the ramp. Zero where there is no end.
    pub remaining_ms: u64,
    /// Calls that the replica may make while half open.
    pub permits: u32,
    /// When to report again, in milliseconds, before jitter.
    pub poll_ms: u64,
    /// What the whole fleet has to tell at once is spread over this long, in milliseconds.
    pub spread_ms: u64,
    /// An operator has every call passed on as if Breakwater were not there.
    pub is_bypass: bool,
}

/// What a colo's cache keeps of a verdict. Permits are for one replica, so it never holds any.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "(Timestamp, Verdict)", from = "(Timestamp, Verdict)")]
pub struct Kept {
    /// When the verdict came, by the clock of who kept it.
    pub at: Timestamp,
    /// What the coordinator said.
    pub verdict: Verdict,
}

impl From<Kept> for (Timestamp, Verdict) {
    fn from(kept: Kept) -> Self {
        (kept.at, kept.verdict)
    }
}

impl From<(Timestamp, Verdict)> for Kept {
    fn from((at, verdict): (Timestamp, Verdict)) -> Self {
        Self { at, verdict: Verdict { permits: 0, ..verdict } }
    }
}

/// In a colo's cache: an isolate of this colo is asking the coordinator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "(Timestamp, u64, Urgency)", from = "(Timestamp, u64, Urgency)")]
pub struct Note {
    /// Since when, by that isolate's clock.
    pub at: Timestamp,
    /// For how long its mates leave the asking to it, in milliseconds.
    pub lasts_ms: u64,
    /// What about. Mates with something more urgent ask themselves.
    pub about: Urgency,
}

impl Note {
    /// Whether it still holds. One from the future is a clock's mistake and lasts no longer.
    pub(super) fn holds(&self, now: Timestamp) -> bool {
        self.off(now) < self.lasts_ms
    }

    /// Whether it was left by a clock that differs: by this one's the cache would have dropped it.
    pub(super) fn is_of_another_clock(&self, now: Timestamp) -> bool {
        self.off(now) > self.lasts_ms.saturating_add(CACHE_GRACE.get())
    }

    fn off(&self, now: Timestamp) -> u64 {
        now.since(self.at).get().max(self.at.since(now).get())
    }
}

impl From<Note> for (Timestamp, u64, Urgency) {
    fn from(note: Note) -> Self {
        (note.at, note.lasts_ms, note.about)
    }
}

impl From<(Timestamp, u64, Urgency)> for Note {
    fn from((at, lasts_ms, about): (Timestamp, u64, Urgency)) -> Self {
        Self { at, lasts_ms, about }
    }
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
    /// Whether it arrived is not known.
    Unknown,
}

/// A colo's cache counts in seconds, and may hold what is over for as long.
const CACHE_GRACE: Millis = Millis::from_secs(2);

/// The longest that an operator's order may last.
pub(super) const ORDER_MAX: Millis = Millis::from_secs(7 * 24 * 3600);
