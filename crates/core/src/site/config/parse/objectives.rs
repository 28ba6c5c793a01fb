//! The list `[[objectives]]` of a file.

use alloc::string::String;
use alloc::vec::Vec;

use serde::Deserialize;

use super::check::runbook;
use super::table::{Table, Value};
use super::text::{known_name, new_name};
use crate::base::time::Millis;
use crate::site::config::{ConfigError, Problem, Site, TrafficObjective, TrafficSubject};
use crate::watch::check::Check;
use crate::watch::objective::{
    HOUR_SPAN, MINIMUM_DEFAULT, MINIMUM_MAX, OBJECTIVE_WINDOW_DEFAULT, OBJECTIVE_WINDOW_MAX,
    OBJECTIVE_WINDOW_MIN, OBJECTIVES_MAX, Objective, ObjectiveKind, ObjectiveSubject,
    ObjectiveTarget, ParseTargetError,
};

pub(super) const OBJECTIVE_KEYS: &[&str] = &[
    "name", "route", "upstream", "check", "target", "kind", "latency", "window", "minimum",
    "severity", "runbook",
];
/// The keys of what an objective is about, of which each has one.
pub(super) const SUBJECT_KEYS: &[&str] = &["route", "upstream", "check"];
/// The keys that only one kind has.
const KINDS_OF: &[(&str, &[&str])] = &[("latency", &["latency"])];
/// The longest `latency`, in milliseconds: a minute. Calls of visitors end sooner.
const LATENCY_MAX: Millis = Millis::from_secs(60);

/// The kinds, as the file names them.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum KindName {
    #[default]
    Availability,
    Latency,
}

/// Reads the objectives, in the order of the file.
pub(super) fn objectives(
    list: &Value<'_>,
    site: &Site,
    checks: &[Check],
) -> Result<Vec<Objective>, ConfigError> {
    let mut objectives: Vec<Objective> = Vec::new();
    for value in list.items()? {
        value.room_for(objectives.len(), OBJECTIVES_MAX, "objectives")?;
        let table = value.table(OBJECTIVE_KEYS)?;
        let name = table.required("name", |value| {
            let taken = objectives.iter().map(|known| known.name.as_str());
            new_name(value, taken, "a name that no other objective has")
        })?;
        objectives.push(objective(&table, name, site, checks)?);
    }
    Ok(objectives)
}

/// What isolates have to know of those that are about traffic.
pub(super) fn of_traffic(objectives: &[Objective], site: &Site) -> Vec<TrafficObjective> {
    let of_traffic = objectives.iter().filter_map(|objective| {
        let subject = match &objective.subject {
            ObjectiveSubject::Route(pattern) => TrafficSubject::Route(
                site.routes.iter().position(|route| route.pattern.as_str() == pattern)?,
            ),
            ObjectiveSubject::Upstream(name) => TrafficSubject::Upstream(
                site.upstreams.iter().position(|upstream| upstream.name == *name)?,
            ),
            ObjectiveSubject::Check(_) => return None,
        };
        Some(TrafficObjective { name: objective.name.clone(), subject, kind: objective.kind })
    });
    of_traffic.collect()
}

fn objective(
    table: &Table<'_>,
    name: String,
    site: &Site,
    checks: &[Check],
) -> Result<Objective, ConfigError> {
    Ok(Objective {
        name,
        subject: subject(table, site, checks)?,
        target: table.required("target", target)?,
        kind: kind(table)?,
        window: table.optional("window", window)?.unwrap_or(OBJECTIVE_WINDOW_DEFAULT),
        minimum: table.optional("minimum", minimum)?.unwrap_or(MINIMUM_DEFAULT),
        severity: table.optional("severity", |value| value.name_of("severity"))?,
        runbook: table.optional("runbook", runbook)?,
    })
}

/// Reads what the objective is about: the one of three keys that is there.
fn subject(
    table: &Table<'_>,
    site: &Site,
    checks: &[Check],
) -> Result<ObjectiveSubject, ConfigError> {
    let mut found: Option<ObjectiveSubject> = None;
    let mut read = |key: &'static str| {
        table.optional(key, |value| {
            let subject = match key {
                "route" => {
                    let patterns = site.routes.iter().map(|route| route.pattern.as_str());
                    ObjectiveSubject::Route(known_name(value, "route", patterns)?)
                }
                "upstream" => {
                    let names = site.upstreams.iter().map(|upstream| upstream.name.as_str());
                    ObjectiveSubject::Upstream(known_name(value, "upstream", names)?)
                }
                _ => {
                    let names = checks.iter().map(|check| check.name.as_str());
                    ObjectiveSubject::Check(known_name(value, "check", names)?)
                }
            };
            match found.replace(subject) {
                None => Ok(()),
                Some(_) => {
                    const ONE: &str = "one of `route`, `upstream` and `check`, not several";
                    Err(value.refused(value.string()?, ONE))
                }
            }
        })
    };
    for key in SUBJECT_KEYS {
        read(key)?;
    }
    found.ok_or_else(|| table.error(Problem::MissingOneOf(SUBJECT_KEYS)))
}

fn target(value: &Value<'_>) -> Result<ObjectiveTarget, ConfigError> {
    let text = value.text("a percentage such as `99.9%`")?;
    ObjectiveTarget::parse(text).map_err(|_| value.refused(text, ParseTargetError::EXPECTED))
}

fn kind(table: &Table<'_>) -> Result<ObjectiveKind, ConfigError> {
    let name = table.optional("kind", |value| value.name_of("kind"))?.unwrap_or_default();
    match name {
        KindName::Availability => {
            table.check_kind("availability", KINDS_OF)?;
            Ok(ObjectiveKind::Availability)
        }
        KindName::Latency => {
            let limit =
                table.required("latency", |value| value.duration_within(LATENCY_MAX, ""))?;
            Ok(ObjectiveKind::Latency(limit))
        }
    }
}

/// Reads the window of the budget, which is counted in hours.
fn window(value: &Value<'_>) -> Result<Millis, ConfigError> {
    let window = value.duration_between(OBJECTIVE_WINDOW_MIN, OBJECTIVE_WINDOW_MAX)?;
    if !window.get().is_multiple_of(HOUR_SPAN.get()) {
        return Err(value.refused(value.string()?, "whole hours, such as `30d`"));
    }
    Ok(window)
}

fn minimum(value: &Value<'_>) -> Result<u32, ConfigError> {
    let minimum = value.whole_number()?;
    if (1..=MINIMUM_MAX).contains(&minimum) {
        return Ok(minimum);
    }
    let (value_text, allowed) = (alloc::format!("{minimum}"), alloc::format!("1 to {MINIMUM_MAX}"));
    Err(value.error(Problem::OutOfRange { value: value_text, allowed }))
}
