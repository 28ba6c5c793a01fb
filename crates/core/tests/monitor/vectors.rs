//! Runs the vectors: those in `tests/vectors/monitor`, and every file in the directory that
//! `BREAKWATER_MONITOR_VECTORS` names.
//!
//! The reference model runs each vector as well, so that a vector pins the design and not only the
//! code. So does a monitor that is stored and restored before every step.

use std::fs;
use std::num::NonZeroU32;
use std::path::Path;

use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::watch::monitor::{CheckResult, Monitor, MonitorChange, MonitorPolicy, Parent};
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};

use crate::reference::{Change, Reference};
use crate::{Reading, restored, vector_files};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    name: String,
    source: String,
    #[serde(default)]
    policy: PolicyKeys,
    steps: Vec<Step>,
}

/// The keys of a policy. A key that is left out takes its default.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct PolicyKeys {
    every: Option<Millis>,
    failures: Option<NonZeroU32>,
    places: Option<NonZeroU32>,
    successes: Option<NonZeroU32>,
    recheck: Option<Millis>,
    stale_after: Option<Millis>,
    flaps: Option<NonZeroU32>,
    flap_window: Option<Millis>,
    stable_for: Option<Millis>,
    // Keys of a check that the monitor's state does not depend on.
    #[serde(rename = "timeout")]
    _timeout: IgnoredAny,
    #[serde(rename = "depends_on")]
    _depends_on: IgnoredAny,
    #[serde(rename = "severity")]
    _severity: IgnoredAny,
    #[serde(rename = "alert_after")]
    _alert_after: IgnoredAny,
    #[serde(rename = "runbook")]
    _runbook: IgnoredAny,
}

impl From<PolicyKeys> for MonitorPolicy {
    fn from(keys: PolicyKeys) -> Self {
        let usual = Self::default();
        let every = keys.every.unwrap_or(usual.every);
        Self {
            every,
            failures: keys.failures.unwrap_or(usual.failures),
            places: keys.places.unwrap_or(usual.places),
            successes: keys.successes.unwrap_or(usual.successes),
            recheck: keys.recheck.unwrap_or(usual.recheck),
            stale_after: keys.stale_after.unwrap_or_else(|| Self::stale_after_for(every)),
            flaps: keys.flaps.unwrap_or(usual.flaps),
            flap_window: keys.flap_window.unwrap_or(usual.flap_window),
            stable_for: keys.stable_for.unwrap_or(usual.stable_for),
        }
    }
}

