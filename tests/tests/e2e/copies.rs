//! Good stored responses replace failed answers, and personal ones never do.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Result;
use breakwater_tests::{Reply, Scripted, Seen, World, eventually};
use serde_json::json;

#[tokio::test]
async fn a_page_seen_before_is_served_while_the_circuit_is_open() -> Result<()> {
    let world = World::start("a_page_seen_before")?;
    let fresh = world.see("/").await?;
    world.break_with_status("/*", 503).await?;
    let stale = world.circuit_becomes("/", "open").await?;
    assert_eq!((stale.status, stale.told("source")), (200, "stale"));
    assert_eq!(stale.rendering(), fresh.rendering());
    assert_eq!(stale.body, fresh.body);
    for field in ["content-type", "cache-control", "etag", "last-modified"] {
        assert_eq!(stale.field(field), fresh.field(field), "{field}");
    }
    let age: u64 = stale.field("age").parse()?;
    assert!(age < 30, "{age}");
    assert!(stale.field("cache-status").starts_with("Breakwater; "), "{:?}", stale.headers);
    assert!(stale.took < Duration::from_secs(2), "{:?}", stale.took);
    world.mend_backend().await?;
    let again = world.circuit_becomes("/", "closed").await?;
    assert_eq!(again.told("source"), "origin");
    Ok(())
}

#[tokio::test]
async fn a_page_seen_before_answers_a_hang_within_patience() -> Result<()> {
    let world = World::start("a_hang_within_patience")?;
    world.see("/").await?;
    world.break_backend(json!({"match": "/*", "kind": "hang"})).await?;
    let patient = world.visitor.get("/").await?;
    assert_eq!((patient.status, patient.told("source")), (200, "stale"));
    assert!(patient.took >= Duration::from_millis(450), "{:?}", patient.took);
    // The route's time-out is 3 s.
    assert!(patient.took < Duration::from_millis(2_500), "{:?}", patient.took);
    // The page was never requested, so the answer takes the route's time-out.
    let unseen = world.visitor.get("/products").await?;
    assert_eq!((unseen.status, unseen.told("source")), (503, "fallback"));
    assert!(unseen.took < Duration::from_secs(8), "{:?}", unseen.took);
    // Calls that visitors did not wait for count all the same.
    let open = world.circuit_becomes("/", "open").await?;
    assert_eq!(open.told("source"), "stale");
    let open = world.visitor.get("/").await?;
    assert!(open.took < Duration::from_secs(2), "{:?}", open.took);
    Ok(())
}

