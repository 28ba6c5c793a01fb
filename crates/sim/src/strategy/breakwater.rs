//! Breakwater: a replica in every isolate, the coordinator in one Durable Object, and the caches of
//! colos between them. It stands for the Worker: it carries out the effects of core's hosts and
//! sessions, and makes no decision.

mod admission;
mod colo_cache;
mod object;
mod observer;
mod sessions;

pub use object::Order;
pub use observer::{Observation, Observer};

use breakwater_core::base::time::Millis;
use breakwater_core::circuit::breaker::State;
use breakwater_core::circuit::fleet::{
    ColoSuspicion, ColoVerdict, FleetPermit, Note, Probe, Region, Replica, Report, RequestId,
    Ticket,
};
use breakwater_core::circuit::latency::LatencyHistory;
use breakwater_core::circuit::outcome::Outcome;

use super::Strategy;
use crate::isolate::Incarnation;
use crate::world::{Admission, Call, Visitor, World};
use admission::{Arrival, admit};
use colo_cache::ColoCaches;
use object::{CoordinatorObject, Reply};
use sessions::Sessions;

/// Replicas, a coordinator, and their observer.
#[derive(Debug)]
pub struct Breakwater<W> {
    replicas: Vec<Replica>,
    /// How long the calls of each isolate take while all is well.
    histories: Vec<LatencyHistory>,
    sessions: Sessions,
    caches: ColoCaches,
    object: CoordinatorObject,
    /// Sees every step.
    pub observer: W,
}

/// A request to the object, which carries a report.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    /// The incarnation of the isolate that sends it.
    incarnation: Incarnation,
    id: RequestId,
    report: Report,
    /// Whether this is the network's second copy, whose reply goes nowhere.
    is_duplicate: bool,
}

/// The events of this strategy. Rare ones are boxed, since most events in the queue are calls that
/// end and each takes the space of the largest.
#[derive(Debug)]
pub enum FleetEvent {
    /// A session continues after a sleep.
    Resumed(Incarnation),
    /// A session has read the colo's cache.
    CacheRead(Incarnation),
    /// A session has written a note to the colo's cache.
    NoteWritten(Incarnation, Note),
    /// A session has written a verdict to the colo's cache, for this many milliseconds.
    VerdictWritten(Incarnation, Box<ColoVerdict>, u64),
    /// A session has written a sign to the colo's cache, for this long.
    SuspicionWritten(Incarnation, ColoSuspicion, Millis),
    /// A visitor's patience is over, and the call is not.
    PatienceOver(Incarnation),
    /// A request arrives at the object.
    RequestArrived(Box<Request>),
    /// The object serves a request that was queued in this incarnation of the object.
    RequestServed(Box<Request>, u32),
    /// The hold of this reply ends, if the object's incarnation is still this one.
    HoldExpired(Ticket, u32),
    /// A reply arrives at the isolate.
    ReplyArrived(Box<Request>, Reply),
    /// The isolate stops waiting for the reply to this request.
    RequestTimedOut(Incarnation, RequestId),
    /// The object's alarm with this number is due; a later number replaces it.
    Alarm(u64),
    /// The object's probe passed or failed, if the object's incarnation is still this one.
    ProbeEnded(Probe, bool, u32),
    /// An operator gives an order.
    OrderGiven(Order),
}

type FleetWorld = World<FleetPermit, FleetEvent>;

impl<W: Observer> Strategy for Breakwater<W> {
    type Permit = FleetPermit;
    type Event = FleetEvent;

    fn new(world: &mut FleetWorld) -> Self {
        let count = world.isolates.count() as usize;
        let replicas = (0..count).map(|_| Replica::new(0, None, &world.policy)).collect();
        let colos = world.geography.colos.len();
        Self {
            replicas,
            histories: vec![LatencyHistory::default(); count],
            sessions: Sessions::new(count),
            caches: ColoCaches::new(colos, world.has_cache),
            object: CoordinatorObject::new(world.draw_object_clock(), &world.policy),
            observer: W::default(),
        }
    }

    fn handle_start(&mut self, world: &mut FleetWorld, incarnation: Incarnation, name: u64) {
        let region = Region::parse(world.geography.colo(incarnation.isolate).continent.letters());
        self.replicas[incarnation.isolate as usize] = Replica::new(name, region, &world.policy);
        self.histories[incarnation.isolate as usize] = LatencyHistory::default();
        self.sessions.reset(incarnation.isolate);
        self.observer
            .observe(world.now, Observation::Started { isolate: incarnation.isolate, name });
    }

