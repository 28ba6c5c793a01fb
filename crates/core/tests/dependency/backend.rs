//! Backends that report their own health, in the formats of their frameworks.

use breakwater_core::watch::dependency::DependencyKind;
use breakwater_core::watch::health::{Measurement, Observed, Status};
use serde_json::json;

use super::{check, read};
use Status::{Fail, Pass, Warn};

/// Checks the status that a backend's answer gives it, and the status of each of its parts.
#[track_caller]
fn backend(code: u16, body: &str, expected: (Status, &str), parts: &[&str]) {
    check(DependencyKind::BackendHealth, code, body, expected);
    let found = read(DependencyKind::BackendHealth, code, body);
    let found: Vec<String> = found.iter().skip(1).map(shown).collect();
    assert_eq!(found, parts);
}

/// Formats a measurement as `part:name status observed output`, with a `!` if the part is critical.
fn shown(measured: &Measurement) -> String {
    let part = measured.part.as_ref().unwrap();
    let observed = match &measured.observed {
        Some(Observed::Number { value, unit }) => {
            format!(" {value}{}", unit.as_deref().unwrap_or_default())
        }
        Some(Observed::State(state)) => format!(" {state}"),
        None => String::new(),
    };
    let output = measured.output.as_deref().map(|why| format!(" ({why})")).unwrap_or_default();
    let critical = if measured.essential { "!" } else { "" };
    format!("{part}:{} {}{critical}{observed}{output}", measured.name, measured.status)
}

#[test]
fn draft_06_is_read_with_what_each_check_observed() {
    let document = json!({
        "status": "fail",
        "version": "1", "releaseId": "1.2.2", "output": "database fails",
        "serviceId": "f03e522f-1f44-4062-9b55-9587f91c9c41",
        "checks": {
            "cassandra:responseTime": [
                {"componentType": "datastore", "observedValue": 250, "observedUnit": "ms",
                 "status": "pass", "time": "2018-01-17T03:36:48Z", "output": ""},
                {"componentType": "datastore", "observedValue": 2.5, "observedUnit": "ms",
                 "status": "warn"},
            ],
            "database:responseTime": [
                {"observedValue": 2_000, "observedUnit": "ms", "status": "FAIL",
                 "output": "no answer within 2s", "critical": true, "stale": false, "ageMs": 12},
            ],
            "uptime": [{"componentType": "system", "observedValue": 1209600.245,
                        "observedUnit": "s", "status": "ok"}],
            "mail:status": {"observedValue": "connected"},
        },
    });
    backend(
        503,
        &document.to_string(),
        (Fail, "it says `fail` of database, cassandra"),
        &[
            "database:responseTime fail! 2000ms (no answer within 2s)",
            "cassandra:responseTime warn 2.5ms",
            "cassandra:responseTime pass 250ms ()",
            "mail:status pass connected",
            "uptime:status pass 1209600.245s",
        ],
    );
}

#[test]
fn terminus_is_read_in_both_states() {
    let well = json!({
        "status": "ok", "info": {"database": {"status": "up"}}, "error": {},
        "details": {"database": {"status": "up"}, "redis": {"status": "up"}},
    });
    backend(
        200,
        &well.to_string(),
        (Pass, ""),
        &["database:status pass up", "redis:status pass up"],
    );
    let sick = json!({
        "status": "error",
        "info": {"database": {"status": "up"}},
        "error": {"redis": {"status": "down", "message": "connect ECONNREFUSED 10.0.0.7:6379"}},
        "details": {
            "database": {"status": "up"},
            "redis": {"status": "down", "message": "connect ECONNREFUSED 10.0.0.7:6379"},
        },
    });
    backend(
        503,
        &sick.to_string(),
        (Fail, "it says `error` of redis"),
        &["redis:status fail down (connect ECONNREFUSED 10.0.0.7:6379)", "database:status pass up"],
    );
    backend(
        503,
        &json!({"status": "shutting_down"}).to_string(),
        (Fail, "it says `shutting_down`"),
        &[],
    );
}

#[test]
fn spring_is_read_with_components_inside_of_components() {
    let document = json!({
        "status": "DOWN",
        "components": {
            "db": {
                "status": "UP",
                "components": {
                    "primary": {"status": "UP", "details": {"database": "PostgreSQL",
                                "validationQuery": "isValid()"}},
                    "replica": {"status": "DOWN",
                                "details": {"error": "java.net.ConnectException"}},
                },
            },
            "diskSpace": {"status": "UP", "details": {"total": 100, "free": 50, "exists": true}},
            "ping": {"status": "UNKNOWN"},
        },
        "groups": ["liveness", "readiness"],
    });
    backend(
        503,
        &document.to_string(),
        (Fail, "it says `DOWN` of db.replica, ping"),
        &[
            "db.replica:status fail DOWN",
            "ping:status warn UNKNOWN",
            "db:status pass UP",
            "db.primary:status pass UP",
            "diskSpace:status pass UP",
        ],
    );
    let before_2_2 = json!({"status": "UP", "details": {"db": {"status": "UP", "details": {}}}});
    backend(200, &before_2_2.to_string(), (Pass, ""), &["db:status pass UP"]);
}

