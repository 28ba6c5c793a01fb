//! What the site file says, as operators see it: with all defaults, and secrets by their names.
//!
//! It is a function of the site file, so the build makes it once, and the Worker serves a text.

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use serde_json::{Value, json};

use super::check_test::target_of;
use crate::base::origin::{origin_of, redacted};
use crate::base::rfc3339::Rfc3339;
use crate::site::budget::PriceReport;
use crate::site::config::{Circuit, Route, Site, Upstream, WatchRules};
use crate::site::needs::Needs;
use crate::watch::alert::{AlertChannel, ChannelAddress, ChannelKind, Inhibition, Inhibitor};
use crate::watch::check::Check;
use crate::watch::dependency::Dependency;
use crate::watch::objective::Objective;
use crate::watch::severity::Severity;

/// What the file says, and what it costs.
pub fn configuration(site: &Site, rules: &WatchRules) -> Value {
    let upstreams = site.upstreams.iter().map(|it| upstream(site, it));
    let routes = site.routes.iter().map(|it| route(site, it));
    let rule = |rule: &crate::cache::snapshot::SnapshotRule| {
        json!({
            "match": rule.pattern,
            "every": rule.every,
            "max": rule.max,
            "source": rule.source,
            "max_age": rule.max_age,
            "title": rule.title,
        })
    };
    let windows = site.maintenance.windows.iter().map(|window| {
        json!({
            "match": window.pattern,
            "start": Rfc3339(window.start),
            "end": Rfc3339(window.end),
            "message": window.message,
        })
    });
    without_nulls(json!({
        "site": {
            "name": site.name,
            "host": site.host,
            "status_host": site.status_host,
            "health": site.health,
            "locales": site.locales,
            "banner": site.banner,
            "zone": rules.zone.as_ref().map(|zone| &zone.name),
        },
        "upstreams": upstreams.collect::<Vec<_>>(),
        "routes": routes.collect::<Vec<_>>(),
        "dependencies": site.dependencies.iter().map(dependency).collect::<Vec<_>>(),
        "snapshots": site.snapshots.list.iter().map(rule).collect::<Vec<_>>(),
        "maintenance": windows.collect::<Vec<_>>(),
        "checks": rules.checks.iter().map(check).collect::<Vec<_>>(),
        "objectives": rules.objectives.iter().map(objective).collect::<Vec<_>>(),
        "channels": rules.channels.iter().map(channel).collect::<Vec<_>>(),
        "alerts": {
            "group_wait": rules.group_wait,
            "group_interval": rules.group_interval,
            "dead_mans_switch": rules.dead_mans_switch.as_ref().map(address),
            "inhibitions": rules.inhibitions.iter().map(inhibition).collect::<Vec<_>>(),
        },
        "secrets": Needs::of(site, rules).secrets,
        "price": PriceReport::of(site, rules),
    }))
}

fn upstream(site: &Site, upstream: &Upstream) -> Value {
    let is_own = |circuit: &&Circuit| {
        site.upstreams.get(circuit.upstream).is_some_and(|it| it.name == upstream.name)
    };
    let circuits = site.circuits.iter().filter(is_own);
    let circuits = circuits.map(|it| json!({ "name": it.name, "breaker": it.policy }));
    json!({
        "name": upstream.name,
        "origin": upstream.origin.as_str(),
        "host": upstream.host.as_deref().unwrap_or_else(|| upstream.origin.authority()),
        "critical": upstream.critical,
        "probe": upstream.probe.as_deref().map(redacted),
        "dialect": upstream.dialect,
        "circuits": circuits.collect::<Vec<_>>(),
    })
}

