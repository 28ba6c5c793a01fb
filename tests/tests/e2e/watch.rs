//! Checks, incidents and alerts, from a fault to the message that it is over.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use breakwater_tests::receivers::{Receiver, Service};
use breakwater_tests::{Reply, Scripted, World, eventually, eventually_within, setting};
use serde_json::Value;

/// A secret of the form that Standard Webhooks give it.
pub(crate) const SECRET: &str = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

/// A receiver that fails three times is tried again after 1, 3 and 12 s, and up to a quarter more
/// of each: after 20 s at most, on top of what a check takes.
const AFTER_THREE_FAILURES: Duration = Duration::from_secs(40);

/// A receiver that fails this often first. It takes what Standard Webhooks ask for, and nothing
/// else.
pub(crate) fn receiver(failures: u32) -> Result<Receiver> {
    let receiver = Receiver::start(Service::Webhook, SECRET)?;
    for _ in 0..failures {
        receiver.retry_after(503, 1);
    }
    Ok(receiver)
}

pub(crate) fn watched(name: &str, receiver: &Receiver) -> Result<World> {
    watched_where(name, receiver, &[])
}

/// The site with these settings too.
pub(crate) fn watched_where(
    name: &str,
    receiver: &Receiver,
    settings: &[(&str, &str)],
) -> Result<World> {
    watched_at(name, &[receiver.url(), "/alerts"].concat(), settings)
}

/// The site with these settings, whose operators are told at this URL.
pub(crate) fn watched_at(name: &str, ops: &str, settings: &[(&str, &str)]) -> Result<World> {
    let vars = [&[("OPS_URL", ops), ("OPS_SECRET", SECRET)], settings].concat();
    let mut world = World::start_watched(name, &vars)?;
    // The first round wakes the monitor; from then on its alarm does.
    assert_eq!(world.stack.scheduled()?, "ok");
    Ok(world)
}

/// What arrived, as the message's id, its type and its incident.
pub(crate) fn arrived(receiver: &Receiver) -> Result<Vec<(String, String, Value)>> {
    receiver
        .received()
        .iter()
        .map(|received| {
            if let Some(Err(fault)) = &received.judged {
                bail!("the receiver refuses a message: {fault:?}");
            }
            let body: Value = serde_json::from_str(&received.came.body)?;
            let kind = body["type"].as_str().context("a type")?.to_owned();
            let id = received.came.field("webhook-id").to_owned();
            Ok((id, kind, body["data"]["incident"].clone()))
        })
        .collect()
}

pub(crate) async fn check(world: &World, name: &str) -> Result<Value> {
    let shown = world.operate("GET", "/_breakwater/checks", "").await?.json();
    let checks = shown["checks"].as_array().context("checks")?;
    let found = checks.iter().find(|check| check["name"] == name);
    found.cloned().context("the check")
}

pub(crate) async fn state_becomes(world: &World, name: &str, state: &str) -> Result<()> {
    eventually(&format!("{name} is {state}"), async || {
        Ok((check(world, name).await?["state"] == state).then_some(()))
    })
    .await
}

/// The backend dies, and a receiver that fails three times is told of it and of its end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outage_is_confirmed_told_and_resolved() -> Result<()> {
    let receiver = receiver(3)?;
    let world = watched("an_outage_is_confirmed", &receiver)?;
    state_becomes(&world, "frontend", "up").await?;
    state_becomes(&world, "products", "up").await?;

    world.break_with_status("/", 503).await?;
    state_becomes(&world, "frontend", "down").await?;
    let told = eventually_within(AFTER_THREE_FAILURES, "an alert", async || {
        let told = arrived(&receiver)?;
        Ok((told.len() >= 4).then_some(told))
    })
    .await?;
    let (id, kind, incident) = &told[3];
    assert_eq!(kind, "incident.opened");
    assert!(told.iter().all(|(each, ..)| each == id), "one key for all attempts: {told:?}");
    assert_eq!(incident["severity"], "P1");
    assert_eq!(incident["checks"], serde_json::json!(["frontend"]));
    assert_eq!(incident["runbook"], "docs/runbooks/site-down.md");

    world.mend_backend().await?;
    state_becomes(&world, "frontend", "up").await?;
    let told = eventually("the end", async || {
        let told = arrived(&receiver)?;
        Ok((told.len() >= 5).then_some(told))
    })
    .await?;
    let (_, kind, resolved) = &told[4];
    assert_eq!(kind, "incident.resolved");
    assert_eq!(resolved["id"], incident["id"]);
    assert!(resolved["resolved_at"].is_string(), "{resolved}");
    Ok(())
}

