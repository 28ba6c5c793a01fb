//! The stored form of a breaker. It outlives deployments, so it carries a version.

mod phase;

use core::fmt;

use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

use super::{Breaker, Epoch, Phase, Transition};
use crate::base::monotonic_clock::MonotonicClock;
use crate::base::time::{Millis, Timestamp};
use crate::circuit::lease::Leases;
use crate::circuit::policy::{OPEN_FOR_MAX, Policy, WindowKind};
use crate::circuit::window::{Ring, Tally};
use phase::StoredPhase;

/// The version that is written. Older versions are read, and newer ones are refused.
const VERSION: u32 = 1;
/// The longest that a restored opening may still last: the longest maximum of any policy, doubled
/// by jitter. No breaker ever opens for longer.
const OPENING_MAX: Millis = Millis::new(2 * OPEN_FOR_MAX.get());

/// A breaker at rest. Calls in flight are not part of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredBreaker {
    version: u32,
    phase: StoredPhase,
    generation: u64,
    epoch: Epoch,
    clock: MonotonicClock,
    /// The stored form keeps the field's first name.
    #[serde(rename = "run")]
    consecutive_failures: u32,
    openings: u32,
    window: StoredWindow,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    last_transition: Option<Transition>,
}

/// The calls that count: buckets that hold calls, or the calls themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredWindow {
    /// Each bucket as age in buckets at the clock's last reading, calls, failures, slow calls.
    Time { span_ms: u64, buckets: Vec<(u8, u32, u32, u32)> },
    /// A digit for each call from the oldest on: 1 if it failed, plus 2 if it was slow.
    Calls { capacity: u32, calls: String },
}

impl Breaker {
    /// The stored form.
    pub fn snapshot(&self) -> StoredBreaker {
        StoredBreaker {
            version: VERSION,
            phase: match &self.phase {
                Phase::Closed { ramp } => StoredPhase::Closed { ramp: *ramp },
                Phase::Open { until } => StoredPhase::Open { until: *until },
                Phase::HalfOpen { counted, .. } => StoredPhase::HalfOpen {
                    calls: counted.calls,
                    failures: counted.failures,
                    slow_calls: counted.slow_calls,
                },
                Phase::ForcedOpen => StoredPhase::ForcedOpen,
                Phase::ForcedClosed => StoredPhase::ForcedClosed,
                Phase::MetricsOnly { chosen, would_open } => {
                    StoredPhase::MetricsOnly { chosen: *chosen, would_open: *would_open }
                }
            },
            generation: self.generation,
            epoch: self.epoch,
            clock: self.clock,
            consecutive_failures: self.consecutive_failures,
            openings: self.openings,
            window: self.stored_window(),
            last_transition: self.last_transition,
        }
    }

    /// Restores the breaker without its calls in flight: they are forgotten, and their outcomes
    /// will count nowhere. A window of another size than the policy's starts empty.
    ///
    /// # Errors
    /// [`StoredBreakerError`] if a newer version wrote it.
    pub fn restore(stored: &StoredBreaker, policy: &Policy) -> Result<Self, StoredBreakerError> {
        if stored.version != VERSION {
            return Err(StoredBreakerError { version: stored.version });
        }
        let mut breaker = Self::new(policy);
        breaker.clock = stored.clock.restored();
        let now = breaker.clock.peek(Timestamp::from_millis(0));
        breaker.phase = match stored.phase {
            StoredPhase::Closed { ramp } => {
                Phase::Closed { ramp: ramp.map(|ramp| ramp.restored(now)) }
            }
            StoredPhase::Open { until } => Phase::Open { until: until.min(now + OPENING_MAX) },
            StoredPhase::HalfOpen { calls, failures, slow_calls } => {
                let counted = Tally { calls, failures, slow_calls }.consistent();
                Phase::HalfOpen { counted, leases: Leases::default() }
            }
            StoredPhase::ForcedOpen => Phase::ForcedOpen,
            StoredPhase::ForcedClosed => Phase::ForcedClosed,
            StoredPhase::MetricsOnly { chosen, would_open } => {
                Phase::MetricsOnly { chosen, would_open }
            }
        };
        breaker.generation = stored.generation;
        breaker.epoch = stored.epoch.after_restore();
        breaker.consecutive_failures = stored.consecutive_failures;
        breaker.openings = stored.openings;
        breaker.last_transition = stored.last_transition;
        breaker.put_window_back(&stored.window, policy.window);
        breaker.update_fast_path();
        Ok(breaker)
    }

