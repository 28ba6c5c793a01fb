//! Node, and the packages that run on it.
//!
//! Its sets are Node itself, for a machine whose own is too old; what runs the Worker, what
//! checks and joins its scripts, and what does so for the scripts of pages and of the npm package,
//! which everything needs; the suite for HTTP caches, which only `cargo xtask conformance` does;
//! what plays a visitor in a browser; what verifies webhooks; what reads the public state; what
//! uses the tools for models; and what a site of Next.js is built with.

mod program;

use std::fs;
use std::path::Path;

use anyhow::Result;
use breakwater_testing::run;

use super::{Tools, install};
use crate::bundle::digest;
use crate::progress::Progress;
pub(crate) use program::Node;

/// Packages that are installed together.
pub(super) struct Packages {
    /// What the set is called, and what of it is worth a word.
    name: &'static str,
    content: &'static str,
    manifest: &'static str,
    lock: &'static str,
}

/// Node. The package that is called `node` holds none: its install script, which does not run here,
/// would fetch the one of these that is for the machine.
const NODE: Packages = Packages {
    name: "node",
    content: "Node, since the machine's is too old",
    manifest: include_str!("../../node/package.json"),
    lock: include_str!("../../node/package-lock.json"),
};

/// What runs the Worker.
pub(super) const STACK: Packages = Packages {
    name: "npm",
    content: "wrangler, miniflare, binaryen",
    manifest: include_str!("../../../testing/stack/package.json"),
    lock: include_str!("../../../testing/stack/package-lock.json"),
};

/// What checks the Worker's scripts, and joins them to one.
pub(super) const ENTRY: Packages = Packages {
    name: "entry",
    content: "typescript, biome, esbuild",
    manifest: include_str!("../../../worker/entry/package.json"),
    lock: include_str!("../../../worker/entry/package-lock.json"),
};

/// What checks and joins the scripts and styles of pages, and what pages are made with.
pub(super) const WWW: Packages = Packages {
    name: "www",
    content: "typescript, biome, esbuild, uplot",
    manifest: include_str!("../../../../www/package.json"),
    lock: include_str!("../../../../www/package-lock.json"),
};

/// What checks the command line of the npm package.
pub(super) const CLI: Packages = Packages {
    name: "cli",
    content: "@types/node",
    manifest: include_str!("../../../js/cli/package.json"),
    lock: include_str!("../../../js/cli/package-lock.json"),
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
    content: "playwright-core, axe-core, @sentry/browser, esbuild",
    manifest: include_str!("../../../../tests/browser/package.json"),
    lock: include_str!("../../../../tests/browser/package-lock.json"),
};

/// A receiver of webhooks.
pub(super) const WEBHOOKS: Packages = Packages {
    name: "webhooks",
    content: "standardwebhooks",
    manifest: include_str!("../../../../tests/webhooks/package.json"),
    lock: include_str!("../../../../tests/webhooks/package-lock.json"),
};

/// Readers of feeds and calendars, and a maker of badges.
pub(super) const READERS: Packages = Packages {
    name: "readers",
    content: "rss-parser, feedsmith, feedparser, ical.js, node-ical, ts-ics, badge-maker",
    manifest: include_str!("../../../../tests/readers/package.json"),
    lock: include_str!("../../../../tests/readers/package-lock.json"),
};

/// The clients of the MCP endpoint.
pub(super) const MCP: Packages = Packages {
    name: "mcp",
    content: "@modelcontextprotocol/client, @modelcontextprotocol/sdk",
    manifest: include_str!("../../../../tests/mcp/package.json"),
    lock: include_str!("../../../../tests/mcp/package-lock.json"),
};

/// What a site of Next.js is built with; its sources are beside the manifest.
pub(super) const NEXT: Packages = Packages {
    name: "next",
    content: "next, react",
    manifest: include_str!("../../../../tests/sites/next/package.json"),
    lock: include_str!("../../../../tests/sites/next/package-lock.json"),
};

