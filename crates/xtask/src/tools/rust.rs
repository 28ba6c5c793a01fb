//! A Rust compiler that has the standard library for the Worker's target.
//!
//! Usually that is the default toolchain, after `rustup target add` if need be. Where Rust's
//! release channel is out of reach, Debian's packages do ([`super::debian`]).

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use super::node::two_numbers;
use super::{RUSTC_MIN, Tools, debian};
use crate::progress::Progress;
use crate::run;

/// What the Worker is compiled for.
pub(super) const TARGET: &str = "wasm32-unknown-unknown";

/// After this long without an end, the release channel counts as out of reach.
const TARGET_ADD_LIMIT: Duration = Duration::from_secs(180);

/// Forces a route, for trying one out: `default` or `debian`.
const FORCED: &str = "BREAKWATER_WASM_RUST";

/// Remembers, in the tools' folder, that the release channel is out of reach.
const REMEMBERED: &str = "wasm-rust";

/// Which compiler builds the Worker.
#[derive(Clone, Debug)]
pub(super) enum WasmRust {
    /// The one that builds everything else.
    Default,
    /// Debian's, with a standard library of our own making in this folder.
    Debian { sysroot: PathBuf },
}

impl WasmRust {
    pub(super) fn cargo(&self) -> Command {
        match self {
            Self::Default => run::cargo(),
            Self::Debian { sysroot } => debian::cargo_with(sysroot),
        }
    }

    pub(super) fn version(&self) -> Result<String> {
        match self {
            Self::Default => run::text(rustc().arg("-vV")),
            Self::Debian { .. } => debian::version(),
        }
    }
}

pub(super) fn set_up(tools: &Tools, progress: &Progress) -> Result<WasmRust> {
    let forced = env::var(FORCED).unwrap_or_default();
    let remembered = tools.dir().join(REMEMBERED);
    if forced != "debian" {
        if default_has_target() {
            return Ok(WasmRust::Default);
        }
        let out_of_reach = remembered.exists() && forced != "default";
        if !out_of_reach && add_target(tools, progress) {
            return Ok(WasmRust::Default);
        }
        ensure!(forced != "default", "`rustup target add {TARGET}` failed");
    }
    if !debian::is_at_hand() {
        bail!(
            "the Rust toolchain lacks the target {TARGET}: run `rustup target add {TARGET}`; \
             without access to Rust's release channel, use Debian 12 or later as root (or with \
             passwordless sudo), where this command installs Debian's own compiler"
        );
    }
    let sysroot = debian::set_up(tools, progress)?;
    fs::write(&remembered, "debian\n")?;
    Ok(WasmRust::Debian { sysroot })
}

fn default_has_target() -> bool {
    let libdir = run::text(rustc().args(["--print", "target-libdir", "--target", TARGET]));
    libdir.is_ok_and(|dir| has_std(Path::new(&dir)))
}

/// Whether `libdir` holds a standard library.
pub(super) fn has_std(libdir: &Path) -> bool {
    let is_std = |name: &str| name.starts_with("libstd-") && name.ends_with(".rlib");
    fs::read_dir(libdir).is_ok_and(|mut entries| {
        entries.any(|entry| entry.is_ok_and(|entry| entry.file_name().to_str().is_some_and(is_std)))
    })
}

fn add_target(tools: &Tools, progress: &Progress) -> bool {
    if run::which("rustup").is_none() {
        return false;
    }
    progress.say("wasm target", &format!("rustup target add {TARGET}"));
    let mut rustup = Command::new("rustup");
    rustup.args(["target", "add", TARGET]).env("RUSTUP_MAX_RETRIES", "1");
    match run::quiet_within(&mut rustup, &tools.log("rustup"), TARGET_ADD_LIMIT) {
        Ok(()) => default_has_target(),
        Err(_) => {
            progress.say("wasm target", "Rust's release channel is out of reach");
            false
        }
    }
}

fn rustc() -> Command {
    Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
}

/// Fails if what `rustc --version` or `-vV` said is too old.
pub(super) fn check_version(said: &str) -> Result<()> {
    let version = said.split(' ').nth(1).context("rustc tells no version")?;
    let (major, minor) = RUSTC_MIN;
    ensure!(
        two_numbers(version) >= Some(RUSTC_MIN),
        "rustc {version} is too old for the Worker: {major}.{minor} or later is needed"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::check_version;

    #[test]
    fn compilers_older_than_the_worker_takes_are_refused() {
        check_version("rustc 1.96.0 (ac68faa20 2026-05-25)").unwrap();
        check_version("rustc 1.91.0").unwrap();
        assert!(check_version("rustc 1.90.0 (1159e78c4 2025-09-14)").is_err());
        assert!(check_version("").is_err());
    }
}
