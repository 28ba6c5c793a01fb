//! Watching without touching.

use breakwater_core::base::time::Timestamp;
use breakwater_core::circuit::fleet::{Answer, Coordinator, FleetPermit, Replica, Report, Verdict};
use breakwater_core::circuit::outcome::Completion;
use breakwater_core::circuit::policy::Policy;

use crate::time::Micros;

/// Sees what happens. Figures need nobody to watch, which costs nothing: `()` does it.
pub trait Watch: Default {
    /// Something happens.
    fn see(&mut self, now: Micros, sight: Sight<'_>);
}

impl Watch for () {
    #[inline(always)]
    fn see(&mut self, _: Micros, _: Sight<'_>) {}
}

/// What happens. Clocks are those of who does it.
#[derive(Debug)]
#[allow(missing_docs)] // Each field is what its type and name say.
pub enum Sight<'a> {
    /// A replica is born.
    Born { isolate: u32, name: u64 },
    /// A visitor was admitted with this permit, or rejected.
    Decided {
        isolate: u32,
        replica: &'a Replica,
        permit: Option<&'a FleetPermit>,
        clock: Timestamp,
    },
    /// A call was recorded.
    Recorded {
        isolate: u32,
        replica: &'a Replica,
        is_from_fleet: bool,
        /// Its call found out how the upstream is while others were rejected.
        is_probe: bool,
        /// The coordinator's that was known when it began.
        generation: Option<u64>,
        completion: Completion,
        clock: Timestamp,
    },
    /// A report leaves, maybe not for the first time.
    Sent {
        isolate: u32,
        report: &'a Report,
        /// Another one of this isolate is under way.
        is_second: bool,
    },
    /// A replica is about to hear a verdict, from the coordinator or its colo.
    Learning { isolate: u32, replica: &'a Replica, verdict: Option<&'a Verdict>, clock: Timestamp },
    /// It has.
    Learned {
        isolate: u32,
        replica: &'a Replica,
        verdict: Option<&'a Verdict>,
        /// From the coordinator itself, not from its colo.
        is_own: bool,
        clock: Timestamp,
    },
    /// A report is about to be applied.
    Delivering {
        coordinator: &'a Coordinator,
        report: &'a Report,
        policy: &'a Policy,
        has_probe: bool,
        random: u32,
        clock: Timestamp,
    },
    /// It was.
    Delivered {
        coordinator: &'a Coordinator,
        report: &'a Report,
        policy: &'a Policy,
        answer: Answer,
        clock: Timestamp,
    },
    /// A reply that was held back goes out.
    Answered {
        coordinator: &'a Coordinator,
        replica: u64,
        policy: &'a Policy,
        verdict: Verdict,
        clock: Timestamp,
    },
    /// A probe, a timeout or an operator has changed the coordinator.
    Changed { coordinator: &'a Coordinator, clock: Timestamp },
    /// The coordinator was restored from what it had stored, by a clock that may show another time.
    Restored {
        old: &'a Coordinator,
        new: &'a Coordinator,
        policy: &'a Policy,
        before: Timestamp,
        after: Timestamp,
    },
}
