//! Runs the transition vectors: those in `tests/vectors`, and every file in the directory that
//! `BREAKWATER_VECTORS` names. The npm package runs the same files.
//!
//! The reference model runs each vector as well, so that a vector pins the design and not only the
//! code.

mod reference;
mod vector_files;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::circuit::breaker::{Breaker, Override, Permit, State};
use breakwater_core::circuit::outcome::{Completion, Outcome};
use breakwater_core::circuit::policy::{Policy, PolicySpec};
use reference::Reference;
use serde::Deserialize;

/// The time limit of callers in vectors, in milliseconds. It is longer than any vector, so that
/// only a `probe_timeout` ends a lease.
const CALL_LIMIT: Millis = Millis::from_secs(365 * 24 * 3600);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    name: String,
    source: String,
    policy: PolicySpec,
    steps: Vec<Step>,
}

/// A step of a vector. It does one thing, or it only reads.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Step {
    at_ms: u64,
    acquire: Option<String>,
    record: Option<String>,
    outcome: Option<Outcome>,
    took_ms: Option<u64>,
    /// The wait may be negative, since an upstream may name a time that has passed.
    retry_after_ms: Option<i64>,
    r#override: Option<Lever>,
    restore: bool,
    expect: Expect,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Lever {
    ForcedOpen,
    ForcedClosed,
    MetricsOnly,
    Auto,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Expect {
    admitted: Option<bool>,
    state: Option<State>,
    retry_after_ms: Option<u64>,
    calls: Option<u32>,
    failures: Option<u32>,
    slow_calls: Option<u32>,
}

/// The state of a vector that is being run.
struct Run {
    policy: Policy,
    breaker: Breaker,
    model: Reference,
    calls: BTreeMap<String, Call>,
}

/// A call in flight.
struct Call {
    permit: Permit,
    /// The call's number in the reference model.
    twin: usize,
    since_ms: u64,
}

impl Run {
    fn new(policy: Policy) -> Self {
        let (breaker, model) = (Breaker::new(&policy), Reference::new(&policy));
        Self { policy, breaker, model, calls: BTreeMap::new() }
    }

    /// Takes a step. If it asks for a call, returns whether that was admitted.
    fn take(&mut self, step: &Step) -> Result<Option<bool>, String> {
        let acts = [step.acquire.is_some(), step.record.is_some(), step.r#override.is_some()];
        if acts.iter().filter(|acts| **acts).count() + usize::from(step.restore) > 1 {
            return Err("a step does one thing".into());
        }
        let now = Timestamp::from_millis(step.at_ms);
        if let Some(name) = &step.acquire {
            return self.acquire(name, step.at_ms).map(Some);
        }
        if step.expect.admitted.is_some() {
            return Err("only an acquire is admitted".into());
        }
        if let Some(name) = &step.record {
            let call = self.calls.remove(name).ok_or(format!("no permit `{name}`"))?;
            let took = step.took_ms.unwrap_or(step.at_ms.saturating_sub(call.since_ms));
            let completion = Completion {
                outcome: step.outcome.ok_or("a record needs an outcome")?,
                took: Millis::new(took),
                retry_after: step.retry_after_ms.map(|ms| Millis::new(ms.max(0).unsigned_abs())),
            };
            self.breaker.record(&self.policy, call.permit, completion, 0, now);
            self.model.record(call.twin, completion, now);
        }
        if let Some(lever) = step.r#override {
            let chosen = match lever {
                Lever::ForcedOpen => Some(Override::ForcedOpen),
                Lever::ForcedClosed => Some(Override::ForcedClosed),
                Lever::MetricsOnly => Some(Override::MetricsOnly),
                Lever::Auto => None,
            };
            self.breaker.set_override(&self.policy, chosen, now);
            self.model.set_override(chosen, now);
        }
        if step.restore {
            let stored = serde_json::to_string(&self.breaker.snapshot()).map_err(text)?;
            let stored = serde_json::from_str(&stored).map_err(text)?;
            self.breaker = Breaker::restore(&stored, &self.policy).map_err(text)?;
            self.model.restore();
        }
        Ok(None)
    }

    fn acquire(&mut self, name: &str, at_ms: u64) -> Result<bool, String> {
        let now = Timestamp::from_millis(at_ms);
        let twin = self.model.acquire(CALL_LIMIT, now);
        match (self.breaker.try_acquire(&self.policy, CALL_LIMIT, now), twin) {
            (Ok(permit), Some(twin)) => {
                let call = Call { permit, twin, since_ms: at_ms };
                self.calls.insert(name.into(), call);
                Ok(true)
            }
            (Err(rejected), None) => {
                let read = self.breaker.retry_after(now).filter(|left| *left > Millis::ZERO);
                if rejected.retry_after() != read {
                    return Err(format!("rejected with {rejected:?}, reads {read:?}"));
                }
                Ok(false)
            }
            (admitted, twin) => Err(format!("the breaker said {admitted:?}, the model {twin:?}")),
        }
    }

    fn check(&self, step: &Step, admitted: Option<bool>) -> String {
        let now = Timestamp::from_millis(step.at_ms);
        let (tally, model) = (self.breaker.tally(now), self.model.tally(now));
        let expect = &step.expect;
        let mut wrong = String::new();
        let mut compare = |key, expected: Option<String>, found: String| {
            if let Some(expected) = expected
                && expected != found
            {
                let _ = write!(wrong, " {key}: expected {expected}, found {found};");
            }
        };
        compare("admitted", expect.admitted.map(debug), debug(admitted.unwrap_or_default()));
        compare("state", expect.state.map(debug), debug(self.breaker.state()));
        let retry_after = self.breaker.retry_after(now).map_or(String::new(), |ms| debug(ms.get()));
        compare("retry_after_ms", expect.retry_after_ms.map(debug), retry_after);
        compare("calls", expect.calls.map(debug), debug(tally.calls));
        compare("failures", expect.failures.map(debug), debug(tally.failures));
        compare("slow_calls", expect.slow_calls.map(debug), debug(tally.slow_calls));
        compare("state of the model", Some(debug(self.model.state())), debug(self.breaker.state()));
        let (wait, left) = (self.model.retry_after(now), self.breaker.retry_after(now));
        compare("retry_after of the model", Some(debug(wait)), debug(left));
        compare("tally of the model", Some(debug(model)), debug(tally));
        wrong
    }
}

fn debug(value: impl std::fmt::Debug) -> String {
    format!("{value:?}")
}

fn text(error: impl ToString) -> String {
    error.to_string()
}

fn run(path: &Path) -> Result<String, String> {
    let read = fs::read_to_string(path).map_err(text)?;
    let vector: Vector = serde_json::from_str(&read).map_err(text)?;
    if vector.source.is_empty() || vector.steps.is_empty() {
        return Err("a vector needs a source and steps".into());
    }
    let policy = Policy::try_from(vector.policy).map_err(text)?;
    let mut run = Run::new(policy);
    for (index, step) in vector.steps.iter().enumerate() {
        let place = format!("`{}`, step {index} at {} ms", vector.name, step.at_ms);
        let admitted = run.take(step).map_err(|error| format!("{place}: {error}"))?;
        let wrong = run.check(step, admitted);
        if !wrong.is_empty() {
            return Err(format!("{place}:{wrong}"));
        }
    }
    Ok(vector.name)
}

#[test]
fn every_vector_holds() {
    vector_files::hold("tests/vectors", 100, "BREAKWATER_VECTORS", run);
}
