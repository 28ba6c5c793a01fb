//! The right to make one call, and what is told of the call's end.

use breakwater_core::base::id::CircuitId;
use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::circuit::breaker::Rejected;
use breakwater_core::circuit::fleet::{CallKind, CallWatch, FleetPermit};
use breakwater_core::circuit::outcome::{Completion, Dialect, Ended, Outcome};
use breakwater_core::site::degrade::{RequestBody, Rungs, Target};
use breakwater_core::telemetry::log::{LogAttribute, LogEvent};
use breakwater_platform::log;

use super::counting::count_rejection;
use super::{Destination, circuit_of, with};
use crate::clock;
use crate::examined::Examined;
use crate::exchange::Exchange;
use crate::outgoing::OutgoingRequest;

/// The right to make one call, with the circuit that gave it. A permit that is dropped unrecorded,
/// as where something throws on the way, goes back and counts nowhere: a lost permit would hold a
/// half-open circuit, or a slot in the bulkhead, until its lease ends.
#[must_use = "a permit that is dropped is given back, and its call counts nowhere"]
pub(crate) struct CircuitPermit {
    circuit: CircuitId,
    /// The route whose history its call adds to, if it adds to one.
    history: Option<usize>,
    /// Whether a visitor's request needs its call.
    is_visitors: bool,
    /// `None` once it was recorded.
    permit: Option<FleetPermit>,
    examined: Examined,
}

/// What a call is for, as far as it matters how long the call takes.
#[derive(Clone, Copy)]
pub(crate) struct CallPurpose {
    kind: CallKind,
    /// Whether the request's body passes through, so that the visitor's time counts too.
    body_passes: bool,
    /// Whether a visitor waits who may get a copy.
    may_get_copy: bool,
}

impl CallPurpose {
    /// That of a visitor's request, to whom these rungs are open.
    pub(crate) fn of(visit: &Exchange, sending: &OutgoingRequest, rungs: Rungs) -> Self {
        Self {
            kind: CallKind::of(sending.method(visit), || sending.has_body()),
            body_passes: sending.body() == RequestBody::Passing,
            may_get_copy: rungs.any(),
        }
    }
}

/// Asks the replica of a circuit whether a call may be made. `whom`: whether the call goes to the
/// route's own upstream or to the one that stands in.
pub(crate) fn acquire(
    target: Destination,
    whom: Target,
    purpose: CallPurpose,
    now: Timestamp,
) -> Result<CircuitPermit, Rejected> {
    let Destination { route, circuit, .. } = target;
    let CallPurpose { kind, body_passes, may_get_copy } = purpose;
    let admitted = admit(circuit, kind, route.lease(body_passes), now);
    let mut admitted = admitted.inspect_err(|rejected| count_rejection(circuit, *rejected, now))?;
    admitted.is_visitors = true;
    if whom == Target::Origin && !body_passes {
        admitted.watch(target, may_get_copy.then_some(route.patience), now);
    }
    Ok(admitted)
}

/// The same for a call that is made elsewhere, and of which only the end is heard.
pub(crate) fn acquire_to_lend(
    circuit: CircuitId,
    limit: Millis,
    now: Timestamp,
) -> Result<CircuitPermit, Rejected> {
    admit(circuit, CallKind::Safe, limit, now)
}

fn admit(
    circuit: CircuitId,
    kind: CallKind,
    limit: Millis,
    now: Timestamp,
) -> Result<CircuitPermit, Rejected> {
    let policy = &circuit_of(circuit).policy;
    let permit = with(|it| it.replicas[circuit.index()].try_acquire(policy, kind, limit, now))?;
    let (history, is_visitors, examined) = (None, false, Examined::default());
    Ok(CircuitPermit { circuit, history, is_visitors, permit: Some(permit), examined })
}

impl CircuitPermit {
    /// Has the replica watch how long the call takes, from now on, and counts it among those of the
    /// route.
    fn watch(&mut self, target: Destination, patience: Option<Millis>, now: Timestamp) {
        let Destination { route, index, .. } = target;
        let Some(permit) = &mut self.permit else { return };
        self.history = Some(index);
        let policy = &circuit_of(self.circuit).policy;
        with(|it| {
            let fails_after = it.histories[index].fails_after(policy, route.timeout);
            let watch = CallWatch { patience, fails_after };
            it.replicas[self.circuit.index()].watch(permit, watch, route.lease(false), now);
        });
    }

    /// The body of the request has passed whole, so that the call counts from now on as one whose
    /// request has none.
    pub(crate) fn sent(&mut self, target: Destination, now: Timestamp) {
        self.watch(target, None, now);
    }

    /// Has the call judged by this beginning of its answer's body too.
    pub(crate) fn hear(&mut self, examined: Examined) {
        self.examined = examined;
    }

    /// Tells the replica how the call ended, and counts how long it took if it got an answer.
    /// Without an answer that time says how long the caller waited, and not how fast the upstream
    /// is. Returns how the call counts.
    pub(crate) fn record(
        mut self,
        dialect: Dialect,
        ended: Ended,
        took: Millis,
        now: Timestamp,
    ) -> Outcome {
        let circuit = circuit_of(self.circuit);
        let judged = dialect.examine(circuit.policy.count, ended, self.examined.body(), took);
        if judged.cause.needs_operator() {
            log::warn(
                LogEvent::OperatorNeeded,
                &[LogAttribute::CircuitName.text(&circuit.name)],
                format_args!("circuit {}: {}", circuit.name, judged.cause),
            );
        }
        let outcome = judged.completion.outcome;
        self.give_back(judged.completion, now);
        with(|it| {
            it.counts.count_call(self.circuit, ended, outcome, took, self.is_visitors);
            if let Some(route) = self.history.filter(|_| outcome == Outcome::Success) {
                it.histories[route].record(took);
            }
        });
        outcome
    }

    /// Tells the replica that the answer has begun.
    pub(crate) fn answered(&mut self, now: Timestamp) {
        let Some(permit) = &mut self.permit else { return };
        with(|it| it.replicas[self.circuit.index()].answered(permit, now));
    }

    fn give_back(&mut self, call: Completion, now: Timestamp) {
        let Some(permit) = self.permit.take() else { return };
        with(|it| {
            let (policy, random) = (&circuit_of(self.circuit).policy, it.random.u32(..));
            it.replicas[self.circuit.index()].record(policy, permit, call, random, now);
        });
    }
}

impl Drop for CircuitPermit {
    fn drop(&mut self) {
        if self.permit.is_some() {
            let (outcome, took) = (Outcome::Ignored, Millis::ZERO);
            self.give_back(Completion { outcome, took, retry_after: None }, clock::now());
        }
    }
}
