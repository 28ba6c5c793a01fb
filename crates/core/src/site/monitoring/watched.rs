//! What is kept of one check between two observations.

use core::cell::Cell;

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::counts::HourCounts;
use super::schedule::SPREAD;
use crate::base::budget::Occasion;
use crate::base::rfc3339::Shown;
use crate::base::time::{Millis, Timestamp};
use crate::watch::check::{
    Check, CheckKind, CheckObservation, CronSchedule, FailureEvidence, TRAFFIC,
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
    /// The places that were asked last, with the time of each. What has answered is stored with
    /// what it found, and this with what has not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    asked: Vec<(String, Timestamp)>,
    /// It was to be made at once at this time.
    #[serde(skip)]
    pub(super) hurried_at: Option<Timestamp>,
    /// The budget does not allow that it is made before then.
    #[serde(skip)]
    pub(super) held_until: Timestamp,
    /// The next run of a job on a schedule, after the time that stands beside it. It is asked for
    /// at each event, and takes some time to find.
    #[serde(skip)]
    next_run: Cell<Option<(Timestamp, Option<Timestamp>)>>,
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
            held_until: Timestamp::default(),
            next_run: Cell::new(None),
            last_beat: None,
            job_began: None,
        }
    }

    /// A check whose record was lost while it had an incident.
    pub(super) fn resumed(
        check: &Check,
        since: Timestamp,
        is_flapping: bool,
        not_before: Timestamp,
        now: Timestamp,
    ) -> Self {
        let monitor = Monitor::resumed(check.places(), since, is_flapping, now);
        Self { monitor, ..Self::new(&check.name, not_before) }
    }

    /// Pulls back what a clock that ran ahead has noted. A pause keeps the time that it has left.
    /// `step` is how far the clock was set back since the host's last event. Returns whether there
    /// was anything.
    pub(super) fn handle_clock(&mut self, check: &Check, step: Millis, now: Timestamp) -> bool {
        let step = self.monitor.clock_step(now).max(step);
        if step == Millis::ZERO {
            return false;
        }
        self.monitor.handle_clock(&check.policy, now);
        self.not_before = self.not_before.min(now + SPREAD.min(check.policy.every));
        let paused_until = self.paused_until.map(|until| until.before(step));
        self.paused_until = paused_until.filter(|until| now < *until);
        self.held_until = self.held_until.min(now + SPREAD);
        let latest = self.latest.iter_mut().map(|latest| &mut latest.at);
        let asked = self.asked.iter_mut().map(|asked| &mut asked.1);
        let others = [&mut self.hurried_at, &mut self.last_beat, &mut self.job_began];
        for time in latest.chain(asked).chain(others.into_iter().flatten()) {
            *time = (*time).min(now);
        }
        true
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
        self.asked.retain(|it| it.0 != place);
        let change = self.monitor.observe(&check.policy, place, found.result, now);
        self.hour.confirm(self.monitor.state(), self.monitor.is_in_maintenance());
        change
    }

    /// Notes that a place was asked.
    pub(super) fn handle_asked(&mut self, place: &str, now: Timestamp) {
        match self.asked.iter_mut().find(|it| it.0 == place) {
            Some(known) => known.1 = now,
            None => self.asked.push((place.into(), now)),
        }
    }

    /// When its interval has passed at a place, whatever else has it made before.
    pub(super) fn planned_at(&self, check: &Check, place: &str) -> Timestamp {
        let observed = self.latest.iter().filter(|it| it.place == place).map(|it| it.at);
        let asked = self.asked.iter().filter(|it| it.0 == place).map(|it| it.1);
        let last = observed.chain(asked).max();
        last.map(|last| last + check.policy.every).unwrap_or_default()
    }

    /// Why a place would make it now.
    pub(super) fn occasion(&self, check: &Check, place: &str, now: Timestamp) -> Occasion {
        match self.planned_at(check, place) <= now + early(check) {
            true => Occasion::Planned,
            false => Occasion::Unplanned,
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
    pub(super) fn missing_report(&self, check: &Check, now: Timestamp) -> String {
        let run = match &check.kind {
            CheckKind::Heartbeat { schedule: Some(schedule), .. } => self.next_run(schedule),
            CheckKind::Heartbeat { schedule: None, .. }
            | CheckKind::Http(_)
            | CheckKind::Tcp { .. }
            | CheckKind::Dns { .. }
            | CheckKind::Domain(_)
            | CheckKind::Tls { .. }
            | CheckKind::Websocket { .. }
            | CheckKind::Flow(_) => None,
        };
        if let (None, Some(run)) = (self.job_began, run) {
            return format!("no report of the run that was due at {}", Shown(run));
        }
        match (self.job_began, self.last_beat) {
            (Some(began), _) => format!("the job began at {} and has not ended", Shown(began)),
            (None, Some(at)) => format!("no report for {}", now.since(at)),
            (None, None) => "no report yet".into(),
        }
    }

    /// When a job runs next that has reported last, or begun to be watched, when it did.
    fn next_run(&self, schedule: &CronSchedule) -> Option<Timestamp> {
        let since = self.last_beat.unwrap_or(self.not_before);
        let (_, run) = self.next_run.get().filter(|(of, _)| *of == since).unwrap_or_else(|| {
            let found = (since, schedule.next_after(since));
            self.next_run.set(Some(found));
            found
        });
        run
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
            return hurried_at.max(paused_until).max(self.held_until);
        }
        // A place that found nothing is asked again after the interval, and not at once: each order
        // costs a request.
        let unanswered = asked_at.filter(|asked| observed_at.is_none_or(|it| it < *asked));
        let unanswered = unanswered.map(|asked| asked + check.policy.every).unwrap_or_default();
        let mut due = self.monitor.due(place).unwrap_or_default().max(unanswered);
        let waits_for = match &check.kind {
            CheckKind::Heartbeat { grace, schedule: None, .. } => {
                self.last_beat.unwrap_or(self.not_before) + check.policy.every + *grace
            }
            CheckKind::Heartbeat { grace, schedule: Some(schedule), .. } => {
                let late = self.next_run(schedule).map_or(Timestamp::MAX, |run| run + *grace);
                // The report before says nothing of when the next one is due.
                if observed_at.is_none_or(|it| it < late) {
                    due = late;
                }
                late
            }
            CheckKind::Http(_)
            | CheckKind::Tcp { .. }
            | CheckKind::Dns { .. }
            | CheckKind::Domain(_)
            | CheckKind::Tls { .. }
            | CheckKind::Websocket { .. }
            | CheckKind::Flow(_) => Timestamp::default(),
        };
        due.max(self.not_before).max(paused_until).max(self.held_until).max(waits_for)
    }
}

/// How much too early a check may be made.
pub(super) fn early(check: &Check) -> Millis {
    Millis::new(check.policy.every.get() / EARLY_DIVISOR).min(EARLY_MAX)
}
