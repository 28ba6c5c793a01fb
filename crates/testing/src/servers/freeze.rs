//! Processes that stand still: they hold their connections, and answer nothing.

use std::fs;

use rustix::process::{Pid, Signal, kill_process};

/// Has a process and its children stand still, or go on.
pub(super) fn signal_all(parent: u32, signal: Signal) {
    // The parent first, so that it makes no new ones meanwhile.
    for pid in [parent].into_iter().chain(children(parent)) {
        if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
            // An error means that it is gone.
            let _ = kill_process(pid, signal);
        }
    }
}

/// The children of a process, as Linux tells them; none where it is not Linux.
fn children(parent: u32) -> Vec<u32> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    let numbers = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    numbers.filter(|pid| parent_of(*pid) == Some(parent)).collect()
}

fn parent_of(pid: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // `pid (name) state ppid …`, where the name may hold anything.
    let (_, rest) = stat.rsplit_once(") ")?;
    rest.split(' ').nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::children;

    #[test]
    #[cfg(target_os = "linux")]
    fn children_are_found() {
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        assert!(children(std::process::id()).contains(&child.id()));
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
