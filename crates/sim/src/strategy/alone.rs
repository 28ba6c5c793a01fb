//! Each isolate alone: a breaker in its memory, and nobody to tell.

use breakwater_core::circuit::breaker::{Breaker, Permit, State};
use breakwater_core::circuit::outcome::Outcome;

use super::{StageOf, Strategy};
use crate::isolate::Life;
use crate::stage::{Call, Guest};

/// One breaker per isolate.
#[derive(Debug)]
pub struct Alone {
    breakers: Vec<Breaker>,
    /// Whether the breaker in that place has opened in an outage: half of them is a trip.
    has_opened: Vec<bool>,
    opened: u32,
}

impl Strategy for Alone {
    type Permit = Permit;
    type Event = ();

    fn new(stage: &mut StageOf<Self>) -> Self {
        let count = stage.isolates.count() as usize;
        let breakers = vec![Breaker::new(&stage.policy); count];
        Self { breakers, has_opened: vec![false; count], opened: 0 }
    }

    fn handle_birth(&mut self, stage: &mut StageOf<Self>, life: Life, _: u64) {
        self.breakers[life.isolate as usize] = Breaker::new(&stage.policy);
    }

    fn handle_visitor(&mut self, stage: &mut StageOf<Self>, guest: Guest) {
        let now = stage.clock(guest.life.isolate);
        let breaker = &mut self.breakers[guest.life.isolate as usize];
        match breaker.try_acquire(&stage.policy, stage.lease(), now) {
            Ok(permit) => stage.admit(guest, permit),
            Err(_) => stage.reject(guest),
        }
    }

    fn handle_ended(&mut self, stage: &mut StageOf<Self>, call: Call<Permit>) {
        let random = if call.completion.outcome == Outcome::Failure { stage.random() } else { 0 };
        let isolate = call.life.isolate;
        let now = stage.clock(isolate);
        let breaker = &mut self.breakers[isolate as usize];
        let before = breaker.state();
        breaker.record(&stage.policy, call.permit, call.completion, random, now);
        if breaker.state() == State::Open && before != State::Open {
            self.note_opening(stage, isolate);
        }
    }

    fn handle_event(&mut self, _: &mut StageOf<Self>, (): ()) {}

    fn handle_eviction(&mut self, _: &mut StageOf<Self>) {}
}

impl Alone {
    fn note_opening(&mut self, stage: &mut StageOf<Self>, isolate: u32) {
        let continent = stage.geography.colo(isolate).continent;
        let is_false = !stage.upstream.was_out(continent, stage.now);
        stage.meter.handle_opening(stage.now, is_false);
        let has_opened = &mut self.has_opened[isolate as usize];
        if is_false || *has_opened {
            return;
        }
        *has_opened = true;
        self.opened += 1;
        if self.opened == stage.isolates.count().div_ceil(2) {
            stage.meter.handle_trip(stage.now);
        }
    }
}
