//! The keys of `[[dependencies]]`.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::table::{Table, Value};
use super::text::secret;
use super::{NAME_EXPECTED, is_name};
use crate::base::time::Millis;
use crate::site::config::{ConfigError, Problem, Upstream};
use crate::watch::dependency::{
    DEPENDENCIES_MAX, DEPENDENCY_EVERY_DEFAULT, DEPENDENCY_EVERY_MAX, DEPENDENCY_EVERY_MIN,
    DEPENDENCY_TIMEOUT_DEFAULT, DEPENDENCY_TIMEOUT_MAX, Dependency, DependencyKind, DependencyUrl,
    SecretUse,
};
use crate::watch::health::Group;

pub(super) const DEPENDENCY_KEYS: &[&str] =
    &["name", "kind", "url", "timeout", "every", "critical", "group", "secret"];

/// Reads the dependencies, in the order of the file.
pub(super) fn dependencies(
    list: &Value<'_>,
    upstreams: &[Upstream],
) -> Result<Vec<Dependency>, ConfigError> {
    let mut dependencies: Vec<Dependency> = Vec::new();
    for value in list.items()? {
        value.room_for(dependencies.len(), DEPENDENCIES_MAX, "dependencies")?;
        let table = value.table(DEPENDENCY_KEYS)?;
        let name = table.required("name", |value| name(value, upstreams, &dependencies))?;
        dependencies.push(dependency(&table, name)?);
    }
    Ok(dependencies)
}

fn dependency(table: &Table<'_>, name: String) -> Result<Dependency, ConfigError> {
    let kind = table.required("kind", |value| value.name_of::<DependencyKind>("kind"))?;
    let url = table.required("url", |value| {
        DependencyUrl::parse(value.string()?, kind)
            .map_err(|error| value.error(Problem::DependencyUrl(error)))
    })?;
    let every = table.optional("every", every)?.unwrap_or(DEPENDENCY_EVERY_DEFAULT);
    let timeout = table
        .optional("timeout", |value| {
            let (max, explanation) = if every < DEPENDENCY_TIMEOUT_MAX {
                (every, ", the dependency's `every`")
            } else {
                (DEPENDENCY_TIMEOUT_MAX, "")
            };
            value.duration_within(max, explanation)
        })?
        .unwrap_or(DEPENDENCY_TIMEOUT_DEFAULT.min(every));
    let critical = table.optional("critical", Value::boolean)?.unwrap_or_default();
    let group = table.optional("group", group)?.unwrap_or_default();
    let secret = match kind.secret_use() {
        SecretUse::Required => Some(table.required("secret", secret)?),
        SecretUse::Optional => table.optional("secret", secret)?,
        SecretUse::None => table.optional("secret", |value| {
            const EXPECTED: &str =
                "no secret, since dependencies of this kind are asked without one";
            let name = secret(value)?;
            Err(value.refused(name.as_str(), EXPECTED))
        })?,
    };
    Ok(Dependency { name, kind, url, timeout, every, critical, group, secret })
}

fn name(
    value: &Value<'_>,
    upstreams: &[Upstream],
    above: &[Dependency],
) -> Result<String, ConfigError> {
    let name = value.string()?;
    if !is_name(name) {
        return Err(value.refused(name, NAME_EXPECTED));
    }
    let is_taken = upstreams.iter().any(|upstream| upstream.name == name)
        || above.iter().any(|dependency| dependency.name == name);
    if is_taken {
        const EXPECTED: &str = "a name that no upstream and no other dependency has";
        return Err(value.refused(name, EXPECTED));
    }
    Ok(name.into())
}

fn every(value: &Value<'_>) -> Result<Millis, ConfigError> {
    let every = value.duration()?;
    if every < DEPENDENCY_EVERY_MIN || every > DEPENDENCY_EVERY_MAX {
        let allowed = format!("{DEPENDENCY_EVERY_MIN} to {DEPENDENCY_EVERY_MAX}");
        return Err(value.error(Problem::OutOfRange { value: value.string()?.into(), allowed }));
    }
    Ok(every)
}

/// Reads `group`. The group `live` is not allowed, since restarting the site does not repair a
/// dependency.
fn group(value: &Value<'_>) -> Result<Group, ConfigError> {
    let name = value.string()?;
    let groups = [("ready", Group::Ready), ("all", Group::All)];
    groups.iter().find(|(known, _)| *known == name).map(|(_, group)| *group).ok_or_else(|| {
        let known = groups.iter().map(|(known, _)| (*known).into()).collect();
        value.error(Problem::UnknownName { what: "group", value: name.into(), known })
    })
}
