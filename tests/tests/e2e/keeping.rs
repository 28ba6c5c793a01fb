//! Which answers are kept for trouble, for whom, and what `Cache-Status` says of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};

use anyhow::Result;
use breakwater_tests::{Reply, Scripted, Seen, World, eventually};

/// A path, the fields of its answer, and what `Cache-Status` says.
type KeptPage = (&'static str, &'static [(&'static str, &'static str)], &'static str);

/// What the upstream says of each path, and what becomes of it.
const PAGES: &[KeptPage] = &[
    ("/kept/plain", &[("cache-control", "max-age=0")], "stored"),
    ("/kept/shared", &[("cache-control", "s-maxage=0, stale-if-error=600")], "stored"),
    ("/kept/next", &[("cache-control", "s-maxage=1, stale-while-revalidate=600")], "stored"),
    ("/kept/rails", &[("cache-control", "max-age=0, must-revalidate")], "detail=never-stale"),
    ("/kept/asked", &[("cache-control", "no-cache, stale-if-error=600")], "detail=never-stale"),
    ("/kept/django", &[("vary", "Cookie")], "stored"),
    ("/kept/secret", &[("cache-control", "private")], "detail=forbidden"),
    ("/kept/login", &[("set-cookie", "session=1")], "detail=set-cookie"),
    ("/kept/overridden/rails", &[("cache-control", "max-age=0, must-revalidate")], "stored"),
    ("/kept/overridden/asked", &[("cache-control", "no-cache")], "stored"),
    ("/kept/overridden/secret", &[("cache-control", "no-store")], "detail=forbidden"),
];

fn page(seen: &Seen) -> Reply {
    let known = PAGES.iter().find(|(path, ..)| seen.path == *path);
    let fields: Vec<(&'static str, &str)> =
        known.map(|(_, fields, _)| fields.to_vec()).unwrap_or_default();
    Reply::ok(&fields, format!("good at {}", seen.path))
}

#[tokio::test]
async fn what_answers_say_of_stale_use_decides_what_survives_an_outage() -> Result<()> {
    let is_sick = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&is_sick);
    let upstream = Scripted::start(move |seen: &Seen| match told.load(Ordering::Relaxed) {
        true => Reply::status(503, &[], "sick"),
        false => page(seen),
    })
    .await?;
    let world = World::start_scripted("what_answers_say_of_stale_use", &upstream)?;
    for (path, _, expected) in PAGES {
        let fresh = world.visitor.get(path).await?;
        assert_eq!(fresh.told("source"), "origin", "{path}");
        let status = format!("Breakwater; fwd=bypass; fwd-status=200; {expected}");
        assert_eq!(fresh.field("cache-status"), status, "{path}");
    }
    is_sick.store(true, Ordering::Relaxed);
    for (path, _, expected) in PAGES {
        if *expected == "stored" {
            eventually("the copy is there", async || {
                Ok((world.visitor.get(path).await?.told("source") == "stale").then_some(()))
            })
            .await?;
        }
    }
    for (path, _, expected) in PAGES {
        let (source, status) =
            if *expected == "stored" { ("stale", 200) } else { ("fallback", 503) };
        let now = world.visitor.get(path).await?;
        let source = if now.told("source") == "origin" { "origin" } else { source };
        assert_eq!((now.told("source"), now.status), (source, status), "{path}");
    }
    let django = world.visitor.get_with("/kept/django", &[("cookie", "session=kim")]).await?;
    assert_ne!(django.status, 200, "it varies by cookies: who sends any gets no copy");
    let plain = world.visitor.get_with("/kept/plain", &[("cookie", "session=kim")]).await?;
    assert_eq!((plain.status, plain.told("source")), (200, "stale"));
    Ok(())
}

#[tokio::test]
async fn each_answer_of_a_route_that_keeps_copies_says_what_became_of_it() -> Result<()> {
    let upstream = Scripted::start(|seen: &Seen| match seen.path.as_str() {
        "/kept/empty" => Reply::ok(&[], ""),
        "/kept/long" => Reply::ok(&[], "x".repeat(300 * 1024)),
        "/kept/gone" => Reply::status(404, &[], "nothing"),
        _ => Reply::ok(&[("cache-control", "max-age=60")], "good"),
    })
    .await?;
    let world = World::start_scripted("each_answer_of_a_route", &upstream)?;
    for (path, expected) in [
        ("/kept/page", "fwd=bypass; fwd-status=200; stored"),
        ("/kept/empty", "fwd=bypass; fwd-status=200; detail=empty"),
        ("/kept/long", "fwd=bypass; fwd-status=200; detail=too-long"),
        ("/kept/gone", "fwd=bypass; fwd-status=404; detail=status"),
        ("/cached/page", "fwd=uri-miss; fwd-status=200; stored"),
    ] {
        let answer = world.visitor.get(path).await?;
        assert_eq!(answer.field("cache-status"), format!("Breakwater; {expected}"), "{path}");
    }
    let long = world.visitor.get("/kept/long").await?;
    assert_eq!(long.field("content-length"), (300 * 1024).to_string());
    let again = world.visitor.get("/kept/page").await?;
    assert_eq!(
        again.field("cache-status"),
        "Breakwater; fwd=bypass; fwd-status=200; detail=recent"
    );
    let theirs = [
        ("GET", [("cookie", "session=kim")], "fwd=bypass; fwd-status=200; detail=personal"),
        ("GET", [("authorization", "Bearer x")], "fwd=bypass; fwd-status=200; detail=personal"),
        ("GET", [("x-tenant", "kim")], "fwd=bypass; fwd-status=200; detail=unkeyed"),
        ("POST", [("accept", "*/*")], "fwd=method; fwd-status=200; detail=method"),
    ];
    for (method, fields, expected) in theirs {
        let answer = world.visitor.send(method, "/kept/other", &fields, "").await?;
        assert_eq!(answer.field("cache-status"), format!("Breakwater; {expected}"), "{fields:?}");
    }
    let kept_nowhere = world.visitor.get("/scripted/page").await?;
    assert_eq!(kept_nowhere.field("cache-status"), "");
    Ok(())
}

#[tokio::test]
async fn an_empty_answer_takes_no_good_copys_place() -> Result<()> {
    let now = Arc::new(std::sync::Mutex::new("good"));
    let told = Arc::clone(&now);
    let upstream = Scripted::start(move |_: &Seen| match told.lock().map(|now| *now) {
        Ok("sick") | Err(_) => Reply::status(503, &[], "sick"),
        Ok(body) => Reply::ok(&[], body),
    })
    .await?;
    let world = World::start_scripted("an_empty_answer", &upstream)?;
    let becomes = |body: &'static str| {
        if let Ok(mut now) = now.lock() {
            *now = body;
        }
    };
    assert_eq!(world.visitor.get("/kept/page").await?.text(), "good");
    becomes("");
    assert_eq!(world.visitor.get("/kept/page").await?.text(), "");
    becomes("sick");
    eventually("the good copy is there", async || {
        let stale = world.visitor.get("/kept/page").await?;
        Ok((stale.told("source") == "stale" && stale.text() == "good").then_some(()))
    })
    .await
}

