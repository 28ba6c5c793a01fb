//! The status of a measurement, a part or the whole.

use core::fmt;

use serde::{Deserialize, Serialize};

/// The health of a part or of the whole; the worse it is, the greater.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Well.
    #[default]
    Pass,
    /// It works, and something is wrong with it.
    Warn,
    /// It does not work.
    Fail,
}

impl Status {
    /// The word that the draft has for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }

    /// The status code of a response with this status: a service that warns still serves.
    pub const fn http_status(self) -> u16 {
        match self {
            Self::Pass | Self::Warn => 200,
            Self::Fail => 503,
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The effect of a component on the whole; the worse it is, the greater.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HealthVerdict {
    /// Nothing is wrong.
    #[default]
    Pass,
    /// Something is wrong, and the service works.
    Warn,
    /// It is not known whether a critical component works.
    Stale,
    /// A critical component does not work.
    Fail,
}

impl HealthVerdict {
    /// What is said about it.
    pub const fn status(self) -> Status {
        match self {
            Self::Pass => Status::Pass,
            Self::Warn => Status::Warn,
            Self::Stale | Self::Fail => Status::Fail,
        }
    }
}

impl From<Status> for HealthVerdict {
    fn from(status: Status) -> Self {
        match status {
            Status::Pass => Self::Pass,
            Status::Warn => Self::Warn,
            Status::Fail => Self::Fail,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_draft_wants_success_for_what_warns_and_an_error_for_what_fails() {
        for (status, code) in [(Status::Pass, 200), (Status::Warn, 200), (Status::Fail, 503)] {
            assert_eq!(status.http_status(), code, "{status}");
        }
    }

    #[test]
    fn the_stored_name_is_the_word() {
        for status in [Status::Pass, Status::Warn, Status::Fail] {
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
        }
    }

    #[test]
    fn a_worse_verdict_is_never_a_better_status() {
        let verdicts =
            [HealthVerdict::Pass, HealthVerdict::Warn, HealthVerdict::Stale, HealthVerdict::Fail];
        assert!(verdicts.is_sorted());
        assert!(verdicts.map(HealthVerdict::status).is_sorted());
    }
}
