//! The reports that the coordinator received, and the state that follows from them.

use std::collections::BTreeMap;

use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::circuit::breaker::State;
use breakwater_core::circuit::fleet::{Coordinator, Orders, Report};
use breakwater_core::circuit::policy::{Policy, WindowKind};
use breakwater_core::circuit::window::Tally;

use super::{CheckResult, Invariant};
use crate::time::Micros;

/// One of 8 reports is also given to a coordinator that was restored for it.
const SHADOW_EVERY: u32 = 8;

/// Core takes a step back of the clock by less than 1,000 ms for jitter.
const CLAMPED_MS: u64 = 1_000;

/// How long failures in a half-open period wait to be checked by a probe, before the circuit opens
/// again without one.
const CHECK_LASTS: Millis = Millis::from_secs(15);

/// The history of the coordinator.
#[derive(Debug, Default)]
pub(super) struct CoordinatorLog {
    /// The newest sequence that arrived from each replica.
    sequences: BTreeMap<u64, u32>,
    /// The policy that it was given last.
    policy: Option<Policy>,
    generation: u64,
    /// The end of the opening of this generation, in virtual milliseconds.
    deadline_ms: Option<u64>,
    /// Until this virtual time, in milliseconds, the clock may show less than it did before it was
    /// set back. Core's time may stand still for up to a second of it, and an opening that begins
    /// then lasts longer by as much.
    still_until_ms: u64,
    sum: ReportedCalls,
    /// The state before the report that is being applied.
    prepared: Option<Prepared>,
}

/// The calls that were reported in a closed generation.
#[derive(Clone, Copy, Debug, Default)]
struct ReportedCalls {
    calls: u32,
    failures: u32,
    slow_calls: u32,
    /// When the generation began, and by how much the clock has jumped since, in milliseconds.
    began: Option<Timestamp>,
    jumped_ms: u64,
    /// Whether the policy has changed since, and the window with it.
    is_void: bool,
}

#[derive(Debug)]
struct Prepared {
    generation: u64,
    state: State,
    /// Since when it is so, if it ever changed.
    since: Option<Timestamp>,
    tally: Tally,
    orders: Orders,
    is_new: bool,
    shadow: Option<Coordinator>,
}

impl CoordinatorLog {
    /// Remembers the state before a report is applied.
    pub(super) fn prepare(
        &mut self,
        coordinator: &Coordinator,
        report: &Report,
        policy: &Policy,
        has_probe: bool,
        random: u32,
        clock: Timestamp,
    ) {
        if self.policy.as_ref() != Some(policy) {
            self.sum.is_void |= self.policy.is_some();
            self.policy = Some(policy.clone());
        }
        let newest = self.sequences.get(&report.replica).copied();
        let is_chosen = (report.replica as u32 ^ report.sequence).is_multiple_of(SHADOW_EVERY);
        let shadow = (is_chosen && coordinator.state() == State::Closed)
            .then(|| {
                let rows = coordinator.stored_replicas();
                Coordinator::restore(&coordinator.snapshot(), rows, policy).ok()
            })
            .flatten()
            .map(|mut shadow| {
                shadow.handle_report(policy, report, has_probe, random, clock);
                shadow
            });
        self.prepared = Some(Prepared {
            generation: coordinator.generation(),
            state: coordinator.state(),
            since: coordinator.last_transition().map(|transition| transition.at),
            tally: coordinator.tally(clock),
            orders: coordinator.orders(clock),
            is_new: newest.is_none_or(|newest| report.sequence > newest),
            shadow,
        });
    }

    /// Checks the state after the report was applied.
    pub(super) fn check_report(
        &mut self,
        coordinator: &Coordinator,
        report: &Report,
        policy: &Policy,
        now: Micros,
        clock: Timestamp,
    ) -> CheckResult {
        let Some(before) = self.prepared.take() else { return Ok(()) };
        if before.is_new {
            self.allow_named_time(report, policy, now);
        }
        if let Some(shadow) = &before.shadow {
            check_shadow(shadow, coordinator, report)?;
        }
        self.handle_change(coordinator, now, clock)?;
        if !before.is_new {
            return check_copy(&before, coordinator, report, self.sum.is_void, clock);
        }
        self.sequences.insert(report.replica, report.sequence);
        self.add(&before, report);
        self.check_sum(coordinator, policy, clock)
    }

