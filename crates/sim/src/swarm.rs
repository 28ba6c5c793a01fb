//! Random cases by the thousand, each checked at every step.
//!
//! A seed stands for a [`Case`]: a small fleet, a policy, and the faults that it meets. After the
//! faults there is enough time for the fleet to become stable. A [`Checker`] observes every step
//! and knows only what was sent and what core says about itself. A case that fails is simplified
//! by [`shrink()`] as far as it keeps failing in the same way.

mod case;
mod checker;
mod failure;
mod random_case;
mod random_policy;
mod regressions;
mod shrink;

pub use case::{Case, Deploy, ParseCaseError, TimedOrder};
pub use checker::{Checker, Invariant, Violation};
pub use failure::{FailedSeed, Failure, FailureKind};
pub use regressions::REGRESSIONS;
pub use shrink::{SHRINK_RUNS, Shrunk, shrink};

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::parallel::run_jobs;
use crate::simulation::Simulation;
use crate::strategy::{Breakwater, FleetEvent, Observer};
use crate::time::Micros;
use crate::world::Event;

/// The run looks for a violation every 5 s of virtual time; the violation knows its exact time.
const CHECK_INTERVAL: Micros = Micros::from_secs(5);

/// Runs a case.
///
/// # Errors
/// The first violation, or a panic.
pub fn run_case(case: &Case) -> Result<(), Failure> {
    run_observed(case, Checker::new(case), |checker| checker.violation().cloned())
}

/// Runs a case with an observer, until `violation` finds one in it.
///
/// # Errors
/// The violation, or a panic.
pub fn run_observed<O: Observer>(
    case: &Case,
    observer: O,
    violation: impl Fn(&O) -> Option<Violation>,
) -> Result<(), Failure> {
    let run = AssertUnwindSafe(|| {
        let mut simulation = Simulation::<Breakwater<O>>::new(&case.trial());
        for (at, order) in case.all_orders() {
            let event = Event::Strategy(FleetEvent::OrderGiven(order));
            simulation.world.events.schedule(at, event);
        }
        simulation.strategy.observer = observer;
        let end = case.end();
        let mut at = Micros(0);
        while at < end {
            at = (at + CHECK_INTERVAL).min(end);
            simulation.run_until(at);
            if let Some(violation) = violation(&simulation.strategy.observer) {
                return Err(violation);
            }
        }
        Ok(())
    });
    match catch_unwind(run) {
        Ok(result) => result.map_err(Failure::Violation),
        Err(panic) => Err(Failure::Panic(message(panic.as_ref()))),
    }
}

/// Runs the random cases of `cases` seeds from `first` on, on all cores, and returns the failures
/// in the order of their seeds. `progress` is given the number of cases that have run.
pub fn run_many(first: u64, cases: u64, progress: impl FnMut(u64)) -> Vec<FailedSeed> {
    let job = |number: u64| {
        let seed = first.wrapping_add(number);
        run_case(&Case::random(seed)).err().map(|failure| FailedSeed { seed, failure })
    };
    run_jobs(cases, job, progress)
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "no message".to_owned())
}
