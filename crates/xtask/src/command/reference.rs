//! `cargo xtask reference`: writes what the reference has from the code.

use std::process::ExitCode;

use anyhow::Result;

use super::check::host_cargo;
use crate::progress::Progress;
use crate::{citations, run};

pub(super) fn run(progress: &Progress) -> Result<ExitCode> {
    progress.say(
        "reference",
        "docs/reference/operators-api.md, its OpenAPI document, mcp.md, and site-keys.md",
    );
    let mut cargo = host_cargo(&["test", "--quiet", "-p", "breakwater-core", "--all-features"]);
    cargo.args(["--test", "operators_api", "--test", "config", "--", "operators_api", "reference"]);
    cargo.env("BREAKWATER_WRITE_REFERENCE", "1");
    run::shown(&mut cargo)?;
    progress.say("reference", citations::PAGE);
    citations::print()?;
    Ok(ExitCode::SUCCESS)
}
