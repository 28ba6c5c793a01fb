//! A bad site file fails the Worker's build with one line that names the place, and a changed one
//! is loaded while `cargo xtask dev` runs.

use std::io::{BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;
use std::{env, fs};

use anyhow::{Context, Result};
use breakwater_testing::Client;

const GOOD: &str = r#"
[site]
name = "Shop"
host = "shop.example"

[upstreams.web]
origin = "https://web.example"
breaker = { failure_rate = "50%" }

[[routes]]
match = "/api/*"
upstream = "web"
timeout = "10s"

[[routes]]
match = "/*"
upstream = "web"
"#;

/// The commands, which this test belongs to. They are called as they are built, since cargo would
/// not pass a signal on.
fn xtask() -> Result<Command> {
    let origin = env::var_os("BREAKWATER_ORIGIN_BIN").context("run by `cargo xtask test`")?;
    Ok(Command::new(Path::new(&origin).with_file_name("breakwater-xtask")))
}

/// Writes a site file into a folder of its own.
fn written(name: &str, text: &str) -> Result<PathBuf> {
    let root = PathBuf::from(env::var_os("BREAKWATER_ROOT").context("run by `cargo xtask test`")?);
    let folder = root.join("target/e2e/site_file").join(name);
    fs::create_dir_all(&folder)?;
    let file = folder.join("breakwater.toml");
    fs::write(&file, text)?;
    Ok(file)
}

/// A change to the good site file.
fn changed(from: &str, to: &str) -> Result<String> {
    anyhow::ensure!(GOOD.contains(from), "nothing to change");
    Ok(GOOD.replacen(from, to, 1))
}

/// Builds the Worker with this change to a good site file, and returns the error's line.
#[track_caller]
fn error_of(name: &str, from: &str, to: &str) -> Result<String> {
    let file = written(name, &changed(from, to)?)?;
    let built = xtask()?.args(["build", "--config"]).arg(&file).output()?;
    let said = String::from_utf8_lossy(&built.stderr).into_owned();
    anyhow::ensure!(!built.status.success(), "it was built: {said}");
    anyhow::ensure!(!said.contains("cargo build"), "code was compiled first: {said}");
    let lines: Vec<_> = said.lines().filter(|line| line.contains("breakwater.toml:")).collect();
    anyhow::ensure!(lines.len() == 1, "not one line: {said}");
    let line = lines.first().copied().unwrap_or_default();
    let at = line.find("breakwater.toml:").unwrap_or_default();
    Ok(line.split_at(at).1.to_owned())
}

#[test]
fn a_typo_in_a_key_fails_the_build() -> Result<()> {
    assert_eq!(
        error_of("typo", "timeout =", "timeuot =")?,
        "breakwater.toml:13:1: routes[0]: unknown key `timeuot` (did you mean `timeout`?), \
         expected one of `match`, `upstream`, `escaped_slashes`, `backup`, `timeout`, `deadline`, \
         `idle`, `upload_idle`, `patience`, `retry`, `private`, `cache`, `negative_ttl`, \
         `unkeyed`, `override_cache_control`, `breaker`, `banner`, `degrade`"
    );
    Ok(())
}

#[test]
fn a_negative_duration_fails_the_build() -> Result<()> {
    let error = error_of("duration", "\"10s\"", "\"-10s\"")?;
    assert!(
        error.starts_with("breakwater.toml:13:11: routes[0].timeout: `-10s` is not a duration")
    );
    Ok(())
}

#[test]
fn a_route_to_an_unknown_upstream_fails_the_build() -> Result<()> {
    assert_eq!(
        error_of("upstream", "upstream = \"web\"", "upstream = \"wep\"")?,
        "breakwater.toml:12:12: routes[0].upstream: unknown upstream `wep`, expected one of `web`"
    );
    Ok(())
}

#[test]
fn a_share_of_150_percent_fails_the_build() -> Result<()> {
    let error = error_of("share", "\"50%\"", "\"150%\"")?;
    let place = "breakwater.toml:8:28: upstreams.web.breaker.failure_rate: `150%` is not a share";
    assert!(error.starts_with(place), "{error}");
    Ok(())
}

#[test]
fn a_route_that_can_never_match_fails_the_build() -> Result<()> {
    let error = error_of("unreachable", "match = \"/api/*\"", "match = \"/*\"")?;
    assert!(error.starts_with("breakwater.toml:16:9: routes[1].match: "), "{error}");
    Ok(())
}

/// How long a line may take; starting takes longest, on a machine that is busy.
const LINE_LIMIT: Duration = Duration::from_secs(120);

/// `cargo xtask dev`, which is stopped when this is dropped.
struct Dev {
    process: Child,
    lines: Receiver<String>,
}

impl Dev {
    fn start(site: &Path) -> Result<Self> {
        let mut command = xtask()?;
        command.args(["dev", "--fresh", "--port", "0", "--upstream", "http://127.0.0.1:9"]);
        command.arg("--config").arg(site);
        let mut process =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let (sender, lines) = channel();
        let outputs: [Option<Box<dyn Read + Send>>; 2] = [
            process.stdout.take().map(|out| Box::new(out) as _),
            process.stderr.take().map(|out| Box::new(out) as _),
        ];
        for output in outputs.into_iter().flatten() {
            let sender = sender.clone();
            thread::spawn(move || {
                let lines = BufReader::new(output).lines().map_while(Result::ok);
                // No one listens any more when the test has ended.
                lines.map(|line| sender.send(line)).take_while(Result::is_ok).count()
            });
        }
        Ok(Self { process, lines })
    }

    /// Waits for a line with this text.
    fn line(&self, text: &str) -> Result<String> {
        loop {
            let line = self.lines.recv_timeout(LINE_LIMIT);
            let line = line.with_context(|| format!("it never said `{text}`"))?;
            if line.contains(text) {
                return Ok(line);
            }
        }
    }
}

impl Drop for Dev {
    fn drop(&mut self) {
        // As ctrl-c does, so that it stops what it started and removes what it stored.
        let _ = Command::new("kill").arg(self.process.id().to_string()).status();
        let _ = self.process.wait();
    }
}

#[tokio::test]
async fn a_change_of_the_site_file_is_loaded_without_compiling_and_a_bad_one_changes_nothing()
-> Result<()> {
    let file = written("dev", GOOD)?;
    let dev = Dev::start(&file)?;
    let site = dev.line("  site  ")?;
    let client = Client::new(site.trim_start_matches("  site").trim().trim_end_matches('/'));
    let health = async |path: &str| anyhow::Ok(client.get(path).await?.status);
    assert_eq!(health("/health/live").await?, 200);

    let moved = changed("host = ", "health = \"/well\"\nhost = ")?;
    fs::write(&file, &moved)?;
    dev.line("site file: loaded")?;
    assert_eq!(health("/well/live").await?, 200);
    assert_ne!(health("/health/live").await?, 200);

    fs::write(&file, moved.replace("health = ", "helth = "))?;
    let said = dev.line("site file: ")?;
    assert!(said.contains("breakwater.toml:4:1: site: unknown key `helth`"), "{said}");
    assert!(said.ends_with("; the one before goes on"), "{said}");
    assert_eq!(health("/well/live").await?, 200);

    fs::write(&file, GOOD)?;
    dev.line("site file: loaded")?;
    assert_eq!(health("/health/live").await?, 200);
    Ok(())
}
