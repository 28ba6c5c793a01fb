//! The incidents that are open, and the latest of those that are over.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use super::history::DAYS_KEPT;
use super::visitors::RecentAnswers;
use super::watched::WatchedCheck;
use crate::base::stored::StoredForm as _;
use crate::base::time::Timestamp;
use crate::circuit::breaker::State;
use crate::site::config::WatchRules;
use crate::watch::alert::AlertKind;
use crate::watch::check::{Check, CheckObservation, OWN_NAMES};
use crate::watch::incident::{
    CheckIncident, Incident, IncidentChange, IncidentCheck, IncidentError, IncidentEvidence,
    IncidentOpening, IncidentOrigin, IncidentStep, TimelineKind, title_of,
};
use crate::watch::monitor::{CheckResult, CheckState};

/// Incidents that are kept. Of more, the oldest that are over go, and those of the machine before
/// those of people that the published uptime still counts.
pub const INCIDENTS_MAX: usize = 200;

/// An incident, and whether it differs from what is stored.
#[derive(Clone, Debug)]
struct TrackedIncident {
    incident: Incident,
    has_changed: bool,
}

/// The incidents, the oldest first.
#[derive(Clone, Debug, Default)]
pub(super) struct Incidents {
    list: Vec<TrackedIncident>,
    /// What people are to be told, with the id of its incident.
    steps: Vec<(String, AlertKind)>,
    /// The ids of those that were dropped.
    dropped: Vec<String>,
    /// The circuits that are open, as far as the monitor was told since it was loaded.
    open_circuits: BTreeSet<String>,
}

impl Incidents {
    /// Reads what is stored. Those that cannot be read are told, and stay where they are.
    pub(super) fn load(stored: &[(String, String)]) -> (Self, Vec<String>) {
        let mut incidents = Self::default();
        let mut unread = Vec::new();
        for (id, text) in stored {
            match Incident::from_stored(text) {
                Ok(incident) => {
                    incidents.list.push(TrackedIncident { incident, has_changed: false });
                }
                Err(error) => unread.push(format!("incident {id}: {error}")),
            }
        }
        incidents.list.sort_by_key(|kept| kept.incident.opened_at());
        (incidents, unread)
    }

    /// Pulls back what a clock that ran ahead has noted.
    pub(super) fn handle_clock(&mut self, now: Timestamp) {
        for kept in &mut self.list {
            kept.has_changed |= kept.incident.handle_clock(now);
        }
    }

