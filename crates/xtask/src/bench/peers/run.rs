//! One outage behind all tools at once.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, ScopedJoinHandle};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail, ensure};
use breakwater_testing::port_is_free;

use super::arrivals::{self, Arrival};
use super::backend::Backend;
use super::errand::Visitor;
use super::front::{Front, Stand};
use super::outage::Outage;
use super::schedule::{Schedule, Span};
use super::seed::Seed;
use super::tool::Tool;
use super::visit::{self, Opening, Visit};
use crate::progress::Progress;
use crate::tools::Tools;

/// Visitors of each tool.
pub(super) const VISITORS: u64 = 40;
/// The first of the ports that are used. They are below those that the system gives to connections,
/// one of which could take a killed backend's port.
const FIRST_PORT: u16 = 19_100;
/// The ports that a tool has: its own, its backend's, and one for refusals.
const PORTS: u16 = 3;
/// A visitor's thread needs little.
const STACK_BYTES: usize = 256 * 1024;
/// How often ctrl-c is looked at.
const POLL: Duration = Duration::from_millis(100);

/// What all runs share.
pub(super) struct Bench<'a> {
    pub(super) tools: &'a Tools,
    /// Breakwater's bundle, if it takes part.
    pub(super) bundle: Option<&'a Path>,
    /// The reference backend.
    pub(super) binary: &'a Path,
    /// Where the files of the tools are.
    pub(super) scratch: &'a Path,
    /// Where what was measured is kept.
    pub(super) results: &'a Path,
    pub(super) schedule: Schedule,
    pub(super) interrupted: &'a Arc<AtomicBool>,
    pub(super) progress: &'a Progress,
}

/// What one tool's visitors and backend saw.
pub(super) struct Record {
    pub(super) tool: Tool,
    pub(super) visits: Vec<Visit>,
    pub(super) arrivals: Vec<Arrival>,
}

/// A tool with its backend.
struct Side {
    tool: Tool,
    // First, so that the tool ends in front of its backend.
    front: Front,
    backend: Backend,
}

