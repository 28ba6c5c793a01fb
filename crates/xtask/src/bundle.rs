//! Builds the Worker's bundle: its entry, the wasm and the glue between them.
//!
//! The entry is TypeScript of our own, so the wasm is bound for the `web` target, whose `initSync`
//! the entry calls with the module that workerd compiled. worker-build would write another entry.
//! All scripts go into one small file, for tests as for deployment: what is tested is what
//! runs.

mod commit;
mod fingerprint;
pub(crate) mod scripts;
mod size;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::progress::Progress;
use crate::tools::{Toolchain, lock};
use crate::{place, run, www};
pub(crate) use fingerprint::digest;

/// The target that the Worker is compiled for.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

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

/// What a deployment must have; beside the bundle, and not uploaded with it.
pub(crate) const NEEDS: &str = "needs.json";

/// The two wasm modules, by the crates that they are made from: the data plane, which is all that a
/// visitor's isolate instantiates, and the control plane.
pub(crate) const MODULES: [&str; 2] = ["breakwater-worker", "breakwater-control"];

/// Holds the digest of all that a bundle was made from.
const FINGERPRINT: &str = ".fingerprint";

/// What a bundle is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flavor {
    /// `cargo xtask dev`.
    Dev,
    /// The end to end tests.
    Test,
    /// `cargo xtask bench`: as for deployment, in front of local upstreams.
    Bench,
    /// Deployment.
    Release,
}

impl Flavor {
    fn name(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Test => "test",
            Self::Bench => "bench",
            Self::Release => "release",
        }
    }

    /// Whether the Worker has the switches for tests: another upstream, faults of its own.
    fn is_for_development(self) -> bool {
        matches!(self, Self::Dev | Self::Test)
    }

    /// What a bundle's folder is called: one for each site, so that none replaces another's.
    fn folder(self, site: &Path) -> String {
        match self {
            // `wrangler.toml` names it.
            Self::Release => self.name().to_owned(),
            Self::Dev | Self::Test | Self::Bench => {
                let site = digest([site.as_os_str().as_encoded_bytes()]);
                format!("{}-{}", self.name(), &site[..8])
            }
        }
    }
}

/// Builds the bundle for the site file `site`, unless it is up to date; returns its folder.
pub(crate) fn build(
    toolchain: &Toolchain,
    flavor: Flavor,
    site: &Path,
    progress: &Progress,
) -> Result<PathBuf> {
    let site = fs::canonicalize(site)
        .with_context(|| format!("cannot read the site file {}", site.display()))?;
    let bundles = place::root().join("target/breakwater");
    let folder = flavor.folder(&site);
    let bundle = bundles.join(&folder);
    fs::create_dir_all(&bundles)?;
    let _lock = lock(&bundles.join(".lock"), progress)?;

    let commit = commit::of(flavor);
    let fingerprint = fingerprint::of(toolchain, flavor, &site, &commit)?;
    let made_from = fs::read_to_string(bundle.join(FINGERPRINT)).unwrap_or_default();
    if made_from == fingerprint {
        progress.say("bundle", &format!("{folder} is up to date"));
        return Ok(bundle);
    }

    let parts = bundles.join(format!(".parts-{folder}"));
    replace_dir(&parts)?;
    progress.say("bundle", &format!("cargo build, {folder}"));
    let files = www::files(toolchain)?;
    // Beside cargo's own notes on what it ran, so that neither is removed without the other.
    let generated = edge_target().join("generated").join(&folder);
    compile(toolchain, flavor, &generated, &site, &commit)?;
    progress.say("bundle", "wasm-bindgen");
    for module in MODULES {
        bind(toolchain, &compiled(module), &parts)?;
    }
    scripts::copy(&generated, &parts)?;
    scripts::copy(&scripts::sources(), &parts)?;
    www::write_module(&files, &parts)?;
    scripts::check_bindings(toolchain, &parts)?;

    let partial = bundles.join(format!(".partial-{folder}"));
    replace_dir(&partial)?;
    progress.say("bundle", "wasm-opt, esbuild");
    for module in MODULES {
        let wasm = bound(module);
        optimize(toolchain, &parts.join(&wasm), &partial.join(&wasm))?;
    }
    scripts::join(toolchain, flavor, &parts, &partial.join(scripts::BUNDLED))?;
    fs::copy(generated.join(NEEDS), partial.join(NEEDS)).with_context(|| {
        format!("the build wrote no {NEEDS}: remove target/edge and build again")
    })?;
    fs::write(partial.join(www::LIST), files.to_string())?;
    fs::remove_dir_all(&parts)?;
    progress.say("bundle", &size::report(toolchain, &partial, flavor)?);

    fs::write(partial.join(FINGERPRINT), fingerprint)?;
    if bundle.exists() {
        fs::remove_dir_all(&bundle)?;
    }
    fs::rename(&partial, &bundle)?;
    Ok(bundle)
}

