//! The Durable Object of the coordinator: it queues requests, holds replies, stores state, and is
//! evicted.

use std::collections::BTreeMap;

use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::circuit::breaker::{Override, State};
use breakwater_core::circuit::fleet::{
    Action, Answer, Coordinator, CoordinatorSnapshot, Loss, StoredReplica, Verdict,
};
use breakwater_core::circuit::policy::Policy;
use serde::{Deserialize, Serialize};

use super::{FleetEvent, FleetWorld, Observation, Observer, Request};
use crate::durable_object::DurableObject;
use crate::isolate::clock;
use crate::time::Micros;

/// An alarm is due 1 ms after it was set at the earliest.
const ALARM_MIN: Micros = Micros::from_ms(1);

/// The verdict that the object replies with, or the reason why there is none.
pub(super) type Reply = Result<Verdict, Loss>;

/// An operator's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Order {
    /// Sets an override, or lifts it.
    Override {
        /// The override; `None` lifts it.
        chosen: Option<Override>,
        /// How long it holds.
        lasts: Millis,
    },
    /// Sets a bypass, or lifts it.
    Bypass {
        /// How long it holds; `None` lifts it.
        lasts: Option<Millis>,
    },
}

#[derive(Debug)]
pub(super) struct Host {
    object: DurableObject,
    coordinator: Coordinator,
    /// The stored form of the coordinator, and the stored rows of its replicas.
    stored: CoordinatorSnapshot,
    rows: BTreeMap<u64, StoredReplica>,
    /// The requests whose replies are held, each with the number of its hold.
    held: Vec<(u64, Box<Request>)>,
    holds: u64,
    /// The generation in which the replies are held.
    generation: u64,
    /// The time that the alarm is set for, and the number of alarms so far.
    alarm: Option<Micros>,
    alarms: u64,
    is_probing: bool,
    /// How far its clock is ahead, in milliseconds.
    offset_ms: i64,
}

impl Host {
    pub(super) fn new(offset_ms: i64, policy: &Policy) -> Self {
        let coordinator = Coordinator::new(policy);
        Self {
            object: DurableObject::default(),
            stored: coordinator.snapshot(),
            coordinator,
            rows: BTreeMap::new(),
            held: Vec::new(),
            holds: 0,
            generation: 0,
            alarm: None,
            alarms: 0,
            is_probing: false,
            offset_ms,
        }
    }

    pub(super) fn handle<W: Observer>(
        &mut self,
        world: &mut FleetWorld,
        step: FleetEvent,
        observer: &mut W,
    ) {
        match step {
            FleetEvent::RequestArrived(request) => self.enqueue(world, request),
            FleetEvent::RequestServed(request, incarnation)
                if incarnation == self.object.incarnation() =>
            {
                self.serve(world, request, observer);
            }
            FleetEvent::RequestServed(request, _) => {
                send_reply(world, request, Err(Loss::Retryable));
            }
            FleetEvent::HoldExpired(number, incarnation)
                if incarnation == self.object.incarnation() =>
            {
                if let Some(at) = self.held.iter().position(|&(held, _)| held == number) {
                    let (_, request) = self.held.swap_remove(at);
                    self.release(world, request, observer);
                    self.release_held(world, observer);
                }
            }
            FleetEvent::Alarm(number) if number == self.alarms => {
                self.handle_alarm(world, observer);
            }
            FleetEvent::ProbeEnded(passed, incarnation)
                if incarnation == self.object.incarnation() =>
            {
                self.is_probing = false;
                let (random, now) = (world.random(), self.clock(world.now));
                let policy = &world.policy;
                self.apply(world.now, observer, |it| it.handle_probe(policy, passed, random, now));
                self.release_held(world, observer);
            }
            FleetEvent::OrderGiven(order) => {
                let (policy, now) = (&world.policy, self.clock(world.now));
                self.apply(world.now, observer, |it| match order {
                    Order::Override { chosen, lasts } => {
                        it.set_override(policy, chosen, lasts, now);
                    }
                    Order::Bypass { lasts } => it.set_bypass(policy, lasts, now),
                });
                self.release_held(world, observer);
            }
            FleetEvent::HoldExpired(..)
            | FleetEvent::Alarm(_)
            | FleetEvent::ProbeEnded(..)
            | FleetEvent::Resumed(_)
            | FleetEvent::CacheRead(_)
            | FleetEvent::NoteWritten(..)
            | FleetEvent::VerdictWritten(..)
            | FleetEvent::ReplyArrived(..)
            | FleetEvent::RequestTimedOut(..) => {}
        }
    }

    /// Drops everything in memory and restores the stored state on another machine.
    pub(super) fn evict<W: Observer>(&mut self, world: &mut FleetWorld, observer: &mut W) {
        self.object.evict(world.now);
        for (_, request) in std::mem::take(&mut self.held) {
            // The platform does not always know whether the object had done its work.
            let loss = if world.random() & 1 == 0 { Loss::Retryable } else { Loss::Unknown };
            send_reply(world, request, Err(loss));
        }
        self.is_probing = false;
        let before = self.clock(world.now);
        let cutoff = Coordinator::gone_before(before);
        self.rows.retain(|_, row| row.last_heard() >= cutoff);
        let rows = self.rows.values().cloned();
        let Ok(restored) = Coordinator::restore(&self.stored, rows, &world.policy) else { return };
        let old = std::mem::replace(&mut self.coordinator, restored);
        self.offset_ms = world.draw_object_clock();
        let after = self.clock(world.now);
        let (old, new, policy) = (&old, &self.coordinator, &world.policy);
        observer.observe(world.now, Observation::Restored { old, new, policy, before, after });
        self.alarm = None;
        self.set_alarm(world);
    }

