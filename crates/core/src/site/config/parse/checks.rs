//! The list `[[checks]]` of a file, whose checks may depend on each other.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use super::check::{CHECK_KEYS, RunTimes, check};
use super::cron::schedule;
use super::outside::check_budget;
use super::table::{Table, Value};
use super::text::{known_name, new_name};
use crate::site::config::{ConfigError, NamedZone, Problem, Site};
use crate::watch::check::{CHECKS_MAX, Check, OWN_NAMES};

/// Reads the checks, in the order of the file. Returns them as JSON too, with schedules as they
/// have been read here. `zone` is the site's time zone, and `has_account` says
/// whether the file names an account of Globalping.
pub(super) fn checks(
    list: &Value<'_>,
    site: &Site,
    zone: Option<&NamedZone>,
    has_account: bool,
) -> Result<(Vec<Check>, String), ConfigError> {
    let (mut checks, mut tables): (Vec<Check>, Vec<_>) = (Vec::new(), Vec::new());
    let mut json: Vec<String> = Vec::new();
    for value in list.items()? {
        value.room_for(checks.len(), CHECKS_MAX, "checks")?;
        let table = value.table(CHECK_KEYS)?;
        let name = table.required("name", |value| {
            // The monitor itself is in incidents under the names that are reserved.
            let names = checks.iter().map(|check| check.name.as_str()).chain(OWN_NAMES);
            new_name(value, names, "a name that no other check has, and not `prober` or `budget`")
        })?;
        let schedule = schedule(&table, zone)?;
        json.push(with_schedule(value.to_json(), schedule.as_ref()));
        checks.push(check(&table, name, site, schedule, has_account)?);
        tables.push(table);
    }
    check_parents(&tables, &checks)?;
    check_budget(&tables, &checks)?;
    Ok((checks, format!("[{}]", json.join(","))))
}

/// A check's JSON, in which a text with the times of its runs takes the place of the schedule and
/// of the time zone.
fn with_schedule(json: String, schedule: Option<&RunTimes>) -> String {
    let Some(schedule) = schedule else { return json };
    // Only maps with keys that are no texts, and a writer that fails, make errors.
    let times = serde_json::to_string(schedule).unwrap_or_default();
    let Ok(mut check) = serde_json::from_str::<serde_json::Value>(&json) else { return json };
    if let Some(keys) = check.as_object_mut() {
        keys.remove("zone");
        keys.insert("schedule".into(), times.into());
    }
    check.to_string()
}

/// Refuses a parent that does not exist, and parents that lead back to where they began.
fn check_parents(tables: &[Table<'_>], checks: &[Check]) -> Result<(), ConfigError> {
    let names = checks.iter().map(|check| check.name.as_str());
    let indices: BTreeMap<&str, usize> = names.clone().zip(0..).collect();
    let mut parents = Vec::with_capacity(checks.len());
    for (table, check) in tables.iter().zip(checks) {
        let parent = check.depends_on.as_deref();
        let index = parent.and_then(|parent| indices.get(parent)).copied();
        if index.is_none() {
            table.optional("depends_on", |value| known_name(value, "check", names.clone()))?;
        }
        parents.push(index);
    }
    for (start, table) in tables.iter().enumerate() {
        if let Some(circle) = circle(start, &parents) {
            let name = |index: &usize| checks.get(*index).map(|check| check.name.clone());
            let names = circle.iter().filter_map(name).collect();
            return Err(table.error_at("depends_on", Problem::Circle { names }));
        }
    }
    Ok(())
}

/// Returns the checks on the way from `start` back to it, if the parents lead back to it.
fn circle(start: usize, parents: &[Option<usize>]) -> Option<Vec<usize>> {
    let mut way: Vec<usize> = [start].into();
    // A way that is longer than the list goes round in another circle.
    for _ in parents {
        let next = parents.get(*way.last()?).copied().flatten()?;
        if next == start {
            return Some(way);
        }
        way.push(next);
    }
    None
}
