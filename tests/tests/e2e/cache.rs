//! Routes with `cache = true`: a shared cache. The conformance suite tests its rules more deeply.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use breakwater_tests::{Answer, Reply, Scripted, Seen, World, eventually};

/// The body of each answer is its number, so a stored response can be told from a new one.
async fn numbered(fields: &'static [(&'static str, &'static str)]) -> Result<Scripted> {
    let number = AtomicU64::new(0);
    Scripted::start(move |_| Reply::ok(fields, number.fetch_add(1, Ordering::Relaxed).to_string()))
        .await
}

/// Repeats a request until the answer comes from the cache.
async fn cached(world: &World, path: &str) -> Result<Answer> {
    eventually(&format!("{path} comes from the cache"), async || {
        let answer = world.visitor.get(path).await?;
        Ok((answer.told("source") == "cache").then_some(answer))
    })
    .await
}

#[tokio::test]
async fn a_fresh_copy_answers_in_the_upstreams_place() -> Result<()> {
    let upstream = numbered(&[("cache-control", "max-age=60"), ("x-own", "1")]).await?;
    let world = World::start_scripted("a_fresh_copy_answers", &upstream)?;
    let first = world.visitor.get("/cached/a").await?;
    assert_eq!((first.status, first.told("source")), (200, "origin"));
    assert_eq!(first.field("cache-status"), "Breakwater; fwd=uri-miss; fwd-status=200; stored");
    let hit = cached(&world, "/cached/a").await?;
    let asked = upstream.seen("/cached/a").len();
    for fields in [&[][..], &[("cookie", "a=b")], &[("cache-control", "no-cache")]] {
        let hit = world.visitor.get_with("/cached/a", fields).await?;
        assert_eq!((hit.status, hit.told("source")), (200, "cache"), "{fields:?}");
        assert_eq!(hit.field("x-own"), "1");
        assert!(hit.field("age").parse::<u64>()? < 60);
    }
    let ttl = hit.field("cache-status").strip_prefix("Breakwater; hit; ttl=");
    let ttl: u64 = ttl.context("it says how long it is fresh")?.parse()?;
    assert!((50..=60).contains(&ttl), "{ttl}");
    assert_eq!(upstream.seen("/cached/a").len(), asked, "the upstream was not asked again");
    let bearer = world.visitor.get_with("/cached/a", &[("authorization", "Bearer x")]).await?;
    assert_eq!(bearer.told("source"), "origin", "never to who names themselves");
    Ok(())
}

#[tokio::test]
async fn a_stale_copy_is_confirmed_by_its_validator() -> Result<()> {
    let upstream = Scripted::start(|seen: &Seen| {
        if seen.field("if-none-match") == "\"v1\"" {
            return Reply::status(304, &[("etag", "\"v1\""), ("x-new", "2")], "");
        }
        Reply::ok(&[("cache-control", "max-age=0"), ("etag", "\"v1\""), ("x-new", "1")], "page")
    })
    .await?;
    let world = World::start_scripted("a_stale_copy_is_confirmed", &upstream)?;
    world.visitor.get("/cached/a").await?;
    let confirmed = cached(&world, "/cached/a").await?;
    assert_eq!((confirmed.status, confirmed.text().as_str()), (200, "page"));
    assert_eq!(confirmed.field("x-new"), "2", "the fields are the 304's");
    let theirs = world.visitor.get_with("/cached/a", &[("if-none-match", "\"v1\"")]).await?;
    assert_eq!(theirs.status, 304);
    let others = world.visitor.get_with("/cached/a", &[("if-none-match", "\"v0\"")]).await?;
    assert_eq!((others.status, others.text().as_str()), (200, "page"));
    Ok(())
}

#[tokio::test]
async fn a_stale_copy_answers_at_once_while_it_is_renewed() -> Result<()> {
    let upstream = numbered(&[("cache-control", "max-age=0, stale-while-revalidate=60")]).await?;
    let world = World::start_scripted("a_stale_copy_answers_at_once", &upstream)?;
    assert_eq!(world.visitor.get("/cached/a").await?.text(), "0");
    assert_eq!(cached(&world, "/cached/a").await?.text(), "0");
    eventually("the copy is renewed behind the visitors", async || {
        let answer = world.visitor.get("/cached/a").await?;
        assert_eq!(answer.told("source"), "cache");
        Ok((answer.text() != "0").then_some(()))
    })
    .await?;
    let renewal = upstream.seen("/cached/a");
    assert!(renewal.iter().all(|seen| seen.method == "GET" && seen.field("cookie").is_empty()));
    Ok(())
}

