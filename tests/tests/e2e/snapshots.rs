//! Snapshots: rounds against a real bucket, the pages that they store, and the pages that they
//! leave alone.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result};
use breakwater_tests::{Reply, Scripted, Seen, World, eventually};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

const HTML: &[(&str, &str)] = &[("content-type", "text/html"), ("cache-control", "max-age=60")];

fn sitemap(paths: impl Iterator<Item = String>) -> Reply {
    let urls: String =
        paths.map(|path| format!("<url><loc>https://shop.example{path}</loc></url>")).collect();
    Reply::ok(&[("content-type", "application/xml")], format!("<urlset>{urls}</urlset>"))
}

/// A shop with one page, `/shelf/1`, whose answer comes from the test.
async fn shelf(now: &'static Mutex<Option<Reply>>) -> Result<Scripted> {
    Scripted::start(move |seen: &Seen| match seen.path.as_str() {
        "/shelf/sitemap.xml" => sitemap(["/shelf/1".to_owned()].into_iter()),
        "/shelf/1" => {
            let reply = now.lock().ok().and_then(|reply| reply.clone());
            reply.unwrap_or_else(|| page("<p>fine goods</p>"))
        }
        _ => Reply::status(404, &[], ""),
    })
    .await
}

fn page(body: &str) -> Reply {
    Reply::ok(HTML, format!("<html><body>{body}</body></html>"))
}

async fn listed(world: &World) -> Result<Value> {
    let answer = world.operate("GET", "/_breakwater/snapshots", "").await?;
    assert_eq!(answer.status, 200, "{}", answer.text());
    Ok(answer.json())
}

