//! Packages of Python, which pip installs.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use super::{Tools, install};
use crate::bundle::digest;
use crate::progress::Progress;
use crate::run;

/// What verifies webhooks, with the digests of the files that it is installed from.
const REQUIREMENTS: &str = include_str!("../../../../tests/webhooks/requirements.txt");

/// Installs what verifies webhooks if it is missing, and returns the folder of the modules.
pub(super) fn set_up_webhooks(tools: &Tools, progress: &Progress) -> Result<PathBuf> {
    let folder = format!("webhooks-python-{}", &digest([REQUIREMENTS])[..12]);
    if !install::is_installed(tools, &folder) {
        progress.say("webhooks", "pip install: standardwebhooks (once)");
        install::install(tools, &folder, |dir| pip(tools, dir))?;
    }
    Ok(tools.dir().join(folder))
}

fn pip(tools: &Tools, dir: &Path) -> Result<()> {
    let requirements = dir.join("requirements.txt");
    std::fs::write(&requirements, REQUIREMENTS)?;
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
        .args(["--no-deps", "--require-hashes", "--only-binary=:all:", "--target"])
        .arg(dir)
        .arg("-r")
        .arg(&requirements);
    run::quiet(&mut pip, &tools.log("pip")).context("Python's pip installs a package for the tests")
}