#[tokio::test]
async fn an_error_that_names_its_lifetime_answers_for_so_long_where_a_route_says_so() -> Result<()>
{
    let upstream =
        Scripted::start(|_| Reply::status(503, &[("cache-control", "max-age=30")], "busy")).await?;
    let world = World::start_scripted("an_error_that_names_its_lifetime", &upstream)?;
    let first = world.visitor.get("/cached/errors/a").await?;
    assert_eq!((first.status, first.told("source"), first.text()), (503, "origin", "busy".into()));
    assert_eq!(first.field("cache-status"), "Breakwater; fwd=uri-miss; fwd-status=503; stored");
    let asked = upstream.seen("/cached/errors/a").len();
    let again = world.visitor.get("/cached/errors/a").await?;
    assert_eq!((again.status, again.told("source"), again.text()), (503, "cache", "busy".into()));
    assert_eq!(upstream.seen("/cached/errors/a").len(), asked, "the upstream is spared");
    for _ in 0..2 {
        let elsewhere = world.visitor.get("/cached/a").await?;
        assert_eq!(
            (elsewhere.status, elsewhere.told("source")),
            (503, "origin"),
            "errors are not kept"
        );
    }
    Ok(())
}

#[tokio::test]
async fn an_error_takes_no_good_copys_place() -> Result<()> {
    let is_sick = Arc::new(AtomicBool::new(false));
    let sick = Arc::clone(&is_sick);
    let upstream = Scripted::start(move |seen: &Seen| {
        if sick.load(Ordering::Relaxed) {
            return Reply::status(503, &[("cache-control", "max-age=30")], "busy");
        }
        let fields = [("cache-control", "max-age=0, must-revalidate"), ("etag", "\"a\"")];
        let is_known = seen.field("if-none-match") == "\"a\"";
        if is_known { Reply::status(304, &fields, "") } else { Reply::ok(&fields, "good") }
    })
    .await?;
    let world = World::start_scripted("an_error_takes_no_good_copys_place", &upstream)?;
    world.visitor.get("/cached/errors/b").await?;
    assert_eq!(cached(&world, "/cached/errors/b").await?.text(), "good");
    is_sick.store(true, Ordering::Relaxed);
    for _ in 0..2 {
        let sick = world.visitor.get("/cached/errors/b").await?;
        assert_eq!((sick.status, sick.told("source")), (503, "origin"), "it may not be stale");
    }
    is_sick.store(false, Ordering::Relaxed);
    let confirmed = world.visitor.get("/cached/errors/b").await?;
    assert_eq!((confirmed.told("source"), confirmed.text().as_str()), ("cache", "good"));
    Ok(())
}

#[tokio::test]
async fn a_change_ends_the_copies_of_what_it_changed() -> Result<()> {
    let upstream = Scripted::start(|seen: &Seen| {
        if seen.method == "GET" {
            return Reply::ok(&[("cache-control", "max-age=60"), ("vary", "x-kind")], &seen.path);
        }
        let status = if seen.field("x-fails") == "1" { 500 } else { 201 };
        Reply::status(status, &[("location", "/cached/list"), ("content-location", "b")], "")
    })
    .await?;
    let world = World::start_scripted("a_change_ends_the_copies", &upstream)?;
    for path in ["/cached/a", "/cached/list", "/cached/b", "/cached/other"] {
        world.visitor.get(path).await?;
        cached(&world, path).await?;
    }
    let failed = world.visitor.send("POST", "/cached/a", &[("x-fails", "1")], "x").await?;
    assert_eq!(failed.status, 500);
    assert_eq!(world.visitor.get("/cached/a").await?.told("source"), "cache");
    assert_eq!(world.visitor.send("POST", "/cached/a", &[], "x").await?.status, 201);
    for path in ["/cached/a", "/cached/list", "/cached/b"] {
        let before = upstream.seen(path).len();
        eventually(&format!("{path} is asked for again"), async || {
            world.visitor.get(path).await?;
            Ok((upstream.seen(path).len() > before).then_some(()))
        })
        .await?;
    }
    assert_eq!(world.visitor.get("/cached/other").await?.told("source"), "cache");
    Ok(())
}

#[tokio::test]
async fn whoever_asks_next_finds_the_copy_and_no_longer_what_was_changed() -> Result<()> {
    let upstream = numbered(&[("cache-control", "max-age=60")]).await?;
    let world = World::start_scripted("whoever_asks_next_finds_the_copy", &upstream)?;
    for round in 0..20 {
        let path = format!("/cached/{round}");
        let made = world.visitor.get(&path).await?;
        assert_eq!(made.told("source"), "origin", "{round}");
        let found = world.visitor.get(&path).await?;
        assert_eq!((found.told("source"), &found.body), ("cache", &made.body), "{round}");
        world.visitor.send("POST", &path, &[], "x").await?;
        assert_eq!(world.visitor.get(&path).await?.told("source"), "origin", "{round}");
    }
    Ok(())
}

