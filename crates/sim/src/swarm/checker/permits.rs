//! The permits of the coordinator: granted, used, given back, expired.

use std::collections::BTreeMap;

use breakwater_core::base::time::Timestamp;
use breakwater_core::circuit::breaker::State;
use breakwater_core::circuit::fleet::{Coordinator, EXTRA_PERMITS_MAX, Report, Verdict};
use breakwater_core::circuit::policy::Policy;

use super::{CheckResult, Invariant};

/// The permits granted to and used by each replica, and the outstanding ones.
#[derive(Debug, Default)]
pub(super) struct Permits {
    /// The numbers of permits granted and used, by replica.
    replicas: BTreeMap<u64, (u32, u32)>,
    /// The holder, the generation and the end of each outstanding permit, by the coordinator's
    /// clock.
    out: Vec<(u64, u64, Timestamp)>,
    /// The newest sequence that arrived from each replica; an older report gives nothing back.
    sequences: BTreeMap<u64, u32>,
}

impl Permits {
    /// Checks a call that a replica makes on a permit.
    pub(super) fn handle_use(&mut self, replica: u64) -> CheckResult {
        let (granted, used) = self.replicas.entry(replica).or_default();
        *used += 1;
        if *used <= *granted {
            return Ok(());
        }
        let detail = format!("replica {replica:x} made {used} calls on {granted} permits");
        Err((Invariant::Permits, detail))
    }

    /// Takes back the permits that a report returns, used or not.
    pub(super) fn handle_report(&mut self, coordinator: &Coordinator, report: &Report) {
        let newest = self.sequences.entry(report.replica).or_default();
        if report.sequence <= *newest {
            return;
        }
        *newest = report.sequence;
        let delta = report.delta;
        let tells =
            delta.probe_successes + delta.probe_failures + delta.probes_unused + delta.calls;
        let generation = coordinator.generation();
        let is_current = report.generation == Some(generation);
        if tells > 0 && is_current && coordinator.state() == State::HalfOpen {
            self.out.retain(|&(replica, ..)| replica != report.replica);
        }
    }

    pub(super) fn handle_verdict(
        &mut self,
        coordinator: &Coordinator,
        replica: u64,
        verdict: Verdict,
        policy: &Policy,
        clock: Timestamp,
    ) -> CheckResult {
        if verdict.permits == 0 {
            return Ok(());
        }
        self.replicas.entry(replica).or_default().0 += verdict.permits;
        let generation = coordinator.generation();
        self.out.retain(|&(_, of, until)| of == generation && clock < until);
        if self.out.iter().any(|&(holder, ..)| holder == replica) {
            // A replica that asks again after a lost reply gets the same permit.
            return Ok(());
        }
        for _ in 0..verdict.permits {
            self.out.push((replica, generation, clock + policy.probe_timeout));
        }
        let most = policy.probes + EXTRA_PERMITS_MAX;
        if self.out.len() <= most as usize {
            return Ok(());
        }
        let detail = format!("{} permits are out, but no more than {most} may be", self.out.len());
        Err((Invariant::Permits, detail))
    }

    /// Forgets the outstanding permits, as an eviction does; replicas may still use them.
    pub(super) fn forget_grants(&mut self) {
        self.out.clear();
    }
}
