//! Instructions that valgrind's callgrind counts. It runs workerd on a processor of its own making,
//! some fifty times as slow, and no slower machine and no other program changes what it counts.
//!
//! Counting is off until it is asked for, so that starting and warming up take a fifth of that.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use breakwater_testing::Node;

use crate::run;

/// callgrind writes its counts to this file, with a number for each time that it is asked to.
const COUNTS: &str = "counts";

/// Whether valgrind is installed.
pub(in crate::bench) fn is_there() -> bool {
    ["valgrind", "vgdb"].iter().all(|it| Command::new(it).arg("--help").output().is_ok())
}

/// A workerd whose instructions can be counted.
pub(in crate::bench) struct Callgrind {
    folder: PathBuf,
    counted: u32,
}

impl Callgrind {
    /// Prepares `folder` for a process.
    pub(in crate::bench) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), counted: 0 }
    }

    /// A Node that starts workerd in valgrind.
    pub(in crate::bench) fn wrap(&self, node: Node) -> Result<Node> {
        let workerd = workerd(&node)?;
        let folder = self.folder.display();
        let script = format!(
            "#!/bin/sh\nexec valgrind --tool=callgrind --instr-atstart=no \
             '--callgrind-out-file={folder}/{COUNTS}' '--log-file={folder}/valgrind.log' \
             '{}' \"$@\"\n",
            workerd.display()
        );
        fs::create_dir_all(&self.folder)?;
        let path = self.folder.join("workerd.sh");
        fs::write(&path, script)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
        Ok(node.with_workerd(path))
    }

    /// Begins to count.
    pub(in crate::bench) fn start(&self, pid: u32) -> Result<()> {
        command(pid, &["instrumentation", "on"])?;
        command(pid, &["zero"])
    }

    /// The instructions since it began, or since this was last asked.
    pub(in crate::bench) fn take(&mut self, pid: u32) -> Result<u64> {
        command(pid, &["dump"])?;
        self.counted += 1;
        let path = self.folder.join(format!("{COUNTS}.{}", self.counted));
        let text = fs::read_to_string(&path).with_context(|| format!("no {}", path.display()))?;
        totals(&text).with_context(|| format!("no totals in {}", path.display()))
    }
}

/// Tells the valgrind that runs a process what to do.
fn command(pid: u32, words: &[&str]) -> Result<()> {
    run::text(Command::new("vgdb").arg(format!("--pid={pid}")).args(words)).map(drop)
}

/// The program that Miniflare starts, which is in a package for the platform.
fn workerd(node: &Node) -> Result<PathBuf> {
    let packages = node.packages().join("node_modules/@cloudflare");
    let found = fs::read_dir(&packages)?.filter_map(|entry| {
        let path = entry.ok()?.path();
        let is_workerd = path.file_name()?.to_str()?.starts_with("workerd-");
        Some(path.join("bin/workerd")).filter(|path| is_workerd && path.exists())
    });
    found.last().with_context(|| format!("no workerd in {}", packages.display()))
}

/// The number at the end of a file of counts.
fn totals(text: &str) -> Option<u64> {
    text.lines().rev().find_map(|line| line.strip_prefix("totals: ")?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::totals;

    #[test]
    fn the_totals_stand_behind_the_functions() {
        assert_eq!(totals("fn=(1) main\n7 12\n\ntotals: 285169203\n"), Some(285_169_203));
        assert_eq!(totals("fn=(1) main\n7 12\n"), None);
    }
}
