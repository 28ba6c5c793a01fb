//! The public state is read by programs that others publish: readers of feeds and calendars, an
//! exporter of Statuspage's API, and shields.io's own maker of badges.

#[path = "../../../crates/core/tests/status_formats/documents.rs"]
mod documents;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, ensure};
use breakwater_core::base::rfc3339::Shown;
use breakwater_core::base::stored::StoredForm as _;
use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::site::status::PublicStatus;
use breakwater_tests::{World, eventually_within, read_in_python, read_on_node};
use serde_json::{Value, json};

use crate::watch::{receiver, watched};

/// A made-up state of a shop, with some of everything.
const SAMPLE: &str = include_str!("../../../crates/core/tests/status_formats/sample.json");

/// Where the watched site has its status page.
const BASE: &str = "/status";

/// The documents besides those of each component.
const DOCUMENTS: [&str; 8] = [
    "api/v2/summary.json",
    "feed.atom",
    "feed.rss",
    "maintenance.ics",
    "badge/site.svg",
    "badge/site.json",
    "status.txt",
    "llms.txt",
];

/// What is told takes a round of the monitor and the time that copies of the state are kept for.
const TOLD_WITHIN: Duration = Duration::from_secs(120);

/// An empty folder of the test.
fn folder(name: &str) -> Result<PathBuf> {
    let root = std::env::var_os("BREAKWATER_ROOT").context("BREAKWATER_ROOT")?;
    let folder = Path::new(&root).join("target/e2e").join(name).join("documents");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

fn write(folder: &Path, path: &str, body: &[u8]) -> Result<()> {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().context("a folder")?)?;
    Ok(fs::write(path, body)?)
}

/// What all readers find, after comparing it: the entries of the site's feed, and the events.
fn found_by_all(folder: &Path, url: &str) -> Result<(Value, Value, Value)> {
    let node = read_on_node(folder, url)?;
    let python = read_in_python(folder, url)?;
    let feeds = python["feeds"].as_object().context("feeds")?;
    for (path, entries) in feeds {
        let others = node["feeds"][path].as_object().context("the same feeds")?;
        ensure!(others.len() == 3, "{path}: {others:?}");
        for (reader, found) in others {
            let is_lossy = reader == "feedparser";
            let expected = if is_lossy { without_markup(entries) } else { entries.clone() };
            assert_eq!(*found, expected, "{path} by {reader}");
        }
        let other_form = path.replace("feed.atom", "feed.rss");
        assert_eq!(*entries, python["feeds"][&other_form], "{path} and {other_form}");
    }
    let mut events = python["calendar"].clone();
    for event in events.as_array_mut().context("events")? {
        let members = event.as_object_mut().context("an event")?;
        assert_eq!(members.remove("is_found"), Some(json!(true)), "{members:?}");
    }
    let calendars = node["calendar"].as_object().context("calendars")?;
    ensure!(calendars.len() == 3, "{calendars:?}");
    for (reader, found) in calendars {
        assert_eq!(*found, events, "{reader}");
    }
    for (name, widths) in node["badges"].as_object().context("badges")? {
        let (ours, theirs) = (widths["ours"].as_u64(), widths["theirs"].as_u64());
        let (ours, theirs) = ours.zip(theirs).context("widths")?;
        // Their sum of binary fractions may fall just short of the next whole pixel.
        assert!(ours == theirs || ours == theirs + 2, "{name}: {widths}");
    }
    assert_eq!(python["exporter"]["success"], true, "{}", python["exporter"]);
    Ok((python["feeds"]["feed.atom"].clone(), events, python["exporter"].clone()))
}

/// The entries as npm feedparser has them, which takes a title of plain text for HTML.
fn without_markup(entries: &Value) -> Value {
    let text = entries.to_string().replace("<b>", "").replace("</b>", "");
    serde_json::from_str(&text).unwrap_or_default()
}

#[test]
fn readers_find_in_the_forms_of_a_state_what_it_says() -> Result<()> {
    let folder = folder("readers_find_in_the_forms")?;
    let status = PublicStatus::from_stored(SAMPLE)?;
    let view = status.at(status.at + Millis::from_secs(10));
    for (path, body) in documents::documents(&documents::PLACE, &view) {
        write(&folder, &path, body.as_bytes())?;
    }
    let (entries, events, exported) = found_by_all(&folder, documents::PLACE.url)?;
    assert_eq!(entries.as_array().map(Vec::len), Some(11));
    assert_eq!(
        entries[2],
        json!({
            "id": "tag:shop.example,2026-11-27:status/incidents/0191e000b1/postmortem",
            "title": "Postmortem: Slow checkout & <b>search</b>",
            "url": "https://shop.example/status/incidents/0191e000b1#postmortem",
            "published": "2026-11-27T15:00:00Z",
        })
    );
    assert_eq!(
        events[2],
        json!({
            "uid": "move-to-pg18@shop.example",
            "start": "2026-12-05T23:00:00Z",
            "end": "2026-12-06T02:30:00Z",
            "summary": "Maintenance of StolenTee & Söhne",
            "description": "2026-12-05 23:00 UTC to 2026-12-06 02:30 UTC. Orders, carts; and \\ \
                accounts are moved.\nBack by 02:30.",
            "sequence": 2,
        })
    );
    assert_eq!(exported["raw_status"], "critical");
    let incident = &exported["incident_metadata"][0];
    assert_eq!(incident["name"], "Website is down");
    assert_eq!(incident["affected_components"], json!(["Website"]));
    assert_eq!(exported["maintenance_metadata"].as_array().map(Vec::len), Some(3));
    assert_eq!(exported["component_metadata"].as_array().map(Vec::len), Some(6));
    Ok(())
}

