//! Node, which runs the scripts of tests.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};

/// A Node, and the packages that its scripts import.
#[derive(Clone, Debug)]
pub struct Node {
    program: PathBuf,
    packages: PathBuf,
    /// What Miniflare runs in the place of its own workerd.
    workerd: Option<PathBuf>,
}

impl Node {
    /// The Node at `program`, with the packages in the folder `node_modules` of `packages`.
    pub fn new(program: impl Into<PathBuf>, packages: impl Into<PathBuf>) -> Self {
        Self { program: program.into(), packages: packages.into(), workerd: None }
    }

    /// The same with another program in the place of workerd, such as one that watches it.
    pub fn with_workerd(self, program: impl Into<PathBuf>) -> Self {
        Self { workerd: Some(program.into()), ..self }
    }

    /// Runs it.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        if let Some(workerd) = &self.workerd {
            command.env("MINIFLARE_WORKERD_PATH", workerd);
        }
        command
    }

    /// The folder whose `node_modules` holds the packages.
    pub fn packages(&self) -> &Path {
        &self.packages
    }

    /// Fails if the packages are not there.
    pub(crate) fn check_packages(&self) -> Result<()> {
        let folder = self.packages.display();
        ensure!(
            self.packages.join("node_modules").is_dir(),
            "wrangler is not installed in {folder}: run `cargo xtask setup`"
        );
        Ok(())
    }
}
