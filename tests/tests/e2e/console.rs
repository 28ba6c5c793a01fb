//! What the console is made of: its page, what that loads, and what it reads besides.

use anyhow::{Context, Result};
use breakwater_tests::{World, eventually};
use serde_json::Value;

const CONSOLE: &str = "/_breakwater/console";
const FAILING: &str = "/api/failing";

#[tokio::test]
async fn the_console_is_there_for_everyone_and_holds_no_data() -> Result<()> {
    let world = World::start("the_console_is_there")?;
    for path in ["", "/", "/upstreams", "/circuit?upstream=web&name=web"] {
        let answer = world.visitor.get(&format!("{CONSOLE}{path}")).await?;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.field("content-type"), "text/html; charset=utf-8");
        assert_eq!(answer.field("cache-control"), "no-store");
        let policy = answer.field("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
    }
    let posted = world.visitor.send("POST", CONSOLE, &[], "").await?;
    assert_eq!((posted.status, posted.field("allow")), (405, "GET, HEAD"));
    assert_eq!(world.backend.get("/__requests").await?.json()["total"], 0, "nothing was forwarded");
    Ok(())
}

#[tokio::test]
async fn what_the_page_loads_may_be_kept_for_ever() -> Result<()> {
    let world = World::start("what_the_page_loads")?;
    let page = world.visitor.get(CONSOLE).await?.text();
    let assets = format!("\"{CONSOLE}/assets/");
    let mut names: Vec<&str> = Vec::new();
    for part in page.split(&assets).skip(1) {
        names.push(part.split('"').next().context("a name")?);
    }
    assert_eq!(names.len(), 3, "a script, the one that reports errors, and a style: {page}");
    for name in names {
        let answer = world.visitor.get(&format!("{CONSOLE}/assets/{name}")).await?;
        let kind = if name.ends_with(".js") { "text/javascript" } else { "text/css" };
        assert_eq!(answer.status, 200, "{name}");
        assert_eq!(answer.field("content-type"), format!("{kind}; charset=utf-8"));
        assert_eq!(answer.field("cache-control"), "public, max-age=31536000, immutable");
    }
    let missing = world.visitor.get(&format!("{CONSOLE}/assets/page.js")).await?;
    assert_eq!(missing.status, 404);
    Ok(())
}

#[tokio::test]
async fn the_history_has_the_minutes_transitions_and_orders() -> Result<()> {
    let world = World::start("the_history_has_minutes")?;
    world.break_with_status(FAILING, 503).await?;
    for _ in 0..5 {
        assert_eq!(world.visitor.get("/api/products").await?.status, 200);
    }
    // A healthy isolate reports within a minute; two failures in a row have it report at once, and
    // leave the circuit closed.
    for _ in 0..2 {
        assert_eq!(world.visitor.get(FAILING).await?.told("source"), "origin");
    }
    let minutes = eventually("all calls were reported", async || {
        let minutes = history(&world).await?["minutes"].clone();
        let counted = |name: &str| -> u64 {
            let minutes = minutes.as_array().into_iter().flatten();
            minutes.filter_map(|minute| minute[name].as_u64()).sum()
        };
        Ok(((counted("calls"), counted("failures")) == (7, 2)).then_some(minutes))
    })
    .await?;
    let latest = minutes.as_array().and_then(|minutes| minutes.last()).context("a minute")?;
    assert!(latest["at"].as_u64().is_some_and(|at| at % 60_000 == 0), "{latest}");
    assert!(latest["latency"]["p95_ms"].is_u64(), "{latest}");
    assert!(latest["answers"]["origin"].as_u64() > Some(0), "{latest}");
    let view = world.circuit("api").await?;
    assert!(view["answers"]["origin"].as_u64() > Some(0), "{view}");
    let order = r#"{"override": "metrics_only", "reason": "a test", "lasts": "5m"}"#;
    let ordered = world.operate("POST", "/_breakwater/upstreams/api/override", order).await?;
    assert_eq!(ordered.status, 200, "{}", ordered.text());
    let circuit = history(&world).await?;
    assert_eq!((&circuit["name"], &circuit["state"]), (&"api".into(), &"metrics_only".into()));
    assert_eq!(circuit["transitions"][0]["to"], "metrics_only");
    assert_eq!(circuit["orders"][0]["reason"], "a test");
    let unknown = world.operate("GET", "/_breakwater/upstreams/shop/history", "").await?;
    assert_eq!(unknown.status, 404);
    Ok(())
}

/// What became of the only circuit of this upstream.
async fn history(world: &World) -> Result<Value> {
    let path = "/_breakwater/upstreams/api/history";
    Ok(world.operate("GET", path, "").await?.json()["circuits"][0].clone())
}

#[tokio::test]
async fn the_configuration_tells_names_of_secrets_alone() -> Result<()> {
    let world = World::start("the_configuration")?;
    let path = "/_breakwater/configuration";
    assert_eq!(world.visitor.get(path).await?.status, 401);
    let shown = world.operate("GET", path, "").await?.json();
    let names: Vec<&Value> = shown["upstreams"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|upstream| &upstream["name"])
        .collect();
    assert!(names.contains(&&"api".into()), "{names:?}");
    let secrets: Vec<&Value> =
        shown["secrets"].as_array().into_iter().flatten().map(|secret| &secret["name"]).collect();
    assert!(secrets.contains(&&"ADMIN_TOKEN".into()), "{secrets:?}");
    assert!(!shown.to_string().contains("\"dev\""), "no value of a secret");
    assert!(shown["price"]["micro_dollars"].is_u64());
    Ok(())
}
