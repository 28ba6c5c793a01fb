//! A reference backend that fails when it is told to.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use breakwater_testing::{Log, Origin};

use super::outage::Outage;
use super::wire::Connection;

/// A control request is answered within 10 s, whatever else the machine does.
const LIMIT: Duration = Duration::from_secs(10);
/// Its volume may be as full as the machine's owner likes, and its log needs no refusals.
const SETTINGS: [(&str, &str); 3] =
    [("DISK_WARN", "never"), ("DISK_FAIL", "never"), ("LOG_LEVEL", "error")];

/// The backend of one tool. It ends with the value.
pub(super) struct Backend {
    binary: PathBuf,
    folder: PathBuf,
    port: u16,
    origin: Origin,
}

impl Backend {
    /// Starts it on this port. `folder`: where its log and its file of arrivals are.
    pub(super) fn start(binary: &Path, port: u16, folder: &Path) -> Result<Self> {
        let (binary, folder) = (binary.to_owned(), folder.to_owned());
        let origin = start(&binary, port, &folder)?;
        Ok(Self { binary, folder, port, origin })
    }

    /// `http://host:port`.
    pub(super) fn url(&self) -> &str {
        self.origin.url()
    }

    /// Has it fail.
    pub(super) fn strike(&mut self, outage: Outage) -> Result<()> {
        match outage.fault() {
            Some(fault) => self.control("POST", fault, 201),
            None => {
                self.origin.kill();
                Ok(())
            }
        }
    }

    /// Has it work again.
    pub(super) fn mend(&mut self, outage: Outage) -> Result<()> {
        if outage.fault().is_some() {
            return self.control("DELETE", "", 204);
        }
        self.origin = start(&self.binary, self.port, &self.folder)?;
        Ok(())
    }

    /// Its file of arrivals, as it is now.
    pub(super) fn arrivals(&self) -> Result<String> {
        let path = arrivals(&self.folder);
        fs::read_to_string(&path).with_context(|| format!("no {}", path.display()))
    }

    fn control(&self, method: &str, body: &str, expected: u16) -> Result<()> {
        let authority = self.url().trim_start_matches("http://");
        let request = format!(
            "{method} /__faults HTTP/1.1\r\nhost: {authority}\r\ncontent-length: {}\r\n\
             connection: close\r\n\r\n{body}",
            body.len()
        );
        let answer = Connection::open(authority)
            .and_then(|mut it| it.exchange(request.as_bytes(), Instant::now() + LIMIT));
        let answer = answer.ok().with_context(|| format!("{authority} takes no faults"))?;
        ensure!(answer.status == expected, "{method} /__faults: status {}", answer.status);
        Ok(())
    }
}

fn start(binary: &Path, port: u16, folder: &Path) -> Result<Origin> {
    let arrivals = arrivals(folder).to_string_lossy().into_owned();
    let settings = [&SETTINGS[..], &[("ARRIVALS", &arrivals)]].concat();
    Origin::start_with(binary, port, &settings, &Log::File(folder.join("backend.log")))
}

fn arrivals(folder: &Path) -> PathBuf {
    folder.join("arrivals.tsv")
}