    /// Allows a later end of the opening if the report brings a time to stay away.
    fn allow_named_time(&mut self, report: &Report, policy: &Policy, now: Micros) {
        let delta = report.delta;
        let throttled = delta.throttled_for.map(|span| span.min(policy.open_for_max.get()));
        if let Some(span) = throttled.max(delta.exhausted_for) {
            let still = self.still_until_ms.saturating_sub(now.as_ms()).min(CLAMPED_MS);
            let until = now.as_ms() + span.max(CLAMPED_MS) + still;
            self.deadline_ms = self.deadline_ms.map(|deadline| deadline.max(until));
        }
    }

    /// Checks the state after any change.
    pub(super) fn handle_change(
        &mut self,
        coordinator: &Coordinator,
        now: Micros,
        clock: Timestamp,
    ) -> CheckResult {
        let generation = coordinator.generation();
        if generation < self.generation {
            let detail = format!("generation {generation} follows {}", self.generation);
            return Err((Invariant::Storage, detail));
        }
        if generation != self.generation {
            self.generation = generation;
            self.deadline_ms = None;
            self.sum = ReportedCalls { began: Some(clock), ..ReportedCalls::default() };
        }
        self.sum.began.get_or_insert(clock);
        if coordinator.state() != State::Open {
            return Ok(());
        }
        let left = coordinator.retry_after(clock).map_or(0, |left| left.get());
        let deadline = now.as_ms() + left;
        match self.deadline_ms {
            Some(earlier) if left > 0 && deadline > earlier => {
                let moved = deadline - earlier;
                let detail = format!("the opening of generation {generation} grew by {moved} ms");
                Err((Invariant::Deadline, detail))
            }
            Some(_) => Ok(()),
            None => {
                let still = self.still_until_ms.saturating_sub(now.as_ms()).min(CLAMPED_MS);
                self.deadline_ms = Some(deadline + still);
                Ok(())
            }
        }
    }

    /// Checks a coordinator that was restored on a machine with another clock.
    pub(super) fn handle_restore(
        &mut self,
        old: &Coordinator,
        new: &Coordinator,
        policy: &Policy,
        now: Micros,
        before: Timestamp,
        after: Timestamp,
    ) -> CheckResult {
        if self.policy.as_ref() == Some(policy) {
            check_restored(old, new, before)?;
        }
        // An opening may grow by the step that the clock is set back, since the coordinator cannot
        // know how long it was away.
        let back = before.since(after).get();
        self.deadline_ms = self.deadline_ms.map(|deadline| deadline + back);
        self.still_until_ms = self.still_until_ms.max(now.as_ms()) + back;
        self.sum.jumped_ms += back.max(after.since(before).get());
        self.handle_change(new, now, after)
    }

    /// Adds the calls of a report that must count.
    fn add(&mut self, before: &Prepared, report: &Report) {
        // An order whose time is over ends before the report is applied, if it ends at all.
        self.sum.is_void |= has_lapsed(before) && before.generation != self.generation;
        let is_current = report.generation.is_none_or(|known| known == before.generation);
        let goes_on = before.generation == self.generation && before.state == State::Closed;
        if is_current && goes_on {
            let delta = report.delta;
            self.sum.calls += delta.calls;
            self.sum.failures += delta.failures;
            self.sum.slow_calls += delta.slow_calls;
        }
    }

