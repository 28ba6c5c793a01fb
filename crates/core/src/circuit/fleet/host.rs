//! What a coordinator's durable object does around its [`Coordinator`]: it stores what changed,
//! holds replies back, keeps the alarm set, and probes the upstream.
//!
//! A [`Host`] does no I/O. An event goes in through a `handle_` method, which returns what the
//! event itself must do next: wait with its reply, or probe. All other effects come out of
//! [`poll_effect`](Host::poll_effect), in the order in which they must happen; the shell carries
//! them out until there is none left. The Worker does so with a Durable Object's storage and alarm,
//! the simulator with virtual ones.
//!
//! # The alarm
//! - While an alarm's work is under way, the alarm is set [`RETRY_ALARM_AFTER`] ahead, in case the
//!   work is cut short, and no other event moves it.
//! - Otherwise it is set for when the coordinator wants to be asked; work that is due sets it for
//!   now, unless an alarm is about to come.
//! - It is set only where its time changes, since each setting is a row written.
//!
//! # Held replies
//! Where the coordinator holds a reply, it goes out as soon as the circuit changes. There is one
//! exception: once a probe has passed, the replies that are held carry the permits, one by one as
//! the coordinator grants them, and those without a permit wait for what the calls on them find.
//! The alarm is set for the next permit if no report is to be expected before it.
//!
//! # Storage
//! The state is written only where it changed, each replica that reported as a row of its own, so
//! that a report costs the same whatever the size of the fleet. Both come before the reply.

mod alarm;
mod held;

use alloc::boxed::Box;
use alloc::collections::VecDeque;

use super::PROBE_TIMEOUT;
use super::coordinator::{
    Action, Coordinator, HOLD_HALF_OPEN, PROBE_GRACE, ReportReply, StoredCoordinator, StoredReplica,
};
use super::message::{Report, Verdict};
use crate::base::object::RETRY_ALARM_AFTER;
use crate::base::time::{Millis, Timestamp};
use crate::circuit::breaker::{State, Transition};
use crate::circuit::policy::Policy;
use alarm::Alarm;
use held::HeldReplies;

const _: () =
    assert!(PROBE_TIMEOUT.get() < PROBE_GRACE.get(), "permits would not wait for a probe");
const _: () = assert!(PROBE_TIMEOUT.get() < RETRY_ALARM_AFTER.get(), "a probe would run twice");

/// When a replica reports again whose reply was to be held and for which there was no room: after
/// 1 s and its stagger.
const POLL_NOT_HELD: Millis = Millis::from_secs(1);

/// What the site's configuration says about a circuit.
#[derive(Clone, Copy, Debug)]
pub struct CircuitRules<'a> {
    /// The breaker's policy.
    pub policy: &'a Policy,
    /// Whether the upstream has a path that the coordinator probes itself.
    pub has_probe: bool,
}

/// A coordinator and what surrounds it in its object.
#[derive(Debug)]
pub struct Host {
    coordinator: Coordinator,
    /// The state in storage, if the object knows it.
    stored: Option<StoredCoordinator>,
    /// Whether the state may differ from the stored one.
    may_have_changed: bool,
    /// Effects that are ready to be carried out.
    ready: VecDeque<HostEffect>,
    /// Replies that are ready, and go out after everything has been stored.
    replies: VecDeque<(Ticket, Verdict)>,
    held: HeldReplies,
    /// The number of reports so far.
    reports: u64,
    alarm: Alarm,
}

/// Names the reply to one report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket(u64);

/// A report that was applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The ticket of its reply, for [`HostEffect::Reply`].
    pub ticket: Ticket,
    /// Where the reply is held, the time after which the shell calls
    /// [`Host::handle_hold_over`], unless the reply has come by then.
    pub hold: Option<Millis>,
}

/// A probe that the shell makes: it calls the upstream's probe path for [`limit`](Self::limit) at
/// most, and hands the result to [`Host::handle_probe`].
#[derive(Debug, PartialEq, Eq)]
#[must_use = "a probe that is not made leaves the circuit open"]
pub struct Probe {
    cause: ProbeCause,
    limit: Millis,
}

impl Probe {
    /// How long it may take.
    pub const fn limit(&self) -> Millis {
        self.limit
    }
}

