//! `cargo xtask deny`: are the dependencies ones that we may and want to have?

use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::Result;

use crate::progress::Progress;
use crate::tools::Tools;
use crate::{place, run};

/// What needs no database.
const OFFLINE: [&str; 3] = ["licenses", "bans", "sources"];

pub(super) fn run(advisories: Advisories, progress: &Progress) -> Result<ExitCode> {
    let deny = Tools::locate()?.set_up_deny(progress)?;
    progress.say("deny", &OFFLINE.join(", "));
    let sound =
        command(&deny, &["check", "--hide-inclusion-graph"]).args(OFFLINE).status()?.success();

    let safety = match advisories {
        Advisories::LeftOut => Safety::NotAsked,
        Advisories::Required => {
            progress.say("deny", "fetching the advisories");
            if command(&deny, &["fetch", "db"]).status()?.success() {
                let check = ["check", "--disable-fetch", "advisories"];
                Safety::of_check(command(&deny, &check).status()?.success())
            } else {
                Safety::Unknown
            }
        }
    };
    if let Some(said) = safety.message() {
        eprintln!("{said}");
    }
    Ok(if sound && safety.passes() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Whether a judgement of the dependencies needs the database of advisories.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Advisories {
    /// Without it there is no judgement.
    Required,
    /// The rest is judged without it, because the machine has no network.
    LeftOut,
}

/// What is known of advisories against the dependencies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Safety {
    /// There is none.
    Safe,
    /// There is one.
    Unsafe,
    /// The database could not be fetched.
    Unknown,
    /// The caller wanted the rest alone.
    NotAsked,
}

impl Safety {
    const fn of_check(passed: bool) -> Self {
        if passed { Self::Safe } else { Self::Unsafe }
    }

    /// What is not known must not pass for what is safe, unless the caller said so.
    const fn passes(self) -> bool {
        match self {
            Self::Safe | Self::NotAsked => true,
            Self::Unsafe | Self::Unknown => false,
        }
    }

    const fn message(self) -> Option<&'static str> {
        match self {
            Self::Unknown => Some(
                "error: the database of advisories cannot be fetched, so they were not checked; \
                 --offline judges the rest alone",
            ),
            Self::NotAsked => Some("warning: the advisories were not checked (--offline)"),
            Self::Safe | Self::Unsafe => None,
        }
    }
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

#[cfg(test)]
mod tests {
    use super::Safety;

    #[test]
    fn advisories_that_could_not_be_fetched_fail() {
        assert!(!Safety::Unknown.passes());
        assert!(Safety::Unknown.message().unwrap().starts_with("error: "));
        assert!(Safety::NotAsked.passes() && Safety::of_check(true).passes());
        assert!(!Safety::of_check(false).passes());
    }
}
