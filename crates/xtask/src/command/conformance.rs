//! `cargo xtask conformance`, and the step of `cargo xtask test` that does the same.

use std::fs;
use std::process::ExitCode;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Map, Value};

use crate::args::Conformance;
use crate::bench::document;
use crate::bundle::{self, Flavor};
use crate::conformance::expectation::{Difference, Expectation};
use crate::conformance::run::Runner;
use crate::conformance::suite::{Judged, Suite};
use crate::conformance::table;
use crate::conformance::verdict::{Test, Verdict};
use crate::place;
use crate::progress::Progress;
use crate::tally::Tally;
use crate::tools::{Toolchain, Tools};

/// As many differing tests are run once more, each alone: on a busy machine a test may miss its
/// time. More than these are not chance.
const RERUNS_MAX: usize = 10;

/// Carries out the command.
pub(super) fn run(options: &Conformance, progress: &Progress) -> Result<ExitCode> {
    let tools = Tools::locate()?;
    let toolchain = tools.set_up(progress)?;
    let suite = match &options.suite {
        Some(dir) => Suite::checkout(&tools, dir)?,
        None => Suite::package(&tools, progress)?,
    };
    if let Some(id) = &options.id {
        return one(&suite, id, &tools, &toolchain, progress);
    }
    let expectation = if options.update && !suite.expectation_file().exists() {
        Expectation::default()
    } else {
        suite.expectation()?
    };
    if !options.update {
        check(&suite, &expectation)?;
    }
    let (judged, differences) = all(&suite, &expectation, &tools, &toolchain, progress)?;
    if options.document {
        let section = table::section(&suite.name()?, env!("CARGO_PKG_VERSION"), &judged);
        document::replace(suite.section(), &section)?;
        progress.say("written", &document::path().display().to_string());
    }
    if options.update {
        let path = suite.expectation_file();
        let updated = expectation.updated(suite.name()?, &judged.tests);
        fs::write(&path, updated.text()?)?;
        progress.say("written", &path.display().to_string());
        check(&suite, &updated)?;
        return Ok(ExitCode::SUCCESS);
    }
    Ok(if differences.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Runs the package's tests; one that comes out as expected has passed.
pub(super) fn step(
    tools: &Tools,
    toolchain: &Toolchain,
    progress: &Progress,
    tests: &mut Tally,
) -> Result<()> {
    let suite = Suite::package(tools, progress)?;
    let expectation = suite.expectation()?;
    check(&suite, &expectation)?;
    let (judged, differences) = all(&suite, &expectation, tools, toolchain, progress)?;
    tests.failed += differences.len() as u64;
    tests.passed += judged.tests.len().saturating_sub(differences.len()) as u64;
    ensure!(differences.is_empty(), "not as {} says", suite.expectation_file().display());
    Ok(())
}

/// Fails if a deviation is not explained, or what is none is.
fn check(suite: &Suite, expectation: &Expectation) -> Result<()> {
    let faults = expectation.faults(&suite.judge(None)?.tests);
    if faults.is_empty() {
        return Ok(());
    }
    bail!("in {}:\n  {}", suite.expectation_file().display(), faults.join("\n  "))
}

fn all(
    suite: &Suite,
    expectation: &Expectation,
    tools: &Tools,
    toolchain: &Toolchain,
    progress: &Progress,
) -> Result<(Judged, Vec<Difference>)> {
    let mut runner = start(suite, tools, toolchain, progress)?;
    progress.say("conformance", &suite.name()?);
    let mut results = runner.all()?;
    let mut judged = suite.judge(Some(&runner.write(&results)?))?;
    let mut differences = expectation.differences(&judged.tests);
    if (1..=RERUNS_MAX).contains(&differences.len()) {
        run_again(&mut runner, &differences, &mut results, progress)?;
        judged = suite.judge(Some(&runner.write(&results)?))?;
        differences = expectation.differences(&judged.tests);
    }
    runner.stop();
    print!("{}", table::counts(&judged.tests));
    for difference in &differences {
        println!("{difference}");
    }
    println!("{} tests, {} not as expected", judged.tests.len(), differences.len());
    Ok((judged, differences))
}

fn run_again(
    runner: &mut Runner<'_>,
    differences: &[Difference],
    results: &mut Map<String, Value>,
    progress: &Progress,
) -> Result<()> {
    for difference in differences {
        // The suite cannot run what it does not have.
        if results.contains_key(&difference.id) {
            progress.say("once more", &difference.to_string());
            let (verdict, message) = runner.one(&difference.id, |_| {})?;
            results.insert(difference.id.clone(), verdict.raw(&message));
        }
    }
    Ok(())
}

/// Runs one test and shows what went to and fro.
fn one(
    suite: &Suite,
    id: &str,
    tools: &Tools,
    toolchain: &Toolchain,
    progress: &Progress,
) -> Result<ExitCode> {
    let known = suite.judge(None)?.tests;
    let known = known.iter().find(|test| test.id == id);
    let Test { kind, .. } = known.with_context(|| format!("the suite has no test `{id}`"))?;
    let expected = suite.expectation().ok().and_then(|expectation| expectation.verdict_of(id));
    let mut runner = start(suite, tools, toolchain, progress)?;
    let (got, _) = runner.one(id, |line| println!("{line}"))?;
    runner.stop();
    let name = expected.map_or("nothing", Verdict::name);
    println!("{id} ({}): {got}, expected {name}", kind.name());
    // Alone it does not know of its dependencies.
    let is_as_expected = expected == Some(got) || expected == Some(Verdict::DependencyFail);
    Ok(if is_as_expected { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn start<'a>(
    suite: &'a Suite,
    tools: &Tools,
    toolchain: &Toolchain,
    progress: &Progress,
) -> Result<Runner<'a>> {
    let site = place::conformance().join("site.toml");
    let bundle = bundle::build(toolchain, Flavor::Test, &site, progress)?;
    Runner::start(suite, tools, &bundle)
}
