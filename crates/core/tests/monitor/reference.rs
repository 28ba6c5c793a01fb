//! The monitor's semantics a second time, written from the design and not from the code.
//!
//! The model keeps every observation, order and change of the parent, and what it judged in each
//! step. It computes each answer from these lists: where the monitor has a counter, the model looks
//! at all observations again. It is slow and simple on purpose.

use breakwater_core::base::time::Timestamp;
use breakwater_core::watch::monitor::{CheckResult, CheckState, MonitorPolicy, Parent};

/// A monitor that remembers everything. Times are in milliseconds.
pub(crate) struct Reference {
    policy: MonitorPolicy,
    observations: Vec<Observation>,
    orders: Vec<Order>,
    parents: Vec<ParentChange>,
    /// What was judged in each step, with the latest one last.
    judgements: Vec<Judgement>,
    /// Every incident, with the latest one last. Only that one may be open.
    incidents: Vec<Incident>,
}

#[derive(Clone)]
struct Observation {
    place: String,
    result: CheckResult,
    at: u64,
}

struct Order {
    until: u64,
    at: u64,
}

struct ParentChange {
    parent: Parent,
    at: u64,
}

struct Judgement {
    state: CheckState,
    at: u64,
    /// If a place stopped failing in this step, the first of the observations that ended it.
    recovered: Option<u64>,
}

#[derive(Clone, Debug)]
pub(crate) struct Incident {
    pub(crate) since: u64,
    pub(crate) opened_at: u64,
    pub(crate) is_flapping: bool,
    pub(crate) resolved: Option<u64>,
}

/// What a step changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) opened: bool,
    pub(crate) resolved: Option<u64>,
    pub(crate) state_before: CheckState,
}

/// Which results count against a place. The rule for failing takes `is_down`, and the same rule for
/// being impaired takes `is_not_up`.
type Bad = fn(CheckResult) -> bool;

fn is_down(result: CheckResult) -> bool {
    matches!(result, CheckResult::Down)
}

fn is_not_up(result: CheckResult) -> bool {
    matches!(result, CheckResult::Down | CheckResult::Degraded)
}

fn is_well(state: CheckState) -> bool {
    matches!(state, CheckState::Up | CheckState::Degraded)
}

impl Reference {
    pub(crate) fn new(policy: &MonitorPolicy) -> Self {
        Self {
            policy: policy.clone(),
            observations: Vec::new(),
            orders: Vec::new(),
            parents: Vec::new(),
            judgements: Vec::new(),
            incidents: Vec::new(),
        }
    }

    pub(crate) fn observe(&mut self, place: &str, result: CheckResult, at: Timestamp) -> Change {
        let at = at.as_millis();
        let failed_before = self.run(&self.observations, place, is_down).is_some();
        self.observations.push(Observation { place: place.to_owned(), result, at });
        let fails = self.run(&self.observations, place, is_down).is_some();
        let recovered = (failed_before && !fails).then(|| {
            let times: Vec<u64> = of(&self.observations, place).map(|seen| seen.at).collect();
            times[times.len() - self.policy.successes.get() as usize]
        });
        self.judge(at, recovered)
    }

    pub(crate) fn tick(&mut self, at: Timestamp) -> Change {
        self.judge(at.as_millis(), None)
    }

    pub(crate) fn set_maintenance(&mut self, until: Timestamp, at: Timestamp) -> Change {
        let (until, at) = (until.as_millis(), at.as_millis());
        self.orders.push(Order { until, at });
        self.judge(at, None)
    }

    pub(crate) fn set_parent(&mut self, parent: Parent, at: Timestamp) -> Change {
        let at = at.as_millis();
        self.parents.push(ParentChange { parent, at });
        self.judge(at, None)
    }

    /// The state as the latest step judged it.
    pub(crate) fn state(&self) -> CheckState {
        self.judgements.last().map_or(CheckState::Pending, |latest| latest.state)
    }

    /// The open incident.
    pub(crate) fn incident(&self) -> Option<&Incident> {
        self.incidents.last().filter(|incident| incident.resolved.is_none())
    }

    /// When the last resolved incident was resolved.
    pub(crate) fn last_resolved(&self) -> Option<u64> {
        self.incidents.iter().rev().find_map(|incident| incident.resolved)
    }

    /// When the last incident opened, be it open or not.
    pub(crate) fn last_opened(&self) -> Option<u64> {
        self.incidents.last().map(|incident| incident.opened_at)
    }

    pub(crate) fn is_unsure(&self) -> bool {
        self.is_unsure_after(&self.observations)
    }

    pub(crate) fn due(&self, place: &str) -> Option<u64> {
        let last = self.observations.iter().rposition(|seen| seen.place == place)?;
        let wait = if self.is_unsure_after(&self.observations[..=last]) {
            self.policy.recheck.min(self.policy.every)
        } else {
            self.policy.every
        };
        Some(self.observations[last].at.saturating_add(wait.get()))
    }

    /// How many places fail, whatever the state is.
    pub(crate) fn failing(&self) -> usize {
        self.runs(is_down).len()
    }

    /// The times at which something can change though no observation is made: exactly then, or a
    /// millisecond earlier or later.
    pub(crate) fn boundaries(&self) -> impl Iterator<Item = u64> {
        let (stale_after, window) = (self.policy.stale_after, self.policy.flap_window);
        let seen = places(&self.observations).into_iter().filter_map(move |place| {
            let last = of(&self.observations, place).last()?;
            Some(last.at.saturating_add(stale_after.get()))
        });
        let opened =
            self.incidents.iter().map(move |past| past.opened_at.saturating_add(window.get()));
        let stable_for = self.policy.stable_for;
        let waited = self.waits_since().map(|start| start.saturating_add(stable_for.get()));
        seen.chain(opened).chain(waited).chain(self.maintenance_end())
    }

