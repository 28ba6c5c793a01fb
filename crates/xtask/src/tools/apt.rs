//! Debian's packages, where we may install them.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::Tools;
use crate::progress::Progress;
use crate::run;

/// Whether this is Debian, and this process is root or may become root without a password.
pub(crate) fn may_install() -> bool {
    Path::new("/etc/debian_version").exists() && as_root().is_some()
}

/// Installs packages; `subject` is what they are for. Services that they bring are not started.
pub(crate) fn install(
    tools: &Tools,
    progress: &Progress,
    subject: &str,
    packages: &[&str],
) -> Result<()> {
    const APT: [&str; 6] = [
        "env",
        "DEBIAN_FRONTEND=noninteractive",
        // In this runlevel no service is started (invoke-rc.d(8)).
        "RUNLEVEL=1",
        "apt-get",
        "-o",
        "DPkg::Lock::Timeout=300",
    ];
    let prefix = as_root().context("installing Debian's packages takes root")?;
    let apt = |args: &[&str]| {
        let mut words = prefix.iter().chain(&APT).chain(args);
        let mut command = Command::new(words.next().unwrap_or(&"env"));
        command.args(words);
        command
    };
    progress.say(subject, &format!("apt-get install {}", packages.join(" ")));
    run::quiet(&mut apt(&["update"]), &tools.log("apt-update"))?;
    let install = ["install", "-y", "--no-install-recommends"];
    run::quiet(&mut apt(&[&install[..], packages].concat()), &tools.log("apt-install"))
}

/// The words that a command of root's begins with, if we may be root.
fn as_root() -> Option<&'static [&'static str]> {
    if rustix::process::geteuid().is_root() {
        return Some(&[]);
    }
    let sudo = Command::new("sudo").args(["-n", "true"]).output();
    sudo.is_ok_and(|out| out.status.success()).then_some(&["sudo", "-n"])
}
