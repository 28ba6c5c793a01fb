//! The only source of randomness: one stream of numbers per use, all derived from one seed.
//!
//! Each use draws from its own stream, so all strategies meet the same visitors and the same
//! isolate lifetimes, however many numbers each of them draws for its own purposes.

use fastrand::Rng;

use crate::time::Micros;

/// The uses of randomness, each with a stream of its own.
///
/// A stream is derived from the position of its variant: reordering them changes every result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// When visitors come, to which isolate, and the seeds of their calls.
    Arrivals,
    /// How long isolates live, and their names.
    Lifetimes,
    /// Delays and losses of messages.
    Network,
    /// The jitter that core is given.
    Jitter,
    /// The offsets of machines' clocks.
    Clocks,
    /// What a random case consists of.
    Case,
    /// Which calls are unsafe, and which of them the upstream throttles.
    Calls,
    /// How much later than planned the upstream is mended, in a campaign.
    Mending,
    /// The share of requests that have a copy at hand, in a random case.
    Copies,
}

/// Returns the generator of a stream.
pub fn stream(seed: u64, stream: Stream) -> Rng {
    Rng::with_seed(mix(seed ^ mix(stream as u64 + 1)))
}

/// Draws a span from the exponential distribution with this mean.
pub fn exponential(rng: &mut Rng, mean: Micros) -> Micros {
    Micros((-(1.0 - rng.f64()).ln() * mean.0 as f64) as u64)
}

/// Draws a span from `low` to `high`, both included.
pub fn uniform(rng: &mut Rng, low: Micros, high: Micros) -> Micros {
    Micros(rng.u64(low.0..=high.0))
}

/// The properties of a visitor's request that come from its seed, each independent of the others.
///
/// A property is derived from the position of its variant, as a stream is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Property {
    /// Whether a copy is at hand.
    HasCopy,
    /// How long the upstream works on the call, where its times have a heavy tail.
    Work,
    /// Whether the call fails in a brownout.
    Fails,
}

/// Derives a number from 0 to 1, without 1, for a property of the visitor with this seed.
pub fn share_of(seed: u64, property: Property) -> f64 {
    let bits = mix(seed ^ mix(!(property as u64)));
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

/// Moves neighbouring seeds far apart (the finaliser of SplitMix64).
fn mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_of_one_visitor_are_independent() {
        const SEEDS: u64 = 100_000;
        let both = |seed: &u64| {
            share_of(*seed, Property::HasCopy) < 0.5 && share_of(*seed, Property::Fails) < 0.5
        };
        let count = (0..SEEDS).filter(both).count();
        assert!((24_500..25_500).contains(&count), "{count} of {SEEDS}");
    }
}
