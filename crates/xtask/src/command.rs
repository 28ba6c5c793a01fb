//! The commands.

mod bench;
mod browser;
mod build;
mod check;
mod conformance;
mod deny;
mod dependencies;
mod deploy;
mod dev;
mod once;
mod test;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;

use crate::args::Command;
use crate::place;
use crate::progress::Progress;
use crate::tools::Tools;
pub(crate) use check::host_cargo;

/// Does what was asked for; the code says whether what was judged passed.
pub(crate) fn run(command: Command) -> Result<ExitCode> {
    let progress = Progress::new();
    match command {
        Command::Help(topic) => {
            print!("{topic}");
            Ok(ExitCode::SUCCESS)
        }
        Command::Setup => {
            let tools = Tools::locate()?;
            tools.set_up(&progress)?;
            progress.say("tools", &format!("all in {}", tools.dir().display()));
            Ok(ExitCode::SUCCESS)
        }
        Command::Dev(options) => dev::run(&options, &progress),
        Command::Build { config } => build::run(config.as_deref(), &progress),
        Command::Check => check::run(&progress),
        Command::Test { filter, skips } => test::run(filter.as_deref(), skips, &progress),
        Command::Conformance(options) => conformance::run(&options, &progress),
        Command::Bench(subject) => bench::run(subject, &progress),
        Command::Deploy { dry_run } => deploy::run(dry_run, &progress),
        Command::Deny { advisories } => deny::run(advisories, &progress),
    }
}

/// The site file, by default that of the workspace.
fn site(config: Option<&Path>) -> PathBuf {
    config.map_or_else(|| place::root().join("breakwater.toml"), Path::to_path_buf)
}
