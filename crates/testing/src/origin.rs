//! The reference backend as a process, so that it can be stopped, and refuse connections.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::service::{Log, Reach, Service};

/// It starts at once; the machine may be busy.
const READY_LIMIT: Duration = Duration::from_secs(20);

/// It drains its requests before it ends; after this long, stopping becomes killing.
const STOP_LIMIT: Duration = Duration::from_secs(15);

/// What the line says that it prints when it listens.
const READY: &str = "listening on ";

/// The running backend. Dropping it kills it.
#[derive(Debug)]
pub struct Origin {
    service: Service,
    url: String,
}

impl Origin {
    /// Starts `binary` on `port` (0 for any) and waits until it listens.
    pub fn start(binary: &Path, port: u16, log: &Log) -> Result<Self> {
        Self::start_with(binary, port, &[], log)
    }

    /// The same with settings on top of those in our own environment.
    pub fn start_with(
        binary: &Path,
        port: u16,
        settings: &[(&str, &str)],
        log: &Log,
    ) -> Result<Self> {
        let mut command = Command::new(binary);
        command.args(["--port", &port.to_string()]).envs(settings.iter().copied());
        // It stays in our process group, so that ctrl-c reaches it even when no test is left to
        // stop it.
        let mut service =
            Service::spawn("the reference backend", &mut command, Reach::Process, log)?;
        let line = service.line(READY_LIMIT)?;
        let url = line
            .strip_prefix(READY)
            .with_context(|| format!("the reference backend tells no address: {line}"))?
            .trim_end_matches('/')
            .to_owned();
        Ok(Self { service, url })
    }

    /// Its address, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.url.rsplit(':').next().and_then(|port| port.parse().ok()).unwrap_or_default()
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.service.id()
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        self.service.is_running()
    }

    /// Asks it to stop, and lets it finish the requests that it has.
    pub fn terminate(&mut self) {
        self.service.terminate();
    }

    /// Stops it in good order, and waits for that.
    pub fn stop(mut self) {
        self.service.terminate();
        if !self.service.ends_within(STOP_LIMIT) {
            self.service.kill();
        }
    }

    /// Kills it at once; its port refuses connections from now on.
    pub fn kill(&mut self) {
        self.service.kill();
    }
}
