//! What long bodies cost: the processor's time where they are not kept, and memory where visitors
//! read them slowly.
//!
//! A body that is not kept is passed on a route that keeps copies, and on one that does nothing of
//! the kind. Each Worker has a process of its own, and each round gives all of them the same load
//! in turn.

mod slow;
mod upstream;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use breakwater_testing::{Log, Stack, StackOptions};

use super::edge::{authority, load_of};
use super::load;
use super::sample::Sample;
use crate::bundle::{self, Flavor};
use crate::place;
use crate::progress::Progress;
use crate::tools::Tools;

/// What the bench site calls its upstream.
const UPSTREAM_PORT: u16 = 18_788;
/// Loads of each Worker, one after the other.
const ROUNDS: usize = 16;
/// Requests in one load.
const REQUESTS: usize = 3_000;
/// Requests before anything is measured.
const WARM_UP: usize = 1_500;
/// How often memory is measured, each time of a new process.
const MEMORY_RUNS: usize = 5;
/// Visitors who read slowly, all at once.
const SLOW_READERS: usize = 400;
/// How long what they are sent is, in bytes: short enough to be read whole.
const SLOW_LENGTH: usize = 250_000;

/// A route without copies.
const PLAIN: &str = "/api/coded";
/// A route that keeps copies.
const LADDER: &str = "/coded";

/// A Worker under load.
struct Runner {
    name: String,
    stack: Stack,
    path: &'static str,
}

/// Runs the benchmark, and returns its section of the document. `against`: the folder of another
/// bundle for the bench site.
pub(crate) fn run(tools: &Tools, against: Option<&Path>, progress: &Progress) -> Result<String> {
    let toolchain = tools.set_up(progress)?;
    let site = place::root().join("crates/xtask/bench/site.toml");
    let ours = bundle::build(&toolchain, Flavor::Bench, &site, progress)?;
    upstream::start(UPSTREAM_PORT, SLOW_LENGTH)?;
    let state = place::root().join("target/bench/bodies");
    let start = |name: &str, bundle: &Path| {
        let options = StackOptions {
            bundle: bundle.to_owned(),
            state: state.join(name),
            port: 0,
            isolates: 1,
            cron: false,
            vars: Vec::new(),
            log: Log::File(state.join(name).join("worker.log")),
        };
        Stack::start(&tools.stack_node(), &options).with_context(|| format!("cannot start {name}"))
    };
    let mut builds: Vec<(&str, PathBuf)> = vec![("this build", ours)];
    builds.extend(against.map(|folder| ("the other build", folder.to_owned())));
    let mut runners = Vec::new();
    for (build, bundle) in &builds {
        for (route, path) in [("a plain route", PLAIN), ("a route with copies", LADDER)] {
            let name = format!("{build}, {route}");
            let stack = start(&name.replace([' ', ','], "_"), bundle)?;
            runners.push(Runner { name, stack, path });
        }
    }
    progress.say("warm-up", &format!("{WARM_UP} requests each"));
    for Runner { stack, path, .. } in &runners {
        load::run(authority(stack), path, WARM_UP, 200)?;
    }
    let passed = passed(&runners, progress)?;
    drop(runners);
    let mut memory = format!(
        "| Worker | idle, MB | {SLOW_READERS} slow readers of {} KB, MB | more than idle, MB |\n\
         |---|---|---|---|\n",
        SLOW_LENGTH / 1000
    );
    for (build, bundle) in &builds {
        for (route, warm_up, path) in
            [("a plain route", PLAIN, "/api/slow"), ("a route with copies", LADDER, "/slow")]
        {
            let name = format!("{build}, {route}");
            let mut runs = Vec::new();
            for run in 1..=MEMORY_RUNS {
                let folder = format!("slow {run} {name}").replace([' ', ','], "_");
                let stack = start(&folder, bundle)?;
                let pid = stack.workerd_pid().context("workerd's process is not known")?;
                load::run(authority(&stack), warm_up, WARM_UP, 200)?;
                runs.push(slow::measure(authority(&stack), pid, path, SLOW_READERS, SLOW_LENGTH)?);
            }
            let of = |value: fn(&slow::Memory) -> f64| {
                Sample::of(runs.iter().map(value)).context("no runs")
            };
            let (idle, most) = (of(|run| run.idle)?, of(|run| run.most)?);
            let more = of(|run| run.most - run.idle)?;
            let row = format!("| {name} | {idle:.0} | {most:.0} | {more:.0} |\n");
            progress.say("memory", row.trim());
            memory += &row;
        }
    }
    Ok(format!(
        "{passed}\n{memory}\nMemory is what workerd's \
         process has resident, at its most. Median (minimum–maximum) of {MEMORY_RUNS} processes.\n"
    ))
}

fn passed(runners: &[Runner], progress: &Progress) -> Result<String> {
    let mut rounds: Vec<Vec<f64>> = Vec::new();
    for round in 1..=ROUNDS {
        let mut used = vec![0.0; runners.len()];
        let mut order: Vec<usize> = (0..runners.len()).collect();
        if round % 2 == 0 {
            order.reverse();
        }
        for at in order {
            if let (Some(runner), Some(used)) = (runners.get(at), used.get_mut(at)) {
                *used = load_of(&runner.stack, runner.path, 200, REQUESTS)?.cpu_us;
            }
        }
        progress.say("round", &format!("{round} of {ROUNDS}: {used:.0?} µs"));
        rounds.push(used);
    }
    let mut table = String::from(
        "| Worker | CPU per request, µs | ratio to this build's plain route |\n|---|---|---|\n",
    );
    for (row, Runner { name, .. }) in runners.iter().enumerate() {
        let of = |round: &Vec<f64>| round.get(row).copied().unwrap_or_default();
        let plain = |round: &Vec<f64>| round.first().copied().unwrap_or_default();
        let cpu = Sample::of(rounds.iter().map(of)).context("no rounds")?;
        let ratio = Sample::of(rounds.iter().map(|round| of(round) / plain(round)));
        let ratio = ratio.context("no rounds")?;
        table += &format!("| {name} | {cpu:.0} | {ratio:.2} |\n");
    }
    Ok(format!(
        "{table}\nA gzip answer of 200 KB on the way that may not be kept. Median \
         (minimum–maximum) of {ROUNDS} rounds of {REQUESTS} requests over 16 connections, \
         ratios within a round.\n"
    ))
}
