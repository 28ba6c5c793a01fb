//! The operators' console in a real browser.

use anyhow::{Context, Result};
use breakwater_tests::{World, operate, screenshot};
use serde_json::{Value, json};

use crate::texts;

/// The token of those who may only look.
const VIEWER: (&str, &str) = ("VIEWER_TOKEN", "looking");
/// A page of the upstream whose circuit the operator overrides.
const PATH: &str = "/api/products";

fn watched(name: &str) -> Result<World> {
    World::start_watched(name, &[VIEWER])
}

fn options(world: &World, does: &str, token: &str) -> Value {
    json!({ "does": does, "url": world.stack.url(), "token": token, "path": PATH })
}

/// A page asks its own site alone, and logs no error.
#[track_caller]
fn assert_quiet(seen: &Value, world: &World) {
    let site = world.stack.url();
    let socket = site.replacen("http", "ws", 1);
    let asked: Vec<_> = texts(&seen["requests"])
        .into_iter()
        .filter_map(|asked| asked.split_once(' '))
        .filter(|(_, url)| !url.starts_with(site) && !url.starts_with(&socket))
        .filter(|(_, url)| !url.starts_with("data:"))
        .collect();
    assert_eq!(asked, [], "no other site is asked");
    assert_eq!(texts(&seen["errors"]), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: run by `cargo xtask test`"]
async fn an_override_is_set_and_taken_back() -> Result<()> {
    let world = watched("console_override")?;
    let seen = operate(options(&world, "override", "dev")).await?;
    assert_eq!(seen["before"], "closed");
    assert_eq!(seen["wrong"], "Reason is needed.");
    assert_eq!(seen["forced"], "forced_open", "the coordinator says so: {seen}");
    let shown = seen["shown"].as_str().unwrap_or_default();
    assert!(shown.contains("forced open") && shown.contains("a test in a browser"), "{shown}");
    assert!(!seen["lifted"].as_str().unwrap_or_default().contains("forced"), "{seen}");
    assert_quiet(&seen, &world);
    let history = world.operate("GET", "/_breakwater/events", "").await?.json();
    let orders: Vec<&Value> = history["events"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|event| event["event"] == "circuits")
        .map(|event| &event["order"])
        .collect();
    assert_eq!(orders, [&json!("auto"), &json!("forced_open")]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: run by `cargo xtask test`"]
async fn everyone_can_read_each_view_in_both_themes_and_on_a_phone() -> Result<()> {
    let mut world = watched("console_looks")?;
    world.visitor.get(PATH).await?;
    world.stack.scheduled()?;
    for (dark, narrow) in [(false, false), (true, false), (false, true), (true, true)] {
        let shades = if dark { "dark" } else { "light" };
        let width = if narrow { "320" } else { "1280" };
        let name = screenshot(&format!("console-VIEW-{shades}-{width}"))?;
        let mut given = options(&world, "look", "dev");
        given["dark"] = dark.into();
        given["narrow"] = narrow.into();
        given["screenshot"] = name.to_string_lossy().into();
        let seen = operate(given).await.with_context(|| format!("{shades} {width}"))?;
        for view in seen["views"].as_array().into_iter().flatten() {
            let of = format!("{} {shades} {width}", view["name"]);
            assert_eq!(texts(&view["violations"]), [""; 0], "{of}");
            assert_eq!(view["overflows"], false, "{of}");
            assert_eq!(texts(&view["troubles"]), [""; 0], "{of}");
        }
        assert_eq!(texts(&seen["errors"]), [""; 0], "{shades} {width}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: run by `cargo xtask test`"]
async fn the_console_is_used_by_keyboard_alone() -> Result<()> {
    let world = watched("console_keyboard")?;
    world.visitor.get(PATH).await?;
    let seen = operate(options(&world, "walk", "dev")).await?;
    assert_eq!(seen["skip"]["text"], "Skip to the content");
    assert_eq!(seen["main"]["id"], "main");
    for place in ["skip", "menu", "back"] {
        assert_eq!(seen[place]["outline"], "solid 3", "{place} shows that it is chosen: {seen}");
    }
    assert_eq!(seen["second"], "3", "the row after the first, behind the heads of columns");
    assert_eq!(seen["title"], "api");
    assert_eq!(seen["back"]["text"], "Override …", "the dialog gives the focus back");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: run by `cargo xtask test`"]
async fn a_viewer_is_offered_no_order() -> Result<()> {
    let world = watched("console_viewer")?;
    let seen = operate(options(&world, "count", VIEWER.1)).await?;
    assert!(seen["who"].as_str().unwrap_or_default().starts_with("viewer"), "{seen}");
    assert_eq!(texts(&seen["buttons"]), [""; 0]);
    assert_quiet(&seen, &world);
    let admin = operate(options(&world, "count", "dev")).await?;
    let offered = texts(&admin["buttons"]);
    for order in ["Override …", "Run", "Pause", "Open an incident …", "Send a test", "Purge …"]
    {
        assert!(offered.contains(&order), "{order}: {offered:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: run by `cargo xtask test`"]
async fn a_tab_that_is_not_seen_asks_nothing() -> Result<()> {
    let world = watched("console_hidden")?;
    let seen = operate(options(&world, "hide", "dev")).await?;
    assert!(seen["during"].as_u64() > Some(5), "it asks while it is seen: {seen}");
    assert_eq!(seen["away"], 0, "ten minutes without a question: {seen}");
    assert!(seen["back"].as_u64() > Some(0), "it goes on when it is seen again: {seen}");
    Ok(())
}
