//! The valid contents of `breakwater.toml`, and the one-line errors for invalid ones.

#![cfg(feature = "toml")]

#[path = "config/budget.rs"]
mod budget;
#[path = "config/channels.rs"]
mod channels;
#[path = "config/checks.rs"]
mod checks;
#[path = "config/components.rs"]
mod components;
#[path = "config/dependencies.rs"]
mod dependencies;
#[path = "config/keys.rs"]
mod keys;
#[path = "config/logs.rs"]
mod logs;
#[path = "config/maintenance.rs"]
mod maintenance;
#[path = "config/mirror.rs"]
mod mirror;
#[path = "config/objectives.rs"]
mod objectives;
#[path = "config/operators.rs"]
mod operators;
#[path = "config/reference.rs"]
mod reference;
#[path = "config/routes.rs"]
mod routes;
#[path = "config/sentry.rs"]
mod sentry;
#[path = "config/snapshots.rs"]
mod snapshots;
#[path = "config/subscriptions.rs"]
mod subscriptions;
#[path = "config/upstreams.rs"]
mod upstreams;

use breakwater_core::base::time::Millis;
use breakwater_core::circuit::outcome::Dialect;
use breakwater_core::circuit::policy::Policy;
use breakwater_core::site::config::{Site, parse};
use breakwater_core::site::degrade::Fallback;

/// A valid file. The cases below each replace one of its lines.
const VALID: &str = r#"[site]
name = "Shop"
host = "shop.example"
status_host = "status.shop.example"
[upstreams.web]
origin = "https://web.example"
probe = "/"
[upstreams.api]
origin = "https://api.example"
dialect = "http"
breaker = { consecutive_failures = 3, probes = 2 }
[[routes]]
match = "/api/*"
upstream = "api"
timeout = "10s"
degrade = { stale_if_error = "1h" }
[[routes]]
match = "/*"
upstream = "web"
"#;

/// Checks that `VALID` with `from` replaced by `to` is refused with exactly this line.
#[track_caller]
fn check(from: &str, to: &str, expected: &str) {
    assert_eq!(VALID.matches(from).count(), 1, "{from} stands once in the valid file");
    check_file(&VALID.replace(from, to), expected);
}

#[track_caller]
fn check_file(text: &str, expected: &str) {
    match parse("breakwater.toml", text) {
        Ok(_) => panic!("accepted, expected {expected}"),
        Err(error) => assert_eq!(error.to_string(), expected),
    }
}

/// Checks that this text below `VALID` is refused. Its lines are counted from its first one.
#[track_caller]
fn check_below(text: &str, expected: &str) {
    let (line, rest) = expected.split_once(':').expect("a line");
    let line = VALID.lines().count() + line.parse::<usize>().expect("a number");
    check_file(&format!("{VALID}{text}"), &format!("breakwater.toml:{line}:{rest}"));
}

/// Checks that the route `/api/*` is refused with this line added below its `upstream`.
#[track_caller]
fn check_route(line: &str, expected: &str) {
    check(
        "upstream = \"api\"\ntimeout = \"10s\"",
        &format!("upstream = \"api\"\n{line}"),
        expected,
    );
}

/// Checks that this breaker of `api` is refused.
#[track_caller]
fn check_breaker(breaker: &str, expected: &str) {
    check("{ consecutive_failures = 3, probes = 2 }", breaker, expected);
}

fn site(text: &str) -> Site {
    parse("breakwater.toml", text).unwrap_or_else(|error| panic!("{error}"))
}

fn default_file() -> Site {
    site(include_str!("../../../breakwater.toml"))
}

