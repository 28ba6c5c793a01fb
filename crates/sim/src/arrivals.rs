//! The arrival process of visitors.

use fastrand::Rng;

use crate::time::Micros;

/// The arrival of a visitor's request at an isolate.
#[derive(Clone, Copy, Debug)]
pub struct Arrival {
    /// The isolate that gets the request.
    pub isolate: u32,
    /// The time of the arrival.
    pub at: Micros,
    /// A number uniform over all of `u64`, which decides how long the upstream works on the call
    /// and whether it fails there.
    pub seed: u64,
}

/// A Poisson process whose arrivals are spread evenly over all isolates.
#[derive(Debug)]
pub struct Arrivals {
    rng: Rng,
    isolates: u32,
    /// Mean time between two arrivals, in microseconds.
    mean_gap: f64,
    /// Time of the next arrival, in microseconds; a fraction, so that no rate is rounded.
    next: f64,
}

impl Arrivals {
    /// Starts a process of `rps` visitors per second over `isolates` isolates.
    pub fn new(rps: u32, isolates: u32, rng: Rng) -> Self {
        let mut arrivals = Self { rng, isolates, mean_gap: 1e6 / f64::from(rps), next: 0.0 };
        arrivals.advance();
        arrivals
    }

    /// The time of the next arrival.
    pub const fn next_at(&self) -> Micros {
        Micros(self.next as u64)
    }

    /// Takes the next arrival.
    pub fn pop(&mut self) -> Arrival {
        let at = self.next_at();
        self.advance();
        Arrival { isolate: self.rng.u32(..self.isolates), at, seed: self.rng.u64(..) }
    }

    fn advance(&mut self) {
        self.next -= (1.0 - self.rng.f64()).ln() * self.mean_gap;
    }
}
