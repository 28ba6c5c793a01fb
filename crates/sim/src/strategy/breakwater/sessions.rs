//! The sessions of replicas, whose steps the Worker carries out after an answer.

use breakwater_core::circuit::fleet::{self, REPORT_TIMEOUT, Report};

use super::{Breakwater, FleetEvent, FleetWorld, Observation, Observer, Reply, Request};
use crate::isolate::Incarnation;
use crate::time::Micros;

/// A read or a write of a colo's cache takes from 1 ms to 3 ms.
const CACHE_LATENCY: (Micros, Micros) = (Micros::from_ms(1), Micros::from_ms(3));
/// The network's second copy of a report arrives up to 3 s after the first.
const DUPLICATE_DELAY_MAX: Micros = Micros::from_secs(3);

/// The requests of isolates to the object.
#[derive(Debug)]
pub(super) struct Sessions {
    /// The number of each isolate's latest request, and whether the isolate waits for its reply.
    requests: Vec<(u32, bool)>,
}

impl Sessions {
    pub(super) fn new(isolates: usize) -> Self {
        Self { requests: vec![(0, false); isolates] }
    }

    pub(super) fn reset(&mut self, isolate: u32) {
        self.requests[isolate as usize].1 = false;
    }

    /// Begins a request and returns its number, and whether the isolate still waits for the reply
    /// to the previous one.
    fn begin_request(&mut self, isolate: u32) -> (u32, bool) {
        let (attempt, is_waiting) = &mut self.requests[isolate as usize];
        *attempt += 1;
        (*attempt, std::mem::replace(is_waiting, true))
    }

    /// Stops waiting for the reply to a request and returns whether the isolate was waiting for it.
    fn end_request(&mut self, isolate: u32, attempt: u32) -> bool {
        let (latest, is_waiting) = &mut self.requests[isolate as usize];
        let was_waiting = *is_waiting && *latest == attempt;
        *is_waiting &= !was_waiting;
        was_waiting
    }
}

impl<W: Observer> Breakwater<W> {
    /// Starts a session if the replica wants one.
    pub(super) fn start_session_if_due(
        &mut self,
        world: &mut FleetWorld,
        incarnation: Incarnation,
    ) {
        let now = world.clock(incarnation.isolate);
        if self.replicas[incarnation.isolate as usize].begin_session(now) {
            self.continue_session(world, incarnation);
        }
    }

    /// Handles an event that a session waits for.
    pub(super) fn handle_session_event(&mut self, world: &mut FleetWorld, step: FleetEvent) {
        match step {
            FleetEvent::Resumed(incarnation) if self.can_continue(world, incarnation) => {
                self.continue_session(world, incarnation);
            }
            FleetEvent::CacheRead(incarnation) if self.can_continue(world, incarnation) => {
                self.handle_cache_read(world, incarnation);
            }
            FleetEvent::NoteWritten(incarnation, note) => {
                let colo = world.geography.isolates[incarnation.isolate as usize];
                self.caches.store_note(colo, note, world.now);
                self.resume(world, incarnation);
            }
            FleetEvent::VerdictWritten(incarnation, kept, ttl_ms) => {
                let colo = world.geography.isolates[incarnation.isolate as usize];
                self.caches.store_verdict(colo, *kept, ttl_ms, world.now);
                self.resume(world, incarnation);
            }
            FleetEvent::ReplyArrived(request, reply) => self.handle_reply(world, *request, reply),
            FleetEvent::RequestTimedOut(incarnation, attempt, sequence) => {
                let is_alive = world.isolates.is_alive(incarnation, world.now);
                if is_alive && self.sessions.end_request(incarnation.isolate, attempt) {
                    self.handle_loss(world, incarnation, sequence, fleet::Loss::Unknown);
                }
            }
            FleetEvent::Resumed(_)
            | FleetEvent::CacheRead(_)
            | FleetEvent::RequestArrived(_)
            | FleetEvent::RequestServed(..)
            | FleetEvent::HoldExpired(..)
            | FleetEvent::Alarm(_)
            | FleetEvent::ProbeEnded(..)
            | FleetEvent::OrderGiven(_) => {}
        }
    }

    fn resume(&mut self, world: &mut FleetWorld, incarnation: Incarnation) {
        if self.can_continue(world, incarnation) {
            self.continue_session(world, incarnation);
        }
    }

    /// Whether the isolate lives, and the platform does not end the session early.
    fn can_continue(&self, world: &mut FleetWorld, incarnation: Incarnation) -> bool {
        world.isolates.is_alive(incarnation, world.now) && !world.is_cut_short()
    }

