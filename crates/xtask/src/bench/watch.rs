//! What the watch costs: the processor's time of a check, with the requests of the places and
//! without, by how many checks there are, and the memory of a day.

mod target;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use breakwater_testing::{Stack, StackOptions};

use self::target::Target;
use super::cpu;
use super::runner::{options, pid_of};
use crate::bundle::{self, Flavor};
use crate::place;
use crate::progress::Progress;
use crate::tools::{Toolchain, Tools};

/// How many checks the sites have.
const SIZES: [usize; 3] = [10, 100, 1_000];
/// Every check is made at least once before anything is measured: 90 s.
const WARM_UP: Duration = Duration::from_secs(90);
/// How long the processor's time is counted: 5 min.
const COUNTED: Duration = Duration::from_secs(300);
/// How much faster than a day the day of the memory is: each check is made each second instead of
/// each minute.
const HASTE: u32 = 60;
/// The fault that has places ask nothing.
const INSTANT: &str = "instant-places";

/// A Worker that watches a site.
struct Watcher {
    stack: Stack,
    target: Target,
}

/// What a Worker has used and done so far.
#[derive(Clone, Copy)]
struct Reading {
    cpu: Duration,
    asked: u64,
}

impl Watcher {
    fn read(&self) -> Result<Reading> {
        Ok(Reading { cpu: cpu::exactly_used(pid_of(&self.stack)?)?, asked: self.target.asked() })
    }
}

/// Runs the benchmark, and returns its section of the document. `hours`: how long the day is.
pub(crate) fn run(tools: &Tools, hours: u32, progress: &Progress) -> Result<String> {
    let toolchain = tools.set_up(progress)?;
    let folder = place::root().join("target/bench/watch");
    let bench = Bench { tools, toolchain: &toolchain, folder: &folder, progress };
    let costs = bench.costs()?;
    let memory = bench.memory(hours)?;
    Ok(format!("{costs}\n{memory}"))
}

struct Bench<'a> {
    tools: &'a Tools,
    toolchain: &'a Toolchain,
    folder: &'a Path,
    progress: &'a Progress,
}

impl Bench<'_> {
    fn costs(&self) -> Result<String> {
        let mut pairs = Vec::new();
        for checks in SIZES {
            let target = Target::start()?;
            let bundle = self.bundle(&format!("{checks}-each-1m"), (checks, "1m"), &target)?;
            let whole = self.start(&format!("{checks}-whole"), &bundle, target, "")?;
            let alone =
                self.start(&format!("{checks}-alone"), &bundle, Target::start()?, INSTANT)?;
            pairs.push((checks, whole, alone));
        }
        self.progress.say("warm-up", &format!("{} s", WARM_UP.as_secs()));
        thread::sleep(WARM_UP);
        let read = |pairs: &[(usize, Watcher, Watcher)]| -> Result<Vec<(Reading, Reading)>> {
            pairs.iter().map(|(_, whole, alone)| Ok((whole.read()?, alone.read()?))).collect()
        };
        let before = read(&pairs)?;
        self.progress.say("counting", &format!("{} s", COUNTED.as_secs()));
        thread::sleep(COUNTED);
        let after = read(&pairs)?;
        let mut table = String::from(
            "| checks, each minute | observations | the monitor, and its questions to places: CPU \
             per observation, µs | with the requests to the site, µs |\n|---|---|---|---|\n",
        );
        for (((checks, ..), before), after) in pairs.iter().zip(before).zip(after) {
            let observations = after.0.asked - before.0.asked;
            ensure!(after.1.asked == 0, "places that ask nothing asked {}", after.1.asked);
            ensure!(observations > 0, "no check was made: see {}", self.folder.display());
            let each = |after: Reading, before: Reading| {
                after.cpu.saturating_sub(before.cpu).as_secs_f64() * 1e6 / observations as f64
            };
            let (whole, alone) = (each(after.0, before.0), each(after.1, before.1));
            let row = format!("| {checks} | {observations} | {alone:.0} | {whole:.0} |\n");
            self.progress.say("costs", row.trim());
            table += &row;
        }
        let _ = writeln!(
            table,
            "\nOf workerd's whole process, by the kernel's account of {} s, with what it does while \
             nothing is due. In the third column the places find every check up and send no \
             request; all else is as in the fourth.",
            COUNTED.as_secs()
        );
        Ok(table)
    }

    /// The memory of a day of 1,000 checks each minute, at a multiple of the speed.
    fn memory(&self, hours: u32) -> Result<String> {
        let checks = SIZES.iter().copied().max().unwrap_or_default();
        let target = Target::start()?;
        let bundle = self.bundle(&format!("{checks}-each-1s"), (checks, "1s"), &target)?;
        let watcher = self.start("day", &bundle, target, INSTANT)?;
        let pid = pid_of(&watcher.stack)?;
        let begin = Instant::now();
        let mut table =
            String::from("| hour of the day | resident memory of workerd, MB |\n|---|---|\n");
        for hour in 1..=hours {
            let due = Duration::from_secs(3600) / HASTE * hour;
            thread::sleep(due.saturating_sub(begin.elapsed()));
            let resident = cpu::resident_mb(pid)?;
            self.progress.say("memory", &format!("hour {hour}: {resident:.0} MB"));
            if hour <= 3 || hour % 3 == 0 || hour == hours {
                let _ = writeln!(table, "| {hour} | {resident:.0} |");
            }
        }
        let _ = writeln!(
            table,
            "\n{checks} checks, each due each second, so that a minute has the observations of an \
             hour. The places send no requests."
        );
        Ok(table)
    }

    /// Builds the bundle of a site with this number of checks at this interval.
    fn bundle(&self, name: &str, checks: (usize, &str), target: &Target) -> Result<PathBuf> {
        let folder = self.folder.join(name);
        fs::create_dir_all(&folder)?;
        let site = site_file(&folder, checks, target)?;
        // With the switches for tests, one of which is needed here.
        bundle::build(self.toolchain, Flavor::Test, &site, self.progress)
    }

    /// Starts a Worker, and its first round.
    fn start(&self, name: &str, bundle: &Path, target: Target, fault: &str) -> Result<Watcher> {
        let state = self.folder.join(name);
        bundle::replace_dir(&state)?;
        let vars = vec![("BREAKWATER_FAULT".into(), fault.into())];
        let options = StackOptions { cron: true, vars, ..options(&state, bundle) };
        let stack = Stack::start(&self.tools.stack_node(), &options)
            .with_context(|| format!("cannot start {name}"))?;
        Ok(Watcher { stack, target })
    }
}

/// Writes the site: each check asks for a path of its own.
fn site_file(folder: &Path, (checks, every): (usize, &str), target: &Target) -> Result<PathBuf> {
    let url = target.url();
    let mut text = format!(
        "[site]\nname = \"Bench\"\nhost = \"bench.example\"\n\n\
         [upstreams.web]\norigin = \"{url}\"\nprobe = \"/health\"\n\n\
         [[routes]]\nmatch = \"/*\"\nupstream = \"web\"\n"
    );
    for number in 0..checks {
        write!(
            text,
            "\n[[checks]]\nname = \"check-{number}\"\nurl = \"{url}/{number}\"\n\
             every = \"{every}\"\ntimeout = \"1s\"\nrecheck = \"1s\"\n\
             expect = {{ status = \"2xx\", body_contains = \"StolenTee\", latency = \"1s\" }}\n"
        )?;
    }
    let path = folder.join("site.toml");
    fs::write(&path, text)?;
    Ok(path)
}
