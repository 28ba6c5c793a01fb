//! `cargo xtask test`: everything, from what is missing to the end to end tests.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;

use super::check::{HOST, document, host_cargo, lints, pure};
use super::{browser, conformance, dependencies, deploy};
use crate::bundle::{self, Flavor};
use crate::progress::Progress;
use crate::steps::{Skips, Steps};
use crate::tally::Tally;
use crate::tools::Tools;
use crate::{entry, package, place, run, www};

/// The site that the end to end tests run.
const SITE: &str = "tests/site.toml";
/// The site of those that are about checks. It is another one, since checks send requests that
/// other tests would count.
const WATCHED_SITE: &str = "tests/watch.toml";

/// The packages with unit tests: [`HOST`] without the end to end tests, which add nothing to its
/// features, and without the simulator.
pub(crate) const UNITS: [&str; 9] = [
    "--all-features",
    "-p",
    "breakwater-core",
    "-p",
    "breakwater-origin",
    "-p",
    "breakwater-testing",
    "-p",
    "breakwater-xtask",
];

/// The simulator's tests are worth optimizing what they run, and no other tests are.
const SIM: [&str; 4] = ["--profile", "sim", "-p", "breakwater-sim"];

pub(super) fn run(filter: Option<&str>, skips: Skips, progress: &Progress) -> Result<ExitCode> {
    let tools = Tools::locate()?;
    let mut steps = Steps::new(progress);
    let toolchain = steps.run("tools", || tools.set_up(progress));
    if filter.is_none() {
        lints(&mut steps, toolchain.as_ref());
        steps.run("documentation", document);
        pure(&mut steps, toolchain.as_ref());
        entry::run(&mut steps, toolchain.as_ref());
        www::run(&mut steps, toolchain.as_ref());
        package::check(&mut steps, toolchain.as_ref());
        package::test(&mut steps, toolchain.as_ref(), progress);
    }
    steps.run_tests("unit tests", |tests| {
        let simulated = cargo_test(&SIM, filter.as_slice(), &[], tests);
        cargo_test(&UNITS, filter.as_slice(), &[], tests).and(simulated)
    });

    let servers = dependencies::run(&mut steps, filter, &tools, progress);

    let bundle = toolchain.as_ref().and_then(|toolchain| {
        steps.run("bundle", || {
            let build = |site| {
                let site = place::root().join(site);
                bundle::build(toolchain, Flavor::Test, &site, progress)
            };
            Ok((build(SITE)?, build(WATCHED_SITE)?))
        })
    });
    // Its own tests have just built it, in other features than `cargo build` would.
    let origin = place::binary("breakwater-origin");
    if let Some((bundle, watched)) = bundle.filter(|_| origin.exists()) {
        let root = place::root();
        let (node, packages) = (tools.node(), tools.npm());
        let webhooks = steps.run("webhook receivers", || tools.set_up_webhooks(progress));
        let (webhooks, python) = webhooks.unwrap_or_default();
        let readers = steps.run("readers of the public state", || tools.set_up_readers(progress));
        let (readers, modules) = readers.unwrap_or_default();
        let mcp = steps.run("MCP clients", || tools.set_up_mcp(progress)).unwrap_or_default();
        let storage = steps.run("storage", || tools.set_up_storage(progress)).unwrap_or_default();
        let metrics = steps.run("readers of metrics", || tools.set_up_metrics(progress));
        let metrics = metrics.unwrap_or_default();
        let sentry = steps.run("Sentry's intake", || tools.set_up_sentry(progress));
        let sentry = sentry.unwrap_or_default();
        let places: [(&str, &Path); 14] = [
            ("BREAKWATER_NODE", node.program()),
            ("BREAKWATER_STACK_PACKAGES", &packages),
            ("BREAKWATER_TEST_BUNDLE", &bundle),
            ("BREAKWATER_WATCHED_BUNDLE", &watched),
            ("BREAKWATER_ORIGIN_BIN", &origin),
            ("BREAKWATER_ROOT", &root),
            ("BREAKWATER_WEBHOOK_PACKAGES", &webhooks),
            ("BREAKWATER_WEBHOOK_PYTHON", &python),
            ("BREAKWATER_READER_PACKAGES", &readers),
            ("BREAKWATER_READER_PYTHON", &modules),
            ("BREAKWATER_MCP_PACKAGES", &mcp),
            ("BREAKWATER_STORAGE_PYTHON", &storage),
            ("BREAKWATER_METRICS_PYTHON", &metrics),
            ("BREAKWATER_SENTRY_PYTHON", &sentry),
        ];
        steps.run_tests("end to end tests", |tests| {
            let args = [filter.as_slice(), &["--", dependencies::THREADS]].concat();
            cargo_test(&[&HOST[..], &["--test", "e2e"]].concat(), &args, &places, tests)
        });
        dependencies::run_at_the_edge(&mut steps, filter, &places, &servers);
        browser::run(&mut steps, filter, &tools, &places, progress);
        if filter.is_none() {
            steps.run("pre-flight", || deploy::preflight(&tools, &bundle));
        }
    } else {
        steps.skip("end to end tests", "what they run is missing");
    }

    const CONFORMANCE: &str = "conformance";
    if filter.is_none_or(|filter| CONFORMANCE.contains(filter)) {
        match &toolchain {
            Some(toolchain) => {
                steps.run_tests(CONFORMANCE, |tests| {
                    conformance::step(&tools, toolchain, progress, tests)
                });
            }
            None => steps.skip(CONFORMANCE, "the tools are missing"),
        }
    }

    println!("\n{}\n{}", steps.table(), steps.closing_line());
    Ok(steps.verdict(skips))
}

fn cargo_test(
    packages: &[&str],
    args: &[&str],
    places: &[(&str, &Path)],
    tests: &mut Tally,
) -> Result<()> {
    let mut cargo = host_cargo(&["test", "--no-fail-fast"]);
    cargo.args(packages).args(args).envs(places.iter().copied());
    run::read(&mut cargo, |line| tests.read(line))
}
