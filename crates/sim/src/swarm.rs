//! Random cases by the thousand, each checked at every step.
//!
//! A seed makes a [`Plan`]: a small fleet, a policy, and what befalls them; then all is well for
//! long enough that the fleet must be, too. An [`Observer`] sees every step and knows only what
//! was sent and what core says about itself.

mod case;
mod checker;
mod policy;
mod regressions;

pub use case::Case;
pub use checker::{Checker, Invariant, Violation};
pub use regressions::REGRESSIONS;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use breakwater_core::time::Millis;

use crate::simulation::Simulation;
use crate::strategy::{Breakwater, FleetEvent};
use crate::time::Micros;
use crate::world::Event;

/// A violation is looked for so often; it knows its time by itself.
const CHUNK: Micros = Micros::from_secs(5);

/// A case that failed.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The seed of the case.
    pub seed: u64,
    /// What was violated; nothing if core panicked.
    pub violation: Option<Violation>,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.violation {
            Some(violation) => writeln!(f, "seed {}: {violation}", self.seed)?,
            None => writeln!(f, "seed {}: a panic", self.seed)?,
        }
        write!(f, "  cargo run --release -p breakwater-sim -- --swarm 1 --seed {}", self.seed)
    }
}

/// Plays the case of a seed.
///
/// # Errors
/// The first violation.
pub fn play(seed: u64) -> Result<(), Violation> {
    let case = Case::new(seed);
    let mut run = Simulation::<Breakwater<Checker>>::new(&case.trial);
    for &(at, order) in &case.orders {
        run.world.events.schedule(at, Event::Strategy(FleetEvent::OrderGiven(order)));
    }
    let end = case.trial.scenario.length;
    run.strategy.observer = Checker::new(&case);
    let mut at = Micros(0);
    while at < end {
        at = (at + CHUNK).min(end);
        run.run_until(at);
        if let Some(violation) = run.strategy.observer.violation() {
            return Err(violation.clone());
        }
    }
    Ok(())
}

/// Plays the cases of so many seeds from `first` on, on all cores. `progress` is told how many are
/// done. Failures come in the order of their seeds.
pub fn run_many(first: u64, cases: u64, mut progress: impl FnMut(u64)) -> Vec<Failure> {
    let next = AtomicU64::new(0);
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let (done, results) = channel();
    let mut failures = thread::scope(|scope| {
        for _ in 0..cores {
            let (next, done) = (&next, done.clone());
            scope.spawn(move || {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= cases {
                        return;
                    }
                    // The receiver lives until all have been sent.
                    let _ = done.send(try_to_play(first.wrapping_add(number)));
                }
            });
        }
        drop(done);
        gather(&results, &mut progress)
    });
    failures.sort_by_key(|failure| failure.seed);
    failures
}

fn gather(results: &Receiver<Result<(), Failure>>, progress: &mut impl FnMut(u64)) -> Vec<Failure> {
    let mut failures = Vec::new();
    for (number, result) in results.iter().enumerate() {
        failures.extend(result.err());
        progress(number as u64 + 1);
    }
    failures
}

fn try_to_play(seed: u64) -> Result<(), Failure> {
    match catch_unwind(AssertUnwindSafe(|| play(seed))) {
        Ok(results) => results.map_err(|violation| Failure { seed, violation: Some(violation) }),
        Err(_) => Err(Failure { seed, violation: None }),
    }
}

/// A span of core's as one of ours.
fn micros(span: Millis) -> Micros {
    Micros::from(span)
}
