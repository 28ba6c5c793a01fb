//! What is reported as an event, and which events are one issue.

use breakwater_core::base::redaction::Redactor;
use breakwater_core::site::config::STATUS_COPY_EVERY;
use breakwater_core::telemetry::sentry::{
    EventId, IgnoreRule, ReportFact, ReportField, ReportSchedule, Reporting, SentryFault,
    SentryItem, SentryQueue, SentrySettings, is_blanked, monitor_slug,
};
use serde_json::{Value, json};

use super::{NOW, payload, sent};

fn event(fault: SentryFault<'_>) -> Value {
    payload(&sent(&SentryItem::Event(Box::new(fault.event(0xabc)))))
}

fn issue(fault: SentryFault<'_>) -> Value {
    event(fault)["fingerprint"].clone()
}

const PANIC: SentryFault<'_> = SentryFault::Panic {
    plane: "worker",
    message: "index out of bounds: the len is 3 but the index is 5",
    place: "crates/worker/src/lib.rs:10:5",
};
const OPENED: SentryFault<'_> = SentryFault::CircuitTransition {
    circuit: "api",
    upstream: "api",
    from: "closed",
    to: "open",
    reason: "consecutive_failures",
};
const DELIVERY: SentryFault<'_> =
    SentryFault::FailedDelivery { channel: "ops", error: "timeout", attempts: 20 };
const CALL: SentryFault<'_> =
    SentryFault::FailedObjectCall { object: "UpstreamDo", operation: "report", error: "timeout" };
const UPSTREAM: SentryFault<'_> =
    SentryFault::UpstreamError { upstream: "api", route: "/api/*", status: 500 };
const KILL: SentryFault<'_> = SentryFault::CpuLimitKill { plane: "control" };

#[test]
fn each_fault_says_what_someone_has_to_look_at() {
    for (fault, level, class, value, fingerprint) in [
        (
            PANIC,
            "fatal",
            "Panic",
            "index out of bounds: the len is 3 but the index is 5",
            json!(["breakwater", "panic", "crates/worker/src/lib.rs:10:5"]),
        ),
        (
            KILL,
            "fatal",
            "CpuLimitKill",
            "the module `control` exceeded its processor time",
            json!(["breakwater", "cpu_limit_kill", "control"]),
        ),
        (
            OPENED,
            "warning",
            "CircuitTransition",
            "the circuit `api` went from closed to open: consecutive_failures",
            json!(["breakwater", "circuit_transition", "api", "open"]),
        ),
        (
            DELIVERY,
            "error",
            "FailedDelivery",
            "the channel `ops` took no alert: timeout",
            json!(["breakwater", "failed_delivery", "ops", "timeout"]),
        ),
        (
            CALL,
            "error",
            "FailedObjectCall",
            "`UpstreamDo` did not do `report`: timeout",
            json!(["breakwater", "failed_object_call", "UpstreamDo", "report"]),
        ),
        (
            UPSTREAM,
            "error",
            "UpstreamError",
            "`api` answered 500 on `/api/*`",
            json!(["breakwater", "upstream_error", "api", "/api/*", "500"]),
        ),
    ] {
        let event = event(fault);
        assert_eq!(event["level"], level);
        let exception = &event["exception"]["values"][0];
        assert_eq!((&exception["type"], &exception["value"]), (&json!(class), &json!(value)));
        assert_eq!(event["fingerprint"], fingerprint);
        assert_eq!(event["release"], "breakwater@0.1.0");
        assert_eq!(event["environment"], "production");
    }
}

