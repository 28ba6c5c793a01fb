//! `cargo xtask build`.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;

use super::site;
use crate::bundle::{self, Flavor};
use crate::progress::Progress;
use crate::tools::Tools;

pub(super) fn run(config: Option<&Path>, progress: &Progress) -> Result<ExitCode> {
    let toolchain = Tools::locate()?.set_up(progress)?;
    let bundle = bundle::build(&toolchain, Flavor::Release, &site(config), progress)?;
    println!("{}", bundle.display());
    Ok(ExitCode::SUCCESS)
}
