//! Runs the vectors: those in `tests/vectors/objective`, and every file in the directory that
//! `BREAKWATER_OBJECTIVE_VECTORS` names.
//!
//! The reference model runs each vector as well, so that a vector pins the design and not only the
//! code. So does a tally that is stored and read again before every step.

use std::fs;
use std::path::Path;

use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::watch::objective::{
    BurnAlert, MINIMUM_DEFAULT, OBJECTIVE_WINDOW_DEFAULT, Objective, ObjectiveCounts,
    ObjectiveTally, ObjectiveTarget,
};
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::reference::Reference;
use crate::{loaded, objective, stored, vector_files};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    name: String,
    objective: Keys,
    /// The arithmetic, in words.
    #[serde(default)]
    why: String,
    #[serde(rename = "source", default)]
    _source: IgnoredAny,
    steps: Vec<Step>,
}

/// The keys of an objective. A key that is left out takes its default.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    target: ObjectiveTarget,
    #[serde(default)]
    minimum: Option<u32>,
    #[serde(default)]
    window: Option<Millis>,
    // Keys that the arithmetic does not depend on.
    #[serde(rename = "name", default)]
    _name: IgnoredAny,
    #[serde(rename = "kind", default)]
    _kind: IgnoredAny,
    #[serde(rename = "latency", default)]
    _latency: IgnoredAny,
    #[serde(rename = "route", default)]
    _route: IgnoredAny,
    #[serde(rename = "upstream", default)]
    _upstream: IgnoredAny,
    #[serde(rename = "check", default)]
    _check: IgnoredAny,
    #[serde(rename = "severity", default)]
    _severity: IgnoredAny,
    #[serde(rename = "runbook", default)]
    _runbook: IgnoredAny,
}

/// A step of a vector. Without `good` and `bad` it only looks.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Step {
    at_ms: u64,
    good: u64,
    bad: u64,
    expect: Expect,
    #[serde(rename = "why")]
    _why: IgnoredAny,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Expect {
    page: Option<bool>,
    ticket: Option<bool>,
    budget_left_ppm: Option<i64>,
}

/// What can be read of an objective.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Reading {
    page: bool,
    ticket: bool,
    budget_left_ppm: i64,
}

impl Reading {
    fn of(objective: &Objective, tally: &ObjectiveTally, now: Timestamp) -> Self {
        let fires = |alert| tally.holding_rule(objective, alert, now).is_some();
        Self {
            page: fires(BurnAlert::Page),
            ticket: fires(BurnAlert::Ticket),
            budget_left_ppm: tally.budget_left_ppm(objective, now),
        }
    }

    fn of_model(model: &Reference, now: u64) -> Self {
        Self {
            page: model.page(now),
            ticket: model.ticket(now),
            budget_left_ppm: model.budget_left_ppm(now),
        }
    }

    /// Returns what of an expectation it does not meet.
    fn unmet(self, expect: &Expect) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut compare = |key: &str, expected: Option<String>, found: String| {
            if let Some(expected) = expected.filter(|expected| *expected != found) {
                wrong.push(format!("`{key}`: expected {expected}, found {found}"));
            }
        };
        compare("page", expect.page.map(|it| it.to_string()), self.page.to_string());
        compare("ticket", expect.ticket.map(|it| it.to_string()), self.ticket.to_string());
        let left = expect.budget_left_ppm.map(|it| it.to_string());
        compare("budget_left_ppm", left, self.budget_left_ppm.to_string());
        wrong
    }
}

fn read(path: &Path) -> Result<Vector, String> {
    let text = fs::read_to_string(path).map_err(|error| error.to_string())?;
    serde_json::from_str(&text).map_err(|error| error.to_string())
}