/// Why a probe is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ProbeCause {
    /// The alarm went off.
    Alarm,
    /// The round of each minute came by.
    Round,
}

/// What the shell does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostEffect {
    /// Store the state.
    SaveState(Box<StoredCoordinator>),
    /// Store this replica.
    SaveReplica(StoredReplica),
    /// Delete the replicas whose last report came before this time.
    ForgetReplicas {
        /// The time.
        before: Timestamp,
    },
    /// Add this transition to the history.
    Log(Transition),
    /// Reply to the report with this ticket.
    Reply(Ticket, Verdict),
    /// Set the alarm for this time.
    Arm(Timestamp),
    /// Delete the alarm.
    Disarm,
}

impl Host {
    /// The host of a coordinator of which nothing is stored. `alarm` is the time that the object's
    /// alarm is set for.
    pub fn new(policy: &Policy, alarm: Option<Timestamp>) -> Self {
        Self::with(Coordinator::new(policy), None, alarm)
    }

    /// The host of a coordinator that was just restored.
    pub fn restored(mut coordinator: Coordinator, alarm: Option<Timestamp>) -> Self {
        coordinator.resume_probes(alarm);
        let stored = Some(coordinator.snapshot());
        Self::with(coordinator, stored, alarm)
    }

    fn with(
        coordinator: Coordinator,
        stored: Option<StoredCoordinator>,
        alarm: Option<Timestamp>,
    ) -> Self {
        Self {
            coordinator,
            may_have_changed: stored.is_none(),
            stored,
            ready: VecDeque::new(),
            replies: VecDeque::new(),
            held: HeldReplies::default(),
            reports: 0,
            alarm: Alarm::set_for(alarm),
        }
    }

    /// The coordinator, to be looked at.
    pub const fn coordinator(&self) -> &Coordinator {
        &self.coordinator
    }

    /// Applies a report. Its reply comes as a [`HostEffect::Reply`]. `random` is uniform over all
    /// of `u32`.
    pub fn handle_report(
        &mut self,
        rules: CircuitRules<'_>,
        report: &Report,
        random: u32,
        now: Timestamp,
    ) -> Receipt {
        let CircuitRules { policy, has_probe } = rules;
        let ticket = Ticket(self.reports);
        self.reports += 1;
        let answer = self.change(|it| it.handle_report(policy, report, has_probe, random, now));
        let replica = self.coordinator.replica(report.replica);
        self.ready.extend(replica.map(HostEffect::SaveReplica));
        let hold = match answer {
            ReportReply::Now(verdict) => {
                self.replies.push_back((ticket, verdict));
                None
            }
            ReportReply::Hold(span) => {
                let generation = self.coordinator.generation();
                let is_held = self.held.add(ticket, report.replica, generation, now + span);
                if !is_held {
                    let mut verdict = self.verdict(rules, report.replica, now);
                    verdict.poll_ms = verdict.poll_ms.max(POLL_NOT_HELD.get());
                    self.replies.push_back((ticket, verdict));
                }
                is_held.then_some(span)
            }
        };
        Receipt { ticket, hold }
    }

    /// Takes the end of a hold: the reply goes out, unless it has gone already. Returns for how
    /// much longer it is held instead, where the circuit has become half open meanwhile.
    #[must_use = "the shell calls again after that time"]
    pub fn handle_hold_over(
        &mut self,
        rules: CircuitRules<'_>,
        ticket: Ticket,
        now: Timestamp,
    ) -> Option<Millis> {
        if let Some(more) = self.held.take_extension(ticket) {
            return Some(more);
        }
        if let Some(replica) = self.held.take(ticket) {
            self.answer(rules, ticket, replica, now);
        }
        None
    }

    /// Takes the alarm, and returns the probe that is due.
    pub fn handle_alarm(&mut self, rules: CircuitRules<'_>, now: Timestamp) -> Option<Probe> {
        self.ready.push_front(HostEffect::Arm(self.alarm.begin_work(now)));
        let action = self.change(|it| it.handle_timeout(rules.policy, now));
        // Without a path to probe, the deadline itself lets permits out.
        if action == Some(Action::Probe) && rules.has_probe {
            let limit = self.coordinator.probe_limit(now);
            return Some(Probe { cause: ProbeCause::Alarm, limit });
        }
        self.alarm.end_work();
        None
    }

