//! Which tools there are, what they are called with, and what they demand.

use std::collections::BTreeSet;

use breakwater_core::site::access::Rank;
use breakwater_core::site::config::{Site, WatchRules};
use breakwater_core::site::operator::{API, Access, Endpoint, Operation, Role, may};
use serde_json::{Map, Value, json};

use super::{called, listed, why};

/// The API's line behind a tool.
pub(crate) fn endpoint(tool: &Value) -> &'static Endpoint {
    let line = API.iter().find(|endpoint| endpoint.operation.name() == tool["name"]);
    line.expect("a line of the table")
}

/// Arguments that a tool takes, all that it has to have among them.
pub(crate) fn arguments(tool: &Value) -> Map<String, Value> {
    let required = tool["inputSchema"]["required"].as_array();
    let mut arguments: Map<_, _> = required
        .into_iter()
        .flatten()
        .map(|name| {
            let name = name.as_str().expect("a name");
            (name.to_owned(), example(&tool["inputSchema"]["properties"][name]))
        })
        .collect();
    if matches!(endpoint(tool).operation, Operation::SetOverride | Operation::OrderMaintenance) {
        arguments.insert("lasts".into(), "30m".into());
    }
    arguments
}

/// A value of this schema.
fn example(schema: &Value) -> Value {
    if let Some(value) = schema.get("const") {
        return value.clone();
    }
    if let Some(first) = schema["enum"].get(0).or_else(|| schema["examples"].get(0)) {
        return first.clone();
    }
    match schema["type"].as_str() {
        Some("string") => "a".into(),
        Some("boolean") => false.into(),
        Some("integer") => 1.into(),
        Some("object") => json!({}),
        other => panic!("no example of {other:?}"),
    }
}

#[test]
fn each_operation_is_a_tool_unless_a_job_reports_by_it() {
    let listed: Vec<_> = listed(Rank::Admin).iter().map(|tool| tool["name"].clone()).collect();
    // A model shows a token, and has nothing to do with the sessions and sockets of browsers, nor
    // with the addresses of those who subscribe; and one page of metrics means little.
    let of_operators = API.iter().filter(|endpoint| {
        let is_browsers = endpoint.path.contains("/session") || endpoint.path.ends_with("/live");
        let is_of_people = endpoint.path.contains("/subscribers");
        let is_shown = !is_browsers && !is_of_people && !endpoint.path.ends_with("/metrics");
        matches!(endpoint.role, Role::Operator(_)) && is_shown
    });
    let expected: Vec<_> =
        of_operators.map(|endpoint| Value::from(endpoint.operation.name())).collect();
    assert_eq!(listed, expected, "in the order of the table");
}

#[test]
fn a_caller_who_may_only_look_is_told_of_nothing_else() {
    for endpoint in &API {
        let is_operators = matches!(endpoint.role, Role::Operator(_));
        assert_eq!(may(Rank::Admin, endpoint), is_operators, "{endpoint:?}");
        if endpoint.access == Access::Write {
            assert!(!may(Rank::Viewer, endpoint), "{endpoint:?}");
        }
    }
    for tool in listed(Rank::Viewer) {
        assert_eq!(endpoint(&tool).access, Access::Read);
    }
    assert!(listed(Rank::Viewer).len() < listed(Rank::Admin).len());
}

#[test]
fn a_caller_who_may_only_look_changes_nothing() {
    for tool in listed(Rank::Admin) {
        let (name, arguments) = (tool["name"].as_str().expect("a name"), arguments(&tool));
        let begun = called(Rank::Viewer, name, &Value::Object(arguments.clone()));
        if endpoint(&tool).access == Access::Read {
            assert!(begun.is_ok(), "{name}");
        } else {
            let refused = begun.expect_err(name);
            let told = format!("`{name}` takes a higher role than yours, which is `viewer`");
            assert_eq!(why(&refused), told);
        }
        assert!(called(Rank::Admin, name, &Value::Object(arguments)).is_ok(), "{name}");
    }
}

