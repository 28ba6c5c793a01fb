//! Breakwater's own requests behind visitors: only for answers that may be stored, and without any
//! of the visitors' fields.

use anyhow::Result;
use breakwater_tests::{Reply, Scripted, Seen, World, eventually};

const THEIRS: [(&str, &str); 4] = [
    ("cookie", "session=kim"),
    ("referer", "https://shop.example/search?q=kim"),
    ("user-agent", "Mozilla/5.0 (kim)"),
    ("cf-connecting-ip", "192.0.2.7"),
];

async fn public() -> Result<Scripted> {
    let html = &[("content-type", "text/html"), ("cache-control", "max-age=60")];
    Scripted::start(|_| Reply::ok(html, "page")).await
}

/// Makes Breakwater request another page by itself, after which its earlier work has begun.
async fn asks_by_itself(world: &World, upstream: &Scripted, path: &str) -> Result<()> {
    for asked in 1..=2 {
        world.visitor.get_with(path, &THEIRS).await?;
        assert!(upstream.seen(path).len() >= asked);
    }
    eventually("Breakwater asks by itself", async || {
        Ok(upstream.seen(path).iter().any(|seen| seen.field("cookie").is_empty()).then_some(()))
    })
    .await
}

#[tokio::test]
async fn a_link_that_was_opened_once_is_not_fetched_again() -> Result<()> {
    let upstream = public().await?;
    let world = World::start_scripted("a_link_that_was_opened_once", &upstream)?;
    let links = ["/kept/reset?token=1", "/kept/unsubscribe/abc", "/cached/magic?token=2"];
    for link in links {
        assert_eq!(world.visitor.get_with(link, &THEIRS).await?.status, 200);
    }
    asks_by_itself(&world, &upstream, "/kept/control").await?;
    for link in links {
        assert_eq!(upstream.seen(link).len(), 1, "{link}");
    }
    Ok(())
}

#[tokio::test]
async fn a_shared_request_carries_no_field_of_a_visitor() -> Result<()> {
    let upstream = public().await?;
    let world = World::start_scripted("nothing_of_anybody", &upstream)?;
    for path in ["/kept/a", "/cached/a"] {
        asks_by_itself(&world, &upstream, path).await?;
        let seen = upstream.seen(path);
        let own: Vec<&Seen> = seen.iter().filter(|seen| seen.field("cookie").is_empty()).collect();
        assert_eq!(own.len(), 1, "{path}");
        let fields = format!("{:?}", own[0].headers);
        for theirs in ["kim", "192.0.2.7", "referer", "range", "if-none-match"] {
            assert!(!fields.contains(theirs), "{path}: {fields}");
        }
        assert_eq!(own[0].field("x-forwarded-host"), world.visitor.authority());
    }
    Ok(())
}

#[tokio::test]
async fn an_answer_that_becomes_no_copy_is_not_requested_again() -> Result<()> {
    let upstream = Scripted::start(|seen: &Seen| {
        let fields: &[_] = match seen.path.rsplit('/').next().unwrap_or_default() {
            "no-store" => &[("cache-control", "no-store")],
            "private" => &[("cache-control", "private, max-age=60")],
            "sets" => &[("cache-control", "max-age=60"), ("set-cookie", "a=b")],
            "varies" => &[("cache-control", "max-age=60"), ("vary", "*")],
            _ => &[("cache-control", "max-age=60"), ("content-type", "text/html")],
        };
        Reply::ok(fields, "page")
    })
    .await?;
    let world = World::start_scripted("what_becomes_no_copy", &upstream)?;
    let custom = [THEIRS[0], ("x-tenant", "kim")];
    let part = [THEIRS[0], ("range", "bytes=0-1")];
    let stripping = [THEIRS[0], ("connection", "x-tenant")];
    for (method, path, fields) in [
        ("GET", "/kept/no-store", &THEIRS[..1]),
        ("GET", "/kept/private", &THEIRS[..1]),
        ("GET", "/kept/sets", &THEIRS[..1]),
        ("GET", "/kept/varies", &THEIRS[..1]),
        ("GET", "/kept/style.css", &THEIRS[..1]),
        ("GET", "/kept/custom", &custom),
        ("GET", "/kept/part", &part),
        ("GET", "/kept/stripped", &stripping),
        ("HEAD", "/kept/head", &THEIRS[..1]),
        ("GET", "/cached/custom", &custom),
    ] {
        for _ in 0..3 {
            world.visitor.send(method, path, fields, "").await?;
        }
        asks_by_itself(&world, &upstream, &format!("{path}/control/x")).await?;
        assert_eq!(upstream.seen(path).len(), 3, "{method} {path}");
    }
    Ok(())
}