    /// Takes the round of each minute, and returns the probe that is due. `is_probe_due` says
    /// whether the latest probe is long enough ago. An open circuit is always probed: the alarm's
    /// probes are short, and find no upstream whose probe path takes longer.
    pub fn handle_round(
        &mut self,
        rules: CircuitRules<'_>,
        is_probe_due: bool,
        now: Timestamp,
    ) -> Option<Probe> {
        let before = Coordinator::gone_before(now);
        self.ready.push_back(HostEffect::ForgetReplicas { before });
        let probe = Probe { cause: ProbeCause::Round, limit: PROBE_TIMEOUT };
        let is_due = is_probe_due || self.coordinator.state() == State::Open;
        (is_due && rules.has_probe).then_some(probe)
    }

    /// Takes the result of a probe. `random` is uniform over all of `u32`.
    pub fn handle_probe(
        &mut self,
        rules: CircuitRules<'_>,
        probe: Probe,
        passed: bool,
        random: u32,
        now: Timestamp,
    ) {
        self.change(|it| it.handle_probe(rules.policy, passed, random, now));
        match probe.cause {
            ProbeCause::Alarm => self.alarm.end_work(),
            ProbeCause::Round => {}
        }
    }

    /// Has the coordinator follow an operator's order, which `give` gives to it.
    pub fn handle_order(&mut self, give: impl FnOnce(&mut Coordinator)) {
        self.change(give);
    }

    /// The next effect to be carried out, or `None` if there is none left. To be called after each
    /// `handle_` method until then.
    pub fn poll_effect(&mut self, rules: CircuitRules<'_>, now: Timestamp) -> Option<HostEffect> {
        loop {
            if let Some(effect) = self.poll_storage() {
                return Some(effect);
            }
            if let Some((ticket, verdict)) = self.replies.pop_front() {
                return Some(HostEffect::Reply(ticket, verdict));
            }
            let Some((ticket, replica)) = self.take_held(rules, now) else { break };
            self.answer(rules, ticket, replica, now);
        }
        let due = self.coordinator.poll_timeout(rules.policy, rules.has_probe, now);
        let permit = match self.held.is_empty() {
            true => None,
            false => self.coordinator.next_permit_at(now),
        };
        self.alarm.poll(due.into_iter().chain(permit).min(), now)
    }

    /// Takes out the next held reply that is to be made.
    fn take_held(&mut self, rules: CircuitRules<'_>, now: Timestamp) -> Option<(Ticket, u64)> {
        let generation = self.coordinator.generation();
        if self.coordinator.holds_half_open() {
            self.held.extend_to(generation, HOLD_HALF_OPEN);
            if self.coordinator.has_permit(rules.policy, now)
                && let Some(first) = self.held.take_first()
            {
                return Some(first);
            }
        }
        self.held.take_due(generation, now)
    }

    /// The next thing to be stored.
    fn poll_storage(&mut self) -> Option<HostEffect> {
        // The alarm of work that begins comes before all else.
        if matches!(self.ready.front(), Some(HostEffect::Arm(_))) {
            return self.ready.pop_front();
        }
        if core::mem::take(&mut self.may_have_changed) {
            let state = self.coordinator.snapshot();
            let transitions = self.coordinator.take_transitions();
            self.ready.extend(transitions.into_iter().map(HostEffect::Log));
            if self.stored.as_ref() != Some(&state) {
                self.stored = Some(state.clone());
                return Some(HostEffect::SaveState(Box::new(state)));
            }
        }
        self.ready.pop_front()
    }

    /// Makes the reply to a report that was held, or could not be.
    fn answer(&mut self, rules: CircuitRules<'_>, ticket: Ticket, replica: u64, now: Timestamp) {
        let verdict = self.verdict(rules, replica, now);
        self.replies.push_back((ticket, verdict));
    }

    fn verdict(&mut self, rules: CircuitRules<'_>, replica: u64, now: Timestamp) -> Verdict {
        let CircuitRules { policy, has_probe } = rules;
        self.change(|it| it.verdict(policy, replica, has_probe, now))
    }

    fn change<T>(&mut self, work: impl FnOnce(&mut Coordinator) -> T) -> T {
        self.may_have_changed = true;
        work(&mut self.coordinator)
    }
}

#[cfg(test)]
mod tests;
