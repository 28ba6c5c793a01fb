//! The host: events go in, effects come out.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use serde_json::json;

use super::announced::Announced;
use super::counts::{HourCounts, hour_of};
use super::effect::{MonitorEffect, MonitorTask, MonitorWrite};
use super::group::CheckGroup;
use super::history::{History, SiteHour, first_kept};
use super::incidents::Incidents;
use super::news::of_check;
use super::objectives::Objectives;
use super::schedule::UnderWay;
use super::spending::Spending;
use super::subscribers::Subscribers;
use super::visitors::RecentAnswers;
use super::watched::WatchedCheck;
use super::work::MonitorWork;
use crate::base::stored::StoredForm as _;
use crate::base::time::{Millis, Timestamp};
use crate::site::budget::{BATCH, CALL};
use crate::site::config::WatchRules;
use crate::site::live::NewsQueue;
use crate::watch::alert::Alert;
use crate::watch::alert::outbox::Outbox;
use crate::watch::check::{Check, CheckObservation, GROUP_MAX};
use crate::watch::monitor::{CheckState, MonitorChange, Parent};

/// How long single observations are kept: two days.
const OBSERVATIONS_KEPT: Millis = Millis::from_secs(2 * 24 * 3600);
/// An alarm that has not come for so long after its time does not come any more: half a minute. The
/// round of each minute sees to that.
const ALARM_LOST_AFTER: Millis = Millis::from_secs(30);
/// How long the counts of hours are kept: 400 days, which is a year and what a page of it shows.
const HOURS_KEPT: Millis = Millis::from_secs(400 * 24 * 3600);

/// The watch over the site.
#[derive(Clone, Debug)]
pub struct MonitorHost {
    pub(super) groups: Vec<CheckGroup>,
    pub(super) under_way: Vec<UnderWay>,
    pub(super) incidents: Incidents,
    pub(super) outbox: Outbox,
    pub(super) outbox_has_changed: bool,
    pub(super) alerts: BTreeMap<String, Alert>,
    /// What is stored, ready to be written.
    pub(super) writes: VecDeque<MonitorWrite>,
    /// What is done after all has been stored.
    pub(super) work: VecDeque<MonitorTask>,
    /// When the round began that is under way.
    pub(super) round: Option<Timestamp>,
    /// When the last full round ended, as far as it is remembered.
    pub(super) last_round: Option<Timestamp>,
    /// What the alarm is set for.
    pub(super) alarm: Option<Timestamp>,
    /// Whether the alarm may have to be set again.
    pub(super) alarm_is_due: bool,
    /// When people are to be told something next, as of the last event.
    pub(super) next_notice: Option<Timestamp>,
    /// What visitors got of late.
    pub(super) recent_answers: RecentAnswers,
    /// The days that are over, and those of the day that runs.
    pub(super) history: History,
    /// What the hour that runs has besides checks.
    pub(super) site_hour: SiteHour,
    /// The maintenance that strangers are told of.
    pub(super) announced: Announced,
    /// What counts for objectives.
    pub(super) objectives: Objectives,
    /// Those who are told of the public status.
    pub(super) subscribers: Subscribers,
    /// What was done, for the metrics.
    pub(super) work_done: MonitorWork,
    /// What was spent.
    pub(super) spending: Spending,
    /// What consoles have not been told yet.
    pub(super) news: NewsQueue,
}

impl MonitorHost {
    /// Takes the alarm: what is due is done.
    pub fn handle_alarm(&mut self, rules: &WatchRules, random: u32, now: Timestamp) {
        // Its row was counted when it was set.
        self.spending.spend(CALL, now);
        self.do_due(rules, now);
        self.settle(rules, random, now);
    }

    /// Lets time pass for each check, and orders those that are due.
    pub(super) fn do_due(&mut self, rules: &WatchRules, now: Timestamp) {
        self.handle_clock(rules, now);
        for index in 0..rules.checks.len() {
            self.step(rules, index, now, |check, watched, now| {
                watched.monitor.tick(&check.policy, now)
            });
        }
        self.order_due(rules, now);
    }

    /// Takes what the alarm is set for; one that has gone off is not set any more.
    pub const fn alarm_is_set_for(&mut self, alarm: Option<Timestamp>) {
        self.alarm = alarm;
    }

    /// Takes what a place found of checks of a group. That one was asked which said nothing is
    /// stored: an object that was put away meanwhile would ask it again at once.
    pub fn handle_observations(
        &mut self,
        rules: &WatchRules,
        place: &str,
        group: u32,
        found: &[CheckObservation],
        random: u32,
        now: Timestamp,
    ) {
        self.handle_clock(rules, now);
        self.end_order(place, group);
        self.spending.may_write(BATCH);
        match found {
            [] => self.group_has_changed(group as usize),
            found => self.observe(rules, place, group as usize, found, now),
        }
        self.settle(rules, random, now);
    }

