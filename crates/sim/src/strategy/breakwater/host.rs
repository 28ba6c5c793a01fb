//! The Durable Object with the coordinator: queues, holds replies back, stores, and is evicted.

use std::collections::BTreeMap;

use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::circuit::breaker::{Override, State};
use breakwater_core::circuit::fleet::{
    Action, Answer, Coordinator, CoordinatorSnapshot, Loss, StoredReplica, Verdict,
};
use breakwater_core::circuit::policy::Policy;

use super::{Asked, FleetStage, Sight, Step, Watch};
use crate::isolate::clock;
use crate::object::Object;
use crate::time::Micros;

/// An alarm goes off this long after it was set at the earliest.
const ALARM_MIN: Micros = Micros::from_ms(1);

/// What the object says, or why it says nothing.
pub(super) type Reply = Result<Verdict, Loss>;

/// What an operator orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// An override for so long, or none.
    Override(Option<Override>, Millis),
    /// A bypass for so long, or none.
    Bypass(Option<Millis>),
}

#[derive(Debug)]
pub(super) struct Host {
    object: Object,
    coordinator: Coordinator,
    /// What is on its disk.
    stored: CoordinatorSnapshot,
    rows: BTreeMap<u64, StoredReplica>,
    /// Replies held back, each with its number.
    held: Vec<(u64, Box<Asked>)>,
    holds: u64,
    /// The generation that they were held in.
    generation: u64,
    /// When the alarm is set for, and which of the alarms it is.
    alarm: Option<Micros>,
    alarms: u64,
    is_probing: bool,
    /// What its clock is ahead, in milliseconds.
    ahead_ms: i64,
}

impl Host {
    pub(super) fn new(ahead_ms: i64, policy: &Policy) -> Self {
        let coordinator = Coordinator::new(policy);
        Self {
            object: Object::default(),
            stored: coordinator.snapshot(),
            coordinator,
            rows: BTreeMap::new(),
            held: Vec::new(),
            holds: 0,
            generation: 0,
            alarm: None,
            alarms: 0,
            is_probing: false,
            ahead_ms,
        }
    }

    pub(super) fn handle<W: Watch>(&mut self, stage: &mut FleetStage, step: Step, watch: &mut W) {
        match step {
            Step::Arrived(asked) => self.queue(stage, asked),
            Step::Served(asked, life) if life == self.object.life() => {
                self.serve(stage, asked, watch);
            }
            Step::Served(asked, _) => reply(stage, asked, Err(Loss::Retryable)),
            Step::Unheld(number, life) if life == self.object.life() => {
                if let Some(at) = self.held.iter().position(|&(held, _)| held == number) {
                    let (_, asked) = self.held.swap_remove(at);
                    self.answer(stage, asked, watch);
                    self.settle(stage, watch);
                }
            }
            Step::Alarm(number) if number == self.alarms => self.wake(stage, watch),
            Step::Probed(passed, life) if life == self.object.life() => {
                self.is_probing = false;
                let (random, now) = (stage.random(), self.clock(stage.now));
                let policy = &stage.policy;
                self.change(stage.now, watch, |it| it.handle_probe(policy, passed, random, now));
                self.settle(stage, watch);
            }
            Step::Ordered(order) => {
                let (policy, now) = (&stage.policy, self.clock(stage.now));
                self.change(stage.now, watch, |it| match order {
                    Order::Override(chosen, lasts) => it.set_override(policy, chosen, lasts, now),
                    Order::Bypass(lasts) => it.set_bypass(policy, lasts, now),
                });
                self.settle(stage, watch);
            }
            Step::Unheld(..)
            | Step::Alarm(_)
            | Step::Probed(..)
            | Step::Wake(_)
            | Step::Looked(_)
            | Step::Noted(..)
            | Step::Kept(..)
            | Step::Replied(..)
            | Step::GaveUp(..) => {}
        }
    }

    /// Everything in memory is gone; what is on the disk comes back, on another machine.
    pub(super) fn evict<W: Watch>(&mut self, stage: &mut FleetStage, watch: &mut W) {
        self.object.evict(stage.now);
        for (_, asked) in std::mem::take(&mut self.held) {
            // Whether what it did was done is not always known.
            let loss = if stage.random() & 1 == 0 { Loss::Retryable } else { Loss::Unknown };
            reply(stage, asked, Err(loss));
        }
        self.is_probing = false;
        let before = self.clock(stage.now);
        let gone = Coordinator::gone_before(before);
        self.rows.retain(|_, row| row.last_heard() >= gone);
        let rows = self.rows.values().cloned();
        let Ok(restored) = Coordinator::restore(&self.stored, rows, &stage.policy) else { return };
        let old = std::mem::replace(&mut self.coordinator, restored);
        self.ahead_ms = stage.draw_object_clock();
        let after = self.clock(stage.now);
        let (old, new, policy) = (&old, &self.coordinator, &stage.policy);
        watch.see(stage.now, Sight::Restored { old, new, policy, before, after });
        self.alarm = None;
        self.arm(stage);
    }

