//! Checks, tests and builds what pages load: their scripts, styles and pictures in `www`.
//!
//! A folder of `www` with a `page.ts` is a page. Its script, its style (`page.css`) and what pages
//! of others load of it (`widget.ts`) become one small file each, with all that they import; its
//! pictures stay as they are. Each gets the hash of
//! its content into its name, so that browsers may keep it for ever. The Worker has them in its
//! scripts (`crates/worker/entry/assets.ts`). `www/fallback` is no such page: the Worker's build
//! writes its style and scripts into the page itself.

mod files;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::bundle::replace_dir;
use crate::command::{UNITS, host_cargo};
use crate::steps::Steps;
use crate::tally::Tally;
use crate::tools::{PageTools, Toolchain};
use crate::{place, run};
pub(crate) use files::{files, write_module};

/// What a bundle has of the files beside the Worker's scripts, which have them too: for tests of
/// the pages alone. It is not uploaded.
pub(crate) const LIST: &str = "assets.json";

/// What ends the name of a file of tests.
const TESTS: &str = ".test.ts";

/// The most bytes that a reader loads for the page of a site with 20 parts, 90 days and three
/// incidents, all of it with gzip: what a slow phone has within two seconds.
const PAGE_GZIP_MAX: usize = 60_000;

/// Adds up the sizes with gzip of the files that are named; Node brings gzip along.
const WEIGH: &str = "
const fs = require('node:fs'), zlib = require('node:zlib');
const sizes = process.argv.slice(1).map((file) => zlib.gzipSync(fs.readFileSync(file)).length);
console.log(sizes.reduce((sum, size) => sum + size, 0));";

/// Types, lints and formatting, the unit tests, and the weight.
pub(crate) fn run(steps: &mut Steps<'_>, toolchain: Option<&Toolchain>) {
    let Some(toolchain) = toolchain else {
        steps.skip("www", "the tools are missing");
        return;
    };
    let tools = toolchain.www();
    steps.run("www, types", || check_types(&tools));
    steps.run("www, lints", || {
        let mut biome = tools.biome();
        biome.current_dir(sources());
        run::shown(biome.args(["ci", "--colors=off", "--error-on-warnings", "."]))
    });
    steps.run_tests("www's tests", |tests| test(toolchain, tests));
    steps.run("www, weight", || weigh(toolchain));
}

/// The folder of the sources.
fn sources() -> PathBuf {
    place::root().join("www")
}

/// Where [`files()`] puts scripts, each below the folder that it comes from.
pub(crate) fn scripts() -> PathBuf {
    target().join("built")
}

/// The folder of what is made of them.
fn target() -> PathBuf {
    place::root().join("target/www")
}

/// The packages are not beside the sources, so the compiler is told where they are.
fn check_types(tools: &PageTools<'_>) -> Result<()> {
    let config = serde_json::json!({
        "extends": sources().join("tsconfig.json"),
        "compilerOptions": { "paths": { "*": [tools.modules().join("*")] } },
        "include": [sources().join("**/*.ts")],
    });
    fs::create_dir_all(target())?;
    fs::write(target().join("tsconfig.json"), config.to_string())?;
    run::shown(tools.tsc().arg("-p").arg(target()))
}

fn test(toolchain: &Toolchain, tests: &mut Tally) -> Result<()> {
    let files = tests_in(&sources())?;
    ensure!(!files.is_empty(), "the pages have no tests");
    let built = target().join("tests");
    replace_dir(&built)?;
    let mut esbuild = joined(&toolchain.www(), "esm", "node22", &built);
    esbuild.args(["--platform=node", "--sourcemap=inline", "--out-extension:.js=.mjs"]);
    run::shown(esbuild.args(&files))?;
    let mut node = toolchain.node();
    node.current_dir(&built).args(["--enable-source-maps", "--test", "--test-reporter=tap"]);
    let compiled = files.iter().map(|file| file.with_extension("mjs"));
    let inside = compiled.filter_map(|file| Some(file.strip_prefix(sources()).ok()?.to_owned()));
    run::read(node.args(inside), |line| tests.read_tap(line))
}

/// The files of tests in a folder and below it, in order.
fn tests_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() && name != "node_modules" {
            found.extend(tests_in(&path)?);
        } else if name.ends_with(TESTS) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// esbuild, told to join scripts or styles with what they import.
fn joined(tools: &PageTools<'_>, format: &str, target: &str, to: &Path) -> Command {
    let mut esbuild = tools.esbuild();
    esbuild.args(["--bundle", "--log-level=warning"]);
    esbuild.arg(format!("--format={format}")).arg(format!("--target={target}"));
    esbuild.arg(format!("--outbase={}", sources().display()));
    esbuild.arg(format!("--outdir={}", to.display()));
    esbuild
}

/// Fails if the page of a large site is heavier than it may be.
fn weigh(toolchain: &Toolchain) -> Result<()> {
    let pages = target().join("pages");
    // With the features of the unit tests, which then find core compiled.
    let mut cargo = host_cargo(&["build", "--quiet"]);
    run::shown(cargo.args(UNITS).args(["--example", "status_page"]))?;
    run::shown(Command::new(place::binary("examples/status_page")).arg(&pages))?;
    let built = files::build(&toolchain.www())?;
    let mut files = vec![pages.join("en/heavy.html")];
    let loaded = ["status/page.css", "status/page.js", "report/page.js"];
    files.extend(loaded.map(|name| built.join(name)));
    let said = run::text(toolchain.node().args(["-e", WEIGH]).args(&files))?;
    let bytes: usize = said.parse().with_context(|| format!("cannot weigh the page: {said}"))?;
    ensure!(bytes <= PAGE_GZIP_MAX, "the page has {bytes} bytes, allowed: {PAGE_GZIP_MAX}");
    Ok(())
}
