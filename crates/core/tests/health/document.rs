//! The health document, pinned, since other programs depend on its format.

use breakwater_core::base::time::Millis;
use breakwater_core::watch::health::{
    Component, Detail, Findings, Group, HealthReport, Known, LevelLimits, Measurement, Service,
    Status,
};
use serde_json::{Value, json};

use super::{at, component};

const SERVICE: Service<'static> = Service { id: "shop", version: "1.2.3" };
/// 2026-11-23T08:00:00Z, in milliseconds since 1970.
const NOON: u64 = 1_795_420_800_000;

fn found(at_ms: u64, measurements: Vec<Measurement>) -> Findings {
    let mut findings = Findings::none_since(at(at_ms));
    findings.record(measurements, at(at_ms));
    findings
}

#[track_caller]
fn check(known: &[(&Component, Known<'_>)], detail: Detail, now: u64, expected: Value) {
    let report = HealthReport::new(Group::All, known.iter().copied(), at(now));
    let document = serde_json::to_value(report.document(SERVICE, detail)).unwrap();
    assert_eq!(document, expected, "{document:#}");
}

#[test]
fn a_healthy_service_says_when_it_last_looked_and_gives_no_reasons() {
    let database = component("database", true, Group::Ready);
    let findings =
        found(NOON, vec![Measurement::response_time(Millis::new(3), Status::Pass).because("no")]);
    check(
        &[(&database, Known::Measured(&findings))],
        Detail::Operator,
        NOON + 1_250,
        json!({
            "status": "pass", "serviceId": "shop", "version": "1.2.3",
            "checks": {
                "database:responseTime": [{
                    "componentType": "datastore",
                    "observedValue": 3, "observedUnit": "ms",
                    "status": "pass",
                    "time": "2026-11-23T08:00:00.000Z",
                    "critical": true, "stale": false, "ageMs": 1_250,
                }],
            },
        }),
    );
}

#[test]
fn the_worst_component_is_named_first_and_each_check_says_what_is_wrong() {
    let [database, cache, queue, storage] = [
        component("database", true, Group::Ready),
        component("cache", false, Group::All),
        component("queue", true, Group::All),
        component("storage", false, Group::All),
    ];
    let broken = Measurement::response_time(Millis::new(2_000), Status::Fail);
    let down = found(NOON, vec![broken.because("no answer within 2s")]);
    let limits = LevelLimits { warn: 80, fail: 95 };
    let full = found(NOON, vec![Measurement::level("utilization", 91, "percent", limits)]);
    let old = found(NOON - 30_001, vec![Measurement::new("depth", Status::Pass)]);
    let none = Findings::none_since(at(NOON));
    check(
        &[
            (&cache, Known::Measured(&full)),
            (&queue, Known::Measured(&old)),
            (&storage, Known::Measured(&none)),
            (&database, Known::Measured(&down)),
        ],
        Detail::Public,
        NOON,
        json!({
            "status": "fail", "serviceId": "shop", "version": "1.2.3",
            "output": "database fails, queue is stale, cache warns, storage is not measured yet",
            "checks": {
                "cache:utilization": [{
                    "componentType": "datastore",
                    "observedValue": 91, "observedUnit": "percent",
                    "status": "warn", "output": "80 or more",
                    "time": "2026-11-23T08:00:00.000Z",
                    "critical": false, "stale": false, "ageMs": 0,
                }],
                "queue:depth": [{
                    "componentType": "datastore",
                    "status": "fail",
                    "time": "2026-11-23T07:59:29.999Z",
                    "critical": true, "stale": true, "ageMs": 30_001,
                }],
                "storage:responseTime": [{
                    "componentType": "datastore",
                    "status": "warn", "output": "not measured yet",
                    "critical": false, "stale": false,
                }],
                "database:responseTime": [{
                    "componentType": "datastore",
                    "observedValue": 2_000, "observedUnit": "ms",
                    "status": "fail", "output": "no answer within 2s",
                    "time": "2026-11-23T08:00:00.000Z",
                    "critical": true, "stale": false, "ageMs": 0,
                }],
            },
        }),
    );
}

#[test]
fn what_others_say_of_their_parts_is_for_operators_only() {
    let backend = component("backend", true, Group::All);
    let part = |status| Measurement::new("status", status).of_part("redis").because("10.0.0.7");
    let findings = found(
        NOON,
        vec![
            Measurement::response_time(Millis::new(8), Status::Warn).because("it says warn"),
            part(Status::Fail).with_state("DOWN").optional(),
            part(Status::Pass).optional(),
        ],
    );
    let check_for = |detail, output: Option<&str>| {
        let mut down = json!({
            "componentType": "datastore", "status": "fail",
            "time": "2026-11-23T08:00:00.000Z", "critical": false, "stale": false, "ageMs": 0,
        });
        if let Some(output) = output {
            down["observedValue"] = "DOWN".into();
            down["output"] = output.into();
        }
        check(
            &[(&backend, Known::Measured(&findings))],
            detail,
            NOON,
            json!({
                "status": "warn", "serviceId": "shop", "version": "1.2.3",
                "output": "backend warns",
                "checks": {
                    "backend:responseTime": [{
                        "componentType": "datastore",
                        "observedValue": 8, "observedUnit": "ms",
                        "status": "warn", "output": "it says warn",
                        "time": "2026-11-23T08:00:00.000Z",
                        "critical": true, "stale": false, "ageMs": 0,
                    }],
                    "backend.redis:status": [down, {
                        "componentType": "datastore", "status": "pass",
                        "time": "2026-11-23T08:00:00.000Z",
                        "critical": false, "stale": false, "ageMs": 0,
                    }],
                },
            }),
        );
    };
    check_for(Detail::Operator, Some("10.0.0.7"));
    check_for(Detail::Public, None);
}

#[test]
fn strangers_are_told_names_and_statuses_only() {
    let [backend, web, storage, cache, redis] = [
        component("backend", true, Group::All),
        component("web", true, Group::Ready),
        component("storage", false, Group::All),
        component("cache", false, Group::All),
        component("redis", false, Group::All),
    ];
    let part = Measurement::new("status", Status::Fail).of_part("supabase").because("10.0.0.7");
    let of_parts = found(
        NOON,
        vec![
            Measurement::response_time(Millis::new(8), Status::Pass).because("the secret `KEY`"),
            part.with_state("DOWN").optional(),
        ],
    );
    let of_circuit = found(
        NOON,
        vec![
            Measurement::new("circuit", Status::Fail).with_state("open").because("too many failed"),
            Measurement::new("latencyP99", Status::Pass).with_number(2_500, "ms"),
        ],
    );
    let old = found(NOON - 30_001, vec![Measurement::new("depth", Status::Pass)]);
    let none = Findings::none_since(at(NOON));
    let noon = "2026-11-23T08:00:00.000Z";
    let fresh = |status: &str, critical: bool| {
        json!([{
            "status": status, "time": noon, "critical": critical, "stale": false, "ageMs": 0,
        }])
    };
    check(
        &[
            (&backend, Known::Measured(&of_parts)),
            (&web, Known::Measured(&of_circuit)),
            (&storage, Known::Measured(&none)),
            (&cache, Known::Measured(&old)),
            (&redis, Known::NotConfigured("REDIS_URL is not set")),
        ],
        Detail::Stranger,
        NOON,
        json!({
            "status": "fail", "serviceId": "shop", "version": "1.2.3",
            "output": "web fails, backend warns, storage is not measured yet, cache is stale",
            "checks": {
                "backend:responseTime": fresh("warn", true),
                "web:responseTime": fresh("fail", true),
                "storage:responseTime": [{
                    "status": "warn", "output": "not measured yet",
                    "critical": false, "stale": false,
                }],
                "cache:responseTime": [{
                    "status": "warn", "time": "2026-11-23T07:59:29.999Z",
                    "critical": false, "stale": true, "ageMs": 30_001,
                }],
                "redis:responseTime": [{ "status": "pass", "critical": false, "stale": false }],
            },
        }),
    );
}

#[test]
fn what_is_not_configured_says_so_and_harms_nothing() {
    let redis = component("redis", true, Group::Ready);
    check(
        &[(&redis, Known::NotConfigured("REDIS_URL is not set"))],
        Detail::Public,
        NOON,
        json!({
            "status": "pass", "serviceId": "shop", "version": "1.2.3",
            "notes": ["redis is not configured: REDIS_URL is not set"],
            "checks": {
                "redis:responseTime": [{
                    "componentType": "datastore",
                    "observedValue": "not configured",
                    "status": "pass", "critical": true, "stale": false,
                }],
            },
        }),
    );
}

#[test]
fn a_service_without_components_passes() {
    check(
        &[],
        Detail::Public,
        NOON,
        json!({ "status": "pass", "serviceId": "shop", "version": "1.2.3" }),
    );
}

#[test]
fn few_of_many_reasons_are_named() {
    let components: Vec<_> =
        (0..11).map(|n| component(&format!("c{n}"), false, Group::All)).collect();
    let down = found(NOON, vec![Measurement::new("a", Status::Fail)]);
    let known = components.iter().map(|component| (component, Known::Measured(&down)));
    let report = HealthReport::new(Group::All, known, at(NOON));
    let document = serde_json::to_value(report.document(SERVICE, Detail::Public)).unwrap();
    let output = document["output"].as_str().unwrap();
    assert!(output.starts_with("c0 fails, c1 fails"), "{output}");
    assert!(output.ends_with("c7 fails, and 3 more"), "{output}");
}
