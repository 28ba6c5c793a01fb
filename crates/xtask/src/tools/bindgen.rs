//! `breakwater-bindgen`. It is built from the workspace's lock file, so that its version is that of
//! the library in the Worker.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use super::{Tools, install};
use crate::bundle::digest;
use crate::lock_version::locked_version;
use crate::progress::Progress;
use crate::{place, run};

const PACKAGE: &str = "breakwater-bindgen";

pub(super) fn set_up(tools: &Tools, progress: &Progress) -> Result<PathBuf> {
    let lock = read("Cargo.lock")?;
    let version =
        locked_version(&lock, "wasm-bindgen").context("Cargo.lock does not name wasm-bindgen")?;
    let source = read("crates/bindgen/src/main.rs")?;
    let folder = format!("bindgen-{version}-{}", &digest([source])[..8]);
    if !install::is_installed(tools, &folder) {
        install::has_c_compiler()?;
        progress.say("bindgen", &format!("cargo build: wasm-bindgen {version} (a minute, once)"));
        install::install(tools, &folder, |dir| build(tools, dir))?;
    }
    Ok(tools.dir().join(folder).join(PACKAGE))
}

fn build(tools: &Tools, dir: &Path) -> Result<()> {
    let target = dir.join("build");
    let mut cargo = run::cargo();
    cargo.current_dir(place::root()).args(["build", "--locked", "-p", PACKAGE, "--target-dir"]);
    cargo.arg(&target).env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    run::quiet(&mut cargo, &tools.log(PACKAGE))?;
    let built = target.join("debug").join(PACKAGE);
    ensure!(built.is_file(), "cargo built no {}", built.display());
    fs::copy(built, dir.join(PACKAGE))?;
    install::remove(&target)
}

fn read(path: &str) -> Result<String> {
    fs::read_to_string(place::root().join(path)).with_context(|| format!("no {path}"))
}
