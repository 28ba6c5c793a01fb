//! The policy of a breaker: the keys of `breaker = { … }`, parsed into limits.
//!
//! A [`PolicySpec`] holds the keys as they were written; a [`Policy`] is valid, complete and ready
//! for the hot path. No state holds a policy, since stored state outlives deployments: the policy
//! is passed to each call.

mod error;
mod spec;

pub use error::PolicyError;
pub(crate) use error::within;
pub use spec::PolicySpec;

use core::ops::Deref;

use serde::{Deserialize, Serialize};

use crate::base::share::Share;
use crate::base::time::Millis;

/// The longest time window: 24 h. A longer one would say more about yesterday than about now.
pub const WINDOW_MAX: Millis = Millis::from_secs(24 * 3600);
/// The largest count window, in calls. Each takes two bits of the breaker's state.
pub const WINDOW_CALLS_MAX: u32 = 10_000;
/// The largest number of admissions in one half-open period, and so of leases held for it.
pub const PROBES_MAX: u32 = 1_000;
/// The largest number of calls in flight that a bulkhead can allow, and so of leases held for it.
pub const MAX_CONCURRENT_MAX: u32 = 10_000;
/// The longest `open_for` and `open_for_max`: 30 days.
pub const OPEN_FOR_MAX: Millis = Millis::from_secs(30 * 24 * 3600);
/// The default of `open_for_max`: 10 min.
pub const OPEN_FOR_MAX_DEFAULT: Millis = Millis::from_secs(600);
/// The shortest opening for which an upstream may ask: 1 s.
pub const THROTTLE_MIN: Millis = Millis::from_secs(1);
/// The longest opening for an exhausted quota: 24 h, since quotas renew daily.
pub const EXHAUSTED_MAX: Millis = Millis::from_secs(24 * 3600);
/// The largest factor from one opening to the next.
pub const BACKOFF_MAX: f64 = 100.0;

/// When a circuit breaker trips, how long it stays open, and how it recovers.
///
/// ```
/// use breakwater_core::circuit::policy::{Policy, PolicySpec};
/// use breakwater_core::base::time::Millis;
///
/// let spec = PolicySpec { consecutive_failures: Some(3), ..PolicySpec::default() };
/// let policy = Policy::try_from(spec)?;
/// assert_eq!(policy.open_for, Millis::from_secs(30));
/// assert_eq!(policy.failure_rate, None, "naming one trip rule leaves the others out");
/// # Ok::<(), breakwater_core::circuit::policy::PolicyError>(())
/// ```
///
/// Its limits are read through it; to change one takes a new policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "PolicySpec", into = "PolicySpec")]
pub struct Policy {
    limits: Limits,
    /// See [`fast_path_key`](Self::fast_path_key).
    fast_path_key: u64,
}

impl Policy {
    /// Returns the same policy with another number of admissions per half-open period.
    pub(crate) fn with_probes(&self, probes: u32) -> Self {
        Self::new(Limits { probes, ..self.limits.clone() })
    }

    /// Returns the same policy with another length of all openings.
    pub(crate) fn with_open_for(&self, open_for: Millis) -> Self {
        Self::new(Limits { open_for, backoff_permille: 1_000, ..self.limits.clone() })
    }

    fn new(limits: Limits) -> Self {
        let is_plain = limits.mode == Mode::Auto && limits.max_concurrent.is_none();
        let fast_path_key = if is_plain { limits.window.word() } else { NO_WINDOW };
        Self { limits, fast_path_key }
    }

    /// Returns the key by which a closed breaker admits a call without looking at the rest of the
    /// policy: that of its window, if the policy has no bulkhead and its breaker may reject.
    pub(crate) const fn fast_path_key(&self) -> u64 {
        self.fast_path_key
    }
}

impl Deref for Policy {
    type Target = Limits;

    #[inline]
    fn deref(&self) -> &Limits {
        &self.limits
    }
}

/// The key of a policy that allows no fast path; no window has it.
const NO_WINDOW: u64 = u64::MAX - 1;

/// The limits of a [`Policy`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Limits {
    /// Trips at this many failures in a row.
    pub consecutive_failures: Option<u32>,
    /// Trips at this share of failed calls in the window.
    pub failure_rate: Option<Share>,
    /// Trips at this share of slow calls in the window.
    pub slow_calls: Option<SlowCalls>,
    /// The calls that a rate is judged over.
    pub window: WindowKind,
    /// The number of calls from which a rate is judged; never more than a count window holds.
    pub minimum_calls: u32,
    /// How long the circuit stays open the first time.
    pub open_for: Millis,
    /// The factor from one opening to the next, in thousandths; 1000 is no growth.
    pub backoff_permille: u32,
    /// The longest to which `open_for` grows.
    pub open_for_max: Millis,
    /// The largest share that jitter adds to the time that the circuit stays open.
    pub jitter: Share,
    /// Admissions per half-open period.
    pub probes: u32,
    /// The successes among them that close the circuit.
    pub probe_successes: u32,
    /// The time after which a half-open call that has not reported gives its permit back.
    pub probe_timeout: Millis,
    /// The time over which the admitted share grows to all after closing; zero admits all at once.
    pub ramp: Millis,
    /// The largest number of calls in flight.
    pub max_concurrent: Option<u32>,
    /// Which HTTP answers are failures.
    pub count: Count,
    /// Whether the breaker may reject at all.
    pub mode: Mode,
}

