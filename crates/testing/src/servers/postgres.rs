//! PostgreSQL for one test.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::Signal;

use super::account::Account;
use super::freeze::signal_all;
use super::port;
use super::programs::Programs;
use super::scratch::Scratch;
use crate::run;
use crate::service::{Log, Reach, Service};

/// The only user, and its password: the way to the database has a secret, as a real one has.
const USER: &str = "shop";
const PASSWORD: &str = "correct-horse-battery";
/// A cluster is made in a second; the machine may be busy.
const INIT_LIMIT: Duration = Duration::from_secs(60);
const START_LIMIT: Duration = Duration::from_secs(30);
const STOP_LIMIT: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(10);
/// Another process may take the port between its choice and its use.
const ATTEMPTS: u32 = 3;
/// What it writes when it can be asked.
const READY: &str = "database system is ready to accept connections";

/// A running PostgreSQL with an empty database. Dropping it stops it and removes its files.
///
/// It counts queries (`pg_stat_statements`), and its log tells of each connection's end.
#[derive(Debug)]
pub struct Postgres {
    programs: Programs,
    account: Option<Account>,
    scratch: Scratch,
    port: u16,
    service: Option<Service>,
}

impl Postgres {
    /// Makes a cluster and starts it.
    pub fn start(programs: &Programs) -> Result<Self> {
        let (account, scratch) = (Account::unprivileged()?, Scratch::new("postgres")?);
        let mut postgres =
            Self { programs: programs.clone(), account, scratch, port: 0, service: None };
        postgres.make_cluster()?;
        for attempt in 1.. {
            postgres.port = port::free()?;
            match postgres.resume() {
                Err(_) if attempt < ATTEMPTS => {}
                started => return started.map(|()| postgres),
            }
        }
        bail!("no port is free")
    }

    /// How to reach it, password included.
    pub fn url(&self) -> String {
        format!("postgres://{USER}:{PASSWORD}@127.0.0.1:{}/postgres", self.port)
    }

    /// The password in the URL.
    pub fn password(&self) -> &str {
        PASSWORD
    }

    /// All that it has logged.
    pub fn log(&self) -> String {
        let log = fs::read(self.log_file()).unwrap_or_default();
        String::from_utf8_lossy(&log).into_owned()
    }

    /// Stops it in good order; connections are ended.
    pub fn stop(&mut self) {
        if let Some(mut service) = self.service.take() {
            // SIGTERM would wait until the clients have gone.
            service.signal(Signal::INT);
            if !service.ends_within(STOP_LIMIT) {
                service.kill();
            }
        }
    }

    /// Starts it again where it was, with what it had.
    pub fn resume(&mut self) -> Result<()> {
        let told = self.log().matches(READY).count();
        let mut postgres = self.command(self.programs.postgres.clone());
        postgres.arg("-D").arg(self.data()).args(["-h", "127.0.0.1", "-k", ""]);
        postgres.args(["-p", &self.port.to_string()]);
        for setting in [
            "fsync=off",
            "shared_buffers=16MB",
            "max_connections=20",
            "autovacuum=off",
            "log_connections=on",
            "log_disconnections=on",
            // Connections that end without a good-bye are told of at this level only.
            "log_min_messages=debug1",
            "shared_preload_libraries=pg_stat_statements",
            "pg_stat_statements.track=all",
        ] {
            postgres.args(["-c", setting]);
        }
        let log = Log::File(self.log_file());
        let mut service = Service::spawn("PostgreSQL", &mut postgres, Reach::Process, &log)?;
        let start = Instant::now();
        while self.log().matches(READY).count() == told {
            if !service.is_running() || start.elapsed() > START_LIMIT {
                bail!("PostgreSQL does not start; {}", run::tail(&self.log_file()));
            }
            thread::sleep(POLL);
        }
        self.service = Some(service);
        Ok(())
    }

    /// Has it stand still: it accepts connections, as far as the kernel does, and answers nothing.
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

    fn make_cluster(&self) -> Result<()> {
        let password = self.scratch.path().join("password");
        fs::write(&password, PASSWORD)?;
        for path in [self.scratch.path(), &password] {
            if let Some(account) = self.account {
                account.own(path)?;
            }
        }
        let mut initdb = self.command(self.programs.initdb.clone());
        initdb.arg("-D").arg(self.data()).arg("--pwfile").arg(&password);
        initdb.args(["--username", USER, "--auth", "scram-sha-256", "--encoding", "UTF8"]);
        initdb.args(["--locale", "C", "--no-sync", "--no-instructions"]);
        run::quiet_within(&mut initdb, &self.scratch.path().join("initdb.log"), INIT_LIMIT)
            .context("cannot make a PostgreSQL cluster")
    }

    fn command(&self, program: PathBuf) -> Command {
        let mut command = Command::new(program);
        // Ours may be a folder that it must not enter.
        command.current_dir(self.scratch.path());
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(|name| name.starts_with("PG")) {
                command.env_remove(name);
            }
        }
        if let Some(account) = self.account {
            account.run(&mut command);
        }
        command
    }

    fn data(&self) -> PathBuf {
        self.scratch.path().join("data")
    }

    fn log_file(&self) -> PathBuf {
        self.scratch.path().join("postgres.log")
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // A process that stands still hears no signal but this.
        self.thaw();
        self.stop();
    }
}
