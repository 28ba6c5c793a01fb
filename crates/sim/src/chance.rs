//! The only randomness: a stream of numbers for each subject, all from one seed.
//!
//! Each subject draws from a stream of its own, so that all strategies meet the same visitors and
//! the same deaths, however much each of them draws for its own ends.

use fastrand::Rng;

use crate::time::Micros;

/// Who draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// When visitors come, where, and their luck.
    Visitors,
    /// How long isolates live, and their names.
    Births,
    /// Delays and losses of messages.
    Network,
    /// The jitter that core is given.
    Jitter,
    /// What machines' clocks are off by.
    Clocks,
    /// What a random case is made of.
    Plan,
    /// What calls are like, and what upstreams answer besides.
    Calls,
}

/// The stream of a subject.
pub fn stream(seed: u64, subject: Subject) -> Rng {
    Rng::with_seed(mix(seed ^ mix(subject as u64 + 1)))
}

/// A span with that mean, memoryless.
pub fn exponential(rng: &mut Rng, mean: Micros) -> Micros {
    Micros((-(1.0 - rng.f64()).ln() * mean.0 as f64) as u64)
}

/// A span from `low` to `high`.
pub fn between(rng: &mut Rng, low: Micros, high: Micros) -> Micros {
    Micros(rng.u64(low.0..=high.0))
}

/// Neighbouring seeds become far apart (the finaliser of SplitMix64).
fn mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
