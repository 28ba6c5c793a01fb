//! What Breakwater costs per request, paired against JavaScript that does the same work.
//!
//! Every round gives each Worker the same load in turn, and reads from the kernel what processor
//! time its workerd used for it. Ratios are taken within a round, so a machine whose speed drifts
//! does not favour one of them, and rounds alternate their order, so that no Worker is always
//! first. What forwards has a process of its own that does nothing else; otherwise the garbage of
//! other routes would be collected at its cost. Requests per second would say less, because load
//! and backend share the machine.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use anyhow::{Context, Result};
use breakwater_testing::{Log, Origin, Stack};

use super::runner::{self, Load, Runner, authority, pid_of};
use super::sample::Sample;
use super::{cpu, load};
use crate::command::host_cargo;
use crate::progress::Progress;
use crate::tools::Tools;
use crate::{place, run};

/// What the bench site and both peers call their upstream.
const ORIGIN_PORT: u16 = 18_788;
/// Loads of each Worker, one after the other.
const ROUNDS: usize = 24;
/// Requests in one load.
const REQUESTS: usize = 4_000;
/// Requests before anything is measured: the engine compiles what is hot.
const WARM_UP: usize = 6_000;
/// Processes whose start-up is measured, of each build.
const STARTS: usize = 10;

/// A route without copies.
const FORWARDED: &str = "/api/products/1";
/// A route that keeps copies, so that bodies are read whole.
const KEPT: &str = "/products/1";
/// A route that is a cache.
const CACHED: &str = "/assets/style.css";
/// A route whose upstream is down.
const REJECTED: &str = "/webhooks/payments";

/// Runs the benchmark, and returns its section of the document. `against`: the folder of another
/// bundle for the bench site.
pub(crate) fn run(tools: &Tools, against: Option<&Path>, progress: &Progress) -> Result<String> {
    let builds = runner::builds(tools, "Breakwater", against, progress)?;
    progress.say("backend", "cargo build --release");
    run::shown(&mut host_cargo(&["build", "--release", "-p", "breakwater-origin"]))?;
    let binary = place::root().join("target/release/breakwater-origin");
    let state = place::root().join("target/bench/edge");
    let _origin = Origin::start(&binary, ORIGIN_PORT, &Log::File(state.join("origin.log")))?;
    let start = |name: &str, bundle: &Path| runner::start(tools, &state, name, bundle);
    let start_up = start_up(&builds, &start, progress)?;
    let mut runners = Vec::new();
    for (name, folder) in [("same work", "same_work"), ("bare proxy", "bare")] {
        let stack = start(folder, &place::root().join("crates/xtask/bench").join(folder))?;
        let name = format!("JavaScript, {name}");
        runners.push(Runner { name, stack: Rc::new(stack), path: FORWARDED, expected: 200 });
    }
    for (build, bundle) in &builds {
        let forwards = Rc::new(start(&format!("{build} forwards"), bundle)?);
        let others = Rc::new(start(&format!("{build} others"), bundle)?);
        for (name, stack, path, expected) in [
            ("forwarded", &forwards, FORWARDED, 200),
            ("route with copies", &others, KEPT, 200),
            ("from the cache", &others, CACHED, 200),
            // The first call meets a refused connection, which opens the circuit.
            ("circuit open", &others, REJECTED, 503),
        ] {
            let name = format!("{build}, {name}");
            runners.push(Runner { name, stack: Rc::clone(stack), path, expected });
        }
    }
    runner::warm_up(&runners, WARM_UP, progress)?;
    Ok(format!("{}\n{start_up}", measure(&runners, progress)?))
}

/// What a process uses from its start to its first answer: it compiles the script and what this
/// instantiates.
fn start_up(
    builds: &[(&str, PathBuf)],
    start: &dyn Fn(&str, &Path) -> Result<Stack>,
    progress: &Progress,
) -> Result<String> {
    let mut used = vec![Vec::new(); builds.len()];
    for round in 1..=STARTS {
        for ((build, bundle), used) in builds.iter().zip(&mut used) {
            let stack = start(&format!("{build} start {round}"), bundle)?;
            load::run(authority(&stack), FORWARDED, 1, 200)?;
            used.push(cpu::used(pid_of(&stack)?)?.as_secs_f64() * 1e3);
        }
        progress.say("start-up", &format!("{round} of {STARTS}"));
    }
    let mut table = String::from("| Worker | CPU until the first answer, ms |\n|---|---|\n");
    for ((build, _), used) in builds.iter().zip(used) {
        let used = Sample::of(used).context("no starts")?;
        let _ = writeln!(table, "| {build} | {used:.0} |");
    }
    let _ = writeln!(
        table,
        "\nOf workerd's process from its start on. Median (minimum–maximum) of {STARTS} processes."
    );
    Ok(table)
}

/// Gives each Worker the same load in turn. The first runner is what the others are compared with.
fn measure(runners: &[Runner], progress: &Progress) -> Result<String> {
    let rounds = runner::rounds(runners, ROUNDS, REQUESTS, progress)?;
    let mut table = String::from(
        "| Worker | CPU per request, µs | ratio to the same work in JavaScript \
         | median answer, ms |\n\
         |---|---|---|---|\n",
    );
    for (row, Runner { name, .. }) in runners.iter().enumerate() {
        let of = |figure: fn(&Load) -> f64| rounds.iter().map(move |round| figure(&round[row]));
        let cpu = Sample::of(of(|load| load.cpu_us)).context("no rounds")?;
        let latency = Sample::of(of(|load| load.median_ms)).context("no rounds")?;
        let ratios = rounds.iter().map(|round| round[row].cpu_us / round[0].cpu_us);
        let ratio = Sample::of(ratios).context("no rounds")?;
        let _ = writeln!(table, "| {name} | {cpu:.0} | {ratio:.2} | {latency:.2} |");
    }
    Ok(format!(
        "{table}\nMedian (minimum–maximum) of {ROUNDS} rounds of {REQUESTS} requests over 16 \
         connections. CPU is user and system time of workerd alone, ratios are taken within a \
         round. The same work in JavaScript is what the forwarded requests cost there; the bare \
         proxy does none of it.\n"
    ))
}