/// The entry of a path in the list.
pub(super) async fn entry(world: &World, path: &str) -> Result<Value> {
    let list = listed(world).await?;
    let mut entries = list["snapshots"].as_array().into_iter().flatten();
    entries.find(|entry| entry["path"] == path).cloned().with_context(|| format!("{list:#}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_kept_with_what_it_needs_and_outlives_a_crash() -> Result<()> {
    let mut world = World::start("a_page_is_kept")?;
    assert_eq!(world.stack.scheduled()?, "ok");
    assert_eq!(world.stack.scheduled()?, "ok");
    for (path, of) in [
        ("/products/24", json!("page")),
        ("/assets/style.css", json!("style")),
        ("/assets/app.js", json!("script")),
        ("/assets/tee-24.svg", json!("image")),
    ] {
        let kept = entry(&world, path).await?;
        assert_eq!(kept["for"], of, "{path}");
        assert!(kept["kept"]["age_ms"].as_u64().context("no age")? < 60_000, "{kept}");
        assert_eq!(kept["kept"]["max_age_ms"], 7 * 24 * 3_600_000_u64);
        assert_eq!(kept["refused"], Value::Null);
    }
    let backend = world.backend.get("/assets/style.css").await?;
    let style = entry(&world, "/assets/style.css").await?;
    assert_eq!(style["kept"]["bytes"], backend.body.len());
    let digest = <sha2::Sha256 as sha2::Digest>::digest(&backend.body);
    let hash: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(style["kept"]["hash"], hash.as_str());

    world.restart_worker()?;
    let after = entry(&world, "/assets/style.css").await?;
    assert_eq!(after["kept"]["hash"], style["kept"]["hash"], "the bucket has the manifest");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_page_is_reported_and_replaces_no_snapshot() -> Result<()> {
    static NOW: Mutex<Option<Reply>> = Mutex::new(None);
    let put = |reply| *NOW.lock().expect("not poisoned") = Some(reply);
    let shop = shelf(&NOW).await?;
    let mut world = World::start_scripted("no_good_page", &shop)?;
    world.stack.scheduled()?;
    world.stack.scheduled()?;
    let good = entry(&world, "/shelf/1").await?;
    assert_eq!(good["refused"], Value::Null, "{good}");
    for (reply, why) in [
        (Reply::status(503, HTML, "<html>goods</html>"), "the upstream answered 503"),
        (page("<h1>An error has occurred</h1>"), "the page lacks its `marker`"),
        (Reply::ok(HTML, ""), "the body is empty"),
        (Reply::ok(HTML, "goods</html>"), "the body shrank from 43 to 12 bytes, below `min_share`"),
        (
            Reply::ok(
                &[("set-cookie", "a=b"), HTML[0]],
                "<html><body>goods goods goods</body></html>",
            ),
            "it sets a cookie",
        ),
        (
            Reply::ok(&[("cache-control", "private"), HTML[0]], "<html>goods goods goods</html>"),
            "it is `private` or `no-store`",
        ),
        (
            Reply::ok(&[("content-type", "text/plain")], "goods ".repeat(9)),
            "the type is `text/plain`, which the path is not",
        ),
    ] {
        put(reply);
        world.stack.scheduled()?;
        let kept = entry(&world, "/shelf/1").await?;
        assert_eq!(kept["refused"]["why"], why, "{kept}");
        assert_eq!(kept["kept"]["hash"], good["kept"]["hash"], "{why}");
    }
    put(page("<p>other goods</p>"));
    world.stack.scheduled()?;
    let new = entry(&world, "/shelf/1").await?;
    assert_eq!(new["refused"], Value::Null, "{new}");
    assert_ne!(new["kept"]["hash"], good["kept"]["hash"]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_breaks_off_displaces_nothing() -> Result<()> {
    static CUTS: AtomicBool = AtomicBool::new(false);
    let url = cutting(&CUTS).await?;
    let mut world =
        World::start_with("a_body_that_breaks_off", &[("BREAKWATER_UPSTREAM_SCRIPTED", &url)])?;
    world.stack.scheduled()?;
    world.stack.scheduled()?;
    let good = entry(&world, "/shelf/1").await?;
    assert!(good["kept"].is_object(), "{good}");
    CUTS.store(true, Ordering::Relaxed);
    world.stack.scheduled()?;
    let kept = entry(&world, "/shelf/1").await?;
    assert_eq!(kept["kept"]["hash"], good["kept"]["hash"]);
    let why = kept["refused"]["why"].as_str().unwrap_or_default();
    assert!(why.starts_with("the body broke off"), "{kept}");
    Ok(())
}

/// A shop with one page, of which it sends only a part if the test says so.
async fn cutting(cuts: &'static AtomicBool) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut request = vec![0; 8192];
            let Ok(read) = socket.read(&mut request).await else { continue };
            let asked = String::from_utf8_lossy(&request[..read]).into_owned();
            let (kind, body) = if asked.starts_with("GET /shelf/sitemap.xml") {
                let loc = "https://shop.example/shelf/1";
                ("application/xml", format!("<urlset><url><loc>{loc}</loc></url></urlset>"))
            } else {
                ("text/html", format!("<html>{}</html>", "goods ".repeat(50)))
            };
            let cut = cuts.load(Ordering::Relaxed) && kind == "text/html";
            let sent = if cut { &body[..body.len() - 20] } else { &body };
            let length = body.len();
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\
                 connection: close\r\n\r\n"
            );
            // The test is about the Worker's reaction to it.
            let _ = socket.write_all(&[head.as_bytes(), sent.as_bytes()].concat()).await;
        }
    });
    Ok(url)
}

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_pages_are_kept_a_few_at_once_and_not_too_many_in_a_round() -> Result<()> {
    let paths = || (0..500).map(|id| format!("/stock/{id}"));
    let shop = Scripted::start(move |seen: &Seen| match seen.path.as_str() {
        "/stock/sitemap.xml" => sitemap(paths()),
        path if path.starts_with("/stock/") => page(path),
        _ => Reply::status(404, &[], ""),
    })
    .await?;
    let mut world = World::start_scripted("five_hundred_pages", &shop)?;
    let mut rounds = Vec::new();
    loop {
        assert_eq!(world.stack.scheduled()?, "ok");
        let list = listed(&world).await?;
        let round = list["last_round"].clone();
        assert!(round["fetched"].as_u64() <= Some(200), "{round}");
        assert!(round["at_once"].as_u64() <= Some(4), "{round}");
        assert_eq!(round["left"], 0, "{round}");
        rounds.push(round);
        let entries = list["snapshots"].as_array().context("no list")?;
        let kept = entries.iter().filter(|entry| {
            entry["kept"].is_object()
                && entry["path"].as_str().unwrap_or_default().starts_with("/stock")
        });
        if kept.count() == 500 {
            break;
        }
        anyhow::ensure!(rounds.len() < 6, "{rounds:#?}");
    }
    println!("rounds of five hundred pages: {rounds:#?}");
    let asked = paths().map(|path| shop.seen(&path).len()).max();
    assert_eq!(asked, Some(1), "each page was fetched once");
    let seen = shop.seen("/stock/7");
    assert_eq!(seen[0].field("user-agent"), "Breakwater-Snapshot");
    assert_eq!(seen[0].field("x-forwarded-host"), "shop.example");
    for name in ["cookie", "authorization"] {
        assert_eq!(seen[0].field(name), "", "{name}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sick_upstream_is_left_alone_and_loses_nothing() -> Result<()> {
    static NOW: Mutex<Option<Reply>> = Mutex::new(None);
    let shop = shelf(&NOW).await?;
    let mut world = World::start_scripted("left_alone", &shop)?;
    world.stack.scheduled()?;
    world.stack.scheduled()?;
    let before = listed(&world).await?;
    world.origin.kill();
    // The circuit of the shop's own upstream opens after three failures.
    for _ in 0..3 {
        world.visitor.get("/products/1").await?;
    }
    world.stack.scheduled()?;
    let page = entry(&world, "/products/24").await?;
    assert!(page["kept"].is_object(), "{page}");
    assert!(page["refused"].is_object(), "{page}");
    let hash = |list: &Value, path: &str| {
        let mut entries = list["snapshots"].as_array().into_iter().flatten();
        entries.find(|entry| entry["path"] == path).map(|entry| entry["kept"]["hash"].clone())
    };
    let after = listed(&world).await?;
    assert_eq!(hash(&after, "/products/24"), hash(&before, "/products/24"));
    assert_eq!(hash(&after, "/shelf/1"), hash(&before, "/shelf/1"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_visitors_have_named_outlives_the_objects_memory() -> Result<()> {
    let upstream = Scripted::start(|_| page("<p>fine goods</p>")).await?;
    let mut world = World::start_scripted("a_page_that_visitors_have_named", &upstream)?;
    world.visitor.get("/kept/seen/1").await?;
    eventually("the keeper was told", async || Ok(entry(&world, "/kept/seen/1").await.ok()))
        .await?;
    world.restart_worker()?;
    let named = entry(&world, "/kept/seen/1").await?;
    assert_eq!(named["named_by"], "traffic", "{named}");
    Ok(())
}
