//! `wasm-bindgen`, whose version must be that of the library in the Worker.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use super::{Tools, install};
use crate::lock_version::locked_version;
use crate::progress::Progress;
use crate::{place, run};

pub(super) fn set_up(tools: &Tools, progress: &Progress) -> Result<PathBuf> {
    let lock = fs::read_to_string(place::root().join("Cargo.lock")).context("no Cargo.lock")?;
    let version =
        locked_version(&lock, "wasm-bindgen").context("Cargo.lock does not name wasm-bindgen")?;
    if let Some(path) = run::which("wasm-bindgen") {
        let said = run::text(Command::new(&path).arg("--version")).unwrap_or_default();
        if said.split(' ').nth(1) == Some(version) {
            return Ok(path);
        }
    }
    install::cargo_binary(tools, progress, "wasm-bindgen-cli", version)
}
