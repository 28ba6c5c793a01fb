//! Nothing that a stranger should not read: a site whose every value is marked, with everything
//! failing, and a public status without any of the marks.

use breakwater_core::base::pattern::Pattern;
use breakwater_core::base::stored::StoredForm as _;
use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::circuit::breaker::State;
use breakwater_core::site::monitoring::{MonitorEffect, MonitorTask};
use breakwater_core::site::operator::{MaintenanceSchedule, SiteOrder};
use breakwater_core::site::standing::SiteState;
use breakwater_core::watch::alert::outbox::{DeliveryEnd, DeliveryError};
use breakwater_core::watch::check::{CheckObservation, FailureEvidence, GROUP_MAX};
use breakwater_core::watch::health::Status;
use breakwater_core::watch::incident::{
    ComponentImpact, EdgeShares, Impact, IncidentChange, IncidentOpening,
};
use breakwater_core::watch::maintenance::Window;
use breakwater_core::watch::monitor::CheckResult;
use breakwater_core::watch::severity::Severity;

use serde_json::json;

use crate::watch::Watch;
use crate::{HOUR, MINUTE, at};

/// What stands in each value that is not public, in small letters or in capitals.
const MARK: &str = "zzmark";

/// What strangers read of it: these keys, and the names of components.
const PUBLIC_KEYS: [&str; 3] = ["title", "description", "group"];
/// Keys whose values are words of Breakwater's own, numbers or times.
const KEYS_OF_WORDS: [&str; 22] = [
    "kind",
    "severity",
    "every",
    "timeout",
    "failures",
    "successes",
    "places",
    "grace",
    "record",
    "method",
    "dialect",
    "plan",
    "locales",
    "impact",
    "start",
    "end",
    "patience",
    "from",
    "severities",
    "breaker",
    "visitors",
    "status",
];

const FILE: &str = r#"
[site]
name = "zzmark shop"
host = "zzmark.example"
status_host = "zzmark-status.example"
health = "/zzmark-health"
maintenance_secret = "ZZMARK_PASS"

[upstreams.zzmark-web]
origin = "https://zzmark-origin.example/zzmark"
probe = "/zzmark-probe"

[[routes]]
match = "/zzmark/*"
upstream = "zzmark-web"
unkeyed = ["x-zzmark"]

[[routes]]
match = "/*"
upstream = "zzmark-web"

[[dependencies]]
name = "zzmark-mail"
kind = "supabase_auth"
url = "https://zzmark-mail.example/zzmark"
secret = "ZZMARK_KEY"

[[snapshots]]
match = "/zzmark"
every = "10m"
marker = "zzmark"

[[maintenance]]
match = "/zzmark/closed/*"
start = 2026-11-23T02:00:00Z
end = 2026-11-23T03:00:00Z

[[checks]]
name = "zzmark-http"
url = "https://zzmark.example/zzmark?zzmark=zzmark"
headers = { x-zzmark = { secret = "ZZMARK_TOKEN", prefix = "zzmark " } }
body = "zzmark"
method = "POST"
upstream = "zzmark-web"
failures = 1
runbook = "https://zzmark-runbooks.example/zzmark"
expect = { status = "2xx", body_contains = "zzmark", final_url = "https://zzmark.example/zzmark" }

[[checks]]
name = "zzmark-tcp"
kind = "tcp"
target = "zzmark-db.example:5432"
failures = 1
runbook = "docs/zzmark.md"

[[checks]]
name = "zzmark-dns"
kind = "dns"
domain = "zzmark.example"
resolver = "https://zzmark-resolver.example/zzmark"
contains = "zzmark"
failures = 1

[[checks]]
name = "zzmark-flow"
kind = "flow"
failures = 1

[[checks.steps]]
name = "zzmark-step"
url = "https://zzmark.example/zzmark"
headers = { x-zzmark = "zzmark {{ZZMARK_STEP}}" }
capture = { zzmark = "json zzmark" }

[[checks]]
name = "zzmark-socket"
kind = "websocket"
url = "wss://zzmark.example/zzmark"
send = "zzmark"
failures = 1
expect = { message_contains = "zzmark" }

[[checks]]
name = "zzmark-job"
kind = "heartbeat"
every = "1h"
token = "ZZMARK_JOB"

[[checks]]
name = "zzmark-domain"
kind = "domain"
domain = "zzmark.example"

[[checks]]
name = "zzmark-hidden"
url = "https://zzmark-hidden.example/zzmark"
failures = 1
depends_on = "zzmark-http"