#[test]
fn readers_find_nothing_where_nothing_was_told() -> Result<()> {
    let folder = folder("readers_find_nothing")?;
    let status = PublicStatus { at: now()?, ..PublicStatus::default() };
    for (path, body) in documents::documents(&documents::PLACE, &status.at(status.at)) {
        write(&folder, &path, body.as_bytes())?;
    }
    let (entries, events, exported) = found_by_all(&folder, documents::PLACE.url)?;
    assert_eq!((entries, events), (json!([]), json!([])));
    assert_eq!(exported["component_metadata"], json!([]));
    Ok(())
}

/// The documents that the Worker serves of the state, into a folder. Returns the page's address.
async fn fetch_all(world: &World, folder: &Path) -> Result<String> {
    let summary = world.visitor.get(&[BASE, "/api/v2/summary.json"].concat()).await?.json();
    let components = summary["components"].as_array().context("components")?;
    let mut paths: Vec<String> = DOCUMENTS.map(str::to_owned).into();
    for component in components.iter().filter(|it| it["group"] == false) {
        let name = component["breakwater"]["name"].as_str().context("a name")?;
        paths.extend(["atom", "rss"].map(|form| format!("components/{name}/feed.{form}")));
        paths.extend(["svg", "json"].map(|form| format!("badge/{name}.{form}")));
    }
    for path in paths {
        let answer = world.visitor.get(&format!("{BASE}/{path}")).await?;
        ensure!(answer.status == 200, "{path} is answered with {}", answer.status);
        write(folder, &path, answer.text().as_bytes())?;
    }
    Ok(summary["page"]["url"].as_str().context("the page's address")?.to_owned())
}

fn now() -> Result<Timestamp> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH)?;
    Ok(Timestamp::from_millis(u64::try_from(since.as_millis())?))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_find_what_operators_told() -> Result<()> {
    let receiver = receiver(0)?;
    let world = watched("readers_find_what_operators_told", &receiver)?;
    let opening = json!({
        "title": "Orders: 5 < 7 & \"slow\"",
        "severity": "P1",
        "text": "Größe \u{1f6d2}\nA second line.",
        "notify": true,
    });
    let opened = world.operate("POST", "/_breakwater/incidents", &opening.to_string()).await?;
    ensure!(opened.status == 200, "{}", opened.text());
    let start = Shown(now()? + Millis::from_secs(3600)).to_string();
    let message = "Carts, orders; and \\ all.";
    let order =
        json!({ "start": start, "lasts": "30m", "message": message, "reason": "a new database" });
    let ordered = world.operate("POST", "/_breakwater/maintenance", &order.to_string()).await?;
    ensure!(ordered.status == 200, "{}", ordered.text());

    eventually_within(TOLD_WITHIN, "both are public", async || {
        let path = [BASE, "/api/v2/summary.json"].concat();
        let summary = world.visitor.get(&path).await?.json();
        let has_one = |list: &str| summary[list].as_array().is_some_and(|it| !it.is_empty());
        Ok((has_one("incidents") && has_one("scheduled_maintenances")).then_some(()))
    })
    .await?;
    let folder = folder("readers_find_what_operators_told")?;
    let url = fetch_all(&world, &folder).await?;
    let (entries, events, exported) = found_by_all(&folder, &url)?;
    let titles: Vec<_> = entries.as_array().into_iter().flatten().map(|it| &it["title"]).collect();
    assert!(titles.contains(&&json!("Investigating: Orders: 5 < 7 & \"slow\"")), "{titles:?}");
    let event = events.as_array().into_iter().flatten().find(|it| it["start"] == start.as_str());
    let description = event.context("the event")?["description"].as_str().context("a text")?;
    assert!(description.ends_with(message), "{description}");
    let incident = &exported["incident_metadata"][0];
    assert_eq!(incident["name"], opening["title"]);
    assert_eq!(incident["impact"], "major");
    Ok(())
}
