//! The keys of `[[snapshots]]`.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::file::probe;
use super::route::lasting_at_most;
use super::table::Value;
use crate::base::pattern::Pattern;
use crate::cache::snapshot::{
    EVERY_MAX, EVERY_MIN, MAX_AGE_DEFAULT, MAX_AGE_MAX, MAX_BYTES_DEFAULT, MAX_BYTES_MAX,
    MAX_BYTES_MIN, MAX_DEFAULT, MIN_SHARE_DEFAULT, RULES_MAX, RulesError, SnapshotRule,
    SnapshotRules,
};
use crate::site::config::{ConfigError, Problem, Site};

pub(super) const KEYS: &[&str] = &[
    "match",
    "every",
    "max",
    "source",
    "max_age",
    "marker",
    "min_share",
    "max_bytes",
    "assets",
    "title",
];
/// The longest text in a rule, in characters: about one line.
const TEXT_MAX: usize = 200;

/// Reads the rules and adds them to the site, whose routes must already be there.
pub(super) fn read(list: &Value<'_>, site: &mut Site) -> Result<(), ConfigError> {
    let (mut rules, mut written) = (Vec::new(), Vec::new());
    for value in list.items()? {
        rules.push(rule(&value, site, &rules)?);
        written.push(value);
    }
    let plan = site.snapshots.plan;
    site.snapshots = SnapshotRules::new(plan, rules).map_err(|error| match error {
        RulesError::TooMany => list.error(Problem::OutOfRange {
            value: format!("{}", written.len()),
            allowed: format!("at most {RULES_MAX} of them"),
        }),
        RulesError::Pages { index, left } => {
            at(&written, index, "max", list, format!("1 to {left}, with the other rules"))
        }
        RulesError::Rate { index, every, per_minute } => {
            let every = every.map_or_else(
                || String::from("fewer pages"),
                |every| format!("`{every}` or more for so many pages"),
            );
            at(
                &written,
                index,
                "every",
                list,
                format!("{every}: {per_minute} refreshes a minute in all"),
            )
        }
    })?;
    Ok(())
}

/// Returns an error at a key of one rule.
fn at(
    written: &[Value<'_>],
    index: usize,
    key: &str,
    list: &Value<'_>,
    allowed: String,
) -> ConfigError {
    let Some(table) = written.get(index).and_then(|value| value.table(KEYS).ok()) else {
        return list.error(Problem::OutOfRange { value: String::new(), allowed });
    };
    let value = table.source_of(key);
    table.error_at(key, Problem::OutOfRange { value, allowed })
}

fn rule(
    value: &Value<'_>,
    site: &Site,
    above: &[SnapshotRule],
) -> Result<SnapshotRule, ConfigError> {
    let table = value.table(KEYS)?;
    let pattern = table.required("match", |value| pattern(value, site, above))?;
    let optional = |key| table.optional(key, Value::whole_number);
    Ok(SnapshotRule {
        every: table.required("every", |value| value.duration_between(EVERY_MIN, EVERY_MAX))?,
        max: match optional("max")? {
            Some(max) => max,
            None if pattern.is_prefix() => MAX_DEFAULT,
            None => 1,
        },
        source: table.optional("source", |value| {
            if pattern.is_prefix() {
                probe(value)
            } else {
                Err(value.refused(value.string()?, NEEDS_NO_SOURCE))
            }
        })?,
        max_age: table
            .optional("max_age", |value| value.duration_within(MAX_AGE_MAX, ""))?
            .unwrap_or(MAX_AGE_DEFAULT),
        marker: table.optional("marker", line)?,
        min_share: table.optional("min_share", Value::share)?.unwrap_or(MIN_SHARE_DEFAULT),
        max_bytes: table.optional("max_bytes", max_bytes)?.unwrap_or(MAX_BYTES_DEFAULT),
        assets: table.optional("assets", Value::boolean)?.unwrap_or(true),
        title: table.optional("title", |value| {
            if pattern.is_prefix() {
                Err(value.refused(value.string()?, NEEDS_ONE_PATH))
            } else {
                line(value)
            }
        })?,
        pattern,
    })
}

/// The error for a `source` beside a `match` of a single path.
const NEEDS_NO_SOURCE: &str = "none for a single path, which need not be found";
/// The error for a `title` beside a `match` of many paths.
const NEEDS_ONE_PATH: &str = "none for more than one path, since it is a link's text";

fn pattern(value: &Value<'_>, site: &Site, above: &[SnapshotRule]) -> Result<Pattern, ConfigError> {
    let pattern =
        Pattern::parse(value.string()?).map_err(|error| value.error(Problem::Pattern(error)))?;
    if above.iter().any(|rule| rule.pattern.covers(&pattern)) {
        return Err(value.refused(pattern.as_str(), "a pattern that no rule above it covers"));
    }
    let route = site.routes.iter().find(|route| route.pattern.covers(&pattern));
    if route.is_some_and(|route| route.private) {
        const EXPECTED: &str = "no snapshots on a route with `private = true`";
        return Err(value.refused(pattern.as_str(), EXPECTED));
    }
    if route.is_some_and(|route| route.deadline > lasting_at_most(route.patience)) {
        const EXPECTED: &str = "a route whose calls end within 29s after its `patience`: then a \
                                snapshot may answer, and the platform ends what still runs";
        return Err(value.refused(pattern.as_str(), EXPECTED));
    }
    Ok(pattern)
}

fn line(value: &Value<'_>) -> Result<String, ConfigError> {
    let text = value.string()?;
    let is_line = !text.trim().is_empty()
        && text.chars().take(TEXT_MAX + 1).count() <= TEXT_MAX
        && !text.contains(char::is_control);
    if is_line {
        Ok(text.into())
    } else {
        Err(value.refused(text, "a text of up to 200 characters in one line"))
    }
}

fn max_bytes(value: &Value<'_>) -> Result<u32, ConfigError> {
    let bytes = value.whole_number()?;
    if (MAX_BYTES_MIN..=MAX_BYTES_MAX).contains(&bytes) {
        return Ok(bytes);
    }
    let allowed = format!("{MAX_BYTES_MIN} to {MAX_BYTES_MAX} bytes");
    Err(value.error(Problem::OutOfRange { value: format!("{bytes}"), allowed }))
}
