//! Which checks are made when.

use alloc::string::String;
use alloc::vec::Vec;

use super::MonitorHost;
use super::effect::{MonitorTask, ProbeOrder};
use super::spending::Asking;
use super::watched::early;
use crate::base::budget::{Cost, Draw, Occasion};
use crate::base::time::{Millis, Timestamp};
use crate::site::budget::{BATCH, importance_of, probe};
use crate::site::config::WatchRules;
use crate::watch::check::{CHECK_CONNECTIONS, Check, GROUP_MAX};

/// The span over which checks are spread that are overdue when the monitor begins: a minute, or the
/// check's own interval if that is shorter. Otherwise a restart would have them all met at once by
/// the services that they ask.
pub(super) const SPREAD: Millis = Millis::from_secs(60);
/// How long the way to a prober and back may take, in milliseconds, on top of its checks.
pub const PROBER_WAY: Millis = Millis::from_secs(5);
/// Orders to probers that one event gives at most. The free plan allows an event 50 requests, and
/// some of them are for alerts.
const ORDERS_MAX: usize = 30;

/// The largest number of requests that a prober is ordered to send at once: a flow sends up to 40,
/// a check from a place outside up to 21, and the free plan allows an event 50
/// (developers.cloudflare.com/workers/platform/limits, "Subrequests").
const REQUESTS_MAX: usize = 50;

/// Checks that a place is making.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct UnderWay {
    pub(super) group: usize,
    pub(super) place: String,
    /// Then no answer comes any more.
    pub(super) until: Timestamp,
    /// The time from the order until then.
    pub(super) within: Millis,
    /// Whether the round that is under way waits for it.
    pub(super) is_of_round: bool,
}

/// When a group begins that is new or overdue.
pub(super) fn spread(group: usize, groups: usize, check: &Check, now: Timestamp) -> Timestamp {
    let span = SPREAD.min(check.policy.every).get();
    now + Millis::new(span * group as u64 / groups.max(1) as u64)
}

impl MonitorHost {
    /// Orders the checks that are due.
    pub(super) fn order_due(&mut self, rules: &WatchRules, now: Timestamp) {
        self.under_way.retain(|it| now < it.until);
        self.miss_heartbeats(rules, now);
        let mut orders = 0;
        for (group, checks) in rules.checks.chunks(GROUP_MAX).enumerate() {
            for place in places_of(checks) {
                let is_under_way = |it: &UnderWay| it.group == group && it.place == place;
                if orders >= ORDERS_MAX || self.under_way.iter().any(is_under_way) {
                    continue;
                }
                let Some((made, first_due)) = self.due_checks(group, checks, place, now) else {
                    continue;
                };
                let made = self.afford(group, made, place, now);
                if !made.is_empty() {
                    orders += 1;
                    self.order(group, &made, place, first_due, now);
                }
            }
        }
    }

    /// What a place has to do for a group, if something is due, and since when.
    fn due_checks<'a>(
        &self,
        group: usize,
        checks: &'a [Check],
        place: &str,
        now: Timestamp,
    ) -> Option<(Vec<&'a Check>, Timestamp)> {
        let watched = &self.groups.get(group)?.checks;
        let due = checks.iter().zip(watched).filter(|(check, _)| check.is_probed_at(place));
        let due: Vec<(&Check, Timestamp)> =
            due.map(|(check, watched)| (check, watched.due(check, place))).collect();
        let first_due = due.iter().map(|(_, due)| *due).min().filter(|due| *due <= now)?;
        let made = due.into_iter().filter(|(check, due)| *due <= now + early(check));
        Some((within_requests(made.collect(), place), first_due))
    }

    /// Those of the checks that the budget allows, drawn for. The others wait.
    fn afford<'a>(
        &mut self,
        group: usize,
        mut checks: Vec<&'a Check>,
        place: &str,
        now: Timestamp,
    ) -> Vec<&'a Check> {
        checks.sort_by_key(|check| check.severity);
        let mut made: Vec<&Check> = Vec::new();
        for check in checks {
            let of_group = self.groups.get_mut(group).map(|group| &mut group.checks);
            let mut of_group = of_group.into_iter().flatten();
            let Some(watched) = of_group.find(|watched| watched.name == check.name) else {
                continue;
            };
            let batch = if made.is_empty() { BATCH } else { Cost::ZERO };
            let occasion = watched.occasion(check, place, now);
            let asking = Asking::Check(occasion, importance_of(check.severity));
            match self.spending.draw(asking, batch + probe(check, place), now) {
                Draw::Granted => made.push(check),
                Draw::Held(until) => {
                    // Once it is planned it asks for more of the budget.
                    let planned_at = watched.planned_at(check, place);
                    watched.held_until = match occasion {
                        Occasion::Planned => until,
                        Occasion::Unplanned => until.min(planned_at),
                    };
                }
            }
        }
        made
    }

    /// Has a place make checks of a group.
    fn order(
        &mut self,
        group: usize,
        made: &[&Check],
        place: &str,
        first_due: Timestamp,
        now: Timestamp,
    ) {
        let longest = made.iter().map(|check| check.longest(place)).max().unwrap_or_default();
        let waves = (made.len() as u64).div_ceil(CHECK_CONNECTIONS as u64);
        let within = Millis::new(longest.get().saturating_mul(waves)).saturating_add(PROBER_WAY);
        let checks: Vec<String> = made.iter().map(|check| check.name.clone()).collect();
        if let Some(of_group) = self.groups.get_mut(group) {
            for watched in &mut of_group.checks {
                if checks.contains(&watched.name) {
                    watched.handle_asked(place, now);
                }
            }
        }
        let until = now + within;
        let is_of_round = self.round.is_some_and(|begun| first_due <= begun);
        let under_way = UnderWay { group, place: place.into(), until, within, is_of_round };
        self.under_way.push(under_way);
        let order = ProbeOrder { place: place.into(), group: group as u32, checks, within };
        self.work.push_back(MonitorTask::Probe(order));
    }

    /// When something is due next.
    pub(super) fn next_probe(&self, rules: &WatchRules) -> Option<Timestamp> {
        let mut next: Option<Timestamp> = None;
        for (group, checks) in rules.checks.chunks(GROUP_MAX).enumerate() {
            let Some(watched) = self.groups.get(group) else { continue };
            for place in places_of(checks) {
                let is_under_way = |it: &&UnderWay| it.group == group && it.place == place;
                let due = match self.under_way.iter().find(is_under_way) {
                    Some(under_way) => Some(under_way.until),
                    None => {
                        let made = checks.iter().zip(&watched.checks);
                        let made = made.filter(|(check, _)| check.places().any(|it| it == place));
                        made.map(|(check, watched)| watched.due(check, place)).min()
                    }
                };
                next = [next, due].into_iter().flatten().min();
            }
        }
        next
    }
}

/// The checks that one event can make at a place, those that wait for longest first. The others
/// stay due.
fn within_requests<'a>(mut due: Vec<(&'a Check, Timestamp)>, place: &str) -> Vec<&'a Check> {
    due.sort_by_key(|(_, due)| *due);
    let mut left = REQUESTS_MAX;
    let mut made = Vec::new();
    for (check, _) in due {
        let requests = check.requests_max(place);
        if requests <= left || made.is_empty() {
            left = left.saturating_sub(requests);
            made.push(check);
        }
    }
    made
}

/// The places of several checks, each once.
fn places_of(checks: &[Check]) -> Vec<&str> {
    let mut all = Vec::new();
    for place in checks.iter().flat_map(Check::places) {
        if !all.contains(&place) {
            all.push(place);
        }
    }
    all
}