[[components]]
name = "website"
title = "The website"
description = "What you see"
group = "The shop"
checks = ["zzmark-http", "zzmark-tcp", "zzmark-dns", "zzmark-flow", "zzmark-socket"]
response_times = true

[[components]]
name = "jobs"
title = "Nightly work"
checks = ["zzmark-job", "zzmark-domain"]

[[components]]
name = "post"
title = "Letters"
dependency = "zzmark-mail"

[status]
visitors = true

[[channels]]
name = "zzmark-hook"
kind = "webhook"
secret_url = "ZZMARK_URL"
secret = "ZZMARK_SIGN"

[[channels]]
name = "zzmark-mail"
kind = "email"
from = "zzmark@zzmark.example"
to = ["zzmark-ops@zzmark.example"]

[alerts]
group_wait = "0s"
dead_mans_switch = "https://zzmark-switch.example/zzmark"
runbooks_url = "https://zzmark-code.example/zzmark"
inhibit = [{ while_check = "zzmark-hidden", checks = ["zzmark-tcp"] }]
"#;

fn is_marked(text: &str) -> bool {
    text.to_ascii_lowercase().contains(MARK)
}

/// Each value that is a text is marked, but for those that are public or words of Breakwater's own.
#[test]
fn every_value_of_the_file_is_marked() {
    let mut table = "";
    for line in FILE.lines() {
        if line.starts_with('[') {
            table = line;
            continue;
        }
        let Some((key, value)) = line.split_once(" = ") else { continue };
        let is_public = table == "[[components]]" && (PUBLIC_KEYS.contains(&key) || key == "name");
        let is_word = KEYS_OF_WORDS.contains(&key)
            || ["\"/*\"", "\"0s\""].contains(&value)
            || !value.contains('"');
        assert!(is_public || is_word || is_marked(value), "{table} {line}");
        assert!(!is_public || !is_marked(value), "{table} {line}");
    }
}

/// Has a check fail with all that a place can say.
fn fail(watch: &mut Watch, index: usize, now: Timestamp) {
    let check = watch.rules.checks[index].clone();
    let text = || "zzmark of the answer".to_owned();
    for place in check.places().map(String::from).collect::<Vec<_>>() {
        let evidence: FailureEvidence = serde_json::from_value(json!({
            "at": now, "place": place, "method": "GET", "url": "https://zzmark.example/zzmark",
            "status": 503, "fields": [["x-zzmark", "zzmark"]], "body": "zzmark", "took": "5ms",
            "reasons": ["zzmark"], "step": "zzmark-step", "command": "curl https://zzmark.example",
        }))
        .expect("evidence");
        let found = CheckObservation {
            check: check.name.clone(),
            result: CheckResult::Down,
            took: Millis::new(5),
            status: Some(503),
            reasons: vec![text()],
            evidence: Some(Box::new(evidence)),
        };
        let group = (index / GROUP_MAX) as u32;
        watch.host.handle_observations(&watch.rules, &place, group, &[found], 0, now);
        deliver(watch, now);
    }
}

/// Has each delivery fail, so that incidents tell of channels, messages and errors.
fn deliver(watch: &mut Watch, now: Timestamp) {
    let mut attempts = Vec::new();
    while let Some(effect) = watch.host.poll_effect(&watch.rules) {
        if let MonitorEffect::Begin(MonitorTask::Deliver(attempt, _)) = effect {
            attempts.push(attempt);
        }
    }
    for attempt in attempts {
        let end = DeliveryEnd::Failed { error: DeliveryError::Status(500), retry_after: None };
        watch.host.handle_end(&watch.rules, &attempt, &end, 0, now);
    }
    watch.carry_out();
}

fn opening(text: &str) -> IncidentOpening {
    let named = |name: &str| ComponentImpact { name: name.into(), impact: Impact::MajorOutage };
    IncidentOpening {
        title: "Letters are late".into(),
        severity: Severity::P0,
        components: [named("Letters"), named("zzmark-internal"), named("zzmark-http")].into(),
        text: text.into(),
        since: None,
        resolved_at: None,
        notify: true,
    }
}

