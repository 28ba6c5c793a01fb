//! The rules of `alerts.inhibit`.

use alloc::string::String;
use alloc::vec::Vec;

use super::channel::severities;
use super::table::{Table, Value};
use super::text::known_name;
use crate::site::config::{ConfigError, Problem};
use crate::watch::alert::{INHIBITIONS_MAX, Inhibition, Inhibitor};
use crate::watch::check::Check;
use crate::watch::severity::Severity;

pub(super) const INHIBIT_KEYS: &[&str] = &["while_check", "while_severity", "checks", "severities"];

/// Reads the rules, in the order of the file.
pub(super) fn inhibitions(
    list: &Value<'_>,
    checks: &[Check],
) -> Result<Vec<Inhibition>, ConfigError> {
    let mut rules: Vec<Inhibition> = Vec::new();
    for value in list.items()? {
        value.room_for(rules.len(), INHIBITIONS_MAX, "rules")?;
        let table = value.table(INHIBIT_KEYS)?;
        let rule = inhibition(&table, checks)?;
        rules.push(rule);
        let Some(Inhibitor::Check(first)) = rules.last().map(|rule| &rule.by) else { continue };
        if let Some(names) = circle(&rules, first) {
            return Err(table.error_at("while_check", Problem::Circle { names }));
        }
    }
    Ok(rules)
}

fn inhibition(table: &Table<'_>, checks: &[Check]) -> Result<Inhibition, ConfigError> {
    const BY: [&str; 2] = ["while_check", "while_severity"];
    const WHAT: [&str; 2] = ["checks", "severities"];
    let known = |value: &Value<'_>| {
        known_name(value, "check", checks.iter().map(|check| check.name.as_str()))
    };
    let check = table.optional("while_check", known)?;
    let severity = table.optional("while_severity", |value| {
        let severity: Severity = value.name_of("severity")?;
        match check {
            Some(_) => {
                Err(value.refused(severity.as_str(), "`while_check` or `while_severity`, not both"))
            }
            None => Ok(severity),
        }
    })?;
    let by = check.map(Inhibitor::Check).or(severity.map(Inhibitor::Severity));
    let by = by.ok_or_else(|| table.error(Problem::MissingOneOf(&BY)))?;
    let held = table.optional("checks", |list| held_checks(list, known))?.unwrap_or_default();
    let severities = table.optional("severities", |list| held_severities(list, &by))?;
    let severities = severities.unwrap_or_default();
    if held.is_empty() && severities.is_empty() {
        return Err(table.error(Problem::MissingOneOf(&WHAT)));
    }
    Ok(Inhibition { by, checks: held, severities })
}

fn held_checks(
    list: &Value<'_>,
    known: impl Fn(&Value<'_>) -> Result<String, ConfigError>,
) -> Result<Vec<String>, ConfigError> {
    let mut names: Vec<String> = Vec::new();
    for value in list.strings()? {
        let name = known(&value)?;
        if names.contains(&name) {
            return Err(value.refused(&name, "each check once"));
        }
        names.push(name);
    }
    if names.is_empty() {
        return Err(list.error(Problem::Empty { expected: "at least one check" }));
    }
    Ok(names)
}

fn held_severities(list: &Value<'_>, by: &Inhibitor) -> Result<Vec<Severity>, ConfigError> {
    let severities = severities(list)?;
    let Inhibitor::Severity(by) = by else { return Ok(severities) };
    match severities.iter().find(|severity| *severity <= by) {
        None => Ok(severities),
        Some(severity) => {
            Err(list
                .refused(severity.as_str(), "severities that matter less than `while_severity`"))
        }
    }
}

/// Returns the checks on the way from `first` back to it, if rules lead back to it. A rule that
/// names severities leads nowhere, since it holds only what matters less.
fn circle(rules: &[Inhibition], first: &str) -> Option<Vec<String>> {
    let mut ways: Vec<Vec<String>> = [[first.into()].into()].into();
    let mut next = 0;
    // Each check is reached once, so this ends.
    while let Some(way) = ways.get(next).cloned() {
        next += 1;
        let from = way.last()?;
        for rule in rules.iter().filter(|rule| rule.severities.is_empty()) {
            if rule.by != Inhibitor::Check(from.clone()) {
                continue;
            }
            for check in &rule.checks {
                if check == first {
                    return Some(way);
                }
                if !ways.iter().any(|known| known.last() == Some(check)) {
                    ways.push(way.iter().chain([check]).cloned().collect());
                }
            }
        }
    }
    None
}