#[test]
fn what_someone_mends_once_is_one_issue_and_what_is_mended_apart_is_two() {
    let elsewhere = SentryFault::Panic { plane: "worker", message: "a", place: "b.rs:1:1" };
    let again = SentryFault::Panic {
        plane: "worker",
        message: "index out of bounds: the len is 9 but the index is 9",
        place: "crates/worker/src/lib.rs:10:5",
    };
    assert_eq!(issue(PANIC), issue(again));
    assert_ne!(issue(PANIC), issue(elsewhere));
    let closed = SentryFault::CircuitTransition {
        circuit: "api",
        upstream: "api",
        from: "half_open",
        to: "closed",
        reason: "probe",
    };
    assert_ne!(issue(OPENED), issue(closed));
    assert_eq!(event(closed)["level"], "info");
    let other = SentryFault::UpstreamError { upstream: "api", route: "/api/*", status: 502 };
    assert_ne!(issue(UPSTREAM), issue(other));
    assert_eq!(issue(UPSTREAM), issue(UPSTREAM));
}

#[test]
fn a_panic_has_the_same_id_whenever_it_is_reported() {
    let id = |message, place| SentryFault::Panic { plane: "worker", message, place }.event(7).id;
    let ids = [id("a", "b:1:1"), id("a", "b:1:2"), id("b", "b:1:1"), id("", "ab:1:1")];
    for (index, id) in ids.iter().enumerate() {
        assert!(!ids[..index].contains(id), "{id} is another's too");
    }
    assert_eq!(ids[0], EventId::of_panic("a", "b:1:1"));
    assert_eq!(
        EventId::of_panic("a", "b:1:1").to_string(),
        // sha256 of the lengths, 8 bytes each, and the texts: the place, then the message.
        "d4b8db313e36a21a60f43e234c89a102"
    );
    assert_eq!(KILL.event(7).id, EventId::of_random(7));
}

#[test]
fn a_panic_shows_its_place_as_a_frame() {
    let event = event(PANIC);
    let exception = &event["exception"]["values"][0];
    assert_eq!(exception["mechanism"], json!({ "type": "breakwater", "handled": false }));
    assert_eq!(
        exception["stacktrace"]["frames"],
        json!([{ "filename": "crates/worker/src/lib.rs", "lineno": 10, "colno": 5, "in_app": true }])
    );
}

#[test]
fn no_name_of_ours_is_one_whose_value_sentry_blanks() {
    for name in ReportField::ALL {
        assert!(!is_blanked(name.as_str()), "{name:?}");
        assert!(name.as_str().len() <= 32, "{name:?} is too long for a tag");
    }
    for blanked in ["retry_tokens", "author", "auth_ms", "secrets_missing", "Api_Key"] {
        assert!(is_blanked(blanked), "{blanked}");
    }
    for fault in [PANIC, KILL, OPENED, DELIVERY, CALL, UPSTREAM] {
        assert_names(&event(fault));
    }
}

/// Checks all names of a report.
pub(crate) fn assert_names(value: &Value) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                assert!(!is_blanked(name), "{name}");
                assert_names(value);
            }
        }
        Value::Array(values) => values.iter().for_each(assert_names),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// What a fault says that happened at this time to a visitor's request of this trace.
fn reported(fault: SentryFault<'_>) -> Value {
    let traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let fact = ReportFact { method: "GET", traceparent, left_out: 3, ..ReportFact::of(fault, NOW) };
    let text = fact.to_lines();
    let read = ReportFact::parse(&text);
    assert_eq!(read, fact, "the text is read as it was written");
    payload(&sent(&read.item("shop.example", 0xabc).expect("an item")))
}

