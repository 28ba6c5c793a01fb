//! E-mail, by the platform's own binding, and what visitors got, as an incident says it.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;
use breakwater_tests::eventually;
use serde_json::Value;

use crate::watch::watched_at;

/// How long a report and a round may take on a machine that is busy.
const LIMIT: Duration = Duration::from_secs(30);
/// Nothing listens there: these tests look at other channels.
const OPS: &str = "http://127.0.0.1:9/";

/// The texts of the e-mails that were sent.
fn sent(folder: &Path, found: &mut Vec<String>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            sent(&path, found)?;
        } else if path.extension().is_some_and(|it| it == "txt") {
            found.push(fs::read_to_string(path)?);
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_email_is_sent_and_one_to_an_unverified_address_is_a_dead_letter() -> Result<()> {
    let world = watched_at("an_email_is_sent", OPS, &[])?;
    for channel in ["mail", "unverified"] {
        let order = format!("{{\"channel\": \"{channel}\"}}");
        let answer = world.operate("POST", "/_breakwater/alerts/test", &order).await?;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    let dead = eventually("both attempts have ended", async || {
        let shown = world.operate("GET", "/_breakwater/alerts", "").await?.json();
        let is_one = |it: &&Value| it["channel"] == "mail" || it["channel"] == "unverified";
        let of = |list: &str| -> Vec<Value> {
            shown[list].as_array().into_iter().flatten().filter(is_one).cloned().collect()
        };
        Ok(of("pending").is_empty().then(|| of("dead")))
    })
    .await?;
    assert_eq!(dead.len(), 1, "{dead:?}");
    assert_eq!(dead[0]["channel"], "unverified");
    assert_eq!(dead[0]["reason"], "refused");
    assert_eq!(dead[0]["error"], serde_json::json!({ "email": "recipient" }));

    let folder = world.state().join("tmp/email");
    let texts = eventually("the text of the e-mail", async || {
        let mut texts = Vec::new();
        if folder.exists() {
            sent(&folder, &mut texts)?;
        }
        Ok((!texts.is_empty()).then_some(texts))
    })
    .await?;
    assert_eq!(texts.len(), 1, "{texts:?}");
    assert!(texts[0].contains("An operator tries the channel `mail`."), "{texts:?}");
    Ok(())
}

/// The circuit reports at once, since visitors meet failures.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_incident_says_what_visitors_got() -> Result<()> {
    let mut world = watched_at("an_incident_says", OPS, &[])?;
    world.break_with_status("/", 503).await?;
    let opened = eventually("an incident", async || {
        let _ = world.visitor.get("/").await?;
        let shown = world.operate("GET", "/_breakwater/incidents", "").await?.json();
        let of_frontend = |it: &&Value| it["checks"][0]["name"] == "frontend";
        let found = shown["incidents"].as_array().into_iter().flatten().find(of_frontend);
        Ok(found.and_then(|it| it["id"].as_str()).map(String::from))
    });
    let id = opened.await?;
    let path = ["/_breakwater/incidents/", &id].concat();
    let mut summary = String::new();
    let begun = Instant::now();
    while !summary.contains(" since then, ") && begun.elapsed() < LIMIT {
        for _ in 0..5 {
            let _ = world.visitor.get("/").await?;
        }
        // What the isolate has counted goes out with its next report, and on with the round.
        assert_eq!(world.stack.scheduled()?, "ok");
        let shown = world.operate("GET", &path, "").await?.json();
        summary = shown["summary"].as_str().unwrap_or_default().to_owned();
    }
    assert!(summary.contains(" since then, "), "{summary}");
    assert!(summary.contains("error"), "{summary}");
    Ok(())
}
