//! Node, and the packages that run on it.
//!
//! There are four sets: what runs the Worker, and what checks and joins its scripts, which everything
//! needs; the suite for HTTP caches, which only `cargo xtask conformance` does; and what plays a
//! visitor in a browser.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use super::{NODE_MIN, Tools, install};
use crate::bundle::digest;
use crate::progress::Progress;
use crate::run;

/// Packages that are installed together.
pub(super) struct Packages {
    /// What the set is called, and what of it is worth a word.
    name: &'static str,
    content: &'static str,
    manifest: &'static str,
    lock: &'static str,
}

/// What runs the Worker.
pub(super) const STACK: Packages = Packages {
    name: "npm",
    content: "wrangler, miniflare, binaryen",
    manifest: include_str!("../../stack/package.json"),
    lock: include_str!("../../stack/package-lock.json"),
};

/// What checks the Worker's scripts, and joins them to one.
pub(super) const ENTRY: Packages = Packages {
    name: "entry",
    content: "typescript, biome, esbuild",
    manifest: include_str!("../../../worker/entry/package.json"),
    lock: include_str!("../../../worker/entry/package-lock.json"),
};

/// The public suite for HTTP caches.
pub(super) const SUITE: Packages = Packages {
    name: "suite",
    content: "http-cache-tests",
    manifest: include_str!("../../../../tests/conformance/package.json"),
    lock: include_str!("../../../../tests/conformance/package-lock.json"),
};

/// A visitor with a browser, who also says whether others could read the page.
pub(super) const BROWSER: Packages = Packages {
    name: "browser",
    content: "playwright-core, axe-core",
    manifest: include_str!("../../../../tests/browser/package.json"),
    lock: include_str!("../../../../tests/browser/package-lock.json"),
};

impl Packages {
    /// Their folder; another set of packages has another one.
    pub(super) fn folder(&self) -> String {
        format!("{}-{}", self.name, &digest([self.manifest, self.lock])[..12])
    }
}

pub(super) fn set_up(tools: &Tools, packages: &Packages, progress: &Progress) -> Result<()> {
    check_version()?;
    let folder = packages.folder();
    if install::is_installed(tools, &folder) {
        return Ok(());
    }
    progress.say(packages.name, &format!("npm ci: {} (once)", packages.content));
    install::install(tools, &folder, |dir| ci(tools, packages, dir))
}

fn ci(tools: &Tools, packages: &Packages, dir: &Path) -> Result<()> {
    fs::write(dir.join("package.json"), packages.manifest)?;
    fs::write(dir.join("package-lock.json"), packages.lock)?;
    let mut npm = Command::new("npm");
    npm.current_dir(dir).args([
        "ci",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--no-update-notifier",
    ]);
    run::quiet(&mut npm, &tools.log(packages.name))
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
    use super::{BROWSER, ENTRY, STACK, SUITE, two_numbers};

    #[test]
    fn versions_compare_by_their_first_two_numbers() {
        assert!(two_numbers("20.20.2") >= Some(super::NODE_MIN));
        assert!(two_numbers("20.2.0") < Some(super::NODE_MIN));
        assert_eq!(two_numbers("nightly"), None);
    }

    #[test]
    fn packages_are_pinned_exactly() {
        for packages in [STACK, ENTRY, SUITE, BROWSER] {
            let manifest: serde_json::Value = serde_json::from_str(packages.manifest).unwrap();
            for (name, version) in manifest["dependencies"].as_object().unwrap() {
                let version = version.as_str().unwrap();
                assert!(version.starts_with(|c: char| c.is_ascii_digit()), "{name} {version}");
            }
        }
    }

    #[test]
    fn lock_files_name_no_registry() {
        for packages in [STACK, ENTRY, SUITE, BROWSER] {
            assert!(!packages.lock.contains("\"resolved\""), "{}", packages.name);
        }
    }
}
