//! The way of browsers' reports to Sentry through the site, which ad blockers leave open.
//!
//! Browsers decide what they send, and it changes with each version of their SDK. So an envelope is
//! only framed: its first line says which project it is for, and the lines of its items say where
//! each payload ends. No payload is read. The request's content type says nothing, since an
//! envelope with an attachment has none.
//!
//! Breakwater's own pages do not know the project, and their envelopes name none. That is no
//! defect: the request that forwards an envelope names the project by its address and proves it by
//! a field, and an envelope may leave `dsn` out
//! (develop.sentry.dev/sdk/foundations/transport/authentication, .../envelopes). So no envelope is
//! rewritten.

use core::fmt;

use alloc::string::String;

use serde_json::Value;

use crate::base::sentry_dsn::SentryDsn;

/// The longest envelope that is forwarded, in bytes. Sentry takes an event of 1 MiB.
pub const ENVELOPE_MAX: usize = 1024 * 1024;
/// The largest number of items of an envelope that is forwarded.
pub const TUNNEL_ITEMS_MAX: usize = 100;
/// The longest line about the envelope or about an item, in bytes.
const HEAD_MAX: usize = 16 * 1024;
/// The fields of Sentry's answer that browsers are given, with its status: when to send again.
pub const TUNNEL_ANSWER_FIELDS: [&str; 2] = ["retry-after", "x-sentry-rate-limits"];

/// An envelope that may be forwarded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TunnelForward<'a> {
    /// Where to.
    pub url: String,
    /// The fields of the request. None of the browser's are sent on: neither its cookies nor its
    /// address.
    pub fields: [(&'static str, String); 3],
    /// The body, as it came.
    pub body: &'a [u8],
    /// The number of its items.
    pub items: usize,
}

/// Why an envelope is not forwarded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TunnelRefusal {
    /// It is too long.
    TooLong,
    /// It has too many items.
    TooManyItems,
    /// It is no envelope.
    Malformed,
    /// It names another project.
    OtherProject,
}

impl TunnelRefusal {
    /// Returns the status of the answer.
    pub const fn status(self) -> u16 {
        match self {
            Self::TooLong | Self::TooManyItems => 413,
            Self::Malformed => 400,
            Self::OtherProject => 403,
        }
    }
}

impl fmt::Display for TunnelRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => write!(f, "the envelope is too long, expected {ENVELOPE_MAX} bytes"),
            Self::TooManyItems => {
                write!(f, "the envelope has too many items, expected {TUNNEL_ITEMS_MAX}")
            }
            Self::Malformed => write!(f, "the body is not an envelope"),
            Self::OtherProject => write!(f, "the envelope is not for this site's project"),
        }
    }
}

impl core::error::Error for TunnelRefusal {}

/// Says where to forward what a browser sent, if it is an envelope for the allowed project, or for
/// none in particular.
///
/// # Errors
/// Returns [`TunnelRefusal`] if it is not to be forwarded.
pub fn frame<'a>(body: &'a [u8], allowed: &SentryDsn) -> Result<TunnelForward<'a>, TunnelRefusal> {
    if body.len() > ENVELOPE_MAX {
        return Err(TunnelRefusal::TooLong);
    }
    let (head, mut rest) = line(body);
    let head = object(head)?;
    if let Some(dsn) = head.get("dsn") {
        let dsn = dsn.as_str().and_then(|dsn| SentryDsn::parse(dsn).ok());
        if dsn.as_ref() != Some(allowed) {
            return Err(TunnelRefusal::OtherProject);
        }
    }
    let mut items = 0;
    while let Some(behind) = rest.filter(|rest| !rest.is_empty()) {
        if items == TUNNEL_ITEMS_MAX {
            return Err(TunnelRefusal::TooManyItems);
        }
        rest = behind_item(behind)?;
        items += 1;
    }
    if items == 0 {
        return Err(TunnelRefusal::Malformed);
    }
    Ok(TunnelForward { url: allowed.envelope_url(), fields: allowed.fields(), body, items })
}

/// Returns what follows the first item. Its payload ends after the length that its line states, or
/// with its line.
fn behind_item(bytes: &[u8]) -> Result<Option<&[u8]>, TunnelRefusal> {
    let (head, payload) = line(bytes);
    let head = object(head)?;
    let payload = payload.ok_or(TunnelRefusal::Malformed)?;
    if !head.get("type").is_some_and(Value::is_string) {
        return Err(TunnelRefusal::Malformed);
    }
    let Some(length) = head.get("length").filter(|length| !length.is_null()) else {
        return Ok(line(payload).1);
    };
    let length = length.as_u64().and_then(|length| usize::try_from(length).ok());
    let behind = length.and_then(|length| payload.get(length..));
    match behind.ok_or(TunnelRefusal::Malformed)? {
        [] => Ok(None),
        [b'\n', rest @ ..] => Ok(Some(rest)),
        _ => Err(TunnelRefusal::Malformed),
    }
}

/// Splits off the first line. There is nothing behind the last one.
fn line(bytes: &[u8]) -> (&[u8], Option<&[u8]>) {
    match memchr::memchr(b'\n', bytes).and_then(|end| bytes.split_at_checked(end)) {
        Some((line, rest)) => (line, rest.get(1..)),
        None => (bytes, None),
    }
}

fn object(line: &[u8]) -> Result<Value, TunnelRefusal> {
    if line.len() > HEAD_MAX {
        return Err(TunnelRefusal::Malformed);
    }
    let value: Option<Value> = serde_json::from_slice(line).ok();
    value.filter(Value::is_object).ok_or(TunnelRefusal::Malformed)
}
