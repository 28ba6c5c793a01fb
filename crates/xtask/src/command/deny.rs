//! `cargo xtask deny`: are the dependencies ones that we may and want to have?

use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::Result;

use crate::progress::Progress;
use crate::tools::Tools;
use crate::{place, run};

/// What needs no database.
const OFFLINE: [&str; 3] = ["licenses", "bans", "sources"];

pub(super) fn run(progress: &Progress) -> Result<ExitCode> {
    let deny = Tools::locate()?.set_up_deny(progress)?;
    progress.say("deny", &OFFLINE.join(", "));
    let sound =
        command(&deny, &["check", "--hide-inclusion-graph"]).args(OFFLINE).status()?.success();

    progress.say("deny", "fetching the advisories");
    let fetched = command(&deny, &["fetch", "db"]).status()?.success();
    let safe = if fetched {
        command(&deny, &["check", "--disable-fetch", "advisories"]).status()?.success()
    } else {
        eprintln!("warning: the database of advisories cannot be fetched: they were NOT checked");
        true
    };
    Ok(if sound && safe { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn command(deny: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(deny);
    run::forget_package(&mut command);
    let manifest = place::root().join("Cargo.toml");
    let config = place::root().join(".deny.toml");
    command.arg("--manifest-path").arg(manifest).arg("--config").arg(config);
    command.arg("--workspace").args(args);
    command
}
