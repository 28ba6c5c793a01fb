//! A policy as it is written, and what makes it a valid one.

use serde::{Deserialize, Serialize};

use super::error::within;
use super::{
    BACKOFF_MAX, Count, Limits, MAX_CONCURRENT_MAX, Mode, OPEN_FOR_MAX, OPEN_FOR_MAX_DEFAULT,
    PROBES_MAX, Policy, PolicyError, SlowCalls, WINDOW_CALLS_MAX, WINDOW_MAX, WindowKind,
};
use crate::base::share::Share;
use crate::base::time::Millis;

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
    /// A rate is judged over this number of latest calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window_calls: Option<u32>,
    /// The number of calls from which a rate is judged; 20 by default.
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
