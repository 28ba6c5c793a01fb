//! What `--help` prints.

use std::fmt;

/// A command that has help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Topic {
    /// The list of commands.
    All,
    /// `setup`
    Setup,
    /// `dev`
    Dev,
    /// `build`
    Build,
    /// `check`
    Check,
    /// `test`
    Test,
    /// `conformance`
    Conformance,
    /// `bench`
    Bench,
    /// `deploy`
    Deploy,
    /// `deny`
    Deny,
}

impl Topic {
    /// The commands, with a line on each.
    pub(crate) const COMMANDS: [(Self, &'static str); 9] = [
        (Self::Dev, "run Breakwater and the reference backend on this machine"),
        (Self::Test, "run all tests; the last line counts those that passed and failed"),
        (Self::Check, "formatting, lints, core's tests and purity; a minute before each commit"),
        (Self::Build, "build the Worker's bundle for deployment"),
        (Self::Conformance, "run the public suite for HTTP caches against the Worker"),
        (Self::Deploy, "check what a deployment needs, say what it would do, and deploy"),
        (Self::Bench, "measure, and write the tables to docs/benchmarks.md"),
        (Self::Setup, "install the tools that are missing (the others do so by themselves)"),
        (Self::Deny, "judge the dependencies: licences, sources, duplicates, advisories"),
    ];

    /// The topic's word on the command line; nothing for the list.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::All => "",
            Self::Setup => "setup",
            Self::Dev => "dev",
            Self::Build => "build",
            Self::Check => "check",
            Self::Test => "test",
            Self::Conformance => "conformance",
            Self::Bench => "bench",
            Self::Deploy => "deploy",
            Self::Deny => "deny",
        }
    }

    /// The command of that name.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::COMMANDS.iter().map(|&(topic, _)| topic).find(|topic| topic.name() == name)
    }

    fn usage(self) -> &'static str {
        match self {
            Self::All => "COMMAND [OPTIONS]",
            Self::Setup => "setup",
            Self::Dev => {
                "dev [--port 8787] [--origin-port 8788] [--config FILE] [--upstream URL]
                 [--state DIR | --fresh] [--once]"
            }
            Self::Build => "build [--config FILE]",
            Self::Check => "check",
            Self::Test => "test [FILTER] [--deny-skips]",
            Self::Conformance => "conformance [--suite DIR] [--id ID | [--update] [--document]]",
            Self::Bench => "bench bodies [--against BUNDLE] | core | edge | fleet",
            Self::Deploy => "deploy [--dry-run]",
            Self::Deny => "deny [--offline]",
        }
    }

    fn details(self) -> &'static str {
        match self {
            Self::All => "",
            Self::Setup => {
                "
Everything goes to $BREAKWATER_TOOLS, else $XDG_CACHE_HOME/breakwater, else ~/.cache/breakwater:
wasm-bindgen, and the npm packages wrangler and binaryen. The compiler for the Worker is the default
toolchain's if it has the target wasm32-unknown-unknown or rustup can add it, else Debian's.
BREAKWATER_WASM_RUST=default or =debian forces one of them.
"
            }
            Self::Dev => {
                "
Builds the Worker, starts the reference backend, and runs the Worker in workerd with persistent
storage and the cron event each minute. Ctrl-c stops both. The operators' token is `dev`.

  --port N          the site's port (8787)
  --origin-port N   the reference backend's port (8788)
  --config FILE     the site file (breakwater.toml)
  --upstream URL    send every upstream there; the reference backend is not started
  --state DIR       keep state there from run to run (.breakwater/state)
  --fresh           start empty, and forget at the end
  --once            on free ports and without state unless they are given: send one request, show
                    the answer, and end; fails unless the upstream answered with 2xx

The variable BREAKWATER_FAULT, set to `panic` or `object`, makes Breakwater itself fail.
"
            }
            Self::Build => {
                "
The bundle is target/breakwater/release. It is built only if something it is made from changed.

  --config FILE     the site file (breakwater.toml)
"
            }
            Self::Check => {
                "
Runs: formatting, clippy (for the Worker too), core's unit tests, core's dependencies against the
list of those it may have, and core's wasm, which must import nothing.
"
            }
            Self::Test => {
                "
Sets up what is missing, then runs everything: formatting, lints, documentation, unit tests, core's
purity, the end to end tests against the Worker in workerd, and the public suite for HTTP caches. A
step that fails counts as one failed test. With FILTER only the tests whose names contain it run,
and no other steps; the suite as a whole is called `conformance`.

PostgreSQL, Redis and Chromium are installed on Debian where this runs as root or with a sudo that asks
for no password. Elsewhere a step whose programs are missing is left out, which the last line counts:
`N passed, M failed, K skipped`. Where the variable CI is set, such a step has failed.

  --deny-skips      end with an error if any step was left out
"
            }
            Self::Conformance => {
                "
Runs http-tests/cache-tests (cache-tests.fyi) through its own npm scripts, with its server as the
upstream of the site in tests/conformance/site.toml, and compares what came of each test with the
committed expectation. A test that comes out otherwise, for worse or for better, is an error; it is
run once more alone before, if it is one of a few. So is an expectation that a required or optimal
test does not pass, if it has no `why`. By default the suite is the npm package that
tests/conformance/package.json pins, and its expectation tests/conformance/expected.json.
Logs and results are in target/conformance.

  --suite DIR   a checkout of github.com/http-tests/cache-tests in which `npm install` was run; its
                expectation is tests/conformance/expected-checkout.json
  --id ID       run this test alone, and show what client, Worker and server said to each other
  --update      write what came of the tests to the expectation; explanations are kept, and new
                deviations named until they have one
  --document    write the counts to docs/benchmarks.md, beside the products' published results
"
            }
            Self::Bench => {
                "
  bodies  CPU per request of long bodies that are not kept, on routes with copies and without, and the
          memory that visitors cost who read slowly; --against BUNDLE compares with the bench bundle of
          another build (target/breakwater/bench-*); about three minutes
  core    admit, record and reject of core's breaker beside recloser, failsafe, circuitbreaker-rs and
          tower-resilience, by criterion, and their allocations; about three minutes
  edge    CPU per request of the Worker, paired against JavaScript that does the same work, from
          workerd's own accounting under load; takes about two minutes
  fleet   a simulated fleet of 3,000 isolates, protected in three ways, in eight scenarios, and how
          the simulator grows; about five minutes

What is compared runs in turn on this machine; the ratios are what counts. Stop other work first.
"
            }
            Self::Deploy => {
                "
The pre-flight: the site file, what wrangler.toml binds against what the Worker needs, secrets (their
names only), the bundle's size, its start-up in workerd, and whether the Cache API works where it is
to run. It says what `wrangler deploy` would do; then runs it, unless something is wrong.

  --dry-run         only the pre-flight; the account is asked if CLOUDFLARE_API_TOKEN is set
"
            }
            Self::Deny => {
                "
Runs cargo-deny with .deny.toml; the first run compiles it, which takes minutes. It fails if the
database of advisories cannot be fetched.

  --offline         judge licences, sources and duplicates alone, where the database is out of reach
"
            }
        }
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "usage: cargo xtask {}", self.usage())?;
        let line = Self::COMMANDS.iter().find(|(topic, _)| topic == self);
        if let Some((_, line)) = line {
            return write!(f, "\n{line}\n{}", self.details());
        }
        writeln!(f, "\nCommands, each with its own --help:")?;
        for (topic, line) in Self::COMMANDS {
            writeln!(f, "  {:12}{line}", topic.name())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Topic;

    #[test]
    fn list_names_every_command() {
        let list = Topic::All.to_string();
        for (topic, line) in Topic::COMMANDS {
            assert!(list.contains(topic.name()) && list.contains(line), "{list}");
        }
    }
}
