//! The public status: where it is served, and how answers go out.

use anyhow::{Context as _, Result};
use breakwater_tests::{Answer, World, eventually};

use crate::watch::{receiver, state_becomes, watched};

/// A request for the status page's own host.
pub(crate) const AT_ITS_HOST: (&str, &str) = ("host", "status.shop.example");

/// The site once its components have been measured, and are known to be well.
pub(crate) async fn measured(name: &str) -> Result<World> {
    let world = watched(name, &receiver(0)?)?;
    known_to_be(&world, "frontend", "operational").await?;
    known_to_be(&world, "products", "operational").await?;
    Ok(world)
}

/// Waits until readers are told that a component is like that.
pub(crate) async fn known_to_be(world: &World, name: &str, state: &str) -> Result<()> {
    let path = format!("/status/api/v2/components/{name}.json");
    eventually(&format!("{name} is known to be {state}"), async || {
        let told = world.visitor.get(&path).await?.json();
        Ok((told["component"]["breakwater"]["state"] == state).then_some(()))
    })
    .await
}

async fn at_its_host(world: &World, path: &str) -> Result<Answer> {
    world.visitor.get_with(path, &[AT_ITS_HOST]).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_status_is_served_below_its_path_and_at_its_host() -> Result<()> {
    let world = measured("the_status_is_served").await?;
    let (below, own) = (world.visitor.get("/status").await?, at_its_host(&world, "/").await?);
    for (page, link) in [(&below, "href=\"/status/feed.atom\""), (&own, "href=\"/feed.atom\"")] {
        assert_eq!(page.status, 200);
        assert_eq!(page.field("content-type"), "text/html; charset=utf-8");
        let text = page.text();
        assert!(text.contains("Website") && text.contains(link), "{link}: {text}");
        let canonical = "<link rel=\"canonical\" href=\"https://status.shop.example";
        assert!(text.contains(canonical), "links to it lead to its own host");
    }
    for (below, own) in [
        ("/status/api/v2/summary.json", "/api/v2/summary.json"),
        ("/status/maintenance.ics", "/maintenance.ics"),
        ("/status/badge/site.svg", "/badge/site.svg"),
        ("/status/widget.js", "/widget.js"),
        ("/status/og.png", "/og.png"),
    ] {
        let (below, own) = (world.visitor.get(below).await?, at_its_host(&world, own).await?);
        assert_eq!((below.status, own.status), (200, 200));
        assert_eq!(below.field("content-type"), own.field("content-type"));
    }
    // Nothing of the site is at the page's host, and nothing of the page elsewhere at the site's.
    for path in ["/health", "/products/1", "/status", "/api/products"] {
        let answer = at_its_host(&world, path).await?;
        assert_eq!(answer.status, 404, "{path}");
    }
    // Breakwater itself asks for some of the others, to see how the site is.
    assert_eq!(world.requests_to("/products/1").await?, 0);
    // The operators' paths are theirs there too, and are refused in clear.
    assert_eq!(at_its_host(&world, "/_breakwater/events").await?.status, 403);
    assert_eq!(world.visitor.get("/statuses").await?.told("source"), "origin");
    assert_eq!(world.requests_to("/status").await?, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_has_a_validator_and_says_how_old_the_state_is() -> Result<()> {
    let world = measured("an_answer_has_a_validator").await?;
    for path in ["/status", "/status/feed.rss", "/status/badge/site.svg", "/status/llms.txt"] {
        let whole = world.visitor.get(path).await?;
        let etag = whole.field("etag").to_owned();
        assert!(etag.starts_with('"') && etag.len() > 2, "{path}: {etag}");
        assert!(whole.field("age").parse::<u64>()? < 60, "{path}");
        assert!(whole.field("cache-control").starts_with("public, max-age="), "{path}");
        // The state may have become another between two requests.
        eventually(&format!("{path}: a 304"), async || {
            let etag = world.visitor.get(path).await?.field("etag").to_owned();
            let weak = format!("\"x\", W/{etag}");
            let known = world.visitor.get_with(path, &[("if-none-match", &weak)]).await?;
            assert!(known.status == 304 || known.status == 200, "{path}: {}", known.status);
            assert!(known.status == 200 || known.body.is_empty(), "{path}");
            Ok((known.status == 304).then_some(()))
        })
        .await?;
        eventually(&format!("{path}: HEAD is told what GET is"), async || {
            let head = world.visitor.send("HEAD", path, &[], "").await?;
            let whole = world.visitor.get(path).await?;
            assert_eq!((head.status, head.body.len()), (200, 0), "{path}");
            let length = whole.body.len().to_string();
            Ok((head.field("content-length") == length).then_some(()))
        })
        .await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_there_is_not_found_and_other_methods_are_not_taken() -> Result<()> {
    let world = measured("what_is_not_there").await?;
    for path in ["/status/nothing", "/status/incidents/inc-none", "/status/history/1990-01"] {
        let answer = world.visitor.get(path).await?;
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(answer.field("content-type"), "text/html; charset=utf-8", "{path}");
        assert_eq!(answer.field("x-robots-tag"), "noindex", "{path}");
    }
    for path in [
        "/status/api/v2/nothing.json",
        "/status/api/v2/incidents/inc-none.json",
        "/status/components/far/feed.atom",
        "/status/badge/far.svg",
        "/status/assets/nothing.css",
    ] {
        let answer = world.visitor.get(path).await?;
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(answer.field("content-type"), "application/problem+json", "{path}");
    }
    for method in ["POST", "PUT", "DELETE"] {
        let answer = world.visitor.send(method, "/status", &[], "x").await?;
        assert_eq!((answer.status, answer.field("allow")), (405, "GET, HEAD"), "{method}");
    }
    assert_eq!(world.requests_to("/status/nothing").await?, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fields_say_who_may_use_an_answer_and_for_what() -> Result<()> {
    let world = measured("fields_say_who_may").await?;
    let page = world.visitor.get("/status").await?;
    assert_eq!(page.field("vary"), "Accept-Language");
    assert_eq!(page.field("content-language"), "en");
    assert_eq!(page.field("access-control-allow-origin"), "");
    assert!(page.field("content-security-policy").contains("frame-ancestors 'none'"));
    assert_eq!(page.field("x-robots-tag"), "");
    let json = world.visitor.get("/status/api/v2/status.json").await?;
    assert_eq!(json.field("access-control-allow-origin"), "*");
    assert_eq!(json.field("x-robots-tag"), "noindex");
    let widget = world.visitor.get("/status/widget").await?;
    assert!(widget.field("content-security-policy").contains("frame-ancestors *"));
    for answer in [&page, &json, &widget] {
        assert_eq!(answer.field("x-content-type-options"), "nosniff");
        assert_eq!(answer.field("set-cookie"), "");
    }
    // What the page loads is there, and stays what it is.
    let text = page.text();
    let loaded: Vec<&str> =
        text.split("\"/status/assets/").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(loaded.len() >= 2, "{loaded:?}");
    for name in loaded {
        let asset = world.visitor.get(&format!("/status/assets/{name}")).await?;
        assert_eq!(asset.status, 200, "{name}");
        assert!(asset.field("cache-control").ends_with("immutable"), "{name}");
    }
    Ok(())
}

/// What only operators may read: the site file's secrets, addresses, places, checks and circuits.
const MARKERS: [&str; 23] = [
    "canary-checkout-key",
    "s3cret-p4ssword",
    "canary-globalping-token",
    "whsec_",
    "CHECKOUT_KEY",
    "NIGHTLY_TOKEN",
    "SHOP_PASSWORD",
    "OPS_SECRET",
    "web.invalid",
    "api.invalid",
    "pay.invalid",
    "127.0.0.1",
    "weur",
    "globalping",
    "checkout",
    "nightly",
    "certificate",
    "runbook",
    "site-down",
    "\"P1\"",
    "circuit",
    "half_open",
    "breakwater@shop",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_address_tells_strangers_what_only_operators_may_read() -> Result<()> {
    let world = measured("no_address_tells_strangers").await?;
    world.break_with_status("/", 503).await?;
    state_becomes(&world, "frontend", "down").await?;
    known_to_be(&world, "frontend", "major_outage").await?;
    let summary = world.visitor.get("/status/api/v2/summary.json").await?.json();
    let id = summary["incidents"][0]["id"].as_str().context("an incident")?.to_owned();
    let month = summary["page"]["updated_at"].as_str().context("a time")?[..7].to_owned();
    let mut paths: Vec<String> = [
        "",
        "/history",
        "/widget",
        "/widget.js",
        "/status.txt",
        "/llms.txt",
        "/live",
        "/feed.atom",
        "/feed.rss",
        "/maintenance.ics",
        "/badge/site.svg",
        "/badge/site.json",
        "/nothing",
        "/nothing.json",
    ]
    .map(String::from)
    .to_vec();
    for document in [
        "summary",
        "status",
        "components",
        "incidents",
        "incidents/unresolved",
        "scheduled-maintenances",
        "scheduled-maintenances/upcoming",
        "scheduled-maintenances/active",
        "components/frontend",
        "components/products",
    ] {
        paths.push(format!("/api/v2/{document}.json"));
    }
    for component in ["frontend", "products"] {
        paths.push(format!("/badge/{component}.svg"));
        paths.push(format!("/badge/{component}.json"));
        paths.push(format!("/components/{component}/feed.atom"));
        paths.push(format!("/components/{component}/feed.rss"));
    }
    paths.push(format!("/incidents/{id}"));
    paths.push(format!("/api/v2/incidents/{id}.json"));
    paths.push(format!("/history/{month}"));
    for path in &paths {
        let answer = world.visitor.get(&["/status", path].concat()).await?;
        let is_there = !path.starts_with("/nothing");
        assert_eq!(answer.status, if is_there { 200 } else { 404 }, "{path}");
        let fields = format!("{:?}", answer.headers);
        let body = answer.text();
        for marker in MARKERS {
            assert!(!body.contains(marker), "{path} has {marker}: {body}");
            assert!(!fields.contains(marker), "{path} has {marker}: {fields}");
        }
    }
    Ok(())
}
