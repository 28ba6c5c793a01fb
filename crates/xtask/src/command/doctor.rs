//! `cargo xtask doctor`: what the site file costs.
//!
//! Core knows that. It is asked through its example, so that this crate is compiled without core.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};

use super::check::host_cargo;
use super::site;

pub(super) fn run(config: Option<&Path>, json: bool) -> Result<ExitCode> {
    let mut cargo = host_cargo(&["run", "--quiet", "-p", "breakwater-core", "--features", "toml"]);
    cargo.args(["--example", "doctor", "--"]).arg(std::path::absolute(site(config))?);
    if json {
        cargo.arg("--json");
    }
    let status = cargo.status().context("cannot run cargo")?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}
