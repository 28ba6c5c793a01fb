//! The behaviour of the fallback page while a visitor waits.

use anyhow::Result;
use breakwater_tests::{World, visit};
use serde_json::json;

use crate::{numbers, texts};

const STOPPED: &str = "We’ve stopped trying by ourselves.";

fn dead(name: &str) -> Result<(World, String)> {
    let mut world = World::start(name)?;
    world.origin.kill();
    let url = format!("{}/products/7", world.stack.url());
    Ok((world, url))
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: run by `cargo xtask test`"]
async fn retries_back_off_with_jitter_and_end() -> Result<()> {
    let (_world, url) = dead("browser_retries")?;
    let seen = visit(json!({"does": "retry", "url": url, "seconds": 1500})).await?;
    let tries = numbers(&seen["tries"]);
    assert_eq!(tries.len(), 20, "it ends after so many: {tries:?}");
    let waits: Vec<u64> =
        tries.iter().zip([0].iter().chain(&tries)).map(|(this, last)| this - last).collect();
    // It waits five seconds at first, as Retry-After says, and up to a third more. Later waits
    // double each time, up to a minute, of which a quarter is random.
    assert!((5..=8).contains(&waits[0]), "{waits:?}");
    assert!(waits[1] >= waits[0] && waits[2] > waits[1] && waits[3] > waits[2], "{waits:?}");
    assert!(waits.iter().all(|wait| *wait <= 62), "{waits:?}");
    let late = &waits[6..];
    assert!(late.iter().all(|wait| *wait >= 44), "{waits:?}");
    let mut different = late.to_vec();
    different.sort_unstable();
    different.dedup();
    assert!(different.len() > 2, "no two visitors come back together: {waits:?}");
    let text = seen["text"].as_str().unwrap_or_default();
    assert!(text.contains(STOPPED), "{text}");
    assert_eq!(seen["requests"].as_array().map(Vec::len), Some(21));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: run by `cargo xtask test`"]
async fn a_hidden_page_does_not_try() -> Result<()> {
    let (_world, url) = dead("browser_hidden")?;
    let seen = visit(json!({"does": "hide", "url": url})).await?;
    assert_eq!(numbers(&seen["away"]), [0; 0]);
    let back = numbers(&seen["back"]);
    assert!(back.first().is_some_and(|first| *first <= 8), "it goes on where it was: {back:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: run by `cargo xtask test`"]
async fn the_buttons_work_by_keyboard_and_show_where_one_is() -> Result<()> {
    let (_world, url) = dead("browser_keyboard")?;
    let seen = visit(json!({"does": "press", "url": url})).await?;
    for (button, text) in [("now", "Try now"), ("pause", "Pause"), ("resume", "Resume")] {
        assert_eq!(seen[button]["text"], text);
        let outline = seen[button]["outline"].as_str().unwrap_or_default();
        assert_eq!(outline, "solid 3", "{text} shows that it is chosen");
    }
    assert_eq!(numbers(&seen["paused"]), [0; 0], "paused is paused");
    assert_eq!(seen["tried"], 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: run by `cargo xtask test`"]
async fn what_was_sent_is_not_sent_again() -> Result<()> {
    let (world, url) = dead("browser_post")?;
    let seen = visit(json!({"does": "post", "url": url})).await?;
    assert_eq!(numbers(&seen["tries"]), [0; 0]);
    let text = seen["text"].as_str().unwrap_or_default();
    assert!(text.contains("please check whether it arrived"), "{text}");
    assert!(!text.contains("nothing of yours is lost"), "{text}");
    let posts =
        texts(&seen["requests"]).into_iter().filter(|asked| asked.starts_with(world.stack.url()));
    assert_eq!(posts.count(), 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: run by `cargo xtask test`"]
async fn a_site_that_is_back_takes_the_place_of_the_page() -> Result<()> {
    let world = World::start("browser_returns")?;
    world.break_with_status("/*", 503).await?;
    // The upstream's own 503 would be passed on, but an open circuit has no answer of the upstream.
    breakwater_tests::circuit_becomes(&world.visitor, "/products/7", "open").await?;
    let url = format!("{}/products/7", world.stack.url());
    let mend = format!("{}/__faults", world.origin.url());
    let seen = visit(json!({"does": "returns", "url": url, "mend": mend})).await?;
    assert!(seen["second"].is_u64(), "{seen}");
    let title = seen["title"].as_str().unwrap_or_default();
    assert!(title.ends_with("StolenTee"), "{title}");
    Ok(())
}