/// Runs a vector three times: by a tally, by one that is stored and read before every step, and by
/// the reference model. Returns the vector's name.
fn run(vector: &Vector) -> Result<String, String> {
    if vector.name.is_empty() || vector.steps.is_empty() {
        return Err("a vector needs a name and steps".into());
    }
    let keys = &vector.objective;
    let objective = Objective {
        target: keys.target,
        minimum: keys.minimum.unwrap_or(MINIMUM_DEFAULT),
        window: keys.window.unwrap_or(OBJECTIVE_WINDOW_DEFAULT),
        ..objective("50%")
    };
    let mut model = Reference {
        allowed: objective.target.allowed().into(),
        window: objective.window.get(),
        minimum: objective.minimum.into(),
        events: Vec::new(),
    };
    let (mut tally, mut kept) = (ObjectiveTally::default(), ObjectiveTally::default());
    let (mut before, mut wrong) = (0, Vec::new());
    for (index, step) in vector.steps.iter().enumerate() {
        if step.at_ms < before {
            return Err(format!("step {index}: `at_ms` is before that of the previous step"));
        }
        before = step.at_ms;
        let now = Timestamp::from_millis(step.at_ms);
        kept = loaded(&objective, &stored(&objective, &kept));
        let more = ObjectiveCounts { good: step.good, bad: step.bad };
        tally.record(&objective, more, now);
        kept.record(&objective, more, now);
        model.record(step.at_ms, step.good, step.bad);
        for (who, found) in [
            ("", Reading::of(&objective, &tally, now)),
            (", stored before each step", Reading::of(&objective, &kept, now)),
            (", by the reference model", Reading::of_model(&model, step.at_ms)),
        ] {
            for what in found.unmet(&step.expect) {
                let (name, at) = (&vector.name, step.at_ms);
                wrong.push(format!("`{name}`, step {index} at {at} ms{who}: {what}"));
            }
        }
    }
    if wrong.is_empty() { Ok(vector.name.clone()) } else { Err(wrong.join("\n    ")) }
}

#[test]
fn every_vector_holds() {
    let run = |path: &Path| run(&read(path)?);
    vector_files::hold("../../tests/vectors/objective", 25, "BREAKWATER_OBJECTIVE_VECTORS", run);
}

#[test]
fn our_own_vectors_show_their_arithmetic() {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/objective");
    for entry in fs::read_dir(own).expect("a directory") {
        let path = entry.expect("an entry").path();
        let vector = read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(vector.why.chars().any(|it| it.is_ascii_digit()), "{}", path.display());
        let expects = |step: &Step| {
            let Expect { page, ticket, budget_left_ppm } = step.expect;
            page.is_some() || ticket.is_some() || budget_left_ppm.is_some()
        };
        assert!(vector.steps.iter().any(expects), "{} expects nothing", path.display());
    }
}

/// Returns why a vector of this text does not hold.
fn complaint(text: &str) -> String {
    let vector: Vector = match serde_json::from_str(text) {
        Ok(vector) => vector,
        Err(error) => return error.to_string(),
    };
    run(&vector).expect_err("it does not hold")
}

#[test]
fn an_unmet_expectation_names_the_step_the_key_and_both_values() {
    let said = complaint(
        r#"{"name": "n", "objective": {"target": "99.9%"}, "steps": [{"at_ms": 7, "good": 1,
            "expect": {"page": true, "ticket": true, "budget_left_ppm": 3}}]}"#,
    );
    assert!(said.contains("`n`, step 0 at 7 ms: `page`: expected true, found false"), "{said}");
    assert!(said.contains("`ticket`: expected true, found false"), "{said}");
    assert!(said.contains("`budget_left_ppm`: expected 3, found 1000000"), "{said}");
}

#[test]
fn a_vector_that_cannot_be_understood_is_refused() {
    let steps = r#""steps": [{"at_ms": 1, "good": 1}]"#;
    for (text, why) in [
        (format!(r#"{{"name": "n", "objective": {{}}, {steps}}}"#), "missing field `target`"),
        (format!(r#"{{"name": "n", "objective": {{"target": "100%"}}, {steps}}}"#), "not a target"),
        (
            format!(r#"{{"name": "n", "objective": {{"target": "1%", "windows": 1}}, {steps}}}"#),
            "unknown field `windows`",
        ),
        (format!(r#"{{"name": "", "objective": {{"target": "1%"}}, {steps}}}"#), "needs a name"),
        (
            r#"{"name": "n", "objective": {"target": "1%"}, "steps": [{"at": 1}]}"#.into(),
            "unknown field `at`",
        ),
        (
            r#"{"name": "n", "objective": {"target": "1%"},
                "steps": [{"at_ms": 2}, {"at_ms": 1}]}"#
                .into(),
            "step 1: `at_ms` is before",
        ),
    ] {
        let said = complaint(&text);
        assert!(said.contains(why), "{text}: {said}");
    }
}
