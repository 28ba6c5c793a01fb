//! The command line. The documentation of each command and option is its `--help`.

use std::path::PathBuf;

use breakwater_testing::sites::SiteSoftware;
use clap::{Args, Parser, Subcommand, ValueEnum as _};

use crate::bench::edge::EdgeRow;
use crate::bench::peers::{Outage, Tool};

/// Everything that is done to Breakwater: set up, build, run, test, measure, deploy.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
pub(crate) struct CommandLine {
    /// The command; without one, help is printed.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
#[command(verbatim_doc_comment)]
pub(crate) enum Command {
    /// Run Breakwater and the reference backend on this machine
    ///
    /// Builds the Worker, starts the reference backend, and runs the Worker in workerd with
    /// persistent storage and the cron event each minute. Ctrl-c stops both. The operators' token
    /// is `dev`.
    #[command(verbatim_doc_comment, after_help = DEV)]
    Dev(Dev),
    /// Run all tests; the last line counts those that passed and failed
    ///
    /// Sets up what is missing, then runs everything: formatting, lints, documentation, unit tests,
    /// core's purity, the end to end tests against the Worker in workerd, and the public suite for
    /// HTTP caches. A step that fails counts as one failed test.
    ///
    /// PostgreSQL, Redis and Chromium are installed on Debian where this runs as root or with a
    /// sudo that asks for no password. Elsewhere a step whose programs are missing is left out,
    /// which the last line counts: `N passed, M failed, K skipped`. Where the variable CI is set,
    /// such a step has failed.
    #[command(verbatim_doc_comment, after_help = TEST)]
    Test {
        /// Run only the tests whose names contain this, and no other steps; the suite as a whole is
        /// called `conformance`
        #[arg(verbatim_doc_comment)]
        filter: Option<String>,
        /// End with an error if any step was left out
        #[arg(long)]
        deny_skips: bool,
    },
    /// Put a real site behind Breakwater, use it, have it fail, and say what survives
    ///
    /// Installs the software, makes a site with a dozen posts and an editor, and starts it behind
    /// Breakwater, with the site file in tests/sites. Then the site is used as by visitors and
    /// editors, and each answer is compared with the site's own; it is stopped, it hangs, and it
    /// comes back. Each step is a line.
    ///
    /// WordPress is Debian's, with Apache and MariaDB; it is installed where this runs as root or
    /// with a sudo that asks for no password. Next.js is built once, by npm, and Django comes from
    /// PyPI; both are kept with the other tools.
    #[command(verbatim_doc_comment, after_help = TRY)]
    Try {
        /// `wordpress`, `next` or `django`
        #[arg(value_parser = software)]
        site: SiteSoftware,
        /// Leave out the steps, and keep the site running behind Breakwater until ctrl-c
        #[arg(long)]
        keep_running: bool,
    },
    /// Formatting, lints, core's tests and purity; a minute before each commit
    ///
    /// Runs: formatting, clippy (for the Worker too), core's unit tests, core's dependencies
    /// against the list of those it may have, and core's wasm, which must import nothing.
    #[command(verbatim_doc_comment)]
    Check,
    /// Build the Worker's bundle for deployment
    ///
    /// The bundle is target/breakwater/release. It is built only if something it is made from
    /// changed.
    #[command(verbatim_doc_comment)]
    Build {
        /// The site file [default: breakwater.toml]
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
    /// Build the npm package, with core and the command line for sites without Rust
    ///
    /// The package is target/npm/breakwater-VERSION.tgz. It needs nothing but Node.
    #[command(verbatim_doc_comment)]
    Package,
    /// Run the public suite for HTTP caches against the Worker
    ///
    /// Runs http-tests/cache-tests (cache-tests.fyi) through its own npm scripts, with its server
    /// as the upstream of the site in tests/conformance/site.toml, and compares what came of each
    /// test with the committed expectation. A test that comes out otherwise, for worse or for
    /// better, is an error; it is run once more alone before, if it is one of a few. So is an
    /// expectation that a required or optimal test does not pass, if it has no `why`. By default
    /// the suite is the npm package that tests/conformance/package.json pins, and its expectation
    /// tests/conformance/expected.json. Logs and results are in target/conformance.
    #[command(verbatim_doc_comment, after_help = CONFORMANCE)]
    Conformance(Conformance),
    /// Check what a deployment needs, say what it would do, and deploy
    ///
    /// The pre-flight: the site file, what wrangler.toml binds against what the Worker needs,
    /// secrets (their names only), the bundle's size, its start-up in workerd, and whether the
    /// Cache API works where it is to run. It says what `wrangler deploy` would do; then runs it,
    /// unless something is wrong.
    #[command(verbatim_doc_comment)]
    Deploy {
        /// Only the pre-flight; the account is asked if CLOUDFLARE_API_TOKEN is set
        #[arg(long)]
        dry_run: bool,
    },
    /// Say what the site file costs without visitors, and what each environment must have
    ///
    /// Prints what works by itself, an hour and a month, with the platform's list prices; what the
    /// budgets allow at most; and whether it fits what the free plan has. Then, for this machine
    /// and each environment of wrangler.toml, every secret and setting that the site needs, whether
    /// it is set, and how to set it; names only, no secret. It needs no account and no network; the
    /// account is asked for the names of secrets if CLOUDFLARE_API_TOKEN is set.
    ///
    /// Exit code 1: something that is required is missing. Exit code 2: that could not be judged,
    /// since a file is refused, no environment has that name, or the account did not answer. What
    /// is unknown because no token lets it ask the account is said, and is exit code 0.
    #[command(verbatim_doc_comment)]
    Doctor {
        /// The site file [default: breakwater.toml]
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
        /// Judge this environment alone: one of wrangler.toml, `default` for the one at its top, or
        /// `local` for this machine [default: all of them]
        #[arg(long, value_name = "NAME", verbatim_doc_comment)]
        environment: Option<String>,
        /// Print it as JSON, with prices in millionths of a dollar
        #[arg(long)]
        json: bool,
    },
    /// Measure, and write the tables to docs/benchmarks.md
    ///
    /// What is compared runs in turn on this machine; the ratios are what counts. Stop other work
    /// first.
    #[command(verbatim_doc_comment, subcommand)]
    Bench(Bench),
    /// Install the tools that are missing (the other commands do so by themselves)
    ///
    /// Everything goes to $BREAKWATER_TOOLS, else $XDG_CACHE_HOME/breakwater, else
    /// ~/.cache/breakwater: wasm-bindgen, and the npm packages wrangler and binaryen. The compiler
    /// for the Worker is the default toolchain's if it has the target wasm32-unknown-unknown or
    /// rustup can add it, else Debian's. BREAKWATER_WASM_RUST=default or =debian forces one of
    /// them.
    #[command(verbatim_doc_comment)]
    Setup,
    /// Write the pages of the reference that are made from the code
    ///
    /// Writes docs/reference/operators-api.md and operators-api.openapi.json from the table of the
    /// operators' API in core. A test of core fails when they are stale.
    #[command(verbatim_doc_comment)]
    Reference,
    /// Judge the dependencies: licences, sources, duplicates, advisories
    ///
    /// Runs cargo-deny with .deny.toml; the first run compiles it, which takes minutes. It fails if
    /// the database of advisories cannot be fetched.
    #[command(verbatim_doc_comment)]
    Deny {
        /// Judge licences, sources and duplicates alone, where the database is out of reach
        #[arg(long)]
        offline: bool,
    },
}

/// The options of `dev`.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Dev {
    /// The site's port [default: 8787]
    #[arg(long, value_name = "N")]
    pub(crate) port: Option<u16>,
    /// The reference backend's port [default: 8788]
    #[arg(long, value_name = "N", conflicts_with = "upstream")]
    pub(crate) origin_port: Option<u16>,
    /// The site file [default: breakwater.toml]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Send every upstream there, `http(s)://HOST[:PORT]`; the reference backend is not started
    #[arg(long, value_name = "URL", value_parser = address)]
    pub(crate) upstream: Option<String>,
    /// Keep state there from run to run [default: .breakwater/state]
    #[arg(long, value_name = "DIR", conflicts_with = "fresh")]
    pub(crate) state: Option<PathBuf>,
    /// Start empty, and forget at the end
    #[arg(long)]
    pub(crate) fresh: bool,
    /// Send one request, show the answer, and end; fails unless the upstream answered with 2xx.
    /// Ports are free ones and there is no state, unless they are given
    #[arg(long, verbatim_doc_comment)]
    pub(crate) once: bool,
}

const DEV: &str = "\
The variable BREAKWATER_FAULT, set to `panic` or `object`, makes Breakwater itself fail.

Examples:
  cargo xtask dev --fresh
  cargo xtask dev --upstream http://localhost:3000 --state .breakwater/mine
  cargo xtask dev --once                 # the smoke test of a new machine";

const TEST: &str = "\
Examples:
  cargo xtask test
  cargo xtask test failing_open          # the tests with these words in their names";

const TRY: &str = "\
Examples:
  cargo xtask try django
  cargo xtask try wordpress --keep-running";

/// The software of that name.
fn software(name: &str) -> Result<SiteSoftware, String> {
    let known = SiteSoftware::ALL.into_iter().find(|software| software.name() == name);
    known.ok_or_else(|| {
        let names = SiteSoftware::ALL.map(SiteSoftware::name);
        format!("expected one of {}", names.join(", "))
    })
}

/// The options of `conformance`.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Conformance {
    /// A checkout of github.com/http-tests/cache-tests in which `npm install` was run; its
    /// expectation is tests/conformance/expected-checkout.json
    #[arg(long, value_name = "DIR", verbatim_doc_comment)]
    pub(crate) suite: Option<PathBuf>,
    /// Run this test alone, and show what client, Worker and server said to each other
    #[arg(long, value_name = "ID", conflicts_with_all = ["update", "document"])]
    pub(crate) id: Option<String>,
    /// Write what came of the tests to the expectation; explanations are kept, and new deviations
    /// named until they have one
    #[arg(long, verbatim_doc_comment)]
    pub(crate) update: bool,
    /// Write the counts to docs/benchmarks.md, beside the products' published results
    #[arg(long)]
    pub(crate) document: bool,
}