    fn enqueue(&mut self, world: &mut FleetWorld, request: Box<Request>) {
        world.recorder.record_object_call(world.now);
        match self.object.enqueue(world.now) {
            Some(at) => world.schedule_in(
                at.since(world.now),
                FleetEvent::RequestServed(request, self.object.incarnation()),
            ),
            None => send_reply(world, request, Err(Loss::Overloaded)),
        }
    }

    fn serve<W: Observer>(
        &mut self,
        world: &mut FleetWorld,
        request: Box<Request>,
        observer: &mut W,
    ) {
        let (random, now) = (world.random(), self.clock(world.now));
        let (policy, has_probe, report) = (&world.policy, world.has_probe, &request.report);
        let coordinator = &self.coordinator;
        observer.observe(
            world.now,
            Observation::ReportReceived {
                coordinator,
                report,
                policy,
                has_probe,
                random,
                clock: now,
            },
        );
        let was_open = self.coordinator.state() == State::Open;
        let answer = self.coordinator.handle_report(policy, report, has_probe, random, now);
        let coordinator = &self.coordinator;
        observer.observe(
            world.now,
            Observation::ReportHandled { coordinator, report, policy, answer, clock: now },
        );
        if let Some(row) = self.coordinator.replica(request.report.replica) {
            self.rows.insert(row.id(), row);
        }
        self.stored = self.coordinator.snapshot();
        if !was_open && self.coordinator.state() == State::Open {
            record_opening(world);
        }
        match answer {
            Answer::Now(verdict) => send_reply(world, request, Ok(verdict)),
            Answer::Hold(span) => {
                self.holds += 1;
                self.held.push((self.holds, request));
                let expiry = FleetEvent::HoldExpired(self.holds, self.object.incarnation());
                world.schedule_in(Micros::from(span), expiry);
            }
        }
        self.release_held(world, observer);
    }

    /// Handles a due alarm.
    fn handle_alarm<W: Observer>(&mut self, world: &mut FleetWorld, observer: &mut W) {
        self.alarm = None;
        world.recorder.record_object_call(world.now);
        let (policy, now) = (&world.policy, self.clock(world.now));
        let action = self.apply(world.now, observer, |it| it.handle_timeout(policy, now));
        if action == Some(Action::Probe) {
            self.is_probing = true;
            let (passed, took) = world.probe();
            world.schedule_in(took, FleetEvent::ProbeEnded(passed, self.object.incarnation()));
        }
        self.release_held(world, observer);
    }

    fn apply<T, W: Observer>(
        &mut self,
        at: Micros,
        observer: &mut W,
        work: impl FnOnce(&mut Coordinator) -> T,
    ) -> T {
        let done = work(&mut self.coordinator);
        let (coordinator, clock) = (&self.coordinator, self.clock(at));
        observer.observe(at, Observation::Changed { coordinator, clock });
        self.stored = self.coordinator.snapshot();
        done
    }

    /// Releases held replies if the generation has changed, and sets the alarm. Every step that may
    /// change the state ends with it.
    fn release_held<W: Observer>(&mut self, world: &mut FleetWorld, observer: &mut W) {
        let generation = self.coordinator.generation();
        if std::mem::replace(&mut self.generation, generation) != generation {
            for (_, request) in std::mem::take(&mut self.held) {
                self.release(world, request, observer);
            }
            // A granted permit may have been a transition.
            self.generation = self.coordinator.generation();
        }
        self.set_alarm(world);
    }

    fn release<W: Observer>(
        &mut self,
        world: &mut FleetWorld,
        request: Box<Request>,
        observer: &mut W,
    ) {
        let (policy, has_probe) = (&world.policy, world.has_probe);
        let now = self.clock(world.now);
        let replica = request.report.replica;
        let verdict = self.coordinator.verdict(policy, replica, has_probe, now);
        let coordinator = &self.coordinator;
        observer.observe(
            world.now,
            Observation::HeldReplySent { coordinator, replica, policy, verdict, clock: now },
        );
        self.stored = self.coordinator.snapshot();
        send_reply(world, request, Ok(verdict));
    }

    fn set_alarm(&mut self, world: &mut FleetWorld) {
        if self.is_probing {
            return;
        }
        let now = self.clock(world.now);
        let due = self.coordinator.poll_timeout(&world.policy, world.has_probe, now);
        let at = due.map(|due| world.now + Micros::from(due.since(now)).max(ALARM_MIN));
        // The same deadline differs by up to a millisecond when it is computed again, since the
        // clock shows whole milliseconds.
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
            world.schedule_in(at.since(world.now), FleetEvent::Alarm(self.alarms));
        }
    }

    fn clock(&self, now: Micros) -> Timestamp {
        clock(self.offset_ms, now)
    }
}

fn send_reply(world: &mut FleetWorld, request: Box<Request>, reply: Reply) {
    if request.is_duplicate {
        return;
    }
    let colo = world.geography.colo(request.incarnation.isolate);
    if let Some(delay) = world.network.transmit(colo, world.now) {
        world.schedule_in(delay, FleetEvent::ReplyArrived(request, reply));
    }
}

fn record_opening(world: &mut FleetWorld) {
    let is_false = world.upstream.outage().is_none_or(|(from, _)| world.now < from);
    world.recorder.record_opening(world.now, is_false);
    if !is_false {
        world.recorder.record_trip(world.now);
    }
}
