//! The monitor, as operators see it.

use breakwater_core::base::budget::{Importance, Resource};
use breakwater_core::base::json;
use breakwater_core::base::rfc3339::Rfc3339;
use breakwater_core::base::time::Timestamp;
use breakwater_core::site::budget::monitor_plan;
use breakwater_core::site::config::WatchRules;
use breakwater_core::site::monitoring::{LatestObservation, MonitorHost, WatchedCheck};
use breakwater_core::watch::alert::outbox::{DeadLetter, Delivery};
use breakwater_core::watch::check::{Check, FailureEvidence, StepTiming};
use breakwater_core::watch::incident::Incident;
use breakwater_platform::object::Json;
use serde_json::{Map, Value, json};

/// The checks.
pub(super) fn checks(rules: &WatchRules, host: &MonitorHost, now: Timestamp) -> Json {
    let checks = rules.checks.iter().zip(host.checks());
    let checks: Vec<Value> = checks.map(|(check, watched)| one(check, watched, now)).collect();
    shown(json!({ "checks": checks }))
}

/// A check, if there is one of this name.
pub(super) fn check(
    rules: &WatchRules,
    host: &MonitorHost,
    name: &str,
    now: Timestamp,
) -> Option<Json> {
    let mut checks = rules.checks.iter().zip(host.checks());
    let (check, watched) = checks.find(|(check, _)| check.name == name)?;
    Some(shown(one(check, watched, now)))
}

fn one(check: &Check, watched: &WatchedCheck, now: Timestamp) -> Value {
    let monitor = &watched.monitor;
    let time = |at: Option<Timestamp>| at.map(Rfc3339);
    json!({
        "name": check.name,
        "kind": check.kind.as_str(),
        "state": monitor.state().as_str(),
        "severity": check.severity.as_str(),
        "is_unsure": monitor.is_unsure(),
        "in_maintenance": monitor.is_in_maintenance(),
        "paused_until": time(watched.paused_until.filter(|until| now < *until)),
        "incident_since": time(monitor.incident().map(|open| open.since)),
        "resolved_at": time(monitor.last_resolved()),
        "places": watched.latest.iter().map(place).collect::<Vec<_>>(),
        "last_failure": watched.last_failure.as_deref().map(failure),
    })
}

pub(crate) fn failure(evidence: &FailureEvidence) -> Value {
    json!({
        "at": Rfc3339(evidence.at),
        "place": evidence.place,
        "method": evidence.method,
        "url": evidence.url,
        "status": evidence.status,
        "fields": evidence.fields,
        "body": evidence.body,
        "took_ms": evidence.took.get(),
        "reasons": evidence.reasons,
        "step": evidence.step,
        "steps": evidence.steps.iter().map(step).collect::<Vec<_>>(),
        "curl": evidence.curl(),
    })
}

fn step(timing: &StepTiming) -> Value {
    json!({ "step": timing.step, "took_ms": timing.took.get(), "status": timing.status })
}

fn place(latest: &LatestObservation) -> Value {
    json!({
        "place": latest.place,
        "at": Rfc3339(latest.at),
        "result": latest.result,
        "took_ms": latest.took.get(),
        "status": latest.status,
        "reasons": latest.reasons,
    })
}

/// The incidents, the latest first, without their timelines.
pub(super) fn incidents(host: &MonitorHost) -> Json {
    let incidents: Vec<Value> = host.incidents().map(summary).collect();
    shown(json!({ "incidents": incidents }))
}

/// An incident with its timeline.
pub(super) fn incident(incident: &Incident) -> Json {
    let mut whole = summary(incident);
    let entries = incident.timeline().entries().iter().map(|entry| {
        json!({
            "entry": entry.number,
            "at": Rfc3339(entry.at),
            "recorded_at": Rfc3339(entry.recorded_at),
            "what": entry.kind,
        })
    });
    whole["timeline"] = entries.collect();
    whole["dropped"] = incident.timeline().dropped().into();
    shown(whole)
}