    /// The start of the run for which a place fails (or is impaired), if it does, by all
    /// observations in the list.
    fn run(&self, observations: &[Observation], place: &str, bad: Bad) -> Option<u64> {
        let series: Vec<(bool, u64)> =
            of(observations, place).map(|seen| (bad(seen.result), seen.at)).collect();
        // Whether the observation at the index makes the last `count` ones all alike.
        let makes = |index: usize, count: u32, value: bool| {
            let count = count as usize;
            index + 1 >= count
                && series[index + 1 - count..=index].iter().all(|(is_bad, _)| *is_bad == value)
        };
        let (failures, successes) = (self.policy.failures.get(), self.policy.successes.get());
        let well = (0..series.len()).rev().find(|&index| makes(index, successes, false));
        let after_well = well.map_or(0, |index| index + 1);
        let made = (after_well..series.len()).find(|&index| makes(index, failures, true))?;
        let first = (0..=made).rev().take_while(|&index| series[index].0).last();
        first.map(|index| series[index].1)
    }

    /// The starts of the runs of all places that fail (or are impaired).
    fn runs(&self, bad: Bad) -> Vec<u64> {
        let places = places(&self.observations);
        places.iter().filter_map(|place| self.run(&self.observations, place, bad)).collect()
    }

    fn state_at(&self, now: u64) -> CheckState {
        let needed = self.policy.places.get() as usize;
        let places = places(&self.observations);
        let is_fresh = |place: &&&str| {
            of(&self.observations, place).any(|seen| now - seen.at < self.policy.stale_after.get())
        };
        if places.len() < needed {
            CheckState::Pending
        } else if places.iter().filter(is_fresh).count() < needed {
            CheckState::Unknown
        } else if self.runs(is_down).len() >= needed {
            CheckState::Down
        } else if self.runs(is_not_up).len() >= needed {
            CheckState::Degraded
        } else {
            CheckState::Up
        }
    }

    fn is_unsure_after(&self, observations: &[Observation]) -> bool {
        places(observations).into_iter().any(|place| {
            let last = of(observations, place).last().expect("each place was observed");
            is_down(last.result) != self.run(observations, place, is_down).is_some()
        })
    }

    /// The end of the last maintenance that held, or that holds.
    fn maintenance_end(&self) -> Option<u64> {
        self.orders.iter().fold(None, |end, order| match end {
            _ if order.until > order.at => Some(order.until),
            Some(end) if order.at < end => Some(order.at),
            _ => end,
        })
    }

    fn is_parent_down(&self) -> bool {
        self.parents.last().is_some_and(|change| matches!(change.parent, Parent::Down))
    }

    /// The moment when the parent last left `down`.
    fn parent_left_down(&self) -> Option<u64> {
        let leaves = |pair: &&[ParentChange]| {
            matches!(pair[0].parent, Parent::Down) && matches!(pair[1].parent, Parent::Up)
        };
        self.parents.windows(2).rfind(leaves).map(|pair| pair[1].at)
    }

    /// The time at which the open incident resolves, or would if it were not flapping. There is
    /// none while the check has been `down` and not yet `up` or `degraded` since.
    pub(crate) fn waits_since(&self) -> Option<u64> {
        let incident = self.incident()?;
        let down = self.judgements.iter().rposition(|past| past.state == CheckState::Down)?;
        let ended = self.judgements[down..].iter().find(|past| is_well(past.state))?;
        Some(ended.recovered.unwrap_or(ended.at).max(incident.since))
    }

    fn judge(&mut self, now: u64, recovered: Option<u64>) -> Change {
        let state_before = self.state();
        let state = self.state_at(now);
        self.judgements.push(Judgement { state, at: now, recovered });
        let opened = state == CheckState::Down
            && self.incident().is_none()
            && self.maintenance_end().is_none_or(|end| now >= end)
            && !self.is_parent_down();
        if opened {
            self.open(now);
        }
        let resolved = self.waits_since().filter(|start| {
            let is_flapping = self.incident().is_some_and(|incident| incident.is_flapping);
            let has_passed = now - start >= self.policy.stable_for.get();
            is_well(state) && (has_passed || !is_flapping)
        });
        if let (Some(_), Some(incident)) = (resolved, self.incidents.last_mut()) {
            incident.resolved = resolved;
        }
        Change { opened, resolved, state_before }
    }

    fn open(&mut self, now: u64) {
        let earliest = self.runs(is_down).into_iter().min();
        let since = [earliest, self.maintenance_end(), self.parent_left_down()];
        let since = since.into_iter().flatten().max().expect("a place fails");
        let window = self.policy.flap_window.get();
        let times = self.incidents.iter().map(|incident| incident.opened_at).chain([now]);
        let opened = times.filter(|opened_at| now - opened_at < window).count();
        let is_flapping = opened >= self.policy.flaps.get() as usize;
        self.incidents.push(Incident { since, opened_at: now, is_flapping, resolved: None });
    }
}

/// The observations of one place, oldest first.
fn of<'a>(
    observations: &'a [Observation],
    place: &'a str,
) -> impl Iterator<Item = &'a Observation> {
    observations.iter().filter(move |seen| seen.place == place)
}

/// The places that have ever been observed.
fn places(observations: &[Observation]) -> Vec<&str> {
    let mut places = Vec::new();
    for seen in observations {
        if !places.contains(&seen.place.as_str()) {
            places.push(&seen.place);
        }
    }
    places
}
