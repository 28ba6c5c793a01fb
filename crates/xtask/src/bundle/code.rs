//! Builds the code of the Worker, which is the same for every site.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use breakwater_core::base::locale::LOCALES;
use breakwater_core::site::compiled::{LocaleSources, PageSources};
use breakwater_core::telemetry::sentry::release_of_build;

use super::{
    FINGERPRINT, Flavor, MODULES, TARGET, bound, commit, fingerprint, replace_dir, replace_with,
    scripts,
};
use crate::progress::Progress;
use crate::tools::Toolchain;
use crate::{place, run, www};

/// What workerd takes. wasm-opt's `--all-features` yields modules that it refuses.
const FEATURES: [&str; 7] = [
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// How large a function LLVM puts into its caller: its default for this optimisation level makes 9
/// KB more with gzip, and saves less than a microsecond of a request. And the stack pointer is
/// exported, by which the entry sees that Rust was killed in the middle of its work.
const FLAGS: [&str; 2] =
    ["-Cllvm-args=-inline-threshold=10", "-Clink-arg=--export=__stack_pointer"];

/// What the pages of any site are made of. It is beside the code, and no part of a bundle.
const PAGE_SOURCES: &str = "page_sources.json";

/// Where the code of a flavor is.
pub(super) fn folder(flavor: Flavor, bundles: &Path) -> PathBuf {
    bundles.join(name(flavor))
}

fn name(flavor: Flavor) -> String {
    format!("code-{}", flavor.code())
}

/// Builds the code, unless it is up to date; returns its folder, which is below `bundles`.
pub(super) fn build(
    toolchain: &Toolchain,
    flavor: Flavor,
    bundles: &Path,
    progress: &Progress,
) -> Result<PathBuf> {
    let (name, code) = (name(flavor), folder(flavor, bundles));
    let commit = commit::of(flavor);
    let fingerprint = fingerprint::of_code(toolchain, flavor, &commit)?;
    let made_from = fs::read_to_string(code.join(FINGERPRINT)).unwrap_or_default();
    if made_from == fingerprint {
        progress.say("bundle", &format!("{name} is up to date"));
        return Ok(code);
    }

    let parts = bundles.join(format!(".parts-{name}"));
    replace_dir(&parts)?;
    progress.say("bundle", &format!("cargo build, {name}"));
    let files = www::files(toolchain)?;
    compile(toolchain, flavor, &commit)?;
    progress.say("bundle", "wasm-bindgen");
    for module in MODULES {
        bind(toolchain, &compiled(module), &parts)?;
    }
    scripts::generate(&parts)?;
    scripts::copy(&scripts::sources(), &parts)?;
    www::write_module(&files, &parts)?;
    scripts::check_bindings(toolchain, &parts)?;

    let partial = bundles.join(format!(".partial-{name}"));
    replace_dir(&partial)?;
    progress.say("bundle", "wasm-opt, esbuild");
    for module in MODULES {
        let wasm = bound(module);
        optimize(toolchain, &parts.join(&wasm), &partial.join(&wasm))?;
    }
    scripts::join(toolchain, flavor, &parts, &partial.join(scripts::BUNDLED))?;
    fs::write(partial.join(www::LIST), files.to_string())?;
    let sources = serde_json::to_string(&page_sources(&commit)?)?;
    fs::write(partial.join(PAGE_SOURCES), sources)?;
    fs::remove_dir_all(&parts)?;
    fs::write(partial.join(FINGERPRINT), fingerprint)?;
    replace_with(&partial, &code)?;
    Ok(code)
}

/// Copies what a bundle has of the code.
pub(super) fn copy(code: &Path, to: &Path) -> Result<()> {
    let wasm = MODULES.map(bound);
    for name in wasm.iter().map(String::as_str).chain([scripts::BUNDLED, www::LIST]) {
        let from = code.join(name);
        fs::copy(&from, to.join(name))
            .with_context(|| format!("cannot copy {}", from.display()))?;
    }
    Ok(())
}

/// What the pages of any site are made of, as it came with the code.
pub(super) fn sources_beside(code: &Path) -> Result<PageSources> {
    let file = code.join(PAGE_SOURCES);
    let text =
        fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} does not read", file.display()))
}

/// Reads them from the source tree. The scripts are as [`www::files`] has joined them.
pub(super) fn page_sources(commit: &str) -> Result<PageSources> {
    let read = |path: PathBuf| {
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
    };
    let (www, scripts) = (place::root().join("www"), www::scripts());
    let page = www.join("fallback");
    let mut locales = Vec::new();
    for locale in LOCALES {
        let file = format!("locales/{locale}.toml");
        let fallback = read(page.join(&file))?;
        let status = read(www.join("status").join(&file))?;
        locales.push((locale.to_owned(), LocaleSources { fallback, status }));
    }
    Ok(PageSources {
        html: read(page.join("page.html"))?,
        css: read(page.join("page.css"))?,
        js: read(scripts.join("fallback/page.js"))?,
        banner: read(page.join("banner.html"))?,
        report: read(scripts.join("report/page.js"))?,
        build: release_of_build(env!("CARGO_PKG_VERSION"), commit),
        locales: locales.into_iter().collect(),
    })
}

/// A cargo command for the Worker's target.
pub(crate) fn edge_cargo(toolchain: &Toolchain) -> Command {
    let mut cargo = toolchain.cargo();
    // The folder is its own, since this compiler may be another than the host's.
    cargo.current_dir(place::root()).env("CARGO_TARGET_DIR", edge_target());
    cargo
}

/// Where builds for the Worker's target land.
pub(crate) fn edge_target() -> PathBuf {
    place::root().join("target/edge")
}

/// What cargo calls a module.
fn compiled(module: &str) -> PathBuf {
    let name = module.replace('-', "_");
    edge_target().join(TARGET).join("edge").join(name).with_extension("wasm")
}

fn compile(toolchain: &Toolchain, flavor: Flavor, commit: &str) -> Result<()> {
    let mut cargo = edge_cargo(toolchain);
    cargo.env("BREAKWATER_COMMIT", commit);
    cargo.args(["build", "--profile", "edge", "--target", TARGET, "--config", &flags()]);
    for module in MODULES {
        cargo.args(["-p", module]);
        if flavor.is_for_development() {
            cargo.args(["--features", &format!("{module}/dev")]);
        }
    }
    run::shown(&mut cargo)
}

/// The compiler's flags. A panic names the file that it comes from. A deployment is not to name the
/// folders of the machine that built it, nor to differ from what another machine builds.
fn flags() -> String {
    let sources = place::cargo_home().join("registry/src");
    let remapped = format!("--remap-path-prefix={}/=", sources.display());
    let flags = FLAGS.into_iter().chain([remapped.as_str()]);
    let flags: Vec<_> = flags.map(|flag| format!("{flag:?}")).collect();
    format!("target.{TARGET}.rustflags=[{}]", flags.join(", "))
}

fn bind(toolchain: &Toolchain, wasm: &Path, out: &Path) -> Result<()> {
    run::shown(toolchain.bindgen().args([wasm, out]))
}

fn optimize(toolchain: &Toolchain, wasm: &Path, to: &Path) -> Result<()> {
    let mut opt = toolchain.wasm_opt();
    opt.arg("-Os").args(FEATURES).args(["--strip-debug", "--strip-producers"]);
    // By default, what has one caller is inlined whatever its size, and then compresses worse.
    opt.arg("--one-caller-inline-max-function-size=20");
    run::shown(opt.arg(wasm).arg("-o").arg(to))
}