const CONFORMANCE: &str = "\
Examples:
  cargo xtask conformance
  cargo xtask conformance --id age-parse-dup-0
  cargo xtask conformance --update --document";

/// What is measured.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub(crate) enum Bench {
    /// CPU per request of long bodies, and the memory that slow visitors cost; three minutes
    ///
    /// The bodies are not kept, on routes with copies and without.
    #[command(verbatim_doc_comment)]
    Bodies {
        /// Compare with the bench bundle of another build (target/breakwater/bench-*)
        #[arg(long, value_name = "BUNDLE")]
        against: Option<PathBuf>,
    },
    /// The operators' console with 500 circuits and 1,000 checks, in Chromium; three minutes
    ///
    /// How soon it shows what it has read, and whether its lists scroll at 60 frames a second. The
    /// site is made up; Chromium is not installed.
    #[command(verbatim_doc_comment)]
    Console,
    /// Core's breaker beside its peers, and their allocations; three minutes
    ///
    /// Measures admit, record and reject beside recloser, failsafe, circuitbreaker-rs and
    /// tower-resilience, by criterion.
    #[command(verbatim_doc_comment)]
    Core,
    /// CPU per request of the Worker, beside JavaScript that does the same work; 20 minutes
    ///
    /// The figures are from workerd's own accounting under load, and are paired. Each kind of
    /// answer has a peer of its own. The table is written only where all is measured; else it is
    /// printed.
    #[command(verbatim_doc_comment, after_help = EDGE)]
    Edge(Edge),
    /// A simulated fleet of 3,000 isolates, and how the simulator grows; a quarter of an hour
    ///
    /// The fleet is protected in three ways, in twelve scenarios, and a small one recovers 4,000
    /// times.
    #[command(verbatim_doc_comment)]
    Fleet,
    /// The same outages behind Breakwater and six other tools; 18 minutes
    ///
    /// The others are nginx, Varnish, HAProxy, Squid, Apache Traffic Server and Caddy. Each stands
    /// in front of a reference backend of its own, with 40 visitors. All go through the same
    /// outages side by side. The tools are Debian's packages, which this command does not install.
    /// The document gets the tables of a whole run only.
    #[command(verbatim_doc_comment, after_help = PEERS)]
    Peers(Peers),
    /// CPU per request of the status page, beside JavaScript that answers the same; 5 minutes
    ///
    /// The page, its JSON and a badge, with the renewal of the state, beside Workers of static
    /// answers of the same size. The figures are from workerd's own accounting under load, and are
    /// paired.
    #[command(verbatim_doc_comment)]
    Status,
    /// CPU and memory of telemetry, everything on beside everything off; ten minutes
    ///
    /// That is the log, the trace, objectives and reports. And what a scrape of the metrics of 100
    /// circuits costs. The figures are from workerd's own accounting under load, and are paired.
    #[command(verbatim_doc_comment)]
    Telemetry {
        /// Compare with the bundle of another build too, such as one without metrics
        #[arg(long, value_name = "BUNDLE")]
        against: Option<PathBuf>,
    },
    /// What 10, 100 and 1,000 checks each minute cost in workerd; 40 minutes
    ///
    /// CPU by check, with the requests to the site and without, and the memory of a day at sixty
    /// times its speed.
    #[command(verbatim_doc_comment)]
    Watch {
        /// How long the day of the memory is, in hours; an hour takes a minute
        #[arg(long, value_name = "N", default_value_t = 24)]
        hours: u32,
    },
}

