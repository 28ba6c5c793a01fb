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
mod doctor;
mod once;
mod package;
mod reference;
mod sites;
mod test;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use clap::CommandFactory as _;

use crate::args::{Command, CommandLine};
use crate::place;
use crate::progress::Progress;
use crate::steps::Skips;
use crate::tools::Tools;
pub(crate) use check::host_cargo;
use deny::Advisories;
pub(crate) use test::UNITS;

/// Does what was asked for; the code says whether what was judged passed.
pub(crate) fn run(command: Option<Command>) -> Result<ExitCode> {
    let progress = Progress::new();
    let Some(command) = command else {
        CommandLine::command().print_help()?;
        return Ok(ExitCode::SUCCESS);
    };
    match command {
        Command::Setup => {
            let tools = Tools::locate()?;
            tools.set_up(&progress)?;
            progress.say("tools", &format!("all in {}", tools.dir().display()));
            Ok(ExitCode::SUCCESS)
        }
        Command::Dev(options) => dev::run(&options, &progress),
        Command::Build { config } => build::run(config.as_deref(), &progress),
        Command::Package => package::run(&progress),
        Command::Check => check::run(&progress),
        Command::Test { filter, deny_skips } => {
            let skips = if deny_skips { Skips::Denied } else { Skips::Allowed };
            test::run(filter.as_deref(), skips, &progress)
        }
        Command::Try { site, keep_running: true } => sites::keep_running(site, &progress),
        Command::Try { site, keep_running: false } => sites::try_one(site, &progress),
        Command::Conformance(options) => conformance::run(&options, &progress),
        Command::Bench(subject) => bench::run(subject, &progress),
        Command::Deploy { dry_run } => deploy::run(dry_run, &progress),
        Command::Doctor { config, environment, json } => {
            let code = doctor::run(config.as_deref(), environment.as_deref(), json, &progress);
            Ok(code.unwrap_or_else(|error| doctor::unjudged(&error)))
        }
        Command::Reference => reference::run(&progress),
        Command::Deny { offline } => {
            let advisories = if offline { Advisories::LeftOut } else { Advisories::Required };
            deny::run(advisories, &progress)
        }
    }
}

/// The site file, by default that of the workspace.
fn site(config: Option<&Path>) -> PathBuf {
    config.map_or_else(|| place::root().join("breakwater.toml"), Path::to_path_buf)
}
