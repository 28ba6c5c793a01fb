//! The rungs below the colo's stored responses, as visitors see them: snapshots where the cache is
//! cold, operators' orders of maintenance, and responses that a purge has ended.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use breakwater_tests::verbatim::{Piece, Raw, gzip, path_of, sized};
use breakwater_tests::{Answer, Reply, Scripted, World, eventually, eventually_within};
use futures_util::future;

use super::snapshots::entry;

/// Every isolate with traffic obeys operators' orders for the site within 60 s.
const KNOWN_WITHIN: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_cold_colo_answers_from_snapshots_and_an_unlisted_page_gets_the_fallback() -> Result<()> {
    let mut world = World::start("a_cold_colo_answers")?;
    // The first round finds the page, the next one the assets of the page.
    for _ in 0..2 {
        assert_eq!(world.stack.scheduled()?, "ok");
    }
    let fresh = world.backend.get("/products/24").await?;
    world.origin.kill();
    world.restart_with_empty_cache()?;
    // The snapshot is so old that its age differs from a new one's.
    let before = eventually("the snapshot is two seconds old", async || {
        let age = listed_age(&world, "/products/24").await?;
        Ok((age >= 2_000).then_some(age))
    })
    .await?;
    let page = world.visitor.get("/products/24").await?;
    let after = listed_age(&world, "/products/24").await?;
    assert_eq!((page.status, page.told("source")), (200, "snapshot"), "{}", page.text());
    assert_eq!(page.field("etag"), fresh.field("etag"));
    assert!(page.text().contains("StolenTee"));
    let age: u64 = page.field("age").parse()?;
    assert!((before / 1_000..=after / 1_000).contains(&age), "{age} s, {before} to {after} ms");
    assert!(page.took < Duration::from_secs(5), "{:?}", page.took);
    for asset in ["/assets/style.css", "/assets/app.js", "/assets/tee-24.svg"] {
        let answer = world.visitor.get(asset).await?;
        assert_eq!((answer.status, answer.told("source")), (200, "snapshot"), "{asset}");
        assert_eq!(answer.field("content-length").parse::<usize>()?, answer.body.len(), "{asset}");
    }
    let head = world.visitor.send("HEAD", "/products/24", &[], "").await?;
    assert_eq!((head.status, head.told("source"), head.body.len()), (200, "snapshot", 0));
    let same = [("if-none-match", page.field("etag"))];
    assert_eq!(world.visitor.get_with("/products/24", &same).await?.status, 304);
    let bearer = [("authorization", "Bearer kim")];
    for (path, fields) in [("/products/23", &[][..]), ("/products/24", &bearer)] {
        let none = world.visitor.get_with(path, fields).await?;
        assert_eq!((none.status, none.told("source")), (503, "fallback"), "{path}");
    }
    Ok(())
}

#[tokio::test]
async fn a_copy_of_a_page_says_that_it_is_one_to_whoever_asked_for_a_page() -> Result<()> {
    let world = World::start("a_copy_of_a_page_says")?;
    let fresh = world.visitor.get("/").await?;
    world.break_with_status("/*", 500).await?;
    eventually("the copy is kept", async || {
        Ok((world.visitor.get("/").await?.told("source") == "stale").then_some(()))
    })
    .await?;
    let page = world.visitor.get_with("/", &[("accept", "text/html")]).await?;
    assert_eq!((page.status, page.told("source")), (200, "stale"));
    let text = page.text();
    let (before, after) =
        text.split_once("<dialog open id=\"breakwater-banner\"").unwrap_or_default();
    assert!(fresh.text().starts_with(before) && !before.is_empty(), "{text}");
    assert!(after.ends_with("</body>\n</html>\n"), "{after}");
    assert_eq!((page.field("cache-control"), page.field("etag")), ("no-store", ""));
    let plain = world.visitor.get("/").await?;
    assert_eq!(plain.body, fresh.body, "whoever asked for no page gets the copy as it is");
    Ok(())
}

