//! Random numbers that are the same for all tools.

use std::time::Duration;

/// A generator (Steele, Lea and Flood's SplitMix64).
#[derive(Clone, Debug)]
pub(super) struct Seed(u64);

impl Seed {
    /// That of a visitor in a run. Visitors of the same number draw the same numbers, whatever tool
    /// is in front of them.
    pub(super) fn of(run: u64, visitor: u64) -> Self {
        Self((run << 32) | visitor)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`.
    pub(super) fn below(&mut self, end: u8) -> u8 {
        // The remainder's bias is below one in 2^56.
        (self.next() % u64::from(end)) as u8
    }

    /// A span of an exponential distribution with this mean.
    pub(super) fn exponential(&mut self, mean: Duration) -> Duration {
        // 53 bits fill a double; zero would have no logarithm.
        let unit = ((self.next() >> 11) + 1) as f64 / (1u64 << 53) as f64;
        mean.mul_f64(-unit.ln())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Seed;

    #[test]
    fn visitors_differ_and_each_draws_the_same_in_every_run_of_the_bench() {
        let draws = |mut seed: Seed| (0..8).map(|_| seed.below(100)).collect::<Vec<_>>();
        assert_eq!(draws(Seed::of(1, 2)), draws(Seed::of(1, 2)));
        assert_ne!(draws(Seed::of(1, 2)), draws(Seed::of(1, 3)));
        assert_ne!(draws(Seed::of(1, 2)), draws(Seed::of(2, 2)));
    }

    #[test]
    fn spans_have_their_mean() {
        let mut seed = Seed::of(0, 0);
        let sum: Duration = (0..10_000).map(|_| seed.exponential(Duration::from_secs(1))).sum();
        assert!((9_700.0..10_300.0).contains(&sum.as_secs_f64()), "{sum:?}");
    }

    #[test]
    fn numbers_stay_below_their_end_and_reach_it() {
        let mut seed = Seed::of(0, 7);
        let drawn: Vec<u8> = (0..1_000).map(|_| seed.below(10)).collect();
        assert_eq!((drawn.iter().min(), drawn.iter().max()), (Some(&0), Some(&9)));
    }
}
