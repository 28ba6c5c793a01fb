//! Where the programs are.

use std::env;
use std::error::Error;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// What installs them on Debian.
pub const PACKAGES: [&str; 3] = ["postgresql", "redis-server", "prometheus"];

/// Debian keeps PostgreSQL's programs here, by version, and not on `PATH`.
const DEBIAN_POSTGRES: &str = "/usr/lib/postgresql";

/// The servers' programs.
#[derive(Clone, Debug)]
pub struct Programs {
    pub(super) initdb: PathBuf,
    pub(super) postgres: PathBuf,
    pub(super) redis: PathBuf,
    pub(super) prometheus: PathBuf,
    pub(super) promtool: PathBuf,
}

impl Programs {
    /// What checks the rules of Prometheus' alerts.
    pub fn promtool(&self) -> &Path {
        &self.promtool
    }

    /// Finds them.
    ///
    /// # Errors
    /// [`Missing`] if one of them is not there.
    pub fn locate() -> Result<Self, Missing> {
        let on_path: Vec<PathBuf> = env::var_os("PATH").iter().flat_map(env::split_paths).collect();
        let of_postgres = [on_path.clone(), versions(Path::new(DEBIAN_POSTGRES))].concat();
        let found = |folders: &[PathBuf], name: &'static str| {
            let files = folders.iter().map(|folder| folder.join(name));
            files.into_iter().find(|file| file.is_file()).ok_or(name)
        };
        // Both of PostgreSQL's must be of one version, so they are from one folder.
        let postgres = found(&of_postgres, "postgres");
        let initdb = match &postgres {
            Ok(postgres) => sibling(postgres, "initdb").ok_or("initdb"),
            Err(_) => Err("initdb"),
        };
        let others = ["redis-server", "prometheus", "promtool"].map(|name| found(&on_path, name));
        match (postgres, initdb, others) {
            (Ok(postgres), Ok(initdb), [Ok(redis), Ok(prometheus), Ok(promtool)]) => {
                Ok(Self { initdb, postgres, redis, prometheus, promtool })
            }
            (postgres, initdb, others) => {
                let others = others.into_iter().filter_map(Result::err);
                let programs = [postgres.err(), initdb.err()].into_iter().flatten();
                Err(Missing { programs: programs.chain(others).collect() })
            }
        }
    }
}

/// The program beside it, also where that is only a link to the folder of both.
fn sibling(program: &Path, name: &str) -> Option<PathBuf> {
    let real = fs::canonicalize(program).ok()?;
    let beside = [real.parent()?.join(name), program.parent()?.join(name)];
    beside.into_iter().find(|file| file.is_file())
}

/// The folders of all versions, the latest first.
fn versions(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let number = |entry: &fs::DirEntry| entry.file_name().to_str()?.parse::<u32>().ok();
    let mut found: Vec<_> =
        entries.flatten().filter_map(|entry| Some((number(&entry)?, entry.path()))).collect();
    found.sort();
    found.into_iter().rev().map(|(_, path)| path.join("bin")).collect()
}

/// Programs that are not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Their names.
    pub programs: Vec<&'static str>,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} not found, neither on PATH nor in {DEBIAN_POSTGRES}; \
             Debian: apt-get install {}; macOS: brew install postgresql redis prometheus",
            self.programs.join(", "),
            PACKAGES.join(" ")
        )
    }
}

impl Error for Missing {}

#[cfg(test)]
mod tests {
    use super::super::scratch::Scratch;
    use super::versions;
    use std::fs;

    #[test]
    fn the_latest_version_comes_first() {
        let scratch = Scratch::new("versions").unwrap();
        for name in ["9", "15", "17", "common"] {
            fs::create_dir(scratch.path().join(name)).unwrap();
        }
        let found = versions(scratch.path());
        let expected = ["17", "15", "9"].map(|name| scratch.path().join(name).join("bin"));
        assert_eq!(found, expected);
    }
}
