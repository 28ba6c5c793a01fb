//! The meaning of an answer, or of its absence, for the health of a dependency.

use alloc::format;
use alloc::vec::Vec;

use super::reading::DependencyReading;
use super::{Dependency, DependencyKind, backend, s3, statuspage, supabase, upstash};
use crate::base::time::Millis;
use crate::circuit::outcome::Dialect;
use crate::watch::health::{Measurement, Status};

/// Bytes of a body that are read at most; the rest says nothing. A health document with dozens of
/// parts fits several times over.
pub const BODY_MAX: usize = 64 * 1024;

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DependencyAnswer<'a> {
    /// With an answer, of whose body the first [`BODY_MAX`] bytes are looked at.
    Answered {
        /// The status code.
        status: u16,
        /// The body.
        body: &'a [u8],
    },
    /// With an answer whose body has more than [`BODY_MAX`] bytes, so that it was not read.
    TooLong {
        /// The status code.
        status: u16,
    },
    /// Without an answer in time.
    TimedOut,
    /// Without a connection, or with one that broke before the answer.
    Disconnected,
}

impl Dependency {
    /// What the answer says of the dependency; `took` is how long it was waited for. The first
    /// measurement is the verdict, the others are about its parts, as it tells them itself.
    ///
    /// ```
    /// use breakwater_core::watch::dependency::*;
    /// use breakwater_core::watch::health::{Group, Status};
    /// use breakwater_core::base::time::Millis;
    ///
    /// let storage = Dependency {
    ///     name: "storage".into(),
    ///     kind: DependencyKind::SupabaseStorage,
    ///     url: DependencyUrl::parse("https://shop.supabase.co", DependencyKind::SupabaseStorage)?,
    ///     timeout: Millis::from_secs(5),
    ///     every: Millis::from_secs(30),
    ///     critical: false,
    ///     group: Group::All,
    ///     secret: None,
    /// };
    /// let unwell = DependencyAnswer::Answered { status: 200, body: br#"{"healthy":false}"# };
    /// let found = storage.read(unwell, Millis::new(80));
    /// assert_eq!(found[0].status, Status::Fail);
    /// # Ok::<(), breakwater_core::watch::dependency::DependencyUrlError>(())
    /// ```
    pub fn read(&self, answer: DependencyAnswer<'_>, took: Millis) -> Vec<Measurement> {
        self.kind.read(answer, self.timeout, took)
    }
}

impl DependencyKind {
    /// The same for a dependency of this kind, whose answers are waited for no longer than
    /// `timeout`.
    pub fn read(
        self,
        answer: DependencyAnswer<'_>,
        timeout: Millis,
        took: Millis,
    ) -> Vec<Measurement> {
        self.reading(answer, timeout).measurements(took)
    }

    fn reading(self, answer: DependencyAnswer<'_>, timeout: Millis) -> DependencyReading {
        let (status, body) = match answer {
            DependencyAnswer::Answered { status, body } => {
                (status, body.get(..BODY_MAX).unwrap_or(body))
            }
            DependencyAnswer::TooLong { status } => return self.unread(status),
            DependencyAnswer::TimedOut => {
                return self.unanswered(&format!("no answer within {timeout}"));
            }
            DependencyAnswer::Disconnected => return self.unanswered("no connection"),
        };
        self.answered(status, body)
    }

    fn answered(self, status: u16, body: &[u8]) -> DependencyReading {
        match self {
            Self::Http => http(status),
            Self::BackendHealth => backend::read(status, body),
            Self::SupabaseRest => supabase::read(Dialect::SupabasePostgrest, status, body),
            Self::SupabaseAuth => supabase::read(Dialect::SupabaseAuth, status, body),
            Self::SupabaseStorage => supabase::read(Dialect::SupabaseStorage, status, body),
            Self::UpstashRedis => upstash::read(status, body),
            Self::Statuspage => statuspage::read(status, body),
            Self::S3 => s3::read(status, body),
        }
    }

    fn unread(self, status: u16) -> DependencyReading {
        let by_status = self.answered(status, b"");
        let is_told_by_status = status >= 400 || matches!(self, Self::Http | Self::S3);
        if is_told_by_status {
            return by_status;
        }
        let limit = BODY_MAX / 1024;
        let why = format!("it answered {status}, but with more than {limit} KiB");
        DependencyReading::new(by_status.status, &why)
    }

    fn unanswered(self, why: &str) -> DependencyReading {
        // A status page is somebody else's word: without it nothing is known.
        let status = if self == Self::Statuspage { Status::Warn } else { Status::Fail };
        DependencyReading::new(status, why)
    }
}

/// Any web server; only that we ask too often says nothing of it.
fn http(status: u16) -> DependencyReading {
    match status {
        429 => DependencyReading::new(Status::Warn, "it says that we ask too often (429)"),
        200..=399 => DependencyReading::pass(),
        _ => DependencyReading::new(Status::Fail, &format!("it answered {status}")),
    }
}
