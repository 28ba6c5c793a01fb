//! Builds and tests the npm package: core as wasm, and the command line in `crates/js/cli`.
//!
//! The package holds one script, core as one module of wasm, and the Worker's code for `dev`. Its
//! one dependency is Miniflare, which brings workerd. Installing it compiles nothing.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::bundle::{
    self, Flavor, MODULES, PAGE_SOURCES, TARGET, bind, bound, compiled, edge_cargo, flags,
    optimize, replace_dir, scripts,
};
use crate::progress::Progress;
use crate::steps::Steps;
use crate::tally::Tally;
use crate::tools::Toolchain;
use crate::{place, run};

/// The crate that becomes wasm.
const MODULE: &str = "breakwater-js";

/// The script that is the command.
const COMMAND: &str = "cli.js";

/// What ends the name of a file of tests.
const TESTS: &str = ".test.ts";

/// The oldest Node that the package is tested with.
const NODE_MIN: &str = ">=22.12.0";

/// The most bytes that the package may have, of which the Worker's code is two thirds.
const PACKAGE_MAX: u64 = 3_500_000;

/// The folder of the Worker's code in the package.
const WORKER: &str = "worker";

/// What `wrangler.toml` binds, as Miniflare takes it.
const PLATFORM: &str = "platform.json";

/// Writes that to the file that is named second; the first is `wrangler.toml`.
const READ_PLATFORM: &str = "
const { unstable_readConfig, unstable_getMiniflareWorkerOptions } = require('wrangler');
const [config, to] = process.argv.slice(1);
const read = unstable_readConfig({ config }, { hideWarnings: true });
const { workerOptions } = unstable_getMiniflareWorkerOptions(read);
const { modulesRules, bindings, rootPath, ...platform } = workerOptions;
require('node:fs').writeFileSync(to, JSON.stringify({ name: read.name, ...platform }));";

/// What Node runs first; without it, a shell would.
const SHEBANG: &str = "--banner:js=#!/usr/bin/env node";

/// Types, lints and formatting.
pub(crate) fn check(steps: &mut Steps<'_>, toolchain: Option<&Toolchain>) {
    let Some(toolchain) = toolchain else {
        steps.skip("npm package, lints", "the tools are missing");
        return;
    };
    if toolchain.has_clippy() {
        steps.run("npm package, clippy", || {
            let mut cargo = edge_cargo(toolchain);
            cargo.args(["clippy", "--quiet", "-p", MODULE, "--target", TARGET]);
            run::shown(cargo.args(["--", "-Dwarnings"]))
        });
    }
    steps.run("npm package, types", || run::shown(toolchain.cli_tsc().arg("-p").arg(sources())));
    steps.run("npm package, lints", || {
        let mut biome = toolchain.biome();
        biome.current_dir(sources());
        run::shown(biome.args(["ci", "--colors=off", "--error-on-warnings", "."]))
    });
}

/// Builds the package, installs it into an empty folder and runs it there, beside the unit tests
/// of the command line.
pub(crate) fn test(steps: &mut Steps<'_>, toolchain: Option<&Toolchain>, progress: &Progress) {
    let Some(toolchain) = toolchain else {
        steps.skip("npm package's tests", "the tools are missing");
        return;
    };
    let package = steps.run("npm package", || build(toolchain, progress));
    if let Some(package) = package {
        steps.run_tests("npm package's tests", |tests| run_tests(toolchain, &package, tests));
    }
}

