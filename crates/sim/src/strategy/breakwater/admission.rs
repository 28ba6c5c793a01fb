//! The decision about a visitor's request.

use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::circuit::fleet::{CallKind, FleetPermit, Replica};
use breakwater_core::circuit::policy::Policy;

use crate::world::Admission;

/// Asks the isolate's replica what becomes of a visitor's request. This is the only place that
/// does, so that another rule of core for visitors with copies is another body of this function.
///
/// `_patience` is that of a visitor for whom a copy is at hand. The rule today does not regard it:
/// each call that the circuit admits is one that its visitor waits for.
pub(super) fn admit(
    replica: &mut Replica,
    policy: &Policy,
    kind: CallKind,
    _patience: Option<Millis>,
    lease: Millis,
    now: Timestamp,
) -> Admission<FleetPermit> {
    match replica.try_acquire(policy, kind, lease, now) {
        Ok(permit) => Admission::Called(permit),
        Err(_) => Admission::Rejected,
    }
}
