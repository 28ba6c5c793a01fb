//! What Breakwater costs per request, paired against JavaScript that does the same work.
//!
//! Every round gives each Worker the same load in turn, and reads from the kernel what processor
//! time its workerd used for it. Ratios are taken within a round, so a machine whose speed drifts
//! does not favour one of them, and rounds alternate their order, so that no Worker is always
//! first. Each Worker that is compared has a process of its own that does nothing else; otherwise
//! the garbage of other routes would be collected at its cost. Requests per second would say less,
//! because load and backend share the machine.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use breakwater_testing::{Log, Origin, Stack, StackOptions};

use super::sample::Sample;
use super::{cpu, load};
use crate::bundle::{self, Flavor};
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

/// A route without copies.
const FORWARDED: &str = "/api/products/1";
/// A route that keeps copies, so that bodies are read whole.
const KEPT: &str = "/products/1";
/// A route that is a cache.
const CACHED: &str = "/assets/style.css";
/// A route whose upstream is down.
const REJECTED: &str = "/webhooks/payments";

/// The Workers under load.
struct Runners {
    /// Forwards, as the next two do.
    breakwater: Stack,
    same_work: Stack,
    bare: Stack,
    /// Breakwater again, for all other routes.
    others: Stack,
}

/// What one Worker used in one round.
pub(super) struct Load {
    pub(super) cpu_us: f64,
    median_ms: f64,
}

/// Runs the benchmark, and returns its section of the document.
pub(crate) fn run(tools: &Tools, progress: &Progress) -> Result<String> {
    let toolchain = tools.set_up(progress)?;
    let site = place::root().join("crates/xtask/bench/site.toml");
    let bundle = bundle::build(&toolchain, Flavor::Bench, &site, progress)?;
    progress.say("backend", "cargo build --release");
    run::shown(&mut host_cargo(&["build", "--release", "-p", "breakwater-origin"]))?;
    let binary = place::root().join("target/release/breakwater-origin");
    let state = place::root().join("target/bench/edge");
    let _origin = Origin::start(&binary, ORIGIN_PORT, &Log::File(state.join("origin.log")))?;
    let start = |name: &str, bundle: PathBuf| {
        let options = StackOptions {
            bundle,
            state: state.join(name),
            port: 0,
            isolates: 1,
            cron: false,
            vars: Vec::new(),
            log: Log::File(state.join(name).join("worker.log")),
        };
        Stack::start(&tools.stack_node(), &options).with_context(|| format!("cannot start {name}"))
    };
    let peer = |name: &str| place::root().join("crates/xtask/bench").join(name);
    let runners = Runners {
        breakwater: start("breakwater", bundle.clone())?,
        same_work: start("same_work", peer("same_work"))?,
        bare: start("bare", peer("bare"))?,
        others: start("others", bundle)?,
    };
    progress.say("warm-up", &format!("{WARM_UP} requests each"));
    for stack in [&runners.breakwater, &runners.same_work, &runners.bare] {
        load::run(authority(stack), FORWARDED, WARM_UP, 200)?;
    }
    for path in [KEPT, CACHED] {
        load::run(authority(&runners.others), path, WARM_UP, 200)?;
    }
    // The first call meets a refused connection, which opens the circuit; the rest are rejected.
    load::run(authority(&runners.others), REJECTED, WARM_UP, 503)?;
    measure(&runners, progress)
}

fn measure(runners: &Runners, progress: &Progress) -> Result<String> {
    let mut rounds = Vec::new();
    for round in 1..=ROUNDS {
        let forward = |stack: &Stack| load_of(stack, FORWARDED, 200, REQUESTS);
        let Runners { breakwater, same_work, bare, others } = runners;
        let (ours, same, bare) = if round % 2 == 1 {
            (forward(breakwater)?, forward(same_work)?, forward(bare)?)
        } else {
            let (bare, same) = (forward(bare)?, forward(same_work)?);
            (forward(breakwater)?, same, bare)
        };
        let kept = load_of(others, KEPT, 200, REQUESTS)?;
        let cached = load_of(others, CACHED, 200, REQUESTS)?;
        let rejected = load_of(others, REJECTED, 503, REQUESTS)?;
        progress.say(
            "round",
            &format!("{round} of {ROUNDS}: {:.0} µs, same work {:.0} µs", ours.cpu_us, same.cpu_us),
        );
        rounds.push([ours, same, bare, kept, cached, rejected]);
    }
    let names = [
        "Breakwater, forwarded",
        "JavaScript, same work",
        "JavaScript, bare proxy",
        "Breakwater, route with copies",
        "Breakwater, from the cache",
        "Breakwater, circuit open",
    ];
    let mut table = String::from(
        "| Worker | CPU per request, µs | ratio to the same work in JavaScript \
         | median answer, ms |\n\
         |---|---|---|---|\n",
    );
    for (row, name) in names.iter().enumerate() {
        let of = |figure: fn(&Load) -> f64| rounds.iter().map(move |round| figure(&round[row]));
        let cpu = Sample::of(of(|load| load.cpu_us)).context("no rounds")?;
        let latency = Sample::of(of(|load| load.median_ms)).context("no rounds")?;
        let ratios = rounds.iter().map(|round| round[row].cpu_us / round[1].cpu_us);
        let ratio = Sample::of(ratios).context("no rounds")?;
        table += &format!("| {name} | {cpu:.0} | {ratio:.2} | {latency:.2} |\n");
    }
    Ok(format!(
        "{table}\nMedian (minimum–maximum) of {ROUNDS} rounds of {REQUESTS} requests over 16 \
         connections. CPU is user and system time of workerd alone, ratios are taken within a \
         round. The table's first two rows do the same work; the bare proxy does none of it.\n"
    ))
}

pub(super) fn load_of(stack: &Stack, path: &str, expected: u16, requests: usize) -> Result<Load> {
    let pid = stack.workerd_pid().context("workerd's process is not known")?;
    let before = cpu::used(pid)?;
    let answered = load::run(authority(stack), path, requests, expected)?;
    let used = cpu::used(pid)?.saturating_sub(before);
    let latencies = answered.latencies.iter().map(Duration::as_secs_f64);
    let median = Sample::of(latencies).context("no answers")?.median;
    let requests = answered.latencies.len() as f64;
    Ok(Load { cpu_us: used.as_secs_f64() * 1e6 / requests, median_ms: median * 1e3 })
}

pub(super) fn authority(stack: &Stack) -> &str {
    stack.url().trim_start_matches("http://")
}