    pub(super) fn next_effect(&mut self, rules: &WatchRules) -> Option<MonitorEffect> {
        if let Some(write) = self.writes.pop_front() {
            return Some(MonitorEffect::Store(write));
        }
        for (number, group) in self.groups.iter_mut().enumerate() {
            if core::mem::take(&mut group.has_changed) {
                group.work = self.work_done.carry();
                let json = group.to_stored();
                return Some(MonitorEffect::Store(MonitorWrite::SaveGroup {
                    group: number as u32,
                    json,
                }));
            }
        }
        if let Some((id, json)) = self.incidents.take_changed() {
            self.news_of_incident(&id);
            return Some(MonitorEffect::Store(MonitorWrite::SaveIncident { id, json }));
        }
        if let Some(id) = self.incidents.take_dropped() {
            return Some(MonitorEffect::Store(MonitorWrite::ForgetIncident { id }));
        }
        if core::mem::take(&mut self.outbox_has_changed) {
            let json = self.outbox.to_stored();
            return Some(MonitorEffect::Store(MonitorWrite::SaveOutbox(json)));
        }
        if let Some(write) = self.work_done.take_write() {
            return Some(MonitorEffect::Store(write));
        }
        if core::mem::take(&mut self.site_hour.has_changed) {
            let json = self.site_hour.to_stored();
            return Some(MonitorEffect::Store(MonitorWrite::SaveHour(json)));
        }
        if core::mem::take(&mut self.announced.has_changed) {
            let json = self.announced.to_stored();
            return Some(MonitorEffect::Store(MonitorWrite::SaveAnnounced(json)));
        }
        if let Some(write) = self.objectives.take_write(rules) {
            return Some(MonitorEffect::Store(write));
        }
        if let Some(query) = self.next_read(rules) {
            return Some(MonitorEffect::Read(query));
        }
        if let Some(write) = self.subscribers.take_write() {
            return Some(MonitorEffect::Store(write));
        }
        // It is stored before anything is begun that was drawn for.
        if let Some(stored) = self.spending.take_unstored() {
            return Some(MonitorEffect::Store(MonitorWrite::SaveLedger(stored.to_stored())));
        }
        if core::mem::take(&mut self.alarm_is_due) {
            let at = self.spending.at;
            let next = self.next_due(rules).map(|next| self.spending.alarm_at(next));
            // An earlier alarm finds nothing to do, and sets the next one. One that should have
            // come long ago is lost.
            let is_standing = |set: Timestamp| at < set + ALARM_LOST_AFTER;
            let standing = self.alarm.filter(|set| is_standing(*set));
            if let Some(next) = next.filter(|next| standing.is_none_or(|set| *next < set)) {
                self.alarm = Some(next);
                return Some(MonitorEffect::Arm(next));
            }
        }
        self.work.pop_front().map(MonitorEffect::Begin)
    }

    /// The checks, in the order of the site file.
    pub fn checks(&self) -> impl Iterator<Item = &WatchedCheck> {
        self.groups.iter().flat_map(|group| &group.checks)
    }

    /// The outbox.
    pub const fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// When anything is due next.
    fn next_due(&self, rules: &WatchRules) -> Option<Timestamp> {
        let subscription = self.next_subscription(rules);
        let times = [self.next_probe(rules), self.next_notice, self.next_delivery(), subscription];
        times.into_iter().flatten().min()
    }

    pub(super) fn observe(
        &mut self,
        rules: &WatchRules,
        place: &str,
        group: usize,
        found: &[CheckObservation],
        now: Timestamp,
    ) {
        self.end_hours(rules, now);
        self.begin_hour(group, now);
        let mut rows = Vec::new();
        for observation in found {
            let of_group = rules.checks.iter().enumerate().skip(group * GROUP_MAX).take(GROUP_MAX);
            let Some((index, check)) =
                of_group.into_iter().find(|(_, it)| it.name == observation.check)
            else {
                continue;
            };
            if !check.places().any(|it| it == place) {
                continue;
            }
            rows.push(json!([
                check.name,
                observation.result,
                observation.took.get(),
                observation.status
            ]));
            self.work_done.count_observation(observation.result);
            let turned = self.watched(index).is_some_and(|watched| {
                let of_place = watched.latest.iter().find(|it| it.place == place);
                of_place.map(|it| it.result) != Some(observation.result)
            });
            self.step(rules, index, now, |check, watched, now| {
                watched.observe(check, place, observation, now)
            });
            if self.watched(index).is_some_and(|watched| !watched.monitor.is_in_maintenance()) {
                let found = (observation.result, observation.took);
                self.count_for_objectives(rules, &check.name, found, now);
            }
            if turned {
                self.incidents.record_turn(check, place, observation, now);
                if let Some(watched) = watched_at(&self.groups, index) {
                    self.incidents.renew_evidence(check, watched, now);
                }
            }
        }
        if rows.is_empty() {
            return;
        }
        self.group_has_changed(group);
        let json = json!(rows).to_string();
        let group = group as u32;
        let place = place.into();
        self.writes.push_back(MonitorWrite::AddObservations { group, at: now, place, json });
    }

