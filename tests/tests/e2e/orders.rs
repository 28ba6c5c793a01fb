//! Operators' orders: they hold, are shown, lapse by themselves, and outlive a crash.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use breakwater_tests::{
    Answer, Client, World, circuit_becomes, circuit_becomes_within, eventually,
};
use serde_json::{Value, json};

const OVERRIDE: &str = "/_breakwater/upstreams/api/override";
const BYPASS: &str = "/_breakwater/bypass";
/// A path of the upstream `api`.
const PATH: &str = "/api/echo";
/// A path of another upstream.
const OTHER: &str = "/";
/// An isolate must obey an order within 3 s of its first request to that circuit. A second is the
/// goal; a machine that is busy with other tests may take longer.
const SHARED_WITHIN: Duration = Duration::from_secs(3);

#[tokio::test]
async fn an_override_is_for_all_circuits_of_an_upstream_and_is_shown() -> Result<()> {
    let world = World::start("an_override_is_for_all_circuits")?;
    let order = r#"{"override": "forced_open", "reason": "the database moves", "lasts": "1h"}"#;
    let given = ok(world.operate("POST", "/_breakwater/upstreams/web/override", order).await?);
    assert_eq!(names(&given), ["web", "web/products/*"]);
    for circuit in given["circuits"].as_array().into_iter().flatten() {
        assert_eq!(circuit["state"], "forced_open");
        let order = &circuit["override"];
        assert_eq!((&order["order"], &order["by"]), (&json!("forced_open"), &json!("token")));
        assert_eq!(order["reason"], "the database moves");
        assert_eq!(lasts(order)?, 3_600_000);
    }
    let seen = world.circuit("web/products/*").await?;
    assert_eq!(seen["override"], given["circuits"][1]["override"]);
    assert_eq!(seen["orders"], json!([seen["override"]]));
    assert_eq!((&seen["state"], &seen["bypass"]), (&json!("forced_open"), &Value::Null));
    let transition = &seen["transitions"][0];
    assert_eq!(
        (&transition["to"], &transition["reason"]),
        (&json!("forced_open"), &json!("operator"))
    );
    assert_eq!(world.circuit("api").await?["orders"], json!([]), "another upstream's");
    Ok(())
}

#[tokio::test]
async fn an_override_may_be_for_one_circuit() -> Result<()> {
    let world = World::start("an_override_for_one_circuit")?;
    let order = r#"{"override": "metrics_only", "reason": "a", "lasts": "1m", "circuit": "web"}"#;
    let given = ok(world.operate("POST", "/_breakwater/upstreams/web/override", order).await?);
    assert_eq!(names(&given), ["web"]);
    assert_eq!(world.circuit("web").await?["state"], "metrics_only");
    assert_eq!(world.circuit("web/products/*").await?["state"], "closed");
    Ok(())
}

#[tokio::test]
async fn an_override_reaches_every_isolate_and_lapses_by_itself() -> Result<()> {
    const LASTS: Duration = Duration::from_secs(10);
    let world = World::start_with_isolates("an_override_reaches", 3, &[])?;
    // The start of an isolate takes time of its own, which is not to be measured.
    for isolate in &world.isolates {
        isolate.get(OTHER).await?;
    }
    let order = r#"{"override": "forced_open", "reason": "a load test", "lasts": "10s"}"#;
    let start = Instant::now();
    ok(world.operate("POST", OVERRIDE, order).await?);
    for isolate in &world.isolates {
        hears(isolate, "forced_open").await?;
    }
    assert!(start.elapsed() < LASTS, "all this while it holds");
    let called = world.requests_to(PATH).await?;
    let answer = world.isolates[2].get(PATH).await?;
    assert_eq!((answer.status, answer.told("source")), (503, "fallback"));
    assert_eq!(world.requests_to(PATH).await?, called, "nothing is forwarded");

    for isolate in &world.isolates {
        circuit_becomes(isolate, PATH, "closed").await?;
        assert!(start.elapsed() >= LASTS, "it held as long as it was to");
    }
    let seen = eventually("the coordinator follows", async || {
        let seen = world.circuit("api").await?;
        Ok((seen["state"] == "closed").then_some(seen))
    })
    .await?;
    assert_eq!(seen["override"], Value::Null);
    assert_eq!(seen["orders"][0]["reason"], "a load test", "the history keeps it");
    let lapse = seen["transitions"].as_array().into_iter().flatten();
    let mut lapse = lapse.filter(|transition| transition["from"] == "forced_open");
    assert_eq!(lapse.next().context("no lapse")?["reason"], "operator");
    Ok(())
}

