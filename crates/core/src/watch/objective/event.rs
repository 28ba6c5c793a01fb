//! What happens to an objective.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use crate::watch::severity::Severity;

/// What a budget that burns too fast asks of people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BurnAlert {
    /// To act at once.
    Page,
    /// To act within days.
    Ticket,
}

impl BurnAlert {
    /// Both, the more urgent one first.
    pub const ALL: [Self; 2] = [Self::Page, Self::Ticket];

    /// The name that documents and the operators' API use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Ticket => "ticket",
        }
    }

    /// How much its incident matters if the site file does not say.
    pub const fn severity(self) -> Severity {
        match self {
            Self::Page => Severity::P1,
            Self::Ticket => Severity::P3,
        }
    }
}

/// An alert of an objective begins or ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectiveEvent {
    /// The name of the objective.
    pub objective: String,
    /// Which alert.
    pub alert: BurnAlert,
    /// Whether it begins.
    pub is_firing: bool,
}
