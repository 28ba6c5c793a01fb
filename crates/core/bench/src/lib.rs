//! Circuit breakers behind one interface: a call with a known outcome, which is admitted or
//! rejected.
//!
//! Every peer is configured to do the same work as far as it can: trip at five failures in a row,
//! or at half of the calls in a window of a minute with at least 20 calls. A rule that a peer lacks
//! is left out of its row, and the document says so. All peers read the clock themselves.
//! Breakwater takes `now` as a parameter, so it is measured in two ways: without a clock, as at the
//! edge, where time stands still between I/O, and with one reading of the clock for each acquire
//! and each record.

mod ours;
mod peers;

pub use ours::{Clock, Given, Ours, Read};
pub use peers::{CircuitbreakerRs, Failsafe, Recloser, TowerResilience};

/// The trip rules that are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// The breaker trips at five failures in a row.
    Consecutive,
    /// The breaker trips if at least half of the calls in a minute fail, with at least 20 calls. A
    /// peer without a time window uses its last 100 calls.
    Rate,
}

/// A breaker that is measured.
pub trait Subject {
    /// Makes a call that fails if `fails` is set. Returns whether the call was admitted.
    fn call(&mut self, fails: bool) -> bool;
}

/// Opens a subject by failing until it rejects.
///
/// # Panics
/// Panics if the breaker does not open within a thousand failures.
pub fn open(subject: &mut impl Subject) {
    assert!((0..1_000).any(|_| !subject.call(true)), "it does not open");
}
