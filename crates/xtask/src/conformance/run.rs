//! Runs the suite's npm scripts: its server behind the Worker, its client in front of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use breakwater_testing::{Log, Reach, Service, Stack, StackOptions};
use serde_json::{Map, Value};

use super::suite::Suite;
use super::verdict::Verdict;
use crate::tools::Tools;
use crate::{http, place};

/// The server starts at once; the machine may be busy.
const READY_LIMIT: Duration = Duration::from_secs(60);

/// A run of all tests says nothing before its end, which is under two minutes away: tests pause for
/// three seconds each, dozens of them at once.
const RUN_LIMIT: Duration = Duration::from_secs(600);

/// What the line says that the server prints when it listens.
const READY: &str = "Listening on ";

/// The package's script leaves the server in the background. It, and all that npm started, ends
/// with our end of the shell's input.
const SERVER: &str = "npm run --silent server & cat >/dev/null; kill 0";

const CLIENT: &str = "npm run --silent cli";

/// The suite's server, and the Worker in front of it.
pub(crate) struct Runner<'a> {
    suite: &'a Suite,
    server: Service,
    stack: Stack,
    folder: PathBuf,
}

impl<'a> Runner<'a> {
    /// Starts both, the Worker with nothing in its cache.
    pub(crate) fn start(suite: &'a Suite, tools: &Tools, bundle: &Path) -> Result<Self> {
        let folder = place::root().join("target/conformance");
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        let mut shell = npm(suite, SERVER);
        shell.env("npm_config_port", "0").env("npm_config_pidfile", folder.join("server.pid"));
        let log = Log::File(folder.join("server.log"));
        let mut server = Service::spawn("the suite's server", &mut shell, Reach::Group, &log)?;
        let port = port(&mut server)?;
        let stack = Stack::start(
            &tools.stack_node(),
            &StackOptions {
                bundle: bundle.to_owned(),
                state: folder.join("state"),
                port: 0,
                isolates: 1,
                cron: false,
                vars: vec![("BREAKWATER_UPSTREAM".into(), format!("http://127.0.0.1:{port}"))],
                log: Log::File(folder.join("worker.log")),
            },
        )?;
        // The first request starts the isolate, which on a busy machine takes longer than workerd
        // lets a hundred others wait.
        http::get(stack.url(), "/").context("the Worker does not answer")?;
        Ok(Self { suite, server, stack, folder })
    }

    /// Runs all tests; their results, as the suite's client tells them.
    pub(crate) fn all(&mut self) -> Result<Map<String, Value>> {
        let mut client = self.client("")?;
        let mut said = String::new();
        while let Some(line) = client.line_or_end(RUN_LIMIT)? {
            said += &line;
            said.push('\n');
        }
        let results = serde_json::from_str(&said);
        results.with_context(|| format!("the suite's client gave no results: {said}"))
    }

    /// Runs one test, with all that client and server say of it given to `on_line`; what came of it
    /// if no other test is asked.
    pub(crate) fn one(
        &mut self,
        id: &str,
        mut on_line: impl FnMut(&str),
    ) -> Result<(Verdict, String)> {
        let mut client = self.client(id)?;
        let mut last = String::new();
        while let Some(line) = client.line_or_end(RUN_LIMIT)? {
            while let Some(line) = self.server.line_at_hand() {
                on_line(&line);
            }
            on_line(&line);
            last = line;
        }
        let (symbol, message) = last.split_once(" - ").unwrap_or((&last, ""));
        let verdict = Verdict::of_symbol(symbol.trim());
        let verdict = verdict.with_context(|| format!("no result of `{id}`: {last}"))?;
        Ok((verdict, message.to_owned()))
    }

    /// Writes results to where the suite can judge them; they stay there to be looked at.
    pub(crate) fn write(&self, results: &Map<String, Value>) -> Result<PathBuf> {
        let path = self.folder.join("results.json");
        fs::write(&path, serde_json::to_string_pretty(results)?)?;
        Ok(path)
    }

    /// Stops both in good order.
    pub(crate) fn stop(self) {
        self.stack.stop();
    }

    fn client(&self, id: &str) -> Result<Service> {
        let mut shell = npm(self.suite, CLIENT);
        shell.env("npm_config_base", self.stack.url()).env("npm_config_id", id);
        let log = Log::File(self.folder.join("client.log"));
        Service::spawn("the suite's client", &mut shell, Reach::Group, &log)
    }
}

/// A shell in the suite's folder. The suite reads its options from npm's environment.
fn npm(suite: &Suite, script: &str) -> Command {
    let mut shell = Command::new("sh");
    let preload = place::conformance().join("preload.cjs");
    shell.current_dir(suite.dir()).args(["-c", script]);
    shell.env("NODE_OPTIONS", format!("--require \"{}\"", preload.display()));
    shell.env("NO_UPDATE_NOTIFIER", "1");
    suite.node().lead(&mut shell);
    shell
}

fn port(server: &mut Service) -> Result<u16> {
    let line = server.line(READY_LIMIT)?;
    let address = line.strip_prefix(READY).map(|address| address.trim_end_matches('/'));
    let port = address.and_then(|address| address.rsplit(':').next()?.parse().ok());
    port.with_context(|| format!("the suite's server tells no port: {line}"))
}
