//! Effects that visitors and upstreams may not cause.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Result;
use breakwater_tests::{Reply, Scripted, Seen, World};

/// Requests a path so often that a stored response would exist, and makes the upstream fail at
/// last.
async fn makes_no_copy(
    world: &World,
    fails: &AtomicBool,
    path: &str,
    fields: &[(&str, &str)],
) -> Result<()> {
    for _ in 0..3 {
        assert_eq!(world.visitor.get_with(path, fields).await?.status, 200, "{path}");
    }
    fails.store(true, Ordering::Relaxed);
    let answer = world.visitor.get(path).await?;
    assert_eq!(answer.status, 500, "{path} {fields:?} made a copy: {}", answer.text());
    fails.store(false, Ordering::Relaxed);
    Ok(())
}

/// Reflects a field, and fails when the test says so.
async fn reflecting(content_type: &'static str) -> Result<(Scripted, Arc<AtomicBool>)> {
    let fails = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&fails);
    let upstream = Scripted::start(move |seen: &Seen| {
        if told.load(Ordering::Relaxed) {
            return Reply::status(500, &[], "own");
        }
        let fields = [("cache-control", "max-age=60"), ("content-type", content_type)];
        Reply::ok(&fields, format!("host={} origin={}", seen.field("x-host"), seen.field("origin")))
    })
    .await?;
    Ok((upstream, fails))
}

#[tokio::test]
async fn an_unkeyed_field_poisons_no_copy() -> Result<()> {
    let (upstream, fails) = reflecting("text/html").await?;
    let world = World::start_scripted("unkeyed_poisons_no_copy", &upstream)?;
    for (path, field) in [
        ("/kept/a", "x-host"),
        ("/cached/a", "x-host"),
        ("/cached/b", "origin"),
        ("/kept/c", "x-forwarded-path"),
    ] {
        makes_no_copy(&world, &fails, path, &[(field, "evil.example")]).await?;
    }
    // This proves that other answers are stored.
    world.visitor.get_with("/kept/d", &[("accept", "text/html")]).await?;
    fails.store(true, Ordering::Relaxed);
    breakwater_tests::eventually("a copy is kept", async || {
        Ok((world.visitor.get("/kept/d").await?.told("source") == "stale").then_some(()))
    })
    .await
}

#[tokio::test]
async fn a_page_under_an_assets_name_makes_no_copy() -> Result<()> {
    let (upstream, fails) = reflecting("text/html; charset=utf-8").await?;
    let world = World::start_scripted("a_page_under_an_assets_name", &upstream)?;
    for path in ["/kept/account/x.css", "/cached/account/x.js", "/cached/me.png;x"] {
        makes_no_copy(&world, &fails, path, &[]).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_redirect_to_the_upstream_leads_to_the_site_and_others_stay() -> Result<()> {
    let upstream = Scripted::start(|seen: &Seen| {
        let to = seen.path.split("to=").nth(1).unwrap_or_default();
        let to = match to {
            "self" => format!("http://{}/scripted/b?x=1", seen.field("host")),
            "near" => "/scripted/b".to_owned(),
            "far" => "https://pay.example/a".to_owned(),
            _ => format!("http://{}@evil.example/", seen.field("host")),
        };
        Reply::status(302, &[("location", &to)], "")
    })
    .await?;
    let world = World::start_scripted("a_redirect_to_the_upstream", &upstream)?;
    let fields = [("x-forwarded-host", "evil.example")];
    let mut led = Vec::new();
    for to in ["self", "near", "far", "trick"] {
        let answer = world.visitor.get_with(&format!("/scripted/a?to={to}"), &fields).await?;
        assert_eq!(answer.status, 302, "{to}: not followed");
        led.push(answer.field("location").to_owned());
    }
    let host = upstream.url().trim_start_matches("http://");
    assert_eq!(
        led,
        [
            format!("http://{}/scripted/b?x=1", world.visitor.authority()),
            "/scripted/b".into(),
            "https://pay.example/a".into(),
            format!("http://{host}@evil.example/"),
        ]
    );
    assert!(upstream.seen("/scripted/b?x=1").is_empty(), "the redirect is the visitor's to follow");
    Ok(())
}

#[tokio::test]
async fn a_field_that_only_a_proxy_may_set_does_not_pass() -> Result<()> {
    let world = World::start("what_only_a_proxy_may_say")?;
    let claims = [
        "x-original-url",
        "x-rewrite-url",
        "x-http-method-override",
        "x-http-method",
        "x-method-override",
        "x-real-ip",
        "true-client-ip",
        "x-forwarded-server",
        "x-forwarded-port",
        "x-forwarded-scheme",
        "x-forwarded-prefix",
        "forwarded",
        "proxy-connection",
    ];
    let fields: Vec<_> = claims.iter().map(|name| (*name, "DELETE")).collect();
    let echo = world.visitor.get_with("/api/echo", &fields).await?.json();
    for name in claims {
        assert!(echo["headers"][name].is_null(), "{name} passed: {echo}");
    }
    assert_eq!(echo["headers"]["via"][0], "1.1 breakwater-shop.example");
    Ok(())
}

#[tokio::test]
async fn sizes_have_limits() -> Result<()> {
    let world = World::start("sizes_have_limits")?;
    for path in ["/", "/api/echo"] {
        let long = format!("{path}?{}", "x".repeat(8_100));
        assert_ne!(world.visitor.get(&long).await?.status, 414, "{path}");
        let too_long = format!("{path}?{}", "x".repeat(8_200));
        let refused = world.visitor.get(&too_long).await?;
        assert_eq!(refused.status, 414, "{path}");
        assert_eq!(refused.field("content-type"), "application/problem+json");
        let large = [("x-large", "x".repeat(16_000)), ("x-larger", "x".repeat(17_000))];
        let large: Vec<_> = large.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let refused = world.visitor.get_with(path, &large).await?;
        assert_eq!(refused.status, 431, "{path}");
        assert!(refused.text().contains("expected at most 32768"), "{}", refused.text());
        assert_ne!(world.visitor.get_with(path, &large[..1]).await?.status, 431, "{path}");
    }
    assert_eq!(world.requests_to("/").await?, 2, "what is refused reaches nobody");
    Ok(())
}

#[tokio::test]
async fn a_request_that_comes_back_is_refused() -> Result<()> {
    let world = World::start("a_request_that_comes_back")?;
    let via = [("via", "1.1 fred, 1.1 breakwater-shop.example")];
    let refused = world.visitor.get_with("/", &via).await?;
    assert_eq!(refused.status, 508, "{}", refused.text());
    assert_eq!(world.requests_to("/").await?, 0);
    let other = world.visitor.get_with("/", &[("via", "1.1 breakwater-other.example")]).await?;
    assert_eq!(other.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_site_that_is_its_own_upstream_ends_after_one_round() -> Result<()> {
    let outer = World::start("its_own_upstream_outer")?;
    let looped = World::start_with(
        "its_own_upstream",
        &[("BREAKWATER_UPSTREAM_SCRIPTED", outer.stack.url())],
    )?;
    let answer = looped.visitor.get("/scripted/a").await?;
    assert_eq!(answer.status, 508, "{}", answer.text());
    Ok(())
}
