//! What `[[snapshots]]` says: which paths are kept, how fresh, and what a good page is.

use core::fmt;

use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

use super::plan::{self, PlatformPlan};
use crate::base::pattern::Pattern;
use crate::base::share::Share;
use crate::base::time::Millis;

/// Rules of a site: each may have a sitemap, which is read again and again.
pub const RULES_MAX: usize = 20;
/// Pages kept in all. The manifest of as many, and of their assets, stays well under a megabyte.
pub const PAGES_MAX: u32 = 1_000;
/// Pages of a rule that does not say.
pub const MAX_DEFAULT: u32 = 100;
/// Shortest interval: a refresh must come in the first of two rounds, or it might come late.
pub const EVERY_MIN: Millis = Millis::from_secs(120);
/// Longest interval.
pub const EVERY_MAX: Millis = Millis::from_secs(24 * 3600);
/// How often what pages need is fetched again: it seldom changes under its name.
pub const ASSET_EVERY: Millis = Millis::from_secs(3600);
/// How old a snapshot may be served where the rule does not say.
pub const MAX_AGE_DEFAULT: Millis = Millis::from_secs(7 * 24 * 3600);
/// Oldest snapshot that a rule may have served.
pub const MAX_AGE_MAX: Millis = Millis::from_secs(30 * 24 * 3600);
/// The share of the last good body's size that a new one must have where the rule does not say.
pub const MIN_SHARE_DEFAULT: Share = Share::from_basis_points(5_000);
/// Largest body in bytes where the rule does not say.
pub const MAX_BYTES_DEFAULT: u32 = 1024 * 1024;
/// Smallest limit that makes sense.
pub const MAX_BYTES_MIN: u32 = 1024;
/// Largest limit: a few such bodies are in an isolate's 128 MB at once, each twice.
pub const MAX_BYTES_MAX: u32 = 5 * 1024 * 1024;

/// One `[[snapshots]]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "RuleWire", from = "RuleWire")]
pub struct SnapshotRule {
    /// The paths. One that is exact is kept without being found.
    pub pattern: Pattern,
    /// How often each page is fetched again.
    pub every: Millis,
    /// Pages at most.
    pub max: u32,
    /// The path of a sitemap, or of an index of sitemaps, that names the pages.
    pub source: Option<String>,
    /// How old one may be served: since it was last known to be what the upstream says.
    pub max_age: Millis,
    /// What a page must contain to be one.
    pub marker: Option<String>,
    /// The share of the last good body's size that a new one must have.
    pub min_share: Share,
    /// Largest body, in bytes.
    pub max_bytes: u32,
    /// Whether style sheets, scripts and images of its pages come along.
    pub assets: bool,
    /// What the fallback page calls it; an exact path with a title is offered there.
    pub title: Option<String>,
}

/// A rule as the build hands it to the Worker: its fields in order. An array, because reading an
/// object would take several times as much of the Worker's code.
#[derive(Serialize, Deserialize)]
struct RuleWire(
    Pattern,
    Millis,
    u32,
    Option<String>,
    Millis,
    Option<String>,
    Share,
    u32,
    bool,
    Option<String>,
);

impl From<SnapshotRule> for RuleWire {
    fn from(rule: SnapshotRule) -> Self {
        let SnapshotRule {
            pattern,
            every,
            max,
            source,
            max_age,
            marker,
            min_share,
            max_bytes,
            assets,
            title,
        } = rule;
        Self(pattern, every, max, source, max_age, marker, min_share, max_bytes, assets, title)
    }
}

impl From<RuleWire> for SnapshotRule {
    fn from(wire: RuleWire) -> Self {
        let RuleWire(
            pattern,
            every,
            max,
            source,
            max_age,
            marker,
            min_share,
            max_bytes,
            assets,
            title,
        ) = wire;
        Self { pattern, every, max, source, max_age, marker, min_share, max_bytes, assets, title }
    }
}

/// All rules of a site: the first whose pattern matches counts. Together they stay within what
/// the [`PlatformPlan`] allows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "UncheckedRules", try_from = "UncheckedRules")]
#[non_exhaustive]
pub struct SnapshotRules {
    /// The plan that the Worker runs on.
    pub plan: PlatformPlan,
    /// In the file's order.
    pub list: Vec<SnapshotRule>,
}

impl SnapshotRules {
    /// No rules.
    pub const fn none(plan: PlatformPlan) -> Self {
        Self { plan, list: Vec::new() }
    }

    /// The rules, if they stay within the plan.
    ///
    /// # Errors
    /// [`RulesError`] names the first rule that goes beyond, and what is left for it.
    pub fn new(plan: PlatformPlan, list: Vec<SnapshotRule>) -> Result<Self, RulesError> {
        if list.len() > RULES_MAX {
            return Err(RulesError::TooMany);
        }
        let mut pages = 0_u32;
        let mut rate = plan::fixed_rate(plan, list.iter().filter(|rule| rule.source.is_some()));
        for (index, rule) in list.iter().enumerate() {
            let left = PAGES_MAX - pages;
            if rule.max == 0 || rule.max > left {
                return Err(RulesError::Pages { index, left });
            }
            pages += rule.max;
            let room = plan.sustained().saturating_sub(rate);
            rate += plan::rate(rule.max, rule.every);
            if rate > plan.sustained() {
                let every = plan::shortest_every(rule.max, room);
                return Err(RulesError::Rate { index, every, per_minute: plan.per_minute() });
            }
        }
        Ok(Self { plan, list })
    }

    /// The rule for a path, which is normalised and without query, and its index.
    pub fn of(&self, normalised_path: &str) -> Option<(usize, &SnapshotRule)> {
        self.list.iter().enumerate().find(|(_, rule)| rule.pattern.matches(normalised_path))
    }
}

/// Why rules go beyond what is bounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RulesError {
    /// There are more than [`RULES_MAX`].
    TooMany,
    /// A rule keeps more pages than are left of [`PAGES_MAX`], or none.
    Pages {
        /// The rule.
        index: usize,
        /// How many are left.
        left: u32,
    },
    /// A rule refreshes more often than the plan allows beside the rules before it.
    Rate {
        /// The rule.
        index: usize,
        /// The shortest interval that would do, if any would.
        every: Option<Millis>,
        /// Refreshes a minute in all.
        per_minute: u32,
    },
}

impl fmt::Display for RulesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooMany => write!(f, "too many snapshot rules, expected at most {RULES_MAX}"),
            Self::Pages { index, left } => {
                write!(f, "snapshots[{index}] keeps too many pages, expected 1 to {left}")
            }
            Self::Rate { index, per_minute, .. } => {
                write!(f, "snapshots[{index}] goes beyond {per_minute} refreshes a minute")
            }
        }
    }
}

impl core::error::Error for RulesError {}

#[derive(Serialize, Deserialize)]
struct UncheckedRules(PlatformPlan, Vec<SnapshotRule>);

impl From<SnapshotRules> for UncheckedRules {
    fn from(rules: SnapshotRules) -> Self {
        Self(rules.plan, rules.list)
    }
}

impl TryFrom<UncheckedRules> for SnapshotRules {
    type Error = RulesError;

    fn try_from(UncheckedRules(plan, list): UncheckedRules) -> Result<Self, RulesError> {
        Self::new(plan, list)
    }
}
