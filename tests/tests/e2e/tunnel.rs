//! The tunnel of pages: where there is none, and for pages that do not know the project.

use anyhow::Result;
use breakwater_tests::World;
use breakwater_tests::receivers::SentryProject;
use serde_json::json;

const TUNNEL: &str = "/_breakwater/tunnel";
const KEY: &str = "e12d836b15bb49d7bbf99e64295d995b";
const EVENT_ID: &str = "9ec79c33ec9942ab8353589fcb2e04dc";
/// What an element of a page has that reports what goes wrong in it.
const REPORTS: &str = "data-page=";
/// The pages of Breakwater's own that always have an address.
const PAGES: [&str; 2] = ["/status", "/_breakwater/console"];

/// An envelope that names no project.
fn envelope() -> String {
    let event = json!({
        "event_id": EVENT_ID, "timestamp": 1_795_420_800.123, "platform": "javascript",
        "exception": { "values": [{ "type": "TypeError", "value": "it broke" }] },
    });
    format!("{}\n{}\n{event}", json!({ "event_id": EVENT_ID }), json!({ "type": "event" }))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_site_without_a_tunnel_forwards_nothing_and_its_pages_report_nothing() -> Result<()> {
    let project = SentryProject::start(KEY)?;
    let dsn = project.dsn();
    let world = World::start_watched("without_a_tunnel", &[("SENTRY_REPORTS_DSN", &dsn)])?;
    let answer = world.visitor.send("POST", TUNNEL, &[], envelope()).await?;
    assert_eq!(answer.status, 404, "{}", answer.text());
    for path in PAGES {
        let page = world.visitor.get(path).await?;
        assert_eq!(page.status, 200, "{path}");
        assert!(!page.text().contains(REPORTS), "{path}");
    }
    assert!(project.items("event").is_empty(), "{:?}", project.received());
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_need_not_know_the_project_that_their_reports_go_to() -> Result<()> {
    let project = SentryProject::start(KEY)?;
    let dsn = project.dsn();
    let mut world = World::start_with("with_a_tunnel", &[("SENTRY_REPORTS_DSN", &dsn)])?;
    let answer = world.visitor.send("POST", TUNNEL, &[], envelope()).await?;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let received = project.received();
    assert_eq!(received.len(), 1);
    assert!(received[0].items.is_ok(), "{received:?}");
    assert_eq!(received[0].text(), envelope(), "it goes on as it came");
    for path in PAGES {
        let page = world.visitor.get(path).await?.text();
        assert!(page.contains(REPORTS) && !page.contains(KEY), "{path}: {page}");
    }
    world.origin.kill();
    let fallback = world.visitor.send("GET", "/products/7", &[("accept", "text/html")], "").await?;
    assert!(fallback.text().contains(REPORTS) && !fallback.text().contains(KEY));
    assert!(fallback.field("content-security-policy").contains("connect-src 'self'"));
    Ok(())
}
