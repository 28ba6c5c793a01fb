//! Operators' orders for the whole site, sent as with curl, and their history.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use breakwater_core::base::rfc3339::Shown;
use breakwater_core::base::time::Timestamp;
use breakwater_tests::{Answer, World, eventually, eventually_within};
use serde_json::{Value, json};

const PURGE: &str = "/_breakwater/purge";
const MAINTENANCE: &str = "/_breakwater/maintenance";
const EVENTS: &str = "/_breakwater/events";
/// A colo asks for the orders again after 20 s, so an isolate that knows them learns of a change
/// within that time, and of some more on a busy machine.
const LEARNED_WITHIN: Duration = Duration::from_secs(45);

#[track_caller]
fn ok(answer: Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.field("content-type"), "application/json");
    answer.json()
}

#[tokio::test]
async fn a_purge_removes_snapshots_at_once_and_new_ones_follow() -> Result<()> {
    let mut world = World::start("a_purge_takes_snapshots")?;
    world.stack.scheduled()?;
    world.stack.scheduled()?;
    let order = r#"{"match": "/products/*", "reason": "wrong prices"}"#;
    let purged = ok(world.operate("POST", PURGE, order).await?);
    assert_eq!(purged["done"]["snapshots"], 1, "{purged}");
    assert_eq!(purged["done"]["match"], "/products/*");
    let kept = |list: &Value, path: &str| -> Result<bool> {
        let mut entries = list["snapshots"].as_array().context("no list")?.iter();
        let entry = entries.find(|entry| entry["path"] == path).context("not listed")?;
        Ok(entry["kept"].is_object())
    };
    let list = ok(world.operate("GET", "/_breakwater/snapshots", "").await?);
    assert!(!kept(&list, "/products/24")?);
    assert!(kept(&list, "/assets/style.css")?);
    world.restart_worker()?;
    let list = ok(world.operate("GET", "/_breakwater/snapshots", "").await?);
    assert!(!kept(&list, "/products/24")?, "also in the bucket");
    world.stack.scheduled()?;
    let list = ok(world.operate("GET", "/_breakwater/snapshots", "").await?);
    assert!(kept(&list, "/products/24")?);
    Ok(())
}

#[tokio::test]
async fn maintenance_is_ordered_seen_and_lifted() -> Result<()> {
    let world = World::start("maintenance_is_ordered")?;
    assert_eq!(ok(world.operate("GET", MAINTENANCE, "").await?), json!({"windows": []}));
    let order =
        r#"{"match": "/api/*", "lasts": "10m", "message": "Back soon.", "reason": "a move"}"#;
    let ordered = ok(world.operate("POST", MAINTENANCE, order).await?);
    let window = &ordered["maintenance"]["windows"][0];
    assert_eq!(
        (&window["match"], &window["message"], &window["ordered_by"], &window["holds"]),
        (&json!("/api/*"), &json!("Back soon."), &json!("operator"), &json!(true))
    );
    let lasts =
        window["end"].as_u64().zip(window["start"].as_u64()).map(|(end, start)| end - start);
    assert_eq!(lasts, Some(600_000));
    let seen = ok(world.operate("GET", MAINTENANCE, "").await?);
    assert_eq!(seen, ordered["maintenance"]);
    let lifted = ok(world.operate("DELETE", MAINTENANCE, "").await?);
    assert_eq!(lifted["maintenance"], json!({"windows": []}));
    assert_eq!(lifted["done"]["windows"][0]["match"], "/api/*");
    Ok(())
}

