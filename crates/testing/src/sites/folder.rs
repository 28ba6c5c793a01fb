//! The folder that a site lives in.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::servers::scratch::Scratch;
use crate::{place, run};

/// A site is copied and filled in seconds; the machine may be busy.
const LIMIT: Duration = Duration::from_secs(120);

/// A folder that ends with its site.
#[derive(Debug)]
pub(super) struct SiteFolder {
    scratch: Scratch,
    sources: PathBuf,
    host: String,
}

impl SiteFolder {
    /// The folder of the site that is called `name`, which visitors know as `host`.
    pub(super) fn new(name: &str, host: &str) -> Result<Self> {
        let sources = place::root().join("tests/sites").join(name);
        Ok(Self { scratch: Scratch::new(name)?, sources, host: host.to_owned() })
    }

    pub(super) fn path(&self) -> &Path {
        self.scratch.path()
    }

    pub(super) fn join(&self, path: &str) -> PathBuf {
        self.path().join(path)
    }

    /// The host, with the port if it has one, under which visitors know the site.
    pub(super) fn host(&self) -> &str {
        &self.host
    }

    /// Copies a file of the site's sources to a path in this folder. The user that serves the site
    /// may not be allowed to enter the source tree.
    pub(super) fn take(&self, source: &str, path: &str) -> Result<()> {
        let from = self.sources.join(source);
        fs::copy(&from, self.join(path))
            .with_context(|| format!("cannot copy {}", from.display()))?;
        Ok(())
    }

    /// The command that copies a folder with all that is in it to a path in this one.
    pub(super) fn copying(&self, from: &Path, path: &str) -> Command {
        let mut copy = Command::new("cp");
        copy.arg("-R").arg(from).arg(self.join(path));
        copy
    }

    /// The folder of the site's sources.
    pub(super) fn sources(&self) -> &Path {
        &self.sources
    }
}

/// Runs what prepares a site.
pub(super) fn prepare(what: &str, command: &mut Command, logs: &Path) -> Result<()> {
    run::quiet_within(command, &logs.join(format!("{what}.log")), LIMIT)
        .with_context(|| format!("the site cannot be made: {what}"))
}