/// A job that reports, and one that reports that it failed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_reports_with_a_token_of_its_own() -> Result<()> {
    let receiver = receiver(0)?;
    let world = watched("a_job_reports", &receiver)?;
    let path = "/_breakwater/heartbeats/nightly";
    let token = ("authorization", "Bearer nightly");
    let answer = world.visitor.send("POST", path, &[token], "").await?;
    assert_eq!(answer.status, 200, "{}", answer.text());
    state_becomes(&world, "nightly", "up").await?;
    for (token, path) in
        [("Bearer dev", path), ("Bearer another", path), ("Bearer nightly", "/_breakwater/checks")]
    {
        let answer = world.visitor.send("GET", path, &[("authorization", token)], "").await?;
        assert_eq!(answer.status, 401, "{token} {path}");
    }
    for _ in 0..2 {
        let failed = [path, "/1"].concat();
        let answer = world.visitor.send("POST", &failed, &[token], "disk full\n").await?;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    state_becomes(&world, "nightly", "down").await?;
    let reasons = check(&world, "nightly").await?["places"][0]["reasons"].to_string();
    assert!(reasons.contains("disk full"), "{reasons}");
    Ok(())
}

/// A flow logs in, fills a cart and logs out; when the cart breaks, it says so, and logs out all
/// the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flow_goes_a_customers_way() -> Result<()> {
    let receiver = receiver(0)?;
    let world = watched("a_flow_goes", &receiver)?;
    state_becomes(&world, "customer", "up").await?;
    let cart = world.visitor.send("GET", "/api/cart", &[("cookie", "session=canary")], "").await?;
    assert_eq!(cart.json()["items"][0]["quantity"], 2, "{}", cart.text());
    let ended = world.requests_to("/api/session").await?;
    assert_eq!(ended, 2, "a log-in and a log-out, which has the cookie of the log-in");

    world.break_with_status("/api/cart", 503).await?;
    let run = world.operate("POST", "/_breakwater/checks/customer/run", "").await?;
    assert_eq!(run.status, 200, "{}", run.text());
    state_becomes(&world, "customer", "down").await?;
    let failed = check(&world, "customer").await?;
    let failure = &failed["last_failure"];
    assert_eq!(failure["step"], "cart", "{failure}");
    assert_eq!(failure["status"], 503, "{failure}");
    assert_eq!(failure["url"], "https://shop.example/api/cart?for={{token}}");
    let steps: Vec<&str> = failure["steps"]
        .as_array()
        .context("steps")?
        .iter()
        .filter_map(|step| step["step"].as_str())
        .collect();
    assert_eq!(steps, ["log-in", "2", "cart", "log-out"]);
    let curl = failure["curl"].as_str().context("a command")?;
    assert!(curl.contains("--cookie \"$cookies\""), "{curl}");
    assert!(curl.contains("/api/cart?for='\"$token\""), "{curl}");
    let shown = failed.to_string();
    assert!(!shown.contains("s3cret-p4ssword") && !shown.contains("canary"), "{shown}");
    assert_eq!(world.requests_to("/api/session").await?, 4);
    Ok(())
}