#[test]
fn a_fault_arrives_whole_by_way_of_its_text() {
    for fault in [OPENED, DELIVERY, CALL, UPSTREAM, KILL] {
        let text = ReportFact::of(fault, NOW).to_lines();
        assert_eq!(SentryFault::of(&ReportFact::parse(&text)), Some(fault));
        let event = reported(fault);
        assert_eq!(event["timestamp"], "2026-11-23T08:00:00.123Z");
        assert_eq!(event["contexts"]["trace"]["trace_id"], "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(event["contexts"]["breakwater"]["breakwater.count"], 3);
        assert_eq!(event["fingerprint"], issue(fault));
    }
    let request = &reported(UPSTREAM)["request"];
    assert_eq!((&request["method"], &request["url"]), (&"GET".into(), &URL.into()));
    assert_eq!(reported(OPENED)["request"], Value::Null, "it is about no request");
}

const URL: &str = "https://shop.example/api/*";

#[test]
fn a_panic_is_read_out_of_its_words() {
    let said = "panicked at crates/worker/src/lib.rs:10:5: index out of bounds: the len is 3 but \
                the index is 5";
    let fact = ReportFact { class: "panic", subject: "worker", said, ..ReportFact::parse("") };
    assert_eq!(SentryFault::of(&fact), Some(PANIC));
    let fact = ReportFact { said: "unreachable", ..fact };
    let trap = SentryFault::Panic { plane: "worker", message: "unreachable", place: "trap" };
    assert_eq!(SentryFault::of(&fact), Some(trap));
    assert_eq!(fact.item("shop.example", 1).map(|item| item.route().is_none()), Some(true));
}

#[test]
fn what_happened_in_no_request_has_a_trace_of_its_own() {
    let text = ReportFact::of(OPENED, NOW).to_lines();
    let item = ReportFact::parse(&text).item("shop.example", 0xabc << 64).expect("an item");
    let event = payload(&sent(&item));
    assert_eq!(event["contexts"]["trace"]["trace_id"], format!("{:032x}", 0xabc));
    assert_ne!(event["contexts"]["trace"]["span_id"], "0000000000000000");
}

#[test]
fn the_work_of_each_schedule_is_a_check_in_that_says_when_the_next_is_due() {
    for (schedule, slug, minutes, failures) in [
        (ReportSchedule::Round, "breakwater-round", 1, 3),
        (ReportSchedule::Monitor, "breakwater-monitor", 1, 3),
        (ReportSchedule::Snapshots, "breakwater-snapshots", 1, 3),
        (ReportSchedule::StatusCopies, "breakwater-status-copies", 5, 2),
    ] {
        assert_eq!((schedule.slug(), monitor_slug(slug).as_str()), (slug, slug));
        let text = format!("check_in\n{slug}\n\nerror\n\n\n1500\n\n\n0\n7");
        let item = ReportFact::parse(&text).item("shop.example", 0xabc).expect("an item");
        let check_in = payload(&sent(&item));
        assert_eq!(
            (&check_in["monitor_slug"], &check_in["status"]),
            (&json!(slug), &json!("error"))
        );
        assert_eq!(check_in["duration"], 1.5);
        let expected = json!({
            "schedule": { "type": "interval", "value": minutes, "unit": "minute" },
            "checkin_margin": 2,
            "max_runtime": 15,
            "failure_issue_threshold": failures,
            "recovery_threshold": 1,
        });
        assert_eq!(check_in["monitor_config"], expected);
    }
    assert_eq!(ReportSchedule::StatusCopies.every(), STATUS_COPY_EVERY);
}

#[test]
fn a_schedule_that_is_ignored_makes_no_check_in_and_the_others_do() {
    let ignored = ReportSchedule::Snapshots;
    let rule = IgnoreRule { class: None, route: None, schedule: Some(ignored) };
    let settings = SentrySettings { ignore: vec![rule], ..super::settings() };
    let redactor = Redactor::default();
    for schedule in ReportSchedule::ALL {
        let text = format!("check_in\n{}\n\nok\n\n\n5\n\n\n0\n7", schedule.slug());
        let item = ReportFact::parse(&text).item("shop.example", 0xabc).expect("an item");
        let reporting = Reporting { settings: &settings, build: "b", redactor: &redactor };
        let is_taken = SentryQueue::default().push(&item, reporting, NOW);
        assert_eq!(is_taken, schedule != ignored, "{schedule:?}");
    }
}

#[test]
fn a_text_that_makes_no_sense_is_no_report() {
    for text in [
        "",
        "log\na",
        "transaction",
        "check_in\nbreakwater-round\n\nlate",
        "check_in\nbreakwater-other\n\nok",
        "upstream_error\na\n/\n\n\n\n70000",
    ] {
        assert_eq!(ReportFact::parse(text).item("shop.example", 1), None, "{text}");
    }
}
