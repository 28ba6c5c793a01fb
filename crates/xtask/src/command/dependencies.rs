//! The tests that need PostgreSQL, Redis or Prometheus. Each starts its own, and stops them.

use std::path::Path;
use std::process::Command;

use anyhow::Result;
use breakwater_testing::servers::{Missing, PACKAGES, Programs};

use super::check::{HOST, host_cargo};
use super::test::UNITS;
use crate::progress::Progress;
use crate::steps::Steps;
use crate::tally::Tally;
use crate::tools::{Tools, apt};
use crate::{place, run};

/// The rules of alerts for Prometheus, and their tests.
const RULES_STEP: &str = "alert rules";
const RULES: &str = "docs/grafana/alerts.yml";
const RULES_TESTS: &str = "docs/grafana/alerts.test.yml";
const STEP: &str = "dependency tests";
/// The reference backend's.
const TARGET: [&str; 2] = ["--test", "dependencies"];
/// The same seen from the edge.
const EDGE_STEP: &str = "dependency tests, end to end";
const EDGE_TARGET: [&str; 2] = ["--test", "e2e"];
/// What measures rates wants the machine to itself.
const LOAD: &str = "load::";
/// The others mostly wait, as the end to end tests do, so that more of them than cores run at once.
pub(super) const THREADS: &str = "--test-threads=4";

/// Runs the reference backend's where the programs are found or may be installed; says which did
/// not run elsewhere, and fails in CI. Returns whether they are there.
pub(super) fn run(
    steps: &mut Steps<'_>,
    filter: Option<&str>,
    tools: &Tools,
    progress: &Progress,
) -> Result<Programs, Missing> {
    let programs = programs(tools, progress);
    check_rules(steps, filter, &programs);
    match &programs {
        Ok(_) => {
            steps.run_tests(STEP, |tests| {
                let Some(filter) = filter else {
                    let rest = test(cargo(), &["--skip", LOAD, THREADS], tests);
                    return test(cargo(), &[LOAD, "--test-threads=1"], tests).and(rest);
                };
                test(cargo(), &[filter], tests)
            });
        }
        Err(missing) => miss(steps, STEP, cargo(), filter, missing),
    }
    programs
}

/// Has Prometheus' own tool read the rules of alerts, and run their tests.
fn check_rules(steps: &mut Steps<'_>, filter: Option<&str>, programs: &Result<Programs, Missing>) {
    if filter.is_some_and(|filter| !RULES_STEP.contains(filter)) {
        return;
    }
    let run = |programs: &Programs, action: &str, file: &str| {
        let mut promtool = Command::new(programs.promtool());
        run::shown(promtool.current_dir(place::root()).args([action, "rules", file]))
    };
    match programs {
        Ok(programs) => {
            steps.run(RULES_STEP, || {
                run(programs, "check", RULES)?;
                run(programs, "test", RULES_TESTS)
            });
        }
        Err(missing) => steps.miss(RULES_STEP, &missing.to_string()),
    }
}

/// Runs those that look from the edge. `places` are those of the end to end tests.
pub(super) fn run_at_the_edge(
    steps: &mut Steps<'_>,
    filter: Option<&str>,
    places: &[(&str, &Path)],
    programs: &Result<Programs, Missing>,
) {
    let mut cargo = host_cargo(&["test"]);
    cargo.args(HOST).args(EDGE_TARGET).envs(places.iter().copied());
    match programs {
        Ok(_) => {
            steps.run_tests(EDGE_STEP, |tests| test(cargo, filter.as_slice(), tests));
        }
        Err(missing) => miss(steps, EDGE_STEP, cargo, filter, missing),
    }
}

/// Says which tests do not run. In CI they fail.
fn miss(
    steps: &mut Steps<'_>,
    step: &'static str,
    cargo: Command,
    filter: Option<&str>,
    missing: &Missing,
) {
    match list(cargo, filter) {
        // A filter that means other tests misses nothing here.
        Ok(names) if names.is_empty() => {}
        Ok(names) => steps.miss(step, &format!("{missing}; not run: {}", names.join(", "))),
        Err(_) => steps.miss(step, &format!("{missing}; not run: all that need them")),
    }
}

/// The servers' programs. They are installed on Debian, where this process may do that.
fn programs(tools: &Tools, progress: &Progress) -> Result<Programs, Missing> {
    Programs::locate().or_else(|missing| {
        if apt::may_install() {
            let installed = apt::install(tools, progress, "servers", &PACKAGES);
            if let Err(error) = installed {
                progress.say("servers", &format!("not installed: {error:#}"));
            }
            return Programs::locate();
        }
        Err(missing)
    })
}

fn test(mut cargo: Command, args: &[&str], tests: &mut Tally) -> Result<()> {
    cargo.args(["--no-fail-fast", "--", "--ignored"]).args(args);
    run::read(&mut cargo, |line| tests.read(line))
}

/// The names of the tests that would have run.
fn list(mut cargo: Command, filter: Option<&str>) -> Result<Vec<String>> {
    cargo.args(["--quiet", "--", "--ignored", "--list", "--format=terse"]).args(filter);
    let listed = run::text(&mut cargo)?;
    let names = listed.lines().filter_map(|line| line.strip_suffix(": test"));
    Ok(names.map(str::to_owned).collect())
}

/// The reference backend's, with the packages of the unit tests, and so in their features: what
/// they built is not built again.
fn cargo() -> Command {
    let mut cargo = host_cargo(&["test"]);
    cargo.args(UNITS).args(TARGET);
    cargo
}
