//! What must hold at every step.
//!
//! The observer sees what isolates and the coordinator do and say, and knows nothing of how core
//! comes to it. Its bounds:
//!
//! - **Deadlines.** Within a generation, an opening's end never moves to a later time: neither the
//!   coordinator's, but for what its clock was set back by when it moved to another machine, and no
//!   further than a time to stay away that a report brings, nor,
//!   by a verdict of a generation that it has heard already, a replica's.
//! - **Permits.** No replica makes more calls on the coordinator's permits than it was granted. A
//!   grant is made only while fewer than `probes` of the same generation are out: granted, not
//!   expired, and not given back.
//! - **Conservation.** What a replica sends, each report counted once, is never more than it
//!   recorded, and all of it as long as it has known one generation and been closed; what it sends
//!   of a generation was begun in it. A report that is sent again is the same, and it is, until
//!   there is a reply, the generation is over, or eight were lost. A second copy changes neither
//!   counts nor generation. As long as a generation is closed and younger than the window, the
//!   coordinator's counts are the sum of the reports that arrived in it, each once.
//! - **One at a time.** An isolate sends no report while it waits for the reply to another.
//! - **Recovery.** When all is well again for as long as the policy's openings and the protocol's
//!   polls may take (see the plan), nobody is rejected, and every replica is closed.
//! - **Lost outcomes.** In calm weather, a call that was let through to find out how the upstream
//!   is and succeeded is told with the next report, at once; when as many were told as the policy
//!   wants, and none failed, the coordinator is no longer half open, nor is any replica seconds
//!   later. So after a permitted success no visitor is rejected for longer than two round trips.
//! - **Orders.** An order reaches each isolate with traffic within two polls, and ends everywhere
//!   within a second of its end; where clocks differ, within as much of it, and no later than a
//!   colo keeps a verdict.
//! - **Storage.** A coordinator that was restored is what it was, and goes on as it would have.

mod coordinator;
mod isolates;
mod outcomes;
mod permits;

use std::fmt;

use breakwater_core::circuit::breaker::{Override, State};
use breakwater_core::circuit::fleet::POLL;

use super::Plan;
use crate::strategy::{Order, Sight, Watch};
use crate::time::Micros;
use coordinator::CoordinatorLog;
use isolates::IsolateLog;
use outcomes::{Outcomes, Permitted};
use permits::Permits;

/// What must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Invariant {
    /// Deadlines do not move back.
    Deadline,
    /// No more calls than permits, and no more permits than probes.
    Permits,
    /// Counts are neither lost nor doubled.
    Conservation,
    /// At most one report is under way.
    OneAtATime,
    /// A healthy upstream is closed everywhere.
    Recovery,
    /// What a permitted call found out is never lost.
    LostOutcome,
    /// Operators' orders reach all, and end.
    Orders,
    /// What was stored comes back.
    Storage,
}

/// Something that must not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// When, in virtual time.
    pub at: Micros,
    /// What was violated.
    pub invariant: Invariant,
    /// By whom, and how.
    pub detail: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} violated at {}: {}", self.invariant, self.at, self.detail)
    }
}

/// How a check ends.
type Check = Result<(), (Invariant, String)>;

/// Watches a case.
#[derive(Debug, Default)]
pub struct Observer {
    coordinator: CoordinatorLog,
    permits: Permits,
    outcomes: Outcomes,
    isolates: Vec<IsolateLog>,
    settled: Micros,
    order: Option<LastOrder>,
    violation: Option<Violation>,
}

/// The order that all must follow.
#[derive(Clone, Copy, Debug)]
struct LastOrder {
    from: Micros,
    until: Micros,
    /// How late its end may come, and how early: where clocks differ, isolates are wrong about how
    /// old a verdict is that their colo keeps.
    late: Micros,
    early: Micros,
    order: Order,
}

impl Observer {
    /// An observer of that case.
    pub fn new(plan: &Plan) -> Self {
        let mut isolates = Vec::new();
        isolates.resize_with(plan.trial.isolates as usize, IsolateLog::default);
        let apart = Micros::from_ms(2 * u64::from(plan.trial.scenario.skew_ms));
        let second = Micros::from_secs(1);
        let order = plan.last_order.map(|(from, order)| LastOrder {
            from,
            until: from + plan.order_lasts,
            late: apart.min(Micros::from(POLL)) + second,
            early: apart + second,
            order,
        });
        let settled = plan.settled;
        let outcomes = Outcomes::new(plan);
        Self { isolates, settled, order, outcomes, ..Self::default() }
    }

    /// The first violation.
    pub const fn violation(&self) -> Option<&Violation> {
        self.violation.as_ref()
    }

