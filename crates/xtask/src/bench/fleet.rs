//! The simulated fleet: three ways to protect an upstream, and how the simulator grows.

use std::fmt::Write as _;
use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::progress::Progress;
use crate::{place, run};

/// What happens to the fleet, in the order of the document.
const SCENARIOS: [&str; 12] = [
    "healthy",
    "dead",
    "refused",
    "region",
    "errors",
    "recovering",
    "partition",
    "deploy",
    "hang",
    "slow-5s",
    "brownout",
    "heavy-tail",
];
/// Isolates, colos and visitors a second of the comparison.
const FLEET: [&str; 3] = ["3000", "300", "50000"];
/// The same for the growth: all three grow alike, so that each isolate does the same.
const SIZES: [[&str; 3]; 3] =
    [["1000", "100", "16667"], ["3000", "300", "50000"], ["9000", "900", "150000"]];
const SEED: &str = "1";
/// The scenarios that are played with many seeds, and the number of seeds. All but the last have a
/// recovery each.
const CAMPAIGNS: [(&str, &str); 5] = [
    ("refused", "1000"),
    ("hang", "1000"),
    ("slow-5s", "1000"),
    ("brownout", "1000"),
    ("heavy-tail", "100"),
];
/// Isolates, colos and visitors a second of a fleet that is played with many seeds: each isolate
/// does what it does in the large one.
const SMALL_FLEET: [&str; 3] = ["60", "6", "1000"];
/// Runs of each size; the fastest counts, since whatever else runs only slows it down.
const RUNS: usize = 3;
/// How often the simulator's memory is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Runs the simulations, and returns their section of the document.
pub(crate) fn run(progress: &Progress) -> Result<String> {
    progress.say("simulator", "cargo build --release");
    let mut build = run::cargo();
    build.current_dir(place::root());
    run::shown(build.args(["build", "--release", "--quiet", "-p", "breakwater-sim"]))?;
    let mut section = String::new();
    for scenario in SCENARIOS {
        progress.say("scenario", scenario);
        let text = run::text(simulator(FLEET).args(["--scenario", scenario, "--markdown"]))?;
        writeln!(section, "{}\n", text.trim_end())?;
    }
    for (scenario, seeds) in CAMPAIGNS {
        progress.say("seeds", scenario);
        let mut simulator = simulator(SMALL_FLEET);
        simulator.args(["--scenario", scenario, "--seeds", seeds, "--markdown"]);
        writeln!(section, "{}\n", run::text(&mut simulator)?.trim_end())?;
    }
    section += "### How the simulator grows\n\n\
        `dead`, Breakwater alone, by isolates; colos and visitors grow with them. \
        The fastest of three.\n\n\
        | isolates | visitors/s | time, s | peak memory, MB |\n|---|---|---|---|\n";
    for size in SIZES {
        progress.say("growth", size[0]);
        let runs: Vec<(f64, u64)> = (0..RUNS).map(|_| measure(size)).collect::<Result<_>>()?;
        let seconds = runs.iter().map(|run| run.0).fold(f64::INFINITY, f64::min);
        let peak = runs.iter().map(|run| run.1).max().unwrap_or_default();
        writeln!(section, "| {} | {} | {seconds:.1} | {peak} |", size[0], size[2])?;
    }
    Ok(section)
}

fn simulator([isolates, colos, rps]: [&str; 3]) -> Command {
    let mut simulator = Command::new(place::root().join("target/release/breakwater-sim"));
    simulator.args(["--isolates", isolates, "--colos", colos, "--rps", rps, "--seed", SEED]);
    simulator
}

/// Seconds, and the largest that the process ever was, in megabytes.
fn measure(size: [&str; 3]) -> Result<(f64, u64)> {
    let mut simulator = simulator(size);
    simulator.args(["--scenario", "dead", "--strategy", "breakwater", "--json"]);
    let start = Instant::now();
    let mut child = simulator.stdin(Stdio::null()).stdout(Stdio::null()).spawn()?;
    let mut peak = 0;
    let status = loop {
        peak = peak.max(peak_memory(child.id()).unwrap_or_default());
        match child.try_wait()? {
            Some(status) => break status,
            None => thread::sleep(LOOK_EVERY),
        }
    };
    ensure!(status.success(), "the simulator failed with {status}");
    Ok((start.elapsed().as_secs_f64(), peak / 1024))
}

/// In kilobytes, by the kernel's account (proc_pid_status(5), `VmHWM`); none if it has ended.
fn peak_memory(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}
