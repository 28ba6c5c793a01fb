//! The list `[[components]]` of a file: the parts of the site that strangers read of.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::table::{Table, Value};
use super::text::{known_name, new_name};
use crate::site::config::{ConfigError, Problem};
use crate::watch::check::{Check, CheckKind};
use crate::watch::component::{
    COMPONENT_CHECKS_MAX, COMPONENT_DESCRIPTION_MAX, COMPONENT_TITLE_MAX, COMPONENTS_SHOWN_MAX,
    ComponentSource, PublishedComponent,
};
use crate::watch::dependency::Dependency;
use crate::watch::incident::Impact;
use crate::watch::severity::Severity;

pub(super) const COMPONENT_KEYS: &[&str] = &[
    "name",
    "title",
    "description",
    "group",
    "checks",
    "dependency",
    "impact",
    "only_if_degraded",
    "response_times",
];
/// The name by which addresses call the whole site.
const WHOLE_SITE: &str = "site";
/// What the trouble of a component may mean. One that means nothing is none.
const IMPACTS: [Impact; 3] =
    [Impact::DegradedPerformance, Impact::PartialOutage, Impact::MajorOutage];

/// Reads the components, in the order of the file.
pub(super) fn components(
    list: &Value<'_>,
    checks: &[Check],
    dependencies: &[Dependency],
) -> Result<Vec<PublishedComponent>, ConfigError> {
    let mut components: Vec<PublishedComponent> = Vec::new();
    for value in list.items()? {
        value.room_for(components.len(), COMPONENTS_SHOWN_MAX, "components")?;
        let table = value.table(COMPONENT_KEYS)?;
        let name = table.required("name", |value| {
            let taken = components.iter().map(|known| known.name.as_str()).chain([WHOLE_SITE]);
            new_name(value, taken, "a name that no other component has, and not `site`")
        })?;
        components.push(component(&table, name, checks, dependencies)?);
    }
    Ok(components)
}

/// The components of a file that names none: its checks, without those of jobs, domains and
/// certificates, which are not what visitors meet.
pub(super) fn of_checks(checks: &[Check]) -> Vec<PublishedComponent> {
    let met = checks.iter().filter(|check| match &check.kind {
        CheckKind::Heartbeat { .. } | CheckKind::Domain(_) | CheckKind::Tls { .. } => false,
        CheckKind::Http(_)
        | CheckKind::Tcp { .. }
        | CheckKind::Dns { .. }
        | CheckKind::Websocket { .. }
        | CheckKind::Flow(_) => true,
    });
    let of_check = |check: &Check| PublishedComponent {
        name: check.name.clone(),
        title: titled(&check.name),
        description: None,
        group: None,
        source: ComponentSource::Checks(Vec::from([check.name.clone()])),
        impact: impact_of(check.severity),
        only_if_degraded: false,
        response_times: false,
    };
    met.take(COMPONENTS_SHOWN_MAX).map(of_check).collect()
}

fn component(
    table: &Table<'_>,
    name: String,
    checks: &[Check],
    dependencies: &[Dependency],
) -> Result<PublishedComponent, ConfigError> {
    let source = source(table, &name, checks, dependencies)?;
    let impact = table.optional("impact", impact)?.unwrap_or_else(|| match &source {
        ComponentSource::Checks(names) => {
            let of_it = checks.iter().filter(|check| names.contains(&check.name));
            impact_of(of_it.map(|check| check.severity).min().unwrap_or_default())
        }
        ComponentSource::Dependency(_) => Impact::PartialOutage,
    });
    let is_measured_by_checks = matches!(source, ComponentSource::Checks(_));
    Ok(PublishedComponent {
        title: table.optional("title", title)?.unwrap_or_else(|| titled(&name)),
        description: table.optional("description", description)?,
        group: table.optional("group", title)?,
        impact,
        only_if_degraded: table.optional("only_if_degraded", Value::boolean)?.unwrap_or_default(),
        response_times: table
            .optional("response_times", |value| match value.boolean()? {
                true if !is_measured_by_checks => {
                    Err(value.refused("true", "`checks`: a dependency has no response times"))
                }
                is_published => Ok(is_published),
            })?
            .unwrap_or_default(),
        name,
        source,
    })
}

