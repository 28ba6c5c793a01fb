//! Whether the site is closed for maintenance, by the file or by operators.

use crate::base::pattern::Pattern;
use crate::base::time::{Millis, Timestamp};
use crate::site::standing::SiteState;
use crate::watch::maintenance::Maintenance;

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
    standing: &'a SiteState,
    normalised_path: &str,
    now: Timestamp,
) -> Option<Closed<'a>> {
    closed_by(file, standing, |pattern| pattern.matches(normalised_path), now)
}

/// Whether the whole site is closed at `now`, whatever the path.
pub fn site_closed<'a>(
    file: &'a Maintenance,
    standing: &'a SiteState,
    now: Timestamp,
) -> Option<Closed<'a>> {
    closed_by(file, standing, Pattern::matches_everything, now)
}

fn closed_by<'a>(
    file: &'a Maintenance,
    standing: &'a SiteState,
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