    /// The latest incident in which a check fails, whether it is open or a person has ended it.
    pub(super) fn in_which_fails(&self, check: &str) -> Option<(&Incident, &IncidentCheck)> {
        self.iter().rev().find_map(|incident| {
            let mut failing = incident.checks().iter().filter(|it| it.is_failing);
            Some((incident, failing.find(|it| it.name == check)?))
        })
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Incident> {
        self.list.iter().map(|kept| &kept.incident)
    }

    /// Those that an event has changed, before that is stored.
    pub(super) fn changed(&self) -> impl Iterator<Item = &Incident> {
        self.list.iter().filter(|kept| kept.has_changed).map(|kept| &kept.incident)
    }

    pub(super) fn get(&self, id: &str) -> Option<&Incident> {
        self.iter().find(|incident| incident.id() == id)
    }

    /// The incident of this id, which is stored again.
    pub(super) fn get_mut(&mut self, id: &str) -> Option<&mut Incident> {
        let kept = self.list.iter_mut().find(|kept| kept.incident.id() == id)?;
        kept.has_changed = true;
        Some(&mut kept.incident)
    }

    /// An incident that has to be stored, with its id.
    pub(super) fn take_changed(&mut self) -> Option<(String, String)> {
        let kept = self.list.iter_mut().find(|kept| kept.has_changed)?;
        kept.has_changed = false;
        Some((kept.incident.id().into(), kept.incident.to_stored()))
    }

    /// The id of an incident that has to be deleted.
    pub(super) fn take_dropped(&mut self) -> Option<String> {
        self.dropped.pop()
    }

    /// What people are to be told.
    pub(super) fn take_steps(&mut self) -> Vec<(String, AlertKind)> {
        core::mem::take(&mut self.steps)
    }

    /// Opens the incident of a check, or makes the check part of one that has just been opened:
    /// what fails together has one cause, and is told once.
    pub(super) fn open_check(
        &mut self,
        rules: &WatchRules,
        check: &Check,
        watched: &WatchedCheck,
        answers: &RecentAnswers,
        now: Timestamp,
    ) {
        let open = watched.monitor.incident();
        let first = CheckIncident {
            check: check.name.clone(),
            severity: check.severity,
            since: open.map_or(now, |open| open.since),
            is_flapping: open.is_some_and(|open| open.is_flapping),
            runbook: check.runbook.clone(),
        };
        let edge = answers.since(check, first.since);
        let evidence =
            IncidentEvidence { edge, ..evidence(check, watched, &self.open_circuits, now) };
        let id = self.join_or_open(rules, &first, evidence, now);
        let Some(incident) = self.get_mut(&id) else { return };
        // What led to it happened before it was opened.
        for latest in watched.latest.iter().filter(|latest| latest.result != CheckResult::Up) {
            incident.record(
                latest.at,
                observed(check, &latest.place, latest.result, &latest.reasons),
                now,
            );
        }
    }

    fn join_or_open(
        &mut self,
        rules: &WatchRules,
        first: &CheckIncident,
        evidence: IncidentEvidence,
        now: Timestamp,
    ) -> String {
        let is_young = |incident: &Incident| {
            incident.is_open()
                && !incident.is_manual()
                && incident.told().next().is_none()
                && now.since(incident.opened_at()) < rules.group_wait
        };
        // One that fails again while others of the incident fail is no other trouble.
        let is_its_own = |incident: &Incident| {
            let is_known = incident.checks().iter().any(|it| it.name == first.check);
            incident.is_open() && !incident.is_manual() && is_known
        };
        let mut joined = self.list.iter().rposition(|kept| is_its_own(&kept.incident));
        joined = joined.or_else(|| self.list.iter().rposition(|kept| is_young(&kept.incident)));
        if let Some(kept) = joined.and_then(|index| self.list.get_mut(index)) {
            // Those who were told of it are told this with what else is new.
            kept.has_changed |= kept.incident.join(first, now).is_changed;
            return kept.incident.id().to_string();
        }
        let id = self.new_id(now);
        let title = title_of(&first.check, CheckState::Down);
        self.add(Incident::open(id.clone(), title, first, evidence, now));
        id
    }

    /// Notes that a check has been well since `at`.
    pub(super) fn end_check(&mut self, check: &str, at: Timestamp, now: Timestamp) {
        let mut steps = Vec::new();
        for kept in &mut self.list {
            let step = kept.incident.handle_check_resolved(check, at, now);
            if step.is_changed {
                kept.has_changed = true;
                steps.push((kept.incident.id().to_string(), step));
            }
        }
        for (id, step) in steps {
            self.take_step(&id, step);
        }
    }

    /// Checks that are not made any more hold no incident open.
    pub(super) fn end_unknown_checks(&mut self, is_known: impl Fn(&str) -> bool, now: Timestamp) {
        let open = self.iter().filter(|incident| incident.is_open());
        let checks = open.flat_map(|incident| incident.checks());
        let gone = checks
            .filter(|it| it.is_failing && !OWN_NAMES.contains(&&*it.name) && !is_known(&it.name));
        let gone: Vec<String> = gone.map(|it| it.name.clone()).collect();
        for check in gone {
            self.end_check(&check, now, now);
        }
    }

    /// Notes that a place found something else than before.
    pub(super) fn record_turn(
        &mut self,
        check: &Check,
        place: &str,
        found: &CheckObservation,
        now: Timestamp,
    ) {
        let kind = observed(check, place, found.result, &found.reasons);
        self.record(&check.name, &kind, now);
    }

    /// Notes that the state of a check has changed.
    pub(super) fn record_state(
        &mut self,
        check: &Check,
        from: CheckState,
        to: CheckState,
        now: Timestamp,
    ) {
        self.record(
            &check.name,
            &TimelineKind::CheckTurned { check: check.name.clone(), from, to },
            now,
        );
    }

    /// Adds what happened to the open incidents that the check is part of.
    fn record(&mut self, check: &str, kind: &TimelineKind, now: Timestamp) {
        for kept in &mut self.list {
            let incident = &mut kept.incident;
            if incident.is_open() && incident.checks().iter().any(|it| it.name == check) {
                kept.has_changed |= incident.record(now, kind.clone(), now);
            }
        }
    }

    /// Notes that a circuit has changed its state.
    pub(super) fn record_circuit(&mut self, name: &str, from: State, to: State, now: Timestamp) {
        if to == State::Open {
            self.open_circuits.insert(name.into());
        } else {
            self.open_circuits.remove(name);
        }
        self.record_for_all(&TimelineKind::Circuit { name: name.into(), from, to }, now);
    }

    /// Adds what happened to all open incidents.
    fn record_for_all(&mut self, kind: &TimelineKind, now: Timestamp) {
        for kept in &mut self.list {
            if kept.incident.is_open() {
                kept.has_changed |= kept.incident.record(now, kind.clone(), now);
            }
        }
    }

    /// Renews what is known of the trouble of a check.
    pub(super) fn renew_evidence(&mut self, check: &Check, watched: &WatchedCheck, now: Timestamp) {
        for kept in &mut self.list {
            let incident = &mut kept.incident;
            let is_first = incident.checks().first().is_some_and(|it| it.name == check.name);
            if incident.is_open() && is_first && watched.monitor.state() == CheckState::Down {
                let edge = incident.evidence().and_then(|known| known.edge);
                let known = evidence(check, watched, &self.open_circuits, now);
                incident.set_evidence(IncidentEvidence { edge, ..known });
                kept.has_changed = true;
            }
        }
    }

    /// Opens an incident by hand. Returns its id.
    pub(super) fn open_by_hand(
        &mut self,
        opening: &IncidentOpening,
        by: &str,
        now: Timestamp,
    ) -> String {
        let id = self.new_id(now);
        let (incident, step) = Incident::open_by_hand(id.clone(), opening, by, now);
        self.add(incident);
        self.take_step(&id, step);
        id
    }

    /// Opens an incident that tells operators of trouble of the monitor's own, which is over.
    pub(super) fn open_own(&mut self, opening: &IncidentOpening, by: &str, now: Timestamp) {
        let id = self.new_id(now);
        let (incident, step) = Incident::open_by_hand(id.clone(), opening, by, now);
        self.add(incident.of_machine());
        self.take_step(&id, step);
    }

    /// Has an incident follow an operator; `None` if there is none of this id.
    pub(super) fn apply(
        &mut self,
        id: &str,
        change: &IncidentChange,
        by: &str,
        now: Timestamp,
    ) -> Option<Result<(), IncidentError>> {
        let incident = self.get_mut(id)?;
        Some(incident.apply(change, by, now).map(|step| self.take_step(id, step)))
    }

    fn take_step(&mut self, id: &str, step: IncidentStep) {
        self.steps.extend(step.alert.map(|kind| (id.to_string(), kind)));
    }

    pub(super) fn add(&mut self, incident: Incident) {
        let counted_since = incident.opened_at().before(DAYS_KEPT);
        self.list.push(TrackedIncident { incident, has_changed: true });
        if self.list.len() > INCIDENTS_MAX {
            let is_counted = |incident: &Incident| {
                let is_of_person = incident.origin() == IncidentOrigin::Operator;
                is_of_person && incident.resolved_at().is_some_and(|end| counted_since < end)
            };
            let is_over = |kept: &TrackedIncident| !kept.incident.is_open();
            let may_go = |kept: &TrackedIncident| is_over(kept) && !is_counted(&kept.incident);
            let oldest = self.list.iter().position(may_go);
            let oldest = oldest.or_else(|| self.list.iter().position(is_over)).unwrap_or(0);
            let dropped = self.list.remove(oldest);
            self.dropped.push(dropped.incident.id().into());
        }
    }

    /// An id that no incident has: the time, and a number if it was opened in the same millisecond
    /// as another.
    pub(super) fn new_id(&self, now: Timestamp) -> String {
        let base = format!("inc-{}", base36(now.as_millis()));
        let taken = |id: &str| self.get(id).is_some();
        let numbered = (2u32..).map(|number| format!("{base}x{number}"));
        let mut ids = core::iter::once(base.clone()).chain(numbered);
        ids.find(|id| !taken(id)).unwrap_or(base)
    }
}

/// What is known of the trouble of a check.
fn evidence(
    check: &Check,
    watched: &WatchedCheck,
    open_circuits: &BTreeSet<String>,
    now: Timestamp,
) -> IncidentEvidence {
    let failing = watched.monitor.failing_places();
    let failing: Vec<(String, Timestamp)> =
        failing.map(|(place, since)| (place.into(), since)).collect();
    let of_failing = watched
        .latest
        .iter()
        .filter(|latest| failing.iter().any(|(place, _)| *place == latest.place));
    let mut reasons: Vec<String> = Vec::new();
    for reason in of_failing.flat_map(|latest| &latest.reasons) {
        if !reasons.contains(reason) {
            reasons.push(reason.clone());
        }
    }
    IncidentEvidence {
        at: now,
        check: check.name.clone(),
        failing_places: failing,
        places_total: u32::try_from(check.places().count()).unwrap_or(u32::MAX),
        reasons,
        edge: None,
        circuits_open: open_circuits.iter().cloned().collect(),
        queued: None,
        is_flapping: watched.monitor.incident().is_some_and(|open| open.is_flapping),
    }
}

fn observed(check: &Check, place: &str, result: CheckResult, reasons: &[String]) -> TimelineKind {
    TimelineKind::Observed {
        check: check.name.clone(),
        place: place.into(),
        result,
        reasons: reasons.to_vec(),
    }
}

/// A number in digits and small letters.
fn base36(mut number: u64) -> String {
    let mut digits = Vec::new();
    loop {
        digits.push(char::from_digit((number % 36) as u32, 36).unwrap_or('0'));
        number /= 36;
        if number == 0 {
            break;
        }
    }
    digits.iter().rev().collect()
}
