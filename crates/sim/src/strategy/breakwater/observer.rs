//! Observation of every step, without influence on it.

use breakwater_core::base::time::Timestamp;
use breakwater_core::circuit::fleet::{Coordinator, FleetPermit, Replica, Report, Verdict};
use breakwater_core::circuit::outcome::Completion;
use breakwater_core::circuit::policy::Policy;

use crate::time::Micros;

/// Observes the steps of replicas and the coordinator. Comparisons use `()`, which costs nothing.
pub trait Observer: Default {
    /// Handles an observation.
    fn observe(&mut self, now: Micros, observation: Observation<'_>);
}

impl Observer for () {
    #[inline(always)]
    fn observe(&mut self, _: Micros, _: Observation<'_>) {}
}

/// A step of a replica or the coordinator. Each `clock` is that of the machine that takes it.
#[derive(Debug)]
#[allow(missing_docs)] // The names and types of fields say what they are.
pub enum Observation<'a> {
    /// An isolate starts with a new replica.
    Started { isolate: u32, name: u64 },
    /// A visitor was admitted with this permit, or rejected without one.
    Decided {
        isolate: u32,
        replica: &'a Replica,
        permit: Option<&'a FleetPermit>,
        clock: Timestamp,
    },
    /// The outcome of a call was recorded.
    Recorded {
        isolate: u32,
        replica: &'a Replica,
        is_from_fleet: bool,
        /// Whether the call was a probe, made while other calls were rejected.
        is_probe: bool,
        /// The coordinator's generation that the replica knew when the call began.
        generation: Option<u64>,
        completion: Completion,
        clock: Timestamp,
    },
    /// A report is sent, perhaps not for the first time.
    Sent {
        isolate: u32,
        report: &'a Report,
        /// Whether another report of this isolate is in flight.
        is_second: bool,
    },
    /// A replica is about to handle a verdict from the coordinator or its colo.
    VerdictReceived {
        isolate: u32,
        replica: &'a Replica,
        verdict: Option<&'a Verdict>,
        clock: Timestamp,
    },
    /// The replica has handled it.
    VerdictHandled {
        isolate: u32,
        replica: &'a Replica,
        verdict: Option<&'a Verdict>,
        /// Whether the verdict came from the coordinator, not from the colo's cache.
        is_own: bool,
        clock: Timestamp,
    },
    /// The coordinator is about to apply a report.
    ReportReceived {
        coordinator: &'a Coordinator,
        report: &'a Report,
        policy: &'a Policy,
        has_probe: bool,
        random: u32,
        clock: Timestamp,
    },
    /// The coordinator has applied it.
    ReportHandled {
        coordinator: &'a Coordinator,
        report: &'a Report,
        policy: &'a Policy,
        clock: Timestamp,
    },
    /// The coordinator answers a report.
    ReplySent {
        coordinator: &'a Coordinator,
        replica: u64,
        policy: &'a Policy,
        verdict: Verdict,
        clock: Timestamp,
    },
    /// A probe, a timeout or an order has changed the coordinator.
    Changed { coordinator: &'a Coordinator, clock: Timestamp },
    /// The coordinator was restored from storage, on a machine whose clock may show another time.
    Restored {
        old: &'a Coordinator,
        new: &'a Coordinator,
        policy: &'a Policy,
        before: Timestamp,
        after: Timestamp,
    },
}