    /// Carries out the session's next step, if it has one.
    fn continue_session(&mut self, world: &mut FleetWorld, incarnation: Incarnation) {
        let (random, now) = (world.random(), world.clock(incarnation.isolate));
        let Some(step) = self.replicas[incarnation.isolate as usize].next_step(random, now) else {
            return;
        };
        let cache = world.uniform(CACHE_LATENCY.0, CACHE_LATENCY.1);
        match step {
            fleet::Step::Sleep(span) => {
                world.schedule_in(Micros::from(span), FleetEvent::Resumed(incarnation));
            }
            fleet::Step::Look => world.schedule_in(cache, FleetEvent::CacheRead(incarnation)),
            fleet::Step::Note(note) => {
                world.schedule_in(cache, FleetEvent::NoteWritten(incarnation, note));
            }
            fleet::Step::Keep(kept, lasts) => {
                world.schedule_in(
                    cache,
                    FleetEvent::VerdictWritten(incarnation, Box::new(kept), lasts.get()),
                );
            }
            fleet::Step::Send(report) => self.send(world, incarnation, report),
        }
    }

    fn handle_cache_read(&mut self, world: &mut FleetWorld, incarnation: Incarnation) {
        let colo = world.geography.isolates[incarnation.isolate as usize];
        let (kept, note) = self.caches.read(colo, world.now);
        let (random, clock) = (world.random(), world.clock(incarnation.isolate));
        let isolate = incarnation.isolate;
        let replica = &mut self.replicas[isolate as usize];
        let verdict = kept.as_ref().map(|kept| &kept.verdict);
        self.observer
            .observe(world.now, Observation::VerdictReceived { isolate, replica, verdict, clock });
        replica.handle_found(&world.policy, kept, note, random, clock);
        self.observer.observe(
            world.now,
            Observation::VerdictHandled { isolate, replica, verdict, is_own: false, clock },
        );
        self.continue_session(world, incarnation);
    }

    fn send(&mut self, world: &mut FleetWorld, incarnation: Incarnation, report: Report) {
        let isolate = incarnation.isolate;
        let (attempt, is_second) = self.sessions.begin_request(isolate);
        self.observer.observe(world.now, Observation::Sent { isolate, report: &report, is_second });
        let timeout = FleetEvent::RequestTimedOut(incarnation, attempt, report.sequence);
        world.schedule_in(Micros::from(REPORT_TIMEOUT), timeout);
        let colo = world.geography.colo(isolate);
        let request = Request { incarnation, attempt, report, is_duplicate: false };
        let Some(delay) = world.network.transmit(colo, world.now) else { return };
        world.schedule_in(delay, FleetEvent::RequestArrived(Box::new(request)));
        if world.network.duplicates(world.now) {
            let extra = world.uniform(Micros(0), DUPLICATE_DELAY_MAX);
            world.schedule_in(
                delay + extra,
                FleetEvent::RequestArrived(Box::new(Request { is_duplicate: true, ..request })),
            );
        }
    }

    fn handle_reply(&mut self, world: &mut FleetWorld, request: Request, reply: Reply) {
        let (incarnation, isolate) = (request.incarnation, request.incarnation.isolate);
        let is_alive = world.isolates.is_alive(incarnation, world.now);
        if !is_alive || !self.sessions.end_request(isolate, request.attempt) {
            return;
        }
        let sequence = request.report.sequence;
        match reply {
            Err(loss) => self.handle_loss(world, incarnation, sequence, loss),
            Ok(verdict) => {
                let (random, clock) = (world.random(), world.clock(isolate));
                let replica = &mut self.replicas[isolate as usize];
                let verdict = Some(&verdict);
                self.observer.observe(
                    world.now,
                    Observation::VerdictReceived { isolate, replica, verdict, clock },
                );
                if let Some(verdict) = verdict.copied() {
                    replica.handle_verdict(&world.policy, sequence, verdict, random, clock);
                }
                self.observer.observe(
                    world.now,
                    Observation::VerdictHandled { isolate, replica, verdict, is_own: true, clock },
                );
                self.resume(world, incarnation);
            }
        }
    }

    fn handle_loss(
        &mut self,
        world: &mut FleetWorld,
        incarnation: Incarnation,
        sequence: u32,
        loss: fleet::Loss,
    ) {
        let (random, now) = (world.random(), world.clock(incarnation.isolate));
        self.replicas[incarnation.isolate as usize].handle_lost(sequence, loss, random, now);
        self.resume(world, incarnation);
    }
}
