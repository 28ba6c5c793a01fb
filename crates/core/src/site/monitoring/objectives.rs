//! Objectives: what counts for them, and the incidents of budgets that burn too fast.
//!
//! What visitors got comes from the coordinators with the round of each minute, and counts in the
//! minute in which it comes, which is a minute late at most. What checks find counts at once. The
//! round then judges, so that an alert begins and ends at most once a minute.

mod figures;

use alloc::collections::VecDeque;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

pub use figures::ObjectiveFigures;

use super::MonitorHost;
use super::counts::hour_of;
use super::effect::MonitorWrite;
use super::incidents::Incidents;
use super::load::read;
use crate::base::grouped::grouped;
use crate::base::stored::StoredForm as _;
use crate::base::time::{Millis, Timestamp};
use crate::site::config::WatchRules;
use crate::site::figures::ObjectiveDelta;
use crate::watch::incident::{CheckIncident, Incident, IncidentEvidence};
use crate::watch::monitor::CheckResult;
use crate::watch::objective::{
    BurnAlert, Objective, ObjectiveCounts, ObjectiveEvent, ObjectiveHours, ObjectiveMinutes,
    ObjectiveTally, burn_rate_ppm,
};

/// What to do if the site file does not say.
const RUNBOOK: &str = "docs/runbooks/error-budget.md";
/// The millionths of a tenth, in which sentences tell burn rates.
const TENTH_PPM: u64 = 100_000;

/// The tallies of the objectives.
#[derive(Clone, Debug, Default)]
pub(super) struct Objectives {
    /// In the order of the site file.
    tallies: Vec<ObjectiveTally>,
    /// The latest hour of which the hours are stored.
    stored_hour: Timestamp,
    /// Whether the minutes differ from what is stored.
    has_changed: bool,
    /// Whether the hours do.
    hours_have_changed: bool,
}

impl Objectives {
    /// The tallies as they were stored. Those of objectives that the site file has no more are
    /// forgotten.
    pub(super) fn load(
        (minutes, hours): (Option<&str>, Option<&str>),
        rules: &WatchRules,
        writes: &mut VecDeque<MonitorWrite>,
        unread: &mut Vec<String>,
    ) -> Self {
        let (mut minutes, is_lost): (ObjectiveMinutes, _) = read(minutes, writes, unread);
        let (mut hours, are_lost): (ObjectiveHours, _) = read(hours, writes, unread);
        let stored_hour = hours.reached();
        let of = |it: &Objective| ObjectiveTally::load(it, &mut minutes, &mut hours);
        Self {
            tallies: rules.objectives.iter().map(of).collect(),
            stored_hour,
            has_changed: is_lost,
            hours_have_changed: are_lost,
        }
    }

    fn record(&mut self, rules: &WatchRules, index: usize, more: ObjectiveCounts, now: Timestamp) {
        let objective = rules.objectives.get(index);
        let Some((tally, objective)) = self.tallies.get_mut(index).zip(objective) else { return };
        if more.is_empty() {
            return;
        }
        tally.record(objective, more, now);
        self.has_changed = true;
        // The minutes roll on only with this, so that no hour is lost that is not stored yet.
        let hour = hour_of(now);
        if hour > self.stored_hour {
            self.stored_hour = hour;
            self.hours_have_changed = true;
        }
    }

    /// Judges all of them. Each event comes with the place of its objective.
    fn judge(&mut self, rules: &WatchRules, now: Timestamp) -> Vec<(usize, ObjectiveEvent)> {
        let mut events = Vec::new();
        for (index, (tally, objective)) in
            self.tallies.iter_mut().zip(&rules.objectives).enumerate()
        {
            events.extend(tally.judge(objective, now).into_iter().map(|event| (index, event)));
        }
        self.has_changed |= !events.is_empty();
        events
    }

    /// Pulls back what a clock that ran ahead has noted.
    pub(super) fn handle_clock(&mut self, rules: &WatchRules, now: Timestamp) {
        let mut was_ahead = false;
        for (tally, objective) in self.tallies.iter_mut().zip(&rules.objectives) {
            was_ahead |= tally.handle_clock(objective, now);
        }
        self.has_changed |= was_ahead;
        self.hours_have_changed |= was_ahead;
        self.stored_hour = self.stored_hour.min(hour_of(now));
    }

    /// What has to be stored.
    pub(super) fn take_write(&mut self, rules: &WatchRules) -> Option<MonitorWrite> {
        let names = rules.objectives.iter().map(|objective| &*objective.name);
        let named = names.zip(&self.tallies);
        if core::mem::take(&mut self.has_changed) {
            return Some(MonitorWrite::SaveObjectives(ObjectiveMinutes::of(named).to_stored()));
        }
        if core::mem::take(&mut self.hours_have_changed) {
            return Some(MonitorWrite::SaveObjectiveHours(ObjectiveHours::of(named).to_stored()));
        }
        None
    }
}

