//! Circuit breakers in one shape: one call with a known outcome, or a rejection.
//!
//! Every peer is set up to do the same work as far as it can: trip at five failures in a row, or
//! at half of the calls in a window of a minute with at least 20 calls. What a peer lacks stays
//! out of its row, and the document says so. All peers read the clock themselves; Breakwater takes
//! `now` as a parameter, so it is measured without a clock, as at the edge, where time stands
//! still between I/O, and with one read for each acquire and record.

mod ours;
mod peers;

pub use ours::{Clock, Given, Ours, Read};
pub use peers::{CircuitbreakerRs, Failsafe, Recloser, TowerResilience};

/// The trip rules that are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Five failures in a row.
    Consecutive,
    /// Half of at least 20 calls in a minute, or in the last 100 calls where there is no time
    /// window.
    Rate,
}

/// A breaker under measurement.
pub trait Subject {
    /// Makes a call that fails or not. Whether it was admitted.
    fn call(&mut self, fails: bool) -> bool;
}

/// Opens a subject by failing until it rejects.
///
/// # Panics
/// If it does not open within a thousand failures.
pub fn open(subject: &mut impl Subject) {
    assert!((0..1_000).any(|_| !subject.call(true)), "it does not open");
}
