//! Redis for one test.

use std::process::Command;
use std::time::Duration;

use anyhow::{Result, bail};
use rustix::process::Signal;

use super::freeze::signal_all;
use super::port;
use super::programs::Programs;
use super::scratch::Scratch;
use crate::service::{Log, Reach, Service};

/// The way to it has a secret, as a real one has.
const PASSWORD: &str = "staple-of-the-horse";
const START_LIMIT: Duration = Duration::from_secs(20);
const STOP_LIMIT: Duration = Duration::from_secs(10);
/// Another process may take the port between its choice and its use.
const ATTEMPTS: u32 = 3;
/// What it prints when it can be asked.
const READY: &str = "eady to accept connections";

/// A running Redis that keeps nothing. Dropping it stops it.
#[derive(Debug)]
pub struct Redis {
    programs: Programs,
    scratch: Scratch,
    port: u16,
    service: Option<Service>,
}

impl Redis {
    /// Starts it.
    pub fn start(programs: &Programs) -> Result<Self> {
        let scratch = Scratch::new("redis")?;
        let mut redis = Self { programs: programs.clone(), scratch, port: 0, service: None };
        for attempt in 1.. {
            redis.port = port::free()?;
            match redis.resume() {
                Err(_) if attempt < ATTEMPTS => {}
                started => return started.map(|()| redis),
            }
        }
        bail!("no port is free")
    }

    /// How to reach it, password included.
    pub fn url(&self) -> String {
        format!("redis://:{PASSWORD}@127.0.0.1:{}", self.port)
    }

    /// The password in the URL.
    pub fn password(&self) -> &str {
        PASSWORD
    }

    /// Stops it; connections are ended.
    pub fn stop(&mut self) {
        if let Some(mut service) = self.service.take() {
            service.terminate();
            if !service.ends_within(STOP_LIMIT) {
                service.kill();
            }
        }
    }

    /// Starts it again where it was, empty.
    pub fn resume(&mut self) -> Result<()> {
        let mut redis = Command::new(&self.programs.redis);
        redis.args(["--bind", "127.0.0.1", "--port", &self.port.to_string()]);
        redis.args(["--save", "", "--appendonly", "no", "--requirepass", PASSWORD]);
        redis.arg("--dir").arg(self.scratch.path());
        let log = Log::File(self.scratch.path().join("redis.log"));
        let mut service = Service::spawn("Redis", &mut redis, Reach::Process, &log)?;
        while !service.line(START_LIMIT)?.contains(READY) {}
        self.service = Some(service);
        Ok(())
    }

    /// Has it stand still: the kernel accepts connections for it, and it answers nothing.
    pub fn freeze(&self) {
        self.signal_all(Signal::STOP);
    }

    /// Has it go on.
    pub fn thaw(&self) {
        self.signal_all(Signal::CONT);
    }

    fn signal_all(&self, signal: Signal) {
        if let Some(service) = &self.service {
            signal_all(service.id(), signal);
        }
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        // A process that stands still hears no signal but this.
        self.thaw();
        self.stop();
    }
}
