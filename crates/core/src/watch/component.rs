//! The parts of a site as strangers know them, and what is measured of each.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::incident::{COMPONENT_NAME_MAX, Impact};

/// The most components of a site: a page with more of them is not read.
pub const COMPONENTS_SHOWN_MAX: usize = 64;
/// The longest title of a component or a group, in characters: what people name a component by in
/// an incident.
pub const COMPONENT_TITLE_MAX: usize = COMPONENT_NAME_MAX;
/// The longest description of a component, in characters: two lines of a page.
pub const COMPONENT_DESCRIPTION_MAX: usize = 200;
/// The most checks of a component: each is looked at whenever the state is told.
pub const COMPONENT_CHECKS_MAX: usize = 32;

/// A part of the site, as the site file publishes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedComponent {
    /// Its name in addresses, `[a-z][a-z0-9_-]{0,31}`.
    pub name: String,
    /// What people read, 1 to [`COMPONENT_TITLE_MAX`] characters.
    pub title: String,
    /// What it is, 1 to [`COMPONENT_DESCRIPTION_MAX`] characters.
    pub description: Option<String>,
    /// The title of the group that it stands in, 1 to [`COMPONENT_TITLE_MAX`] characters.
    pub group: Option<String>,
    /// What is measured of it.
    pub source: ComponentSource,
    /// What it means for visitors when what is measured fails.
    pub impact: Impact,
    /// Whether it is shown only while something is wrong with it.
    pub only_if_degraded: bool,
    /// Whether it is published how long its checks take, as an average.
    pub response_times: bool,
}

/// What the state of a component is made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ComponentSource {
    /// Checks, by name. The worst of them counts. There are 1 to [`COMPONENT_CHECKS_MAX`].
    Checks(Vec<String>),
    /// A dependency, by name: a service of somebody else.
    Dependency(String),
}
