//! One Durable Object call per request: the object holds the breaker, and every visitor waits for
//! its word. The outcome of an earlier call rides along, so that one call per request suffices.

use std::mem;

use breakwater_core::circuit::breaker::{Breaker, Permit, State};
use breakwater_core::circuit::outcome::Completion;

use super::{StageOf, Strategy};
use crate::isolate::{Life, clock};
use crate::object::Object;
use crate::stage::{Call, Guest};
use crate::time::Micros;

/// A visitor does not wait longer for the object; the call then goes ahead unasked.
const PATIENCE: Micros = Micros::from_secs(2);

/// One breaker, in the object.
#[derive(Debug)]
pub struct PerRequest {
    breaker: Breaker,
    object: Object,
    ahead_ms: i64,
    /// Outcomes that each isolate has not handed in yet.
    outcomes: Vec<Vec<Outcome>>,
}

type Outcome = (Permit, Completion);

/// What happens between isolates and the object.
#[derive(Debug)]
pub enum Step {
    /// A question arrives at the object.
    Asked(Guest, Vec<Outcome>),
    /// Its turn has come, if the object still lives.
    Served(Guest, Vec<Outcome>, u32),
    /// The object's word arrives: a permit, or a rejection.
    Told(Guest, Option<Permit>),
    /// No word came; it goes ahead.
    Unasked(Guest),
}

impl Strategy for PerRequest {
    /// A call that went ahead unasked has none.
    type Permit = Option<Permit>;
    type Event = Step;

    fn new(stage: &mut StageOf<Self>) -> Self {
        let breaker = Breaker::new(&stage.policy);
        let mut outcomes = Vec::new();
        outcomes.resize_with(stage.isolates.count() as usize, Vec::new);
        Self { breaker, object: Object::default(), ahead_ms: stage.draw_object_clock(), outcomes }
    }

    fn handle_birth(&mut self, _: &mut StageOf<Self>, life: Life, _: u64) {
        self.outcomes[life.isolate as usize].clear();
    }

    fn handle_visitor(&mut self, stage: &mut StageOf<Self>, guest: Guest) {
        let outcomes = mem::take(&mut self.outcomes[guest.life.isolate as usize]);
        match stage.network.travel(guest.colo, stage.now) {
            Some(way) => stage.after(way, Step::Asked(guest, outcomes)),
            None => stage.after(PATIENCE, Step::Unasked(guest)),
        }
    }

    fn handle_ended(&mut self, _: &mut StageOf<Self>, call: Call<Option<Permit>>) {
        if let Some(permit) = call.permit {
            self.outcomes[call.life.isolate as usize].push((permit, call.completion));
        }
    }

    fn handle_event(&mut self, stage: &mut StageOf<Self>, step: Step) {
        match step {
            Step::Asked(guest, outcomes) => {
                stage.meter.count_object_call(stage.now);
                match self.object.accept(stage.now) {
                    Some(at) => {
                        let served = Step::Served(guest, outcomes, self.object.life());
                        stage.after(at.since(stage.now), served);
                    }
                    None => tell(stage, guest, Step::Unasked(guest)),
                }
            }
            Step::Served(guest, _, life) if life != self.object.life() => {
                tell(stage, guest, Step::Unasked(guest));
            }
            Step::Served(guest, outcomes, _) => {
                let told = self.decide(stage, outcomes);
                tell(stage, guest, Step::Told(guest, told));
            }
            Step::Told(guest, Some(permit)) => stage.admit(guest, Some(permit)),
            Step::Told(guest, None) => stage.reject(guest),
            Step::Unasked(guest) => stage.admit(guest, None),
        }
    }

    /// The breaker survives in storage, but not the permits that are out.
    fn handle_eviction(&mut self, stage: &mut StageOf<Self>) {
        self.object.evict(stage.now);
        self.ahead_ms = stage.draw_object_clock();
        if let Ok(breaker) = Breaker::restore(&self.breaker.snapshot(), &stage.policy) {
            self.breaker = breaker;
        }
    }
}

impl PerRequest {
    fn decide(&mut self, stage: &mut StageOf<Self>, outcomes: Vec<Outcome>) -> Option<Permit> {
        let now = clock(self.ahead_ms, stage.now);
        for (permit, completion) in outcomes {
            let before = self.breaker.state();
            let random = stage.random();
            self.breaker.record(&stage.policy, permit, completion, random, now);
            if self.breaker.state() == State::Open && before != State::Open {
                let is_false = stage.upstream.outage().is_none_or(|(from, _)| stage.now < from);
                stage.meter.handle_opening(stage.now, is_false);
                if !is_false {
                    stage.meter.handle_trip(stage.now);
                }
            }
        }
        self.breaker.try_acquire(&stage.policy, stage.lease(), now).ok()
    }
}

/// Sends the object's word, or has the visitor lose patience.
fn tell(stage: &mut StageOf<PerRequest>, guest: Guest, word: Step) {
    match stage.network.travel(guest.colo, stage.now) {
        Some(way) => stage.after(way, word),
        None => {
            let left = (guest.came + PATIENCE).since(stage.now);
            stage.after(left, Step::Unasked(guest));
        }
    }
}
