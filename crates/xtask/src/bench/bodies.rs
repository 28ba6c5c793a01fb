//! What long bodies cost: the processor's time where they are not kept, and memory where visitors
//! read them slowly.
//!
//! A body that is not kept is passed on a route that keeps copies, and on one that does nothing of
//! the kind. Each Worker has a process of its own, and each round gives all of them the same load
//! in turn.

mod slow;
mod upstream;

use std::path::Path;
use std::rc::Rc;

use anyhow::{Context, Result};

use super::load::{self, Expected};
use super::runner::{self, Counting, Runner, authority, pid_of};
use super::sample::Sample;
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

/// Runs the benchmark, and returns its section of the document. `against`: the folder of another
/// bundle for the bench site.
pub(crate) fn run(tools: &Tools, against: Option<&Path>, progress: &Progress) -> Result<String> {
    let builds = runner::builds(tools, "this build", against, progress)?;
    upstream::start(UPSTREAM_PORT, SLOW_LENGTH)?;
    let state = place::root().join("target/bench/bodies");
    let start = |name: &str, bundle: &Path| runner::start(tools, &state, name, bundle);
    let mut runners = Vec::new();
    for (build, bundle) in &builds {
        for (route, path) in [("a plain route", PLAIN), ("a route with copies", LADDER)] {
            let name = format!("{build}, {route}");
            let stack = Rc::new(start(&name, bundle)?);
            runners.push(Runner { name, stack, path, expected: Expected::GOOD });
        }
    }
    runner::warm_up(&runners, WARM_UP, progress)?;
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
                let stack = start(&format!("slow {run} {name}"), bundle)?;
                let pid = pid_of(&stack)?;
                load::run(authority(&stack), warm_up, WARM_UP, Expected::GOOD)?;
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
    let rounds = runner::rounds(runners, ROUNDS, REQUESTS, Counting::Off, progress)?;
    let mut table = String::from(
        "| Worker | CPU per request, µs | ratio to this build's plain route |\n|---|---|---|\n",
    );
    for (row, Runner { name, .. }) in runners.iter().enumerate() {
        let cpu = Sample::of(rounds.iter().map(|round| round[row].cpu_us)).context("no rounds")?;
        let ratio = Sample::of(rounds.iter().map(|round| round[row].cpu_us / round[0].cpu_us));
        let ratio = ratio.context("no rounds")?;
        table += &format!("| {name} | {cpu:.0} | {ratio:.2} |\n");
    }
    Ok(format!(
        "{table}\nA gzip answer of 200 KB on the way that may not be kept. Median \
         (minimum–maximum) of {ROUNDS} rounds of {REQUESTS} requests over 16 connections, \
         ratios within a round.\n"
    ))
}
