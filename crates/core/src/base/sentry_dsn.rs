//! The DSN, which is the address of a project at Sentry: for reports of errors, and for alerts.

use core::fmt;

use alloc::format;
use alloc::string::{String, ToString as _};

use crate::base::origin::Origin;

/// What our requests call themselves.
pub const SENTRY_CLIENT: &str = concat!("breakwater/", env!("CARGO_PKG_VERSION"));

/// The longest key of a project, in bytes. Sentry's have 32.
const KEY_MAX: usize = 64;
/// The longest name of a project, in bytes. Sentry's are numbers of 64 bits, of up to 20 digits.
const PROJECT_MAX: usize = 64;

/// The address of a project, `https://KEY@HOST/PREFIX/PROJECT`
/// (develop.sentry.dev/sdk/foundations/transport/authentication).
///
/// Old ones have a secret part too, `KEY:SECRET@`, which Sentry no longer wants to be sent. It is
/// not kept. The key lets its bearer fill the project with reports, so it is not shown either.
#[derive(Clone, PartialEq, Eq)]
pub struct SentryDsn {
    /// The scheme, the host, the port, and the prefix without a slash at its end.
    base: Origin,
    key: String,
    project: String,
}

impl SentryDsn {
    /// Reads a DSN. White space around it is left out, since secrets are pasted with line breaks.
    ///
    /// # Errors
    /// Returns [`SentryDsnError`] if the text is not a DSN. The error does not show the text.
    pub fn parse(text: &str) -> Result<Self, SentryDsnError> {
        Self::read(text.trim()).ok_or(SentryDsnError)
    }

    fn read(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let (user, rest) = rest.split_once('@')?;
        let key = user.split_once(':').map_or(user, |(key, _)| key);
        let (place, project) = rest.rsplit_once('/')?;
        let is_key =
            (1..=KEY_MAX).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_alphanumeric());
        let is_project = (1..=PROJECT_MAX).contains(&project.len())
            && project.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        if !is_key || !is_project {
            return None;
        }
        let base = Origin::parse(&format!("{scheme}://{place}")).ok()?;
        Some(Self { base, key: key.into(), project: project.into() })
    }

    /// Returns the address that envelopes are posted to. It holds no secret.
    pub fn envelope_url(&self) -> String {
        format!("{}/api/{}/envelope/", self.base, self.project)
    }

    /// Returns the fields of a request with an envelope. The value of `x-sentry-auth` holds the
    /// key.
    pub fn fields(&self) -> [(&'static str, String); 3] {
        let key = &self.key;
        [
            ("content-type", "application/x-sentry-envelope".to_string()),
            ("user-agent", SENTRY_CLIENT.to_string()),
            (
                "x-sentry-auth",
                format!("Sentry sentry_version=7, sentry_client={SENTRY_CLIENT}, sentry_key={key}"),
            ),
        ]
    }
}

/// Only the host is shown.
impl fmt::Debug for SentryDsn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SentryDsn").field("host", &self.base.authority()).finish_non_exhaustive()
    }
}

/// The text is not a DSN. It may be another secret, so the error does not show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SentryDsnError;

impl fmt::Display for SentryDsnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the value is not a DSN, expected one such as `https://key@host/1`")
    }
}

impl core::error::Error for SentryDsnError {}
