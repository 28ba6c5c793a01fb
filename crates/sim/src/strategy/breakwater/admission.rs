//! The decision about a visitor's request.

use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::circuit::fleet::{CallKind, CallWatch, FleetPermit, Replica, Suspicion};
use breakwater_core::circuit::policy::Policy;

use crate::world::Admission;

/// A visitor's request, as an isolate meets it.
pub(super) struct Arrival {
    pub(super) kind: CallKind,
    /// The route's patience, if a copy is at hand for the visitor.
    pub(super) patience: Option<Millis>,
    /// After how long its call counts as a failure although it has not ended.
    pub(super) fails_after: Option<Millis>,
    pub(super) lease: Millis,
    pub(super) now: Timestamp,
}

/// Asks the isolate's replica what becomes of a visitor's request, as the Worker does.
pub(super) fn admit(
    replica: &mut Replica,
    policy: &Policy,
    arrival: &Arrival,
) -> Admission<FleetPermit> {
    let &Arrival { kind, patience, fails_after, lease, now } = arrival;
    let suspicion = match patience {
        Some(_) => replica.suspicion(policy, now),
        None => Suspicion::None,
    };
    if suspicion == Suspicion::NoCall {
        return Admission::Spared;
    }
    match replica.try_acquire(policy, kind, lease, now) {
        Ok(mut permit) => {
            replica.watch(&mut permit, CallWatch { patience, fails_after }, lease, now);
            match suspicion {
                Suspicion::CallBehind => Admission::CalledBehind(permit),
                Suspicion::None | Suspicion::NoCall | Suspicion::SlowStart => {
                    Admission::Called(permit)
                }
            }
        }
        Err(_) => Admission::Rejected,
    }
}