#[tokio::test]
async fn a_copy_serves_those_who_ask_alike() -> Result<()> {
    let upstream = Scripted::start(|seen: &Seen| {
        let language = seen.field("accept-language").to_owned();
        Reply::ok(&[("cache-control", "max-age=60"), ("vary", "Accept-Language")], language)
    })
    .await?;
    let world = World::start_scripted("a_copy_serves_those_who_ask_alike", &upstream)?;
    for language in ["de", "fr", "de, fr"] {
        let fields = [("accept-language", language)];
        assert_eq!(world.visitor.get_with("/cached/a", &fields).await?.text(), language);
    }
    for language in ["de", "fr", "de, fr"] {
        let fields = [("accept-language", language)];
        eventually("the variant comes from the cache", async || {
            let answer = world.visitor.get_with("/cached/a", &fields).await?;
            assert_eq!(answer.text(), language);
            Ok((answer.told("source") == "cache").then_some(()))
        })
        .await?;
    }
    assert_eq!(world.visitor.get("/cached/a").await?.told("source"), "origin");
    Ok(())
}

#[tokio::test]
async fn what_may_not_be_stale_is_not_served_stale() -> Result<()> {
    let upstream = Scripted::start(|seen: &Seen| {
        if seen.field("x-fails") == "1" {
            return Reply::Disconnect;
        }
        let control = seen.path.rsplit('=').next().unwrap_or_default().replace('+', ", ");
        Reply::ok(&[("cache-control", &control.replace(':', "=")), ("etag", "\"a\"")], "page")
    })
    .await?;
    let world = World::start_scripted("what_may_not_be_stale", &upstream)?;
    let fails = [("x-fails", "1")];
    for control in
        ["max-age:1+must-revalidate", "max-age:1+proxy-revalidate", "s-maxage:1", "no-cache"]
    {
        let path = format!("/cached/a?c={control}");
        world.visitor.get(&path).await?;
        eventually("the copy is no longer fresh, and nothing stands in", async || {
            let answer = world.visitor.get_with(&path, &fails).await?;
            Ok((answer.told("source") == "fallback").then_some(()))
        })
        .await?;
    }
    // This proves that other responses are stored.
    world.visitor.get("/cached/a?c=max-age:0").await?;
    eventually("a stale copy stands in", async || {
        let answer = world.visitor.get_with("/cached/a?c=max-age:0", &fails).await?;
        Ok((answer.status == 200 && answer.told("source") == "stale").then_some(()))
    })
    .await
}

#[tokio::test]
async fn a_client_with_part_of_one_version_gets_no_part_of_another() -> Result<()> {
    let upstream = Scripted::start(|seen: &Seen| {
        let fields = &[("cache-control", "max-age=0"), ("etag", "\"new\"")];
        let has_part = !seen.field("range").is_empty() && seen.field("if-range").is_empty();
        if has_part {
            Reply::status(206, &[("content-range", "bytes 1-2/3")], "ew")
        } else {
            Reply::ok(fields, "new")
        }
    })
    .await?;
    let world = World::start_scripted("who_goes_on_with_a_version", &upstream)?;
    eventually("there is a copy", async || {
        let answer = world.visitor.get("/cached/a").await?;
        Ok(answer.field("cache-status").contains("fwd=stale").then_some(()))
    })
    .await?;
    let fields = [("range", "bytes=1-"), ("if-range", "\"old\"")];
    let whole = world.visitor.get_with("/cached/a", &fields).await?;
    assert_eq!((whole.status, whole.text().as_str()), (200, "new"));
    let seen = upstream.seen("/cached/a").pop().expect("it was asked");
    assert_eq!((seen.field("if-range"), seen.field("if-none-match")), ("\"old\"", ""));
    Ok(())
}

#[tokio::test]
async fn a_copy_takes_no_longer_than_the_cache() -> Result<()> {
    let upstream = numbered(&[("cache-control", "max-age=60")]).await?;
    let world = World::start_scripted("a_copy_takes_no_longer", &upstream)?;
    world.visitor.get("/cached/a").await?;
    let hit = cached(&world, "/cached/a").await?;
    assert!(hit.took < Duration::from_secs(2), "{:?}", hit.took);
    let head = world.visitor.send("HEAD", "/cached/a", &[], "").await?;
    assert_eq!((head.status, head.told("source"), head.body.len()), (200, "cache", 0));
    let part = world.visitor.get_with("/cached/a", &[("range", "bytes=0-0")]).await?;
    assert_eq!((part.status, part.told("source"), part.text().as_str()), (206, "cache", "0"));
    Ok(())
}

#[tokio::test]
async fn a_variant_that_is_too_long_for_a_key_is_not_said_to_be_stored() -> Result<()> {
    let upstream = Scripted::start(|_: &Seen| {
        Reply::ok(&[("cache-control", "max-age=60"), ("vary", "x-kind")], "page")
    })
    .await?;
    let world = World::start_scripted("a_variant_that_is_too_long", &upstream)?;
    let long = "x".repeat(5_000);
    for (path, kind, is_stored) in [("/cached/short", "x", true), ("/cached/long", &*long, false)] {
        let first = world.visitor.get_with(path, &[("x-kind", kind)]).await?;
        let said = first.field("cache-status").ends_with("; stored");
        assert_eq!((first.status, said), (200, is_stored), "{path}");
    }
    Ok(())
}
