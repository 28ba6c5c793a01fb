//! What a script of another origin sees while a circuit is open: not a "CORS error", but the reason
//! and the time of the end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Result;
use breakwater_tests::{Reply, Scripted, World, visit};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: run by `cargo xtask test`"]
async fn a_script_of_another_origin_reads_why_and_until_when() -> Result<()> {
    let app = Scripted::start(|_| Reply::ok(&[("content-type", "text/html")], "<p>App")).await?;
    let let_in = app.url().to_owned();
    let is_down = Arc::new(AtomicBool::new(false));
    let down = Arc::clone(&is_down);
    let upstream = Scripted::start(move |seen| {
        if down.load(Ordering::SeqCst) {
            return Reply::Disconnect;
        }
        let mut fields = vec![("vary", "origin")];
        if seen.field("origin") == let_in {
            fields.push(("access-control-allow-origin", &let_in));
            fields.push(("access-control-allow-credentials", "true"));
            fields.push(("access-control-allow-methods", "PUT"));
            fields.push(("access-control-allow-headers", "x-cart"));
        }
        Reply::ok(&fields, "{}")
    })
    .await?;
    let world =
        World::start_with("browser_scripts", &[("BREAKWATER_UPSTREAM_HOOKS", upstream.url())])?;
    let at = |path: &str| format!("{}{path}", world.stack.url());
    let put = json!({"method": "PUT", "headers": {"x-cart": "1"}, "credentials": "include"});
    let options = json!({"does": "ask", "url": app.url(), "asks": [
        {"url": at("/webhooks/list"), "init": {}},
        {"url": at("/webhooks/cart"), "init": put},
    ]});
    let well = visit(options.clone()).await?;
    assert_eq!(
        (&well["seen"][0]["status"], &well["seen"][1]["status"]),
        (&json!(200), &json!(200))
    );
    is_down.store(true, Ordering::SeqCst);
    world.circuit_becomes("/webhooks/list", "open").await?;
    let open = visit(options).await?;
    for (index, what) in
        ["without credentials", "with credentials, after a preflight"].iter().enumerate()
    {
        let seen = &open["seen"][index];
        assert_eq!(seen["status"], 503, "{what}: {seen}");
        let wait = seen["retryAfter"].as_str().unwrap_or_default();
        assert!(wait.parse::<u64>().is_ok(), "{what}: {seen}");
        let told = seen["breakwater"].as_str().unwrap_or_default();
        assert!(told.ends_with("source=fallback"), "{what}: {seen}");
        assert_eq!(seen["problem"]["status"], 503, "{what}: {seen}");
    }
    Ok(())
}
