//! Prometheus for one test, and `promtool`, which says whether Prometheus takes what it is given.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};

use super::port;
use super::programs::Programs;
use super::scratch::Scratch;
use crate::service::{Log, Reach, Service};

const START_LIMIT: Duration = Duration::from_secs(20);
const STOP_LIMIT: Duration = Duration::from_secs(10);
/// Another process may take the port between its choice and its use.
const ATTEMPTS: u32 = 3;
/// What it writes when it can be asked.
const READY: &str = "Server is ready to receive web requests";
/// The name of the file with its settings.
const CONFIG: &str = "prometheus.yml";

/// A running Prometheus, which forgets all when it is dropped.
#[derive(Debug)]
pub struct Prometheus {
    service: Service,
    url: String,
    /// Removed after the service has stopped.
    _scratch: Scratch,
}

impl Prometheus {
    /// Starts it with these settings, and with these files beside them.
    pub fn start(programs: &Programs, config: &str, files: &[(&str, &str)]) -> Result<Self> {
        for _ in 0..ATTEMPTS {
            let scratch = Scratch::new("prometheus")?;
            for (name, text) in files.iter().chain(&[(CONFIG, config)]) {
                std::fs::write(scratch.path().join(name), text)?;
            }
            let port = port::free()?;
            // It writes its log to stderr, and the shell turns that into lines of output.
            let mut command = Command::new("sh");
            command
                .args(["-c", "exec \"$0\" \"$@\" 2>&1"])
                .arg(&programs.prometheus)
                .arg(format!("--config.file={}", scratch.path().join(CONFIG).display()))
                .arg(format!("--storage.tsdb.path={}", scratch.path().join("data").display()))
                .arg(format!("--web.listen-address=127.0.0.1:{port}"));
            let log = Log::File(scratch.path().join("sh.log"));
            let mut service = Service::spawn("Prometheus", &mut command, Reach::Process, &log)?;
            let is_ready = loop {
                match service.line(START_LIMIT) {
                    Ok(line) if line.contains(READY) => break true,
                    Ok(line) if line.contains("address already in use") => break false,
                    Ok(line) if line.contains("level=error") => bail!("Prometheus: {line}"),
                    Ok(_) => {}
                    Err(error) => return Err(error),
                }
            };
            if is_ready {
                let url = format!("http://127.0.0.1:{port}");
                return Ok(Self { service, url, _scratch: scratch });
            }
        }
        bail!("no port is free")
    }

    /// Where it is asked.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        self.service.terminate();
        if !self.service.ends_within(STOP_LIMIT) {
            self.service.kill();
        }
    }
}

/// Has `promtool` look at a page of metrics in the text format.
///
/// # Errors
/// What it finds wrong.
pub fn check_page(programs: &Programs, page: &str) -> Result<()> {
    let mut promtool = Command::new(&programs.promtool)
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    promtool.stdin.take().context("a pipe")?.write_all(page.as_bytes())?;
    let output = promtool.wait_with_output()?;
    let said = [output.stdout, output.stderr].concat();
    ensure!(output.status.success(), "promtool: {}", String::from_utf8_lossy(&said));
    Ok(())
}
