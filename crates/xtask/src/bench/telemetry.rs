//! What telemetry costs: everything on beside everything off, in turn; and what a scrape costs.
//!
//! Everything is the log, the trace, objectives, and reports to Sentry, with the shares that a site
//! has which says nothing of them. An isolate records 60 requests a minute at most, so that under
//! this load it is far less than its share. Metrics have no switch: where `--against` names the
//! bundle of a build without them, it is a row of its own.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::thread;

use anyhow::{Context, Result, ensure};
use breakwater_testing::{Log, Origin, Stack, StackOptions};

use super::cpu;
use super::load::{self, Expected};
use super::runner::{self, Counting, Load, Runner, authority, pid_of};
use super::sample::Sample;
use crate::bundle::{self, Flavor};
use crate::command::host_cargo;
use crate::http::read_head;
use crate::place;
use crate::progress::Progress;
use crate::run;
use crate::tools::Tools;

/// What the sites call their upstream.
const ORIGIN_PORT: u16 = 18_788;
/// A route that stores nothing: all that telemetry does is done once for each of its requests.
const PATH: &str = "/api/products";
/// Loads of each Worker, one after the other.
const ROUNDS: usize = 24;
/// Requests in one load.
const REQUESTS: usize = 4_000;
/// Requests before anything is measured: the engine compiles what is hot.
const WARM_UP: usize = 6_000;
/// Processes whose memory is measured, of each site and number of isolates.
const STARTS: usize = 5;
/// The isolates of a process that only answer visitors, beside the one that has the objects.
const VISITORS: usize = 16;
/// Requests to each of them before memory is read.
const SETTLED: usize = 2_000;
/// The circuits of the sites that are scraped, and how often each is.
const CIRCUITS: [usize; 2] = [1, 100];
const SCRAPES: usize = 200;
const TOKEN: &str = "bench-token-of-thirty-two-letters";

/// Runs the benchmark, and returns its section of the document.
pub(crate) fn run(tools: &Tools, against: Option<&Path>, progress: &Progress) -> Result<String> {
    let toolchain = tools.set_up(progress)?;
    let state = place::root().join("target/bench/telemetry");
    if state.exists() {
        fs::remove_dir_all(&state)?;
    }
    fs::create_dir_all(&state)?;
    let sites = place::root().join("crates/xtask/bench/telemetry");
    let bundle = |site: &Path| bundle::build(&toolchain, Flavor::Bench, site, progress);
    let mut builds = vec![
        ("everything off", bundle(&sites.join("off.toml"))?),
        ("everything on", bundle(&sites.join("on.toml"))?),
    ];
    builds.extend(against.map(|folder| ("a build without telemetry", folder.to_owned())));
    let mut scraped = Vec::new();
    for circuits in CIRCUITS {
        let site = state.join(format!("{circuits}-circuits.toml"));
        fs::write(&site, site_of(circuits))?;
        scraped.push((circuits, bundle(&site)?));
    }
    progress.say("backend", "cargo build --release");
    run::shown(&mut host_cargo(&["build", "--release", "-p", "breakwater-origin"]))?;
    let binary = place::root().join("target/release/breakwater-origin");
    let log = Log::File(state.join("origin.log"));
    let _origin = Origin::start(&binary, ORIGIN_PORT, &log)?;
    let bench = Bench { tools, state, dsn: format!("http://key@{}/1", start_sink()?) };
    let memory = bench.memory(&builds, progress)?;
    let rounds = bench.rounds(&builds, progress)?;
    let scrape = bench.scrapes(&scraped, progress)?;
    let table = table(&builds, &rounds, &memory)?;
    Ok(format!("{table}\n{scrape}"))
}

struct Bench<'a> {
    tools: &'a Tools,
    state: PathBuf,
    dsn: String,
}