    fn queue(&mut self, stage: &mut FleetStage, asked: Box<Asked>) {
        stage.meter.count_object_call(stage.now);
        match self.object.accept(stage.now) {
            Some(at) => stage.after(at.since(stage.now), Step::Served(asked, self.object.life())),
            None => reply(stage, asked, Err(Loss::Overloaded)),
        }
    }

    fn serve<W: Watch>(&mut self, stage: &mut FleetStage, asked: Box<Asked>, watch: &mut W) {
        let (random, now) = (stage.random(), self.clock(stage.now));
        let (policy, has_probe, report) = (&stage.policy, stage.has_probe, &asked.report);
        let coordinator = &self.coordinator;
        watch.see(
            stage.now,
            Sight::Delivering { coordinator, report, policy, has_probe, random, clock: now },
        );
        let was_open = self.coordinator.state() == State::Open;
        let answer = self.coordinator.handle_report(policy, report, has_probe, random, now);
        let coordinator = &self.coordinator;
        watch.see(stage.now, Sight::Delivered { coordinator, report, policy, answer, clock: now });
        if let Some(row) = self.coordinator.replica(asked.report.replica) {
            self.rows.insert(row.id(), row);
        }
        self.stored = self.coordinator.snapshot();
        if !was_open && self.coordinator.state() == State::Open {
            note_opening(stage);
        }
        match answer {
            Answer::Now(verdict) => reply(stage, asked, Ok(verdict)),
            Answer::Hold(span) => {
                self.holds += 1;
                self.held.push((self.holds, asked));
                let unheld = Step::Unheld(self.holds, self.object.life());
                stage.after(Micros::from(span), unheld);
            }
        }
        self.settle(stage, watch);
    }

    /// The alarm.
    fn wake<W: Watch>(&mut self, stage: &mut FleetStage, watch: &mut W) {
        self.alarm = None;
        stage.meter.count_object_call(stage.now);
        let (policy, now) = (&stage.policy, self.clock(stage.now));
        let action = self.change(stage.now, watch, |it| it.handle_timeout(policy, now));
        if action == Some(Action::Probe) {
            self.is_probing = true;
            let (passed, took) = stage.probe();
            stage.after(took, Step::Probed(passed, self.object.life()));
        }
        self.settle(stage, watch);
    }

    fn change<T, W: Watch>(
        &mut self,
        at: Micros,
        watch: &mut W,
        work: impl FnOnce(&mut Coordinator) -> T,
    ) -> T {
        let done = work(&mut self.coordinator);
        let (coordinator, clock) = (&self.coordinator, self.clock(at));
        watch.see(at, Sight::Changed { coordinator, clock });
        self.stored = self.coordinator.snapshot();
        done
    }

    /// After anything that may have changed the state: answers who waited for that, and sets the
    /// alarm.
    fn settle<W: Watch>(&mut self, stage: &mut FleetStage, watch: &mut W) {
        let generation = self.coordinator.generation();
        if std::mem::replace(&mut self.generation, generation) != generation {
            for (_, asked) in std::mem::take(&mut self.held) {
                self.answer(stage, asked, watch);
            }
            // A grant may have been a transition.
            self.generation = self.coordinator.generation();
        }
        self.arm(stage);
    }

    fn answer<W: Watch>(&mut self, stage: &mut FleetStage, asked: Box<Asked>, watch: &mut W) {
        let (policy, has_probe) = (&stage.policy, stage.has_probe);
        let now = self.clock(stage.now);
        let replica = asked.report.replica;
        let verdict = self.coordinator.verdict(policy, replica, has_probe, now);
        let coordinator = &self.coordinator;
        watch.see(stage.now, Sight::Answered { coordinator, replica, policy, verdict, clock: now });
        self.stored = self.coordinator.snapshot();
        reply(stage, asked, Ok(verdict));
    }

    fn arm(&mut self, stage: &mut FleetStage) {
        if self.is_probing {
            return;
        }
        let now = self.clock(stage.now);
        let due = self.coordinator.poll_timeout(&stage.policy, stage.has_probe, now);
        let at = due.map(|due| stage.now + Micros::from(due.since(now)).max(ALARM_MIN));
        // Recomputed at another time of the same millisecond, it is the same.
        let is_set = match (self.alarm, at) {
            (Some(old), Some(new)) => old.0.abs_diff(new.0) <= 1_000,
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        if is_set {
            return;
        }
        self.alarm = at;
        self.alarms += 1;
        if let Some(at) = at {
            stage.after(at.since(stage.now), Step::Alarm(self.alarms));
        }
    }

    fn clock(&self, now: Micros) -> Timestamp {
        clock(self.ahead_ms, now)
    }
}

fn reply(stage: &mut FleetStage, asked: Box<Asked>, reply: Reply) {
    if asked.is_echo {
        return;
    }
    let colo = stage.geography.colo(asked.life.isolate);
    if let Some(way) = stage.network.travel(colo, stage.now) {
        stage.after(way, Step::Replied(asked, reply));
    }
}

fn note_opening(stage: &mut FleetStage) {
    let is_false = stage.upstream.outage().is_none_or(|(from, _)| stage.now < from);
    stage.meter.handle_opening(stage.now, is_false);
    if !is_false {
        stage.meter.handle_trip(stage.now);
    }
}