fn route(site: &Site, route: &Route) -> Value {
    let upstream_name = |index: usize| site.upstreams.get(index).map(|it| &*it.name);
    json!({
        "match": route.pattern,
        "upstream": upstream_name(route.upstream),
        "backup": route.backup.and_then(upstream_name),
        "circuit": site.circuits.get(route.circuit).map(|it| &*it.name),
        "timeout": route.timeout,
        "deadline": route.deadline,
        "patience": route.patience,
        "retry": route.retry.map(|retry| retry.attempts),
        "private": route.private,
        "cache": route.cache,
        "negative_ttl": route.negative_ttl,
        "stale_if_error": route.degrade.stale_if_error,
        "fallback": route.degrade.fallback,
    })
}

fn dependency(dependency: &Dependency) -> Value {
    json!({
        "name": dependency.name,
        "kind": dependency.kind,
        "url": redacted(dependency.url.as_str()),
        "timeout": dependency.timeout,
        "every": dependency.every,
        "critical": dependency.critical,
        "secret": dependency.secret.as_ref().map(|name| name.as_str()),
    })
}

fn check(check: &Check) -> Value {
    let target = Some(target_of(check)).filter(|target| !target.is_empty());
    json!({
        "name": check.name,
        "kind": check.kind.as_str(),
        "target": target,
        "from": check.places().collect::<Vec<_>>(),
        "timeout": check.timeout,
        "every": check.policy.every,
        "failures": check.policy.failures,
        "successes": check.policy.successes,
        "places": check.policy.places,
        "recheck": check.policy.recheck,
        "depends_on": check.depends_on,
        "severity": check.severity.as_str(),
        "alert_after": check.alert_after,
        "runbook": check.runbook,
    })
}

fn objective(objective: &Objective) -> Value {
    json!({
        "name": objective.name,
        "subject": objective.subject,
        "kind": objective.kind,
        "target": objective.target,
        "window": objective.window,
        "minimum": objective.minimum,
        "severity": objective.severity.map(Severity::as_str),
        "runbook": objective.runbook,
    })
}

fn channel(channel: &AlertChannel) -> Value {
    json!({
        "name": channel.name,
        "kind": channel.kind.as_str(),
        "to": receiver(&channel.kind),
        "severities": channel.severities.iter().map(|it| it.as_str()).collect::<Vec<_>>(),
        "spacing": channel.spacing,
        "escalate_after": channel.escalate_after,
        "repeat": channel.repeat,
    })
}

/// Where a channel leads. The paths of such addresses are often all that protects them.
fn receiver(kind: &ChannelKind) -> String {
    match kind {
        ChannelKind::Webhook { address: to, .. }
        | ChannelKind::Slack { address: to }
        | ChannelKind::Discord { address: to }
        | ChannelKind::Teams { address: to }
        | ChannelKind::Ntfy { address: to, .. } => address(to),
        ChannelKind::Telegram { api, chat, .. } => alloc::format!("{} {chat}", origin_of(api)),
        ChannelKind::Pagerduty { url, .. } | ChannelKind::Opsgenie { url, .. } => {
            origin_of(url).into()
        }
        ChannelKind::Sentry { dsn } => secret(dsn.as_str()),
        ChannelKind::Email { to, .. } => to.join(", "),
    }
}

fn address(address: &ChannelAddress) -> String {
    match address {
        ChannelAddress::Url(url) => origin_of(url).into(),
        ChannelAddress::Secret(name) => secret(name.as_str()),
    }
}

fn secret(name: &str) -> String {
    alloc::format!("the secret {name}")
}

fn inhibition(rule: &Inhibition) -> Value {
    let by = match &rule.by {
        Inhibitor::Check(name) => name.clone(),
        Inhibitor::Severity(severity) => severity.as_str().to_string(),
    };
    let severities = rule.severities.iter().map(|it| it.as_str()).collect::<Vec<_>>();
    json!({ "by": by, "checks": rule.checks, "severities": severities })
}

/// What is not there is left out, as everywhere in the operators' API.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.into_iter().filter(|(_, member)| !member.is_null());
            members.map(|(name, member)| (name, without_nulls(member))).collect()
        }
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}

#[cfg(all(test, feature = "toml"))]
mod tests;