    /// Has one check take a step, and others what follows from it.
    pub(super) fn step(
        &mut self,
        rules: &WatchRules,
        index: usize,
        now: Timestamp,
        step: impl FnOnce(&Check, &mut WatchedCheck, Timestamp) -> MonitorChange,
    ) {
        let Some(check) = rules.checks.get(index) else { return };
        let Some(watched) = self.watched_mut(index) else { return };
        let change = step(check, watched, now);
        // Nothing follows from most steps, and an alarm takes one for each check.
        if change.is_none(watched.monitor.state()) {
            return;
        }
        let mut news = VecDeque::from([(index, change)]);
        // A check is told only of its parent, and following parents ends, so this does too.
        while let Some((index, change)) = news.pop_front() {
            let Some(check) = rules.checks.get(index) else { continue };
            let Some(state) = self.watched(index).map(|it| it.monitor.state()) else { continue };
            self.follow(rules, index, &change, now);
            if (change.state_before == CheckState::Down) == (state == CheckState::Down) {
                continue;
            }
            let parent = if state == CheckState::Down { Parent::Down } else { Parent::Up };
            for (child, dependent) in rules.checks.iter().enumerate() {
                if dependent.depends_on.as_ref() != Some(&check.name) {
                    continue;
                }
                if let Some(watched) = self.watched_mut(child) {
                    let change = watched.monitor.set_parent(&dependent.policy, parent, now);
                    news.push_back((child, change));
                    self.group_has_changed(child / GROUP_MAX);
                }
            }
        }
    }

    /// What a step of a check means for incidents.
    fn follow(&mut self, rules: &WatchRules, index: usize, change: &MonitorChange, now: Timestamp) {
        let Some(check) = rules.checks.get(index) else { return };
        let Some(watched) = watched_at(&self.groups, index) else { return };
        let state = watched.monitor.state();
        if change.state_before != state {
            self.incidents.record_state(check, change.state_before, state, now);
            self.news.push(of_check(check, change.state_before, state));
        }
        if let Some(ended_at) = change.resolved {
            self.incidents.end_check(&check.name, ended_at, now);
        }
        if change.opened {
            self.incidents.open_check(rules, check, watched, &self.recent_answers, now);
        }
        if !change.is_none(state) {
            self.group_has_changed(index / GROUP_MAX);
        }
    }

    /// What follows from any event.
    pub(super) fn settle(&mut self, rules: &WatchRules, random: u32, now: Timestamp) {
        self.spending.at = now;
        self.end_round(rules, now);
        self.judge_budget(now);
        self.notify_due(rules, now);
        self.deliver_due(rules, random, now);
        self.tell_subscribers(rules, now);
        self.alarm_is_due = true;
    }

    /// Writes the counts of an hour that is over.
    fn begin_hour(&mut self, number: usize, now: Timestamp) {
        let hour = hour_of(now);
        // Any group may be the first of an hour: of the others, nothing may be heard for days.
        let is_first = self.groups.iter().all(|group| group.hour < hour);
        let Some(group) = self.groups.get_mut(number) else { return };
        if hour <= group.hour {
            return;
        }
        let counts: BTreeMap<&str, HourCounts> = group
            .checks
            .iter_mut()
            .map(|watched| (&*watched.name, core::mem::take(&mut watched.hour)))
            .filter(|(_, counts)| !counts.is_empty())
            .collect();
        let over = group.hour;
        group.hour = hour;
        let json = serde_json::to_string(&counts).unwrap_or_default();
        if !counts.is_empty() {
            let group = number as u32;
            self.writes.push_back(MonitorWrite::AddHour { group, hour: over, json });
        }
        if is_first {
            let before =
                |kept: Millis| Timestamp::from_millis(now.as_millis().saturating_sub(kept.get()));
            self.writes.push_back(MonitorWrite::ForgetBefore {
                observations: before(OBSERVATIONS_KEPT),
                hours: before(HOURS_KEPT),
                days: first_kept(now),
            });
        }
    }

    fn end_order(&mut self, place: &str, group: u32) {
        self.under_way.retain(|it| (it.place.as_str(), it.group) != (place, group as usize));
    }

    pub(super) fn group_has_changed(&mut self, number: usize) {
        if let Some(group) = self.groups.get_mut(number) {
            group.has_changed = true;
        }
    }

    pub(super) fn watched(&self, index: usize) -> Option<&WatchedCheck> {
        watched_at(&self.groups, index)
    }

    pub(super) fn watched_mut(&mut self, index: usize) -> Option<&mut WatchedCheck> {
        self.groups.get_mut(index / GROUP_MAX)?.checks.get_mut(index % GROUP_MAX)
    }
}

/// The check of this index in the site file, where the rest of the host is borrowed too.
pub(super) fn watched_at(groups: &[CheckGroup], index: usize) -> Option<&WatchedCheck> {
    groups.get(index / GROUP_MAX)?.checks.get(index % GROUP_MAX)
}