impl Packages {
    /// What the set is called.
    pub(super) const fn name(&self) -> &'static str {
        self.name
    }

    /// What shapes it, for a digest.
    pub(super) const fn pins(&self) -> [&'static str; 2] {
        [self.manifest, self.lock]
    }

    /// Their folder; another set of packages has another one.
    pub(super) fn folder(&self) -> String {
        format!("{}-{}", self.name, &digest([self.manifest, self.lock])[..12])
    }
}

/// Installs Node itself if the machine's is too old.
pub(super) fn set_up_program(tools: &Tools, progress: &Progress) -> Result<()> {
    program::set_up(tools, progress)
}

pub(super) fn set_up(tools: &Tools, set: &Packages, progress: &Progress) -> Result<()> {
    program::set_up(tools, progress)?;
    packages(tools, set, progress)
}

fn packages(tools: &Tools, packages: &Packages, progress: &Progress) -> Result<()> {
    packages_with(tools, packages, progress, |_| Ok(()))
}

/// The same, where `check` says of the folder whether all is there.
fn packages_with(
    tools: &Tools,
    packages: &Packages,
    progress: &Progress,
    check: impl FnOnce(&Path) -> Result<()>,
) -> Result<()> {
    let folder = packages.folder();
    if install::is_installed(tools, &folder) {
        return Ok(());
    }
    progress.say(packages.name, &format!("npm ci: {} (once)", packages.content));
    install::install(tools, &folder, |dir| {
        ci(tools, packages, dir)?;
        check(dir)
    })
}

/// Installs the packages into a folder.
pub(super) fn ci(tools: &Tools, packages: &Packages, dir: &Path) -> Result<()> {
    fs::write(dir.join("package.json"), packages.manifest)?;
    fs::write(dir.join("package-lock.json"), packages.lock)?;
    let mut npm = tools.node().npm();
    npm.current_dir(dir).args([
        "ci",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--no-update-notifier",
    ]);
    run::quiet(&mut npm, &tools.log(packages.name))
}

/// The first two numbers of a version.
pub(super) fn two_numbers(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::{
        BROWSER, ENTRY, MCP, NEXT, NODE, READERS, STACK, SUITE, WEBHOOKS, WWW, two_numbers,
    };

    #[test]
    fn versions_compare_by_their_first_two_numbers() {
        assert!(two_numbers("22.13.0") > two_numbers("22.12.9"));
        assert!(two_numbers("23.0.0") > two_numbers("22.12.9"));
        assert_eq!(two_numbers("nightly"), None);
    }

    #[test]
    fn packages_are_pinned_exactly() {
        for packages in [NODE, STACK, ENTRY, WWW, SUITE, BROWSER, WEBHOOKS, READERS, MCP, NEXT] {
            let manifest: serde_json::Value = serde_json::from_str(packages.manifest).unwrap();
            let kinds = ["dependencies", "optionalDependencies"];
            let pinned: Vec<_> =
                kinds.iter().filter_map(|kind| manifest[kind].as_object()).flatten().collect();
            assert!(!pinned.is_empty(), "{}", packages.name);
            for (name, version) in pinned {
                let version = version.as_str().unwrap();
                assert!(version.starts_with(|c: char| c.is_ascii_digit()), "{name} {version}");
            }
        }
    }

    #[test]
    fn all_scripts_are_checked_and_joined_by_the_same_versions() {
        let pinned = |packages: &super::Packages, name: &str| {
            let manifest: serde_json::Value = serde_json::from_str(packages.manifest).unwrap();
            manifest["dependencies"][name].as_str().map(str::to_owned)
        };
        for name in ["@biomejs/biome", "esbuild", "typescript"] {
            assert!(pinned(&WWW, name).is_some(), "{name}");
            assert_eq!(pinned(&WWW, name), pinned(&ENTRY, name), "{name}");
        }
        assert_eq!(pinned(&WWW, "esbuild"), pinned(&BROWSER, "esbuild"));
    }

    #[test]
    fn lock_files_name_no_registry() {
        for packages in [NODE, STACK, ENTRY, WWW, SUITE, BROWSER, WEBHOOKS, READERS, MCP, NEXT] {
            assert!(!packages.lock.contains("\"resolved\""), "{}", packages.name);
        }
    }
}