/// The rules of the site, ordered with marked reasons.
fn schedule(watch: &Watch) -> (SiteState, Vec<Window>) {
    let (mut standing, mut schedule) = (SiteState::default(), MaintenanceSchedule::default());
    for body in [
        r#"{"match": "/zzmark/a/*", "start": "2026-11-24T02:00:00", "lasts": "1h",
            "rrule": "FREQ=WEEKLY", "reason": "zzmark", "message": "Each week."}"#,
        r#"{"match": "/zzmark/b/*", "lasts": "1h", "reason": "zzmark", "message": "Now."}"#,
    ] {
        let order = SiteOrder::parse_maintenance(body.as_bytes(), &watch.rules, at(0));
        let order = order.unwrap_or_else(|error| panic!("{error}"));
        let done = schedule.follow(&order, &mut standing, &watch.site.maintenance, at(0));
        assert!(done.is_ok(), "{done:?}");
    }
    let series = schedule.windows_ahead(at(0));
    (standing, series)
}

#[test]
fn what_is_told_has_no_mark() {
    let mut watch = Watch::of_file(FILE, at(0));
    let (standing, series) = schedule(&watch);
    watch.round(
        &standing,
        &series,
        EdgeShares { errors: 1, origin: 1, ..Default::default() },
        at(0),
    );
    let circuit = |watch: &mut Watch, from, to, now| {
        let circuit = ("zzmark-web", from, to);
        watch.host.handle_circuit(&watch.rules, "zzmark-web", circuit, 0, now);
        watch.carry_out();
    };
    circuit(&mut watch, State::Closed, State::Open, at(1));
    for minute in 1..4 {
        for index in 0..watch.rules.checks.len() {
            fail(&mut watch, index, at(minute * MINUTE));
        }
    }
    watch.find_dependency("zzmark-mail", Status::Fail, at(4 * MINUTE));
    let failed = watch.host.handle_heartbeat(
        &watch.rules,
        "zzmark-job",
        Some("zzmark: disk full".into()),
        0,
        at(4 * MINUTE),
    );
    assert_eq!(failed, Ok(true));
    circuit(&mut watch, State::Open, State::HalfOpen, at(5 * MINUTE));
    watch.open(&opening("Letters wait."), at(5 * MINUTE));
    let ids: Vec<String> = watch.host.incidents().map(|it| it.id().to_owned()).collect();
    let edit = |entry| IncidentChange::Edit { entry, text: "zzmark, again".into() };
    for id in &ids {
        let note = IncidentChange::Note { text: "zzmark, for us".into() };
        for change in [note, IncidentChange::Acknowledge] {
            let done = watch.host.handle_change(&watch.rules, id, &change, "zzmark", 0, at(HOUR));
            assert_eq!(done, Some(Ok(())));
        }
        let entries = watch.host.incident(id).expect("an incident").timeline().entries();
        let noted = entries.iter().find(|it| it.kind.words() == Some("zzmark, for us"));
        let entry = noted.expect("the note").number;
        let done = watch.host.handle_change(&watch.rules, id, &edit(entry), "zzmark", 0, at(HOUR));
        assert_eq!(done, Some(Ok(())));
    }
    // Nothing has answered for long, and the budget holds refreshes back.
    watch.host.handle_held_refreshes(&watch.rules, 0, at(HOUR));
    watch.round(&standing, &series, EdgeShares { copies: 1, ..Default::default() }, at(10 * HOUR));
    watch.reload(at(10 * HOUR));
    let all: String = watch.incidents.values().map(String::as_str).collect();
    for internal in ["note", "acknowledged", "alert_failed", "circuit", "observed", "check_turned"]
    {
        assert!(all.contains(&format!("\"{internal}\"")), "no entry tells of {internal}");
    }
    for now in [at(4 * MINUTE), at(HOUR), at(10 * HOUR)] {
        let status = watch.status(now);
        let json = status.to_stored();
        assert!(!is_marked(&json), "{json}");
        for told in ["The website", "Nightly work", "Letters", "Letters are late", "Each week."] {
            assert!(json.contains(told), "{told}");
        }
        let of_machine = status.incidents.iter().filter(|it| it.title.is_none()).count();
        assert!(of_machine >= 1, "{:?}", status.incidents);
        let places = ["edge", "traffic", "prober", "budget", "\"web\""];
        for word in places {
            assert!(!json.contains(word), "{word}");
        }
    }
}

#[test]
fn patterns_hide_in_ids_too() {
    let mut watch = Watch::of_file(FILE, at(0));
    let (standing, series) = schedule(&watch);
    watch.round(&standing, &series, EdgeShares::default(), at(0));
    let told = watch.status(at(0)).maintenance;
    assert!(told.len() > 3);
    let everything = Pattern::everything();
    assert!(everything.matches_everything() && told.iter().all(|it| !it.is_whole_site));
}
