//! `cargo xtask package`.

use std::process::ExitCode;

use anyhow::Result;

use crate::package;
use crate::progress::Progress;
use crate::tools::Tools;

pub(super) fn run(progress: &Progress) -> Result<ExitCode> {
    let toolchain = Tools::locate()?.set_up(progress)?;
    println!("{}", package::build(&toolchain, progress)?.display());
    Ok(ExitCode::SUCCESS)
}
