//! What a breaker is told to do: the keys of `breaker = { … }`, parsed into limits.
//!
//! A [`PolicySpec`] is what was written; a [`Policy`] is valid, complete and ready for the hot
//! path. States hold no policy, since stored state outlives deploys: it is passed to each call.

use core::fmt;
use core::ops::Deref;

use alloc::string::{String, ToString};
use serde::{Deserialize, Serialize};

use crate::share::Share;
use crate::time::Millis;

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
/// use breakwater_core::policy::{Policy, PolicySpec};
/// use breakwater_core::time::Millis;
///
/// let spec = PolicySpec { consecutive_failures: Some(3), ..PolicySpec::default() };
/// let policy = Policy::try_from(spec)?;
/// assert_eq!(policy.open_for, Millis::from_secs(30));
/// assert_eq!(policy.failure_rate, None, "naming one trip rule leaves the others out");
/// # Ok::<(), breakwater_core::policy::PolicyError>(())
/// ```
///
/// Its limits are read through it; changing one takes a new policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "PolicySpec", into = "PolicySpec")]
pub struct Policy {
    limits: Limits,
    /// See [`short_way`](Self::short_way).
    short_way: u64,
}

impl Policy {
    fn new(limits: Limits) -> Self {
        let is_plain = limits.mode == Mode::Auto && limits.max_concurrent.is_none();
        let short_way = if is_plain { limits.window.word() } else { NO_WINDOW };
        Self { limits, short_way }
    }

    /// One word for all in a policy that decides whether a closed breaker may admit a call
    /// without looking closer: the word of its window, if it has no bulkhead and may reject.
    pub(crate) const fn short_way(&self) -> u64 {
        self.short_way
    }
}

impl Deref for Policy {
    type Target = Limits;

    #[inline]
    fn deref(&self) -> &Limits {
        &self.limits
    }
}

/// No window has this word.
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

/// A policy as it is written in `breakwater.toml`, in the npm package and in test vectors.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PolicySpec {
    /// Trips at this many failures in a row; 5 if no trip rule is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consecutive_failures: Option<u32>,
    /// Trips at this share of failed calls; 50 % if no trip rule is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_rate: Option<Share>,
    /// Trips at this share of calls slower than `slow_call`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slow_call_rate: Option<Share>,
    /// A call that takes longer is slow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slow_call: Option<Millis>,
    /// A rate is judged over this time; 60 s by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<Millis>,
    /// A rate is judged over the last so many calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window_calls: Option<u32>,
    /// A rate is judged from this many calls on; 20 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimum_calls: Option<u32>,
    /// How long it stays open the first time; 30 s by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open_for: Option<Millis>,
    /// Factor from one opening to the next; 1 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backoff: Option<f64>,
    /// `open_for` grows up to this; 10 min by default, or `open_for` where that is longer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open_for_max: Option<Millis>,
    /// Up to this share is added to `open_for`; 0 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jitter: Option<Share>,
    /// Admissions per half-open period; 1 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probes: Option<u32>,
    /// Successes among them that close it; as many as `probes` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probe_successes: Option<u32>,
    /// A half-open call that never reports gives its permit back after this; 30 s by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probe_timeout: Option<Millis>,
    /// After closing, the admitted share grows over this time; 0 s by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ramp: Option<Millis>,
    /// Calls in flight at most, per isolate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_concurrent: Option<u32>,
    /// Which HTTP answers are failures; `gateway` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<Count>,
    /// `metrics_only` counts and reports but never rejects; `auto` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
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

impl TryFrom<PolicySpec> for Policy {
    type Error = PolicyError;

    fn try_from(spec: PolicySpec) -> Result<Self, PolicyError> {
        let default = Self::default();
        let no_trip_rule = spec.consecutive_failures.is_none()
            && spec.failure_rate.is_none()
            && spec.slow_call_rate.is_none();
        let open_for =
            within("open_for", spec.open_for, default.open_for, Millis::new(1), OPEN_FOR_MAX)?;
        let window = window(&spec)?;
        let minimum_calls = within("minimum_calls", spec.minimum_calls, 20, 1, 1_000_000)?;
        let probes = within("probes", spec.probes, 1, 1, PROBES_MAX)?;
        let open_for_max = spec.open_for_max.unwrap_or(OPEN_FOR_MAX_DEFAULT.max(open_for));
        if open_for_max < open_for || open_for_max > OPEN_FOR_MAX {
            let allowed = "at least `open_for` and at most 30 days";
            return Err(PolicyError::new("open_for_max", open_for_max, allowed));
        }
        Ok(Self::new(Limits {
            consecutive_failures: match spec.consecutive_failures {
                None if no_trip_rule => default.consecutive_failures,
                None => None,
                given => Some(within("consecutive_failures", given, 1, 1, 1_000_000)?),
            },
            failure_rate: match spec.failure_rate {
                None if no_trip_rule => default.failure_rate,
                None => None,
                Some(rate) => Some(above_none("failure_rate", rate)?),
            },
            slow_calls: slow_calls(&spec)?,
            window,
            minimum_calls: match window {
                WindowKind::Calls(calls) => minimum_calls.min(calls),
                WindowKind::Time(_) => minimum_calls,
            },
            open_for,
            backoff_permille: backoff_permille(spec.backoff)?,
            open_for_max,
            jitter: spec.jitter.unwrap_or_default(),
            probes,
            probe_successes: within("probe_successes", spec.probe_successes, probes, 1, probes)?,
            probe_timeout: within(
                "probe_timeout",
                spec.probe_timeout,
                default.probe_timeout,
                Millis::new(1),
                OPEN_FOR_MAX,
            )?,
            ramp: within("ramp", spec.ramp, Millis::ZERO, Millis::ZERO, OPEN_FOR_MAX)?,
            max_concurrent: match spec.max_concurrent {
                None => None,
                given => Some(within("max_concurrent", given, 1, 1, MAX_CONCURRENT_MAX)?),
            },
            count: spec.count.unwrap_or_default(),
            mode: spec.mode.unwrap_or_default(),
        }))
    }
}

