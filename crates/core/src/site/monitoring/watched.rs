//! What is kept of one check between two observations.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::counts::HourCounts;
use crate::base::rfc3339::Shown;
use crate::base::time::{Millis, Timestamp};
use crate::watch::check::{
    Check, CheckKind, CheckObservation, CheckPlace, FailureEvidence, TRAFFIC,
};
use crate::watch::monitor::{CheckResult, Monitor, MonitorChange};

/// The part of `every` by which a check may be made too early, as a divisor: 1/10. Checks that came
/// out of step with their group get back into it, and the group's row is written once for all.
const EARLY_DIVISOR: u64 = 10;
/// The longest such time.
const EARLY_MAX: Millis = Millis::from_secs(5);

/// What a place found last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LatestObservation {
    /// The place.
    pub place: String,
    /// When the monitor heard of it.
    pub at: Timestamp,
    /// What was found.
    pub result: CheckResult,
    /// How long it took.
    pub took: Millis,
    /// The status of HTTP.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Why it is not well.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
}

/// A check that is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WatchedCheck {
    /// Its name.
    pub name: String,
    /// What its observations add up to.
    pub monitor: Monitor,
    /// What each place found last.
    pub latest: Vec<LatestObservation>,
    /// What was seen when it last was not well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_failure: Option<Box<FailureEvidence>>,
    /// The counts of the hour that runs.
    pub(super) hour: HourCounts,
    /// It is not made before that: it is new, or the monitor did not run for a while.
    pub(super) not_before: Timestamp,
    /// It is not made, by an operator's order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused_until: Option<Timestamp>,
    /// The places that were asked last, with the time of each.
    #[serde(skip)]
    asked: Vec<(&'static str, Timestamp)>,
    /// It was to be made at once at this time.
    #[serde(skip)]
    pub(super) hurried_at: Option<Timestamp>,
    /// When a job last reported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) last_beat: Option<Timestamp>,
    /// When a job began that has not reported its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) job_began: Option<Timestamp>,
}

impl WatchedCheck {
    pub(super) fn new(name: &str, not_before: Timestamp) -> Self {
        Self {
            name: name.into(),
            monitor: Monitor::default(),
            latest: Vec::new(),
            last_failure: None,
            hour: HourCounts::default(),
            not_before,
            paused_until: None,
            asked: Vec::new(),
            hurried_at: None,
            last_beat: None,
            job_began: None,
        }
    }

    /// Takes what a place found.
    pub(super) fn observe(
        &mut self,
        check: &Check,
        place: &str,
        found: &CheckObservation,
        now: Timestamp,
    ) -> MonitorChange {
        self.hour.add(found.result, found.took);
        if let Some(evidence) = &found.evidence {
            self.last_failure = Some(evidence.clone());
        }
        let latest = LatestObservation {
            place: place.into(),
            at: now,
            result: found.result,
            took: found.took,
            status: found.status,
            reasons: found.reasons.clone(),
        };
        match self.latest.iter_mut().find(|known| known.place == place) {
            Some(known) => *known = latest,
            None => self.latest.push(latest),
        }
        self.monitor.observe(&check.policy, place, found.result, now)
    }

    /// Notes that a place was asked.
    pub(super) fn handle_asked(&mut self, place: &'static str, now: Timestamp) {
        match self.asked.iter_mut().find(|it| it.0 == place) {
            Some(known) => known.1 = now,
            None => self.asked.push((place, now)),
        }
    }

    /// Whether no place has found anything for so long that it says nothing any more. What circuits
    /// and probers say is no news of a place.
    pub(super) fn is_silent(&self, check: &Check, now: Timestamp) -> bool {
        let heard = self.latest.iter().filter(|it| it.place != TRAFFIC).map(|it| it.at).max();
        let since = heard.unwrap_or(self.not_before);
        now.since(since) >= check.policy.stale_after
    }

    /// Whether it is made at all now.
    pub(super) fn is_paused(&self, now: Timestamp) -> bool {
        self.paused_until.is_some_and(|until| now < until)
    }

    /// Why a job that has not reported in time is `down`.
    pub(super) fn missing_report(&self, now: Timestamp) -> String {
        match (self.job_began, self.last_beat) {
            (Some(began), _) => format!("the job began at {} and has not ended", Shown(began)),
            (None, Some(at)) => format!("no report for {}", now.since(at)),
            (None, None) => "no report yet".into(),
        }
    }

    /// When a place has to make it next.
    pub(super) fn due(&self, check: &Check, place: &str) -> Timestamp {
        let observed_at = self.latest.iter().find(|it| it.place == place).map(|it| it.at);
        let asked_at = self.asked.iter().find(|it| it.0 == place).map(|it| it.1);
        let paused_until = self.paused_until.unwrap_or_default();
        let is_hurried = |at: &Timestamp| {
            observed_at.is_none_or(|it| it < *at) && asked_at.is_none_or(|it| it < *at)
        };
        if let Some(hurried_at) = self.hurried_at.filter(is_hurried) {
            return hurried_at.max(paused_until);
        }
        // A place that found nothing is asked again after the interval, and not at once: each order
        // costs a request.
        let unanswered = asked_at.filter(|asked| observed_at.is_none_or(|it| it < *asked));
        let unanswered = unanswered.map(|asked| asked + check.policy.every).unwrap_or_default();
        let due = self.monitor.due(place).unwrap_or_default().max(unanswered);
        let waits_for = match &check.kind {
            CheckKind::Heartbeat { grace, .. } => {
                self.last_beat.unwrap_or(self.not_before) + check.policy.every + *grace
            }
            CheckKind::Http(_)
            | CheckKind::Tcp { .. }
            | CheckKind::Dns { .. }
            | CheckKind::Flow(_) => Timestamp::default(),
        };
        due.max(self.not_before).max(paused_until).max(waits_for)
    }
}

/// How much too early a check may be made.
pub(super) fn early(check: &Check) -> Millis {
    Millis::new(check.policy.every.get() / EARLY_DIVISOR).min(EARLY_MAX)
}

/// The names of the places of a check.
pub(super) fn places(check: &Check) -> impl Iterator<Item = &'static str> {
    let traffic = check.traffic.is_some().then_some(TRAFFIC);
    check.from.iter().map(|place: &CheckPlace| place.as_str()).chain(traffic)
}