#[test]
fn a_call_is_the_request_that_the_api_takes() {
    let (site, rules) = (site(), rules());
    for tool in listed(Rank::Admin) {
        let (name, mut given) = (tool["name"].as_str().expect("a name"), arguments(&tool));
        for (place, known) in [("upstream", "web"), ("check", "shop"), ("incident", "inc-a")] {
            if given.contains_key(place) {
                given.insert(place.into(), known.into());
            }
        }
        let (call, _) = called(Rank::Admin, name, &given.clone().into()).expect(name);
        let found = call.find(&site, &rules).expect("the path is one of the table's");
        assert_eq!((found.endpoint, call.endpoint), (endpoint(&tool), endpoint(&tool)), "{name}");
        assert!(!call.path.contains('{'), "{}", call.path);
        let Some(body) = &call.body else {
            assert!(call.endpoint.body.is_empty(), "{name}");
            continue;
        };
        let body: Map<String, Value> = serde_json::from_str(body).expect("an object");
        for member in call.endpoint.body {
            assert_eq!(body.get(member.name), given.get(member.name), "{name}: {}", member.name);
        }
        let members: BTreeSet<_> = call.endpoint.body.iter().map(|member| member.name).collect();
        assert!(body.keys().all(|key| members.contains(key.as_str())), "{name}: {body:?}");
    }
}

#[test]
fn what_a_call_is_about_is_found_by_the_rules_of_the_api() {
    let (site, rules) = (site(), rules());
    let told = |name: &str, arguments: Value| {
        let (call, _) = called(Rank::Admin, name, &arguments).expect(name);
        call.find(&site, &rules).map_or_else(|error| error.to_string(), |_| "found".into())
    };
    let order = |upstream: &str| json!({ "upstream": upstream, "override": "auto", "reason": "a" });
    assert_eq!(told("set_override", order("web")), "found");
    assert_eq!(told("set_override", order("shop")), "no upstream `shop`, expected one of `web`");
    assert_eq!(told("set_override", order("")), "no upstream ``, expected one of `web`");
    assert_eq!(
        told("show_check", json!({ "check": "test" })),
        "no check `test`, expected one of `shop`"
    );
    for name in ["web/../x", "/", "{upstream}"] {
        let refused = called(Rank::Admin, "set_override", &order(name)).expect_err(name);
        assert_eq!(why(&refused), format!("`upstream` cannot be `{name}`, expected a name"));
    }
}

#[test]
fn an_argument_that_a_tool_does_not_take_is_refused_with_those_that_it_takes() {
    for (name, arguments, told) in [
        ("show_budget", json!({ "limit": 1 }), "unknown argument `limit`, expected none"),
        (
            "show_checks",
            json!({ "check": "shop" }),
            "unknown argument `check`, expected one of `name`, `state`, `limit`",
        ),
        (
            "set_bypass",
            json!({ "reason": "a", "lasts": "1m", "circuit": "web" }),
            "unknown argument `circuit`, expected one of `reason`, `lasts`",
        ),
        (
            "show_events",
            json!({ "limit": 0 }),
            "`limit` cannot be `0`, expected a whole number from 1 to 500",
        ),
        (
            "show_events",
            json!({ "limit": "9" }),
            "`limit` cannot be `9`, expected a whole number from 1 to 500",
        ),
        ("show_checks", json!({ "state": 7 }), "`state` cannot be `7`, expected a text"),
        ("show_check", json!({ "check": 7 }), "`check` cannot be `7`, expected a name"),
        ("show_check", json!({}), "`check` is missing. A check of the site file."),
        (
            "run_check",
            json!({ "check": "shop", "reason": " " }),
            "`reason` cannot be ` `, expected 1 to 200 characters in one line",
        ),
    ] {
        let refused = called(Rank::Admin, name, &arguments).expect_err(name);
        assert_eq!(why(&refused), told);
    }
}

#[test]
fn an_optional_argument_may_be_null() {
    let arguments = json!({
        "upstream": "web", "override": "forced_open", "reason": "a", "lasts": "1m", "circuit": null,
    });
    let (call, _) = called(Rank::Admin, "set_override", &arguments).expect("a call");
    let body: Value = serde_json::from_str(&call.body.expect("a body")).expect("JSON");
    assert_eq!(body, json!({ "override": "forced_open", "reason": "a", "lasts": "1m" }));
}