#[tokio::test]
async fn maintenance_recurs_and_is_lifted_for_once_or_for_good() -> Result<()> {
    let mut world = World::start("maintenance_recurs")?;
    // It began this morning, wherever the test runs, and lasts the day.
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis() as u64;
    let today = Shown(Timestamp::from_millis(now)).to_string()[..10].to_owned();
    let order = format!(
        r#"{{"match": "/api/*", "start": "{today}T00:00:00", "zone": "UTC", "lasts": "1d",
            "rrule": "FREQ=DAILY;INTERVAL=2", "reason": "backups"}}"#
    );
    let ordered = ok(world.operate("POST", MAINTENANCE, &order).await?);
    assert_eq!(ordered["done"]["series"]["rrule"], "FREQ=DAILY;INTERVAL=2");
    let shown = &ordered["maintenance"];
    assert_eq!(shown["windows"].as_array().map(Vec::len), Some(3), "{shown}");
    assert_eq!(shown["series"][0]["start"], format!("{today}T00:00:00"));
    let first = &shown["windows"][0];
    assert_eq!((&first["holds"], &first["ordered_by"]), (&json!(true), &json!("series")));
    let closed = async |world: &World| -> Result<bool> {
        Ok(world.visitor.get("/api/products").await?.status == 503)
    };
    eventually("the paths are closed", async || Ok(closed(&world).await?.then_some(()))).await?;
    let lifted = ok(world.operate("DELETE", MAINTENANCE, r#"{"reason": "done"}"#).await?);
    assert_eq!(lifted["done"]["windows"][0]["start"], first["start"], "{lifted}");
    eventually_within(LEARNED_WITHIN, "they are open", async || {
        Ok((!closed(&world).await?).then_some(()))
    })
    .await?;
    world.restart_worker()?;
    let seen = ok(world.operate("GET", MAINTENANCE, "").await?);
    assert_eq!(seen["windows"][0]["start"], shown["windows"][1]["start"], "the next one stands");
    let end = r#"{"match": "/api/*", "series": true}"#;
    let ended = ok(world.operate("DELETE", MAINTENANCE, end).await?);
    assert_eq!(ended["maintenance"], json!({"windows": []}));
    let zone = order.replace("UTC", "Europe/Berlin");
    let refused = world.operate("POST", MAINTENANCE, &zone).await?;
    assert_eq!(refused.status, 400, "{}", refused.text());
    Ok(())
}

#[tokio::test]
async fn each_act_is_in_the_history_with_who_when_and_why() -> Result<()> {
    let mut world = World::start("each_act_is_in_the_history")?;
    for (method, path, order) in [
        ("POST", "/_breakwater/bypass", r#"{"reason": "one", "lasts": "1m"}"#),
        ("DELETE", "/_breakwater/bypass", r#"{"reason": "two"}"#),
        (
            "POST",
            "/_breakwater/upstreams/web/override",
            r#"{"override": "forced_open", "reason": "three", "lasts": "1m", "circuit": "web"}"#,
        ),
        ("POST", PURGE, r#"{"match": "/*", "reason": "four"}"#),
        ("POST", MAINTENANCE, r#"{"reason": "five", "lasts": "1m"}"#),
        ("DELETE", MAINTENANCE, r#"{"reason": "six"}"#),
    ] {
        ok(world.operate(method, path, order).await?);
    }
    world.restart_worker()?;
    let history = ok(world.operate("GET", EVENTS, "").await?);
    let events = history["events"].as_array().context("no events")?;
    let told: Vec<_> = events.iter().map(|event| (&event["reason"], &event["event"])).collect();
    let expected = [
        ("six", "lift_maintenance"),
        ("five", "maintenance"),
        ("four", "purge"),
        ("three", "circuits"),
        ("two", "circuits"),
        ("one", "circuits"),
    ];
    assert_eq!(told.len(), expected.len(), "{history:#}");
    for (told, (reason, event)) in told.iter().zip(expected) {
        assert_eq!((told.0, told.1), (&json!(reason), &json!(event)));
    }
    assert_eq!(events[3]["circuits"], json!(["web"]));
    assert_eq!(events[3]["order"], "forced_open");
    for event in events {
        assert_eq!(event["by"], "token");
        assert!(event["at"].as_u64().context("no time")? > 1_700_000_000_000);
    }
    Ok(())
}

#[tokio::test]
async fn an_invalid_order_is_refused_and_only_operators_may_give_one() -> Result<()> {
    let world = World::start("what_is_no_order")?;
    for (path, order, detail) in [
        (
            PURGE,
            r#"{"reason": "a"}"#,
            "`match` is missing, expected a pattern such as `/products/*`",
        ),
        (
            MAINTENANCE,
            r#"{"reason": "a"}"#,
            "`lasts` is missing, expected a duration from `1s` to `7d`, such as `30m`",
        ),
    ] {
        let answer = world.operate("POST", path, order).await?;
        assert_eq!((answer.status, answer.json()["detail"].as_str()), (400, Some(detail)));
        let stranger = world.visitor.send("POST", path, &[], r#"{"match": "/*", "reason": "a"}"#);
        assert_eq!(stranger.await?.status, 401);
    }
    assert_eq!(world.visitor.get(EVENTS).await?.status, 401);
    assert_eq!(ok(world.operate("GET", EVENTS, "").await?), json!({"events": []}));
    Ok(())
}

#[tokio::test]
async fn an_object_that_cannot_be_reached_is_told() -> Result<()> {
    let world = World::start_with("object_cannot_be_reached", &[("BREAKWATER_FAULT", "object")])?;
    for (method, path, order) in [
        ("POST", PURGE, r#"{"match": "/*", "reason": "a"}"#),
        ("GET", EVENTS, ""),
        ("GET", MAINTENANCE, ""),
        ("GET", "/_breakwater/snapshots", ""),
    ] {
        let answer = world.operate(method, path, order).await?;
        assert_eq!(answer.status, 502, "{path}: {}", answer.text());
    }
    Ok(())
}
