//! What is watched, and whom to tell; and who operators are.

use core::fmt;

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::{ConfigError, Site, StatusRules, parse_embedded};
use crate::base::budget::Headroom;
use crate::base::json;
use crate::base::time::Millis;
use crate::base::zone::TimeZoneRule;
use crate::site::access::AccessRules;
use crate::watch::alert::{AlertChannel, ChannelAddress, Inhibition};
use crate::watch::check::{Check, GlobalpingAccount};
use crate::watch::component::{ComponentSource, PublishedComponent};
use crate::watch::objective::Objective;

/// What is watched, and whom to tell. It is no part of [`Site`], since the isolates
/// that serve visitors do not need it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WatchRules {
    /// In the order of the file.
    pub checks: Vec<Check>,
    /// The parts of the site that strangers read of, in the order of the file.
    #[serde(default)]
    pub components: Vec<PublishedComponent>,
    /// What is published of the site's state.
    #[serde(default)]
    pub status: StatusRules,
    /// The account that asks for tests from places outside the platform.
    #[serde(default)]
    pub globalping: Option<GlobalpingAccount>,
    /// In the order of the file.
    pub channels: Vec<AlertChannel>,
    /// Incidents that open within this time of each other become one.
    pub group_wait: Millis,
    /// What is new about an incident is collected for so long after people were told of it.
    pub group_interval: Millis,
    /// In the order of the file.
    pub inhibitions: Vec<Inhibition>,
    /// The URL that is called after each full round, by name of a secret or as it stands: somebody
    /// outside notices when it is not called any more.
    pub dead_mans_switch: Option<ChannelAddress>,
    /// The URL below which incidents are shown, without a slash at its end.
    pub incidents_url: String,
    /// The base of links to the repository, for runbooks that are paths.
    pub runbooks_url: Option<String>,
    /// The site's time zone.
    pub zone: Option<NamedZone>,
    /// How many times its plan an object may spend in an hour.
    pub headroom: Headroom,
    /// How operators come by Cloudflare Access, if they do.
    #[serde(default)]
    pub access: Option<AccessRules>,
    /// In the order of the file.
    #[serde(default)]
    pub objectives: Vec<Objective>,
}

/// A time zone, with the name that the site file gives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedZone {
    /// Such as `Europe/Berlin`.
    pub name: String,
    /// Its rule.
    pub rule: TimeZoneRule,
}

/// All of it but the checks.
#[derive(Deserialize)]
struct OtherRules {
    globalping: Option<GlobalpingAccount>,
    channels: Vec<AlertChannel>,
    group_wait: Millis,
    group_interval: Millis,
    inhibitions: Vec<Inhibition>,
    dead_mans_switch: Option<ChannelAddress>,
    incidents_url: String,
    runbooks_url: Option<String>,
    zone: Option<NamedZone>,
    headroom: Headroom,
    components: Vec<PublishedComponent>,
    status: StatusRules,
    access: Option<AccessRules>,
    objectives: Vec<Objective>,
}

impl WatchRules {
    /// The check of this name.
    pub fn check(&self, name: &str) -> Option<&Check> {
        self.checks.iter().find(|check| check.name == name)
    }

    /// Where the check of this name stands in the file.
    pub fn check_index(&self, name: &str) -> Option<usize> {
        self.checks.iter().position(|check| check.name == name)
    }

    /// The component of this name.
    pub fn component(&self, name: &str) -> Option<&PublishedComponent> {
        self.components.iter().find(|component| component.name == name)
    }

    /// Whether a component is made of what this dependency's prober finds.
    pub fn publishes_dependency(&self, name: &str) -> bool {
        self.components.iter().any(
            |component| matches!(&component.source, ComponentSource::Dependency(it) if it == name),
        )
    }

    /// Whether the monitor has to learn each minute what no check says: what visitors got, or what
    /// dependencies are like.
    pub fn counts_each_minute(&self) -> bool {
        let is_of_dependency = |component: &PublishedComponent| {
            matches!(component.source, ComponentSource::Dependency(_))
        };
        self.status.visitors || self.components.iter().any(is_of_dependency)
    }

    /// Whether the monitor has anything to do.
    pub fn needs_monitor(&self) -> bool {
        let has_subscribers = self.status.subscriptions.is_some();
        let counts = self.counts_each_minute() || !self.objectives.is_empty();
        !self.checks.is_empty() || counts || has_subscribers
    }

    /// The channel of this name.
    pub fn channel(&self, name: &str) -> Option<&AlertChannel> {
        self.channels.iter().find(|channel| channel.name == name)
    }

    /// Reads what the build embedded: these rules without their checks, and the checks as the file
    /// has them. The parser of the file reads checks in the Worker too, since operators try them
    /// there; a second reader, by serde, would be as large.
    ///
    /// # Errors
    /// [`EmbeddedRulesError`] if the build of another version wrote them.
    pub fn embedded(rules: &str, checks: &str, site: &Site) -> Result<Self, EmbeddedRulesError> {
        let read: OtherRules = json::read(rules).map_err(EmbeddedRulesError::Json)?;
        let has_account = read.globalping.is_some();
        let checks = parse_embedded(checks, site, has_account).map_err(EmbeddedRulesError::Json)?;
        Ok(Self {
            checks: checks.map_err(EmbeddedRulesError::Check)?,
            components: read.components,
            status: read.status,
            globalping: read.globalping,
            channels: read.channels,
            group_wait: read.group_wait,
            group_interval: read.group_interval,
            inhibitions: read.inhibitions,
            dead_mans_switch: read.dead_mans_switch,
            incidents_url: read.incidents_url,
            runbooks_url: read.runbooks_url,
            zone: read.zone,
            headroom: read.headroom,
            access: read.access,
            objectives: read.objectives,
        })
    }
}

/// What was embedded cannot be read.
#[derive(Debug)]
pub enum EmbeddedRulesError {
    /// It is not JSON, or not that of the rules.
    Json(serde_json::Error),
    /// A check is none.
    Check(ConfigError),
}

impl fmt::Display for EmbeddedRulesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(error) => error.fmt(f),
            Self::Check(error) => error.without_place().fmt(f),
        }
    }
}

impl core::error::Error for EmbeddedRulesError {}
