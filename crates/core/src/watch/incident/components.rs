//! What an incident means for the parts of a site, and for the whole of it.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::watch::severity::Severity;

/// Components of one incident: a status page that has more of them is not read.
pub const COMPONENTS_MAX: usize = 32;
/// The longest name of a component, in characters.
pub const COMPONENT_NAME_MAX: usize = 64;

/// What an incident means for a component, from the least to the worst, in Statuspage's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Impact {
    /// Nothing.
    Operational,
    /// It is slow, or a part of it that can be done without does not work.
    DegradedPerformance,
    /// It does not work for some visitors.
    PartialOutage,
    /// It does not work.
    MajorOutage,
}

impl Impact {
    /// All of them, from the least to the worst.
    pub const ALL: [Self; 4] =
        [Self::Operational, Self::DegradedPerformance, Self::PartialOutage, Self::MajorOutage];

    /// The name that documents and the operators' API use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Operational => "operational",
            Self::DegradedPerformance => "degraded_performance",
            Self::PartialOutage => "partial_outage",
            Self::MajorOutage => "major_outage",
        }
    }

    /// What it means for the whole site if no other component has more.
    pub const fn indicator(self) -> IncidentIndicator {
        match self {
            Self::Operational => IncidentIndicator::None,
            Self::DegradedPerformance => IncidentIndicator::Minor,
            Self::PartialOutage => IncidentIndicator::Major,
            Self::MajorOutage => IncidentIndicator::Critical,
        }
    }
}

/// A component with what an incident means for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComponentImpact {
    /// Its name.
    pub name: String,
    /// What the incident means for it.
    pub impact: Impact,
}

/// What an incident means for the whole site, from the least to the worst. Clients of Statuspage's
/// API refuse other words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IncidentIndicator {
    /// Nothing.
    None,
    /// Visitors hardly notice it.
    Minor,
    /// Something does not work.
    Major,
    /// What visitors came for does not work.
    Critical,
}

impl IncidentIndicator {
    /// The name that documents and the operators' API use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Minor => "minor",
            Self::Major => "major",
            Self::Critical => "critical",
        }
    }

    /// What an incident of this severity means, as long as no component is named.
    pub const fn of(severity: Severity) -> Self {
        match severity {
            Severity::P0 => Self::Critical,
            Severity::P1 => Self::Major,
            Severity::P2 | Severity::P3 => Self::Minor,
        }
    }
}

/// Sets the impact of the components that `changed` names, and leaves the others as they are. What
/// is more than [`COMPONENTS_MAX`] is left out.
pub(super) fn merge(components: &mut Vec<ComponentImpact>, changed: &[ComponentImpact]) {
    for change in changed {
        if let Some(known) = components.iter_mut().find(|known| known.name == change.name) {
            known.impact = change.impact;
        } else if components.len() < COMPONENTS_MAX {
            components.push(change.clone());
        }
    }
}
