//! Workers under load, which take turns.

use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Result};
use breakwater_testing::{Log, Stack, StackOptions};

use super::cpu;
use super::instructions::perf;
use super::load::{self, Expected};
use super::sample::Sample;
use crate::bundle::{self, Flavor};
use crate::place;
use crate::progress::Progress;
use crate::tools::Tools;

/// A Worker under load.
pub(super) struct Runner {
    pub(super) name: String,
    pub(super) stack: Rc<Stack>,
    pub(super) path: &'static str,
    /// What each answer is, once the Worker is warm.
    pub(super) expected: Expected,
}

/// Whether the processor counts instructions meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counting {
    On,
    Off,
}

/// What one Worker used in one round, for each request.
pub(super) struct Load {
    pub(super) cpu_us: f64,
    /// Of the Worker's own code and the runtime's, without the kernel's; `None` if they were not
    /// counted.
    pub(super) instructions: Option<f64>,
    pub(super) median_ms: f64,
}

/// The builds that a benchmark compares: this one, under this name, and perhaps the bundle of
/// another one.
pub(super) fn builds<'a>(
    tools: &Tools,
    name: &'a str,
    against: Option<&Path>,
    progress: &Progress,
) -> Result<Vec<(&'a str, PathBuf)>> {
    let toolchain = tools.set_up(progress)?;
    let site = place::root().join("crates/xtask/bench/site.toml");
    let mut builds = vec![(name, bundle::build(&toolchain, Flavor::Bench, &site, progress)?)];
    builds.extend(against.map(|folder| ("the other build", folder.to_owned())));
    Ok(builds)
}

/// Starts a Worker in a process of its own. Its state and log are in a folder of this name below
/// `state`.
pub(super) fn start(tools: &Tools, state: &Path, name: &str, bundle: &Path) -> Result<Stack> {
    let options = options(&state.join(name.replace([' ', ','], "_")), bundle);
    Stack::start(&tools.stack_node(), &options).with_context(|| format!("cannot start {name}"))
}

/// One isolate on any port, without cron, with its state and log in this folder.
pub(super) fn options(state: &Path, bundle: &Path) -> StackOptions {
    StackOptions {
        bundle: bundle.to_owned(),
        log: Log::File(state.join("worker.log")),
        state: state.to_owned(),
        port: 0,
        isolates: 1,
        cron: false,
        vars: Vec::new(),
    }
}

/// Gives each Worker its first requests, of which nothing is measured.
pub(super) fn warm_up(runners: &[Runner], requests: usize, progress: &Progress) -> Result<()> {
    progress.say("warm-up", &format!("{requests} requests each"));
    for Runner { name, stack, path, expected } in runners {
        // What is to come from a cache is not there yet.
        let expected = Expected { source: None, ..*expected };
        load::run(authority(stack), path, requests, expected).with_context(|| name.clone())?;
    }
    Ok(())
}

/// Gives each Worker the same load in turn, every other round in the opposite order. Returns the
/// loads of each round in the order of the runners.
pub(super) fn rounds(
    runners: &[Runner],
    count: usize,
    requests: usize,
    counting: Counting,
    progress: &Progress,
) -> Result<Vec<Vec<Load>>> {
    let mut rounds = Vec::new();
    for round in 1..=count {
        let load = |runner: &Runner| {
            load_of(runner, requests, counting).with_context(|| runner.name.clone())
        };
        let mut loads = if round % 2 == 1 {
            runners.iter().map(load).collect::<Result<Vec<_>>>()?
        } else {
            runners.iter().rev().map(load).collect::<Result<Vec<_>>>()?
        };
        if round % 2 == 0 {
            loads.reverse();
        }
        let shown: Vec<String> = loads.iter().map(|load| format!("{:.0}", load.cpu_us)).collect();
        progress.say("round", &format!("{round} of {count}: {} µs", shown.join(", ")));
        rounds.push(loads);
    }
    Ok(rounds)
}

fn load_of(runner: &Runner, requests: usize, counting: Counting) -> Result<Load> {
    let Runner { stack, path, expected, .. } = runner;
    let pid = pid_of(stack)?;
    let count = match counting {
        Counting::On => Some(perf::Count::start(pid)?),
        Counting::Off => None,
    };
    let before = cpu::used(pid)?;
    let answered = load::run(authority(stack), path, requests, *expected)?;
    let used = cpu::used(pid)?.saturating_sub(before);
    let requests = answered.latencies.len() as f64;
    let instructions = count.map(perf::Count::finish).transpose()?;
    let latencies = answered.latencies.iter().map(Duration::as_secs_f64);
    let median = Sample::of(latencies).context("no answers")?.median;
    Ok(Load {
        cpu_us: used.as_secs_f64() * 1e6 / requests,
        instructions: instructions.map(|count| count as f64 / requests),
        median_ms: median * 1e3,
    })
}

pub(super) fn pid_of(stack: &Stack) -> Result<u32> {
    stack.workerd_pid().context("workerd's process is not known")
}

pub(super) fn authority(stack: &Stack) -> &str {
    stack.url().trim_start_matches("http://")
}
