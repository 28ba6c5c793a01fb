//! The instructions that each Worker takes for a request.

use std::path::Path;

use anyhow::{Context as _, Result};
use breakwater_testing::Stack;

use super::row::EdgeRow;
use super::table::Compared;
use crate::bench::instructions::callgrind::Callgrind;
use crate::bench::load::{self, Expected};
use crate::bench::runner::{self, Load, authority, pid_of};
use crate::bench::sample::Sample;
use crate::progress::Progress;
use crate::tools::Tools;

/// Requests before any is counted: the engine compiles what is hot.
const WARM_UP: usize = 2_000;
/// Requests of one count.
const REQUESTS: usize = 300;
/// Connections at once: with more, an answer would take longer than a visitor is patient.
const CONNECTIONS: usize = 2;
/// Counts of each Worker, one after the other. In the first the engine still compiles.
const COUNTS: usize = 4;

/// Thousands of instructions for a request, and how they were counted.
pub(super) struct Counted {
    /// Of each Worker, in their order.
    pub(super) each: Vec<Option<Sample>>,
    pub(super) note: String,
}

impl Counted {
    /// Nothing, for this reason.
    pub(super) fn none(workers: usize, why: &str) -> Self {
        let note = format!("Instructions were not counted: {why}.");
        Self { each: vec![None; workers], note }
    }

    /// What the processor counted in the rounds.
    pub(super) fn in_rounds(workers: usize, rounds: &[Vec<Load>]) -> Self {
        let of = |worker: usize| rounds.iter().filter_map(move |round| round[worker].instructions);
        let each = (0..workers).map(|worker| Sample::of(of(worker).map(|it| it / 1e3))).collect();
        let note = "Instructions are those of workerd's user time in the same rounds, counted by \
                    the processor.";
        Self { each, note: note.into() }
    }
}

/// Has valgrind count, each Worker in a process of its own. `plant` leaves the copies behind that a
/// row needs.
pub(super) fn by_valgrind(
    tools: &Tools,
    compared: &[Compared],
    state: &Path,
    plant: &dyn Fn(&Stack, EdgeRow) -> Result<()>,
    progress: &Progress,
) -> Result<Counted> {
    let mut each = Vec::new();
    for (index, worker) in compared.iter().enumerate() {
        let name = worker.name();
        let counts = count(tools, worker, &state.join(format!("counted-{index}")), plant);
        let counts = counts.with_context(|| name.clone())?;
        progress.say("instructions", &format!("{name}: {counts:.0} thousand"));
        each.push(Some(counts));
    }
    let note = format!(
        "Instructions are those of workerd without the kernel's, counted by valgrind in a process \
         of its own: {COUNTS} times {REQUESTS} requests, after {WARM_UP} others."
    );
    Ok(Counted { each, note })
}

fn count(
    tools: &Tools,
    worker: &Compared,
    folder: &Path,
    plant: &dyn Fn(&Stack, EdgeRow) -> Result<()>,
) -> Result<Sample> {
    let mut callgrind = Callgrind::new(folder);
    let node = callgrind.wrap(tools.stack_node())?;
    let stack = Stack::start(&node, &runner::options(folder, &worker.bundle))?;
    let (pid, path) = (pid_of(&stack)?, worker.row.path());
    plant(&stack, worker.row)?;
    let anyone = Expected { source: None, ..worker.expected };
    let load = |requests, expected| {
        load::run_over(CONNECTIONS, authority(&stack), path, requests, expected)
    };
    load(WARM_UP, anyone)?;
    callgrind.start(pid)?;
    let mut counts = Vec::new();
    for _ in 0..COUNTS {
        let answered = load(REQUESTS, worker.expected)?;
        counts.push(callgrind.take(pid)? as f64 / 1e3 / answered.latencies.len() as f64);
    }
    Sample::of(counts).context("no counts")
}
