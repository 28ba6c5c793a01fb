//! The answer for visitors when no better one is available.

use anyhow::Result;
use breakwater_tests::{World, eventually};

const BROWSER: &[(&str, &str)] =
    &[("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")];

#[tokio::test]
async fn a_browser_gets_a_page_and_the_rest_a_problem() -> Result<()> {
    let mut world = World::start("a_browser_gets_a_page")?;
    world.origin.kill();
    let page = world.visitor.get_with("/products", BROWSER).await?;
    assert_eq!((page.status, page.told("source")), (503, "fallback"));
    assert_eq!(page.field("content-type"), "text/html; charset=utf-8");
    assert_eq!(page.field("cache-control"), "no-store");
    assert!(page.field("retry-after").parse::<u64>()? >= 1);
    let html = page.text();
    assert!(html.contains("Tees &amp; &lt;Tests&gt;"), "the name is escaped: {html}");
    assert!(html.contains("https://status.shop.example/"));
    assert!(html.contains(page.field("x-request-id")));
    assert!(!html.contains("{{"), "every place is filled in");

    let answer = world.visitor.get("/products").await?;
    assert_eq!(answer.field("content-type"), "application/problem+json");
    let problem = answer.json();
    assert_eq!(problem["title"], "Service Unavailable");
    assert_eq!(problem["status"], 503);
    assert_eq!(problem["detail"], "the upstream could not be reached");
    assert_eq!(problem["upstream"], "web");
    assert_eq!(problem["retry_after"].to_string(), answer.field("retry-after"));
    assert_eq!(problem["request_id"], answer.field("x-request-id"));
    Ok(())
}

#[tokio::test]
async fn an_api_route_answers_a_browser_with_a_problem_too() -> Result<()> {
    let mut world = World::start("an_api_route")?;
    world.origin.kill();
    let answer = world.visitor.get_with("/api/echo", BROWSER).await?;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.field("content-type"), "application/problem+json");
    Ok(())
}

#[tokio::test]
async fn what_is_wanted_most_is_given() -> Result<()> {
    let mut world = World::start("what_is_wanted_most")?;
    world.origin.kill();
    for (accept, kind) in [
        ("application/json, text/html;q=0.1", "application/problem+json"),
        ("text/html;q=0.1, application/json", "application/problem+json"),
        ("text/html;q=0.9, application/json;q=0.8", "text/html; charset=utf-8"),
        ("text/*, application/json;q=0.8", "text/html; charset=utf-8"),
        ("text/html;q=0, */*", "application/problem+json"),
        ("application/json, text/plain, */*", "application/problem+json"),
        ("*/*", "application/problem+json"),
    ] {
        let answer = world.visitor.get_with("/products", &[("accept", accept)]).await?;
        assert_eq!((answer.status, answer.field("content-type")), (503, kind), "{accept}");
        assert_eq!(answer.field("vary"), "Accept, Accept-Language, Origin");
    }
    let answer = world.visitor.get_with("/api/echo", BROWSER).await?;
    assert_eq!(answer.field("vary"), "Accept, Origin", "a problem, but for live updates");
    Ok(())
}

#[tokio::test]
async fn head_says_what_get_would() -> Result<()> {
    let mut world = World::start("head_says_what_get_would")?;
    world.origin.kill();
    for accept in ["text/html", "application/json", "text/event-stream"] {
        let fields = [("accept", accept), ("origin", "https://app.example")];
        // The circuit opens meanwhile, and then the problem says so.
        let (get, head) = eventually("both say the same", async || {
            let get = world.visitor.get_with("/products", &fields).await?;
            let head = world.visitor.send("HEAD", "/products", &fields, "").await?;
            let is_same = head.field("content-length") == get.body.len().to_string();
            Ok(is_same.then_some((get, head)))
        })
        .await?;
        assert_eq!((head.status, head.body.len()), (get.status, 0), "{accept}");
        for field in get.headers.keys() {
            if !["date", "x-request-id", "server-timing", "connection"].contains(&field.as_str()) {
                assert!(head.headers.contains_key(field), "{accept}: {field}");
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn live_updates_come_back_by_themselves() -> Result<()> {
    let mut world = World::start("live_updates_come_back")?;
    world.origin.kill();
    let fields = [("accept", "text/event-stream"), ("origin", "https://app.example")];
    let problem = world.visitor.get_with("/products", &[]).await?;
    let answer = world.visitor.get_with("/products", &fields).await?;
    assert_eq!((answer.status, answer.told("source")), (200, "fallback"));
    assert_eq!(answer.field("content-type"), "text/event-stream");
    assert_eq!(answer.field("cache-control"), "no-store");
    assert_eq!(answer.field("access-control-allow-origin"), "*");
    assert_eq!(problem.status, 503);
    let wait = answer.text();
    let wait = wait.strip_prefix("retry: ").and_then(|rest| rest.strip_suffix("\n\n"));
    assert!(wait.is_some_and(|ms| ms.parse::<u64>().is_ok_and(|ms| ms >= 1_000)), "{wait:?}");
    // A client that sends data needs to know what became of it.
    let sent = world.visitor.send("POST", "/products", &fields, "{}").await?;
    assert_eq!((sent.status, sent.field("content-type")), (503, "application/problem+json"));
    // Whatever else the route says, any other answer would end them for good.
    let answer = world.visitor.get_with("/api/echo", &fields).await?;
    assert_eq!((answer.status, answer.told("source")), (200, "fallback"));
    assert!(answer.text().starts_with("retry: "), "{}", answer.text());
    assert_eq!(world.visitor.get_with("/api/echo", &[]).await?.status, 503);
    Ok(())
}
