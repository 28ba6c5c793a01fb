//! Debian's compiler, for networks that have package registries but not Rust's release channel.
//!
//! Its packages bring the standard library for the host only, yet also its source. So it is built
//! once, into a sysroot of our own: nothing under `/usr` is changed but by apt, and a compiler of
//! another version gets another sysroot.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};

use super::rust::{TARGET, check_version, has_std};
use super::{Tools, apt, install};
use crate::bundle::digest;
use crate::progress::Progress;
use crate::run;

/// A current Rust for each of Debian's stable releases; `lld` because the package has no
/// `rust-lld`.
const PACKAGES: [&str; 5] = ["rustc-web", "cargo-web", "rust-web-src", "rust-web-clippy", "lld-22"];

const BIN: &str = "/usr/bin";
const RUSTC: &str = "/usr/bin/rustc";
const CARGO: &str = "/usr/bin/cargo";
const LINKER: &str = "/usr/bin/wasm-ld-22";
const STD_SOURCE: &str = "/usr/lib/rustlib/src/rust/library";

/// Whether this system has these packages, or may get them.
pub(super) fn is_at_hand() -> bool {
    is_installed() || apt::may_install()
}

/// Installs the compiler and builds the library, as far as they are missing; returns the sysroot.
pub(super) fn set_up(tools: &Tools, progress: &Progress) -> Result<PathBuf> {
    if !is_installed() {
        apt::install(tools, progress, "wasm target", &PACKAGES)?;
        ensure!(is_installed(), "the packages {} lack a file that is needed", PACKAGES.join(" "));
    }
    let version = version()?;
    check_version(&version)?;
    let folder = format!("wasm-std-{}", &digest([version.as_str()])[..12]);
    if !install::is_installed(tools, &folder) {
        progress.say("wasm target", "building the standard library (once)");
        install::install(tools, &folder, |dir| build_std(tools, dir))?;
    }
    Ok(tools.dir().join(folder))
}

/// The cargo that finds the library in `sysroot`.
pub(super) fn cargo_with(sysroot: &Path) -> Command {
    let mut flags =
        env::var_os("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS").unwrap_or_default();
    flags.push(" --sysroot=");
    flags.push(sysroot);
    let mut command = cargo();
    command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", flags);
    command
}

pub(super) fn version() -> Result<String> {
    let mut rustc = Command::new(RUSTC);
    forget_default_toolchain(&mut rustc);
    run::text(rustc.arg("-vV"))
}

fn cargo() -> Command {
    let mut command = Command::new(CARGO);
    forget_default_toolchain(&mut command);
    let mut path = OsString::from(BIN);
    if let Some(rest) = env::var_os("PATH") {
        path.push(":");
        path.push(rest);
    }
    command
        .env("PATH", path)
        .env("RUSTC", RUSTC)
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", LINKER);
    command
}

/// Under `cargo run`, the environment points at the compiler that runs us, and at its libraries.
fn forget_default_toolchain(command: &mut Command) {
    const FOREIGN: [&str; 8] = [
        "RUSTUP_TOOLCHAIN",
        "CARGO",
        "RUSTC",
        "RUSTC_WRAPPER",
        "RUSTC_WORKSPACE_WRAPPER",
        "RUSTFLAGS",
        "CARGO_ENCODED_RUSTFLAGS",
        "LD_LIBRARY_PATH",
    ];
    for key in FOREIGN {
        command.env_remove(key);
    }
    run::forget_package(command);
}

fn is_installed() -> bool {
    [RUSTC, CARGO, LINKER, STD_SOURCE].iter().all(|path| Path::new(path).exists())
}

fn build_std(tools: &Tools, sysroot: &Path) -> Result<()> {
    let empty = sysroot.join("empty");
    fs::create_dir_all(empty.join("src"))?;
    fs::write(empty.join("src/lib.rs"), "")?;
    let manifest = "[package]\nname = \"empty\"\nedition = \"2024\"\n\n[workspace]\n";
    fs::write(empty.join("Cargo.toml"), manifest)?;

    let mut build = cargo();
    build
        .current_dir(&empty)
        .args(["build", "--release", "-Z", "build-std=std,panic_abort", "--target", TARGET])
        .env("CARGO_TARGET_DIR", empty.join("target"))
        .env("RUSTC_BOOTSTRAP", "1")
        // Every build with LTO reads the bitcode.
        .env("CARGO_ENCODED_RUSTFLAGS", "-Cembed-bitcode=yes");
    run::quiet(&mut build, &tools.log("wasm-std"))?;

    let libdir = sysroot.join("lib/rustlib").join(TARGET).join("lib");
    fs::create_dir_all(&libdir)?;
    for entry in fs::read_dir(empty.join("target").join(TARGET).join("release/deps"))? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if name.ends_with(".rlib") && !name.starts_with("libempty-") {
            fs::copy(&path, libdir.join(name))?;
        }
    }
    ensure!(has_std(&libdir), "building the standard library left no libstd");
    install::remove(&empty)
}