impl Bench<'_> {
    /// Plays an outage. All that runs for it is fresh, and ends with it.
    pub(super) fn play(&self, outage: Outage, tools: &[Tool]) -> Result<(Span, Vec<Record>)> {
        let mut sides = Vec::new();
        for tool in tools {
            self.say(outage, &format!("starting {tool}"));
            sides.push(self.start(outage, *tool)?);
        }
        self.say(outage, "a warm pass");
        warm(&mut sides)?;
        self.wait(outage, "pause", self.schedule.pause)?;

        let first = SystemTime::now().duration_since(UNIX_EPOCH)?;
        let (span, visits) = self.open(outage, &mut sides)?;
        let first = u64::try_from(first.as_millis())?;
        let mut records = Vec::new();
        for (Side { tool, backend, .. }, visits) in sides.iter().zip(visits) {
            let text = backend.arrivals()?;
            let name = |what: &str| self.results.join(format!("{outage}-{tool}-{what}.tsv"));
            fs::write(name("arrivals"), &text)?;
            fs::write(name("visits"), lines(&visits))?;
            let arrivals = arrivals::parse(&text, first);
            records.push(Record { tool: *tool, visits, arrivals });
        }
        Ok((span, records))
    }

    fn start(&self, outage: Outage, tool: Tool) -> Result<Side> {
        let index = Tool::ALL.iter().position(|known| *known == tool).unwrap_or_default();
        let backend = FIRST_PORT + PORTS * u16::try_from(index)?;
        let (port, sorry) = (backend + 1, backend + 2);
        for port in [backend, port, sorry] {
            ensure!(port_is_free(port), "port {port} is in use, and the bench needs it");
        }
        let folder: PathBuf = self.scratch.join(outage.name()).join(tool.folder());
        fs::create_dir_all(&folder)?;
        let stand = Stand { folder: &folder, backend, port, sorry };
        let backend = Backend::start(self.binary, backend, &folder)?;
        let front = Front::start(tool, stand, self.tools, self.bundle)?;
        Ok(Side { tool, front, backend })
    }

    /// Lets the visitors in, strikes and mends the backends meanwhile, and returns what the
    /// visitors of each side saw.
    fn open(&self, outage: Outage, sides: &mut [Side]) -> Result<(Span, Vec<Vec<Visit>>)> {
        let Schedule { healthy, outage: sick, after, .. } = self.schedule;
        let addresses: Vec<String> =
            sides.iter().map(|side| side.front.authority().to_owned()).collect();
        let from = Instant::now();
        let until = from + healthy + sick + after;
        let unseen_from = from + healthy;
        let opening = Opening { from, unseen_from, until, stopped: self.interrupted };
        let seed = Outage::ALL.iter().position(|known| *known == outage).unwrap_or_default() as u64;
        thread::scope(|scope| {
            let mut visitors: Vec<Vec<ScopedJoinHandle<'_, Vec<Visit>>>> = Vec::new();
            for address in &addresses {
                let visitor = |number| {
                    let work = move || {
                        let seed = Seed::of(seed, number);
                        visit::stay(address, Visitor::new(number), seed, opening)
                    };
                    thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, work)
                };
                visitors.push((0..VISITORS).map(visitor).collect::<Result<_, _>>()?);
            }
            let span = self.strike_and_mend(outage, sides, from);
            // The visitors would otherwise stay until the end of a run that has failed.
            if span.is_err() {
                self.interrupted.store(true, Ordering::Relaxed);
            }
            let join = |of: Vec<ScopedJoinHandle<'_, Vec<Visit>>>| {
                let visits = of.into_iter().map(|one| one.join().ok());
                let visits: Option<Vec<_>> = visits.collect();
                visits.map(|all| all.concat()).context("a visitor's thread panicked")
            };
            let visits = visitors.into_iter().map(join).collect::<Result<_>>()?;
            Ok((span?, visits))
        })
    }

    fn strike_and_mend(&self, outage: Outage, sides: &mut [Side], from: Instant) -> Result<Span> {
        let Schedule { healthy, outage: sick, after, .. } = self.schedule;
        let since = || from.elapsed().as_secs_f64();
        self.wait(outage, "all is well", healthy)?;
        each(sides, |side| side.backend.strike(outage))?;
        let struck = since();
        self.wait(outage, "outage", sick)?;
        let ended = since();
        each(sides, |side| side.backend.mend(outage))?;
        let mended = since();
        self.wait(outage, "mended", after)?;
        Ok(Span { struck, ended, mended, over: (healthy + sick + after).as_secs_f64() })
    }

    fn wait(&self, outage: Outage, what: &str, span: Duration) -> Result<()> {
        self.say(outage, &format!("{what}, {} s", span.as_secs()));
        let start = Instant::now();
        while start.elapsed() < span {
            if self.interrupted.load(Ordering::Relaxed) {
                bail!("interrupted");
            }
            thread::sleep(POLL.min(span.saturating_sub(start.elapsed())));
        }
        Ok(())
    }

    fn say(&self, outage: Outage, what: &str) {
        self.progress.say(outage.name(), what);
    }
}

/// Opens all pages that count as seen, with a cookie and without. Each has to come as it should:
/// otherwise the tool is not set up as it should be.
fn warm(sides: &mut [Side]) -> Result<()> {
    each(sides, |side| {
        for visitor in [Visitor::new(0), Visitor::new(1)] {
            if let Err((errand, outcome)) = visit::tour(side.front.authority(), &visitor) {
                bail!("{}: {} is answered with {outcome:?}", side.tool, errand.target);
            }
        }
        Ok(())
    })
}

/// Does something to all sides at once.
fn each(sides: &mut [Side], work: impl Fn(&mut Side) -> Result<()> + Sync) -> Result<()> {
    let work = &work;
    thread::scope(|scope| {
        let threads: Vec<_> =
            sides.iter_mut().map(|side| scope.spawn(move || work(side))).collect();
        let join = |thread: ScopedJoinHandle<'_, Result<()>>| match thread.join() {
            Ok(done) => done,
            Err(_) => bail!("a thread panicked"),
        };
        threads.into_iter().try_for_each(join)
    })
}

/// One line for each visit.
fn lines(visits: &[Visit]) -> String {
    let mut text = String::from("begun_s\ttook_ms\task\tcookie\toutcome\n");
    for Visit { ask, has_cookie, begun, took, outcome } in visits {
        let took = took * 1e3;
        let _ = writeln!(text, "{begun:.4}\t{took:.2}\t{ask:?}\t{has_cookie}\t{outcome:?}");
    }
    text
}
