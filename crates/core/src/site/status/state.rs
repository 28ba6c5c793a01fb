//! How a component is, and how the whole site is.

use serde::{Deserialize, Serialize};

use crate::watch::incident::{Impact, IncidentIndicator};

/// How a component is. The order is that of the banner: of several components the greatest counts.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum ComponentState {
    /// It works.
    Operational,
    /// It is being worked on, as was announced.
    UnderMaintenance,
    /// Nothing is known of it, or nothing that is young enough.
    #[default]
    Unknown,
    /// It is slow, or a part of it that can be done without does not work.
    DegradedPerformance,
    /// It does not work for some visitors.
    PartialOutage,
    /// It does not work.
    MajorOutage,
}

impl ComponentState {
    /// All of them, in their order.
    pub const ALL: [Self; 6] = [
        Self::Operational,
        Self::UnderMaintenance,
        Self::Unknown,
        Self::DegradedPerformance,
        Self::PartialOutage,
        Self::MajorOutage,
    ];

    /// The name that pages, badges and texts use for programs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Operational => "operational",
            Self::UnderMaintenance => "under_maintenance",
            Self::Unknown => "unknown",
            Self::DegradedPerformance => "degraded_performance",
            Self::PartialOutage => "partial_outage",
            Self::MajorOutage => "major_outage",
        }
    }

    /// What it means in the words of Statuspage's API, which knows no `unknown` and whose clients
    /// refuse other words: what is not known to be well is not said to be.
    pub const fn as_statuspage(self) -> &'static str {
        match self {
            Self::Unknown => "degraded_performance",
            Self::Operational
            | Self::UnderMaintenance
            | Self::DegradedPerformance
            | Self::PartialOutage
            | Self::MajorOutage => self.as_str(),
        }
    }

    /// What it means for the whole site if no other component is worse.
    pub const fn indicator(self) -> StatusIndicator {
        match self {
            Self::Operational | Self::UnderMaintenance => IncidentIndicator::None,
            Self::Unknown | Self::DegradedPerformance => IncidentIndicator::Minor,
            Self::PartialOutage => IncidentIndicator::Major,
            Self::MajorOutage => IncidentIndicator::Critical,
        }
    }
}

impl From<Impact> for ComponentState {
    fn from(impact: Impact) -> Self {
        match impact {
            Impact::Operational => Self::Operational,
            Impact::DegradedPerformance => Self::DegradedPerformance,
            Impact::PartialOutage => Self::PartialOutage,
            Impact::MajorOutage => Self::MajorOutage,
        }
    }
}

/// How the whole site is, in Statuspage's words, whose clients refuse others.
pub type StatusIndicator = IncidentIndicator;
