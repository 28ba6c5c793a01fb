//! The copy of the status page in a second place, with a server that refuses wrong signatures.

use anyhow::{Context as _, Result};
use breakwater_tests::{Storage, World, eventually};
use serde_json::Value;

use crate::status::known_to_be;
use crate::watch::{receiver, watched_where};

/// Where the site file has the copy, within the bucket.
const PREFIX: &str = "status/";

fn mirrored(name: &str, storage: &Storage, secret_key: &str) -> Result<World> {
    let settings = [
        ("BREAKWATER_MIRROR", storage.url()),
        ("MIRROR_ID", &storage.access_key),
        ("MIRROR_KEY", secret_key),
    ];
    watched_where(name, &receiver(0)?, &settings)
}

/// What the site's history has of the mirror, the newest first.
async fn turns(world: &World) -> Result<Vec<Value>> {
    let events = world.operate("GET", "/_breakwater/events", "").await?.json();
    let events = events["events"].as_array().context("events")?;
    let is_turn =
        |event: &&Value| event["event"].as_str().is_some_and(|it| it.starts_with("mirror"));
    Ok(events.iter().filter(is_turn).cloned().collect())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_mirror_is_pages_that_lead_to_each_other() -> Result<()> {
    let mut storage = Storage::start()?;
    let secret_key = storage.secret_key.clone();
    let mut world = mirrored("the_mirror_is_pages", &storage, &secret_key)?;
    known_to_be(&world, "frontend", "operational").await?;
    world.break_with_status("/", 503).await?;
    known_to_be(&world, "frontend", "major_outage").await?;
    assert_eq!(world.stack.scheduled()?, "ok");
    let keys = storage.keys()?;
    let object = |storage: &mut Storage, key: &str| storage.object(&[PREFIX, key].concat());
    for key in [
        "index.html",
        "history.html",
        "api/v2/summary.json",
        "feed.atom",
        "feed.rss",
        "maintenance.ics",
        "badge/site.svg",
        "status.txt",
        "widget.html",
    ] {
        assert!(keys.contains(&[PREFIX, key].concat()), "{key} of {keys:?}");
    }
    let page = object(&mut storage, "index.html")?;
    assert_eq!(page["type"], "text/html; charset=utf-8");
    let page = page["body"].as_str().context("a body")?.to_owned();
    assert!(!page.contains("/~mirror") && page.contains("href=\"feed.atom\""), "{page}");
    // Whatever the page leads to among its own files is there.
    let links = ["href=\"", "src=\""].into_iter().flat_map(|it| page.split(it).skip(1));
    let links = links.filter_map(|rest| rest.split(['"', '#']).next());
    let is_own = |link: &&str| !link.is_empty() && !link.contains(':');
    let mut own: Vec<String> = links.filter(is_own).map(String::from).collect();
    own.sort();
    own.dedup();
    assert!(own.len() > 5, "{own:?}");
    for link in &own {
        assert!(keys.contains(&[PREFIX, link.as_str()].concat()), "{link} of {keys:?}");
    }
    let incident = own.iter().find(|link| link.starts_with("incidents/")).context("an incident")?;
    let incident = object(&mut storage, incident)?;
    assert!(incident["body"].as_str().context("a body")?.contains("href=\"../index.html\""));
    let summary = object(&mut storage, "api/v2/summary.json")?;
    let summary: Value = serde_json::from_str(summary["body"].as_str().context("a body")?)?;
    assert_eq!(summary["page"]["url"], "https://status.shop.example");
    assert!(turns(&world).await?.is_empty(), "{:?}", turns(&world).await?);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mirror_that_refuses_is_told_once_and_again_when_it_works() -> Result<()> {
    let mut storage = Storage::start()?;
    let mut world = mirrored("a_mirror_that_refuses", &storage, "another key")?;
    known_to_be(&world, "frontend", "operational").await?;
    assert_eq!(world.stack.scheduled()?, "ok");
    let failed =
        eventually("the failure is told", async || Ok(turns(&world).await?.into_iter().next()))
            .await?;
    assert_eq!(failed["event"], "mirror_failed", "{failed}");
    assert_eq!(failed["error"], "the storage answered 403", "{failed}");
    assert!(!failed.to_string().contains("another key"), "{failed}");
    assert_eq!(storage.keys()?, [""; 0]);
    // The next round comes before the wait is over, and tries nothing.
    assert_eq!(world.stack.scheduled()?, "ok");
    assert_eq!(turns(&world).await?.len(), 1);
    Ok(())
}
