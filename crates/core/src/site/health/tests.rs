use super::*;
use crate::watch::health::Service;
use serde_json::{Value, json};

fn site() -> Site {
    let upstream = |name: &str, critical: bool, circuit: usize| {
        json!({ "name": name, "origin": "https://a.example", "critical": critical,
                "probe": "/", "dialect": "http", "circuit": circuit })
    };
    serde_json::from_value(json!({
        "name": "Shop", "host": "shop.example", "status_host": null, "health": "/health",
        "upstreams": [upstream("web", true, 0), upstream("gemini", false, 1)],
        "circuits": [
            { "name": "web", "upstream": 0, "policy": {} },
            { "name": "gemini", "upstream": 1, "policy": {} },
        ],
        "routes": [{
            "pattern": "/*", "upstream": 0, "backup": null, "circuit": 0, "timeout": "30s",
            "deadline": "30s", "idle": "10s", "upload_idle": "1m", "patience": "2s", "retry": null,
            "private": false, "cache": false, "negative_ttl": null, "unkeyed": [],
            "degrade": { "stale_if_error": null, "fallback": "auto" },
        }],
        "dependencies": [{
            "name": "database", "kind": "http", "url": "https://db.example/", "timeout": "5s",
            "every": "30s", "critical": true, "group": "all", "secret": null,
        }],
    }))
    .unwrap()
}

const SERVICE: Service<'_> = Service { id: "Shop", version: "1" };

fn at(s: u64) -> Timestamp {
    Timestamp::from_millis(s * 1000)
}

fn found(status: Status) -> Vec<Measurement> {
    alloc::vec![Measurement::new("circuit", status)]
}

fn well() -> Collection {
    let mut collection = Collection::new(&site(), &WatchRules::default(), at(0));
    assert!(collection.begin(at(10)));
    for upstream in 0..2 {
        collection.handle_upstream(upstream, found(Status::Pass), at(10));
    }
    let mut database = Findings::none_since(at(0));
    database.record(found(Status::Pass), at(9));
    collection.handle_dependency(&site(), 0, database);
    collection.handle_coordinators(2, 0, Millis::new(3), at(10));
    collection.handle_round(Some(at(8)));
    collection.finish(at(10));
    collection
}

fn status(collection: &Collection, group: Group, now: u64) -> Status {
    collection.report(group, at(now)).status()
}

#[test]
fn all_is_well_when_each_part_is() {
    let collection = well();
    for group in [Group::Live, Group::Ready, Group::All] {
        assert_eq!(status(&collection, group, 11), Status::Pass);
    }
    let report = collection.report(Group::All, at(12));
    assert_eq!(
        (collection.fresh_for(&report, Detail::Stranger), collection.age(at(12))),
        (COLLECT_EVERY, Millis::from_secs(2))
    );
}

#[test]
fn a_critical_upstream_that_is_down_fails_all_but_live() {
    let mut collection = well();
    collection.handle_upstream(0, found(Status::Fail), at(10));
    assert_eq!(status(&collection, Group::Ready, 11), Status::Fail);
    assert_eq!(status(&collection, Group::All, 11), Status::Fail);
    assert_eq!(status(&collection, Group::Live, 11), Status::Pass);
    let report = collection.report(Group::All, at(11));
    assert_eq!(collection.fresh_for(&report, Detail::Stranger), Millis::ZERO);
}

#[test]
fn an_optional_upstream_and_our_own_parts_warn_at_worst() {
    let mut collection = well();
    collection.handle_upstream(1, found(Status::Fail), at(10));
    assert_eq!(status(&collection, Group::All, 11), Status::Warn);
    assert_eq!(status(&collection, Group::Ready, 11), Status::Pass);
    let mut collection = well();
    collection.handle_coordinators(2, 1, Millis::new(3), at(10));
    assert_eq!(status(&collection, Group::All, 11), Status::Warn);
}

