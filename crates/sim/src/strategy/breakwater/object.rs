//! The Durable Object of the coordinator: it queues requests, stores what core's host tells it to
//! store, keeps an alarm, and is evicted.

use std::collections::BTreeMap;

use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::circuit::breaker::{Override, State};
use breakwater_core::circuit::fleet::{
    CircuitRules, Coordinator, Host, HostEffect, Loss, Probe, StoredCoordinator, StoredReplica,
    Ticket, Verdict,
};
use breakwater_core::circuit::policy::Policy;
use serde::{Deserialize, Serialize};

use super::{FleetEvent, FleetWorld, Observation, Observer, Request};
use crate::durable_object::DurableObject;
use crate::isolate::clock;
use crate::time::Micros;

/// The platform delivers an alarm 1 ms after it was set at the earliest.
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

/// The object, and the core's host in it.
#[derive(Debug)]
pub(super) struct CoordinatorObject {
    queue: DurableObject,
    host: Host,
    storage: Storage,
    /// The requests whose replies are to come.
    waiting: BTreeMap<Ticket, Box<Request>>,
    /// The number of times that the alarm was set or deleted: an event of an earlier one is void.
    alarms: u64,
    /// How far its clock is ahead, in milliseconds.
    offset_ms: i64,
}

/// What survives an eviction.
#[derive(Debug, Default)]
struct Storage {
    state: Option<StoredCoordinator>,
    replicas: BTreeMap<u64, StoredReplica>,
    /// The time that the alarm is set for, by the clock of the machine that set it.
    alarm: Option<Timestamp>,
}

impl CoordinatorObject {
    pub(super) fn new(offset_ms: i64, policy: &Policy) -> Self {
        Self {
            queue: DurableObject::default(),
            host: Host::new(policy, None),
            storage: Storage::default(),
            waiting: BTreeMap::new(),
            alarms: 0,
            offset_ms,
        }
    }

    pub(super) fn handle<W: Observer>(
        &mut self,
        world: &mut FleetWorld,
        event: FleetEvent,
        observer: &mut W,
    ) {
        let is_same = |incarnation| incarnation == self.queue.incarnation();
        match event {
            FleetEvent::RequestArrived(request) => self.enqueue(world, request),
            FleetEvent::RequestServed(request, incarnation) if is_same(incarnation) => {
                self.serve(world, request, observer);
            }
            FleetEvent::RequestServed(request, _) => {
                send_reply(world, request, Err(Loss::Retryable));
            }
            FleetEvent::HoldExpired(ticket, incarnation) if is_same(incarnation) => {
                let now = self.clock(world.now);
                if let Some(more) = self.host.handle_hold_over(rules(world), ticket, now) {
                    let expiry = FleetEvent::HoldExpired(ticket, incarnation);
                    world.schedule_in(Micros::from(more), expiry);
                }
                self.carry_out(world, observer);
            }
            FleetEvent::Alarm(number) if number == self.alarms => {
                self.handle_alarm(world, observer);
            }
            FleetEvent::ProbeEnded(probe, passed, incarnation) if is_same(incarnation) => {
                self.handle_probe(world, probe, passed, observer);
            }
            FleetEvent::OrderGiven(order) => {
                let (policy, now) = (&world.policy, self.clock(world.now));
                self.host.handle_order(|it| match order {
                    Order::Override { chosen, lasts } => {
                        it.set_override(policy, chosen, lasts, now);
                    }
                    Order::Bypass { lasts } => it.set_bypass(policy, lasts, now),
                });
                self.observe_change(world.now, observer);
                self.carry_out(world, observer);
            }
            FleetEvent::HoldExpired(..)
            | FleetEvent::Alarm(_)
            | FleetEvent::ProbeEnded(..)
            | FleetEvent::Resumed(_)
            | FleetEvent::CacheRead(_)
            | FleetEvent::NoteWritten(..)
            | FleetEvent::VerdictWritten(..)
            | FleetEvent::SuspicionWritten(..)
            | FleetEvent::PatienceOver(_)
            | FleetEvent::ReplyArrived(..)
            | FleetEvent::RequestTimedOut(..) => {}
        }
    }

    /// Drops everything in memory and restores the stored state on another machine. The alarm is
    /// the platform's, and stays set.
    pub(super) fn evict<W: Observer>(&mut self, world: &mut FleetWorld, observer: &mut W) {
        self.queue.evict(world.now);
        for (_, request) in std::mem::take(&mut self.waiting) {
            // The platform does not always know whether the object had done its work.
            let loss = if world.random() & 1 == 0 { Loss::Retryable } else { Loss::Unknown };
            send_reply(world, request, Err(loss));
        }
        let before = self.clock(world.now);
        // Rounds, which forget replicas in the Worker, are not simulated.
        self.forget_replicas(Coordinator::gone_before(before));
        let Some(restored) = self.storage.restore(&world.policy) else { return };
        let old = std::mem::replace(&mut self.host, restored);
        self.offset_ms = world.draw_object_clock();
        let after = self.clock(world.now);
        let (old, new, policy) = (old.coordinator(), self.host.coordinator(), &world.policy);
        observer.observe(world.now, Observation::Restored { old, new, policy, before, after });
    }