    fn check(&mut self, now: Micros, sight: &Sight<'_>) -> Check {
        match *sight {
            Sight::Born { isolate, name } => {
                self.isolates[isolate as usize] = IsolateLog::new(name, now);
                self.outcomes.handle_birth(isolate, name);
                Ok(())
            }
            Sight::Decided { isolate, replica, permit, clock } => {
                let log = &mut self.isolates[isolate as usize];
                log.note_state(replica.state(clock));
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
                if now >= self.settled && !is_ordered {
                    check_settled(isolate, permit.is_some(), replica.state(clock))?;
                }
                if let Some(order) = self.order.filter(|_| is_ordered) {
                    let is_bypassed = replica.is_bypassed(clock);
                    log.check_order(&order, replica.state(clock), is_bypassed, now)?;
                }
                Ok(())
            }
            Sight::Recorded {
                isolate,
                replica,
                is_from_fleet,
                is_probe,
                generation,
                completion,
                clock,
            } => {
                let permit = match (is_from_fleet, is_probe) {
                    (true, _) => Permitted::ByFleet,
                    (false, true) => Permitted::ByItself,
                    (false, false) => Permitted::Ordinarily,
                };
                self.outcomes.handle_record(isolate, permit, generation, completion, now);
                let log = &mut self.isolates[isolate as usize];
                if !is_from_fleet {
                    log.handle_record(generation, completion);
                }
                // A local opening ends here, and may last too short to be seen by the next visitor.
                log.note_state(replica.state(clock));
                Ok(())
            }
            Sight::Sent { isolate, report, is_second } => {
                if is_second {
                    let detail =
                        format!("isolate {isolate} waits for a reply, and sent {report:?}");
                    return Err((Invariant::OneAtATime, detail));
                }
                self.outcomes.handle_send(isolate, report);
                self.isolates[isolate as usize].handle_send(report)
            }
            Sight::Learning { isolate, replica, clock, .. } => {
                self.isolates[isolate as usize].handle_learning(replica, clock);
                Ok(())
            }
            Sight::Learned { isolate, replica, verdict, is_own, clock } => {
                if let Some(verdict) = verdict {
                    self.outcomes.handle_verdict(isolate, verdict, is_own);
                }
                let log = &mut self.isolates[isolate as usize];
                log.handle_learned(replica, verdict, is_own, clock)
            }
            Sight::Delivering { coordinator, report, policy, has_probe, random, clock } => {
                self.coordinator.prepare(coordinator, report, policy, has_probe, random, clock);
                self.permits.handle_report(coordinator, report);
                self.outcomes.prepare(coordinator, report, policy, clock);
                Ok(())
            }
            Sight::Delivered { coordinator, report, policy, answer, clock } => {
                self.coordinator.handle_delivered(coordinator, report, policy, now, clock)?;
                self.outcomes.handle_delivered(coordinator, policy, now)?;
                self.permits.handle_answer(coordinator, report.replica, answer, policy, clock)
            }
            Sight::Answered { coordinator, replica, policy, verdict, clock } => {
                self.coordinator.handle_change(coordinator, now, clock)?;
                self.permits.handle_verdict(coordinator, replica, verdict, policy, clock)
            }
            Sight::Changed { coordinator, clock } => {
                self.outcomes.handle_change(coordinator, now);
                self.coordinator.handle_change(coordinator, now, clock)
            }
            Sight::Restored { old, new, policy, before, after } => {
                self.permits.forget_grants();
                self.outcomes.handle_restore(now);
                self.coordinator.handle_restore(old, new, policy, now, before, after)
            }
        }
    }
}

impl Watch for Observer {
    fn see(&mut self, now: Micros, sight: Sight<'_>) {
        if self.violation.is_some() {
            return;
        }
        if let Err((invariant, detail)) = self.check(now, &sight) {
            self.violation = Some(Violation { at: now, invariant, detail });
        }
    }
}

fn check_settled(isolate: u32, is_admitted: bool, state: State) -> Check {
    if is_admitted && (state == State::Closed || state == State::MetricsOnly) {
        return Ok(());
    }
    let what = if is_admitted { "admits" } else { "rejects" };
    let detail = format!("isolate {isolate} is {state} and {what} though all is well for long");
    Err((Invariant::Recovery, detail))
}

/// What an order makes a replica read.
const fn ordered(order: Order) -> Option<State> {
    match order {
        Order::Override(Some(chosen), _) => Some(Override::state(chosen)),
        Order::Bypass(Some(_)) => Some(State::ForcedClosed),
        Order::Override(None, _) | Order::Bypass(None) => None,
    }
}
