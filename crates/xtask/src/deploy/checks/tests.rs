use serde_json::json;

use super::*;
use crate::deploy::Level;

fn needs() -> Value {
    json!({
        "host": "shop.example", "status_host": "status.shop.example",
        "objects": [["UPSTREAMS", "UpstreamDo"], ["SITE", "SiteDo"]],
        "email": [{"binding": "EMAIL", "from": ["a@shop.example"], "to": ["b@shop.example"]}],
        "buckets": ["SNAPSHOTS"], "optional_buckets": [], "crons": ["* * * * *"], "flags": ["enable_request_signal"],
        "secrets": [{"name": "ADMIN_TOKEN", "purpose": "the operators' token"}],
        "cache": ["circuits", "copies of /*"],
    })
}

fn config() -> Value {
    json!({
        "workers_dev": false,
        "routes": [
            {"pattern": "shop.example/*", "zone_name": "shop.example"},
            "https://status.shop.example/*",
        ],
        "durable_objects": {"bindings": [
            {"name": "UPSTREAMS", "class_name": "UpstreamDo"},
            {"name": "SITE", "class_name": "SiteDo"},
        ]},
        "exports": {
            "UpstreamDo": {"type": "durable-object", "storage": "sqlite"},
            "SiteDo": {"type": "durable-object", "storage": "sqlite", "state": "created"},
        },
        "send_email": [{"name": "EMAIL"}],
        "r2_buckets": [{"binding": "SNAPSHOTS", "bucket_name": "snapshots"}],
        "triggers": {"crons": ["* * * * *"]},
        "compatibility_flags": ["enable_request_signal"],
        "vars": {},
    })
}

/// What is not fine with one change of the configuration.
#[track_caller]
fn check_with(pointer: &str, value: Value, level: Level, expected: &str) {
    let mut config = config();
    *config.pointer_mut(pointer).expect("it is there") = value;
    let found = check(&needs(), &config);
    let not_fine: Vec<_> = found.iter().filter(|one| one.level != Level::Fine).collect();
    let told = not_fine.iter().find(|one| one.text.contains(expected));
    assert_eq!(told.map(|one| one.level), Some(level), "{not_fine:#?}");
}

#[test]
fn what_is_complete_is_fine() {
    let found = check(&needs(), &config());
    assert!(found.iter().all(|one| one.level == Level::Fine), "{found:#?}");
    assert_eq!(found.len(), 8);
}

#[test]
fn what_is_missing_is_named_with_what_to_add() {
    for (pointer, value, expected) in [
        (
            "/durable_objects/bindings",
            json!([]),
            "name = \"UPSTREAMS\" and class_name = \"UpstreamDo\"",
        ),
        ("/durable_objects/bindings/1/class_name", json!("Other"), "name = \"SITE\""),
        ("/exports", json!({}), "`UpstreamDo` has no storage of its own"),
        ("/exports/SiteDo/storage", json!("legacy-kv"), "set `[exports.SiteDo]`"),
        ("/exports/SiteDo/state", json!("deleted"), "set `[exports.SiteDo]`"),
        ("/exports/SiteDo/type", json!("worker"), "set `[exports.SiteDo]`"),
        ("/r2_buckets", json!([]), "binding = \"SNAPSHOTS\""),
        ("/send_email", json!([]), "add `[[send_email]]` with name = \"EMAIL\""),
        (
            "/send_email/0",
            json!({"name": "EMAIL", "allowed_sender_addresses": ["b@shop.example"]}),
            "does not send from a@shop.example: add it to `allowed_sender_addresses`",
        ),
        (
            "/send_email/0",
            json!({"name": "EMAIL", "allowed_destination_addresses": ["a@shop.example"]}),
            "does not send to b@shop.example: add it to `allowed_destination_addresses`",
        ),
        (
            "/send_email/0",
            json!({"name": "EMAIL", "destination_address": "a@shop.example"}),
            "does not send to b@shop.example: remove `destination_address`",
        ),
        ("/triggers/crons", json!(["0 * * * *"]), "`crons` lacks \"* * * * *\""),
        ("/compatibility_flags", json!([]), "lacks \"enable_request_signal\""),
        ("/vars", json!({"ADMIN_TOKEN": "hunter2"}), "ADMIN_TOKEN stands in `[vars]`"),
    ] {
        check_with(pointer, value, Level::Wrong, expected);
    }
}

#[test]
fn no_value_of_a_secret_is_shown() {
    let mut config = config();
    config["vars"] = json!({"ADMIN_TOKEN": "hunter2"});
    let found = check(&needs(), &config);
    assert!(!found.iter().any(|one| one.text.contains("hunter2")));
}

#[test]
fn workers_dev_has_no_cache() {
    check_with("/workers_dev", json!(true), Level::Wrong, "does nothing on workers.dev");
    check_with("/routes", json!(["shop.workers.dev/*"]), Level::Wrong, "is on workers.dev");
}

#[test]
fn a_host_that_no_route_leads_to_is_noted() {
    check_with("/routes", json!([]), Level::Note, "there is no route");
    check_with(
        "/routes",
        json!(["shop.example/*"]),
        Level::Note,
        "no route leads status.shop.example",
    );
    check_with("/routes", json!(["other.example/*"]), Level::Note, "none of the site's hosts");
    let mut config = config();
    config["routes"] = json!(["*shop.example/*"]);
    assert!(check(&needs(), &config).iter().all(|one| one.level == Level::Fine));
}

#[test]
fn what_is_bound_and_not_used_is_noted() {
    let mut needs = needs();
    needs["buckets"] = json!([]);
    let found = check(&needs, &config());
    assert!(found.iter().any(|one| one.level == Level::Note && one.text.contains("snapshots")));
    needs["optional_buckets"] = json!(["SNAPSHOTS"]);
    let found = check(&needs, &config());
    assert!(found.iter().any(|one| one.level == Level::Fine && one.text.contains("a copy of")));
    let mut unbound = config();
    unbound["r2_buckets"] = json!([]);
    let found = check(&needs, &unbound);
    assert!(found.iter().any(|one| one.level == Level::Note && one.text.contains("SNAPSHOTS")));
    needs["email"] = json!([]);
    let found = check(&needs, &config());
    assert!(found.iter().any(|one| one.level == Level::Note && one.text.contains("EMAIL")));
    check_with(
        "/durable_objects/bindings",
        json!([
            {"name": "UPSTREAMS", "class_name": "UpstreamDo"},
            {"name": "SITE", "class_name": "SiteDo"},
            {"name": "OLD", "class_name": "OldDo"},
        ]),
        Level::Note,
        "OLD is not used",
    );
}

#[test]
fn a_binding_that_subscribers_are_told_by_sends_to_anyone() {
    let mut needs = needs();
    needs["email"][0]["to_anyone"] = json!(true);
    assert!(check(&needs, &config()).iter().all(|one| one.level == Level::Fine));
    for (key, value) in [
        ("destination_address", json!("b@shop.example")),
        ("allowed_destination_addresses", json!(["b@shop.example"])),
    ] {
        let mut config = config();
        config["send_email"][0][key] = value;
        let found = check(&needs, &config);
        let expected = format!("does not send to subscribers: remove `{key}`");
        let is_told = found.iter().any(|one| one.text.contains(&expected));
        assert!(is_told, "{found:#?}");
    }
}
