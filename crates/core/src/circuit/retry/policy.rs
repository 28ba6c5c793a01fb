//! The policy of retries: the keys of `retry = { … }`, parsed into limits.

use serde::{Deserialize, Serialize};

use crate::base::share::Share;
use crate::base::time::Millis;
use crate::circuit::policy::{MAX_CONCURRENT_MAX, PolicyError, within};

/// The largest number of attempts per call. An upstream that fails ten times in a row is down.
pub const ATTEMPTS_MAX: u32 = 10;
/// The longest `base` and `max`: a minute, for which a visitor would wait.
pub const DELAY_MAX: Millis = Millis::from_secs(60);
/// The default factor from `base` to `max`, as in Envoy.
const MAX_PER_BASE: u64 = 10;

/// When a failed call is made again, and how often.
///
/// ```
/// use breakwater_core::circuit::retry::{RetryPolicy, RetrySpec};
/// use breakwater_core::base::time::Millis;
///
/// let spec = RetrySpec { base: Some(Millis::new(100)), ..RetrySpec::default() };
/// let policy = RetryPolicy::try_from(spec)?;
/// assert_eq!((policy.attempts, policy.max), (2, Millis::from_secs(1)));
/// # Ok::<(), breakwater_core::circuit::policy::PolicyError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RetrySpec", into = "RetrySpec")]
pub struct RetryPolicy {
    /// Attempts per call, the first included; 1 is no retry.
    pub attempts: u32,
    /// The longest wait before the first retry.
    pub base: Millis,
    /// The longest to which the doubled waits grow.
    pub max: Millis,
    /// The largest share of the calls in flight that may be retries.
    pub budget: Share,
    /// The number of retries that are allowed at once, however few calls are in flight.
    pub min_concurrency: u32,
}

/// A retry policy as it is written in `breakwater.toml`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RetrySpec {
    /// Attempts per call, the first included, 1 to 10; 2 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempts: Option<u32>,
    /// The first retry waits up to this, 1 ms to 1 min; 25 ms by default, as in Envoy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<Millis>,
    /// The doubled waits grow up to this, `base` to 1 min; ten times `base` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<Millis>,
    /// At most this share of the calls in flight may be retries; 20 % by default, as in Envoy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<Share>,
    /// This number of retries, up to 10,000, is always allowed at once; 3 by default, as in Envoy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_concurrency: Option<u32>,
}

impl RetryPolicy {
    /// The number of retries that may be in flight at once beside, or among, `active` calls.
    pub(super) const fn concurrency(&self, active: u32) -> u32 {
        // A share is at most all, so the quotient is at most `active`.
        let share = (active as u64 * self.budget.basis_points() as u64 / 10_000) as u32;
        if share > self.min_concurrency { share } else { self.min_concurrency }
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: 2,
            base: Millis::new(25),
            max: Millis::new(250),
            budget: Share::from_basis_points(2_000),
            min_concurrency: 3,
        }
    }
}

impl TryFrom<RetrySpec> for RetryPolicy {
    type Error = PolicyError;

    fn try_from(spec: RetrySpec) -> Result<Self, PolicyError> {
        let default = Self::default();
        let attempts = within("attempts", spec.attempts, default.attempts, 1, ATTEMPTS_MAX)?;
        let base = within("base", spec.base, default.base, Millis::new(1), DELAY_MAX)?;
        let tenfold = Millis::new(base.get() * MAX_PER_BASE).min(DELAY_MAX);
        let max = within("max", spec.max, tenfold, base, DELAY_MAX)?;
        let budget = spec.budget.unwrap_or(default.budget);
        let min_concurrency = within(
            "min_concurrency",
            spec.min_concurrency,
            default.min_concurrency,
            // Without a share and without a floor there would be no retry at all.
            if budget == Share::NONE { 1 } else { 0 },
            MAX_CONCURRENT_MAX,
        )?;
        Ok(Self { attempts, base, max, budget, min_concurrency })
    }
}

/// Writes every key out, so that a later version's defaults do not change a stored policy.
impl From<RetryPolicy> for RetrySpec {
    fn from(policy: RetryPolicy) -> Self {
        Self {
            attempts: Some(policy.attempts),
            base: Some(policy.base),
            max: Some(policy.max),
            budget: Some(policy.budget),
            min_concurrency: Some(policy.min_concurrency),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::{String, ToString};

    #[track_caller]
    fn refused(spec: RetrySpec) -> String {
        RetryPolicy::try_from(spec).unwrap_err().to_string()
    }

    #[test]
    fn nothing_written_is_the_default() {
        assert_eq!(RetryPolicy::try_from(RetrySpec::default()).unwrap(), RetryPolicy::default());
    }

    #[test]
    fn impossible_values_are_named_with_what_is_allowed() {
        let spec = RetrySpec::default;
        let ms = |ms| Some(Millis::new(ms));
        assert_eq!(
            refused(RetrySpec { attempts: Some(0), ..spec() }),
            "`attempts` cannot be `0`, expected 1 to 10"
        );
        assert_eq!(
            refused(RetrySpec { base: ms(0), ..spec() }),
            "`base` cannot be `0ms`, expected 1ms to 1m"
        );
        assert_eq!(
            refused(RetrySpec { base: ms(50), max: ms(40), ..spec() }),
            "`max` cannot be `40ms`, expected 50ms to 1m"
        );
        let nothing = Some(Share::NONE);
        assert_eq!(
            refused(RetrySpec { budget: nothing, min_concurrency: Some(0), ..spec() }),
            "`min_concurrency` cannot be `0`, expected 1 to 10000"
        );
        assert!(RetryPolicy::try_from(RetrySpec { min_concurrency: Some(0), ..spec() }).is_ok());
    }

    #[test]
    fn a_policy_survives_its_written_form() {
        let json = r#"{"attempts":3,"base":"100ms","max":"2s","budget":"10%","min_concurrency":1}"#;
        let policy: RetryPolicy = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&policy).unwrap(), json);
        assert!(serde_json::from_str::<RetryPolicy>(r#"{"retries":3}"#).is_err());
    }

    #[test]
    fn the_budget_is_a_share_of_the_calls_under_way_and_never_below_its_floor() {
        let policy = RetryPolicy::default();
        for (active, concurrency) in [(0, 3), (15, 3), (19, 3), (20, 4), (100, 20)] {
            assert_eq!(policy.concurrency(active), concurrency, "{active}");
        }
        let all = RetryPolicy { budget: Share::ALL, ..policy };
        assert_eq!(all.concurrency(u32::MAX), u32::MAX);
    }
}
