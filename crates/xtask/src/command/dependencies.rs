//! The tests that need PostgreSQL and Redis. Each starts its own, and stops them.

use std::process::Command;

use anyhow::Result;

use super::check::host_cargo;
use super::test::UNITS;
use crate::progress::Progress;
use crate::run;
use crate::servers::{Missing, PACKAGES, Programs};
use crate::steps::Steps;
use crate::tally::Tally;
use crate::tools::{Tools, apt};

const STEP: &str = "dependency tests";
/// They are the reference backend's.
const TARGET: [&str; 2] = ["--test", "dependencies"];
/// What measures rates wants the machine to itself.
const LOAD: &str = "load::";
/// The others mostly wait, so that more of them than cores run at once.
const THREADS: &str = "--test-threads=4";

/// Runs them where the programs are found or may be installed; says which did not run elsewhere.
pub(super) fn run(steps: &mut Steps<'_>, filter: Option<&str>, tools: &Tools, progress: &Progress) {
    match programs(tools, progress) {
        Ok(_) => {
            steps.run_tests(STEP, |tests| {
                let Some(filter) = filter else {
                    let rest = test(&["--skip", LOAD, THREADS], tests);
                    return test(&[LOAD, "--test-threads=1"], tests).and(rest);
                };
                test(&[filter], tests)
            });
        }
        Err(missing) => match list(filter) {
            // A filter that means other tests misses nothing here.
            Ok(names) if names.is_empty() => {}
            Ok(names) => steps.skip(STEP, &format!("{missing}; not run: {}", names.join(", "))),
            Err(_) => steps.skip(STEP, &format!("{missing}; not run: {}", TARGET.join(" "))),
        },
    }
}

/// The servers' programs. They are installed where nobody minds.
fn programs(tools: &Tools, progress: &Progress) -> Result<Programs, Missing> {
    Programs::locate().or_else(|missing| {
        if apt::is_disposable() {
            let installed = apt::install(tools, progress, "servers (CI=true)", &PACKAGES);
            if let Err(error) = installed {
                progress.say("servers", &format!("not installed: {error:#}"));
            }
            return Programs::locate();
        }
        Err(missing)
    })
}

fn test(args: &[&str], tests: &mut Tally) -> Result<()> {
    let mut cargo = cargo(&["--no-fail-fast"]);
    cargo.args(["--", "--ignored"]).args(args);
    run::read(&mut cargo, |line| tests.read(line))
}

/// The names of the tests that would have run.
fn list(filter: Option<&str>) -> Result<Vec<String>> {
    let mut cargo = cargo(&["--quiet"]);
    cargo.args(["--", "--ignored", "--list", "--format=terse"]).args(filter);
    let listed = run::text(&mut cargo)?;
    let names = listed.lines().filter_map(|line| line.strip_suffix(": test"));
    Ok(names.map(str::to_owned).collect())
}

/// With the packages of the unit tests, and so in their features: what they built is not built
/// again.
fn cargo(args: &[&str]) -> Command {
    let mut cargo = host_cargo(&["test", "--all-features"]);
    cargo.args(args).args(UNITS).args(TARGET);
    cargo
}