/// An upstream that says what the test sets: a status, and a body for 200.
async fn obedient(status: &Arc<AtomicU16>) -> Result<Scripted> {
    let told = Arc::clone(status);
    Scripted::start(move |_: &Seen| match told.load(Ordering::Relaxed) {
        200 => Reply::ok(&[("cache-control", "max-age=0")], "a good page"),
        status => Reply::status(status, &[], "nothing"),
    })
    .await
}

#[tokio::test]
async fn a_page_that_is_gone_does_not_come_back_in_an_outage() -> Result<()> {
    let status = Arc::new(AtomicU16::new(200));
    let upstream = obedient(&status).await?;
    let world = World::start_scripted("a_page_that_is_gone", &upstream)?;
    let path = "/kept/post";
    world.visitor.get(path).await?;
    status.store(503, Ordering::Relaxed);
    eventually("the copy is there", async || {
        Ok((world.visitor.get(path).await?.told("source") == "stale").then_some(()))
    })
    .await?;
    status.store(410, Ordering::Relaxed);
    eventually("the page is gone", async || {
        Ok((world.visitor.get(path).await?.status == 410).then_some(()))
    })
    .await?;
    eventually("no copy is left", async || {
        status.store(503, Ordering::Relaxed);
        let now = world.visitor.get(path).await?;
        Ok((now.told("source") != "stale").then_some(()))
    })
    .await?;
    // A stranger's request brings nothing back either.
    status.store(200, Ordering::Relaxed);
    eventually("the upstream is well", async || {
        Ok((world.visitor.send("POST", path, &[], "x").await?.status == 200).then_some(()))
    })
    .await?;
    status.store(503, Ordering::Relaxed);
    assert_ne!(world.visitor.get(path).await?.told("source"), "stale");
    Ok(())
}

#[tokio::test]
async fn a_page_that_is_missing_once_keeps_its_copy() -> Result<()> {
    let status = Arc::new(AtomicU16::new(200));
    let upstream = obedient(&status).await?;
    let world = World::start_scripted("a_page_that_is_missing_once", &upstream)?;
    let path = "/kept/post";
    world.visitor.get(path).await?;
    status.store(404, Ordering::Relaxed);
    assert_eq!(world.visitor.get(path).await?.status, 404);
    status.store(503, Ordering::Relaxed);
    eventually("the copy is there", async || {
        Ok((world.visitor.get(path).await?.told("source") == "stale").then_some(()))
    })
    .await
}
