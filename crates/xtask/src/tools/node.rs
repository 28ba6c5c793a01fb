//! Node, and the packages that run on it.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use super::{NODE_MIN, Tools, install};
use crate::bundle::digest;
use crate::progress::Progress;
use crate::run;

const PACKAGE: &str = include_str!("../../stack/package.json");
const LOCK: &str = include_str!("../../stack/package-lock.json");

/// The packages' folder; another set of packages has another one.
pub(super) fn folder() -> String {
    format!("npm-{}", &digest([PACKAGE, LOCK])[..12])
}

pub(super) fn set_up(tools: &Tools, progress: &Progress) -> Result<()> {
    check_version()?;
    let folder = folder();
    if install::is_installed(tools, &folder) {
        return Ok(());
    }
    progress.say("npm", "npm ci: wrangler, miniflare, binaryen (once)");
    install::install(tools, &folder, |dir| ci(tools, dir))
}

fn ci(tools: &Tools, dir: &Path) -> Result<()> {
    fs::write(dir.join("package.json"), PACKAGE)?;
    fs::write(dir.join("package-lock.json"), LOCK)?;
    let mut npm = Command::new("npm");
    npm.current_dir(dir).args([
        "ci",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--no-update-notifier",
    ]);
    run::quiet(&mut npm, &tools.log("npm"))
}

fn check_version() -> Result<()> {
    let (major, minor) = NODE_MIN;
    let wanted = format!("install Node {major}.{minor} or later (nodejs.org, nvm, apt, brew)");
    for program in ["node", "npm"] {
        if run::which(program).is_none() {
            bail!("`{program}` is not in PATH: {wanted}");
        }
    }
    let version = run::text(Command::new("node").arg("--version"))?;
    match two_numbers(version.trim_start_matches('v')) {
        Some(found) if found >= NODE_MIN => Ok(()),
        _ => bail!("Node {version} is too old: {wanted}"),
    }
}

/// The first two numbers of a version.
pub(super) fn two_numbers(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::{LOCK, PACKAGE, two_numbers};

    #[test]
    fn versions_compare_by_their_first_two_numbers() {
        assert!(two_numbers("20.20.2") >= Some(super::NODE_MIN));
        assert!(two_numbers("20.2.0") < Some(super::NODE_MIN));
        assert_eq!(two_numbers("nightly"), None);
    }

    #[test]
    fn packages_are_pinned_exactly() {
        let package: serde_json::Value = serde_json::from_str(PACKAGE).unwrap();
        for (name, version) in package["dependencies"].as_object().unwrap() {
            let version = version.as_str().unwrap();
            assert!(version.starts_with(|c: char| c.is_ascii_digit()), "{name} {version}");
        }
    }

    #[test]
    fn lock_file_names_no_registry() {
        assert!(!LOCK.contains("\"resolved\""));
    }
}