    fn check_sum(
        &self,
        coordinator: &Coordinator,
        policy: &Policy,
        clock: Timestamp,
    ) -> CheckResult {
        let ReportedCalls { calls, failures, slow_calls, began, jumped_ms, is_void } = self.sum;
        if coordinator.state() != State::Closed || is_void {
            return Ok(());
        }
        let tally = coordinator.tally(clock);
        let is_right = match policy.window {
            WindowKind::Calls(size) => tally.calls == calls.min(size),
            WindowKind::Time(span) => {
                let lived = began.map_or(0, |began| clock.since(began).get()) + jumped_ms;
                // The oldest bucket expires up to a sixtieth of the window early.
                let is_all_there = lived + span.get() / 30 < span.get();
                let all = (tally.calls, tally.failures, tally.slow_calls);
                !is_all_there || all == (calls, failures, slow_calls)
            }
        };
        if is_right {
            return Ok(());
        }
        let detail = format!(
            "the coordinator counts {tally:?}, but {calls} calls, {failures} failures and \
             {slow_calls} slow calls have arrived in generation {}",
            self.generation
        );
        Err((Invariant::Conservation, detail))
    }
}

/// Checks that a second copy of a report changed nothing. `is_adapting` says that the policy has
/// changed, so that any report may change the window or the mode.
fn check_copy(
    before: &Prepared,
    coordinator: &Coordinator,
    report: &Report,
    is_adapting: bool,
    clock: Timestamp,
) -> CheckResult {
    if coordinator.generation() == before.generation {
        if is_adapting || coordinator.tally(clock) == before.tally {
            return Ok(());
        }
        let (was, is) = (before.tally, coordinator.tally(clock));
        let detail = format!("a copy of {report:?} made {was:?} {is:?}");
        return Err((Invariant::Conservation, detail));
    }
    // Any report may begin the half-open period, or find that an order is over.
    let begins = before.state == State::Open && coordinator.state() == State::HalfOpen;
    // The policy of a deploy may change the mode to metrics only.
    let follows = is_adapting || coordinator.state() == State::MetricsOnly;
    // Nor is it the copy that ends a half-open period whose failures no probe has checked in time.
    let is_given_up = before.state == State::HalfOpen
        && coordinator.state() == State::Open
        && before.since.is_some_and(|since| clock.since(since) >= CHECK_LASTS);
    if begins
        || follows
        || is_given_up
        || coordinator.orders(clock) != before.orders
        || has_lapsed(before)
    {
        return Ok(());
    }
    let (was, is) = (before.state, coordinator.state());
    let detail = format!("a copy of {report:?} led from {was} to {is}");
    Err((Invariant::Conservation, detail))
}

/// Whether an order is in force by the state, though perhaps no longer by its time.
fn has_lapsed(before: &Prepared) -> bool {
    matches!(before.state, State::ForcedOpen | State::ForcedClosed | State::MetricsOnly)
}

/// The stored form without the number of restores, which tells permits from before a restore apart.
fn stored(coordinator: &Coordinator) -> Option<serde_json::Value> {
    let mut stored = serde_json::to_value(coordinator.snapshot()).ok()?;
    stored.get_mut("breaker")?.as_object_mut()?.remove("epoch");
    Some(stored)
}

fn check_restored(old: &Coordinator, new: &Coordinator, clock: Timestamp) -> CheckResult {
    let same = stored(old) == stored(new)
        && old.state() == new.state()
        && old.generation() == new.generation()
        && old.retry_after(clock) == new.retry_after(clock)
        && old.tally(clock) == new.tally(clock)
        && old.orders(clock) == new.orders(clock)
        && old.last_transition() == new.last_transition()
        && old.replicas(clock) == new.replicas(clock);
    if same {
        return Ok(());
    }
    let detail = format!("{:?} came back as {:?}", old.snapshot(), new.snapshot());
    Err((Invariant::Storage, detail))
}

fn check_shadow(shadow: &Coordinator, coordinator: &Coordinator, report: &Report) -> CheckResult {
    let same = stored(shadow) == stored(coordinator)
        && shadow.replica(report.replica) == coordinator.replica(report.replica);
    if same {
        return Ok(());
    }
    let detail = format!("restored and not restored part at {report:?}");
    Err((Invariant::Storage, detail))
}