#[tokio::test]
async fn a_banner_that_cannot_be_put_into_a_copy_costs_the_banner_alone() -> Result<()> {
    const BODY: &[u8] = b"<html><body>page</body></html>";
    let is_broken = Arc::new(AtomicBool::new(false));
    let broken = Arc::clone(&is_broken);
    let cases = [
        ("utf8mb4", "content-type: text/html; charset=utf8mb4", "max-age=60", false),
        ("utf16", "content-type: text/html; charset=utf-16", "max-age=60", false),
        ("none", "content-type: text/html; charset=", "max-age=60", true),
        ("fixed", "content-type: text/html", "max-age=60, no-transform", false),
        ("usual", "content-type: text/html; charset=utf-8", "max-age=60", true),
    ];
    let upstream = Raw::start(move |head| {
        let kind = path_of(head).rsplit('/').next().unwrap_or_default();
        let (coding, kind) = kind.split_once('-').unwrap_or_default();
        let case = cases.iter().find(|case| case.0 == kind);
        let Some((_, content_type, rule, _)) = case.filter(|_| !broken.load(Ordering::Relaxed))
        else {
            return vec![Piece::Close];
        };
        let (coding, body) = match coding {
            "gzip" => ("content-encoding: gzip", gzip(BODY)),
            _ => ("content-encoding: identity", BODY.to_vec()),
        };
        let fields = [
            content_type,
            &*format!("cache-control: {rule}"),
            coding,
            "etag: \"a\"",
            "last-modified: Sun, 06 Nov 1994 08:49:37 GMT",
            "content-digest: sha-256=:AA==:",
            "repr-digest: sha-256=:AA==:",
            "content-md5: AA==",
        ];
        vec![Piece::Bytes(sized("200 OK", &fields, &body))]
    })?;
    let world = World::start_raw("a_banner_that_cannot_be_put", &upstream)?;
    let asked = [("accept", "text/html"), ("accept-encoding", "gzip")];
    let path = |coding: &str, kind: &str| format!("/kept/{coding}-{kind}");
    for (kind, ..) in cases {
        for coding in ["gzip", "plain"] {
            assert_eq!(world.visitor.get_with(&path(coding, kind), &asked).await?.status, 200);
        }
    }
    is_broken.store(true, Ordering::Relaxed);
    for (kind, _, _, has_banner) in cases {
        for coding in ["gzip", "plain"] {
            let what = format!("{coding} {kind}");
            let page = eventually(&what, async || {
                let page = world.visitor.get_with(&path(coding, kind), &asked).await?;
                Ok((page.told("source") == "stale").then_some(page))
            })
            .await?;
            assert_eq!((page.status, page.told("upstream")), (200, "scripted"), "{what}");
            // A body that was decoded for a banner stays decoded, and its validators do not apply
            // to it.
            let is_decoded = coding == "gzip" && kind != "fixed";
            let whole = if coding == "gzip" && !is_decoded { gzip(BODY) } else { BODY.to_vec() };
            assert_eq!(page.body == whole, !has_banner, "{what}");
            assert_eq!(page.text().contains("breakwater-banner"), has_banner, "{what}");
            for name in ["content-digest", "repr-digest", "content-md5"] {
                assert_eq!(page.field(name).is_empty(), has_banner || is_decoded, "{what} {name}");
            }
            let etag = match (has_banner, is_decoded) {
                (true, _) => "",
                (false, true) => "W/\"a\"",
                (false, false) => "\"a\"",
            };
            assert_eq!(page.field("etag"), etag, "{what}");
            assert_eq!(page.field("last-modified").is_empty(), has_banner, "{what}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn maintenance_reaches_visitors_and_lets_operators_pass() -> Result<()> {
    let world =
        World::start_with("maintenance_reaches_visitors", &[("MAINTENANCE_PASS", "sesame")])?;
    assert_eq!(world.visitor.get("/api/products").await?.status, 200);
    let order =
        r#"{"match": "/api/*", "lasts": "10m", "message": "new shelves", "reason": "a test"}"#;
    let ordered = world.operate("POST", "/_breakwater/maintenance", order).await?;
    assert_eq!(ordered.status, 200, "{}", ordered.text());
    let closed = becomes(&world, "/api/products", "maintenance").await?;
    assert_eq!((closed.status, closed.field("cache-control")), (503, "no-store"));
    assert!((1..=600).contains(&closed.field("retry-after").parse::<u64>()?));
    assert_eq!(closed.json()["detail"], "new shelves");
    assert_eq!(world.visitor.get("/").await?.told("source"), "origin", "the rest is open");
    let before = world.requests_to("/api/orders").await?;
    assert_eq!(world.visitor.send("POST", "/api/orders", &[], "{}").await?.status, 503);
    assert_eq!(world.requests_to("/api/orders").await?, before);
    for (shown, source) in [("sesame", "origin"), ("guess", "maintenance")] {
        let fields = [("breakwater-maintenance", shown)];
        let answer = world.visitor.get_with("/api/products", &fields).await?;
        assert_eq!(answer.told("source"), source, "{shown}");
    }
    let page = world.visitor.get_with("/api/echo", &[("accept", "text/html")]).await?;
    assert_eq!(page.status, 503);
    let lift = r#"{"reason": "done"}"#;
    assert_eq!(world.operate("DELETE", "/_breakwater/maintenance", lift).await?.status, 200);
    becomes(&world, "/api/products", "origin").await?;
    Ok(())
}

#[tokio::test]
async fn the_maintenance_secret_reaches_no_upstream() -> Result<()> {
    const SECRET: (&str, &str) = ("breakwater-maintenance", "sesame");
    let upstream =
        Scripted::start(|_| Reply::ok(&[("cache-control", "max-age=1")], "a page")).await?;
    let pass = ("MAINTENANCE_PASS", "sesame");
    let scripted = ("BREAKWATER_UPSTREAM_SCRIPTED", upstream.url());
    let is_kept_secret = |path: &str| {
        let seen = upstream.seen(path);
        assert!(!seen.is_empty(), "nothing reached {path}");
        for seen in seen {
            assert_eq!(seen.headers.get(SECRET.0), None, "{} {path}", seen.method);
        }
    };
    let world = World::start_with("the_maintenance_secret", &[pass, scripted])?;
    // The three ways are the straight path, the ladder, and our own request behind a visitor with a
    // cookie.
    for (method, path) in
        [("GET", "/scripted/a"), ("POST", "/scripted/b"), ("GET", "/kept/a"), ("POST", "/kept/b")]
    {
        world.visitor.send(method, path, &[SECRET, ("cookie", "a=b")], "").await?;
        is_kept_secret(path);
    }
    let refreshed = ("GET", "/cached/refreshed");
    world.visitor.get_with(refreshed.1, &[SECRET, ("cookie", "a=b")]).await?;
    eventually("the page is asked for without the cookie", async || {
        world.visitor.get_with(refreshed.1, &[("cookie", "a=b")]).await?;
        let seen = upstream.seen(refreshed.1);
        Ok(seen.iter().any(|seen| seen.field("cookie").is_empty()).then_some(()))
    })
    .await?;
    is_kept_secret(refreshed.1);
    // The handshake of a WebSocket, which is refused here.
    let handshake = [
        SECRET,
        ("connection", "upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];
    world.visitor.get_with("/scripted/socket", &handshake).await?;
    is_kept_secret("/scripted/socket");
    // Now Breakwater itself fails.
    for fault in ["panic", "panic-end"] {
        let vars = [pass, scripted, ("BREAKWATER_FAULT", fault)];
        let world = World::start_with(&format!("the_maintenance_secret_{fault}"), &vars)?;
        let path = format!("/scripted/{fault}");
        assert_eq!(world.visitor.get_with(&path, &[SECRET]).await?.text(), "a page");
        is_kept_secret(&path);
    }
    Ok(())
}

#[tokio::test]
async fn a_purged_copy_is_out_of_reach_within_a_minute() -> Result<()> {
    let world = World::start_with_isolates("a_purged_copy", 2, &[])?;
    // The isolates of one site have one host, and with it the same stored responses.
    let host = [("host", "shop.example")];
    for path in ["/", "/products"] {
        world.visitor.get_with(path, &host).await?;
    }
    world.break_with_status("/*", 500).await?;
    for path in ["/", "/products"] {
        eventually("the copy is kept", async || {
            Ok((world.visitor.get_with(path, &host).await?.told("source") == "stale").then_some(()))
        })
        .await?;
    }
    let order = r#"{"match": "/products", "reason": "a wrong price"}"#;
    let purged = world.operate("POST", "/_breakwater/purge", order).await?;
    assert_eq!(purged.status, 200, "{}", purged.text());
    let answer = eventually_within(KNOWN_WITHIN, "the copy is out of reach", async || {
        let answer = world.visitor.get_with("/products", &host).await?;
        Ok((answer.told("source") != "stale").then_some(answer))
    })
    .await?;
    assert!([500, 503].contains(&answer.status), "{}", answer.status);
    assert_eq!(world.visitor.get_with("/", &host).await?.told("source"), "stale", "others stay");
    // A new isolate that has learned of no order, and visitors who come to it at the same moment.
    let silent = &world.isolates[1];
    let answers = future::join_all((0..4).map(|_| silent.get_with("/products", &host))).await;
    for answer in answers {
        let answer = answer?;
        assert_ne!(answer.told("source"), "stale", "{:?}", answer.headers);
    }
    assert_eq!(silent.get_with("/", &host).await?.told("source"), "stale", "it has the same cache");
    Ok(())
}

/// The age in milliseconds of the upstream's last identical answer for a path, as operators see it.
async fn listed_age(world: &World, path: &str) -> Result<u64> {
    let entry = entry(world, path).await?;
    entry["kept"]["age_ms"].as_u64().with_context(|| format!("{path} is not kept: {entry}"))
}

/// Repeats a request until the answer comes from this source.
async fn becomes(world: &World, path: &str, source: &str) -> Result<Answer> {
    eventually_within(KNOWN_WITHIN, &format!("{path} is from {source}"), async || {
        let answer = world.visitor.get(path).await?;
        Ok((answer.told("source") == source).then_some(answer))
    })
    .await
}
