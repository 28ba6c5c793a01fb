//! The tests that need a browser.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::check::{HOST, host_cargo};
use crate::browser::{self, Missing, PACKAGES};
use crate::progress::Progress;
use crate::run;
use crate::steps::Steps;
use crate::tally::Tally;
use crate::tools::{Tools, apt};

const STEP: &str = "browser tests";
const TARGET: [&str; 2] = ["--test", "browser"];
/// Each starts a browser and a Worker, which are several processes already.
const THREADS: &str = "--test-threads=2";

/// Runs them where there is a browser, or one may be installed; says which did not run elsewhere,
/// and fails in CI. `places` are those of the end to end tests.
pub(super) fn run(
    steps: &mut Steps<'_>,
    filter: Option<&str>,
    tools: &Tools,
    places: &[(&str, &Path)],
    progress: &Progress,
) {
    // A filter that means other tests needs no browser.
    if filter.is_some() && list(filter).is_ok_and(|names| names.is_empty()) {
        return;
    }
    match program(tools, progress) {
        Ok(program) => {
            steps.run_tests(STEP, |tests| {
                let packages = tools.set_up_browser(progress)?;
                let own: [(&str, &Path); 2] =
                    [("BREAKWATER_CHROMIUM", &program), ("BREAKWATER_BROWSER_PACKAGES", &packages)];
                test(filter, &[places, &own].concat(), tests)
            });
        }
        Err(missing) => {
            let names = list(filter).unwrap_or_default().join(", ");
            steps.miss(STEP, &format!("{missing}; not run: {names}"));
        }
    }
}

/// Returns the browser's program. It is installed on Debian, where this process may do that.
pub(super) fn program(tools: &Tools, progress: &Progress) -> Result<PathBuf, Missing> {
    browser::locate().or_else(|missing| {
        if !apt::may_install() {
            return Err(missing);
        }
        if let Err(error) = apt::install(tools, progress, "browser", &PACKAGES) {
            progress.say("browser", &format!("not installed: {error:#}"));
        }
        browser::locate()
    })
}

fn test(filter: Option<&str>, places: &[(&str, &Path)], tests: &mut Tally) -> Result<()> {
    let mut cargo = host_cargo(&["test", "--no-fail-fast"]);
    cargo.args(HOST).args(TARGET).args(["--", "--ignored", THREADS]).args(filter);
    run::read(cargo.envs(places.iter().copied()), |line| tests.read(line))
}

/// The names of the tests that would run.
fn list(filter: Option<&str>) -> Result<Vec<String>> {
    let mut cargo = host_cargo(&["test", "--quiet"]);
    cargo.args(HOST).args(TARGET);
    cargo.args(["--", "--ignored", "--list", "--format=terse"]).args(filter);
    let listed = run::text(&mut cargo)?;
    let names = listed.lines().filter_map(|line| line.strip_suffix(": test"));
    Ok(names.map(str::to_owned).collect())
}
