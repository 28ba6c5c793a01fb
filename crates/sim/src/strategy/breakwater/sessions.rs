//! The sessions of replicas, whose steps the Worker carries out after an answer.

use breakwater_core::circuit::fleet::{self, RequestId, Session, SessionStep};

use super::{Breakwater, FleetEvent, FleetWorld, Observation, Observer, Reply, Request};
use crate::isolate::Incarnation;
use crate::time::Micros;

/// A read or a write of a colo's cache takes from 1 ms to 3 ms.
const CACHE_LATENCY: (Micros, Micros) = (Micros::from_ms(1), Micros::from_ms(3));
/// The network's second copy of a report arrives up to 3 s after the first.
const DUPLICATE_DELAY_MAX: Micros = Micros::from_secs(3);

/// The sessions of isolates.
#[derive(Debug)]
pub(super) struct Sessions {
    isolates: Vec<IsolateSession>,
}

#[derive(Debug, Default)]
struct IsolateSession {
    /// The latest session.
    session: Option<Session>,
    /// The request in flight, for the observer.
    in_flight: Option<RequestId>,
}

impl Sessions {
    pub(super) fn new(isolates: usize) -> Self {
        let mut sessions = Vec::new();
        sessions.resize_with(isolates, IsolateSession::default);
        Self { isolates: sessions }
    }

    pub(super) fn reset(&mut self, isolate: u32) {
        self.isolates[isolate as usize] = IsolateSession::default();
    }

    fn of(&mut self, isolate: u32) -> Option<&mut Session> {
        self.isolates[isolate as usize].session.as_mut()
    }

    /// Ends the wait for the reply to a request, and returns the session if it was waiting for it.
    fn end_request(&mut self, isolate: u32, id: RequestId) -> Option<&mut Session> {
        let IsolateSession { session, in_flight } = &mut self.isolates[isolate as usize];
        if *in_flight == Some(id) {
            *in_flight = None;
        }
        session.as_mut().filter(|session| session.awaits(id))
    }
}

impl<W: Observer> Breakwater<W> {
    /// Starts a session if the replica wants one.
    pub(super) fn start_session_if_due(
        &mut self,
        world: &mut FleetWorld,
        incarnation: Incarnation,
    ) {
        let isolate = incarnation.isolate as usize;
        let now = world.clock(incarnation.isolate);
        if let Some(session) = Session::begin(&mut self.replicas[isolate], now) {
            self.sessions.isolates[isolate].session = Some(session);
            self.continue_session(world, incarnation);
        }
    }

