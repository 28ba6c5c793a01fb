//! Checks and tests the Worker's entry, the TypeScript around the wasm.
//!
//! Its tests run in Node, without wasm and without workerd: `testing` beside the sources stands in
//! for both. They are compiled, because the oldest Node that we take runs no TypeScript by itself.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use breakwater_core::site::compiled::MODULE;

use crate::bundle::{MODULES, bound, replace_dir, scripts, site};
use crate::command::{UNITS, host_cargo};
use crate::steps::Steps;
use crate::tally::Tally;
use crate::tools::Toolchain;
use crate::{place, run, www};

/// The site whose rules are checked and tested.
const SITE: &str = "tests/site.toml";

/// The compiled site, for the tests. Under its own name the compiler of TypeScript would find it
/// before it finds what the entry declares.
const COMPILED: &str = "site.compiled.js";
/// The same as TypeScript, which the sources' `tsconfig.json` names.
const TYPED: &str = "site.check.ts";

/// What ends the name of a file of tests.
const TESTS: &str = ".test.ts";

/// Types, lints and formatting, and the unit tests.
pub(crate) fn run(steps: &mut Steps<'_>, toolchain: Option<&Toolchain>) {
    let Some(toolchain) = toolchain else {
        steps.skip("entry", "the tools are missing");
        return;
    };
    if steps.run("entry, what is written for it", || generate(toolchain)).is_none() {
        return;
    }
    steps.run("entry, types", || run::shown(toolchain.tsc().arg("-p").arg(scripts::sources())));
    steps.run("entry, lints", || {
        let mut biome = toolchain.biome();
        biome.current_dir(scripts::sources());
        run::shown(biome.args(["ci", "--colors=off", "--error-on-warnings", "."]))
    });
    steps.run_tests("entry's tests", |tests| test(toolchain, tests));
}

/// Where core and the pages are written to. The sources' `tsconfig.json` names it.
fn generated() -> PathBuf {
    place::root().join("target/entry/generated")
}

fn generate(toolchain: &Toolchain) -> Result<()> {
    // What an older version wrote there is not to be taken for a source.
    replace_dir(&generated())?;
    // With the features of the unit tests, which then find core compiled.
    let mut cargo = host_cargo(&["build", "--quiet"]);
    run::shown(cargo.args(UNITS).args(["--example", "entry"]))?;
    run::shown(Command::new(place::binary("examples/entry")).arg(generated()))?;
    scripts::generate(&generated())?;
    www::write_module(&www::files(toolchain)?, &generated())?;
    let module = site::module(&place::root().join(SITE))?;
    fs::write(generated().join(COMPILED), &module)?;
    Ok(fs::write(generated().join(TYPED), typed(&module))?)
}

/// The compiled site as TypeScript, whose compiler holds it against what the entry declares of it.
fn typed(module: &str) -> String {
    let constants = module.lines().filter_map(|line| line.strip_prefix("export const "));
    let typed = constants.filter_map(|constant| {
        let (name, value) = constant.split_once(" = ")?;
        Some(format!("export const {name}: typeof declared.{name} = {value}\n"))
    });
    let import = "import type * as declared from \"./site.d.ts\";\n".to_owned();
    [import].into_iter().chain(typed).collect()
}

fn test(toolchain: &Toolchain, tests: &mut Tally) -> Result<()> {
    let dir = place::root().join("target/entry");
    let (staged, built) = (dir.join("staged"), dir.join("built"));
    let files = stage(&staged)?;
    ensure!(!files.is_empty(), "the entry has no tests");
    replace_dir(&built)?;
    let mut esbuild = toolchain.esbuild();
    esbuild.current_dir(&staged).args(&files);
    esbuild.args(["--bundle", "--platform=node", "--format=esm", "--target=node22"]);
    esbuild.args(["--sourcemap=inline", "--out-extension:.js=.mjs", "--log-level=warning"]);
    esbuild.args(["--define:IS_FOR_DEVELOPMENT=true", "--loader:.wasm=empty"]);
    esbuild.arg("--alias:cloudflare:workers=./testing/workers.ts");
    run::shown(esbuild.arg(format!("--outdir={}", built.display())))?;
    let mut node = toolchain.node();
    node.current_dir(&built).args(["--enable-source-maps", "--test", "--test-reporter=tap"]);
    let compiled = files.iter().map(|file| file.replace(TESTS, ".test.mjs"));
    run::read(node.args(compiled), |line| tests.read_tap(line))
}

/// Lays out the sources as in a bundle, with what stands in for the rest; returns the tests' names.
fn stage(to: &Path) -> Result<Vec<String>> {
    replace_dir(to)?;
    let sources = scripts::sources();
    scripts::copy(&sources, to)?;
    scripts::copy(&generated(), to)?;
    for (name, staged) in [("vectors.json", "vectors.json"), (COMPILED, MODULE)] {
        fs::copy(generated().join(name), to.join(staged))?;
    }
    fs::create_dir(to.join("testing"))?;
    scripts::copy(&sources.join("testing"), &to.join("testing"))?;
    for module in MODULES {
        let name = module.replace('-', "_");
        let stand_in = format!("export * from \"./testing/{name}.ts\";\n");
        fs::write(to.join(&name).with_extension("js"), stand_in)?;
        fs::write(to.join(bound(module)), "")?;
    }
    let mut tests = Vec::new();
    for entry in fs::read_dir(&sources)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).context("a strange name")?;
        if name.ends_with(TESTS) {
            fs::copy(&path, to.join(name))?;
            tests.push(name.to_owned());
        }
    }
    tests.sort();
    Ok(tests)
}