/// A check is tried without being saved, and a secret goes nowhere else.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_check_is_tried_and_nothing_is_saved() -> Result<()> {
    let receiver = receiver(0)?;
    let world = watched("a_check_is_tried", &receiver)?;
    let test = "/_breakwater/checks/test";
    let body = r#"{"name": "tried", "url": "https://shop.example/", "from": ["weur", "enam"],
        "expect": {"status": 200, "body_contains": "StolenTee"}}"#;
    let answer = world.operate("POST", test, body).await?;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let shown = answer.json();
    assert_eq!((&shown["check"], &shown["kind"]), (&"tried".into(), &"http".into()));
    let places = shown["places"].as_array().context("places")?;
    let found: Vec<_> =
        places.iter().map(|it| (it["place"].as_str(), it["result"].as_str())).collect();
    assert_eq!(found, [(Some("weur"), Some("up")), (Some("enam"), Some("up"))], "{shown}");

    let body = r#"{"url": "https://shop.example/nowhere", "expect": {"status": [200, "3xx"]}}"#;
    let shown = world.operate("POST", test, body).await?.json();
    assert_eq!(shown["places"][0]["result"], "down", "{shown}");
    assert_eq!(shown["places"][0]["reasons"][0], "status 404, expected 200, 3xx");
    assert!(shown["places"][0]["failure"]["curl"].is_string(), "{shown}");

    // What the site's echo repeats of a secret is not judged as it is.
    let body = r#"{"kind": "flow", "steps": [{"url": "https://shop.example/api/echo",
        "headers": {"x-secret": {"secret": "SHOP_PASSWORD"}},
        "expect": {"body_contains": "s3cret"}}]}"#;
    let shown = world.operate("POST", test, body).await?;
    assert_eq!(shown.json()["places"][0]["status"], 200, "{}", shown.text());
    assert_eq!(shown.json()["places"][0]["result"], "down");
    assert!(!shown.text().contains("p4ssword"), "{}", shown.text());

    for (body, detail) in [
        (
            r#"{"url": "https://a.example/", "timeout": "1h"}"#,
            "timeout: `1h` is out of range, expected 1ms to 30s",
        ),
        (
            r#"{"url": "https://evil.example/", "redirects": false,
                "headers": {"x": {"secret": "SHOP_PASSWORD"}}}"#,
            "url: `https://evil.example` is not where the site file sends `SHOP_PASSWORD`, \
             expected one of `https://shop.example`",
        ),
        (
            r#"{"url": "https://shop.example/", "redirects": false,
                "headers": {"x": {"secret": "ADMIN_TOKEN"}}}"#,
            "`ADMIN_TOKEN` is not a secret that a check of the site file sends, expected one of \
             `CHECKOUT_KEY`, `SHOP_PASSWORD`",
        ),
    ] {
        let answer = world.operate("POST", test, body).await?;
        assert_eq!(answer.status, 400, "{}", answer.text());
        assert_eq!(answer.json()["detail"], detail);
    }
    let body = r#"{"url": "https://shop.example/"}"#;
    let refused = eventually("there are too many", async || {
        let answer = world.operate("POST", test, body).await?;
        Ok((answer.status == 429).then_some(answer))
    })
    .await?;
    assert!(!refused.field("retry-after").is_empty(), "{}", refused.text());

    let events = world.operate("GET", "/_breakwater/events", "").await?.text();
    assert!(events.contains("test_check") && events.contains("\"tried\""), "{events}");
    let checks = world.operate("GET", "/_breakwater/checks", "").await?.text();
    assert!(!checks.contains("tried"), "{checks}");
    assert_eq!(arrived(&receiver)?, []);
    Ok(())
}

/// Everything that happened to an incident is in its timeline, in order.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_timeline_is_complete_and_in_order() -> Result<()> {
    let receiver = receiver(1)?;
    let world = watched("the_timeline_is_complete", &receiver)?;
    state_becomes(&world, "products", "up").await?;
    world.break_with_status("/api/products", 503).await?;
    state_becomes(&world, "products", "down").await?;
    let id = eventually("an incident", async || {
        let shown = world.operate("GET", "/_breakwater/incidents", "").await?.json();
        Ok(shown["incidents"][0]["id"].as_str().map(String::from))
    })
    .await?;
    let path = ["/_breakwater/incidents/", &id].concat();
    let acknowledged = world.operate("POST", &[&path, "/acknowledge"].concat(), "{}").await?;
    assert_eq!(acknowledged.status, 200, "{}", acknowledged.text());
    eventually("the alert has arrived", async || {
        let shown = world.operate("GET", &path, "").await?.text();
        Ok(shown.contains("alert_delivered").then_some(()))
    })
    .await?;
    world.mend_backend().await?;
    let shown = eventually("its end is told", async || {
        let shown = world.operate("GET", &path, "").await?;
        let is_told = shown.text().matches("alert_delivered").count() == 2;
        Ok(is_told.then(|| shown.json()))
    })
    .await?;
    assert_eq!(shown["state"], "resolved");
    let timeline = shown["timeline"].as_array().context("a timeline")?;
    let times: Vec<&str> = timeline.iter().filter_map(|entry| entry["at"].as_str()).collect();
    assert!(times.is_sorted(), "{times:?}");
    let kinds: Vec<String> = timeline
        .iter()
        .filter_map(|entry| entry["what"].as_object()?.keys().next().cloned())
        .collect();
    for kind in [
        "observed",
        "opened",
        "alert_queued",
        "alert_failed",
        "acknowledged",
        "alert_delivered",
        "check_resolved",
        "resolved",
    ] {
        assert!(kinds.iter().any(|it| it == kind), "{kind}: {kinds:?}");
    }
    // The trouble began before it was confirmed.
    assert!(shown["since"].as_str() < shown["opened_at"].as_str(), "{shown}");
    Ok(())
}

