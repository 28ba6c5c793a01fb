//! Sites that other people's software serves, each with some content: WordPress from Debian, a
//! build of Next.js, a project of Django. Each is started for one test and stopped with it, on a
//! free port and in a folder of its own.
//!
//! What they are made of is in `tests/sites`. Nothing of it knows Breakwater.

mod django;
mod folder;
mod next;
mod wordpress;

use std::fmt;
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use rustix::process::Signal;

use crate::run;
use crate::servers::port;
use crate::service::{Log, Reach, Service};
use folder::SiteFolder;
pub use wordpress::PACKAGES as WORDPRESS_PACKAGES;

/// How many posts each site has: enough that some are on a second page of WordPress's front page.
pub const POSTS: u32 = 12;
/// Who may write.
pub const EDITOR: &str = "editor";
/// The editor's password.
pub const PASSWORD: &str = "correct-horse-battery";

/// Each listens within a second; the machine may be busy.
const START_LIMIT: Duration = Duration::from_secs(30);
const STOP_LIMIT: Duration = Duration::from_secs(5);
const POLL: Duration = Duration::from_millis(20);
/// Another process may take the port between its choice and its use.
const ATTEMPTS: u32 = 3;

/// Whose software serves a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SiteSoftware {
    /// WordPress, on Apache with mod_php, and MariaDB.
    WordPress,
    /// The standalone output of a build of Next.js.
    Next,
    /// A project of Django, on gunicorn with threads, and SQLite.
    Django,
}

impl SiteSoftware {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::WordPress, Self::Next, Self::Django];

    /// What commands and folders call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::WordPress => "wordpress",
            Self::Next => "next",
            Self::Django => "django",
        }
    }

    /// The host of the site.
    pub const fn host(self) -> &'static str {
        match self {
            Self::WordPress => "wordpress.example",
            Self::Next => "next.example",
            Self::Django => "django.example",
        }
    }

    /// What of it this machine lacks, for a sentence; nothing if it can be started.
    pub fn missing(self) -> Option<String> {
        match self {
            Self::WordPress => wordpress::missing(),
            // `cargo xtask` installs all that they need besides Node and Python.
            Self::Next | Self::Django => None,
        }
    }
}

impl fmt::Display for SiteSoftware {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::WordPress => "WordPress",
            Self::Next => "Next.js",
            Self::Django => "Django",
        })
    }
}

/// Where the software is that no package of the system brings.
#[derive(Clone, Debug, Default)]
pub struct SitePlaces {
    /// The program of Node.
    pub node: PathBuf,
    /// The standalone output of Next.js.
    pub next: PathBuf,
    /// Django's modules.
    pub django: PathBuf,
}

/// A running site. Dropping it stops it and removes its files.
#[derive(Debug)]
pub struct RealSite {
    software: SiteSoftware,
    folder: SiteFolder,
    places: SitePlaces,
    logs: PathBuf,
    port: u16,
    server: Option<Service>,
    database: Option<Service>,
}

impl RealSite {
    /// Fills a site and starts it. `host` is the host, with the port if it has one, under which
    /// visitors know it; what it logs lies in `logs` afterwards.
    pub fn start(
        software: SiteSoftware,
        places: &SitePlaces,
        host: &str,
        logs: &Path,
    ) -> Result<Self> {
        if let Some(missing) = software.missing() {
            bail!("{missing}");
        }
        std::fs::create_dir_all(logs)?;
        let folder = SiteFolder::new(software.name(), host)?;
        let (places, logs) = (places.clone(), logs.to_path_buf());
        let mut site =
            Self { software, folder, places, logs, port: 0, server: None, database: None };
        match software {
            SiteSoftware::WordPress => {
                wordpress::prepare(&site.folder, &site.logs)?;
                site.resume_database()?;
                wordpress::fill(&site.folder, &site.logs)?;
            }
            SiteSoftware::Next => next::prepare(&site.folder, &site.places)?,
            SiteSoftware::Django => django::prepare(&site.folder, &site.places, &site.logs)?,
        }
        for attempt in 1.. {
            site.port = port::free()?;
            match site.resume() {
                Err(_) if attempt < ATTEMPTS => {}
                started => return started.map(|()| site),
            }
        }
        bail!("no port is free")
    }

    /// Its own address, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The number of the server's process, which is that of its group too.
    pub fn id(&self) -> Option<u32> {
        self.server.as_ref().map(Service::id)
    }

    /// Stops the server: connections are refused from now on.
    pub fn stop(&mut self) {
        stop(self.server.take());
    }

    /// Starts the server again where it was, with what it had.
    pub fn resume(&mut self) -> Result<()> {
        let mut command = match self.software {
            SiteSoftware::WordPress => wordpress::server(&self.folder, self.port),
            SiteSoftware::Next => next::server(&self.folder, &self.places, self.port),
            SiteSoftware::Django => django::server(&self.folder, &self.places, self.port),
        };
        let port = self.port;
        let listens = move || TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok();
        self.server = Some(spawn("the site", &mut command, &self.log("server"), listens)?);
        Ok(())
    }

    /// Has the server stand still: the kernel accepts connections, as far as it does, and no answer
    /// comes.
    pub fn freeze(&mut self) {
        self.signal(Signal::STOP);
    }

    /// Has it go on.
    pub fn thaw(&mut self) {
        self.signal(Signal::CONT);
    }

    /// Stops the database, where it is a server of its own.
    pub fn stop_database(&mut self) {
        stop(self.database.take());
    }

    /// Starts the database again, where it is a server of its own.
    pub fn resume_database(&mut self) -> Result<()> {
        if self.software == SiteSoftware::WordPress {
            let folder = &self.folder;
            let listens = || wordpress::database_listens(folder);
            let log = self.log("database");
            self.database =
                Some(spawn("MariaDB", &mut wordpress::database(folder), &log, listens)?);
        }
        Ok(())
    }

    /// Removes the post of this slug where its content lies, as an author of a headless CMS does.
    pub fn remove_post(&self, slug: &str) -> Result<()> {
        match self.software {
            SiteSoftware::Next => next::remove_post(&self.folder, slug),
            SiteSoftware::WordPress | SiteSoftware::Django => {
                bail!("{} has its own back office for that", self.software)
            }
        }
    }

    fn signal(&mut self, signal: Signal) {
        if let Some(server) = &mut self.server {
            server.signal(signal);
        }
    }

    fn log(&self, name: &str) -> PathBuf {
        self.logs.join(name).with_extension("log")
    }
}

impl Drop for RealSite {
    fn drop(&mut self) {
        // The server first: it would write to its log that the database is gone.
        self.server = None;
        self.database = None;
    }
}

/// Starts a server with all that it starts, and waits until it listens.
fn spawn(
    name: &'static str,
    command: &mut Command,
    log: &Path,
    listens: impl Fn() -> bool,
) -> Result<Service> {
    let mut service = Service::spawn(name, command, Reach::Group, &Log::File(log.to_path_buf()))?;
    let start = Instant::now();
    while !listens() {
        ensure!(
            service.is_running() && start.elapsed() < START_LIMIT,
            "{name} does not start; {}",
            run::tail(log)
        );
        thread::sleep(POLL);
    }
    Ok(service)
}

fn stop(service: Option<Service>) {
    if let Some(mut service) = service {
        service.signal(Signal::CONT);
        service.terminate();
        service.ends_within(STOP_LIMIT);
        // What is left of its group.
        service.kill();
    }
}
