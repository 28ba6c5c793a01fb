//! Maintenance: times at which visitors are told that the site is being worked on.
//!
//! Windows come from the site file and from operators. What one of them is for is not forwarded
//! to the upstream, unless the visitor shows the secret that lets operators see the real site.

use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

use crate::config::Pattern;
use crate::standing::Standing;
use crate::time::{Millis, Timestamp};

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

/// The site is closed for this visitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed<'a> {
    /// When it opens again, as far as is known.
    pub until: Timestamp,
    /// What visitors are told.
    pub message: Option<&'a str>,
}

impl Closed<'_> {
    /// For `Retry-After`: until it opens, at least a second.
    pub fn retry_after(&self, now: Timestamp) -> Millis {
        self.until.since(now).max(Millis::from_secs(1))
    }
}

/// Whether a path is closed at `now`, by the file or by operators. The path is normalised.
///
/// Of several windows the one that ends last tells visitors why; one that follows on another
/// without a gap moves the end.
pub fn closed<'a>(
    file: &'a Maintenance,
    standing: &'a Standing,
    normalised_path: &str,
    now: Timestamp,
) -> Option<Closed<'a>> {
    closed_by(file, standing, |pattern| pattern.matches(normalised_path), now)
}

/// Whether the whole site is closed at `now`, whatever the path.
pub fn site_closed<'a>(
    file: &'a Maintenance,
    standing: &'a Standing,
    now: Timestamp,
) -> Option<Closed<'a>> {
    closed_by(file, standing, Pattern::matches_everything, now)
}

fn closed_by<'a>(
    file: &'a Maintenance,
    standing: &'a Standing,
    concerns: impl Fn(&Pattern) -> bool,
    now: Timestamp,
) -> Option<Closed<'a>> {
    let windows = || {
        let of_file = file.windows.iter().filter(|window| !standing.is_lifted(window));
        of_file.chain(standing.windows()).filter(|window| concerns(&window.pattern))
    };
    let first = windows().filter(|window| window.holds(now)).max_by_key(|window| window.end)?;
    let mut until = first.end;
    // Each turn finds a later end, so there are no more turns than windows.
    while let Some(next) = windows().find(|next| next.start <= until && next.end > until) {
        until = next.end;
    }
    Some(Closed { until, message: first.message.as_deref() })
}