impl Bench<'_> {
    fn start(&self, name: &str, bundle: &Path, isolates: usize) -> Result<Stack> {
        let vars =
            vec![("BENCH_DSN".into(), self.dsn.clone()), ("ADMIN_TOKEN".into(), TOKEN.to_owned())];
        let state = self.state.join(name.replace(' ', "_"));
        let options = StackOptions { vars, isolates, ..runner::options(&state, bundle) };
        Stack::start(&self.tools.stack_node(), &options)
            .with_context(|| format!("cannot start {name}"))
    }

    fn rounds(&self, builds: &[(&str, PathBuf)], progress: &Progress) -> Result<Vec<Vec<Load>>> {
        let runner = |(name, bundle): &(&str, PathBuf)| {
            let (name, stack) = ((*name).to_owned(), Rc::new(self.start(name, bundle, 1)?));
            anyhow::Ok(Runner { name, stack, path: PATH, expected: Expected::GOOD })
        };
        let runners = builds.iter().map(runner).collect::<Result<Vec<_>>>()?;
        runner::warm_up(&runners, WARM_UP, progress)?;
        runner::rounds(&runners, ROUNDS, REQUESTS, Counting::Off, progress)
    }

    /// The resident memory of an isolate that only answers visitors, in KiB: what a process with
    /// many of them has more than a process without, for each.
    fn memory(&self, builds: &[(&str, PathBuf)], progress: &Progress) -> Result<Vec<Sample>> {
        let mut resident = vec![Vec::new(); builds.len()];
        for round in 1..=STARTS {
            for ((name, bundle), resident) in builds.iter().zip(&mut resident) {
                let mut measured = [0.0; 2];
                for (mb, isolates) in measured.iter_mut().zip([1, 1 + VISITORS]) {
                    let name = format!("{name} {round} of {isolates}");
                    let stack = self.start(&name, bundle, isolates)?;
                    for url in stack.urls() {
                        let authority = url.trim_start_matches("http://");
                        load::run(authority, PATH, SETTLED, Expected::GOOD)?;
                    }
                    *mb = cpu::resident_mb(pid_of(&stack)?)?;
                }
                let [without, with] = measured;
                resident.push((with - without) * 1e3 / VISITORS as f64);
            }
            progress.say("memory", &format!("{round} of {STARTS}"));
        }
        resident.into_iter().map(|it| Sample::of(it).context("no starts")).collect()
    }

    fn scrapes(&self, sites: &[(usize, PathBuf)], progress: &Progress) -> Result<String> {
        let mut table = String::from("| scrape of | bytes | CPU, ms |\n|---|---|---|\n");
        for (circuits, bundle) in sites {
            progress.say("scrape", &format!("{SCRAPES} times, circuits: {circuits}"));
            let stack = self.start(&format!("scrape of {circuits}"), bundle, 1)?;
            let pid = pid_of(&stack)?;
            let bytes = scraped(authority(&stack))?;
            let mut used = Vec::new();
            for _ in 0..SCRAPES {
                let before = cpu::exactly_used(pid)?;
                scraped(authority(&stack))?;
                let after = cpu::exactly_used(pid)?;
                used.push(after.saturating_sub(before).as_secs_f64() * 1e3);
            }
            let used = Sample::of(used).context("no scrapes")?;
            let _ = writeln!(table, "| {circuits} circuits | {bytes} | {used:.1} |");
        }
        let _ = writeln!(
            table,
            "\nMedian (minimum–maximum) of {SCRAPES} scrapes, of workerd's whole process: a scrape \
             asks each circuit's coordinator, and these objects are in it too."
        );
        Ok(table)
    }
}

/// Scrapes once, and returns how long the answer is.
fn scraped(authority: &str) -> Result<usize> {
    let mut socket = TcpStream::connect(authority)?;
    write!(
        socket,
        "GET /_breakwater/metrics HTTP/1.1\r\nhost: {authority}\r\nauthorization: Bearer {TOKEN}\
         \r\nconnection: close\r\n\r\n"
    )?;
    let mut reader = BufReader::new(socket);
    let head = read_head(&mut reader)?;
    ensure!(head.status == 200, "a scrape was answered with {}", head.status);
    let mut body = Vec::new();
    head.read_content(&mut reader, &mut body)?;
    Ok(body.len())
}

fn site_of(circuits: usize) -> String {
    let mut site = String::from("[site]\nname = \"Bench\"\nhost = \"bench.example\"\n");
    for number in 0..circuits {
        // Writing to a string cannot fail.
        let _ = write!(
            site,
            "\n[upstreams.u{number}]\norigin = \"http://127.0.0.1:{ORIGIN_PORT}\"\n\n[[routes]]\n\
             match = \"/u{number}/*\"\nupstream = \"u{number}\"\n"
        );
    }
    site + "\n[[routes]]\nmatch = \"/*\"\nupstream = \"u0\"\n"
}

/// Takes whatever is sent, as Sentry would, and returns the authority at which it listens.
fn start_sink() -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let authority = listener.local_addr()?.to_string();
    thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            thread::spawn(move || {
                // A sender that leaves is none of the benchmark's business.
                let _ = take_all(connection);
            });
        }
    });
    Ok(authority)
}

fn take_all(mut connection: TcpStream) -> Result<()> {
    let mut reader = BufReader::new(connection.try_clone()?);
    loop {
        let (mut line, mut length) = (String::new(), 0);
        while reader.read_line(&mut line)? > 2 {
            let field = line.to_ascii_lowercase();
            if let Some(value) = field.strip_prefix("content-length:") {
                length = value.trim().parse()?;
            }
            line.clear();
        }
        if line.is_empty() {
            return Ok(());
        }
        std::io::copy(&mut reader.by_ref().take(length), &mut std::io::sink())?;
        connection.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")?;
    }
}

fn table(builds: &[(&str, PathBuf)], rounds: &[Vec<Load>], memory: &[Sample]) -> Result<String> {
    let mut table = String::from(
        "| Worker | CPU per request, µs | ratio to everything off | memory of a visitors' isolate, KiB |\n\
         |---|---|---|---|\n",
    );
    for (at, (name, _)) in builds.iter().enumerate() {
        let of = |read: &dyn Fn(&[Load]) -> f64| {
            Sample::of(rounds.iter().map(|loads| read(loads))).context("no rounds")
        };
        let used = of(&|loads| loads[at].cpu_us)?;
        let ratio = of(&|loads| loads[at].cpu_us / loads[0].cpu_us)?;
        let _ = writeln!(table, "| {name} | {used:.0} | {ratio:.3} | {:.0} |", memory[at]);
    }
    let _ = writeln!(
        table,
        "\nMedian (minimum–maximum) of {ROUNDS} rounds of {REQUESTS} requests over 16 connections, \
         all on the straight path. CPU is user and system time of workerd alone, what it sends to \
         Sentry among it, 60 transactions a minute at most; ratios are taken within a round. Memory is what a process with {VISITORS} \
         isolates that have answered {SETTLED} requests each has more than one without them, for \
         each; of {STARTS} pairs of processes."
    );
    Ok(table)
}
