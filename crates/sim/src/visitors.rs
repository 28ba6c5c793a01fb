//! Who comes, and when.

use fastrand::Rng;

use crate::time::Micros;

/// A visitor at an isolate.
#[derive(Clone, Copy, Debug)]
pub struct Visitor {
    /// Which isolate gets the request.
    pub isolate: u32,
    /// When.
    pub at: Micros,
    /// Uniform over all of `u64`: how long the upstream works on it, and whether it errs.
    pub luck: u64,
}

/// A Poisson process over all isolates.
#[derive(Debug)]
pub struct Visitors {
    rng: Rng,
    isolates: u32,
    /// Mean time between two visitors, in microseconds.
    gap: f64,
    /// When the next one comes, in microseconds; kept as a fraction, so that no rate is rounded.
    next: f64,
}

impl Visitors {
    /// So many visitors per second over so many isolates.
    pub fn new(rps: u32, isolates: u32, rng: Rng) -> Self {
        let mut visitors = Self { rng, isolates, gap: 1e6 / f64::from(rps), next: 0.0 };
        visitors.advance();
        visitors
    }

    /// When the next one comes.
    pub const fn next_at(&self) -> Micros {
        Micros(self.next as u64)
    }

    /// The next one.
    pub fn take(&mut self) -> Visitor {
        let at = self.next_at();
        self.advance();
        Visitor { isolate: self.rng.u32(..self.isolates), at, luck: self.rng.u64(..) }
    }

    fn advance(&mut self) {
        self.next -= (1.0 - self.rng.f64()).ln() * self.gap;
    }
}
