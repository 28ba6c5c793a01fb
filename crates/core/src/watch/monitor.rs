//! The monitor of one check: what its observations add up to, and when that is an incident.
//!
//! A single failed request says little: a packet was lost, or a place has trouble of its own. So a
//! place has to fail several times in a row, and several places have to agree, before the check is
//! down; until that is settled, the check is repeated sooner. An incident then begins when the
//! trouble began, and not when it was confirmed, and a check that fails again and again has one
//! long incident instead of many short ones. The naive model in `tests/monitor/reference.rs` says
//! the same in terms of the list of all observations.
//!
//! The monitor is judged after each step: an observation, a tick, an order or news of the parent.
//! Steps take the caller's time; one that is earlier than the step before counts as that.

mod clock;
mod confirmation;
mod incident;
mod place;
mod policy;
mod resumed;
mod stored;

use alloc::vec::Vec;

pub use incident::OpenIncident;
use incident::Openings;
use place::Place;
pub use policy::MonitorPolicy;
use serde::{Deserialize, Serialize};

use crate::base::time::Timestamp;

/// What a check found at one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckResult {
    /// All was as expected.
    Up,
    /// It answered, but too slowly, or a non-fatal assertion failed.
    Degraded,
    /// It did not answer, or an assertion failed.
    Down,
}

/// What the observations of a check add up to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckState {
    /// Fewer places than have to agree have ever been observed.
    #[default]
    Pending,
    /// Fewer places than have to agree have been observed lately.
    Unknown,
    /// As many places as have to agree fail.
    Down,
    /// As many places as have to agree are impaired.
    Degraded,
    /// None of the above.
    Up,
}

impl CheckState {
    /// The name that documents and the operators' API use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Unknown => "unknown",
            Self::Down => "down",
            Self::Degraded => "degraded",
            Self::Up => "up",
        }
    }

    /// Whether visitors are served: a check in one of these states ends an incident.
    const fn ends_incidents(self) -> bool {
        matches!(self, Self::Up | Self::Degraded)
    }
}

/// The state of the check that this one depends on, as far as it matters here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Parent {
    /// It is in any state but `down`, or there is none.
    #[default]
    Up,
    /// It is `down`: what depends on it opens no incidents of its own.
    Down,
}

/// What a step changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MonitorChange {
    /// The state before the step.
    pub state_before: CheckState,
    /// Whether the step opened an incident.
    pub opened: bool,
    /// The time at which an incident ended, if the step resolved one.
    pub resolved: Option<Timestamp>,
}

impl MonitorChange {
    /// Whether nothing follows from the step, after which the state is `state`.
    pub fn is_none(&self, state: CheckState) -> bool {
        self.state_before == state && !self.opened && self.resolved.is_none()
    }
}

/// The monitor of one check.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Monitor {
    state: CheckState,
    /// The time of the last step.
    now: Timestamp,
    /// In the order in which they were first observed.
    places: Vec<Place>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    incident: Option<OpenIncident>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_resolved: Option<Timestamp>,
    openings: Openings,
    parent: Parent,
    /// When the parent last left `down`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parent_recovered_at: Option<Timestamp>,
    /// The end of the maintenance that holds, or of the last one that held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    maintenance_until: Option<Timestamp>,
}

impl Monitor {
    /// Takes what the check found at a place.
    pub fn observe(
        &mut self,
        policy: &MonitorPolicy,
        place: &str,
        result: CheckResult,
        at: Timestamp,
    ) -> MonitorChange {
        let now = self.step_to(at);
        let index = self.places.iter().position(|known| known.name == place).unwrap_or_else(|| {
            self.places.push(Place::new(place));
            self.places.len() - 1
        });
        let mut recovered_at = None;
        if let Some(place) = self.places.get_mut(index) {
            recovered_at = place.observe(policy, result, now);
        }
        // The caller's own time: a clock that was set back must not put checks off.
        let due = at + policy.interval(self.is_unsure());
        if let Some(place) = self.places.get_mut(index) {
            place.due = due;
        }
        self.judge(policy, recovered_at)
    }

    /// Judges again, since time passes without observations too.
    pub fn tick(&mut self, policy: &MonitorPolicy, at: Timestamp) -> MonitorChange {
        self.step_to(at);
        self.judge(policy, None)
    }

