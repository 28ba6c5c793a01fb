//! Packages of Python, which pip installs.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use super::{Tools, install};
use crate::bundle::digest;
use crate::progress::Progress;
use crate::run;

/// Packages that are installed together, with the digests of the files that they come from.
pub(super) struct Packages {
    /// What the set is called.
    name: &'static str,
    /// What of it is worth a word.
    content: &'static str,
    requirements: &'static str,
}

/// What verifies webhooks.
pub(super) const WEBHOOKS: Packages = Packages {
    name: "webhooks",
    content: "standardwebhooks",
    requirements: include_str!("../../../../tests/webhooks/requirements.txt"),
};

/// Readers of the public state.
pub(super) const READERS: Packages = Packages {
    name: "readers",
    content: "feedparser, icalendar, recurring-ical-events, statuspage-prometheus-exporter",
    requirements: include_str!("../../../../tests/readers/requirements.txt"),
};

/// Storage that is compatible with S3.
pub(super) const STORAGE: Packages = Packages {
    name: "storage",
    content: "moto",
    requirements: include_str!("../../../../tests/storage/requirements.txt"),
};

/// Readers of metrics.
pub(super) const METRICS: Packages = Packages {
    name: "metrics",
    content: "prometheus-client",
    requirements: include_str!("../../../../tests/metrics/requirements.txt"),
};

/// What Sentry's intake makes of envelopes.
pub(super) const SENTRY: Packages = Packages {
    name: "sentry",
    content: "sentry-relay",
    requirements: include_str!("../../../../tests/sentry/requirements.txt"),
};

/// What serves a site of Django.
pub(super) const DJANGO: Packages = Packages {
    name: "django",
    content: "django, gunicorn, whitenoise",
    requirements: include_str!("../../../../tests/sites/django/requirements.txt"),
};

/// Installs the packages if they are missing, and returns the folder of the modules.
pub(super) fn set_up(tools: &Tools, set: &Packages, progress: &Progress) -> Result<PathBuf> {
    let folder = format!("{}-python-{}", set.name, &digest([set.requirements])[..12]);
    if !install::is_installed(tools, &folder) {
        progress.say(set.name, &format!("pip install: {} (once)", set.content));
        install::install(tools, &folder, |dir| pip(tools, set, dir))?;
    }
    Ok(tools.dir().join(folder))
}

fn pip(tools: &Tools, set: &Packages, dir: &Path) -> Result<()> {
    let requirements = dir.join("requirements.txt");
    std::fs::write(&requirements, set.requirements)?;
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
        .args(["--no-deps", "--require-hashes", "--only-binary=:all:", "--target"])
        .arg(dir)
        .arg("-r")
        .arg(&requirements);
    run::quiet(&mut pip, &tools.log("pip")).context("Python's pip installs packages for the tests")
}
