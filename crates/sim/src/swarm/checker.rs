//! The invariants, checked at every step.
//!
//! The checker sees what isolates and the coordinator do and send, and knows nothing of how core
//! decides it. The invariants:
//!
//! - **Deadlines.** Within a generation, the end of an opening never moves to a later time. For the
//!   coordinator there are two exceptions: what its clock was set back by when it moved to another
//!   machine, and a time to stay away that a report brings. For a replica the rule holds for
//!   verdicts of a generation that it has heard of already.
//! - **Permits.** No replica makes more calls on the coordinator's permits than it was granted. The
//!   coordinator grants a permit only while fewer than `probes` permits of the same generation are
//!   outstanding: granted, not expired, and not given back.
//! - **Conservation.** The calls that a replica reports, each report counted once, are never more
//!   than the calls that it recorded, and are all of them as long as it has known only one
//!   generation and has been closed. The calls that it reports for a generation began in that
//!   generation. A report that is sent again has not changed. It is sent again until there is a
//!   reply, the generation is over, or eight copies were lost. A second copy changes neither counts
//!   nor generation. While a generation is closed and younger than the window, the coordinator's
//!   counts are the sum of the reports that arrived in it, each counted once.
//! - **One at a time.** An isolate sends no report while it waits for the reply to another.
//! - **Recovery.** After the faults have been over for as long as the policy's openings and the
//!   protocol's polls may take (see [`Case`]), no visitor is rejected, and every replica is closed.
//! - **Lost outcomes.** While the network has no faults, the success of a probe is reported at
//!   once. When as many successes were reported as the policy requires, and no failure, the
//!   coordinator is no longer half open, and seconds later no replica is. So after a successful
//!   probe no visitor is rejected for longer than two round trips.
//! - **Orders.** An order reaches each isolate with traffic within two polls, and ends everywhere
//!   within a second of its end. Where clocks differ, it may end later by that difference, but no
//!   later than a colo keeps a verdict.
//! - **Storage.** A restored coordinator equals the one before, and continues as that one would
//!   have.

mod coordinator;
mod isolates;
mod outcomes;
mod permits;

use std::fmt;

use breakwater_core::circuit::breaker::{Override, State};
use breakwater_core::circuit::fleet::POLL;

use super::Case;
use super::case::order_length;
use crate::strategy::{Observation, Observer, Order};
use crate::time::Micros;
use coordinator::CoordinatorLog;
use isolates::IsolateLog;
use outcomes::{Outcomes, PermitSource};
use permits::Permits;

/// The invariants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Invariant {
    /// Deadlines do not move to a later time.
    Deadline,
    /// There are no more calls than permits, and no more permits than probes.
    Permits,
    /// No count is lost or doubled.
    Conservation,
    /// An isolate has at most one report in flight.
    OneAtATime,
    /// With a healthy upstream every circuit closes.
    Recovery,
    /// The outcome of a probe is never lost.
    LostOutcome,
    /// Operators' orders reach all isolates, and end.
    Orders,
    /// Stored state is restored unchanged.
    Storage,
}

/// A violation of an invariant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// When the invariant was violated, in virtual time.
    pub at: Micros,
    /// The invariant.
    pub invariant: Invariant,
    /// What happened, and to which isolate or replica.
    pub detail: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} violated at {}: {}", self.invariant, self.at, self.detail)
    }
}

/// The result of a check.
type CheckResult = Result<(), (Invariant, String)>;

/// Observes the run of a case and checks the invariants.
#[derive(Debug, Default)]
pub struct Checker {
    coordinator: CoordinatorLog,
    permits: Permits,
    outcomes: Outcomes,
    isolates: Vec<IsolateLog>,
    stable_from: Micros,
    order: Option<LastOrder>,
    violation: Option<Violation>,
}

/// The order that all isolates must follow.
#[derive(Clone, Copy, Debug)]
struct LastOrder {
    from: Micros,
    until: Micros,
    /// How late the order may end, and how early. Where clocks differ, isolates misjudge the age of
    /// a verdict in their colo's cache.
    late: Micros,
    early: Micros,
    order: Order,
}

impl Checker {
    /// Creates the checker of a case.
    pub fn new(case: &Case) -> Self {
        let mut isolates = Vec::new();
        isolates.resize_with(case.isolates as usize, IsolateLog::default);
        let apart = Micros::from_ms(2 * u64::from(case.skew_ms));
        let second = Micros::from_secs(1);
        let order = case.final_order().map(|(from, order)| LastOrder {
            from,
            until: from + order_length(order),
            late: apart.min(Micros::from(POLL)) + second,
            early: apart + second,
            order,
        });
        let stable_from = case.stable_from();
        let outcomes = Outcomes::new(case);
        Self { isolates, stable_from, order, outcomes, ..Self::default() }
    }

    /// The first violation.
    pub const fn violation(&self) -> Option<&Violation> {
        self.violation.as_ref()
    }

