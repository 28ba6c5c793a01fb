//! What editors changed is purged by its tags, with a token that may do nothing else.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Result;
use breakwater_tests::{Reply, Scripted, Seen, World, eventually, eventually_within};
use serde_json::json;

const PURGE: &str = "/_breakwater/purge";
const TOKEN: (&str, &str) = ("authorization", "Bearer editors");
/// A colo asks for the orders again after 20 s, so an isolate that knows them learns of a change
/// within that time, and of some more on a busy machine.
const LEARNED_WITHIN: Duration = Duration::from_secs(45);

#[tokio::test]
async fn a_purge_by_tag_ends_the_copies_that_show_it_and_no_others() -> Result<()> {
    let is_sick = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&is_sick);
    let upstream = Scripted::start(move |seen: &Seen| {
        if told.load(Ordering::Relaxed) {
            return Reply::status(503, &[], "sick");
        }
        match seen.path.as_str() {
            "/kept/post" => Reply::ok(&[("surrogate-key", "post-7 front-page")], "a post"),
            "/kept/list" => Reply::ok(&[("cache-tag", "list,post-7")], "a list"),
            _ => Reply::ok(&[("surrogate-key", "post-8")], "another"),
        }
    })
    .await?;
    let vars = [("BREAKWATER_UPSTREAM_SCRIPTED", upstream.url()), ("PURGE_TOKEN", "editors")];
    let world = World::start_with("a_purge_by_tag", &vars)?;
    for path in ["/kept/post", "/kept/list", "/kept/other"] {
        world.visitor.get(path).await?;
    }
    is_sick.store(true, Ordering::Relaxed);
    for path in ["/kept/post", "/kept/list", "/kept/other"] {
        eventually("the copy is there", async || {
            Ok((world.visitor.get(path).await?.told("source") == "stale").then_some(()))
        })
        .await?;
    }
    let order = r#"{"tags": ["Post-7"], "reason": "edited"}"#;
    let purged = world.visitor.send("POST", PURGE, &[TOKEN], order).await?;
    assert_eq!(purged.status, 200, "{}", purged.text());
    let done = &purged.json()["done"];
    assert_eq!((&done["tags"], &done["by"]), (&json!(["Post-7"]), &json!("token:purge")));
    for path in ["/kept/post", "/kept/list"] {
        eventually_within(LEARNED_WITHIN, "the copy is purged", async || {
            Ok((world.visitor.get(path).await?.told("source") != "stale").then_some(()))
        })
        .await?;
    }
    assert_eq!(world.visitor.get("/kept/other").await?.told("source"), "stale");
    Ok(())
}

#[tokio::test]
async fn the_token_for_purges_opens_nothing_else() -> Result<()> {
    let world = World::start_with("the_token_for_purges", &[("PURGE_TOKEN", "editors")])?;
    for (method, path) in [
        ("GET", "/_breakwater/events"),
        ("GET", "/_breakwater/session"),
        ("GET", "/_breakwater/snapshots"),
        ("POST", "/_breakwater/maintenance"),
        ("POST", "/_breakwater/bypass"),
        ("POST", "/_breakwater/mcp"),
    ] {
        let refused = world.visitor.send(method, path, &[TOKEN], "{}").await?;
        assert_eq!(refused.status, 401, "{method} {path}");
    }
    let wrong = [("authorization", "Bearer editor")];
    let order = r#"{"match": "/*", "reason": "edited"}"#;
    assert_eq!(world.visitor.send("POST", PURGE, &wrong, order).await?.status, 401);
    assert_eq!(world.visitor.send("POST", PURGE, &[TOKEN], order).await?.status, 200);
    let neither = world.visitor.send("POST", PURGE, &[TOKEN], r#"{"reason": "a"}"#).await?;
    assert_eq!(neither.status, 400, "{}", neither.text());
    Ok(())
}