    fn enqueue(&mut self, world: &mut FleetWorld, request: Box<Request>) {
        world.recorder.record_object_call(world.now);
        match self.queue.enqueue(world.now) {
            Some(at) => world.schedule_in(
                at.since(world.now),
                FleetEvent::RequestServed(request, self.queue.incarnation()),
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
        let coordinator = self.host.coordinator();
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
        let was_open = coordinator.state() == State::Open;
        let receipt = self.host.handle_report(rules(world), report, random, now);
        let coordinator = self.host.coordinator();
        observer.observe(
            world.now,
            Observation::ReportHandled { coordinator, report, policy, clock: now },
        );
        if !was_open && coordinator.state() == State::Open {
            record_opening(world);
        }
        self.waiting.insert(receipt.ticket, request);
        if let Some(span) = receipt.hold {
            let expiry = FleetEvent::HoldExpired(receipt.ticket, self.queue.incarnation());
            world.schedule_in(Micros::from(span), expiry);
        }
        self.carry_out(world, observer);
    }

    /// Handles a due alarm.
    fn handle_alarm<W: Observer>(&mut self, world: &mut FleetWorld, observer: &mut W) {
        self.storage.alarm = None;
        world.recorder.record_object_call(world.now);
        let now = self.clock(world.now);
        let probe = self.host.handle_alarm(rules(world), now);
        self.observe_change(world.now, observer);
        if let Some(probe) = probe {
            let (passed, took) = world.probe(probe.limit());
            let ended = FleetEvent::ProbeEnded(probe, passed, self.queue.incarnation());
            world.schedule_in(took, ended);
        }
        self.carry_out(world, observer);
    }

    fn handle_probe<W: Observer>(
        &mut self,
        world: &mut FleetWorld,
        probe: Probe,
        passed: bool,
        observer: &mut W,
    ) {
        let (random, now) = (world.random(), self.clock(world.now));
        self.host.handle_probe(rules(world), probe, passed, random, now);
        self.observe_change(world.now, observer);
        self.carry_out(world, observer);
    }

    /// Carries out all effects that the host has.
    fn carry_out<W: Observer>(&mut self, world: &mut FleetWorld, observer: &mut W) {
        let now = self.clock(world.now);
        while let Some(effect) = self.host.poll_effect(rules(world), now) {
            match effect {
                HostEffect::SaveState(state) => self.storage.state = Some(*state),
                HostEffect::SaveReplica(replica) => {
                    self.storage.replicas.insert(replica.id(), replica);
                }
                HostEffect::ForgetReplicas { before } => self.forget_replicas(before),
                HostEffect::Log(_) => {}
                HostEffect::Reply(ticket, verdict) => {
                    let Some(request) = self.waiting.remove(&ticket) else { continue };
                    let (coordinator, policy) = (self.host.coordinator(), &world.policy);
                    let replica = request.report.replica;
                    observer.observe(
                        world.now,
                        Observation::ReplySent {
                            coordinator,
                            replica,
                            policy,
                            verdict,
                            clock: now,
                        },
                    );
                    send_reply(world, request, Ok(verdict));
                }
                HostEffect::Arm(at) => {
                    self.storage.alarm = Some(at);
                    self.alarms += 1;
                    let delay = Micros::from(at.since(now)).max(ALARM_MIN);
                    world.schedule_in(delay, FleetEvent::Alarm(self.alarms));
                }
                HostEffect::Disarm => {
                    self.storage.alarm = None;
                    self.alarms += 1;
                }
            }
        }
    }

    fn observe_change<W: Observer>(&self, now: Micros, observer: &mut W) {
        let (coordinator, clock) = (self.host.coordinator(), self.clock(now));
        observer.observe(now, Observation::Changed { coordinator, clock });
    }

    fn forget_replicas(&mut self, before: Timestamp) {
        self.storage.replicas.retain(|_, replica| replica.last_heard() >= before);
    }

    fn clock(&self, now: Micros) -> Timestamp {
        clock(self.offset_ms, now)
    }
}

impl Storage {
    /// The host as the object loads it, unless the stored state cannot be read.
    fn restore(&self, policy: &Policy) -> Option<Host> {
        let Some(state) = &self.state else { return Some(Host::new(policy, self.alarm)) };
        let replicas = self.replicas.values().cloned();
        let coordinator = Coordinator::restore(state, replicas, policy).ok()?;
        Some(Host::restored(coordinator, self.alarm))
    }
}

const fn rules(world: &FleetWorld) -> CircuitRules<'_> {
    CircuitRules { policy: &world.policy, has_probe: world.has_probe }
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