/// Writes every key out, so that a later version's defaults do not change a stored policy.
impl From<Policy> for PolicySpec {
    fn from(policy: Policy) -> Self {
        let (window, window_calls) = match policy.window {
            WindowKind::Time(span) => (Some(span), None),
            WindowKind::Calls(calls) => (None, Some(calls)),
        };
        Self {
            consecutive_failures: policy.consecutive_failures,
            failure_rate: policy.failure_rate,
            slow_call_rate: policy.slow_calls.map(|slow| slow.rate),
            slow_call: policy.slow_calls.map(|slow| slow.longer_than),
            window,
            window_calls,
            minimum_calls: Some(policy.minimum_calls),
            open_for: Some(policy.open_for),
            backoff: Some(f64::from(policy.backoff_permille) / 1000.0),
            open_for_max: Some(policy.open_for_max),
            jitter: Some(policy.jitter),
            probes: Some(policy.probes),
            probe_successes: Some(policy.probe_successes),
            probe_timeout: Some(policy.probe_timeout),
            ramp: Some(policy.ramp),
            max_concurrent: policy.max_concurrent,
            count: Some(policy.count),
            mode: Some(policy.mode),
        }
    }
}

/// A value that no policy can have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyError {
    /// The key whose value it is.
    pub key: &'static str,
    /// The value as it was written.
    pub value: String,
    /// What the key takes.
    pub allowed: String,
}

impl PolicyError {
    fn new(key: &'static str, value: impl ToString, allowed: impl ToString) -> Self {
        Self { key, value: value.to_string(), allowed: allowed.to_string() }
    }
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` cannot be `{}`, expected {}", self.key, self.value, self.allowed)
    }
}

impl core::error::Error for PolicyError {}

fn within<T: PartialOrd + Copy + fmt::Display>(
    key: &'static str,
    given: Option<T>,
    default: T,
    min: T,
    max: T,
) -> Result<T, PolicyError> {
    let value = given.unwrap_or(default);
    if value < min || value > max {
        return Err(PolicyError::new(key, value, format_args!("{min} to {max}")));
    }
    Ok(value)
}

fn above_none(key: &'static str, rate: Share) -> Result<Share, PolicyError> {
    if rate == Share::NONE {
        return Err(PolicyError::new(key, rate, "more than 0%, at most 100%"));
    }
    Ok(rate)
}

fn window(spec: &PolicySpec) -> Result<WindowKind, PolicyError> {
    match (spec.window, spec.window_calls) {
        (Some(_), Some(calls)) => {
            Err(PolicyError::new("window_calls", calls, "either `window` or `window_calls`"))
        }
        (None, Some(calls)) => {
            let calls = within("window_calls", Some(calls), calls, 1, WINDOW_CALLS_MAX)?;
            Ok(WindowKind::Calls(calls))
        }
        (span, None) => {
            let span = within("window", span, Millis::from_secs(60), Millis::new(1), WINDOW_MAX)?;
            Ok(WindowKind::Time(span))
        }
    }
}

fn slow_calls(spec: &PolicySpec) -> Result<Option<SlowCalls>, PolicyError> {
    match (spec.slow_call_rate, spec.slow_call) {
        (None, None) => Ok(None),
        (Some(rate), Some(longer_than)) => {
            Ok(Some(SlowCalls { rate: above_none("slow_call_rate", rate)?, longer_than }))
        }
        (Some(rate), None) => {
            Err(PolicyError::new("slow_call_rate", rate, "`slow_call` beside it, such as `2s`"))
        }
        (None, Some(span)) => {
            Err(PolicyError::new("slow_call", span, "`slow_call_rate` beside it, such as `50%`"))
        }
    }
}

fn backoff_permille(factor: Option<f64>) -> Result<u32, PolicyError> {
    let factor = factor.unwrap_or(1.0);
    if !(1.0..=BACKOFF_MAX).contains(&factor) {
        return Err(PolicyError::new("backoff", factor, "a factor from 1 to 100"));
    }
    // In range by the check above; half a thousandth is rounded up.
    Ok((factor * 1000.0 + 0.5) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

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
