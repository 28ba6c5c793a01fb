//! Runs commands to their end: in view, or quietly with a log to look into when they fail.

use std::env;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// Lines of a log that are shown when what wrote it fails.
const TAIL: usize = 20;

/// How often a command with a deadline is looked at.
const POLL: Duration = Duration::from_millis(50);

/// The cargo that runs this one, without what it sets for us alone: build scripts of a child
/// would otherwise be rerun for it.
pub fn cargo() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    forget_package(&mut command);
    command
}

/// Removes what cargo exports about the package that it runs.
pub fn forget_package(command: &mut Command) {
    const PREFIXES: [&str; 4] = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"];
    for (key, _) in env::vars_os() {
        if key.to_str().is_some_and(|key| PREFIXES.iter().any(|prefix| key.starts_with(prefix))) {
            command.env_remove(key);
        }
    }
}

/// Runs a command with its output in view; fails unless it succeeds.
pub fn shown(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot run {}", words(command)))?;
    succeeded(command, status)
}

/// Runs a command with its stdout both in view and given to `on_line`; fails unless it succeeds.
pub fn read(command: &mut Command, mut on_line: impl FnMut(&str)) -> Result<()> {
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot run {}", words(command)))?;
    if let Some(out) = child.stdout.take() {
        for line in BufReader::new(out).split(b'\n') {
            let line = line?;
            let line = String::from_utf8_lossy(&line);
            println!("{line}");
            on_line(&line);
        }
    }
    succeeded(command, child.wait()?)
}

/// Runs a command and returns what it printed, without the white space around it.
pub fn text(command: &mut Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot run {}", words(command)))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("{} failed with {}: {}", words(command), output.status, said.trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Runs a command with its output in `log`; on failure the error holds the log's end.
pub fn quiet(command: &mut Command, log: &Path) -> Result<()> {
    let mut child = logged(command, log)?;
    let status = child.wait()?;
    succeeded(command, status).with_context(|| tail(log))
}

/// Like [`quiet`], and fails at the `limit` too.
pub fn quiet_within(command: &mut Command, log: &Path, limit: Duration) -> Result<()> {
    let mut child = logged(command, log)?;
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return succeeded(command, status).with_context(|| tail(log));
        }
        if start.elapsed() > limit {
            child.kill()?;
            child.wait()?;
            bail!("{} took longer than {} s", words(command), limit.as_secs());
        }
        thread::sleep(POLL);
    }
}

/// A file's last lines, headed by its path.
pub fn tail(log: &Path) -> String {
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    let end = lines[lines.len().saturating_sub(TAIL)..].join("\n    ");
    format!("the end of {}:\n    {end}\n ", log.display())
}

/// The program of that name that a shell would find.
pub fn which(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|dir| dir.join(name)).find(|file| file.is_file())
}

fn logged(command: &mut Command, log: &Path) -> Result<Child> {
    if let Some(dir) = log.parent() {
        fs::create_dir_all(dir)?;
    }
    let mut file = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
    writeln!(file, "$ {}", words(command))?;
    command
        .stdin(Stdio::null())
        .stdout(file.try_clone()?)
        .stderr(file)
        .spawn()
        .with_context(|| format!("cannot run {}", words(command)))
}

fn succeeded(command: &Command, status: ExitStatus) -> Result<()> {
    if !status.success() {
        bail!("{} failed with {status}", words(command));
    }
    Ok(())
}

fn words(command: &Command) -> String {
    let mut words = command.get_program().to_string_lossy().into_owned();
    for arg in command.get_args() {
        words.push(' ');
        words.push_str(&arg.to_string_lossy());
    }
    words
}

#[cfg(test)]
mod tests {
    use std::env;
    use std::process::{self, Command};

    use super::{quiet, read, text};

    #[test]
    fn failure_of_a_quiet_command_shows_its_log() {
        let log = env::temp_dir().join(format!("breakwater-testing-quiet-{}", process::id()));
        let error = quiet(Command::new("sh").args(["-c", "echo why; exit 3"]), &log).unwrap_err();
        assert!(format!("{error:#}").contains("    why\n"), "{error:#}");
    }

    #[test]
    fn lines_are_read_also_when_the_command_fails() {
        let mut lines = Vec::new();
        let result = read(Command::new("sh").args(["-c", "echo a; echo b; exit 1"]), |line| {
            lines.push(line.to_owned());
        });
        assert!(result.is_err());
        assert_eq!(lines, ["a", "b"]);
    }

    #[test]
    fn text_is_trimmed() {
        assert_eq!(text(Command::new("echo").arg(" v20.3.0 ")).unwrap(), "v20.3.0");
    }
}