/// Kills of a run in CI; `BREAKWATER_WATCH_KILLS` is another number.
const KILLS: u64 = 3;

/// The Worker is killed at some moment of an outage, each time another one: nothing is lost,
/// nothing is told under two keys, and no incident is stuck.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_worker_loses_no_alert() -> Result<()> {
    let receiver = receiver(0)?;
    let mut world = watched("a_killed_worker_loses", &receiver)?;
    for kill in 0..setting("BREAKWATER_WATCH_KILLS", KILLS)? {
        state_becomes(&world, "frontend", "up").await?;
        let before = arrived(&receiver)?.len();
        world.break_with_status("/", 503).await?;
        // Moments that are spread over the whole of it: from before the first failure, by those of
        // checks and visitors' circuits, to the probes of the circuit that is open.
        let met = world.requests_to("/").await? + kill % 7;
        eventually("the backend is asked", async || {
            Ok((world.requests_to("/").await? >= met).then_some(()))
        })
        .await?;
        world.restart_worker()?;
        assert_eq!(world.stack.scheduled()?, "ok");
        let told = |kind: &'static str| {
            let receiver = &receiver;
            async move || {
                let told = arrived(receiver)?;
                let ids: BTreeSet<String> = told[before..]
                    .iter()
                    .filter(|(_, of, _)| of == kind)
                    .map(|(id, ..)| id.clone())
                    .collect();
                Ok((!ids.is_empty()).then_some(ids))
            }
        };
        eventually("it is told", told("incident.opened")).await?;
        world.mend_backend().await?;
        eventually("its end is told", told("incident.resolved")).await?;
        for kind in ["incident.opened", "incident.resolved"] {
            let ids = told(kind)().await?.context("told")?;
            assert_eq!(ids.len(), 1, "kill {kill}: {kind} under two keys: {ids:?}");
        }
    }
    // Other checks may have met the fault too, and are well some seconds after it.
    eventually("no incident is stuck", async || {
        let shown = world.operate("GET", "/_breakwater/incidents", "").await?.json();
        let incidents = shown["incidents"].as_array().context("incidents")?;
        Ok(incidents.iter().all(|it| it["state"] == "resolved").then_some(()))
    })
    .await
}

/// A round is full when all that was due is observed. The switch outside is called then, and
/// visitors' health document says how long ago that was.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_round_calls_the_switch_and_health_says_how_old_it_is() -> Result<()> {
    let outside = Scripted::start(|_| Reply::status(204, &[], "")).await?;
    let switch = [outside.url(), "/switch"].concat();
    let mut world = World::start_watched("a_full_round", &[("SWITCH_URL", &switch)])?;
    assert_eq!(world.stack.scheduled()?, "ok");
    let calls = eventually("the switch is called", async || {
        let calls = outside.seen("/switch").len();
        Ok((calls > 0).then_some(calls))
    })
    .await?;
    assert_eq!(calls, 1, "one round, one call");
    for name in ["frontend", "products"] {
        let places = check(&world, name).await?["places"].clone();
        assert!(places.as_array().is_some_and(|it| !it.is_empty()), "{name} is observed: {places}");
    }
    eventually("health says how old the round is", async || {
        let health = world.visitor.get("/health").await?.json();
        let round = &health["checks"]["breakwater-monitor:lastRun"][0];
        Ok((round["status"] == "pass" && round["ageMs"].is_u64()).then_some(()))
    })
    .await
}
