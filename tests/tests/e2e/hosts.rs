//! The name by which upstreams are asked.

use anyhow::Result;
use breakwater_tests::{Reply, Scripted, Seen, World, eventually};

const HTML: [(&str, &str); 2] = [("content-type", "text/html"), ("cache-control", "max-age=60")];

async fn page() -> Result<Scripted> {
    Scripted::start(|_: &Seen| Reply::ok(&HTML, "page")).await
}

/// What an upstream of `host = "site"` and one without a `host` get of a visitor.
async fn asked(world: &World, upstream: &Scripted) -> Result<()> {
    let (visited, own) = (world.visitor.authority(), upstream.url().replace("http://", ""));
    for (path, host) in [("/hosted/a", visited), ("/scripted/a", &own)] {
        assert_eq!(world.visitor.get(path).await?.status, 200);
        let seen = upstream.seen(path);
        assert_eq!(seen[0].field("host"), host, "{path}");
        assert_eq!(seen[0].field("x-forwarded-host"), visited, "{path}");
    }
    Ok(())
}

#[tokio::test]
async fn an_upstream_is_asked_by_the_name_that_the_site_file_gives() -> Result<()> {
    for fault in ["none", "panic"] {
        let upstream = page().await?;
        let vars = [
            ("BREAKWATER_FAULT", fault),
            ("BREAKWATER_UPSTREAM_HOSTED", upstream.url()),
            ("BREAKWATER_UPSTREAM_SCRIPTED", upstream.url()),
        ];
        let world = World::start_with(&format!("asked_by_name_{fault}"), &vars)?;
        asked(&world, &upstream).await?;
        let answer = world.visitor.send("POST", "/hosted/form", &[], "a=b").await?;
        assert_eq!(answer.status, 200);
        let form = &upstream.seen("/hosted/form")[0];
        assert_eq!((form.field("host"), &*form.body), (world.visitor.authority(), &b"a=b"[..]));
    }
    Ok(())
}

#[tokio::test]
async fn breakwaters_own_requests_ask_by_the_same_name() -> Result<()> {
    let upstream = page().await?;
    let vars = [("BREAKWATER_UPSTREAM_HOSTED", upstream.url())];
    let mut world = World::start_with("own_requests_ask_by_name", &vars)?;
    world.stack.scheduled()?;
    let probe = eventually("a probe", async || Ok(upstream.seen("/health").pop())).await?;
    for (name, value) in [
        ("host", "shop.example"),
        ("x-forwarded-host", "shop.example"),
        ("x-forwarded-proto", "https"),
        ("via", "1.1 breakwater-shop.example"),
    ] {
        assert_eq!(probe.field(name), value, "{name}");
    }
    let cookie = [("cookie", "session=kim")];
    for _ in 0..2 {
        world.visitor.get_with("/hosted/kept", &cookie).await?;
    }
    let refresh = eventually("a refresh", async || {
        let seen = upstream.seen("/hosted/kept");
        Ok(seen.into_iter().find(|seen| seen.field("cookie").is_empty()))
    })
    .await?;
    assert_eq!(refresh.field("host"), world.visitor.authority());
    Ok(())
}