/// How large a bundle for deployment is.
pub(crate) fn weigh(toolchain: &Toolchain, bundle: &Path) -> Result<String> {
    size::report(toolchain, bundle, Flavor::Release)
}

/// A cargo command for the Worker's target, with the environment that its build script reads.
pub(crate) fn edge_cargo(toolchain: &Toolchain, generated: &Path, site: &Path) -> Result<Command> {
    fs::create_dir_all(generated)?;
    let mut cargo = toolchain.cargo();
    cargo
        .current_dir(place::root())
        .env("BREAKWATER_CONFIG", site)
        .env("BREAKWATER_OUT_DIR", generated)
        // Its own, since this compiler may be another than the host's.
        .env("CARGO_TARGET_DIR", edge_target());
    Ok(cargo)
}

/// Where builds for the Worker's target land.
pub(crate) fn edge_target() -> PathBuf {
    place::root().join("target/edge")
}

/// What cargo calls a module.
pub(crate) fn compiled(module: &str) -> PathBuf {
    let name = module.replace('-', "_");
    edge_target().join(TARGET).join("edge").join(name).with_extension("wasm")
}

/// What `breakwater-bindgen` calls it.
pub(crate) fn bound(module: &str) -> String {
    format!("{}_bg.wasm", module.replace('-', "_"))
}

fn compile(
    toolchain: &Toolchain,
    flavor: Flavor,
    generated: &Path,
    site: &Path,
    commit: &str,
) -> Result<()> {
    let mut cargo = edge_cargo(toolchain, generated, site)?;
    cargo.env("BREAKWATER_COMMIT", commit);
    cargo.args(["build", "--profile", "edge", "--target", TARGET, "--config", &flags()]);
    // What has no address of its own is written into pages.
    cargo.env("BREAKWATER_PAGE_SCRIPTS", www::scripts());
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
pub(crate) fn flags() -> String {
    let sources = place::cargo_home().join("registry/src");
    let remapped = format!("--remap-path-prefix={}/=", sources.display());
    let flags = FLAGS.into_iter().chain([remapped.as_str()]);
    let flags: Vec<_> = flags.map(|flag| format!("{flag:?}")).collect();
    format!("target.{TARGET}.rustflags=[{}]", flags.join(", "))
}

pub(crate) fn bind(toolchain: &Toolchain, wasm: &Path, out: &Path) -> Result<()> {
    run::shown(toolchain.bindgen().args([wasm, out]))
}

pub(crate) fn optimize(toolchain: &Toolchain, wasm: &Path, to: &Path) -> Result<()> {
    let mut opt = toolchain.wasm_opt();
    opt.arg("-Os").args(FEATURES).args(["--strip-debug", "--strip-producers"]);
    // By default, what has one caller is inlined whatever its size, and then compresses worse.
    opt.arg("--one-caller-inline-max-function-size=20");
    run::shown(opt.arg(wasm).arg("-o").arg(to))
}

pub(crate) fn replace_dir(dir: &Path) -> Result<()> {
    if dir.exists() {
        fs::remove_dir_all(dir)?;
    }
    Ok(fs::create_dir_all(dir)?)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::Flavor;

    #[test]
    fn each_site_has_a_bundle_of_its_own() {
        let folder = |flavor: Flavor, site| flavor.folder(Path::new(site));
        assert_ne!(folder(Flavor::Test, "/a/site.toml"), folder(Flavor::Test, "/b/site.toml"));
        assert_ne!(folder(Flavor::Test, "/a/site.toml"), folder(Flavor::Dev, "/a/site.toml"));
        assert_eq!(folder(Flavor::Test, "/a/site.toml"), folder(Flavor::Test, "/a/site.toml"));
        assert_eq!(folder(Flavor::Release, "/a/site.toml"), "release");
    }
}