#[tokio::test]
async fn a_dead_backend_leaves_the_pages_that_were_seen() -> Result<()> {
    let mut world = World::start("a_dead_backend")?;
    let page = world.see("/products").await?;
    let style = world.see("/assets/style.css").await?;
    world.origin.kill();
    for _ in 0..5 {
        for (path, fresh) in [("/products", &page), ("/assets/style.css", &style)] {
            let stale = world.visitor.get(path).await?;
            assert_eq!((stale.status, stale.told("source")), (200, "stale"), "{path}");
            assert_eq!(stale.body, fresh.body, "{path}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_visitor_with_any_cookie_gets_the_copy_of_a_public_page() -> Result<()> {
    let world = World::start("a_visitor_with_any_cookie")?;
    let fresh = world.see("/").await?;
    world.break_with_status("/*", 503).await?;
    for cookie in ["session=kim", "theme=dark; session=alex", "x"] {
        let stale = world.visitor.get_with("/", &[("cookie", cookie)]).await?;
        assert_eq!((stale.status, stale.told("source")), (200, "stale"), "{cookie}");
        assert_eq!(stale.body, fresh.body);
    }
    Ok(())
}

#[tokio::test]
async fn a_personal_answer_is_never_served_as_a_copy() -> Result<()> {
    let world = World::start("nobody_gets_a_copy")?;
    let personal = ["/account", "/api/me", "/api/cart"];
    let visitors: [&[(&str, &str)]; 3] =
        [&[("cookie", "session=kim")], &[("authorization", "Bearer kim")], &[]];
    for path in personal {
        for fields in visitors {
            world.visitor.get_with(path, fields).await?;
        }
    }
    // This proves that responses are stored and served at all.
    world.see("/").await?;
    world.break_with_status("/*", 503).await?;
    assert_eq!(world.visitor.get("/").await?.told("source"), "stale");
    for path in personal {
        for fields in visitors {
            let answer = world.visitor.get_with(path, fields).await?;
            assert_eq!(answer.status, 503, "{path} {fields:?}");
            assert_ne!(answer.told("source"), "stale", "{path} {fields:?}");
            assert!(!answer.text().contains("kim"), "{path} {fields:?}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_page_that_only_visitors_with_cookies_see_has_a_copy_of_breakwaters_own() -> Result<()> {
    let world = World::start("only_visitors_with_cookies")?;
    // An address that was requested only once may be a link for one use.
    let cookie = [("cookie", "session=kim")];
    world.visitor.get_with("/products", &cookie).await?;
    let theirs = world.visitor.get_with("/products", &cookie).await?;
    eventually("Breakwater has asked by itself", async || {
        Ok((world.requests_to("/products").await? == 3).then_some(()))
    })
    .await?;
    world.break_with_status("/*", 500).await?;
    let stale = eventually("the copy is kept", async || {
        let answer = world.visitor.get("/products").await?;
        Ok((answer.told("source") == "stale").then_some(answer))
    })
    .await?;
    assert_ne!(stale.rendering(), theirs.rendering(), "not the answer to the cookie");
    Ok(())
}

#[tokio::test]
async fn a_truncated_page_is_replaced_by_its_copy() -> Result<()> {
    let world = World::start("a_truncated_page")?;
    let fresh = world.see("/").await?;
    world.break_backend(json!({"match": "/*", "kind": "truncate"})).await?;
    let answer = world.visitor.get("/").await?;
    assert_eq!((answer.status, answer.told("source")), (200, "stale"));
    assert_eq!(answer.body, fresh.body);
    let unseen = world.visitor.get("/products").await?;
    assert_eq!((unseen.status, unseen.told("source")), (503, "fallback"));
    Ok(())
}

#[tokio::test]
async fn a_body_too_long_to_be_held_streams_whole_and_is_not_kept() -> Result<()> {
    let world = World::start("a_body_too_long")?;
    let expected: Vec<u8> = (0..524_288_u32).map(|i| (i % 251) as u8).collect();
    for _ in 0..2 {
        let answer = world.visitor.get("/assets/lookbook.bin").await?;
        assert_eq!((answer.status, answer.told("source")), (200, "origin"));
        assert!(answer.body == expected, "{} bytes", answer.body.len());
    }
    world.break_with_status("/*", 500).await?;
    let answer = world.visitor.get("/assets/lookbook.bin").await?;
    assert_eq!(answer.told("source"), "origin", "there is no copy, so its own 500");
    Ok(())
}

#[tokio::test]
async fn a_head_request_gets_the_copys_fields_and_no_body() -> Result<()> {
    let world = World::start("a_head_request")?;
    let fresh = world.see("/").await?;
    world.break_with_status("/*", 503).await?;
    let head = world.visitor.send("HEAD", "/", &[], "").await?;
    assert_eq!((head.status, head.told("source")), (200, "stale"));
    assert_eq!(head.field("etag"), fresh.field("etag"));
    assert!(head.body.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_part_is_cut_from_the_copy_and_a_post_is_never_answered_from_it() -> Result<()> {
    let world = World::start("a_part_is_cut")?;
    let fresh = world.see("/").await?;
    world.break_with_status("/*", 503).await?;
    let part = world.visitor.get_with("/", &[("range", "bytes=2-9")]).await?;
    assert_eq!((part.status, part.told("source")), (206, "stale"));
    assert_eq!(part.body, fresh.body[2..10]);
    assert_eq!(part.field("content-range"), format!("bytes 2-9/{}", fresh.body.len()));
    let post = world.visitor.send("POST", "/", &[], "x").await?;
    assert_eq!(post.status, 503);
    Ok(())
}

#[tokio::test]
async fn a_visitor_who_has_what_the_copy_holds_is_told_so() -> Result<()> {
    let world = World::start("a_visitor_who_has_it")?;
    let fresh = world.see("/").await?;
    world.break_with_status("/*", 503).await?;
    let same = [("if-none-match", fresh.field("etag"))];
    let answer = world.visitor.get_with("/", &same).await?;
    assert_eq!((answer.status, answer.told("source")), (304, "stale"));
    assert!(answer.body.is_empty());
    let other = world.visitor.get_with("/", &[("if-none-match", "\"other\"")]).await?;
    assert_eq!((other.status, other.told("source")), (200, "stale"));
    Ok(())
}

#[tokio::test]
async fn a_page_that_comes_slowly_streams_when_patience_ends() -> Result<()> {
    let world = World::start("a_page_that_comes_slowly")?;
    let whole = world.backend.get("/").await?;
    // Sixteen pieces take four seconds, longer than the route's time-out, which ends with the head
    // of the answer.
    let slow = json!({"match": "/*", "kind": "slow_body", "delay_ms": 250});
    world.break_backend(slow).await?;
    let request = hyper::Request::get("/")
        .header("host", world.visitor.authority())
        .body(http_body_util::Empty::<bytes::Bytes>::new())?;
    let start = std::time::Instant::now();
    let response = world.visitor.exchange(request).await?;
    let answered = start.elapsed();
    assert!(answered < Duration::from_millis(2_500), "{answered:?}");
    let body = http_body_util::BodyExt::collect(response.into_body()).await?.to_bytes();
    assert!(start.elapsed() > Duration::from_millis(3_000), "{:?}", start.elapsed());
    assert_eq!(body.len(), whole.body.len());
    assert!(body.ends_with(b"</html>\n"), "{}", String::from_utf8_lossy(&body));
    Ok(())
}

#[tokio::test]
async fn what_no_key_holds_makes_no_copy() -> Result<()> {
    let world = World::start("what_no_key_holds")?;
    let stripping = [("connection", "accept-language"), ("accept-language", "fr")];
    for _ in 0..2 {
        assert_eq!(world.visitor.get_with("/products", &stripping).await?.status, 200);
    }
    world.see("/").await?;
    world.break_with_status("/*", 500).await?;
    assert_eq!(world.visitor.get("/products").await?.told("source"), "origin", "its own 500");
    Ok(())
}

#[tokio::test]
async fn what_a_stranger_sends_takes_no_last_good_copy_away() -> Result<()> {
    let is_sick = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&is_sick);
    let upstream = Scripted::start(move |seen: &Seen| {
        if told.load(Ordering::Relaxed) {
            return Reply::Disconnect;
        }
        let fields = &[("cache-control", "max-age=60"), ("location", "/kept/list")];
        if seen.method == "GET" { Reply::ok(&fields[..1], "good") } else { Reply::ok(fields, "") }
    })
    .await?;
    let world = World::start_scripted("what_a_stranger_sends", &upstream)?;
    for path in ["/kept/page", "/kept/list", "/cached/page"] {
        world.visitor.get(path).await?;
        is_sick.store(true, Ordering::Relaxed);
        eventually("there is a copy", async || {
            Ok((world.visitor.get(path).await?.text() == "good").then_some(()))
        })
        .await?;
        is_sick.store(false, Ordering::Relaxed);
    }
    for path in ["/kept/page", "/cached/page"] {
        let asked = upstream.seen(path).len();
        assert_eq!(world.visitor.send("POST", path, &[], "x").await?.status, 200);
        is_sick.store(true, Ordering::Relaxed);
        let stale = world.visitor.get(path).await?;
        assert_eq!((stale.told("source"), stale.text().as_str()), ("stale", "good"), "{path}");
        is_sick.store(false, Ordering::Relaxed);
        let current = world.visitor.get(path).await?;
        assert_eq!(current.told("source"), "origin", "{path}: nobody is shown the old as current");
        assert_eq!(upstream.seen(path).len(), asked + 3, "{path}");
    }
    is_sick.store(true, Ordering::Relaxed);
    assert_eq!(world.visitor.get("/kept/list").await?.told("source"), "stale");
    Ok(())
}
