//! How long a circuit stays open, from one opening to the next.

use crate::base::time::Millis;
use crate::circuit::policy::{OPEN_FOR_MAX, Policy};

/// The factor that changes nothing, in thousandths.
const UNCHANGED: u128 = 1_000;
/// The bits of the fixed-point fraction. With 64 of them the parts that each round cuts off never
/// add up to a millisecond.
const FRACTION_BITS: u32 = 64;

/// Returns how long the opening lasts that follows `openings` others since the circuit was last
/// closed: `open_for · backoff^openings`, at most `open_for_max`, plus up to `jitter` of that.
///
/// `random` is uniform over all of `u32`. The jitter comes on top of the maximum, as in Envoy's
/// outlier detection, since breakers that reach a maximum together would probe together.
///
/// ```
/// use breakwater_core::circuit::backoff::open_for;
/// use breakwater_core::circuit::policy::{Policy, PolicySpec};
/// use breakwater_core::base::time::Millis;
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
/// # Ok::<(), breakwater_core::circuit::policy::PolicyError>(())
/// ```
pub fn open_for(policy: &Policy, openings: u32, random: u32) -> Millis {
    let span = grown(policy, openings);
    let jitter = u128::from(span) * u128::from(policy.jitter.basis_points()) / 10_000;
    // `jitter` is at most `span`, so the product fits and the quotient is below `jitter`.
    let jitter = (jitter * u128::from(random)) >> 32;
    Millis::new(span.saturating_add(jitter as u64))
}

/// Computes the growth in fixed point: openings rounded to whole milliseconds would not grow if
/// they are short.
fn grown(policy: &Policy, openings: u32) -> u64 {
    let max = policy.open_for_max.get();
    let factor = u128::from(policy.backoff_permille);
    if factor <= UNCHANGED {
        return policy.open_for.get().min(max);
    }
    // The product fits: 32 bits of milliseconds (`OPEN_FOR_MAX`), the fraction, and 17 bits of
    // factor.
    let mut span = u128::from(policy.open_for.get().min(OPEN_FOR_MAX.get())) << FRACTION_BITS;
    // The loop ends after at most 22,000 rounds, from a millisecond to 30 days in steps of 0.1 %.
    for _ in 0..openings {
        if span >> FRACTION_BITS >= u128::from(max) {
            break;
        }
        span = span * factor / UNCHANGED;
    }
    ((span >> FRACTION_BITS) as u64).min(max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::share::Share;
    use crate::circuit::policy::PolicySpec;

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
    fn short_openings_grow_too() {
        let spec = PolicySpec {
            open_for: Some(Millis::new(1)),
            backoff: Some(1.5),
            ..PolicySpec::default()
        };
        let policy = Policy::try_from(spec).unwrap();
        let spans: alloc::vec::Vec<_> = (0..6).map(|k| open_for(&policy, k, 0).get()).collect();
        assert_eq!(spans, [1, 1, 2, 3, 5, 7], "1.5 to the power of 0 to 5");
    }

    #[test]
    fn the_slowest_growth_reaches_the_maximum() {
        let spec = PolicySpec {
            open_for: Some(Millis::new(1)),
            open_for_max: Some(Millis::parse("30d").unwrap()),
            backoff: Some(1.001),
            ..PolicySpec::default()
        };
        let policy = Policy::try_from(spec).unwrap();
        assert_eq!(open_for(&policy, 1_000, 0), Millis::new(2), "1.001 to the power of 1,000");
        assert_eq!(open_for(&policy, u32::MAX, 0), policy.open_for_max);
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
