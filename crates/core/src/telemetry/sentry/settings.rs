//! What the site file says about reports.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::schedule::ReportSchedule;
use crate::base::pattern::Pattern;
use crate::base::secret_name::SecretName;
use crate::base::share::Share;

/// The share of requests that become transactions if the file does not set `traces_sample_rate`.
pub const SAMPLE_RATE_DEFAULT: Share = Share::from_basis_points(1_000);
/// The largest number of rules that ignore reports. Each report is compared with each.
pub const IGNORE_RULES_MAX: usize = 32;
/// The largest number of envelopes of browsers that an isolate forwards in a minute, if the file
/// does not set `tunnel.per_minute`.
pub const TUNNEL_RATE_DEFAULT: u32 = 120;

/// Where reports go, and which.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentrySettings {
    /// The secret with the DSN.
    pub dsn: SecretName,
    /// Where it runs, such as `production`.
    pub environment: Option<String>,
    /// The version. It is that of the build if it is `None`.
    pub release: Option<String>,
    /// The share of requests that become transactions.
    pub traces_sample_rate: Share,
    /// What is not reported.
    pub ignore: Vec<IgnoreRule>,
    /// How the errors of browsers are forwarded, if they are.
    pub tunnel: Option<TunnelSettings>,
}

/// How the errors of browsers are forwarded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TunnelSettings {
    /// The secret with the DSN of the pages' project, which browsers know. Envelopes for any other
    /// project are refused.
    pub dsn: SecretName,
    /// How many envelopes an isolate forwards in a minute at most.
    pub per_minute: u32,
}

impl SentrySettings {
    /// Returns the version that reports name: that of the site file, or `build`, what the build
    /// calls itself.
    pub fn release_or<'a>(&'a self, build: &'a str) -> &'a str {
        self.release.as_deref().unwrap_or(build)
    }

    /// Returns whether a rule ignores reports of this class, on the route of this pattern.
    pub fn ignores(&self, class: ReportClass, route: Option<&str>) -> bool {
        let mut rules = self.ignore.iter().filter(|rule| rule.schedule.is_none());
        rules.any(|rule| rule.matches(class, route))
    }

    /// Returns whether a rule ignores the check-ins of this schedule alone.
    pub fn ignores_schedule(&self, schedule: ReportSchedule) -> bool {
        self.ignore.iter().any(|rule| rule.schedule == Some(schedule))
    }
}

/// Ignores reports. A rule without a class is about all of them, and one without a route about all
/// routes and about what has no route.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IgnoreRule {
    /// The class.
    pub class: Option<ReportClass>,
    /// The pattern of a route of the site file.
    pub route: Option<Pattern>,
    /// The schedule whose check-ins alone it ignores.
    pub schedule: Option<ReportSchedule>,
}

impl IgnoreRule {
    fn matches(&self, class: ReportClass, route: Option<&str>) -> bool {
        let is_class = self.class.is_none_or(|ignored| ignored == class);
        let is_route = self.route.as_ref().is_none_or(|ignored| route == Some(ignored.as_str()));
        is_class && is_route
    }
}

/// What a report is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportClass {
    /// A module panicked.
    Panic,
    /// The platform killed a module for exceeding its processor time.
    CpuLimitKill,
    /// A circuit changed its state.
    CircuitTransition,
    /// An alert could not be delivered.
    FailedDelivery,
    /// A Durable Object did not answer.
    FailedObjectCall,
    /// An upstream answered with an error of its own.
    UpstreamError,
    /// A request was answered.
    Transaction,
    /// The work of a schedule has begun or ended.
    CheckIn,
    /// A line of the log.
    Log,
}

impl ReportClass {
    /// All classes.
    pub const ALL: [Self; 9] = [
        Self::Panic,
        Self::CpuLimitKill,
        Self::CircuitTransition,
        Self::FailedDelivery,
        Self::FailedObjectCall,
        Self::UpstreamError,
        Self::Transaction,
        Self::CheckIn,
        Self::Log,
    ];

    /// Returns the name that the site file has for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Panic => "panic",
            Self::CpuLimitKill => "cpu_limit_kill",
            Self::CircuitTransition => "circuit_transition",
            Self::FailedDelivery => "failed_delivery",
            Self::FailedObjectCall => "failed_object_call",
            Self::UpstreamError => "upstream_error",
            Self::Transaction => "transaction",
            Self::CheckIn => "check_in",
            Self::Log => "log",
        }
    }
}