/// The rule for slow calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlowCalls {
    /// Trips at this share of slow calls in the window.
    pub rate: Share,
    /// A call that takes longer than this is slow.
    pub longer_than: Millis,
}

/// The calls that a rate is judged over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowKind {
    /// The calls of this span.
    Time(Millis),
    /// This number of latest calls.
    Calls(u32),
}

impl WindowKind {
    /// The key of the window, which no other window has. Each kind has far fewer sizes than half of
    /// all numbers.
    pub(crate) const fn word(self) -> u64 {
        match self {
            Self::Time(span) => span.get() << 1,
            Self::Calls(calls) => ((calls as u64) << 1) | 1,
        }
    }
}

/// Which HTTP answers count as failures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Count {
    /// 502, 503, 504, time-outs and connection errors.
    #[default]
    #[serde(rename = "gateway")]
    Gateway,
    /// The same, and every other server error.
    #[serde(rename = "5xx")]
    ServerErrors,
}

/// Whether the breaker acts on what it sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// It opens and closes.
    #[default]
    Auto,
    /// It counts and reports, and admits every call: for adopting it without risk.
    MetricsOnly,
}

impl Default for Policy {
    fn default() -> Self {
        Self::new(Limits {
            consecutive_failures: Some(5),
            failure_rate: Some(Share::from_basis_points(5_000)),
            slow_calls: None,
            window: WindowKind::Time(Millis::from_secs(60)),
            minimum_calls: 20,
            open_for: Millis::from_secs(30),
            backoff_permille: 1000,
            open_for_max: OPEN_FOR_MAX_DEFAULT,
            jitter: Share::NONE,
            probes: 1,
            probe_successes: 1,
            probe_timeout: Millis::from_secs(30),
            ramp: Millis::ZERO,
            max_concurrent: None,
            count: Count::Gateway,
            mode: Mode::Auto,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::{String, ToString};

    fn refused(spec: PolicySpec) -> String {
        Policy::try_from(spec).unwrap_err().to_string()
    }

    #[test]
    fn without_a_trip_rule_there_are_two() {
        let policy = Policy::try_from(PolicySpec::default()).unwrap();
        assert_eq!(policy, Policy::default());
    }

    #[test]
    fn a_minimum_never_exceeds_a_count_window() {
        let spec = PolicySpec { window_calls: Some(10), ..PolicySpec::default() };
        assert_eq!(Policy::try_from(spec).unwrap().minimum_calls, 10);
    }

    #[test]
    fn an_opening_longer_than_the_default_maximum_is_its_own_maximum() {
        let hours = Millis::parse("2h").unwrap();
        let spec = PolicySpec { open_for: Some(hours), ..PolicySpec::default() };
        assert_eq!(Policy::try_from(spec).unwrap().open_for_max, hours);
    }

    #[test]
    fn impossible_values_are_named_with_what_is_allowed() {
        let spec = PolicySpec::default;
        assert_eq!(
            refused(PolicySpec { probes: Some(0), ..spec() }),
            "`probes` cannot be `0`, expected 1 to 1000"
        );
        assert_eq!(
            refused(PolicySpec { probe_successes: Some(2), ..spec() }),
            "`probe_successes` cannot be `2`, expected 1 to 1"
        );
        assert_eq!(
            refused(PolicySpec { backoff: Some(0.5), ..spec() }),
            "`backoff` cannot be `0.5`, expected a factor from 1 to 100"
        );
        assert_eq!(
            refused(PolicySpec { slow_call: Some(Millis::from_secs(2)), ..spec() }),
            "`slow_call` cannot be `2s`, expected `slow_call_rate` beside it, such as `50%`"
        );
        assert_eq!(
            refused(PolicySpec {
                open_for: Some(Millis::from_secs(30)),
                open_for_max: Some(Millis::from_secs(10)),
                ..spec()
            }),
            "`open_for_max` cannot be `10s`, expected at least `open_for` and at most 30 days"
        );
    }

    #[test]
    fn a_policy_survives_its_written_form() {
        let spec = PolicySpec {
            slow_call_rate: Some(Share::from_basis_points(50)),
            slow_call: Some(Millis::from_secs(4)),
            window_calls: Some(100),
            backoff: Some(1.5),
            ..PolicySpec::default()
        };
        let policy = Policy::try_from(spec).unwrap();
        assert_eq!(Policy::try_from(PolicySpec::from(policy.clone())).unwrap(), policy);
    }
}