fn summary(incident: &Incident) -> Value {
    let time = |at: Option<Timestamp>| at.map(Rfc3339);
    let checks = incident.checks().iter().map(|check| {
        json!({
            "name": check.name,
            "is_failing": check.is_failing,
            "since": Rfc3339(check.since),
            "resolved_at": time(check.resolved_at),
        })
    });
    json!({
        "id": incident.id(),
        "title": incident.title(),
        "severity": incident.severity().as_str(),
        "state": incident.state().as_str(),
        "since": Rfc3339(incident.since()),
        "opened_at": Rfc3339(incident.opened_at()),
        "resolved_at": time(incident.resolved_at()),
        "is_flapping": incident.is_flapping(),
        "checks": checks.collect::<Vec<_>>(),
        "components": incident.components(),
        "acknowledged_by": incident.acknowledged().map(|it| it.by.clone()),
        "inhibited_by": incident.inhibited_by(),
        "summary": incident.summary(),
        "runbook": incident.runbook(),
        "postmortem": incident.postmortem(),
        "told": incident.told().collect::<Vec<_>>(),
    })
}

/// The channels, and what is on its way to them.
pub(super) fn alerts(rules: &WatchRules, host: &MonitorHost) -> Json {
    let channels = rules.channels.iter().map(|channel| {
        json!({
            "name": channel.name,
            "kind": channel.kind.as_str(),
            "severities": channel.severities.iter().map(|it| it.as_str()).collect::<Vec<_>>(),
        })
    });
    let outbox = host.outbox();
    shown(json!({
        "channels": channels.collect::<Vec<_>>(),
        "pending": outbox.pending().map(delivery).collect::<Vec<_>>(),
        "dead": outbox.dead_letters().map(dead).collect::<Vec<_>>(),
        "dropped": outbox.dropped(),
    }))
}

/// What is left of the budget, and what it has held back.
pub(super) fn budget(rules: &WatchRules, host: &MonitorHost, now: Timestamp) -> Json {
    let (ledger, held, plan) = (host.ledger(), host.held_work(), monitor_plan(rules));
    let budgeted = Resource::ALL.into_iter().filter(|it| ledger.budget().0[*it] > 0);
    let resources = budgeted.map(|resource| {
        let shown = json!({
            "plan": plan[resource],
            "budget": ledger.budget().0[resource],
            "left": ledger.left(resource, now),
        });
        (resource.as_str().to_owned(), shown)
    });
    let checks = Importance::ALL.into_iter().zip(held.checks);
    let checks = checks.map(|(importance, times)| (importance.as_str().to_owned(), times.into()));
    shown(json!({
        "hour": resources.collect::<Map<_, _>>(),
        "held": {
            "checks": checks.collect::<Map<_, _>>(),
            "deliveries": held.deliveries,
            "notices": held.notices,
            "reports": held.reports,
            "refreshes": held.refreshes,
            "last_at": ledger.held_at().map(Rfc3339),
        },
    }))
}

/// The objectives: what is left of their budgets, how fast these burn, and what fires.
pub(super) fn objectives(rules: &WatchRules, host: &MonitorHost, now: Timestamp) -> Json {
    shown(json!({ "objectives": host.objective_figures(rules, now) }))
}

fn delivery(delivery: &Delivery) -> Value {
    json!({
        "message": delivery.key.message,
        "channel": delivery.key.channel,
        "added_at": Rfc3339(delivery.added_at),
        "attempts": delivery.attempts,
        "due": Rfc3339(delivery.due),
        "expires_at": Rfc3339(delivery.expires_at()),
        "error": delivery.error,
    })
}

fn dead(letter: &DeadLetter) -> Value {
    let mut shown = delivery(&letter.delivery);
    shown["reason"] = json!(letter.reason);
    shown["at"] = json!(Rfc3339(letter.at));
    shown
}

/// What is not there is left out, as everywhere in the operators' API.
pub(super) fn shown(mut value: Value) -> Json {
    leave_out_nulls(&mut value);
    Json(json::indented(&value.to_string()))
}

fn leave_out_nulls(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, member| !member.is_null());
            members.values_mut().for_each(leave_out_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(leave_out_nulls),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