    fn handle_visitor(&mut self, world: &mut FleetWorld, visitor: Visitor) {
        let isolate = visitor.incarnation.isolate;
        let now = world.clock(isolate);
        let lease = world.lease();
        let kind = world.draw_kind();
        let patience = visitor.has_copy.then_some(world.patience);
        let history = &mut self.histories[isolate as usize];
        let fails_after = history.fails_after(&world.policy, world.call_timeout);
        let replica = &mut self.replicas[isolate as usize];
        let was_open = replica.state(now) == State::Open;
        let arrival = Arrival { kind, patience, fails_after, lease, now };
        let admission = admit(replica, &world.policy, &arrival);
        if !was_open && replica.state(now) == State::Open {
            record_opening(world, isolate);
        }
        let replica = &self.replicas[isolate as usize];
        // A visitor who gets a copy without a call is neither admitted nor rejected.
        if !matches!(admission, Admission::Spared) {
            let permit = admission.permit();
            let observation = Observation::Decided { isolate, replica, permit, clock: now };
            self.observer.observe(world.now, observation);
        }
        if let Some(left) = world.carry_out(visitor, admission) {
            world.schedule_in(left, FleetEvent::PatienceOver(visitor.incarnation));
        }
        self.start_session_if_due(world, visitor.incarnation);
    }

    fn handle_call_end(&mut self, world: &mut FleetWorld, call: Call<FleetPermit>) {
        let isolate = call.incarnation.isolate;
        let has_failed = call.completion.outcome == Outcome::Failure;
        let random = if has_failed { world.random() } else { 0 };
        let now = world.clock(isolate);
        let replica = &mut self.replicas[isolate as usize];
        let was_open = !has_failed || replica.state(now) == State::Open;
        let is_from_fleet = call.permit.is_from_fleet();
        let (is_probe, generation) = (call.permit.is_probe(), call.permit.generation());
        let (permit, completion) = (call.permit, call.completion);
        replica.record(&world.policy, permit, completion, random, now);
        if completion.outcome == Outcome::Success {
            self.histories[isolate as usize].record(completion.took);
        }
        if !was_open && replica.state(now) == State::Open {
            record_opening(world, isolate);
        }
        let observation = Observation::Recorded {
            isolate,
            replica,
            is_from_fleet,
            is_probe,
            generation,
            completion,
            clock: now,
        };
        self.observer.observe(world.now, observation);
        self.start_session_if_due(world, call.incarnation);
    }

    fn handle_event(&mut self, world: &mut FleetWorld, event: FleetEvent) {
        match event {
            FleetEvent::Resumed(_)
            | FleetEvent::CacheRead(_)
            | FleetEvent::NoteWritten(..)
            | FleetEvent::VerdictWritten(..)
            | FleetEvent::SuspicionWritten(..)
            | FleetEvent::ReplyArrived(..)
            | FleetEvent::RequestTimedOut(..) => self.handle_session_event(world, event),
            FleetEvent::PatienceOver(incarnation) => {
                if world.isolates.is_alive(incarnation, world.now) {
                    let now = world.clock(incarnation.isolate);
                    let replica = &mut self.replicas[incarnation.isolate as usize];
                    replica.handle_impatience(&world.policy, now);
                    self.start_session_if_due(world, incarnation);
                }
            }
            FleetEvent::RequestArrived(_)
            | FleetEvent::RequestServed(..)
            | FleetEvent::HoldExpired(..)
            | FleetEvent::Alarm(_)
            | FleetEvent::ProbeEnded(..)
            | FleetEvent::OrderGiven(_) => self.object.handle(world, event, &mut self.observer),
        }
    }

    fn handle_eviction(&mut self, world: &mut FleetWorld) {
        self.object.evict(world, &mut self.observer);
    }
}

/// Records that an isolate's own circuit has opened.
fn record_opening(world: &mut FleetWorld, isolate: u32) {
    let continent = world.geography.colo(isolate).continent;
    let is_false = !world.upstream.had_outage(continent, world.now);
    world.recorder.record_opening(world.now, is_false);
}

impl<W> Breakwater<W> {
    /// The replica of an isolate.
    pub fn replica(&self, isolate: u32) -> &Replica {
        &self.replicas[isolate as usize]
    }
}