/// The options of `bench edge`.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Edge {
    /// Compare with the bench bundle of another build (target/breakwater/bench-*), made with the
    /// same bench site
    #[arg(long, value_name = "BUNDLE", verbatim_doc_comment)]
    pub(crate) against: Option<PathBuf>,
    /// Measure only these kinds of answers, parted by commas
    #[arg(long, value_name = "ROWS", value_delimiter = ',')]
    rows: Vec<EdgeRow>,
    /// Give each Worker so much load, in rounds of 4,000 requests [default: 24]
    #[arg(long, value_name = "N", value_parser = rounds)]
    pub(crate) rounds: Option<usize>,
    /// Leave out how many instructions a request takes. Where the processor has no counters,
    /// valgrind counts them, which takes a minute for each Worker and row
    #[arg(long, verbatim_doc_comment)]
    pub(crate) no_counts: bool,
}

impl Edge {
    /// What is measured, in the order of the table.
    pub(crate) fn rows(&self) -> Vec<EdgeRow> {
        let is_chosen = |row: &EdgeRow| self.rows.is_empty() || self.rows.contains(row);
        EdgeRow::value_variants().iter().copied().filter(is_chosen).collect()
    }

    /// Whether all is measured that the document tells.
    pub(crate) const fn is_whole(&self) -> bool {
        self.rows.is_empty() && self.rounds.is_none() && !self.no_counts
    }
}