#[tokio::test]
async fn auto_lifts_an_override() -> Result<()> {
    let world = World::start("auto_lifts")?;
    let order = r#"{"override": "forced_open", "reason": "a", "lasts": "7d"}"#;
    ok(world.operate("POST", OVERRIDE, order).await?);
    let lifted = world.operate("POST", OVERRIDE, r#"{"override": "auto", "reason": "b"}"#).await?;
    let circuit = &ok(lifted)["circuits"][0];
    assert_eq!((&circuit["state"], &circuit["override"]), (&json!("half_open"), &Value::Null));
    hears(&world.visitor, "closed").await?;
    let orders = &world.circuit("api").await?["orders"];
    assert_eq!((&orders[0]["order"], &orders[0]["reason"]), (&json!("auto"), &json!("b")));
    assert_eq!(orders[1]["order"], "forced_open", "latest first");
    Ok(())
}

#[tokio::test]
async fn a_bypass_lets_everything_pass_and_judges_nothing() -> Result<()> {
    let world = World::start_with_isolates("a_bypass", 2, &[])?;
    world.break_with_status("/*", 503).await?;
    world.circuit_becomes(PATH, "open").await?;
    let order = r#"{"reason": "we think it is the breaker", "lasts": "1h"}"#;
    let given = ok(world.operate("POST", BYPASS, order).await?);
    assert_eq!(
        names(&given),
        [
            "web",
            "api",
            "hooks",
            "narrow",
            "scripted",
            "stored",
            "models",
            "backup",
            "blamed",
            "mended",
            "hosted",
            "web/products/*"
        ]
    );
    for circuit in given["circuits"].as_array().into_iter().flatten() {
        assert_eq!(circuit["state"], "forced_closed");
        assert_eq!(circuit["bypass"]["reason"], "we think it is the breaker");
        assert_eq!(lasts(&circuit["bypass"])?, 3_600_000);
    }
    assert_eq!(ok(world.operate("GET", BYPASS, "").await?), given);

    for isolate in &world.isolates {
        circuit_becomes(isolate, PATH, "forced_closed").await?;
        let called = world.requests_to(PATH).await?;
        for _ in 0..20 {
            let answer = isolate.get(PATH).await?;
            assert_eq!((answer.status, answer.told("source")), (503, "origin"));
        }
        assert_eq!(world.requests_to(PATH).await?, called + 20, "each call reached the backend");
    }
    assert_eq!(world.circuit("api").await?["failures"], 0, "and none was judged");
    Ok(())
}

#[tokio::test]
async fn a_bypass_is_lifted() -> Result<()> {
    let world = World::start("a_bypass_is_lifted")?;
    ok(world.operate("POST", BYPASS, r#"{"reason": "a", "lasts": "1h"}"#).await?);
    let lifted = ok(world.operate("DELETE", BYPASS, "").await?);
    for circuit in lifted["circuits"].as_array().into_iter().flatten() {
        assert_eq!((&circuit["state"], &circuit["bypass"]), (&json!("closed"), &Value::Null));
    }
    assert_eq!(ok(world.operate("GET", BYPASS, "").await?), lifted);
    // It keeps judging calls, as an isolate does that starts now.
    world.break_with_status("/*", 503).await?;
    circuit_becomes(&world.visitor, PATH, "open").await?;
    ok(world.operate("DELETE", BYPASS, r#"{"reason": "to be sure"}"#).await?);
    let orders = &world.circuit("hooks").await?["orders"];
    let given: Vec<_> = orders.as_array().into_iter().flatten().map(|o| &o["order"]).collect();
    assert_eq!(given, ["lift_bypass", "lift_bypass", "bypass"]);
    assert_eq!(orders[0]["reason"], "to be sure");
    Ok(())
}

#[tokio::test]
async fn a_bypass_lapses_by_itself() -> Result<()> {
    let world = World::start("a_bypass_lapses")?;
    world.break_with_status("/*", 503).await?;
    ok(world.operate("POST", BYPASS, r#"{"reason": "a", "lasts": "6s"}"#).await?);
    hears(&world.visitor, "forced_closed").await?;
    circuit_becomes(&world.visitor, PATH, "open").await?;
    let seen = world.circuit("api").await?;
    assert_eq!((&seen["bypass"], &seen["orders"][0]["order"]), (&Value::Null, &json!("bypass")));
    Ok(())
}

#[tokio::test]
async fn what_was_acknowledged_outlives_a_crash() -> Result<()> {
    let mut world = World::start("acknowledged_outlives")?;
    let order = r#"{"override": "forced_open", "reason": "a", "lasts": "1h", "circuit": "api"}"#;
    let given = ok(world.operate("POST", OVERRIDE, order).await?);
    world.restart_worker()?;
    assert_eq!(world.circuit("api").await?["override"], given["circuits"][0]["override"]);
    hears(&world.visitor, "forced_open").await?;

    let given = ok(world.operate("POST", BYPASS, r#"{"reason": "b", "lasts": "1h"}"#).await?);
    world.restart_worker()?;
    assert_eq!(ok(world.operate("GET", BYPASS, "").await?), given);
    let hooks = "/webhooks/payments";
    circuit_becomes_within(SHARED_WITHIN, &world.visitor, hooks, "forced_closed").await?;
    ok(world.operate("DELETE", BYPASS, "").await?);
    assert_eq!(world.circuit("api").await?["state"], "forced_open", "the override holds again");
    Ok(())
}

#[tokio::test]
async fn an_order_that_circuits_did_not_take_says_which() -> Result<()> {
    let world = World::start_with("did_not_take", &[("BREAKWATER_FAULT", "object")])?;
    let answer = world.operate("POST", BYPASS, r#"{"reason": "a", "lasts": "1m"}"#).await?;
    let problem = problem(&answer, 502);
    assert_eq!(
        problem["detail"],
        "12 of 12 circuits are not known to have taken it; sending it again is safe: `web`, \
         `api`, `hooks`, `narrow`, `scripted`, `stored`, `models`, `backup`, `blamed`, `mended`, \
         `hosted`, `web/products/*`"
    );
    assert_eq!((&problem["circuits"], &problem["failed"][1]["name"]), (&json!([]), &json!("api")));
    let answer = world.operate("GET", BYPASS, "").await?;
    let detail = "12 of 12 circuits could not be asked: `web`, `api`, `hooks`, `narrow`, \
                  `scripted`, `stored`, `models`, `backup`, `blamed`, `mended`, `hosted`, \
                  `web/products/*`";
    assert_eq!(self::problem(&answer, 502)["detail"], detail);
    Ok(())
}

#[track_caller]
fn ok(answer: Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.field("content-type"), "application/json");
    answer.json()
}

#[track_caller]
fn problem(answer: &Answer, status: u16) -> Value {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert_eq!(answer.field("content-type"), "application/problem+json");
    answer.json()
}

fn names(given: &Value) -> Vec<&str> {
    let circuits = given["circuits"].as_array().into_iter().flatten();
    circuits.filter_map(|circuit| circuit["name"].as_str()).collect()
}

fn lasts(order: &Value) -> Result<u64> {
    let (at, expires_at) = (order["at"].as_u64(), order["expires_at"].as_u64());
    Ok(expires_at.context("no end")? - at.context("no beginning")?)
}

/// An isolate's first requests make it learn of the order soon.
async fn hears(isolate: &Client, state: &str) -> Result<()> {
    circuit_becomes_within(SHARED_WITHIN, isolate, PATH, state).await?;
    Ok(())
}
