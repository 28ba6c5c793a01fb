//! The tools that stand in front of the backends, and whether they are installed.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};
use clap::ValueEnum;

use crate::run;

/// What is in front of a backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Tool {
    /// Visitors ask the backend itself
    Nothing,
    /// breakwater.toml in workerd, as `cargo xtask dev` runs it
    Breakwater,
    /// Its cache with stale answers, and a backup that refuses
    Nginx,
    /// Grace, a probe and saintmode
    Varnish,
    /// Its cache, retries and health checks
    Haproxy,
    /// A reverse proxy with stale answers
    Squid,
    /// Apache Traffic Server with stale answers
    Ats,
    /// Health checks and retries; it has no cache
    Caddy,
}

/// The programs of a tool, and the packages of Debian that have them.
struct Needs {
    programs: &'static [&'static str],
    packages: &'static [&'static str],
}

impl Tool {
    /// All of them, in the order of the tables.
    pub(super) const ALL: [Self; 8] = [
        Self::Nothing,
        Self::Breakwater,
        Self::Nginx,
        Self::Varnish,
        Self::Haproxy,
        Self::Squid,
        Self::Ats,
        Self::Caddy,
    ];

    /// What the tables call it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing in front",
            Self::Breakwater => "**Breakwater**",
            Self::Nginx => "nginx",
            Self::Varnish => "Varnish",
            Self::Haproxy => "HAProxy",
            Self::Squid => "Squid",
            Self::Ats => "ATS",
            Self::Caddy => "Caddy",
        }
    }

    /// What its folder is called.
    pub(super) fn folder(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Breakwater => "breakwater",
            Self::Nginx => "nginx",
            Self::Varnish => "varnish",
            Self::Haproxy => "haproxy",
            Self::Squid => "squid",
            Self::Ats => "ats",
            Self::Caddy => "caddy",
        }
    }

    fn needs(self) -> Needs {
        let (programs, packages): (&[_], &[_]) = match self {
            Self::Nothing | Self::Breakwater => (&[], &[]),
            Self::Nginx => (&["nginx"], &["nginx"]),
            Self::Varnish => (&["varnishd", SAINTMODE], &["varnish", "varnish-modules"]),
            Self::Haproxy => (&["haproxy"], &["haproxy"]),
            Self::Squid => (&["squid"], &["squid"]),
            Self::Ats => (&["traffic_server"], &["trafficserver"]),
            Self::Caddy => (&["caddy"], &["caddy"]),
        };
        Needs { programs, packages }
    }

    /// How `name` is called on this machine, which `check` has seen.
    pub(super) fn program(name: &str) -> PathBuf {
        find(name).unwrap_or_else(|| name.into())
    }
}

impl fmt::Display for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.folder())
    }
}

/// A module of Varnish, which is no program.
const SAINTMODE: &str = "libvmod_saintmode.so";

/// Fails if a program is missing, and says how to get it.
pub(super) fn check(tools: &[Tool]) -> Result<()> {
    let mut missing = Missing::default();
    for tool in tools {
        let Needs { programs, packages } = tool.needs();
        let absent = programs.iter().filter(|name| find(name).is_none());
        let before = missing.programs.len();
        missing.programs.extend(absent);
        if missing.programs.len() > before {
            missing.packages.extend(packages);
            missing.tools.push(tool.folder());
        }
    }
    ensure!(missing.programs.is_empty(), "{missing}");
    Ok(())
}

/// The versions of the tools' packages, as one sentence.
pub(super) fn versions(tools: &[Tool]) -> String {
    let version = |package: &&str| {
        let mut query = Command::new("dpkg-query");
        let version = run::text(query.args(["-W", "-f", "${Version}", *package])).ok()?;
        Some(format!("{package} {version}"))
    };
    let packages = tools.iter().flat_map(|tool| tool.needs().packages);
    let versions: Vec<String> = packages.filter_map(version).collect();
    if versions.is_empty() { String::new() } else { format!("{}.", versions.join(", ")) }
}

#[derive(Debug, Default)]
struct Missing {
    programs: Vec<&'static str>,
    packages: Vec<&'static str>,
    tools: Vec<&'static str>,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let others = Tool::ALL.iter().map(|tool| tool.folder());
        let others: Vec<_> = others.filter(|name| !self.tools.contains(name)).collect();
        write!(
            f,
            "{} not found; Debian: apt-get install --no-install-recommends {} (and stop the \
             services that this starts); or leave them out: --only {}",
            self.programs.join(", "),
            self.packages.join(" "),
            others.join(",")
        )
    }
}

/// Finds a program, also where only root looks for it, or a module of Varnish.
fn find(name: &str) -> Option<PathBuf> {
    if name == SAINTMODE {
        let folders = fs::read_dir("/usr/lib").ok()?.flatten().map(|entry| entry.path());
        let modules = folders.map(|folder| folder.join("varnish/vmods").join(name));
        return modules.into_iter().find(|file| file.is_file());
    }
    run::which(name).or_else(|| {
        let file = Path::new("/usr/sbin").join(name);
        file.is_file().then_some(file)
    })
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum as _;

    use super::{Missing, Tool};

    #[test]
    fn the_command_line_has_the_names_of_the_folders() {
        assert_eq!(Tool::value_variants(), Tool::ALL);
        for tool in Tool::ALL {
            assert_eq!(tool.to_possible_value().unwrap().get_name(), tool.folder());
        }
    }

    #[test]
    fn what_is_missing_is_told_with_the_command_that_installs_it() {
        let missing = Missing {
            programs: vec!["squid", "caddy"],
            packages: vec!["squid", "caddy"],
            tools: vec!["squid", "caddy"],
        };
        assert_eq!(
            missing.to_string(),
            "squid, caddy not found; Debian: apt-get install --no-install-recommends squid caddy \
             (and stop the services that this starts); or leave them out: --only \
             nothing,breakwater,nginx,varnish,haproxy,ats"
        );
    }
}