#[test]
fn rounds_that_are_no_longer_made_warn_and_stale_critical_parts_fail() {
    let mut collection = well();
    collection.handle_upstream(0, found(Status::Pass), at(199));
    collection.handle_upstream(1, found(Status::Pass), at(199));
    let mut database = Findings::none_since(at(0));
    database.record(found(Status::Pass), at(199));
    collection.handle_dependency(&site(), 0, database.clone());
    assert_eq!(status(&collection, Group::All, 200), Status::Warn, "the rounds are stale");
    database.record(found(Status::Pass), at(100));
    collection.handle_dependency(&site(), 0, database);
    assert_eq!(status(&collection, Group::All, 200), Status::Fail, "the database is");
}

#[test]
fn pages_that_are_missing_or_overdue_warn_where_pages_are_kept() {
    let mut written = serde_json::to_value(site()).unwrap();
    let rule = json!(["/*", "10m", 100, null, "1d", null, "50%", 1024, false, null]);
    written["snapshots"] = json!(["paid", [rule]]);
    let keeping: Site = serde_json::from_value(written).unwrap();
    let mut collection = Collection::new(&keeping, &WatchRules::default(), at(0));
    let mut said = |coverage| {
        collection.handle_snapshots(coverage, at(10));
        let report = collection.report(Group::All, at(11));
        let said = serde_json::to_value(report.document(SERVICE, Detail::Public)).unwrap();
        let check = &said["checks"]["breakwater-snapshots:age"][0];
        (check["status"].clone(), check["observedValue"].clone(), check["output"].clone())
    };
    let kept = Coverage { pages: 9, missing: 0, overdue: 0, oldest: Millis::from_secs(7) };
    assert_eq!(said(kept), (json!("pass"), json!(7_000), Value::Null));
    let reason = json!("of 9 pages 1 are missing and 2 overdue");
    let some = Coverage { missing: 1, overdue: 2, ..kept };
    assert_eq!(said(some), (json!("warn"), json!(7_000), reason));
    assert_eq!(said(Coverage { missing: 9, ..kept }).0, json!("fail"));
    let mut without = well();
    without.handle_snapshots(some, at(10));
    assert_eq!(status(&without, Group::All, 11), Status::Pass, "nothing is kept there");
}

#[test]
fn a_site_that_is_closed_is_not_ready_and_no_reason_to_restart_or_to_wake_anybody() {
    let mut collection = well();
    collection.handle_closed(Some(Closed { until: at(60), message: None }));
    for (group, expected) in
        [(Group::Live, Status::Pass), (Group::Ready, Status::Fail), (Group::All, Status::Warn)]
    {
        assert_eq!(status(&collection, group, 11), expected, "{group:?}");
    }
    let report = collection.report(Group::Ready, at(11));
    let said = serde_json::to_value(report.document(SERVICE, Detail::Public)).unwrap();
    assert_eq!(said["output"], "closed until 1970-01-01T00:01:00.000Z");
    collection.handle_closed(None);
    assert_eq!(status(&collection, Group::Ready, 11), Status::Pass);
}

#[test]
fn who_comes_while_it_is_collected_is_told_what_there_is_unless_that_is_too_old() {
    let mut collection = well();
    assert!(collection.begin(at(15)), "due after five seconds");
    assert!(!collection.begin(at(15)), "told what there is, five seconds old");
    collection.finish(at(15));
    assert!(!collection.begin(at(19)));
    assert!(collection.begin(at(60)), "after a silence");
    assert!(collection.begin(at(60)), "a second one, who would be told of 45 seconds ago");
    let mut lost = well();
    assert!(lost.begin(at(15)));
    assert!(lost.begin(at(17)), "the first has not come back");
    assert!(Collection::new(&site(), &WatchRules::default(), at(0)).begin(at(0)));
}

#[test]
fn it_is_collected_once_in_a_while_however_many_ask() {
    let mut collection = well();
    assert!((11..15).all(|now| !collection.begin(at(now))));
    assert!(collection.begin(at(15)));
    assert!(!collection.begin(at(15)));
}

