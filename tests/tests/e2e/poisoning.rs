//! A visitor's input shapes no other visitor's page: neither at once, nor when the upstream fails.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Result;
use breakwater_tests::{Answer, Reply, Scripted, Seen, World, eventually};

const DESKTOP: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 \
                       (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36";
const PHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 \
                     (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1";
const PAGE: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

/// Visitors choose these fields freely, and a page may put them into its text.
const FORGED: [(&str, &str); 26] = [
    ("accept", "application/evil"),
    ("accept-charset", "evil"),
    ("accept-language", "evil"),
    ("cache-control", "evil"),
    ("cf-ipcountry", "evil"),
    ("device-memory", "evil"),
    ("dnt", "evil"),
    ("downlink", "evil"),
    ("dpr", "evil"),
    ("ect", "evil"),
    ("pragma", "evil"),
    ("priority", "evil"),
    ("purpose", "evil"),
    ("referer", "https://shop.example/search?q=evil"),
    ("rtt", "evil"),
    ("save-data", "evil"),
    ("sec-ch-ua", "\"evil\";v=\"1\""),
    ("sec-ch-ua-platform", "\"evil\""),
    ("sec-fetch-dest", "evil"),
    ("sec-gpc", "evil"),
    ("sec-purpose", "evil"),
    ("upgrade-insecure-requests", "evil"),
    ("user-agent", "Mozilla/5.0 (evil) AppleWebKit/537.36 (KHTML, like Gecko)"),
    ("via", "1.1 evil"),
    ("viewport-width", "evil"),
    ("width", "evil"),
];

/// An upstream that gives this answer while it is healthy.
async fn well(
    answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static,
) -> Result<(Scripted, Arc<AtomicBool>)> {
    let is_sick = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&is_sick);
    let upstream = Scripted::start(move |seen| {
        if told.load(Ordering::Relaxed) { Reply::Disconnect } else { answer(seen) }
    })
    .await?;
    Ok((upstream, is_sick))
}

/// Makes a visitor with these fields create a stored response, which the next visitor of that kind
/// gets in trouble.
async fn makes_a_copy(
    world: &World,
    is_sick: &AtomicBool,
    path: &str,
    fields: &[(&str, &str)],
) -> Result<Answer> {
    let made = world.visitor.get_with(path, fields).await?;
    assert_eq!((made.status, made.told("source")), (200, "origin"), "{path} {fields:?}");
    is_sick.store(true, Ordering::Relaxed);
    eventually("the copy is kept", async || {
        let answer = world.visitor.get_with(path, fields).await?;
        Ok((answer.told("source") == "stale").then_some(()))
    })
    .await?;
    is_sick.store(false, Ordering::Relaxed);
    Ok(made)
}

#[tokio::test]
async fn what_one_visitor_writes_is_in_no_copy() -> Result<()> {
    let (upstream, is_sick) = well(|seen: &Seen| {
        let named = seen.path.rsplit('/').next().unwrap_or_default();
        let fields = &[("content-type", "text/html"), ("cache-control", "max-age=60")];
        Reply::ok(fields, format!("<p>[{}]</p>", seen.field(named)))
    })
    .await?;
    let world = World::start_scripted("what_one_visitor_writes", &upstream)?;
    for area in ["kept", "cached"] {
        for field in FORGED {
            let path = format!("/{area}/{}", field.0);
            for _ in 0..2 {
                let own = world.visitor.get_with(&path, &[field]).await?;
                assert_eq!(own.status, 200, "{path}");
            }
        }
    }
    // While the upstream is healthy, the cache serves the next visitor.
    for (name, _) in FORGED {
        let next = world.visitor.get(&format!("/cached/{name}")).await?;
        assert!(!next.text().contains("evil"), "{name}: {} {:?}", next.text(), next.headers);
    }
    // This proves that responses are stored and served at all.
    makes_a_copy(&world, &is_sick, "/kept/x-nothing", &[]).await?;
    is_sick.store(true, Ordering::Relaxed);
    for area in ["kept", "cached"] {
        for (name, _) in FORGED {
            for fields in [&[][..], &[("accept", PAGE), ("user-agent", DESKTOP)]] {
                let other = world.visitor.get_with(&format!("/{area}/{name}"), fields).await?;
                assert!(!other.text().contains("evil"), "/{area}/{name}: {}", other.text());
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_visitor_gets_the_copy_of_their_kind_in_trouble() -> Result<()> {
    let (upstream, is_sick) = well(|seen: &Seen| {
        let wants_json = seen.field("accept").starts_with("application/json");
        let is_phone = seen.field("user-agent").contains("Mobile");
        let body = format!("json={wants_json} phone={is_phone} in={}", seen.field("cf-ipcountry"));
        let kind = if wants_json { "application/json" } else { "text/html" };
        Reply::ok(&[("content-type", kind), ("cache-control", "max-age=60")], body)
    })
    .await?;
    let world = World::start_scripted("the_copy_of_their_kind", &upstream)?;
    let desktop = &[("accept", PAGE), ("user-agent", DESKTOP), ("cf-ipcountry", "DE")][..];
    let phone = &[("accept", PAGE), ("user-agent", PHONE), ("cf-ipcountry", "DE")][..];
    let abroad = &[("accept", PAGE), ("user-agent", DESKTOP), ("cf-ipcountry", "CH")][..];
    let script = &[("accept", "application/json"), ("cf-ipcountry", "DE")][..];
    for (fields, expected) in [
        (desktop, "json=false phone=false in=DE"),
        (phone, "json=false phone=true in=DE"),
        (abroad, "json=false phone=false in=CH"),
        (script, "json=true phone=false in=DE"),
    ] {
        let made = makes_a_copy(&world, &is_sick, "/kept/kinds", fields).await?;
        assert_eq!(made.text(), expected);
    }
    is_sick.store(true, Ordering::Relaxed);
    for (fields, expected) in [
        (desktop, "json=false phone=false in=DE"),
        (phone, "json=false phone=true in=DE"),
        (abroad, "json=false phone=false in=CH"),
        (script, "json=true phone=false in=DE"),
    ] {
        let stale = world.visitor.get_with("/kept/kinds", fields).await?;
        assert_eq!((stale.told("source"), stale.text().as_str()), ("stale", expected));
    }
    let elsewhere = [("accept", PAGE), ("user-agent", DESKTOP), ("cf-ipcountry", "FR")];
    let none = world.visitor.get_with("/kept/kinds", &elsewhere).await?;
    assert_eq!(none.told("source"), "fallback", "no other country's prices: {}", none.text());
    Ok(())
}

#[tokio::test]
async fn a_copy_that_no_visitor_shaped_serves_every_kind_in_trouble() -> Result<()> {
    let html = &[("content-type", "text/html"), ("cache-control", "max-age=60")];
    let (upstream, is_sick) = well(|_| Reply::ok(html, "page")).await?;
    let world = World::start_scripted("a_copy_that_no_visitor_shaped", &upstream)?;
    for path in ["/kept/all", "/cached/all"] {
        world.visitor.get(path).await?;
        is_sick.store(true, Ordering::Relaxed);
        for agent in [DESKTOP, PHONE, "evil"] {
            eventually("the neutral copy steps in", async || {
                let fields = [("accept", PAGE), ("user-agent", agent)];
                let answer = world.visitor.get_with(path, &fields).await?;
                Ok((answer.told("source") == "stale" && answer.text() == "page").then_some(()))
            })
            .await?;
        }
        let json = [("accept", "application/json"), ("user-agent", DESKTOP)];
        let answer = world.visitor.get_with(path, &json).await?;
        assert_eq!(answer.told("source"), "fallback", "a script can do nothing with a page");
        is_sick.store(false, Ordering::Relaxed);
    }
    Ok(())
}

#[tokio::test]
async fn a_cache_asks_for_all_without_what_names_where_one_came_from() -> Result<()> {
    let (upstream, _) = well(|seen: &Seen| {
        Reply::ok(&[("cache-control", "max-age=60")], format!("from={}", seen.field("referer")))
    })
    .await?;
    let world = World::start_scripted("a_cache_asks_for_all", &upstream)?;
    let from = [("referer", "https://shop.example/basket")];
    let first = world.visitor.get_with("/cached/a", &from).await?;
    assert_eq!((first.told("source"), first.text().as_str()), ("origin", "from="));
    assert!(first.field("cache-status").contains("stored"), "{:?}", first.headers);
    eventually("it comes from the cache", async || {
        let answer = world.visitor.get_with("/cached/a", &from).await?;
        Ok((answer.told("source") == "cache").then_some(()))
    })
    .await?;
    // Where the upstream gets each request, it sees the visitor's browser.
    assert_eq!(
        world.visitor.get_with("/kept/a", &from).await?.text(),
        format!("from={}", from[0].1)
    );
    Ok(())
}