impl MonitorHost {
    /// Takes what the coordinators counted for objectives since the last round. The round itself
    /// follows. What is counted for an objective that the site file does not have is dropped.
    pub fn handle_objectives(
        &mut self,
        rules: &WatchRules,
        counted: &[ObjectiveDelta],
        now: Timestamp,
    ) {
        for (index, objective) in rules.objectives.iter().enumerate() {
            if !objective.is_of_traffic() {
                continue;
            }
            let of_it = counted.iter().filter(|delta| delta.objective == objective.name);
            let mut sum = ObjectiveCounts::default();
            of_it.for_each(|delta| sum.add(delta.counts));
            self.objectives.record(rules, index, sum, now);
        }
    }

    /// Counts what a check found for the objectives that are about it.
    pub(super) fn count_for_objectives(
        &mut self,
        rules: &WatchRules,
        check: &str,
        (result, took): (CheckResult, Millis),
        now: Timestamp,
    ) {
        for (index, objective) in rules.objectives.iter().enumerate() {
            if objective.is_of_check(check) {
                let more = objective.count_observation(result, took);
                self.objectives.record(rules, index, more, now);
            }
        }
    }

    /// Opens the incidents of alerts that begin, and ends those of alerts that are over.
    pub(super) fn judge_objectives(&mut self, rules: &WatchRules, now: Timestamp) {
        for (index, event) in self.objectives.judge(rules, now) {
            let Some(objective) = rules.objectives.get(index) else { continue };
            if event.is_firing {
                self.open_objective(index, objective, event.alert, now);
            } else {
                self.incidents.end_check(&objective.incident_check(event.alert), now, now);
            }
        }
    }

    /// Makes objectives and their incidents agree after loading: what could not be read is missing.
    pub(super) fn reconcile_objectives(
        &mut self,
        rules: &WatchRules,
        has_all_incidents: bool,
        now: Timestamp,
    ) {
        for (index, objective) in rules.objectives.iter().enumerate() {
            for alert in BurnAlert::ALL {
                let name = objective.incident_check(alert);
                let tally = self.objectives.tallies.get(index);
                let fires = tally.is_some_and(|tally| tally.firing_since(alert).is_some());
                let is_told = self.incidents.in_which_fails(&name).is_some();
                match (fires, is_told) {
                    (false, true) => self.incidents.end_check(&name, now, now),
                    (true, false) if !has_all_incidents => {
                        self.open_objective(index, objective, alert, now);
                    }
                    (true | false, true | false) => {}
                }
            }
        }
    }

    fn open_objective(
        &mut self,
        index: usize,
        objective: &Objective,
        alert: BurnAlert,
        now: Timestamp,
    ) {
        let Some(tally) = self.objectives.tallies.get(index) else { return };
        let reasons = reasons(objective, tally, alert, now);
        self.incidents.open_objective(objective, alert, reasons, now);
    }
}

impl Incidents {
    /// Opens the incident of an alert. It joins no other one: it is not known whether what fails
    /// at the same time has the same cause, and a loss of the budget outlasts most causes.
    fn open_objective(
        &mut self,
        objective: &Objective,
        alert: BurnAlert,
        reasons: Vec<String>,
        now: Timestamp,
    ) {
        let check = objective.incident_check(alert);
        let first = CheckIncident {
            check: check.clone(),
            severity: objective.severity_of(alert),
            since: now,
            is_flapping: false,
            runbook: Some(objective.runbook.clone().unwrap_or_else(|| RUNBOOK.into())),
        };
        let evidence = IncidentEvidence { at: now, check, reasons, ..IncidentEvidence::default() };
        let title = format!("The error budget of `{}` burns too fast", objective.name);
        let id = self.new_id(now);
        self.add(Incident::open(id, title, &first, evidence, now));
    }
}

/// Whether this is the name under which an alert of an objective is in an incident.
pub(super) fn is_incident_check(rules: &WatchRules, name: &str) -> bool {
    let mut objectives = rules.objectives.iter();
    objectives.any(|it| BurnAlert::ALL.iter().any(|alert| it.incident_check(*alert) == name))
}

/// Why an alert fires, in sentences without a full stop.
fn reasons(
    objective: &Objective,
    tally: &ObjectiveTally,
    alert: BurnAlert,
    now: Timestamp,
) -> Vec<String> {
    let Some(rule) = tally.holding_rule(objective, alert, now) else { return Vec::new() };
    let (long, short) = (tally.counts(rule.long_window, now), tally.counts(rule.short_window, now));
    let tenths = burn_rate_ppm(objective.target, long) / TENTH_PPM;
    let bad =
        |counts: ObjectiveCounts| format!("{} of {}", grouped(counts.bad), grouped(counts.total()));
    let loss = format!(
        "{} of {} in {} and {} in {} missed the target of {}, {}.{} times as many as it allows",
        bad(long),
        objective.subject,
        rule.long_window,
        bad(short),
        rule.short_window,
        objective.target,
        tenths / 10,
        tenths % 10,
    );
    let left = tally.budget_left_ppm(objective, now).div_euclid(PERCENT_PPM);
    Vec::from([loss, format!("{left}% of the budget of {} is left", objective.window)])
}

/// The millionths of a percent of the whole.
const PERCENT_PPM: i64 = 10_000;
