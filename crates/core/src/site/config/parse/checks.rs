//! The list `[[checks]]` of a file, whose checks may depend on each other.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::check::{CHECK_KEYS, check};
use super::table::{Table, Value};
use super::text::{known_name, new_name};
use crate::site::config::{ConfigError, Problem, Site};
use crate::watch::check::{CHECKS_MAX, Check, PROBER};

/// Reads the checks, in the order of the file.
pub(super) fn checks(list: &Value<'_>, site: &Site) -> Result<Vec<Check>, ConfigError> {
    let (mut checks, mut tables): (Vec<Check>, Vec<_>) = (Vec::new(), Vec::new());
    for value in list.items()? {
        value.room_for(checks.len(), CHECKS_MAX, "checks")?;
        let table = value.table(CHECK_KEYS)?;
        let name = table.required("name", |value| {
            // The monitor itself is in incidents under the name that is reserved.
            let names = checks.iter().map(|check| check.name.as_str()).chain([PROBER]);
            new_name(value, names, "a name that no other check has, and not `prober`")
        })?;
        checks.push(check(&table, name, site)?);
        tables.push(table);
    }
    check_parents(&tables, &checks)?;
    Ok(checks)
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
