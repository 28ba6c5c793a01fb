//! Puts one tool into a folder of its own, whole or not at all.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::Tools;
use crate::progress::Progress;
use crate::run;

/// Marks a folder whose installation came to its end.
const STAMP: &str = ".complete";

/// Whether `folder` is installed.
pub(super) fn is_installed(tools: &Tools, folder: &str) -> bool {
    tools.dir().join(folder).join(STAMP).is_file()
}

/// Installs `folder` by `fill`, which gets an empty folder to put things into. It is renamed when
/// it is complete, so an interrupted installation leaves nothing that could be taken for one. The
/// caller holds the folder's lock.
pub(super) fn install(
    tools: &Tools,
    folder: &str,
    fill: impl FnOnce(&Path) -> Result<()>,
) -> Result<()> {
    let partial = tools.dir().join(format!(".partial-{folder}"));
    remove(&partial)?;
    fs::create_dir_all(&partial)?;
    let filled = fill(&partial).and_then(|()| Ok(fs::write(partial.join(STAMP), "")?));
    if let Err(error) = filled {
        remove(&partial)?;
        return Err(error);
    }
    let whole = tools.dir().join(folder);
    remove(&whole)?;
    fs::rename(&partial, &whole).with_context(|| format!("cannot create {}", whole.display()))
}

/// Installs the binaries of a crate, and returns the path of the one named like the crate (which
/// must be `name`).
pub(super) fn cargo_binary(
    tools: &Tools,
    progress: &Progress,
    name: &str,
    version: &str,
) -> Result<PathBuf> {
    let folder = format!("{name}-{version}");
    let binary = Path::new("bin").join(name);
    if !is_installed(tools, &folder) {
        has_c_compiler()?;
        progress.say(name, &format!("cargo install {name}@{version} (minutes, once)"));
        install(tools, &folder, |dir| cargo_install(tools, name, version, dir))?;
    }
    Ok(tools.dir().join(folder).join(binary))
}

/// Fails if there is none: Rust's linker is called through it.
pub(super) fn has_c_compiler() -> Result<()> {
    ensure!(
        run::which("cc").is_some(),
        "no C compiler: `cc` is not in PATH (Debian: apt-get install build-essential; \
         macOS: xcode-select --install)"
    );
    Ok(())
}

fn cargo_install(tools: &Tools, name: &str, version: &str, root: &Path) -> Result<()> {
    run::quiet(&mut cargo_install_command(tools, name, version, root), &tools.log(name))
        .with_context(|| {
            format!(
                "{name}@{version} is built from the versions that its own lock file names, and \
                 from no others; a mirror of the registry that lags behind may not have them yet"
            )
        })?;
    remove(&root.join("build"))
}

/// A tool is installed with the dependencies that its authors tested and published a lock file for:
/// without `--locked` a machine would run whatever versions are the newest on that day.
fn cargo_install_command(tools: &Tools, name: &str, version: &str, root: &Path) -> Command {
    let mut cargo = run::cargo();
    // From the tools' folder, no toolchain file or config of a source tree applies.
    cargo.current_dir(tools.dir()).args(["install", "--locked", "--debug", "--root"]).arg(root);
    cargo.arg(format!("{name}@{version}"));
    cargo.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    cargo.env("CARGO_TARGET_DIR", root.join("build"));
    cargo
}

/// Removes a folder that may not be there.
pub(super) fn remove(dir: &Path) -> Result<()> {
    if dir.exists() {
        fs::remove_dir_all(dir).with_context(|| format!("cannot remove {}", dir.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::{env, fs, process};

    use anyhow::bail;

    use super::{Tools, cargo_install_command, install, is_installed};

    fn scratch(name: &str) -> Tools {
        let dir = env::temp_dir().join(format!("breakwater-xtask-{name}-{}", process::id()));
        fs::create_dir_all(&dir).unwrap();
        Tools { dir }
    }

    #[test]
    fn failed_installation_leaves_nothing() {
        let tools = scratch("failed");
        install(&tools, "tool-1", |_| bail!("no network")).unwrap_err();
        assert!(!is_installed(&tools, "tool-1"));
        assert_eq!(fs::read_dir(tools.dir()).unwrap().count(), 0);
    }

    #[test]
    fn a_tool_is_built_from_its_own_lock_file_only() {
        let tools = scratch("locked");
        let command = cargo_install_command(&tools, "tool", "1.2.3", tools.dir());
        let words: Vec<_> = command.get_args().collect();
        assert!(words.contains(&"--locked".as_ref()), "{words:?}");
        assert!(words.contains(&"tool@1.2.3".as_ref()), "{words:?}");
        fs::remove_dir_all(tools.dir()).unwrap();
    }

    #[test]
    fn folder_without_its_stamp_is_replaced() {
        let tools = scratch("unstamped");
        fs::create_dir_all(tools.dir().join("tool-1/old")).unwrap();
        assert!(!is_installed(&tools, "tool-1"));
        install(&tools, "tool-1", |dir| Ok(fs::write(dir.join("new"), "")?)).unwrap();
        assert!(is_installed(&tools, "tool-1"));
        assert!(!tools.dir().join("tool-1/old").exists());
    }
}
