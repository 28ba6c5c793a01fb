//! How long a circuit stays open, from one opening to the next.

use crate::policy::Policy;
use crate::time::Millis;

/// How long the opening lasts that follows `openings` others since the circuit was last closed:
/// `open_for · backoff^openings`, at most `open_for_max`, plus up to `jitter` of that.
///
/// `random` is uniform over all of `u32`. The jitter comes on top of the maximum, as in Envoy's
/// outlier detection, since a maximum that all reach together would bring the herd back.
///
/// ```
/// use breakwater_core::backoff::open_for;
/// use breakwater_core::policy::{Policy, PolicySpec};
/// use breakwater_core::time::Millis;
///
/// let spec = PolicySpec {
///     open_for: Some(Millis::from_secs(5)),
///     backoff: Some(1.5),
///     ..PolicySpec::default()
/// };
/// let policy = Policy::try_from(spec)?;
/// assert_eq!(open_for(&policy, 0, 0), Millis::new(5_000));
/// assert_eq!(open_for(&policy, 2, 0), Millis::new(11_250));
/// assert_eq!(open_for(&policy, u32::MAX, 0), policy.open_for_max);
/// # Ok::<(), breakwater_core::policy::PolicyError>(())
/// ```
pub fn open_for(policy: &Policy, openings: u32, random: u32) -> Millis {
    let max = policy.open_for_max.get();
    let factor = u64::from(policy.backoff_permille);
    let mut span = policy.open_for.get();
    // Ends after few rounds: each adds at least a millisecond, or the span no longer grows.
    for _ in 0..openings {
        let grown = span.saturating_mul(factor) / 1000;
        if span >= max || grown == span {
            break;
        }
        span = grown;
    }
    let span = span.min(max);
    let jitter = u128::from(span) * u128::from(policy.jitter.basis_points()) / 10_000;
    // `jitter` is at most `span`, so the product fits and the quotient is below `jitter`.
    let jitter = (jitter * u128::from(random)) >> 32;
    Millis::new(span.saturating_add(jitter as u64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::PolicySpec;
    use crate::share::Share;

    #[test]
    fn jitter_adds_less_than_its_share() {
        let spec =
            PolicySpec { jitter: Some(Share::parse("20%").unwrap()), ..PolicySpec::default() };
        let policy = Policy::try_from(spec).unwrap();
        assert_eq!(open_for(&policy, 0, 0), Millis::new(30_000));
        assert_eq!(open_for(&policy, 0, u32::MAX), Millis::new(35_999));
    }

    #[test]
    fn without_growth_every_opening_is_the_first() {
        assert_eq!(open_for(&Policy::default(), u32::MAX, 0), Millis::from_secs(30));
    }

    #[test]
    fn growth_saturates_at_the_largest_values() {
        let spec = PolicySpec {
            open_for: Some(Millis::parse("30d").unwrap()),
            backoff: Some(100.0),
            jitter: Some(Share::ALL),
            ..PolicySpec::default()
        };
        let policy = Policy::try_from(spec).unwrap();
        assert!(open_for(&policy, u32::MAX, u32::MAX) < Millis::parse("60d").unwrap());
    }
}
