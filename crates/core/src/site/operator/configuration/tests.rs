use super::*;
use crate::site::config::parse_file;

const FILE: &str = r#"
[site]
name = "Shop"
host = "shop.example"
maintenance_secret = "PASS"
[upstreams.web]
origin = "https://web.example"
probe = "/health?key=canary-probe"
[[routes]]
match = "/a/*"
upstream = "web"
breaker = { consecutive_failures = 3 }
[[routes]]
match = "/*"
upstream = "web"
degrade = { stale_if_error = "1h" }
[[checks]]
name = "api"
url = "https://a.example/status?token=canary-query"
headers = { authorization = { secret = "API_KEY" }, "x-plain" = "canary-field" }
[[checks]]
name = "job"
kind = "heartbeat"
token = "JOB"
[[objectives]]
name = "orders"
route = "/a/*"
target = "99.9%"
[[channels]]
name = "chat"
kind = "slack"
url = "https://hooks.example/services/canary-path"
[[channels]]
name = "ops"
kind = "webhook"
secret_url = "OPS_URL"
secret = ["OPS_SECRET"]
"#;

fn shown() -> Value {
    let file = parse_file("test", FILE).expect("a site file");
    configuration(&file.site, &file.watch)
}

#[test]
fn nothing_that_may_be_a_secret_is_shown() {
    let text = shown().to_string();
    assert!(!text.contains("canary"), "{text}");
    for name in ["PASS", "API_KEY", "JOB", "OPS_URL", "OPS_SECRET", "ADMIN_TOKEN"] {
        assert!(text.contains(name), "{name} is a name, and no secret");
    }
}

#[test]
fn what_the_file_leaves_out_is_there_with_its_default() {
    let shown = shown();
    assert_eq!(shown["routes"][1]["timeout"], "10s");
    assert_eq!(shown["checks"][0]["every"], "1m");
    assert_eq!(shown["checks"][0]["from"], json!(["edge"]));
    let objective = json!({
        "name": "orders",
        "subject": { "route": "/a/*" },
        "kind": "availability",
        "target": "99.9%",
        "window": "30d",
        "minimum": 30,
    });
    assert_eq!(shown["objectives"], json!([objective]));
    assert_eq!(shown["upstreams"][0]["circuits"][0]["breaker"]["open_for"], "30s");
}

#[test]
fn what_belongs_together_is_told_by_name() {
    let shown = shown();
    let own = &shown["routes"][0];
    assert_eq!((&own["upstream"], &own["circuit"]), (&json!("web"), &json!("web/a/*")));
    let circuits = shown["upstreams"][0]["circuits"].as_array().unwrap();
    assert_eq!(circuits.len(), 2, "the route's own is its upstream's too");
    assert_eq!(shown["channels"][0]["to"], "https://hooks.example");
    assert_eq!(shown["channels"][1]["to"], "the secret OPS_URL");
    assert!(shown["price"]["micro_dollars"].is_u64());
}

#[test]
fn the_parts_are_those_of_the_table() {
    use crate::site::operator::{API, Operation};

    let endpoint = API.iter().find(|it| it.operation == Operation::ShowConfiguration).unwrap();
    let mut told: Vec<&str> = endpoint.answer.iter().map(|member| member.name).collect();
    told.sort_unstable();
    let shown = shown();
    let parts: Vec<&str> = shown.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(parts, told);
}
