//! The status page: how it looks in each state, whether everyone can read it, and what it does
//! while it is open.
//!
//! The pages are those that core writes for hand-made states, with the files of the bundle. Only
//! the last test asks the Worker.

#[path = "../../../crates/core/examples/status_page/samples.rs"]
mod samples;
mod server;

use anyhow::{Context, Result};
use breakwater_core::base::time::Millis;
use breakwater_core::site::status::page::STATUS_CONTENT_SECURITY_POLICY;
use breakwater_tests::{World, screenshot, visit};
use serde_json::{Value, json};

use crate::{numbers, others, texts};
use samples::{NAMES, NOW};
use server::StatusServer;

/// WCAG 2.2, 1.4.3: level AA.
const TEXT_CONTRAST_MIN: f64 = 4.5;
/// WCAG 2.2, 1.4.11: bars and marks.
const MARK_CONTRAST_MIN: f64 = 3.0;
/// Pairs of colours by their names in the style sheet, of texts and what is behind them.
const TEXTS: [[&str; 2]; 14] = [
    ["ink", "page"],
    ["ink", "panel"],
    ["soft", "page"],
    ["soft", "panel"],
    ["accent", "page"],
    ["accent", "panel"],
    ["on-accent", "accent"],
    ["panel", "ink"],
    ["ok", "panel"],
    ["degraded", "panel"],
    ["partial", "panel"],
    ["major", "panel"],
    ["maintenance", "panel"],
    ["unknown", "panel"],
];
/// The same of bars and of what is drawn on marks.
const MARKS: [[&str; 2]; 9] = [
    ["stub", "panel"],
    ["stub", "page"],
    ["ok", "page"],
    ["sign", "ok"],
    ["sign", "degraded"],
    ["sign", "partial"],
    ["sign", "major"],
    ["sign", "maintenance"],
    ["sign", "unknown"],
];
/// The narrowest screen, in CSS pixels (WCAG 2.2, 1.4.10).
const NARROW: u64 = 320;
/// What is shown where nothing is known.
const STALE: &str = "We don’t know how things are right now";

/// The pairs whose contrast is measured.
fn pairs() -> Vec<[&'static str; 2]> {
    [&TEXTS[..], &MARKS[..]].concat()
}

/// Asserts what must hold for every page and every visitor.
#[track_caller]
fn everybody_can_read(seen: &Value, site: &str, status: u16) {
    assert_eq!(seen["status"], status);
    assert_eq!(others(seen, site), [""; 0], "nobody else is asked");
    assert_eq!(texts(&seen["violations"]), [""; 0]);
    assert_eq!(seen["overflows"], false);
    for (pairs, least) in [(&TEXTS[..], TEXT_CONTRAST_MIN), (&MARKS[..], MARK_CONTRAST_MIN)] {
        for [one, other] in pairs {
            let contrast = &seen["contrasts"][format!("{one} on {other}")];
            assert!(contrast.as_f64() >= Some(least), "{one} on {other}: {contrast}");
        }
    }
    let headers = &seen["headers"];
    assert_eq!(headers["content-security-policy"], STATUS_CONTENT_SECURITY_POLICY);
}

