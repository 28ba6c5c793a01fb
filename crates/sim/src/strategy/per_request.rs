//! One Durable Object call per request: the object holds the breaker, and every visitor waits for
//! its decision. A request carries the outcomes of earlier calls, so one call per request suffices.

use std::mem;

use breakwater_core::circuit::breaker::{Breaker, Permit, State};
use breakwater_core::circuit::outcome::Completion;

use super::{Strategy, WorldOf};
use crate::durable_object::DurableObject;
use crate::isolate::{Incarnation, clock};
use crate::time::Micros;
use crate::world::{Call, Visitor};

/// A visitor waits for the object for at most 2 s. Then the call proceeds without a permit.
const DECISION_TIMEOUT: Micros = Micros::from_secs(2);

/// One breaker, in the object.
#[derive(Debug)]
pub struct PerRequest {
    breaker: Breaker,
    object: DurableObject,
    offset_ms: i64,
    /// The outcomes that each isolate has not reported yet.
    outcomes: Vec<Vec<Outcome>>,
}

/// The outcome of a call that had a permit.
type Outcome = (Permit, Completion);

/// The messages between isolates and the object.
#[derive(Debug)]
pub enum ObjectEvent {
    /// A request arrives at the object, with outcomes of earlier calls.
    RequestArrived(Visitor, Vec<Outcome>),
    /// The object serves a request that was queued in this incarnation of the object.
    RequestServed(Visitor, Vec<Outcome>, u32),
    /// The reply arrives at the isolate: a permit, or a rejection.
    ReplyArrived(Visitor, Option<Permit>),
    /// No reply has arrived in time, so the call proceeds without a permit.
    TimedOut(Visitor),
}

impl Strategy for PerRequest {
    /// A call that proceeded without a decision has no permit.
    type Permit = Option<Permit>;
    type Event = ObjectEvent;

    fn new(world: &mut WorldOf<Self>) -> Self {
        let breaker = Breaker::new(&world.policy);
        let mut outcomes = Vec::new();
        outcomes.resize_with(world.isolates.count() as usize, Vec::new);
        Self {
            breaker,
            object: DurableObject::default(),
            offset_ms: world.draw_object_clock(),
            outcomes,
        }
    }

    fn handle_start(&mut self, _: &mut WorldOf<Self>, incarnation: Incarnation, _: u64) {
        self.outcomes[incarnation.isolate as usize].clear();
    }

    fn handle_visitor(&mut self, world: &mut WorldOf<Self>, visitor: Visitor) {
        let outcomes = mem::take(&mut self.outcomes[visitor.incarnation.isolate as usize]);
        match world.network.transmit(visitor.colo, world.now) {
            Some(delay) => world.schedule_in(delay, ObjectEvent::RequestArrived(visitor, outcomes)),
            None => world.schedule_in(DECISION_TIMEOUT, ObjectEvent::TimedOut(visitor)),
        }
    }

    fn handle_call_end(&mut self, _: &mut WorldOf<Self>, call: Call<Option<Permit>>) {
        if let Some(permit) = call.permit {
            self.outcomes[call.incarnation.isolate as usize].push((permit, call.completion));
        }
    }

    fn handle_event(&mut self, world: &mut WorldOf<Self>, step: ObjectEvent) {
        match step {
            ObjectEvent::RequestArrived(visitor, outcomes) => {
                world.recorder.record_object_call(world.now);
                match self.object.enqueue(world.now) {
                    Some(at) => {
                        let served = ObjectEvent::RequestServed(
                            visitor,
                            outcomes,
                            self.object.incarnation(),
                        );
                        world.schedule_in(at.since(world.now), served);
                    }
                    None => send(world, visitor, ObjectEvent::TimedOut(visitor)),
                }
            }
            ObjectEvent::RequestServed(visitor, _, incarnation)
                if incarnation != self.object.incarnation() =>
            {
                send(world, visitor, ObjectEvent::TimedOut(visitor));
            }
            ObjectEvent::RequestServed(visitor, outcomes, _) => {
                let decision = self.decide(world, outcomes);
                send(world, visitor, ObjectEvent::ReplyArrived(visitor, decision));
            }
            ObjectEvent::ReplyArrived(visitor, Some(permit)) => {
                world.admit(visitor, Some(permit));
            }
            ObjectEvent::ReplyArrived(visitor, None) => world.reject(visitor),
            ObjectEvent::TimedOut(visitor) => {
                world.admit(visitor, None);
            }
        }
    }

    /// The breaker survives in storage; the permits of calls in flight do not.
    fn handle_eviction(&mut self, world: &mut WorldOf<Self>) {
        self.object.evict(world.now);
        self.offset_ms = world.draw_object_clock();
        if let Ok(breaker) = Breaker::restore(&self.breaker.snapshot(), &world.policy) {
            self.breaker = breaker;
        }
    }
}

impl PerRequest {
    fn decide(&mut self, world: &mut WorldOf<Self>, outcomes: Vec<Outcome>) -> Option<Permit> {
        let now = clock(self.offset_ms, world.now);
        for (permit, completion) in outcomes {
            let before = self.breaker.state();
            let random = world.random();
            self.breaker.record(&world.policy, permit, completion, random, now);
            if self.breaker.state() == State::Open && before != State::Open {
                let is_false = world.upstream.outage().is_none_or(|(from, _)| world.now < from);
                world.recorder.record_opening(world.now, is_false);
                if !is_false {
                    world.recorder.record_trip(world.now);
                }
            }
        }
        self.breaker.try_acquire(&world.policy, world.lease(), now).ok()
    }
}

/// Sends a reply of the object. If it is lost, the visitor's wait times out.
fn send(world: &mut WorldOf<PerRequest>, visitor: Visitor, reply: ObjectEvent) {
    match world.network.transmit(visitor.colo, world.now) {
        Some(delay) => world.schedule_in(delay, reply),
        None => {
            let left = (visitor.arrived_at + DECISION_TIMEOUT).since(world.now);
            world.schedule_in(left, ObjectEvent::TimedOut(visitor));
        }
    }
}