    fn stored_window(&self) -> StoredWindow {
        let now = self.clock.peek(Timestamp::from_millis(0));
        match self.window.ring() {
            Ring::Time(window) => StoredWindow::Time {
                span_ms: window.span(),
                buckets: window
                    .buckets_at(now.as_millis())
                    .map(|(age, t)| (age as u8, t.calls, t.failures, t.slow_calls))
                    .collect(),
            },
            Ring::Calls(window) => StoredWindow::Calls {
                capacity: window.capacity(),
                calls: window.calls().map(|(failed, slow)| digit(failed, slow)).collect(),
            },
        }
    }

    fn put_window_back(&mut self, stored: &StoredWindow, kind: WindowKind) {
        let now = self.clock.peek(Timestamp::from_millis(0));
        match (stored, kind) {
            (StoredWindow::Time { span_ms, buckets }, WindowKind::Time(span))
                if Millis::new(*span_ms) == span =>
            {
                if let Ring::Time(window) = self.window.ring_mut() {
                    for &(age, calls, failures, slow_calls) in buckets {
                        let tally = Tally { calls, failures, slow_calls }.consistent();
                        window.put_back(age.into(), tally, now.as_millis());
                    }
                }
            }
            (StoredWindow::Calls { capacity, calls }, WindowKind::Calls(kept))
                if *capacity == kept =>
            {
                for call in calls.bytes() {
                    let bits = call.wrapping_sub(b'0');
                    self.window.record(bits & 1 != 0, bits & 2 != 0, now);
                }
            }
            (StoredWindow::Time { .. } | StoredWindow::Calls { .. }, _) => {}
        }
    }
}

fn digit(failed: bool, slow: bool) -> char {
    match (failed, slow) {
        (false, false) => '0',
        (true, false) => '1',
        (false, true) => '2',
        (true, true) => '3',
    }
}

/// The stored form is from a version that this one does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredBreakerError {
    /// The version found.
    pub version: u32,
}

impl fmt::Display for StoredBreakerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "stored breaker has version {}, expected {VERSION}", self.version)
    }
}

impl core::error::Error for StoredBreakerError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::circuit::outcome::{Completion, Outcome};
    use crate::circuit::policy::PolicySpec;

    fn at(ms: u64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    fn after_calls(policy: &Policy, outcomes: &[Outcome]) -> Breaker {
        let mut breaker = Breaker::new(policy);
        for (i, &outcome) in outcomes.iter().enumerate() {
            let now = at(1_700_000_000_000 + i as u64 * 700);
            let permit = breaker.try_acquire(policy, Millis::from_secs(9), now).unwrap();
            let call = Completion { outcome, took: Millis::new(3), retry_after: None };
            breaker.record(policy, permit, call, 0, now);
        }
        breaker
    }

    /// If this fails, states stored by deployed Workers can no longer be read: raise the version
    /// and read the old one too.
    #[test]
    fn the_stored_form_is_unchanged() {
        let policy = Policy::default();
        let breaker = after_calls(&policy, &[Outcome::Failure, Outcome::Success]);
        let json = serde_json::to_string(&breaker.snapshot()).unwrap();
        assert_eq!(
            json,
            r#"{"version":1,"phase":{"state":"closed"},"generation":0,"epoch":0,"clock":{"last":1700000000700,"shift":0},"run":0,"openings":0,"window":{"time":{"span_ms":60000,"buckets":[[0,2,1,0]]}}}"#
        );
        let open = after_calls(&policy, &[Outcome::Failure; 5]);
        let json = serde_json::to_string(&open.snapshot()).unwrap();
        assert_eq!(
            json,
            r#"{"version":1,"phase":{"state":"open","until":1700000032800},"generation":1,"epoch":1,"clock":{"last":1700000002800,"shift":0},"run":0,"openings":1,"window":{"time":{"span_ms":60000,"buckets":[]}},"last_transition":{"from":"closed","to":"open","reason":"consecutive_failures","at":1700000002800}}"#
        );
    }

    #[test]
    fn windows_of_both_kinds_survive() {
        for window_calls in [None, Some(40)] {
            let spec = PolicySpec { window_calls, ..PolicySpec::default() };
            let policy = Policy::try_from(spec).unwrap();
            let mixed = [Outcome::Failure, Outcome::Success, Outcome::Success];
            let breaker = after_calls(&policy, &mixed);
            let restored = Breaker::restore(&breaker.snapshot(), &policy).unwrap();
            for later in [0, 58_000, 59_000, 60_000, 61_400, 70_000] {
                let now = at(1_700_000_000_000 + later);
                assert_eq!(restored.tally(now), breaker.tally(now), "{later} ms later");
            }
        }
    }

    #[test]
    fn a_newer_version_is_refused() {
        let mut stored = Breaker::new(&Policy::default()).snapshot();
        stored.version = 2;
        let error = Breaker::restore(&stored, &Policy::default()).unwrap_err();
        assert_eq!(
            alloc::string::ToString::to_string(&error),
            "stored breaker has version 2, expected 1"
        );
    }
}