const EDGE: &str = "\
Examples:
  cargo xtask bench edge
  cargo xtask bench edge --rows cache,stale --rounds 8 --no-counts
  cargo xtask bench edge --against ../before/target/breakwater/bench-0a1b2c3d --rows copies";

fn rounds(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|rounds| *rounds > 0).ok_or("expected 1 or more".into())
}

/// The options of `bench peers`.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Peers {
    /// The tools that take part [default: all]
    #[arg(long, value_name = "TOOL,…", value_delimiter = ',')]
    pub(crate) only: Vec<Tool>,
    /// The kinds of outages [default: all]
    #[arg(long, value_name = "KIND,…", value_delimiter = ',')]
    pub(crate) kinds: Vec<Outage>,
    /// Outages of 25 s instead of 45 s, for a first look
    #[arg(long)]
    pub(crate) quick: bool,
}

const PEERS: &str = "\
Each visit and each request that reached a backend is in target/bench/peers.

Examples:
  cargo xtask bench peers
  cargo xtask bench peers --only breakwater,nginx --kinds hang,latency --quick";

/// What is in front of the path of a URL.
fn address(url: &str) -> Result<String, String> {
    let host = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    match host.map(|host| host.trim_end_matches('/')) {
        Some(host) if !host.is_empty() && !host.contains('/') => {
            Ok(url.trim_end_matches('/').to_owned())
        }
        _ => Err("expected http(s)://HOST[:PORT]".into()),
    }
}

#[cfg(test)]
mod tests;
