//! What visitors get when nothing better is at hand.

use anyhow::Result;
use breakwater_tests::World;

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
