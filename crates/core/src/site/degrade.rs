//! The ladder: what a visitor gets when the upstream does not answer well.
//!
//! origin → retry → backup → stale stored response of this colo → snapshot → the upstream's own
//! answer, if it gave one → the fallback. [`Attempts`] decides which upstream is called, how often
//! and until when. [`Ladder`] decides which answer the visitor gets, and when. The calls go on
//! after the visitor has been answered.

mod attempts;
mod banner;
mod fallback;
mod ladder;
mod rungs;
mod trouble;
mod watch;

use serde::{Deserialize, Serialize};

use crate::telemetry::log::LogSeverity;
use crate::watch::incident::EdgeShares;

pub use attempts::{Attempts, CallPolicy, HELD_MAX, LastAttempt, NextAttempt, RequestBody, Target};
pub use banner::BannerRule;
pub use fallback::{Fallback, Form, events};
pub use ladder::{
    AtHand, CallResult, FailedCalls, HEAR_EVERY, HEAR_FOR, Handles, LOOKUP_TIMEOUT, Ladder,
    LadderStep, NotFound, Rung, Setback, SnapshotLookup, StandInLookup, Start, StoredLookup,
    Waiting,
};
pub use rungs::{Rungs, StoredUse};
pub use trouble::Trouble;
pub use watch::{ALERT_FOR, BodyWatch, JUDGED_AFTER, WATCH_EVERY};

/// Where an answer came from: the token `source` of the field `Breakwater`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The upstream that the route names.
    Origin,
    /// The upstream that stands in for it.
    Backup,
    /// A stored response that is what the upstream would say, by its own word.
    Cache,
    /// A stored response that is no longer, or not yet known to be, what the upstream would say.
    Stale,
    /// A last-known-good stored response that outlives the colo's.
    Snapshot,
    /// Breakwater, because the site is being worked on.
    Maintenance,
    /// Breakwater itself.
    Fallback,
}

impl Source {
    /// Whether a stored response of this source steps in because the upstream does not do well, so
    /// that a page says that it is one.
    pub const fn steps_in(self) -> bool {
        match self {
            Self::Stale | Self::Snapshot => true,
            Self::Origin | Self::Backup | Self::Cache | Self::Maintenance | Self::Fallback => false,
        }
    }

    /// Counts an answer of this source with this status.
    pub const fn count(self, status: u16, answers: &mut EdgeShares) {
        let of_source = match self {
            Self::Origin | Self::Backup => &mut answers.origin,
            Self::Cache | Self::Stale => &mut answers.copies,
            Self::Snapshot => &mut answers.snapshots,
            Self::Fallback => &mut answers.fallbacks,
            Self::Maintenance => &mut answers.other,
        };
        *of_source = of_source.saturating_add(1);
        answers.errors = answers.errors.saturating_add((status >= 500) as u64);
    }

    /// How bad an answer from here is. A failure that operators have announced is none.
    pub const fn severity(self, status: u16) -> LogSeverity {
        match self {
            Self::Origin | Self::Cache => LogSeverity::of_answer(status, false),
            Self::Backup | Self::Stale | Self::Snapshot | Self::Fallback => {
                LogSeverity::of_answer(status, true)
            }
            Self::Maintenance => LogSeverity::Info,
        }
    }

    /// The token in the header.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Origin => "origin",
            Self::Backup => "backup",
            Self::Cache => "cache",
            Self::Stale => "stale",
            Self::Snapshot => "snapshot",
            Self::Maintenance => "maintenance",
            Self::Fallback => "fallback",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_is_not_the_upstreams_own_is_a_warning() {
        for (source, status, severity) in [
            (Source::Origin, 200, LogSeverity::Info),
            (Source::Origin, 502, LogSeverity::Error),
            (Source::Cache, 200, LogSeverity::Info),
            (Source::Backup, 200, LogSeverity::Warn),
            (Source::Stale, 200, LogSeverity::Warn),
            (Source::Snapshot, 200, LogSeverity::Warn),
            (Source::Fallback, 503, LogSeverity::Error),
            (Source::Maintenance, 503, LogSeverity::Info),
        ] {
            assert_eq!(source.severity(status), severity, "{source:?}, {status}");
        }
    }
}
