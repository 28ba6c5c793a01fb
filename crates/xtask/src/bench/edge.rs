//! What Breakwater costs per request, paired against JavaScript that does the same work.
//!
//! Each kind of answer has a peer of its own, which does for it what Breakwater does. Every round
//! gives each Worker the same load in turn, a peer right beside those that are compared with it,
//! and reads from the kernel what processor time its workerd used for it. Ratios are taken within a
//! round, so a machine whose speed drifts does not favour one of them, and rounds alternate their
//! order, so that no Worker is always first. What forwards has a process of its own that does
//! nothing else; otherwise the garbage of other routes would be collected at its cost. Requests per
//! second would say less, because load and backend share the machine.

mod count;
mod row;
mod table;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use anyhow::{Context, Result};
use breakwater_testing::{Log, Origin, Stack};

use self::count::Counted;
pub(crate) use self::row::EdgeRow;
use self::table::Compared;
use super::cpu;
use super::instructions::{callgrind, perf};
use super::load::{self, Expected};
use super::runner::{self, Counting, Runner, authority, pid_of};
use super::sample::Sample;
use crate::args::Edge;
use crate::command::host_cargo;
use crate::progress::Progress;
use crate::tools::Tools;
use crate::{place, run};

/// What the bench site and the peers call their upstream.
const ORIGIN_PORT: u16 = 18_788;
/// What they call the one that fails once there are copies of its pages.
const FAILING_PORT: u16 = 18_790;
/// Loads of each Worker, one after the other.
const ROUNDS: usize = 24;
/// Requests in one load.
const REQUESTS: usize = 4_000;
/// Requests before anything is measured: the engine compiles what is hot.
const WARM_UP: usize = 6_000;
/// Requests while the failing upstream is well: one of them leaves a copy.
const PLANTED: usize = 64;
/// Processes whose start-up is measured, of each build.
const STARTS: usize = 10;

/// Runs the benchmark, and returns its section of the document.
pub(crate) fn run(tools: &Tools, options: &Edge, progress: &Progress) -> Result<String> {
    let builds = runner::builds(tools, "Breakwater", options.against.as_deref(), progress)?;
    progress.say("backend", "cargo build --release");
    run::shown(&mut host_cargo(&["build", "--release", "-p", "breakwater-origin"]))?;
    let binary = place::root().join("target/release/breakwater-origin");
    let state = place::root().join("target/bench/edge");
    if state.exists() {
        // The circuits and copies of the last run are not this one's.
        fs::remove_dir_all(&state)?;
    }
    fs::create_dir_all(&state)?;
    let origin = |port: u16| {
        Origin::start(&binary, port, &Log::File(state.join(format!("origin-{port}.log"))))
    };
    let _origin = origin(ORIGIN_PORT)?;
    let start = |name: &str, bundle: &Path| runner::start(tools, &state, name, bundle);
    let start_up =
        if options.is_whole() { start_up(&builds, &start, progress)? } else { String::new() };
    let (compared, runners) = workers(&options.rows(), &builds, &start)?;
    let plant = |stacks: &[&Stack]| {
        let mut failing = origin(FAILING_PORT)?;
        for stack in stacks {
            load::run(authority(stack), EdgeRow::Stale.path(), PLANTED, Expected::GOOD)?;
        }
        failing.kill();
        anyhow::Ok(())
    };
    let failing = runners.iter().filter(|it| it.path == EdgeRow::Stale.path());
    plant(&failing.map(|it| &*it.stack).collect::<Vec<_>>())?;
    runner::warm_up(&runners, WARM_UP, progress)?;
    let has_counters = !options.no_counts && perf::is_there();
    let counting = if has_counters { Counting::On } else { Counting::Off };
    let count = options.rounds.unwrap_or(ROUNDS);
    let rounds = runner::rounds(&runners, count, REQUESTS, counting, progress)?;
    drop(runners);
    let workers = compared.len();
    let counted = if options.no_counts {
        Counted::none(workers, "`--no-counts`")
    } else if has_counters {
        Counted::in_rounds(workers, &rounds)
    } else if callgrind::is_there() {
        let plant_for = |stack: &Stack, row: EdgeRow| match row {
            EdgeRow::Stale => plant(&[stack]),
            EdgeRow::Forwarded | EdgeRow::Copies | EdgeRow::Cache | EdgeRow::Open => Ok(()),
        };
        count::by_valgrind(tools, &compared, &state, &plant_for, progress)?
    } else {
        Counted::none(workers, "the processor has no counters here, and valgrind is not installed")
    };
    let table = table::of(&compared, &rounds, REQUESTS, &counted)?;
    Ok(format!("{table}\n{start_up}"))
}

/// The Workers of each row: its peer, then those that are compared with it.
fn workers(
    rows: &[EdgeRow],
    builds: &[(&str, PathBuf)],
    start: &dyn Fn(&str, &Path) -> Result<Stack>,
) -> Result<(Vec<Compared>, Vec<Runner>)> {
    let peers = place::root().join("crates/xtask/bench");
    let mut workers = vec![("JavaScript", peers.join("same_work"))];
    workers.extend(builds.iter().map(|(build, bundle)| (*build, bundle.clone())));
    // One that forwards and one for all else, of each.
    let mut stacks: Vec<[Option<Rc<Stack>>; 2]> = vec![[None, None]; workers.len()];
    let (mut compared, mut runners) = (Vec::new(), Vec::new());
    for row in rows {
        let peer = runners.len();
        let mut add = |worker: &str, bundle: &Path, stack: Rc<Stack>, expected: Expected| {
            let (worker, bundle) = (worker.to_owned(), bundle.to_owned());
            let worker = Compared { row: *row, worker, bundle, expected, peer };
            runners.push(Runner { name: worker.name(), stack, path: row.path(), expected });
            compared.push(worker);
        };
        let process = usize::from(*row != EdgeRow::Forwarded);
        for (worker, (name, bundle)) in workers.iter().enumerate() {
            let stack = match &stacks[worker][process] {
                Some(stack) => Rc::clone(stack),
                None => Rc::new(start(&format!("{name} {process}"), bundle)?),
            };
            stacks[worker][process] = Some(Rc::clone(&stack));
            add(name, bundle, stack, row.expected());
            if worker == 0 && *row == EdgeRow::Forwarded {
                let bundle = peers.join("bare");
                let stack = Rc::new(start("bare", &bundle)?);
                add("JavaScript, bare proxy", &bundle, stack, Expected::GOOD);
            }
        }
    }
    Ok((compared, runners))
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
            load::run(authority(&stack), EdgeRow::Forwarded.path(), 1, Expected::GOOD)?;
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
