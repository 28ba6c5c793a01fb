//! The site of Next.js that the tests put behind Breakwater, built once for each state of its
//! sources and of what it is built with.
//!
//! Only what serves it is kept: a build takes 340 MB of packages, and its standalone output 40 MB.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::node::{self, NEXT};
use super::{Tools, install};
use crate::bundle::digest;
use crate::progress::Progress;
use crate::{place, run};

/// The folders and files of the sources, beside the manifest.
const SOURCES: [&str; 4] = ["app", "lib", "next.config.mjs", "public"];

/// Builds it if it is missing, and returns the folder with its `server.js`.
pub(super) fn set_up(tools: &Tools, progress: &Progress) -> Result<PathBuf> {
    let sources = place::root().join("tests/sites/next");
    let mut made_from: Vec<u8> = NEXT.pins().concat().into_bytes();
    for source in SOURCES {
        read_all(&sources.join(source), &mut made_from)?;
    }
    let folder = format!("next-site-{}", &digest([made_from.as_slice()])[..12]);
    if !install::is_installed(tools, &folder) {
        progress.say(NEXT.name(), "npm ci, next build (half a minute, once)");
        install::install(tools, &folder, |dir| build(tools, &sources, dir))?;
    }
    Ok(tools.dir().join(folder).join(SITE))
}

/// Where the result is, in the tool's folder.
const SITE: &str = "site";
const BUILD: &str = "build";

fn build(tools: &Tools, sources: &Path, dir: &Path) -> Result<()> {
    let at = dir.join(BUILD);
    fs::create_dir_all(&at)?;
    node::ci(tools, &NEXT, &at)?;
    for source in SOURCES {
        copy(&sources.join(source), &at.join(source))?;
    }
    let mut next = tools.node().command();
    next.current_dir(&at).arg("node_modules/next/dist/bin/next").arg("build");
    next.env("NEXT_TELEMETRY_DISABLED", "1").env_remove("NODE_OPTIONS");
    run::quiet(&mut next, &tools.log("next-build"))?;
    // The guide of Next.js has these two copied by hand.
    let site = at.join(".next/standalone");
    copy(&at.join(".next/static"), &site.join(".next/static"))?;
    copy(&at.join("public"), &site.join("public"))?;
    fs::rename(&site, dir.join(SITE)).context("the build left no standalone output")?;
    install::remove(&at)
}

/// Copies a file, or a folder with all that is in it.
fn copy(from: &Path, to: &Path) -> Result<()> {
    if from.is_file() {
        fs::copy(from, to).with_context(|| format!("cannot copy {}", from.display()))?;
        return Ok(());
    }
    fs::create_dir_all(to)?;
    for entry in sorted(from)? {
        copy(&entry, &to.join(entry.file_name().unwrap_or_default()))?;
    }
    Ok(())
}

/// Adds the names and the content of a file, or of all files below a folder.
fn read_all(path: &Path, into: &mut Vec<u8>) -> Result<()> {
    into.extend(path.file_name().unwrap_or_default().as_encoded_bytes());
    if path.is_file() {
        into.extend(fs::read(path).with_context(|| path.display().to_string())?);
        return Ok(());
    }
    for entry in sorted(path)? {
        read_all(&entry, into)?;
    }
    Ok(())
}

fn sorted(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}
