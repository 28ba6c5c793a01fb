//! What isolates count for objectives, and how it reaches the monitor.
//!
//! An isolate counts each answer and each call in an [`ObjectiveCounter`], without allocating. Its
//! report to a coordinator takes along what concerns that circuit, the coordinator adds it up in
//! [`ObjectiveSums`], and the round of each minute brings that to the monitor.
//!
//! # What is good and what is bad
//! Only what an upstream does is bad. What a visitor does wrong and faults of the platform count
//! nowhere, not even as good: else a flood of requests for pages that do not exist would hide an
//! outage.
//!
//! | what happens | for its route | for its upstream |
//! |---|---|---|
//! | an answer below 400 | good | good |
//! | an answer from 500 on, or none, by the upstream's fault | bad | bad |
//! | a copy is served, fresh, stale or of the last resort | good | nothing: there was no call |
//! | a copy is served after a call that failed | good | bad |
//! | the circuit does not admit the call | by what the visitor gets | bad |
//! | an operator keeps the circuit open | by what the visitor gets | nothing |
//! | an answer from 400 to 499 | nothing | nothing |
//! | the upstream throttles us, or our quota is used up | by what the visitor gets | nothing |
//! | the visitor leaves, or the platform fails | nothing | nothing |
//! | a page of maintenance | nothing | nothing: there was no call |
//!
//! An objective of latency counts what is good and took too long as bad.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use crate::base::array::serialize_array;
use crate::base::time::Millis;
use crate::circuit::breaker::State;
use crate::circuit::outcome::Outcome;
use crate::site::config::{Site, TrafficSubject};
use crate::site::degrade::Source;
use crate::watch::objective::{OBJECTIVES_MAX, ObjectiveCounts};

serialize_array! {
    /// What was counted for an objective since that was last told.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct ObjectiveDelta {
        /// The name of the objective. An index would mean another one after a deployment.
        pub objective: String,
        /// What was counted.
        pub counts: ObjectiveCounts,
    }
}

/// An answer to a visitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServedAnswer {
    /// Where it came from.
    pub source: Source,
    /// Its status.
    pub status: u16,
    /// How the last call for it counted, if one was made.
    pub call: Option<Outcome>,
    /// The time from the request to the beginning of the answer.
    pub took: Millis,
}

/// A call to an upstream that has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndedCall {
    /// How it counts.
    pub outcome: Outcome,
    /// The status, if there was an answer.
    pub status: Option<u16>,
    /// The time from the request to the fields of the answer.
    pub took: Millis,
}

/// What an isolate has counted.
#[derive(Clone, Debug, Default)]
pub struct ObjectiveCounter {
    /// In the order of the site's objectives.
    counts: Vec<ObjectiveCounts>,
}

impl ObjectiveCounter {
    /// A counter for the objectives of a site.
    pub fn new(site: &Site) -> Self {
        Self { counts: alloc::vec![ObjectiveCounts::default(); site.objectives.len()] }
    }

    /// Counts an answer to a visitor of the route with this index.
    pub fn record_answer(&mut self, site: &Site, route: usize, answer: &ServedAnswer) {
        if let Some(is_good) = answer.is_good() {
            self.record(site, TrafficSubject::Route(route), is_good, answer.took);
        }
    }

    /// Counts a call to the upstream with this index.
    pub fn record_call(&mut self, site: &Site, upstream: usize, call: &EndedCall) {
        if let Some(is_good) = call.is_good() {
            self.record(site, TrafficSubject::Upstream(upstream), is_good, call.took);
        }
    }

    /// Counts a call to the upstream with this index that its circuit did not admit in this state.
    /// An open circuit says that the upstream is sick; an operator's order says nothing of it.
    pub fn record_rejection(&mut self, site: &Site, upstream: usize, state: State) {
        match state {
            State::Open | State::HalfOpen => {
                self.record(site, TrafficSubject::Upstream(upstream), false, Millis::ZERO);
            }
            State::Closed | State::ForcedOpen | State::ForcedClosed | State::MetricsOnly => {}
        }
    }

    /// Takes what was counted for the objectives that the coordinator of this circuit adds up.
    pub fn take(&mut self, site: &Site, circuit: usize) -> Vec<ObjectiveDelta> {
        let mut taken = Vec::new();
        for (objective, counts) in site.objectives.iter().zip(&mut self.counts) {
            if !counts.is_empty() && objective.subject.circuit(site) == Some(circuit) {
                let counts = core::mem::take(counts);
                taken.push(ObjectiveDelta { objective: objective.name.clone(), counts });
            }
        }
        taken
    }

    fn record(&mut self, site: &Site, subject: TrafficSubject, is_good: bool, took: Millis) {
        for (objective, counts) in site.objectives.iter().zip(&mut self.counts) {
            if objective.subject == subject {
                counts.add(objective.kind.count(is_good, took));
            }
        }
    }
}

impl ServedAnswer {
    /// Whether the visitor was served; `None` if that says nothing of the route.
    fn is_good(&self) -> Option<bool> {
        match (self.source, self.status, self.call) {
            (Source::Maintenance, _, _) | (_, 400..=499, _) => None,
            (_, 500.., Some(Outcome::Ignored)) => None,
            (_, 500.., _) => Some(false),
            (_, _, _) => Some(true),
        }
    }
}

impl EndedCall {
    /// Whether the upstream did its work; `None` if the call says nothing of that.
    fn is_good(&self) -> Option<bool> {
        match (self.outcome, self.status) {
            (Outcome::Success, Some(400..=499)) => None,
            // A circuit may count only what gateways answer; the upstream has failed all the same.
            (Outcome::Success, Some(500..)) => Some(false),
            (Outcome::Success, _) => Some(true),
            (Outcome::Failure, _) => Some(false),
            (Outcome::Ignored | Outcome::Throttled | Outcome::Exhausted, _) => None,
        }
    }
}

/// What a coordinator has heard of and not told yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObjectiveSums(BTreeMap<String, ObjectiveCounts>);

impl ObjectiveSums {
    /// Adds what an isolate has counted. Names beyond [`OBJECTIVES_MAX`] are left out, since no
    /// site has as many.
    pub fn add(&mut self, counted: &[ObjectiveDelta]) {
        for delta in counted {
            if let Some(counts) = self.0.get_mut(&delta.objective) {
                counts.add(delta.counts);
            } else if self.0.len() < OBJECTIVES_MAX {
                self.0.insert(delta.objective.clone(), delta.counts);
            }
        }
    }

    /// Takes all of it.
    pub fn take(&mut self) -> Vec<ObjectiveDelta> {
        let sums = core::mem::take(&mut self.0).into_iter();
        sums.map(|(objective, counts)| ObjectiveDelta { objective, counts }).collect()
    }

    /// All of it, which stays.
    pub fn to_deltas(&self) -> Vec<ObjectiveDelta> {
        self.clone().take()
    }
}

#[cfg(test)]
mod tests;
