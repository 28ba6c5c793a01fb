//! How long visitors wait, as counts by length.

use crate::time::Micros;

/// Waits of up to 32 µs are counted exactly, and longer ones to a 32nd of their length.
const STEPS: u64 = 32;

/// Counts of waits by their length.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waits {
    counts: Vec<u64>,
    count: u64,
    total: Micros,
    max: Micros,
}

impl Waits {
    /// Records a wait.
    pub fn record(&mut self, wait: Micros) {
        let index = index(wait);
        if index >= self.counts.len() {
            self.counts.resize(index + 1, 0);
        }
        self.counts[index] += 1;
        self.count += 1;
        self.total += wait;
        self.max = self.max.max(wait);
    }

    /// Adds all waits of another count.
    pub fn add(&mut self, other: &Self) {
        if other.counts.len() > self.counts.len() {
            self.counts.resize(other.counts.len(), 0);
        }
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count += more;
        }
        self.count += other.count;
        self.total += other.total;
        self.max = self.max.max(other.max);
    }

    /// The number of waits.
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// The sum of all waits.
    pub const fn total(&self) -> Micros {
        self.total
    }

    /// The longest wait, exactly; zero if there is none.
    pub const fn max(&self) -> Micros {
        self.max
    }

    /// The length that this share of the waits did not exceed (the nearest rank), at most a 32nd
    /// too long; zero if there are no waits.
    pub fn quantile(&self, share: f64) -> Micros {
        let rank = ((self.count as f64 * share).ceil() as u64).max(1);
        let mut seen = 0;
        let found = self.counts.iter().position(|&count| {
            seen += count;
            seen >= rank
        });
        found.map_or(Micros(0), |index| longest(index).min(self.max))
    }
}

/// The index of the count that a wait belongs to.
fn index(wait: Micros) -> usize {
    let shift = u64::from(wait.0.max(STEPS).ilog2() - STEPS.ilog2());
    (shift * STEPS + (wait.0 >> shift)) as usize
}

/// The longest wait that is counted there.
const fn longest(index: usize) -> Micros {
    let index = index as u64;
    let shift = (index / STEPS).saturating_sub(1);
    Micros(((index - shift * STEPS + 1) << shift) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_counted_to_a_32nd_of_its_length() {
        for wait in (0..5_000).chain((5_000..40_000_000).step_by(997)) {
            let counted = longest(index(Micros(wait))).0;
            assert!(counted >= wait && counted - wait <= wait / STEPS, "{wait}: {counted}");
        }
    }

    #[test]
    fn quantiles_are_ranks() {
        let mut waits = Waits::default();
        assert_eq!(waits.quantile(0.5), Micros(0));
        for ms in 1..=100 {
            waits.record(Micros::from_ms(ms));
        }
        let at = |share| waits.quantile(share).as_ms();
        assert!((50..=51).contains(&at(0.5)), "{}", at(0.5));
        assert!((99..=102).contains(&at(0.99)), "{}", at(0.99));
        assert_eq!((at(1.0), waits.max()), (100, Micros::from_ms(100)));
        let mut twice = waits.clone();
        twice.add(&waits);
        assert_eq!((twice.count(), twice.quantile(0.5)), (200, waits.quantile(0.5)));
    }
}
