//! The time that the upstream works on a call.

use crate::rng::{Property, share_of};
use crate::time::Micros;

/// The upstream works on a call for at least 20 ms.
const WORK_MIN: Micros = Micros::from_ms(20);
/// The upstream works on a call for 30 ms more on average.
const WORK_EXTRA: Micros = Micros::from_ms(30);

/// With a heavy tail, half of the calls take at most 60 ms.
const TAIL_MEDIAN: Micros = Micros::from_ms(60);
/// With a heavy tail, the slowest of all calls but the stuck ones takes 3 s.
const TAIL_LONGEST: Micros = Micros::from_secs(3);
/// With a heavy tail, 1 % of the calls are stuck.
const STUCK_SHARE: f64 = 0.01;
/// A stuck call takes 20 s.
const STUCK: Micros = Micros::from_secs(20);

/// The usual time, from the upper half of the call's seed.
pub(super) fn usual(seed: u64) -> Micros {
    let share = (seed >> 32) as f64 / (f64::from(u32::MAX) + 1.0);
    WORK_MIN + WORK_EXTRA.times(-(1.0 - share).ln())
}

/// The time where times have a heavy tail: log-logistic, since that distribution has both its
/// median and its 99th percentile as chosen and a closed form, and cut off at the latter.
pub(super) fn heavy_tail(seed: u64) -> Micros {
    let share = share_of(seed, Property::Work);
    if share >= 1.0 - STUCK_SHARE {
        return STUCK;
    }
    let odds_max = (1.0 - STUCK_SHARE) / STUCK_SHARE;
    let exponent = (TAIL_LONGEST.as_secs() / TAIL_MEDIAN.as_secs()).ln() / odds_max.ln();
    TAIL_MEDIAN.times((share / (1.0 - share)).powf(exponent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heavy_tail_has_the_quantiles_that_it_names() {
        let mut times: Vec<u64> = (0..100_000).map(|seed| heavy_tail(seed).as_ms()).collect();
        times.sort_unstable();
        let at = |percent: usize| times[times.len() * percent / 100];
        assert!((58..62).contains(&at(50)), "{}", at(50));
        assert!((350..420).contains(&at(90)), "{}", at(90));
        let below = times.iter().filter(|&&ms| ms <= 3_000).count();
        let stuck = times.iter().filter(|&&ms| ms == 20_000).count();
        assert_eq!(below + stuck, times.len());
        assert!((900..1_100).contains(&stuck), "{stuck}");
    }
}