#[test]
fn terminus_without_its_details_is_read_by_its_halves() {
    let document = json!({
        "status": "error",
        "info": {"database": {"status": "up"}},
        "error": {"redis": {"status": "down"}},
    });
    backend(
        503,
        &document.to_string(),
        (Fail, "it says `error` of redis"),
        &["redis:status fail down", "database:status pass up"],
    );
}

#[test]
fn microprofile_is_read_with_its_list_of_checks() {
    let document = json!({
        "status": "DOWN",
        "checks": [
            {"name": "database", "status": "UP", "data": {"pool": 7}},
            {"name": "queue", "status": "DOWN", "data": {"rootCause": "timed out"}},
            {"name": "without a status"}, {"status": "DOWN"}, "database", 7, null,
        ],
    });
    backend(
        503,
        &document.to_string(),
        (Fail, "it says `DOWN` of queue"),
        &["queue:status fail DOWN", "database:status pass UP"],
    );
    backend(200, r#"{"status":"UP","checks":[]}"#, (Pass, ""), &[]);
}

#[test]
fn asp_net_is_read_with_its_entries_or_its_results() {
    for key in ["entries", "results"] {
        let document = json!({
            "status": "Degraded",
            "totalDuration": "00:00:01.0203040",
            key: {
                "sqlserver": {
                    "status": "Healthy", "duration": "00:00:00.0100000", "data": {}, "tags": ["db"],
                },
                "disk": {
                    "status": "Degraded", "description": "little space is left",
                    "duration": "00:00:00.0001000", "data": {"free": 12}, "tags": [],
                },
                "queue": {"status": "Unhealthy", "exception": "System.TimeoutException"},
            },
        });
        backend(
            200,
            &document.to_string(),
            (Warn, "it says `Degraded` of queue, disk"),
            &[
                "queue:status fail Unhealthy",
                "disk:status warn Degraded (little space is left)",
                "sqlserver:status pass Healthy",
            ],
        );
    }
}

#[test]
fn parts_are_bounded_in_every_shape() {
    use breakwater_core::watch::health::MEASUREMENTS_MAX;
    let check = |n: usize| json!({"name": format!("p{n}"), "status": "UP"});
    let list: Vec<_> = (0..2 * MEASUREMENTS_MAX).map(check).collect();
    let map: serde_json::Map<_, _> =
        (0..2 * MEASUREMENTS_MAX).map(|n| (format!("p{n}"), check(n))).collect();
    for document in [
        json!({"status": "UP", "checks": list}),
        json!({"status": "UP", "entries": map}),
        json!({"status": "UP", "info": map}),
    ] {
        let found = read(DependencyKind::BackendHealth, 200, document.to_string());
        assert_eq!(found.len(), 1 + MEASUREMENTS_MAX);
    }
}

#[test]
fn the_worse_of_word_and_code_counts() {
    backend(503, r#"{"status":"pass"}"#, (Fail, "it says that it is well, but answered 503"), &[]);
    backend(200, r#"{"status":"fail"}"#, (Fail, "it says `fail`"), &[]);
    backend(200, r#"{"status":"Degraded"}"#, (Warn, "it says `Degraded`"), &[]);
    backend(200, r#"{"status":"warn"}"#, (Warn, "it says `warn`"), &[]);
}

#[test]
fn a_backend_that_tells_no_health_warns_and_an_error_fails() {
    let silent = (Warn, "it answered 200, but tells no health");
    for body in ["", "OK", "<html>", "[]", "{}", r#"{"status":200}"#, r#"{"status":"pass""#] {
        backend(200, body, silent, &[]);
    }
    backend(500, "", (Fail, "it answered 500"), &[]);
    backend(404, "<html>", (Fail, "it answered 404"), &[]);
    backend(401, "", (Warn, "it refuses our secret (401)"), &[]);
}

#[test]
fn a_part_that_fails_makes_a_backend_that_is_well_warn_at_most_unless_it_is_critical() {
    use breakwater_core::base::time::Timestamp;
    use breakwater_core::watch::health::Findings;
    let verdict = |critical: bool| {
        let document = json!({
            "status": "pass",
            "checks": {"redis:responseTime": [{"status": "fail", "critical": critical}]},
        });
        let mut findings = Findings::none_since(Timestamp::from_millis(0));
        let found = read(DependencyKind::BackendHealth, 200, document.to_string());
        findings.record(found, Timestamp::from_millis(0));
        findings.status()
    };
    assert_eq!((verdict(false), verdict(true)), (Warn, Fail));
}

#[test]
fn few_of_many_parts_are_named_and_a_strangers_word_is_not_shown() {
    let parts: serde_json::Map<_, _> =
        (0..9).map(|n| (format!("p{n}"), json!({"status": "down"}))).collect();
    let document = json!({"status": "password is hunter2", "details": parts});
    check(
        DependencyKind::BackendHealth,
        200,
        document.to_string(),
        (Warn, "it says something unknown of p0, p1, p2, p3, p4"),
    );
}