    /// Sets the one window of maintenance to last until `until`. If that is not after `at`, the
    /// window that holds ends at `at`.
    pub fn set_maintenance(
        &mut self,
        policy: &MonitorPolicy,
        until: Timestamp,
        at: Timestamp,
    ) -> MonitorChange {
        let now = self.step_to(at);
        if until > now {
            self.maintenance_until = Some(until);
        } else if self.is_in_maintenance() {
            self.maintenance_until = Some(now);
        }
        self.judge(policy, None)
    }

    /// Takes news of the check that this one depends on.
    pub fn set_parent(
        &mut self,
        policy: &MonitorPolicy,
        parent: Parent,
        at: Timestamp,
    ) -> MonitorChange {
        let now = self.step_to(at);
        if (self.parent, parent) == (Parent::Down, Parent::Up) {
            self.parent_recovered_at = Some(now);
        }
        self.parent = parent;
        self.judge(policy, None)
    }

    /// Forgets the places that the check is not made from any more. The next step judges without
    /// them.
    pub fn retain_places(&mut self, keeps: impl Fn(&str) -> bool) {
        self.places.retain(|place| keeps(&place.name));
    }

    /// The state as of the last step.
    pub const fn state(&self) -> CheckState {
        self.state
    }

    /// The incident that is open.
    pub const fn incident(&self) -> Option<&OpenIncident> {
        self.incident.as_ref()
    }

    /// The state of the check that this one depends on, as it was told last.
    pub const fn parent(&self) -> Parent {
        self.parent
    }

    /// When the last incident that was resolved ended.
    pub const fn last_resolved(&self) -> Option<Timestamp> {
        self.last_resolved
    }

    /// Whether a place's last observation and its standing contradict each other.
    pub fn is_unsure(&self) -> bool {
        self.places.iter().any(Place::is_unsure)
    }

    /// Whether maintenance held at the last step.
    pub fn is_in_maintenance(&self) -> bool {
        self.maintenance_until.is_some_and(|until| self.now < until)
    }

    /// When the next observation of a place is due; `None` if it has never been observed.
    pub fn due(&self, place: &str) -> Option<Timestamp> {
        self.places.iter().find(|known| known.name == place).map(|place| place.due)
    }

    /// The places that fail, with the beginning of the series that made each fail.
    pub fn failing_places(&self) -> impl Iterator<Item = (&str, Timestamp)> {
        self.places
            .iter()
            .filter_map(|place| place.fails_since().map(|since| (&*place.name, since)))
    }

    fn step_to(&mut self, at: Timestamp) -> Timestamp {
        self.now = self.now.max(at);
        self.now
    }

    /// `recovered_at`: the first of the observations that ended the failing of a place in this
    /// step.
    fn judge(&mut self, policy: &MonitorPolicy, recovered_at: Option<Timestamp>) -> MonitorChange {
        let state_before = self.state;
        self.state = self.judged(policy);
        let resolved = self.resolve_if_over(policy, recovered_at);
        let opened = self.open_if_due(policy);
        MonitorChange { state_before, opened, resolved }
    }

    fn judged(&self, policy: &MonitorPolicy) -> CheckState {
        let needed = policy.places.get() as usize;
        let has_enough = |counts: &dyn Fn(&Place) -> bool| {
            self.places.iter().filter(|it| counts(it)).count() >= needed
        };
        if self.places.len() < needed {
            CheckState::Pending
        } else if !has_enough(&|place| place.is_fresh(policy, self.now)) {
            CheckState::Unknown
        } else if has_enough(&|place| place.fails_since().is_some()) {
            CheckState::Down
        } else if has_enough(&Place::is_impaired) {
            CheckState::Degraded
        } else {
            CheckState::Up
        }
    }

    fn resolve_if_over(
        &mut self,
        policy: &MonitorPolicy,
        recovered_at: Option<Timestamp>,
    ) -> Option<Timestamp> {
        let incident = self.incident.as_mut()?;
        let ended_at = incident.step(policy, self.state, recovered_at, self.now)?;
        self.incident = None;
        self.last_resolved = Some(ended_at);
        Some(ended_at)
    }

    fn open_if_due(&mut self, policy: &MonitorPolicy) -> bool {
        let is_due = self.state == CheckState::Down
            && self.incident.is_none()
            && !self.is_in_maintenance()
            && self.parent == Parent::Up;
        if is_due {
            let earliest = self.failing_places().map(|(_, since)| since).min();
            let sources = [earliest, self.maintenance_until, self.parent_recovered_at];
            let since = sources.into_iter().flatten().max().unwrap_or(self.now);
            let is_flapping = self.openings.add(policy, self.now);
            self.incident = Some(OpenIncident::new(since, self.now, is_flapping));
        }
        is_due
    }
}