#[test]
fn what_is_probed_often_is_collected_as_often_and_not_told_as_stale() {
    let mut written: Value = serde_json::to_value(site()).unwrap();
    written["dependencies"][0]["every"] = json!("1s");
    written["dependencies"][0]["timeout"] = json!("1s");
    let site: Site = serde_json::from_value(written).unwrap();
    let mut collection = Collection::new(&site, &WatchRules::default(), at(0));
    for now in (10_000..20_000).step_by(100).map(Timestamp::from_millis) {
        if collection.begin(now) {
            let mut database = Findings::none_since(at(0));
            // As old as it gets: the prober is about to be told what it asked a second ago.
            let measured = Timestamp::from_millis(now.as_millis() - 1_900);
            database.record(found(Status::Pass), measured);
            collection.handle_dependency(&site, 0, database);
            collection.handle_upstream(0, found(Status::Pass), now);
            collection.finish(now);
        }
        let report = collection.report(Group::All, now);
        assert_ne!(report.status(), Status::Fail, "{now:?}");
        assert_eq!(collection.fresh_for(&report, Detail::Stranger), Millis::from_secs(1));
        assert_eq!(collection.fresh_for(&report, Detail::Operator), Millis::ZERO);
    }
}

#[test]
fn paths_are_below_the_one_that_the_site_names() {
    let mut written: Value = serde_json::to_value(site()).unwrap();
    written["health"] = json!("/up");
    let renamed: Site = serde_json::from_value(written.clone()).unwrap();
    for (path, expected) in [
        ("/up", Some(HealthEndpoint::Aggregate)),
        ("/up/live", Some(HealthEndpoint::Live)),
        ("/up/ready", Some(HealthEndpoint::Ready)),
        ("/up/detailed", Some(HealthEndpoint::Detailed)),
        ("/up/", None),
        ("/upper", None),
        ("/health", None),
    ] {
        assert_eq!(HealthEndpoint::of(&renamed, path), expected, "{path}");
    }
    written["health"] = Value::Null;
    let without: Site = serde_json::from_value(written).unwrap();
    assert_eq!(HealthEndpoint::of(&without, "/health"), None);
}

#[test]
fn the_age_of_the_monitors_last_full_round_is_told_and_warns_when_it_is_old() {
    let check = json!({
        "name": "shop", "kind": { "tcp": { "host": "shop.example", "port": 443 } }, "expect": {},
        "timeout": "10s", "from": ["edge"], "traffic": null,
        "policy": crate::watch::monitor::MonitorPolicy::default(), "depends_on": null,
        "severity": "P1", "alert_after": "0s", "runbook": null,
    });
    let checks = serde_json::from_value(json!([check])).unwrap();
    let rules = WatchRules { checks, ..WatchRules::default() };
    let mut collection = Collection::new(&site(), &rules, at(0));
    assert!(collection.wants_watch_round(at(0)));
    collection.handle_watch_round(None);
    let shown = |collection: &Collection, now: u64| {
        let document = collection.report(Group::All, at(now)).to_json(SERVICE, Detail::Stranger);
        let document: Value = serde_json::from_str(&document).unwrap();
        document["checks"]["breakwater-monitor:lastRun"][0].clone()
    };
    assert_eq!(shown(&collection, 5)["status"], "warn", "no round was ever full");
    collection.handle_watch_round(Some(at(100)));
    assert!(!collection.wants_watch_round(at(159)), "there can be no other yet");
    assert!(collection.wants_watch_round(at(160)));
    let fresh = shown(&collection, 130);
    assert_eq!((&fresh["status"], &fresh["ageMs"]), (&json!("pass"), &json!(30_000)));
    let old = shown(&collection, 281);
    assert_eq!((&old["status"], &old["stale"]), (&json!("warn"), &json!(true)));
    assert_eq!(old["ageMs"], 181_000);
    let without = Collection::new(&site(), &WatchRules::default(), at(0));
    assert_eq!(shown(&without, 5), Value::Null, "a site without checks has no monitor");
    assert!(!without.wants_watch_round(at(5)));
}