/// Builds the package; returns where it is.
pub(crate) fn build(toolchain: &Toolchain, progress: &Progress) -> Result<PathBuf> {
    let npm = place::root().join("target/npm");
    let (parts, package) = (npm.join("parts"), npm.join("package"));
    replace_dir(&parts)?;
    replace_dir(&package)?;
    progress.say("package", "cargo build");
    let mut cargo = edge_cargo(toolchain);
    cargo.args(["build", "--profile", "edge", "--target", TARGET, "--config", &flags()]);
    run::shown(cargo.args(["-p", MODULE]))?;
    progress.say("package", "wasm-bindgen, wasm-opt, esbuild");
    bind(toolchain, &compiled(MODULE), &parts)?;
    optimize(toolchain, &parts.join(bound(MODULE)), &package.join(bound(MODULE)))?;
    scripts::copy(&sources(), &parts)?;
    let mut esbuild = toolchain.esbuild();
    esbuild.args(["--bundle", "--platform=node", "--format=esm", "--target=node22"]);
    esbuild.args(["--log-level=warning", "--external:miniflare", SHEBANG]);
    esbuild.arg(format!("--outfile={}", package.join(COMMAND).display()));
    run::shown(esbuild.arg(parts.join("main.ts")))?;
    worker(toolchain, &package.join(WORKER), progress)?;
    fs::write(package.join("package.json"), manifest(toolchain)?)?;
    fs::copy(sources().with_file_name("README.md"), package.join("README.md"))?;
    fs::copy(place::root().join("LICENSE"), package.join("LICENSE"))?;
    run::shown(toolchain.npm().current_dir(&package).args([
        "pack",
        "--silent",
        "--ignore-scripts",
        "--pack-destination",
        "..",
    ]))?;
    let tarball = npm.join(format!("breakwater-{}.tgz", env!("CARGO_PKG_VERSION")));
    let bytes = fs::metadata(&tarball).context("npm made no package")?.len();
    ensure!(bytes <= PACKAGE_MAX, "the package has {bytes} bytes, allowed: {PACKAGE_MAX}");
    progress.say("package", &format!("{} KB", bytes / 1000));
    Ok(tarball)
}

/// Puts the Worker's code for development there, which is the same for every site, and what it is
/// bound to.
fn worker(toolchain: &Toolchain, to: &Path, progress: &Progress) -> Result<()> {
    let code = bundle::build_code(toolchain, Flavor::Dev, progress)?;
    replace_dir(to)?;
    let wasm = MODULES.map(bound);
    for name in wasm.iter().map(String::as_str).chain([scripts::BUNDLED, PAGE_SOURCES]) {
        fs::copy(code.join(name), to.join(name)).with_context(|| format!("no {name}"))?;
    }
    let mut node = toolchain.node();
    node.current_dir(toolchain.stack_packages()).args(["-e", READ_PLATFORM]);
    run::shown(node.args([place::root().join("wrangler.toml"), to.join(PLATFORM)]))
}

/// The folder of the command line's sources.
fn sources() -> PathBuf {
    place::root().join("crates/js/cli")
}

/// The manifest of what is published. `exports` is closed, so that what the package offers to
/// programs later is all that they can depend on.
fn manifest(toolchain: &Toolchain) -> Result<String> {
    let manifest = serde_json::json!({
        "name": "breakwater",
        "version": env!("CARGO_PKG_VERSION"),
        "description": "Keeps a site answering while the services behind it fail",
        "license": "Apache-2.0",
        "type": "module",
        "bin": { "breakwater": COMMAND },
        "exports": { "./package.json": "./package.json" },
        "engines": { "node": NODE_MIN },
        "dependencies": { "miniflare": miniflare_version(toolchain)? },
    });
    Ok(format!("{manifest:#}\n"))
}

/// The one that the tests run.
fn miniflare_version(toolchain: &Toolchain) -> Result<String> {
    let file = toolchain.stack_packages().join("node_modules/miniflare/package.json");
    let manifest: serde_json::Value = serde_json::from_str(&fs::read_to_string(&file)?)?;
    let version = manifest["version"].as_str();
    Ok(version.with_context(|| format!("{} names no version", file.display()))?.to_owned())
}

fn run_tests(toolchain: &Toolchain, package: &Path, tests: &mut Tally) -> Result<()> {
    let built = place::root().join("target/npm/tests");
    replace_dir(&built)?;
    let mut names = Vec::new();
    for entry in fs::read_dir(sources())? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(TESTS) {
            names.push(name);
        }
    }
    ensure!(!names.is_empty(), "the command line has no tests");
    names.sort();
    let mut esbuild = toolchain.esbuild();
    esbuild.current_dir(sources()).args(&names);
    esbuild.args(["--bundle", "--platform=node", "--format=esm", "--target=node22"]);
    esbuild.args(["--sourcemap=inline", "--out-extension:.js=.mjs", "--log-level=warning"]);
    esbuild.args(["--external:./breakwater_js.js", "--external:miniflare"]);
    run::shown(esbuild.arg(format!("--outdir={}", built.display())))?;
    let mut node = toolchain.node();
    node.current_dir(&built).env("BREAKWATER_PACKAGE", package);
    node.args(["--enable-source-maps", "--test", "--test-reporter=tap"]);
    let compiled = names.iter().map(|name| name.replace(TESTS, ".test.mjs"));
    run::read(node.args(compiled), |line| tests.read_tap(line))
}
