//! The processor time and the memory of a process, by the kernel's accounting.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};

/// User and system time that a process has used so far, in steps of a clock tick.
pub(crate) fn used(pid: u32) -> Result<Duration> {
    let path = format!("/proc/{pid}/stat");
    let stat = fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
    let ticks = ticks(&stat).with_context(|| format!("no times in {path}: {stat}"))?;
    Ok(Duration::from_secs_f64(ticks as f64 / rustix::param::clock_ticks_per_second() as f64))
}

/// The time that the threads of a process have used so far, to the nanosecond (Linux's
/// `sched-stats.rst`). Threads that have ended are not in it.
pub(crate) fn exactly_used(pid: u32) -> Result<Duration> {
    let mut used = Duration::ZERO;
    for thread in fs::read_dir(format!("/proc/{pid}/task"))? {
        let path = thread?.path().join("schedstat");
        let stat = fs::read_to_string(&path).unwrap_or_default();
        let nanoseconds = stat.split(' ').next().and_then(|it| it.parse().ok());
        used += Duration::from_nanos(nanoseconds.unwrap_or_default());
    }
    Ok(used)
}

/// The memory that is resident, in megabytes (proc_pid_status(5), `VmRSS`).
pub(crate) fn resident_mb(pid: u32) -> Result<f64> {
    let path = format!("/proc/{pid}/status");
    let status = fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes =
        line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<f64>().ok());
    Ok(kilobytes.with_context(|| format!("no VmRSS in {path}"))? / 1000.0)
}

/// Fields 14 and 15 of proc_pid_stat(5). The second one, the name, may itself hold spaces.
fn ticks(stat: &str) -> Option<u64> {
    let (_, after_name) = stat.rsplit_once(") ")?;
    let mut fields = after_name.split(' ').skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

#[cfg(test)]
mod tests {
    use super::{ticks, used};

    #[test]
    fn times_are_found_behind_any_name() {
        let stat = "7 (a) b (c) S 1 7 7 0 -1 4194560 100 0 0 0 31 11 0 0 20 0 1 0 5 6 7";
        assert_eq!(ticks(stat), Some(42));
    }

    #[test]
    fn our_own_process_has_times() {
        assert!(used(std::process::id()).is_ok());
    }
}