/// A step of a vector. It does one thing, or it only reads.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Step {
    at_ms: u64,
    observe: Option<String>,
    result: Option<Seen>,
    maintenance: Option<Maintenance>,
    parent: Option<ParentState>,
    tick: bool,
    expect: Expect,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Seen {
    Up,
    Degraded,
    Down,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ParentState {
    Up,
    Down,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct Maintenance {
    until_ms: u64,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Expect {
    #[serde(deserialize_with = "given")]
    state: Option<State>,
    /// `Some(None)` is the `null` that expects no open incident.
    #[serde(deserialize_with = "given")]
    incident: Option<Option<Incident>>,
    #[serde(deserialize_with = "given")]
    resolved_ms: Option<Option<u64>>,
    #[serde(deserialize_with = "given")]
    unsure: Option<bool>,
    #[serde(deserialize_with = "given")]
    due_ms: Option<u64>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Pending,
    Unknown,
    Down,
    Degraded,
    Up,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
struct Incident {
    #[serde(deserialize_with = "given")]
    since_ms: Option<u64>,
    #[serde(deserialize_with = "given")]
    flapping: Option<bool>,
}

/// Reads a key that is there. It tells `null` from a key that is left out.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

/// What a step does.
enum Act<'a> {
    Observe(&'a str, CheckResult),
    Maintenance(Timestamp),
    Parent(Parent),
    Tick,
}

impl Step {
    fn act(&self) -> Result<Option<Act<'_>>, String> {
        let result = self.result.map(|result| match result {
            Seen::Up => CheckResult::Up,
            Seen::Degraded => CheckResult::Degraded,
            Seen::Down => CheckResult::Down,
        });
        let observed = match (&self.observe, result) {
            (Some(place), Some(result)) => Some(Act::Observe(place, result)),
            (None, None) => None,
            _ => return Err("`observe` and `result` go together".into()),
        };
        let until = self.maintenance.map(|order| Timestamp::from_millis(order.until_ms));
        let parent = self.parent.map(|parent| match parent {
            ParentState::Up => Parent::Up,
            ParentState::Down => Parent::Down,
        });
        let tick = self.tick.then_some(Act::Tick);
        let acts = [observed, until.map(Act::Maintenance), parent.map(Act::Parent), tick];
        let mut acts = acts.into_iter().flatten();
        match (acts.next(), acts.next()) {
            (act, None) => Ok(act),
            _ => Err("a step does one thing".into()),
        }
    }
}

impl Act<'_> {
    fn on(&self, monitor: &mut Monitor, policy: &MonitorPolicy, at: Timestamp) -> MonitorChange {
        match *self {
            Self::Observe(place, result) => monitor.observe(policy, place, result, at),
            Self::Maintenance(until) => monitor.set_maintenance(policy, until, at),
            Self::Parent(parent) => monitor.set_parent(policy, parent, at),
            Self::Tick => monitor.tick(policy, at),
        }
    }

    fn on_model(&self, model: &mut Reference, at: Timestamp) -> Change {
        match *self {
            Self::Observe(place, result) => model.observe(place, result, at),
            Self::Maintenance(until) => model.set_maintenance(until, at),
            Self::Parent(parent) => model.set_parent(parent, at),
            Self::Tick => model.tick(at),
        }
    }
}

/// Returns what of the expectation the reading does not meet, as texts of key, expected and found.
fn unmet(expect: &Expect, read: &Reading) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut compare = |key: &str, expected: Option<String>, found: String| {
        if let Some(expected) = expected.filter(|expected| *expected != found) {
            wrong.push(format!("`{key}`: expected {expected}, found {found}"));
        }
    };
    let open = read.incident.map(|(since, _, flapping)| (since, flapping));
    let text = |time: Option<u64>| time.map_or("null".into(), |time| time.to_string());
    let state = expect.state.map(|state| format!("{state:?}").to_lowercase());
    compare("state", state, read.state.into());
    let shown = open.map_or("null".into(), |(since, flapping)| {
        format!(r#"{{"since_ms": {since}, "flapping": {flapping}}}"#)
    });
    match &expect.incident {
        Some(None) => compare("incident", Some("null".into()), shown),
        Some(Some(_)) if open.is_none() => compare("incident", Some("one".into()), shown),
        Some(Some(incident)) => {
            let since = incident.since_ms.map(|since| text(Some(since)));
            compare("incident.since_ms", since, text(open.map(|open| open.0)));
            let flapping = incident.flapping.map(|flapping| flapping.to_string());
            let found = open.is_some_and(|open| open.1).to_string();
            compare("incident.flapping", flapping, found);
        }
        None => {}
    }
    compare("resolved_ms", expect.resolved_ms.map(text), text(read.resolved));
    compare("unsure", expect.unsure.map(|is| is.to_string()), read.is_unsure.to_string());
    let due = read.due.first().copied().flatten();
    compare("due_ms", expect.due_ms.map(|due| text(Some(due))), text(due));
    wrong
}

/// Runs a vector three times: by a monitor, by one that is restored before every step, and by the
/// reference model. Returns the vector's name.
fn run(path: &Path) -> Result<String, String> {
    let read = fs::read_to_string(path).map_err(|error| error.to_string())?;
    run_text(&read)
}

fn run_text(text: &str) -> Result<String, String> {
    let vector: Vector = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if vector.name.is_empty() || vector.source.is_empty() || vector.steps.is_empty() {
        return Err("a vector needs a name, a source and steps".into());
    }
    let policy = MonitorPolicy::from(vector.policy);
    let (mut monitor, mut stored) = (Monitor::default(), Monitor::default());
    let mut model = Reference::new(&policy);
    let (mut before, mut wrong) = (0, Vec::new());
    for (index, step) in vector.steps.iter().enumerate() {
        let mut complain = |who: &str, what: String| {
            let (name, at) = (&vector.name, step.at_ms);
            wrong.push(format!("`{name}`, step {index} at {at} ms{who}: {what}"));
        };
        let act = match step.act() {
            Err(error) => return Err(format!("step {index}: {error}")),
            Ok(_) if step.at_ms < before => {
                return Err(format!("step {index}: `at_ms` is before that of the previous step"));
            }
            Ok(act) => act,
        };
        before = step.at_ms;
        if step.expect.due_ms.is_some() && step.observe.is_none() {
            return Err(format!("step {index}: only an observation has a `due_ms`"));
        }
        let at = Timestamp::from_millis(step.at_ms);
        stored = restored(&stored).map_err(|error| format!("step {index}: {error}"))?;
        let (by, by_stored, by_model) = match &act {
            Some(act) => (
                Some(act.on(&mut monitor, &policy, at)),
                Some(act.on(&mut stored, &policy, at)),
                Some(act.on_model(&mut model, at)),
            ),
            None => (None, None, None),
        };
        let places: Vec<&str> = step.observe.as_deref().into_iter().collect();
        let found = Reading::of(&monitor, by, &places);
        let found_stored = Reading::of(&stored, by_stored, &places);
        let found_model = Reading::of_model(&model, by_model, &places);
        for (who, found) in [
            ("", &found),
            (", restored before each step", &found_stored),
            (", by the reference model", &found_model),
        ] {
            for what in unmet(&step.expect, found) {
                complain(who, what);
            }
        }
        if found != found_stored || monitor != stored {
            complain("", format!("reads {found:?}, restored before each step {found_stored:?}"));
        }
        if found != found_model {
            complain("", format!("reads {found:?}, the reference model {found_model:?}"));
        }
    }
    if wrong.is_empty() { Ok(vector.name) } else { Err(wrong.join("\n    ")) }
}

#[test]
fn every_vector_holds() {
    vector_files::hold("../../tests/vectors/monitor", 60, "BREAKWATER_MONITOR_VECTORS", run);
}

/// Returns why a vector of one step, with these keys, does not hold.
fn complaint(policy: &str, step: &str) -> String {
    let text =
        format!(r#"{{"name": "n", "source": "s", "policy": {{{policy}}}, "steps": [{{{step}}}]}}"#);
    run_text(&text).expect_err("it does not hold")
}

#[test]
fn an_unmet_expectation_names_the_step_the_key_and_both_values() {
    let step = r#""at_ms": 7, "tick": true, "expect": {"state": "up"}"#;
    let said = complaint("", step);
    assert!(said.starts_with("`n`, step 0 at 7 ms: `state`: expected up, found pending"), "{said}");
    let step = r#""at_ms": 7, "tick": true, "expect": {"incident": {"since_ms": 1}}"#;
    assert!(complaint("", step).contains("`incident`: expected one, found null"));
    let step = r#""at_ms": 7, "tick": true, "expect": {"resolved_ms": 3}"#;
    assert!(complaint("", step).contains("`resolved_ms`: expected 3, found null"));
    let step = r#""observe": "edge", "result": "down", "expect": {"unsure": false, "due_ms": 1}"#;
    let said = complaint(r#""failures": 2"#, step);
    assert!(said.contains("`unsure`: expected false, found true"), "{said}");
    assert!(said.contains("`due_ms`: expected 1, found 10000"), "{said}");
}

#[test]
fn a_vector_that_cannot_be_understood_is_refused() {
    for (policy, step, why) in [
        (r#""failure": 2"#, r#""tick": true"#, "unknown field `failure`"),
        (r#""places": 0"#, r#""tick": true"#, "nonzero"),
        ("", r#""tik": true"#, "unknown field `tik`"),
        ("", r#""tick": true, "expect": {"stat": "up"}"#, "unknown field `stat`"),
        ("", r#""tick": true, "expect": {"state": null}"#, "expected value"),
        ("", r#""tick": true, "expect": {"state": "sideways"}"#, "unknown variant `sideways`"),
        ("", r#""tick": true, "expect": {"incident": {"id": 1}}"#, "unknown field `id`"),
        ("", r#""tick": true, "expect": {"due_ms": 1}"#, "only an observation"),
        ("", r#""observe": "edge""#, "go together"),
        ("", r#""tick": true, "parent": "up""#, "does one thing"),
        ("", r#""maintenance": {}"#, "missing field `until_ms`"),
    ] {
        let said = complaint(policy, step);
        assert!(said.contains(why), "{step}: {said}");
    }
    let step = r#""at_ms": 2, "tick": true}, {"at_ms": 1, "tick": true"#;
    assert!(complaint("", step).contains("step 1: `at_ms` is before"));
}
