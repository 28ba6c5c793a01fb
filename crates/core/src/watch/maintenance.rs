//! Maintenance: times at which visitors are told that the site is being worked on.
//!
//! Windows come from the site file and from operators. During a window, requests for its paths are
//! not forwarded to the upstream, unless the visitor shows the secret that lets operators see the
//! real site.

mod recurrence;
mod series;

use alloc::string::String;
use alloc::vec::Vec;

pub use recurrence::{RECURRENCE_TEXT_MAX, Recurrence, RecurrenceError};
use serde::{Deserialize, Serialize};
pub use series::MaintenanceSeries;

use crate::base::pattern::Pattern;
use crate::base::time::{Millis, Timestamp};

/// Windows of a site file.
pub const WINDOWS_MAX: usize = 50;
/// Longest window: what is closed for longer is no maintenance.
pub const LASTS_MAX: Millis = Millis::from_secs(30 * 24 * 3600);
/// Longest message, in characters.
pub const MESSAGE_MAX: usize = 300;
/// The request field that shows the secret.
pub const PASS_FIELD: &str = "breakwater-maintenance";

/// A time of maintenance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Wire", from = "Wire")]
pub struct Window {
    /// The paths that it is for.
    pub pattern: Pattern,
    /// Its first moment.
    pub start: Timestamp,
    /// The first moment after it.
    pub end: Timestamp,
    /// What visitors are told.
    pub message: Option<String>,
}

/// The fields in order.
#[derive(Serialize, Deserialize)]
struct Wire(Pattern, Timestamp, Timestamp, Option<String>);

impl From<Window> for Wire {
    fn from(Window { pattern, start, end, message }: Window) -> Self {
        Self(pattern, start, end, message)
    }
}

impl From<Wire> for Window {
    fn from(Wire(pattern, start, end, message): Wire) -> Self {
        Self { pattern, start, end, message }
    }
}

impl Window {
    /// Whether it holds at `now`.
    pub fn holds(&self, now: Timestamp) -> bool {
        (self.start..self.end).contains(&now)
    }
}

/// What the site file says of maintenance.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "(Option<String>, Vec<Window>)", from = "(Option<String>, Vec<Window>)")]
pub struct Maintenance {
    /// The Worker secret whose value in [`PASS_FIELD`] lets a visitor pass.
    pub secret: Option<String>,
    /// In the file's order.
    pub windows: Vec<Window>,
}

impl From<Maintenance> for (Option<String>, Vec<Window>) {
    fn from(Maintenance { secret, windows }: Maintenance) -> Self {
        (secret, windows)
    }
}

impl From<(Option<String>, Vec<Window>)> for Maintenance {
    fn from((secret, windows): (Option<String>, Vec<Window>)) -> Self {
        Self { secret, windows }
    }
}