    /// Handles an event that a session waits for.
    pub(super) fn handle_session_event(&mut self, world: &mut FleetWorld, event: FleetEvent) {
        match event {
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
            FleetEvent::VerdictWritten(incarnation, verdict, ttl_ms) => {
                let colo = world.geography.isolates[incarnation.isolate as usize];
                self.caches.store_verdict(colo, *verdict, ttl_ms, world.now);
                self.resume(world, incarnation);
            }
            FleetEvent::SuspicionWritten(incarnation, suspicion, lasts) => {
                let colo = world.geography.isolates[incarnation.isolate as usize];
                self.caches.store_suspicion(colo, suspicion, lasts, world.now);
                self.resume(world, incarnation);
            }
            FleetEvent::ReplyArrived(request, reply) => self.handle_reply(world, *request, reply),
            FleetEvent::RequestTimedOut(incarnation, id) => {
                self.handle_timeout(world, incarnation, id);
            }
            FleetEvent::Resumed(_)
            | FleetEvent::CacheRead(_)
            | FleetEvent::PatienceOver(_)
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
        let Some(session) = self.sessions.of(incarnation.isolate) else { return };
        let replica = &mut self.replicas[incarnation.isolate as usize];
        let Some(step) = session.next_step(replica, random, now) else { return };
        let cache = world.uniform(CACHE_LATENCY.0, CACHE_LATENCY.1);
        match step {
            SessionStep::Sleep(span) => {
                world.schedule_in(Micros::from(span), FleetEvent::Resumed(incarnation));
            }
            SessionStep::Look => world.schedule_in(cache, FleetEvent::CacheRead(incarnation)),
            SessionStep::LeaveNote(note) => {
                world.schedule_in(cache, FleetEvent::NoteWritten(incarnation, note));
            }
            SessionStep::Share(verdict, lasts) => {
                world.schedule_in(
                    cache,
                    FleetEvent::VerdictWritten(incarnation, Box::new(verdict), lasts.get()),
                );
            }
            SessionStep::Tell(suspicion, lasts) => {
                let event = FleetEvent::SuspicionWritten(incarnation, suspicion, lasts);
                world.schedule_in(cache, event);
            }
            SessionStep::Send(request) => self.send(world, incarnation, request),
        }
    }

    fn handle_cache_read(&mut self, world: &mut FleetWorld, incarnation: Incarnation) {
        let colo = world.geography.isolates[incarnation.isolate as usize];
        let found = self.caches.read(colo, world.now);
        let (random, clock) = (world.random(), world.clock(incarnation.isolate));
        let isolate = incarnation.isolate;
        let Some(session) = self.sessions.of(isolate) else { return };
        let replica = &mut self.replicas[isolate as usize];
        let verdict = found.verdict.as_ref().map(|found| &found.verdict);
        self.observer
            .observe(world.now, Observation::VerdictReceived { isolate, replica, verdict, clock });
        session.handle_found(replica, &world.policy, found, random, clock);
        self.observer.observe(
            world.now,
            Observation::VerdictHandled { isolate, replica, verdict, is_own: false, clock },
        );
        self.continue_session(world, incarnation);
    }

    fn send(
        &mut self,
        world: &mut FleetWorld,
        incarnation: Incarnation,
        fleet::ReportRequest { id, report, timeout }: fleet::ReportRequest,
    ) {
        let isolate = incarnation.isolate;
        let in_flight = &mut self.sessions.isolates[isolate as usize].in_flight;
        let is_second = in_flight.replace(id).is_some();
        self.observer.observe(world.now, Observation::Sent { isolate, report: &report, is_second });
        world.schedule_in(Micros::from(timeout), FleetEvent::RequestTimedOut(incarnation, id));
        let colo = world.geography.colo(isolate);
        let request = Request { incarnation, id, report, is_duplicate: false };
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
        let Request { incarnation, id, .. } = request;
        let isolate = incarnation.isolate;
        if !world.isolates.is_alive(incarnation, world.now) {
            return;
        }
        let Some(session) = self.sessions.end_request(isolate, id) else { return };
        let (random, clock) = (world.random(), world.clock(isolate));
        let replica = &mut self.replicas[isolate as usize];
        let verdict = reply.as_ref().ok();
        if verdict.is_some() {
            self.observer.observe(
                world.now,
                Observation::VerdictReceived { isolate, replica, verdict, clock },
            );
        }
        session.handle_reply(replica, &world.policy, id, reply, random, clock);
        if verdict.is_some() {
            self.observer.observe(
                world.now,
                Observation::VerdictHandled { isolate, replica, verdict, is_own: true, clock },
            );
        }
        self.resume(world, incarnation);
    }

    fn handle_timeout(&mut self, world: &mut FleetWorld, incarnation: Incarnation, id: RequestId) {
        let isolate = incarnation.isolate;
        if !world.isolates.is_alive(incarnation, world.now) {
            return;
        }
        let Some(session) = self.sessions.end_request(isolate, id) else { return };
        let (random, now) = (world.random(), world.clock(isolate));
        let replica = &mut self.replicas[isolate as usize];
        session.handle_timeout(replica, &world.policy, id, random, now);
        self.resume(world, incarnation);
    }
}
