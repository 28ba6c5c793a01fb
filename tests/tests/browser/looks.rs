//! The look of the pages, and whether everyone can read them.

use anyhow::{Context, Result};
use breakwater_tests::{World, eventually, screenshot, visit};
use serde_json::{Value, json};

use crate::{others, texts};

/// The page in each language, with a word that occurs only in that language.
const LANGUAGES: [(&str, &str); 4] = [
    ("en", "We can’t show this page right now"),
    ("de", "Diese Seite können wir gerade nicht zeigen"),
    ("fr", "Nous ne pouvons pas afficher cette page"),
    ("es", "Ahora no podemos mostrar esta página"),
];
/// WCAG 2.2, 1.4.3: level AA.
const CONTRAST_MIN: f64 = 4.5;
/// A browser receives at most 14 KiB in the first round trip of a connection.
const BYTES_MAX: u64 = 14 * 1024;

/// Asserts what must hold for every page and every visitor.
#[track_caller]
fn everybody_can_read(seen: &Value, site: &str) {
    assert_eq!(seen["status"], 503);
    assert!(seen["bytes"].as_u64() <= Some(BYTES_MAX), "{}", seen["bytes"]);
    assert_eq!(others(seen, site), [""; 0], "nobody else is asked");
    // On a slow machine the check takes so long that the page reloads itself once, as it should.
    let mut asked_for = texts(&seen["requests"]);
    asked_for.dedup();
    assert_eq!(asked_for.len(), 1, "the page is all there is to ask for");
    assert_eq!(texts(&seen["violations"]), [""; 0]);
    assert_eq!(seen["overflows"], false);
    for (pair, ratio) in seen["contrasts"].as_object().into_iter().flatten() {
        assert!(ratio.as_f64() >= Some(CONTRAST_MIN), "{pair}: {ratio}");
    }
    let headers = &seen["headers"];
    assert_eq!(headers["cache-control"], "no-store");
    assert!(headers["retry-after"].as_str().is_some_and(|wait| wait.parse::<u64>().is_ok()));
    let policy = headers["content-security-policy"].as_str().unwrap_or_default();
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: run by `cargo xtask test`"]
async fn the_fallback_is_there_for_everybody() -> Result<()> {
    let mut world = World::start("browser_fallback")?;
    world.origin.kill();
    let url = format!("{}/products/7", world.stack.url());
    for (lang, heading) in LANGUAGES {
        for (dark, phone) in [(false, false), (true, false), (false, true), (true, true)] {
            // Each check starts a browser. So each language is checked in one way only, and the
            // longest language in two.
            if lang != "en" && lang != "de" && (dark || phone) {
                continue;
            }
            let shades = if dark { "dark" } else { "light" };
            let width = if phone { "phone" } else { "desktop" };
            let name = format!("fallback-{lang}-{shades}-{width}");
            let options = json!({
                "does": "look", "url": url, "locale": lang, "dark": dark, "phone": phone,
                "screenshot": screenshot(&name)?,
            });
            let seen = visit(options).await.with_context(|| name.clone())?;
            everybody_can_read(&seen, world.stack.url());
            assert_eq!(
                (&seen["lang"], &seen["headers"]["content-language"]),
                (&json!(lang), &json!(lang))
            );
            let text = seen["text"].as_str().unwrap_or_default();
            assert!(text.contains(heading) && text.contains("Tees & <Tests>"), "{name}: {text}");
            assert!(text.contains("The last shirt"), "what snapshots keep is offered: {text}");
            assert_eq!(texts(&seen["errors"]).len(), 1, "only the 503 itself: {}", seen["errors"]);
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: run by `cargo xtask test`"]
async fn the_page_respects_reduced_motion_and_works_without_scripts() -> Result<()> {
    let mut world = World::start("browser_still")?;
    world.origin.kill();
    let url = format!("{}/products/7", world.stack.url());
    let moving = visit(json!({"does": "look", "url": url})).await?;
    assert!(moving["moving"].as_u64() > Some(0), "{moving}");
    let still = visit(json!({"does": "look", "url": url, "still": true})).await?;
    assert_eq!(still["moving"], 0);
    let name = screenshot("fallback-en-without-script")?;
    let plain = visit(json!({"does": "look", "url": url, "script": false, "screenshot": name}));
    let plain = plain.await?;
    let text = plain["text"].as_str().unwrap_or_default();
    assert!(text.contains("Please reload this page in a moment."), "{text}");
    assert!(text.contains("Try now") && !text.contains("Pause"), "{text}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: run by `cargo xtask test`"]
async fn maintenance_says_why_and_until_when_by_the_visitors_clock() -> Result<()> {
    let world = World::start("browser_maintenance")?;
    let order = r#"{"match": "/products/*", "lasts": "7d", "reason": "a test",
        "message": "We are moving to new shelves & <boxes>."}"#;
    let ordered = world.operate("POST", "/_breakwater/maintenance", order).await?;
    assert_eq!(ordered.status, 200, "{}", ordered.text());
    let path = "/products/7";
    eventually("the isolate knows", async || {
        Ok((world.visitor.get(path).await?.told("source") == "maintenance").then_some(()))
    })
    .await?;
    let url = format!("{}{path}", world.stack.url());
    for (dark, phone, zone) in [(false, false, "Europe/Lisbon"), (true, true, "Asia/Tokyo")] {
        let shades = if dark { "dark-phone" } else { "light-desktop" };
        let options = json!({
            "does": "look", "url": url, "dark": dark, "phone": phone, "zone": zone,
            "screenshot": screenshot(&format!("maintenance-en-{shades}"))?,
        });
        let seen = visit(options).await?;
        everybody_can_read(&seen, world.stack.url());
        let text = seen["text"].as_str().unwrap_or_default();
        assert!(text.contains("We’re working on the site"), "{text}");
        assert!(text.contains("We are moving to new shelves & <boxes>."), "{text}");
        assert!(!text.contains('Z') && !text.contains("UTC"), "a local time: {text}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: run by `cargo xtask test`"]
async fn a_copy_says_that_it_is_one_and_its_banner_can_be_closed() -> Result<()> {
    let mut world = World::start("browser_banner")?;
    world.visitor.get("/products/3").await?;
    eventually("the page is kept", async || {
        world.break_with_status("/*", 503).await?;
        let kept = world.visitor.get("/products/3").await?.told("source") == "stale";
        world.mend_backend().await?;
        world.visitor.get("/products/3").await?;
        Ok(kept.then_some(()))
    })
    .await?;
    world.origin.kill();
    let url = format!("{}/products/3", world.stack.url());
    for phone in [false, true] {
        let name = if phone { "banner-phone" } else { "banner-desktop" };
        let options = json!({
            "does": "banner", "url": url, "phone": phone, "screenshot": screenshot(name)?,
        });
        let seen = visit(options).await?;
        assert_eq!(seen["status"], 200);
        let text = seen["text"].as_str().unwrap_or_default();
        assert!(text.contains("This is a saved copy of the page, 1 min old"), "{text}");
        assert_eq!(seen["isGone"], true, "without a script of ours");
        assert_eq!(texts(&seen["violations"]), [""; 0]);
        assert_eq!(seen["headers"]["etag"], Value::Null, "the page is not what the upstream sent");
    }
    Ok(())
}
