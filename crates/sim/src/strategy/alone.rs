//! Each isolate alone: a breaker in its memory, whose state no other isolate sees.

use breakwater_core::circuit::breaker::{Breaker, Permit, State};
use breakwater_core::circuit::outcome::Outcome;

use super::{Strategy, WorldOf};
use crate::isolate::Incarnation;
use crate::world::{Call, Visitor};

/// One breaker per isolate.
#[derive(Debug)]
pub struct Alone {
    breakers: Vec<Breaker>,
    /// Whether the breaker of each isolate has opened during an outage. Half of them are a trip.
    has_opened: Vec<bool>,
    opened: u32,
}

impl Strategy for Alone {
    type Permit = Permit;
    type Event = ();

    fn new(world: &mut WorldOf<Self>) -> Self {
        let count = world.isolates.count() as usize;
        let breakers = vec![Breaker::new(&world.policy); count];
        Self { breakers, has_opened: vec![false; count], opened: 0 }
    }

    fn handle_start(&mut self, world: &mut WorldOf<Self>, incarnation: Incarnation, _: u64) {
        self.breakers[incarnation.isolate as usize] = Breaker::new(&world.policy);
    }

    fn handle_visitor(&mut self, world: &mut WorldOf<Self>, visitor: Visitor) {
        let now = world.clock(visitor.incarnation.isolate);
        let breaker = &mut self.breakers[visitor.incarnation.isolate as usize];
        match breaker.try_acquire(&world.policy, world.lease(), now) {
            Ok(permit) => {
                world.admit(visitor, permit);
            }
            Err(_) => world.reject(visitor),
        }
    }

    fn handle_call_end(&mut self, world: &mut WorldOf<Self>, call: Call<Permit>) {
        let random = if call.completion.outcome == Outcome::Failure { world.random() } else { 0 };
        let isolate = call.incarnation.isolate;
        let now = world.clock(isolate);
        let breaker = &mut self.breakers[isolate as usize];
        let before = breaker.state();
        breaker.record(&world.policy, call.permit, call.completion, random, now);
        if breaker.state() == State::Open && before != State::Open {
            self.record_opening(world, isolate);
        }
    }

    fn handle_event(&mut self, _: &mut WorldOf<Self>, (): ()) {}

    fn handle_eviction(&mut self, _: &mut WorldOf<Self>) {}
}

impl Alone {
    fn record_opening(&mut self, world: &mut WorldOf<Self>, isolate: u32) {
        let continent = world.geography.colo(isolate).continent;
        let is_false = !world.upstream.had_outage(continent, world.now);
        world.recorder.record_opening(world.now, is_false);
        let has_opened = &mut self.has_opened[isolate as usize];
        if is_false || *has_opened {
            return;
        }
        *has_opened = true;
        self.opened += 1;
        if self.opened == world.isolates.count().div_ceil(2) {
            world.recorder.record_trip(world.now);
        }
    }
}
