//! Runs the vectors of suspicion and of early recovery: those in `tests/vectors`, and every file in
//! the directories that `BREAKWATER_SUSPICION_VECTORS` and `BREAKWATER_EARLY_VECTORS` name.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::circuit::breaker::State;
use breakwater_core::circuit::fleet::{
    Action, CallKind, CallWatch, Coordinator, Delta, FleetPermit, Replica, Report, Suspicion,
};
use breakwater_core::circuit::outcome::{Completion, Outcome};
use breakwater_core::circuit::policy::{Policy, PolicySpec};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

use crate::vector_files;

/// The time limit of each call.
const LIMIT: Millis = Millis::from_secs(30);
const START: Timestamp = Timestamp::from_millis(1_000_000_000);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SuspicionVector {
    name: String,
    source: String,
    #[serde(default)]
    policy: PolicySpec,
    patience: Millis,
    steps: Vec<SuspicionStep>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SuspicionStep {
    at_ms: u64,
    begin: Option<String>,
    #[serde(default = "yes")]
    may_get_copy: bool,
    fails_after_ms: Option<u64>,
    end: Option<String>,
    outcome: Option<OutcomeName>,
    /// What a visitor meets who may get a copy.
    visitor: Option<SuspicionName>,
    state: Option<State>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum OutcomeName {
    Success,
    Failure,
    Ignored,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum SuspicionName {
    None,
    CallBehind,
    NoCall,
}

const fn yes() -> bool {
    true
}

fn read<T: DeserializeOwned>(file: &Path) -> Result<T, String> {
    let text = fs::read_to_string(file).map_err(|error| error.to_string())?;
    serde_json::from_str(&text).map_err(|error| error.to_string())
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, is: T, expected: T) -> Result<(), String> {
    if is == expected {
        return Ok(());
    }
    Err(format!("{what}: {is:?}, expected {expected:?}"))
}

fn run_suspicion(file: &Path) -> Result<String, String> {
    let vector: SuspicionVector = read(file)?;
    if vector.source.is_empty() {
        return Err("no source".into());
    }
    let policy = Policy::try_from(vector.policy).map_err(|error| error.to_string())?;
    let mut replica = Replica::new(7, None, &policy);
    let mut out: BTreeMap<String, (FleetPermit, Timestamp)> = BTreeMap::new();
    for (number, step) in vector.steps.into_iter().enumerate() {
        let now = START + Millis::new(step.at_ms);
        let place = |error: String| format!("step {number}: {error}");
        if let Some(name) = step.begin {
            let mut permit = replica
                .try_acquire(&policy, CallKind::Safe, LIMIT, now)
                .map_err(|error| place(error.to_string()))?;
            let patience = step.may_get_copy.then_some(vector.patience);
            let fails_after = step.fails_after_ms.map(Millis::new);
            replica.watch(&mut permit, CallWatch { patience, fails_after }, LIMIT, now);
            out.insert(name, (permit, now));
        }
        if let Some(name) = step.end {
            let (permit, began) = out.remove(&name).ok_or_else(|| place("not out".into()))?;
            let outcome = match step.outcome.ok_or_else(|| place("no outcome".into()))? {
                OutcomeName::Success => Outcome::Success,
                OutcomeName::Failure => Outcome::Failure,
                OutcomeName::Ignored => Outcome::Ignored,
            };
            let call = Completion { outcome, took: now.since(began), retry_after: None };
            replica.record(&policy, permit, call, 0, now);
        }
        if let Some(expected) = step.visitor {
            let expected = match expected {
                SuspicionName::None => Suspicion::None,
                SuspicionName::CallBehind => Suspicion::CallBehind,
                SuspicionName::NoCall => Suspicion::NoCall,
            };
            let suspicion = match replica.suspicion(&policy, now) {
                // The vectors are about suspicion alone, and not about what follows it.
                Suspicion::SlowStart => Suspicion::None,
                told @ (Suspicion::None | Suspicion::CallBehind | Suspicion::NoCall) => told,
            };
            same("visitor", suspicion, expected).map_err(place)?;
        }
        if let Some(expected) = step.state {
            same("state", replica.state(now), expected)
                .map_err(|error| format!("step {number}: {error}"))?;
        }
    }
    Ok(vector.name)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EarlyVector {
    name: String,
    source: String,
    policy: PolicySpec,
    #[serde(default = "yes")]
    has_probe: bool,
    steps: Vec<EarlyStep>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EarlyStep {
    at_ms: u64,
    /// The number of failed calls in a report of the coordinator's generation.
    #[serde(default)]
    failures: u32,
    /// The number of calls in it that succeeded.
    #[serde(default)]
    successes: u32,
    /// A report of a time to stay away.
    throttled_ms: Option<u64>,
    /// The alarm's probe begins.
    #[serde(default)]
    begins_probe: bool,
    /// What a probe of the coordinator's finds.
    probe: Option<ProbeName>,
    state: Option<State>,
    /// How long it is until the next probe; `null` says that there is none.
    #[serde(default, deserialize_with = "present")]
    next_probe_ms: Option<Option<u64>>,
}

#[derive(Clone, Copy, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
enum ProbeName {
    Passes,
    Fails,
}

/// Tells a key that is `null` from one that is missing.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<u64>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

fn run_early(file: &Path) -> Result<String, String> {
    let vector: EarlyVector = read(file)?;
    if vector.source.is_empty() {
        return Err("no source".into());
    }
    let policy = Policy::try_from(vector.policy).map_err(|error| error.to_string())?;
    let mut coordinator = Coordinator::new(&policy);
    for (number, step) in vector.steps.into_iter().enumerate() {
        let now = START + Millis::new(step.at_ms);
        let place = |error: String| format!("step {number}: {error}");
        let delta = Delta {
            calls: step.failures + step.successes,
            failures: step.failures,
            trailing_failures: step.failures,
            throttled_for: step.throttled_ms,
            ..Delta::default()
        };
        if delta != Delta::default() {
            let generation = Some(coordinator.generation());
            let sequence = number as u32 + 1;
            let report = Report { replica: 1, sequence, generation, region: None, delta };
            coordinator.handle_report(&policy, &report, vector.has_probe, 0, now);
        }
        if step.begins_probe {
            let action = coordinator.handle_timeout(&policy, now);
            same("action", action, Some(Action::Probe)).map_err(place)?;
        }
        if let Some(probe) = step.probe {
            coordinator.handle_probe(&policy, probe == ProbeName::Passes, 0, now);
        }
        if let Some(expected) = step.state {
            same("state", coordinator.state(), expected).map_err(place)?;
        }
        if let Some(expected) = step.next_probe_ms {
            let due = coordinator.poll_timeout(&policy, vector.has_probe, now);
            let left = due.map(|due| due.since(now).get());
            same("next_probe_ms", left, expected)
                .map_err(|error| format!("step {number}: {error}"))?;
        }
    }
    Ok(vector.name)
}

#[test]
fn vectors_of_suspicion_hold() {
    let variable = "BREAKWATER_SUSPICION_VECTORS";
    vector_files::hold("tests/vectors/suspicion", 20, variable, run_suspicion);
}

#[test]
fn vectors_of_early_recovery_hold() {
    vector_files::hold("tests/vectors/early", 10, "BREAKWATER_EARLY_VECTORS", run_early);
}