    fn check(&mut self, now: Micros, observation: &Observation<'_>) -> CheckResult {
        match *observation {
            Observation::Started { isolate, name } => {
                self.isolates[isolate as usize] = IsolateLog::new(name, now);
                self.outcomes.handle_start(isolate, name);
                Ok(())
            }
            Observation::Decided { isolate, replica, permit, clock } => {
                let log = &mut self.isolates[isolate as usize];
                log.record_state(replica.state(clock));
                if permit.is_some_and(|permit| permit.is_from_fleet()) {
                    self.permits.handle_use(log.name())?;
                }
                self.outcomes.handle_visitor(
                    isolate,
                    permit.is_some(),
                    replica.state(clock),
                    now,
                )?;
                if permit.is_some_and(|permit| permit.is_probe() && !permit.is_from_fleet()) {
                    self.outcomes.handle_own_probe(isolate);
                }
                let is_ordered = self.order.is_some_and(|order| now >= order.from);
                if now >= self.stable_from && !is_ordered {
                    check_settled(isolate, permit.is_some(), replica.state(clock))?;
                }
                if let Some(order) = self.order.filter(|_| is_ordered) {
                    let is_bypassed = replica.is_bypassed(clock);
                    log.check_order(&order, replica.state(clock), is_bypassed, now)?;
                }
                Ok(())
            }
            Observation::Recorded {
                isolate,
                replica,
                is_from_fleet,
                is_probe,
                generation,
                completion,
                clock,
            } => {
                let permit = match (is_from_fleet, is_probe) {
                    (true, _) => PermitSource::Coordinator,
                    (false, true) => PermitSource::OwnBreaker,
                    (false, false) => PermitSource::ClosedCircuit,
                };
                self.outcomes.handle_record(isolate, permit, generation, completion, now);
                let log = &mut self.isolates[isolate as usize];
                if !is_from_fleet {
                    log.handle_record(generation, completion);
                }
                // An opening of the replica's own breaker ends here, and may be too short for the
                // next visitor to see.
                log.record_state(replica.state(clock));
                Ok(())
            }
            Observation::Sent { isolate, report, is_second } => {
                if is_second {
                    let detail =
                        format!("isolate {isolate} waits for a reply, and sent {report:?}");
                    return Err((Invariant::OneAtATime, detail));
                }
                self.outcomes.handle_send(isolate, report);
                self.isolates[isolate as usize].handle_send(report)
            }
            Observation::VerdictReceived { isolate, replica, clock, .. } => {
                self.isolates[isolate as usize].prepare_verdict(replica, clock);
                Ok(())
            }
            Observation::VerdictHandled { isolate, replica, verdict, is_own, clock } => {
                if let Some(verdict) = verdict {
                    self.outcomes.handle_verdict(isolate, verdict, is_own);
                }
                let log = &mut self.isolates[isolate as usize];
                log.check_verdict(replica, verdict, is_own, clock)
            }
            Observation::ReportReceived {
                coordinator,
                report,
                policy,
                has_probe,
                random,
                clock,
            } => {
                self.coordinator.prepare(coordinator, report, policy, has_probe, random, clock);
                self.permits.handle_report(coordinator, report);
                self.outcomes.prepare(coordinator, report, policy, clock);
                Ok(())
            }
            Observation::ReportHandled { coordinator, report, policy, clock } => {
                self.coordinator.check_report(coordinator, report, policy, now, clock)?;
                self.outcomes.check_report(coordinator, policy, now)
            }
            Observation::ReplySent { coordinator, replica, policy, verdict, clock } => {
                self.coordinator.handle_change(coordinator, now, clock)?;
                self.permits.handle_verdict(coordinator, replica, verdict, policy, clock)
            }
            Observation::Changed { coordinator, clock } => {
                self.outcomes.handle_change(coordinator, now);
                self.coordinator.handle_change(coordinator, now, clock)
            }
            Observation::Restored { old, new, policy, before, after } => {
                self.permits.forget_grants();
                self.outcomes.handle_restore(now);
                self.coordinator.handle_restore(old, new, policy, now, before, after)
            }
        }
    }
}

impl Observer for Checker {
    fn observe(&mut self, now: Micros, observation: Observation<'_>) {
        if self.violation.is_some() {
            return;
        }
        if let Err((invariant, detail)) = self.check(now, &observation) {
            self.violation = Some(Violation { at: now, invariant, detail });
        }
    }
}

fn check_settled(isolate: u32, is_admitted: bool, state: State) -> CheckResult {
    if is_admitted && (state == State::Closed || state == State::MetricsOnly) {
        return Ok(());
    }
    let what = if is_admitted { "admits" } else { "rejects" };
    let detail = format!("isolate {isolate} is {state} and {what} though all is well for long");
    Err((Invariant::Recovery, detail))
}

/// The state that a replica shows while an order holds.
const fn ordered(order: Order) -> Option<State> {
    match order {
        Order::Override { chosen: Some(chosen), .. } => Some(Override::state(chosen)),
        Order::Bypass { lasts: Some(_) } => Some(State::ForcedClosed),
        Order::Override { chosen: None, .. } | Order::Bypass { lasts: None } => None,
    }
}