/// Looks at a page, and keeps what it looks like.
async fn look(server: &StatusServer, path: &str, name: &str, how: Value) -> Result<Value> {
    let mut options = json!({
        "does": "look", "url": server.at(path), "screenshot": screenshot(name)?,
        "pairs": (pairs()), "at": NOW.as_millis(),
    });
    for (key, value) in how.as_object().context("no options")? {
        options[key] = value.clone();
    }
    visit(options).await.with_context(|| name.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: run by `cargo xtask test`"]
async fn each_state_is_there_for_everybody() -> Result<()> {
    let server = StatusServer::start("well", "well", Millis::ZERO).await?;
    for (name, lang) in NAMES.iter().chain(&["heavy"]).zip(["en", "de", "fr", "es"].iter().cycle())
    {
        server.show(name);
        let light = json!({"locale": lang});
        let narrow = json!({"locale": lang, "dark": true, "phone": true, "width": NARROW});
        for (how, kind) in [(light, "light-desktop"), (narrow, "dark-narrow")] {
            let shot = format!("status-{name}-{lang}-{kind}");
            let seen = look(&server, "/status", &shot, how).await?;
            everybody_can_read(&seen, server.url(), 200);
            assert_eq!(seen["lang"], **lang, "{shot}");
            assert_eq!(texts(&seen["errors"]), [""; 0], "{shot}");
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: run by `cargo xtask test`"]
async fn the_other_pages_are_there_for_everybody() -> Result<()> {
    let server = StatusServer::start("partial", "partial", Millis::ZERO).await?;
    for (path, name, status) in [
        ("/status/incidents/inc-mx0yov0p", "incident", 200),
        ("/status/incidents/inc-past-2", "postmortem", 200),
        ("/status/history", "history", 200),
        ("/status/message", "message", 200),
        ("/status/nothing", "missing", 404),
    ] {
        let light = json!({});
        let narrow = json!({"dark": true, "phone": true, "width": NARROW, "locale": "de"});
        for (how, kind) in [(light, "light-desktop"), (narrow, "dark-narrow")] {
            let seen = look(&server, path, &format!("status-{name}-{kind}"), how).await?;
            everybody_can_read(&seen, server.url(), status);
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: run by `cargo xtask test`"]
async fn without_a_script_the_page_says_the_same_by_utc() -> Result<()> {
    let server = StatusServer::start("partial", "partial", Millis::ZERO).await?;
    let plain = json!({"script": false, "zone": "Asia/Tokyo"});
    let plain = look(&server, "/status", "status-without-script", plain).await?;
    let text = plain["text"].as_str().unwrap_or_default();
    for said in [
        "Checkout does not work for some visitors",
        "Updated 30 Nov 2026, 12:34 UTC",
        "Payment by invoice works.",
        "99.38% uptime",
        "5 days with trouble",
        "Times and days are in UTC.",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    let scripted = json!({"zone": "Asia/Tokyo"});
    let scripted = look(&server, "/status", "status-in-tokyo", scripted).await?;
    let text = scripted["text"].as_str().unwrap_or_default();
    assert!(text.contains("Since 30 Nov 2026, 21:20"), "{text}");
    assert!(text.contains("Times are in your time zone (Asia/Tokyo), days in UTC."), "{text}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: run by `cargo xtask test`"]
async fn on_paper_and_in_forced_colours_it_can_be_read_too() -> Result<()> {
    let server = StatusServer::start("partial", "partial", Millis::ZERO).await?;
    let paper = look(&server, "/status", "status-on-paper", json!({"print": true})).await?;
    let text = paper["text"].as_str().unwrap_or_default();
    assert!(text.contains("Checkout does not work for some visitors"), "{text}");
    for gone in ["Subscribe", "RSS", "Deutsch", "All incidents, by month"] {
        assert!(!text.contains(gone), "{gone}: {text}");
    }
    let forced = json!({"forced": true, "dark": true});
    let forced = look(&server, "/status", "status-in-forced-colours", forced).await?;
    assert_eq!(texts(&forced["violations"]), [""; 0]);
    let still = look(&server, "/status", "status-still", json!({"still": true})).await?;
    assert_eq!(still["moving"], 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: run by `cargo xtask test`"]
async fn the_whole_page_works_by_keyboard_and_shows_where_one_is() -> Result<()> {
    let server = StatusServer::start("partial", "partial", Millis::ZERO).await?;
    let options = json!({"does": "walk", "url": server.at("/status"), "at": NOW.as_millis()});
    let seen = visit(options).await?;
    assert_eq!(texts(&seen["errors"]), [""; 0], "nothing that the policy forbids");
    assert_eq!(seen["skip"]["name"], "Skip to the state");
    let stops = seen["stops"].as_array().context("no stops")?;
    assert!(stops.iter().all(|stop| stop["outline"] == "solid 3"), "{stops:?}");
    assert_eq!(seen["reached"], seen["rows"], "one stop for the days of each part");
    let days = [
        ("ArrowRight", "30 Nov 2026: Works, 100% uptime"),
        ("ArrowLeft", "29 Nov 2026: Works, 100% uptime"),
        ("ArrowDown", "29 Nov 2026: Works, 100% uptime"),
        ("Home", "2 Sep 2026: Works, 100% uptime"),
        ("End", "30 Nov 2026: Partial outage, 94.16% uptime"),
        ("ArrowUp", "30 Nov 2026: Works, 100% uptime"),
    ];
    for (key, day) in days {
        let at = &seen["keys"][key];
        assert_eq!((&at["name"], &at["bubble"]), (&json!(day), &json!(day)), "{key}");
        assert_eq!(at["outline"], "solid 3", "{key}");
    }
    assert_eq!(seen["held"], "30 Nov 2026: Works, 100% uptime", "Enter holds it");
    assert_eq!(seen["released"], Value::Null, "Escape lets it go");
    assert_eq!(seen["isOpen"], true);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: run by `cargo xtask test`"]
async fn a_change_takes_the_place_of_what_was_shown_and_leaves_the_rest() -> Result<()> {
    let server = StatusServer::start("well", "major", Millis::new(30_000)).await?;
    let seen = visit(json!({
        "does": "refresh", "url": server.at("/status"), "change": server.at("/change"),
        "now": NOW.as_millis(),
    }))
    .await?;
    assert_eq!(texts(&seen["errors"]), [""; 0]);
    assert_eq!((&seen["before"], &seen["early"]), (&json!("Everything works"), &json!(1)));
    assert_eq!(seen["verdict"], "Website does not work");
    let title = seen["title"].as_str().unwrap_or_default();
    assert!(title.starts_with("Website does not work"), "{title}");
    let news = seen["news"].as_str().unwrap_or_default();
    for said in ["Website does not work", "Website: Outage", "Investigating"] {
        assert!(news.contains(said), "{said}: {news}");
    }
    assert_eq!(seen["focusAfter"], seen["focus"], "the focus stays where it was");
    assert_eq!((&seen["isOpen"], &seen["typed"]), (&json!(true), &json!("a@b.example")));
    assert_eq!(seen["verdictAfter"], "Website does not work");
    let known = server.validators("/status");
    assert_eq!(numbers(&json!([seen["asked"]])), [known.len() as u64]);
    assert!(known.len() >= 4, "{known:?}");
    let last = known.last().context("no requests")?;
    assert!(!last.is_empty() && *last != known[1], "it tells what it has: {known:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: run by `cargo xtask test`"]
async fn a_hidden_page_does_not_ask_and_asks_at_once_when_it_is_seen_again() -> Result<()> {
    let hour = Millis::from_secs(3_600);
    let server = StatusServer::start("well", "major", hour).await?;
    let seen = visit(json!({
        "does": "leave", "url": server.at("/status"), "change": server.at("/change"),
        "now": NOW.as_millis(),
    }))
    .await?;
    assert_eq!((&seen["away"], &seen["back"]), (&json!(0), &json!(1)));
    assert_eq!(seen["verdict"], "Website does not work");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: run by `cargo xtask test`"]
async fn a_page_that_is_not_answered_says_so_grows_old_and_recovers() -> Result<()> {
    let later = Millis::from_secs(900);
    let server = StatusServer::start("well", "major", later).await?;
    let seen = visit(json!({
        "does": "lose", "url": server.at("/status"), "change": server.at("/change"),
        "break": server.at("/break"), "now": NOW.as_millis(),
    }))
    .await?;
    assert_eq!(seen["trouble"], "This page could not be updated. It keeps trying.");
    let age = seen["age"].as_str().unwrap_or_default();
    assert!(!age.starts_with('0') && age.ends_with("ago"), "{age}");
    assert_eq!((&seen["held"], &seen["stale"]), (&json!("Everything works"), &json!(STALE)));
    assert!(texts(&seen["states"]).iter().all(|state| *state == "Unknown"), "{seen}");
    assert_eq!((&seen["after"], &seen["isOver"]), (&json!("Website does not work"), &json!(true)));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: run by `cargo xtask test`"]
async fn the_back_button_brings_back_no_state_that_is_over() -> Result<()> {
    let server = StatusServer::start("major", "well", Millis::ZERO).await?;
    let seen = visit(json!({
        "does": "goBack", "url": server.at("/status"), "change": server.at("/change"),
        "elsewhere": server.at("/status/history"), "at": NOW.as_millis(),
    }))
    .await?;
    assert_eq!(seen["before"], "Website does not work");
    assert_eq!(seen["verdict"], "Everything works");
    assert!(seen["took"].as_u64() < Some(10_000), "at once, and not by the clock: {seen}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: run by `cargo xtask test`"]
async fn the_picture_of_previews_is_the_one_that_is_drawn() -> Result<()> {
    let files = breakwater_tests::assets()?;
    let found = files.as_array().into_iter().flatten().find(|file| file["path"] == "status/og.png");
    let bytes = found.and_then(|file| file["base64"].as_str()).context("no picture")?;
    let drawn = include_str!("../../../www/status/og.svg");
    let pictures = [
        format!("data:image/png;base64,{bytes}"),
        format!("data:image/svg+xml,{}", percent_encoded(drawn)),
    ];
    let options = json!({"does": "compare", "pictures": pictures});
    let seen = visit(options).await?;
    assert_eq!(seen["sizes"], json!([[1200, 630], [1200, 630]]));
    // Browsers smooth edges in their own ways.
    assert!(seen["share"].as_f64() < Some(0.002), "{seen}");
    Ok(())
}

/// A text within an address.
fn percent_encoded(text: &str) -> String {
    let encoded = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => (byte as char).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(encoded).collect()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: run by `cargo xtask test`"]
async fn the_worker_serves_the_page_with_its_files() -> Result<()> {
    let world = World::start_watched("browser_status", &[])?;
    let url = format!("{}/status", world.stack.url());
    let options = json!({
        "does": "look", "url": url, "screenshot": screenshot("status-of-the-worker")?,
        "pairs": (pairs()),
    });
    let seen = visit(options).await?;
    everybody_can_read(&seen, world.stack.url(), 200);
    let loaded = texts(&seen["requests"]);
    for kind in [".css", ".js"] {
        let is_there = |url: &&str| url.contains("/status/assets/") && url.ends_with(kind);
        assert!(loaded.iter().any(is_there), "{kind}: {loaded:?}");
    }
    Ok(())
}