#[test]
fn schemas_are_ones_that_every_client_reads() {
    for tool in listed(Rank::Admin) {
        let name = tool["name"].as_str().expect("a name");
        assert!(name.len() <= 64 && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
        let description = tool["description"].as_str().expect("a text");
        assert!(!description.is_empty() && !description.contains("body"), "{name}: {description}");
        let hints = tool["annotations"].as_object().expect("hints");
        let is_read = endpoint(&tool).access == Access::Read;
        assert_eq!(hints["readOnlyHint"], is_read, "{name}");
        for hint in ["destructiveHint", "idempotentHint"] {
            assert_eq!(hints.get(hint).is_some_and(Value::is_boolean), !is_read, "{name}: {hint}");
        }
        let (input, output) = (&tool["inputSchema"], &tool["outputSchema"]);
        assert_eq!(input["additionalProperties"], false, "{name}");
        for schema in [input, output] {
            // Models' own interfaces take no alternatives at the top.
            assert_eq!(schema["type"], "object", "{name}");
            for keyword in ["anyOf", "oneOf", "allOf", "not", "if", "$ref"] {
                assert_eq!(schema.get(keyword), None, "{name}: {keyword}");
            }
            check_object(name, schema);
        }
    }
    assert!(!json!(listed(Rank::Admin)).to_string().contains("/_breakwater/"));
}

/// Checks what a schema of an object says of its members.
#[track_caller]
fn check_object(name: &str, schema: &Value) {
    const TYPES: [&str; 5] = ["string", "boolean", "integer", "array", "object"];
    const KEYWORDS: [&str; 12] = [
        "type",
        "description",
        "enum",
        "const",
        "examples",
        "format",
        "items",
        "minimum",
        "maximum",
        "minLength",
        "maxLength",
        "additionalProperties",
    ];
    let none = Map::new();
    let properties = schema.get("properties").map_or(&none, |it| it.as_object().expect("members"));
    let mut required = BTreeSet::new();
    for key in schema.get("required").and_then(Value::as_array).into_iter().flatten() {
        let key = key.as_str().expect("a name");
        assert!(properties.contains_key(key) && required.insert(key), "{name}: {key}");
    }
    for (key, member) in properties {
        let kind = member["type"].as_str().unwrap_or_default();
        assert!(TYPES.contains(&kind), "{name}: {key}: {member}");
        for keyword in member.as_object().expect("a schema").keys() {
            assert!(KEYWORDS.contains(&keyword.as_str()), "{name}: {key}: {keyword}");
        }
        assert!(member.get("format").is_none_or(|format| format == "date-time"), "{name}: {key}");
    }
}

#[test]
fn the_list_of_tools_leaves_room_for_a_conversation() {
    let (all, reads) = (listed(Rank::Admin), listed(Rank::Viewer));
    let inputs = |tools: &[Value]| {
        let of = |tool: &Value| json!([tool["name"], tool["description"], tool["inputSchema"]]);
        tools.iter().map(|tool| of(tool).to_string().len()).sum::<usize>()
    };
    // What clients put before a model: names, descriptions and the schemas of arguments.
    assert!(inputs(&all) < 20 * 1024, "{}", inputs(&all));
    assert!(inputs(&reads) < 5 * 1024, "{}", inputs(&reads));
    assert!(json!(all).to_string().len() < 45 * 1024, "{}", json!(all).to_string().len());
    assert_eq!(json!(all), json!(listed(Rank::Admin)), "the same each time");
}

/// The upstream `web`.
fn site() -> Site {
    let circuit = json!({ "name": "web", "upstream": 0, "policy": {} });
    serde_json::from_value(json!({
        "name": "Shop", "host": "shop.example", "status_host": null,
        "upstreams": [{
            "name": "web", "origin": "https://web.example", "critical": true, "probe": "/",
            "dialect": "http", "circuit": 0,
        }],
        "circuits": [circuit],
        "routes": [{
            "pattern": "/*", "upstream": 0, "circuit": 0, "timeout": "30s", "deadline": "30s",
            "idle": "10s", "upload_idle": "1m",
            "cache": false, "unkeyed": [], "patience": "2s",
            "private": false, "degrade": { "stale_if_error": null, "fallback": "auto" },
        }],
    }))
    .expect("a site")
}

/// The check `shop`.
fn rules() -> WatchRules {
    serde_json::from_value(json!({
        "checks": [{
            "name": "shop", "kind": { "tcp": { "host": "shop.example", "port": 443 } },
            "expect": {}, "timeout": "10s", "from": ["edge"], "traffic": null,
            "policy": breakwater_core::watch::monitor::MonitorPolicy::default(),
            "depends_on": null, "severity": "P1", "alert_after": "0s", "runbook": null,
        }],
        "channels": [], "group_wait": "0s", "group_interval": "5m", "inhibitions": [],
        "dead_mans_switch": null, "incidents_url": "https://shop.example", "runbooks_url": null,
        "headroom": 4,
    }))
    .expect("rules")
}
