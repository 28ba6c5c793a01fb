//! What visitors wait for, and what they get.

use breakwater_core::base::time::Millis;
use breakwater_core::circuit::outcome::{Completion, Outcome};

use super::{Call, Event, Visitor, World};
use crate::recorder::{Answer, Decision, Visit};
use crate::rng::{Property, share_of};
use crate::time::Micros;

/// What becomes of a visitor's request.
#[derive(Debug)]
pub enum Admission<P> {
    /// The call is made. The visitor waits for it: if a copy is at hand, for the route's `patience`
    /// at most, and otherwise until it ends.
    Called(P),
    /// The visitor, for whom a copy is at hand, gets it at once, and the call is made behind it.
    CalledBehind(P),
    /// The visitor, for whom a copy is at hand, gets it at once, and no call is made.
    Spared,
    /// No call is made. The visitor gets the copy at once if one is at hand, and an error if not.
    Rejected,
}

impl<P> Admission<P> {
    /// The permit of the call, if one is made.
    pub const fn permit(&self) -> Option<&P> {
        match self {
            Self::Called(permit) | Self::CalledBehind(permit) => Some(permit),
            Self::Spared | Self::Rejected => None,
        }
    }
}

impl<P, E> World<P, E> {
    /// Whether a copy is at hand for the visitor with this seed.
    pub fn has_copy(&self, seed: u64) -> bool {
        share_of(seed, Property::HasCopy) < self.copies
    }

    /// Carries out what becomes of a visitor's request. Returns after how long the visitor's
    /// patience is over, if the call is not by then.
    pub fn carry_out(&mut self, visitor: Visitor, admission: Admission<P>) -> Option<Micros> {
        match admission {
            Admission::Called(permit) => return self.admit(visitor, permit),
            Admission::CalledBehind(permit) => {
                self.count(visitor, Decision::Admitted);
                self.call(visitor, permit, false);
                self.record_visit(visitor, Micros(0), Answer::Copy);
            }
            Admission::Spared => {
                self.count(visitor, Decision::Spared);
                self.record_visit(visitor, Micros(0), Answer::Copy);
            }
            Admission::Rejected => self.reject(visitor),
        }
        None
    }

    /// Sends a visitor's call to the upstream, and has the visitor wait for it. Returns after how
    /// long the visitor's patience is over, if the call is not by then.
    pub fn admit(&mut self, visitor: Visitor, permit: P) -> Option<Micros> {
        self.count(visitor, Decision::Admitted);
        let (took, outcome) = self.call(visitor, permit, true);
        let is_good = outcome == Outcome::Success;
        let left = Micros::from(self.patience).since(self.now.since(visitor.arrived_at));
        let (waits, answer) = match visitor.has_copy {
            true if took > left => (left, Answer::Copy),
            _ if is_good => (took, Answer::Origin),
            true => (took, Answer::Copy),
            false => (took, Answer::Error),
        };
        self.record_visit(visitor, waits, answer);
        (visitor.has_copy && took > left).then_some(left)
    }

    /// Rejects a visitor's call.
    pub fn reject(&mut self, visitor: Visitor) {
        self.count(visitor, Decision::Rejected);
        let answer = if visitor.has_copy { Answer::Copy } else { Answer::Error };
        self.record_visit(visitor, Micros(0), answer);
    }

    /// Makes a call, and returns how long it will take and how it will end.
    fn call(&mut self, visitor: Visitor, permit: P, is_waited_for: bool) -> (Micros, Outcome) {
        let reply = self.upstream.answer(visitor.colo, visitor.seed, self.now);
        let limit = Micros::from(self.call_timeout);
        let outcome = if reply.took >= limit { Outcome::Failure } else { reply.outcome };
        let took = reply.took.min(limit);
        let has_outage = self.upstream.has_outage(visitor.colo.continent, self.now);
        self.recorder.record_call_start(self.now, reply.met_outage, has_outage);
        if reply.met_outage && is_waited_for {
            let patience = Micros::from(self.patience);
            let is_impatient = visitor.has_copy && took > patience;
            let impatient_at = is_impatient.then(|| visitor.arrived_at + patience);
            self.recorder.record_wait_start(has_outage, impatient_at);
        }
        let took_ms = Millis::new(took.as_ms());
        let named = self.draw_named_time();
        let outcome = if named.is_some() { Outcome::Throttled } else { outcome };
        let completion = Completion { outcome, took: took_ms, retry_after: named };
        let met_outage = reply.met_outage;
        let call = Call { incarnation: visitor.incarnation, permit, completion, met_outage };
        self.events.schedule(self.now + took, Event::CallEnded(call));
        (took, outcome)
    }

    fn count(&mut self, visitor: Visitor, decision: Decision) {
        let continent = visitor.colo.continent;
        let has_outage = self.upstream.has_outage(continent, self.now);
        let had_outage = has_outage || self.upstream.had_outage(continent, self.now);
        self.recorder.record_decision(
            self.now,
            visitor.arrived_at,
            has_outage,
            had_outage,
            decision,
        );
    }

    /// Records what a visitor gets who waits for this span from now on.
    fn record_visit(&mut self, visitor: Visitor, waits: Micros, answer: Answer) {
        let has_outage = self.upstream.has_outage(visitor.colo.continent, self.now);
        let waited = self.now.since(visitor.arrived_at) + waits;
        let is_past_patience = waited >= Micros::from(self.patience);
        let has_copy = visitor.has_copy;
        let visit = Visit { has_copy, has_outage, waited, is_past_patience, answer };
        self.recorder.record_visit(self.now, visit);
    }
}
