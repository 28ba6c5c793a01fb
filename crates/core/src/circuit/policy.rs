//! What a breaker is told to do: the keys of `breaker = { … }`, parsed into limits.
//!
//! A [`PolicySpec`] is what was written; a [`Policy`] is valid, complete and ready for the hot
//! path. States hold no policy, since stored state outlives deploys: it is passed to each call.

mod error;
mod spec;

pub use error::PolicyError;
pub(crate) use error::within;
pub use spec::PolicySpec;

use core::ops::Deref;

use serde::{Deserialize, Serialize};

use crate::base::share::Share;
use crate::base::time::Millis;

/// Longest time window: longer ones say more about yesterday than about now.
pub const WINDOW_MAX: Millis = Millis::from_secs(24 * 3600);
/// Largest count window; two bits a call, kept inside the state.
pub const WINDOW_CALLS_MAX: u32 = 10_000;
/// Most admissions in one half-open period, and so the most leases kept for it.
pub const PROBES_MAX: u32 = 1_000;
/// Most calls in flight that a bulkhead can be told to allow, and so the most leases kept.
pub const MAX_CONCURRENT_MAX: u32 = 10_000;
/// Longest time that a circuit may be told to stay open.
pub const OPEN_FOR_MAX: Millis = Millis::from_secs(30 * 24 * 3600);
/// How long `open_for` may grow by backoff when the policy does not say.
pub const OPEN_FOR_MAX_DEFAULT: Millis = Millis::from_secs(600);
/// The shortest opening that an upstream's own word may cause.
pub const THROTTLE_MIN: Millis = Millis::from_secs(1);
/// The longest opening that an exhausted quota may cause: quotas renew daily.
pub const EXHAUSTED_MAX: Millis = Millis::from_secs(24 * 3600);
/// Largest factor from one opening to the next.
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
/// Its limits are read through it; changing one takes a new policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "PolicySpec", into = "PolicySpec")]
pub struct Policy {
    limits: Limits,
    /// See [`fast_path_key`](Self::fast_path_key).
    fast_path_key: u64,
}

impl Policy {
    /// The same with another number of admissions per half-open time.
    pub(crate) fn with_probes(&self, probes: u32) -> Self {
        Self::new(Limits { probes, ..self.limits.clone() })
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
    /// A rate is judged from this many calls on; never more than a count window holds.
    pub minimum_calls: u32,
    /// How long it stays open the first time.
    pub open_for: Millis,
    /// Factor from one opening to the next, in thousandths; 1000 is no growth.
    pub backoff_permille: u32,
    /// `open_for` grows up to this.
    pub open_for_max: Millis,
    /// Up to this share is added to the time that it stays open.
    pub jitter: Share,
    /// Admissions per half-open period.
    pub probes: u32,
    /// Successes among them that close it.
    pub probe_successes: u32,
    /// A half-open call that does not report in this time gives its permit back.
    pub probe_timeout: Millis,
    /// After closing, the share admitted grows to all over this time; zero admits all at once.
    pub ramp: Millis,
    /// Calls in flight at most.
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
    /// Those of the last so many milliseconds.
    Time(Millis),
    /// The last so many.
    Calls(u32),
}

impl WindowKind {
    /// A word that no other window has. Both kinds have far fewer than half of all numbers.
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
    /// Those, and every other server error.
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
