//! The same outages behind Breakwater and behind tools that stand in front of backends elsewhere.
//!
//! Each tool has a backend and visitors of its own. In a run all of them go through one kind of
//! outage side by side, with the same seeds and at the same instants, so that a busy machine is
//! busy for all. Each answer is checked, and each request that reaches a backend is counted by the
//! backend itself. The configurations of the tools are in `crates/xtask/bench/peers`.

mod arrivals;
mod backend;
mod errand;
mod figures;
mod front;
mod judge;
mod losses;
mod outage;
mod run;
mod schedule;
mod seed;
mod tables;
mod tool;
mod visit;
mod wire;

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::{Context, Result};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use self::figures::Figures;
pub(crate) use self::outage::Outage;
use self::run::Bench;
use self::schedule::Schedule;
use self::tables::Played;
pub(crate) use self::tool::Tool;
use crate::args::Peers;
use crate::bundle::{self, Flavor};
use crate::command::host_cargo;
use crate::place;
use crate::progress::Progress;
use crate::tools::Tools;

/// What was measured.
pub(crate) struct Report {
    /// The section of the document.
    pub(crate) section: String,
    /// Whether it is about all tools in all outages at their full length, as the document's is.
    pub(crate) is_whole: bool,
}

/// Runs the benchmark.
pub(crate) fn run(tools: &Tools, options: &Peers, progress: &Progress) -> Result<Report> {
    let fronts = chosen(&options.only, Tool::ALL);
    let outages = chosen(&options.kinds, Outage::ALL);
    tool::check(&fronts)?;
    let takes_part = fronts.contains(&Tool::Breakwater);
    let bundle = takes_part.then(|| bundle(tools, progress)).transpose()?;
    progress.say("backend", "cargo build --release");
    crate::run::shown(&mut host_cargo(&["build", "--release", "-p", "breakwater-origin"]))?;
    let binary = place::target().join("release/breakwater-origin");
    let results = place::root().join("target/bench/peers");
    bundle::replace_dir(&results)?;

    // From here on, being interrupted means stopping what was started.
    let interrupted = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        signal_hook::flag::register(signal, Arc::clone(&interrupted))?;
    }
    let scratch = Scratch::new()?;
    let schedule = Schedule::of(options.quick);
    let bench = Bench {
        tools,
        bundle: bundle.as_deref(),
        binary: &binary,
        scratch: &scratch.0,
        results: &results,
        schedule,
        interrupted: &interrupted,
        progress,
    };
    let mut played = Vec::new();
    for outage in &outages {
        let (span, records) = bench.play(*outage, &fronts)?;
        let of = |record| Figures::of(record, span);
        let figures = records.iter().map(|record| (record.tool, of(record))).collect();
        played.push(Played { outage: *outage, figures });
    }
    let section = tables::section(&played, schedule, &tool::versions(&fronts));
    let is_whole = !options.quick && fronts == Tool::ALL && outages == Outage::ALL;
    Ok(Report { section, is_whole })
}

/// The bundle of the site file as it is shipped.
fn bundle(tools: &Tools, progress: &Progress) -> Result<PathBuf> {
    let toolchain = tools.set_up(progress)?;
    let site = place::root().join("breakwater.toml");
    bundle::build(&toolchain, Flavor::Dev, &site, progress)
}

/// Those that were asked for in the order of the tables, and each once; all by default.
fn chosen<T: Copy + PartialEq, const N: usize>(asked: &[T], all: [T; N]) -> Vec<T> {
    all.into_iter().filter(|one| asked.is_empty() || asked.contains(one)).collect()
}

/// The folder of the tools' files. It is not in the source tree, which the users that some of them
/// become may not be allowed to enter. It ends with the value.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Result<Self> {
        let path = env::temp_dir().join(format!("breakwater-peers-{}", process::id()));
        // Fails if the folder exists, so that another process's is never taken for ours.
        fs::create_dir(&path).with_context(|| format!("cannot create {}", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A folder that cannot be removed does no harm.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::{Outage, chosen};

    #[test]
    fn all_are_chosen_by_default_and_none_twice() {
        assert_eq!(chosen(&[], Outage::ALL), Outage::ALL);
        let asked = [Outage::Latency, Outage::Hang, Outage::Hang];
        assert_eq!(chosen(&asked, Outage::ALL), [Outage::Hang, Outage::Latency]);
    }
}