fn millis(text: &str) -> Millis {
    Millis::parse(text).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn the_valid_file_is_accepted() {
    let site = site(VALID);
    let [api, rest] = site.routes.as_slice() else { panic!("two routes") };
    assert_eq!((api.timeout, api.patience), (millis("10s"), millis("2s")));
    assert_eq!((rest.timeout, rest.patience), (millis("10s"), millis("2s")));
    assert_eq!((rest.private, rest.degrade.stale_if_error), (false, None));
    assert_eq!(rest.degrade.fallback, Fallback::Auto);
    assert_eq!(site.circuits[0].policy, Policy::default());
    assert!(!site.upstreams[0].critical);
    assert_eq!(site.upstreams[1].probe, None);
}

#[test]
fn the_default_file_offloads_what_may_be_shared_and_repeats_failed_reads() {
    let site = default_file();
    for (path, cache, attempts) in [
        ("/api/products", true, Some(2)),
        ("/webhooks/payments", false, None),
        ("/ws", false, None),
        ("/account", false, Some(2)),
        ("/assets/app.js", true, Some(2)),
        ("/", true, Some(2)),
    ] {
        let (_, route) = site.route(path);
        assert_eq!(route.cache, cache, "{path}");
        let policy = route.retry.as_ref();
        assert_eq!(policy.map(|retry| retry.attempts), attempts, "{path}");
        assert_eq!(route.timeout, millis("10s"), "{path}");
    }
}

#[test]
fn the_default_file_is_the_shop() {
    let site = default_file();
    assert_eq!((site.name.as_str(), site.host.as_str()), ("StolenTee", "stolentee.com"));
    assert_eq!(site.status_host.as_deref(), Some("status.stolentee.com"));
    let names: Vec<_> = site.upstreams.iter().map(|upstream| upstream.name.as_str()).collect();
    assert_eq!(names, ["web", "api", "supabase", "gemini", "removebg"]);
    let critical: Vec<_> = site.upstreams.iter().map(|upstream| upstream.critical).collect();
    assert_eq!(critical, [true, true, false, false, false]);
    assert_eq!(site.upstreams[2].dialect, Dialect::SupabasePostgrest);
    for (path, upstream, private, stale_if_error, fallback) in [
        ("/api/products", "api", false, Some("1h"), Fallback::Problem),
        ("/webhooks/payments", "api", true, None, Fallback::Problem),
        ("/ws", "api", false, None, Fallback::Auto),
        ("/account", "web", true, None, Fallback::Auto),
        ("/assets/app.js", "web", false, Some("7d"), Fallback::Auto),
        ("/accounts", "web", false, Some("24h"), Fallback::Auto),
        ("/", "web", false, Some("24h"), Fallback::Auto),
    ] {
        let (_, route) = site.route(path);
        assert_eq!(site.upstreams[route.upstream].name, upstream, "{path}");
        assert_eq!(route.private, private, "{path}");
        assert_eq!(route.degrade.stale_if_error, stale_if_error.map(millis), "{path}");
        assert_eq!(route.degrade.fallback, fallback, "{path}");
    }
    assert_eq!(site.route("/api").1.timeout, millis("10s"));
}

#[test]
fn the_default_file_keeps_the_presets_of_the_seed() {
    let site = default_file();
    for (name, failures, open_for) in
        [("supabase", 10, "30s"), ("gemini", 5, "1m"), ("removebg", 3, "5m")]
    {
        let circuit = site.circuits.iter().find(|circuit| circuit.name == name).unwrap();
        assert_eq!(circuit.policy.consecutive_failures, Some(failures), "{name}");
        assert_eq!(circuit.policy.failure_rate, None, "{name}");
        assert_eq!(circuit.policy.open_for, millis(open_for), "{name}");
    }
}

#[test]
fn the_breaker_that_the_default_file_shows_in_comments_is_the_default() {
    let keys: String = include_str!("../../../breakwater.toml")
        .lines()
        .skip_while(|line| *line != "# [upstreams.api.breaker]")
        .skip(1)
        .map_while(|line| line.strip_prefix("# "))
        // These keys are off by default.
        .filter(|line| !["slow_call", "max_concurrent"].iter().any(|key| line.starts_with(key)))
        .flat_map(|line| [line, "\n"])
        .collect();
    let text = VALID.replace("breaker = { consecutive_failures = 3, probes = 2 }\n", "");
    let api = site(&format!("{text}[upstreams.api.breaker]\n{keys}")).circuits[1].clone();
    assert_eq!(api.policy, Policy::default());
    assert_eq!(keys.lines().count(), 14);
}

#[test]
fn a_site_survives_json() {
    let with_own_breaker = VALID.replace(
        "timeout = \"10s\"",
        r#"timeout = "25s"
           breaker = { failure_rate = "33.33%", slow_call_rate = "5%", slow_call = "4s",
               window_calls = 100, backoff = 1.337, jitter = "0.5%", ramp = "1m", probes = 3,
               max_concurrent = 7, count = "5xx", mode = "metrics_only" }"#,
    );
    for site in [default_file(), site(&with_own_breaker)] {
        let json = serde_json::to_string(&site).unwrap();
        assert_eq!(serde_json::from_str::<Site>(&json).unwrap(), site);
    }
}

#[test]
fn a_route_with_its_own_breaker_has_its_own_circuit() {
    let text = VALID.replace("timeout = \"10s\"", "breaker = { consecutive_failures = 7 }");
    let site = site(&text);
    let names: Vec<_> = site.circuits.iter().map(|circuit| circuit.name.as_str()).collect();
    assert_eq!(names, ["web", "api", "api/api/*"]);
    let (_, route) = site.route("/api/cart");
    assert_eq!((route.upstream, route.circuit), (1, 2));
    assert_eq!(site.circuits[2].upstream, 1);
    assert_eq!(site.circuits[2].policy.consecutive_failures, Some(7));
    assert_eq!(site.circuits[1].policy.consecutive_failures, Some(3));
    assert_eq!(site.upstreams[1].circuit, 1);
}

#[test]
fn upstreams_keep_the_order_of_the_file_and_need_no_route() {
    let text = VALID.replace(
        "[upstreams.api]",
        "[upstreams.a_2-b]\norigin = \"http://localhost:1/x\"\n[upstreams.api]",
    );
    let site = site(&text);
    let names: Vec<_> = site.upstreams.iter().map(|upstream| upstream.name.as_str()).collect();
    assert_eq!(names, ["web", "a_2-b", "api"]);
}

#[test]
fn patience_never_exceeds_a_short_timeout() {
    let site = site(&VALID.replace("\"10s\"", "\"500ms\""));
    assert_eq!(site.routes[0].patience, millis("500ms"));
}

#[test]
fn a_damaged_file_is_accepted_or_answered_in_one_line() {
    for (at, _) in VALID.char_indices() {
        let (before, after) = VALID.split_at(at);
        for put in ["", "\"", "\n", "\\n", "é", "[", "}", "/", "=", "0"] {
            for damaged in [format!("{before}{put}{after}"), format!("{before}{put}")] {
                if let Err(error) = parse("breakwater.toml", &damaged) {
                    let (line, lines) = (error.to_string(), damaged.split('\n').count());
                    assert!(!line.contains('\n') && error.line <= lines, "{line}");
                }
            }
        }
    }
}