/// Reads what is measured: the one of two keys that is there, or the check of the same name.
fn source(
    table: &Table<'_>,
    name: &str,
    checks: &[Check],
    dependencies: &[Dependency],
) -> Result<ComponentSource, ConfigError> {
    let names = || checks.iter().map(|check| check.name.as_str());
    let of_checks = table.optional("checks", |value| {
        let values = value.one_or_more("at least one name of a check")?;
        let mut read: Vec<String> = Vec::new();
        for value in &values {
            value.room_for(read.len(), COMPONENT_CHECKS_MAX, "checks of a component")?;
            let name = known_name(value, "check", names())?;
            if read.contains(&name) {
                return Err(value.refused(&name, "each check once"));
            }
            read.push(name);
        }
        Ok(read)
    })?;
    let of_dependency = table.optional("dependency", |value| {
        let known = dependencies.iter().map(|dependency| dependency.name.as_str());
        let name = known_name(value, "dependency", known)?;
        if of_checks.is_some() {
            return Err(value.refused(&name, "`checks` or `dependency`, not both"));
        }
        Ok(name)
    })?;
    match (of_checks, of_dependency) {
        (Some(names), _) => Ok(ComponentSource::Checks(names)),
        (None, Some(dependency)) => Ok(ComponentSource::Dependency(dependency)),
        (None, None) if names().any(|known| known == name) => {
            Ok(ComponentSource::Checks(Vec::from([name.into()])))
        }
        (None, None) => {
            let known = names().map(String::from).collect();
            Err(table.error_at(
                "name",
                Problem::UnknownName { what: "check", value: name.into(), known },
            ))
        }
    }
}

fn impact(value: &Value<'_>) -> Result<Impact, ConfigError> {
    let name = value.string()?;
    IMPACTS.into_iter().find(|impact| impact.as_str() == name).ok_or_else(|| {
        let known = IMPACTS.iter().map(|impact| impact.as_str().into()).collect();
        value.error(Problem::UnknownName { what: "impact", value: name.into(), known })
    })
}

/// What it means for visitors when checks of this severity fail.
const fn impact_of(severity: Severity) -> Impact {
    match severity {
        Severity::P0 | Severity::P1 => Impact::MajorOutage,
        Severity::P2 => Impact::PartialOutage,
        Severity::P3 => Impact::DegradedPerformance,
    }
}

/// A name as people read it: `product-pages` is called `Product pages`.
fn titled(name: &str) -> String {
    let spaced = name.replace(['-', '_'], " ");
    let (first, rest) = spaced.split_at_checked(1).unwrap_or(("", &spaced));
    format!("{}{rest}", first.to_ascii_uppercase())
}

fn title(value: &Value<'_>) -> Result<String, ConfigError> {
    const { assert!(COMPONENT_TITLE_MAX == 64) };
    line(value, COMPONENT_TITLE_MAX, "1 to 64 characters in one line")
}

fn description(value: &Value<'_>) -> Result<String, ConfigError> {
    const { assert!(COMPONENT_DESCRIPTION_MAX == 200) };
    line(value, COMPONENT_DESCRIPTION_MAX, "1 to 200 characters in one line")
}

fn line(value: &Value<'_>, max: usize, expected: &'static str) -> Result<String, ConfigError> {
    let text = value.string()?;
    let is_line = !text.trim().is_empty()
        && text.chars().take(max + 1).count() <= max
        && !text.contains(char::is_control);
    if is_line { Ok(text.into()) } else { Err(value.refused(text, expected)) }
}
