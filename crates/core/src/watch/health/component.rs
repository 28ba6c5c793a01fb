//! A part of the service whose health is measured.

use serde::{Deserialize, Serialize};

use super::HealthName;
use crate::base::time::Millis;

/// A part of the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Component {
    /// Its name, unique in the service.
    pub name: HealthName,
    /// What it is.
    pub kind: ComponentKind,
    /// Whether the service is of no use without it.
    pub critical: bool,
    /// The interval at which it is measured.
    pub every: Millis,
    /// The narrowest group that it belongs to.
    pub group: Group,
    /// What is measured of it in the first place; shown while nothing has been.
    pub measures: HealthName,
}

/// What a component is, in the draft's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ComponentKind {
    /// A part of the service, or another service.
    Component,
    /// Something that stores data.
    Datastore,
    /// The machine or the process.
    System,
}

/// The groups of components, by who asks for them. Each group contains the groups before it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Group {
    /// For the supervisor that restarts the process: only the parts that a restart could mend.
    Live,
    /// For the load balancer that sends it traffic: only the parts that its answers need.
    Ready,
    /// For the operators: all parts.
    #[default]
    All,
}

impl Group {
    /// Whether it holds a component that belongs to `group`.
    pub fn holds(self, group: Self) -> bool {
        group <= self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_group_holds_those_before_it() {
        let groups = [Group::Live, Group::Ready, Group::All];
        for (outer, group) in groups.into_iter().enumerate() {
            for (inner, member) in groups.into_iter().enumerate() {
                assert_eq!(group.holds(member), inner <= outer, "{group:?} {member:?}");
            }
        }
    }
}
