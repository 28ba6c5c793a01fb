//! The memory of the process, against its limit.

use breakwater_core::watch::health::{LevelLimits, Measurement, Status};
use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};

use super::watch::Probe;

/// The process warns from 80 % of its limit on and fails from 95 % on, where the next burst may end
/// it.
const LIMITS: LevelLimits = LevelLimits { warn: 80, fail: 95 };

/// Measures the memory of the process.
pub(super) struct Memory {
    system: System,
}

impl Memory {
    pub(super) fn new() -> Self {
        Self { system: System::new() }
    }

    /// The bytes that this process has in memory.
    fn resident(&mut self) -> Option<u64> {
        let pid = Pid::from_u32(std::process::id());
        let what = ProcessRefreshKind::nothing().with_memory().without_tasks();
        self.system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), true, what);
        self.system.process(pid).map(|process| process.memory()).filter(|bytes| *bytes > 0)
    }

    /// The bytes that it may have: the limit of the control group, or the memory of the machine.
    fn limit(&mut self) -> u64 {
        self.system.refresh_memory();
        let of_group = self.system.cgroup_limits().map(|limits| limits.total_memory);
        let of_machine = self.system.total_memory();
        of_group.filter(|bytes| *bytes > 0).map_or(of_machine, |bytes| bytes.min(of_machine))
    }
}

impl Probe for Memory {
    async fn measure(&mut self) -> Vec<Measurement> {
        let (Some(resident), limit) = (self.resident(), self.limit()) else {
            let unknown = Measurement::new("utilization", Status::Warn);
            return vec![unknown.because("this system does not tell how much it is")];
        };
        let percent = (u128::from(resident) * 100).checked_div(u128::from(limit)).unwrap_or(100);
        let percent = u64::try_from(percent).unwrap_or(u64::MAX);
        vec![
            Measurement::level("utilization", percent, "percent", LIMITS),
            Measurement::new("resident", Status::Pass).with_number(resident, "bytes"),
            Measurement::new("limit", Status::Pass).with_number(limit, "bytes"),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figures_are_this_process_s_own() {
        let mut memory = Memory::new();
        let before = memory.resident().unwrap();
        // The pages are written to, so that they are in memory.
        let held = vec![1u8; 64 * 1024 * 1024];
        let after = memory.resident().unwrap();
        assert!(after - before > 48 * 1024 * 1024, "{before} {after}");
        assert!(after < memory.limit());
        drop(held);
    }
}
