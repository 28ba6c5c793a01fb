//! Requests with bodies: the bytes that reach the upstream, the time limits and whom they blame. A
//! visitor's behaviour while sending is never the upstream's failure.

mod early;

use std::time::{Duration, Instant};

use anyhow::Result;
use breakwater_tests::{
    Manner, RawAnswer, RawUpstream, RawVisitor, Reply, SICK, Scripted, Seen, World, assert_unblamed,
};
use serde_json::json;

/// 3 failures in a row open the circuit of `blamed`; 5 are more than enough.
const ENOUGH: usize = 5;

/// The ways of a request to the upstream.
const WAYS: [&str; 4] = ["straight", "retry", "backup", "cache"];

async fn fine() -> Result<Scripted> {
    let answer = |seen: &Seen| match seen.path.as_str() {
        SICK => Reply::status(503, &[], "sick"),
        _ => Reply::ok(&[], "fine"),
    };
    Scripted::start(answer).await
}

fn world_of(name: &str, blamed: &str) -> Result<World> {
    World::start_with(
        name,
        &[("BREAKWATER_UPSTREAM_BLAMED", blamed), ("BREAKWATER_UPSTREAM_NARROW", blamed)],
    )
}

async fn visitor(world: &World) -> Result<RawVisitor> {
    RawVisitor::connect(world.visitor.authority()).await
}

/// Sends a request in one piece.
async fn exchange(world: &World, method: &str, path: &str, sent: &Sent<'_>) -> Result<RawAnswer> {
    let mut visitor = visitor(world).await?;
    visitor.begin(method, path, sent.fields).await;
    visitor.send(sent.body).await;
    visitor.answer(method).await
}

struct Sent<'a> {
    fields: &'a [&'a str],
    body: &'a [u8],
}

#[tokio::test]
async fn a_read_with_a_body_is_sent_without_it() -> Result<()> {
    let upstream = fine().await?;
    let world = world_of("a_read_with_a_body", upstream.url())?;
    let long = vec![b'x'; 300_000];
    let bodies = [
        Sent { fields: &["Content-Length: 0"], body: b"" },
        Sent { fields: &["Transfer-Encoding: chunked"], body: b"0\r\n\r\n" },
        Sent { fields: &["Content-Length: 3"], body: b"abc" },
        Sent { fields: &["Transfer-Encoding: chunked"], body: b"3\r\nabc\r\n0\r\n\r\n" },
        Sent { fields: &["Content-Length: 300000"], body: &long },
    ];
    for way in WAYS {
        for method in ["GET", "HEAD", "TRACE"] {
            let path = format!("/blame/{way}/{method}");
            for sent in &bodies {
                let answer = exchange(&world, method, &path, sent).await?;
                assert_eq!((answer.status, answer.is_whole), (200, true), "{path} {answer:?}");
            }
            for seen in upstream.seen(&path) {
                assert_eq!((seen.method.as_str(), seen.body.len()), (method, 0), "{path}");
                assert_eq!(seen.field("transfer-encoding"), "", "{path}");
                assert!(["", "0"].contains(&seen.field("content-length")), "{path} {seen:?}");
            }
            assert!(!upstream.seen(&path).is_empty());
        }
    }
    assert_unblamed(&world).await?;
    Ok(())
}

#[tokio::test]
async fn a_body_arrives_as_it_was_sent() -> Result<()> {
    let upstream = fine().await?;
    let world = world_of("a_body_arrives", upstream.url())?;
    let long: Vec<u8> = (0..300_000_u32).map(|at| (at % 251) as u8).collect();
    let chunked = [b"493e0\r\n", &long[..], b"\r\n0\r\n\r\n"].concat();
    for way in WAYS {
        for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
            let path = format!("/blame/{way}/{method}");
            for (sent, body, length) in [
                (Sent { fields: &[], body: b"" }, &b""[..], "0"),
                (Sent { fields: &["Content-Length: 0"], body: b"" }, b"", "0"),
                (Sent { fields: &["Content-Length: 3"], body: b"abc" }, b"abc", "3"),
                (Sent { fields: &["Content-Length: 300000"], body: &long }, &long, "300000"),
                (Sent { fields: &["Transfer-Encoding: chunked"], body: &chunked }, &long, ""),
            ] {
                let answer = exchange(&world, method, &path, &sent).await?;
                assert_eq!((answer.status, answer.is_whole), (200, true), "{path} {answer:?}");
                let seen = upstream.seen(&path).pop().unwrap();
                assert!(seen.body == body, "{path}: {} of {} bytes", seen.body.len(), body.len());
                assert_eq!(seen.field("content-length"), length, "{path}");
            }
        }
    }
    assert_unblamed(&world).await?;
    Ok(())
}

#[tokio::test]
async fn a_visitor_may_send_for_longer_than_the_upstream_may_take() -> Result<()> {
    let upstream = fine().await?;
    let world = world_of("a_visitor_may_send_long", upstream.url())?;
    // The bodies are short enough to be held for retries, or too long for that, or on a route
    // without retries.
    let uploads = [
        ("PUT", "/blame/slow/held", 6_000),
        ("PUT", "/blame/slow/passing", 60_000),
        ("POST", "/blame/slow/order", 6_000),
        ("POST", "/blame/patient/order", 6_000),
    ];
    let uploads = uploads.into_iter().cycle().take(8).map(|(method, path, piece)| {
        let (world, piece) = (&world, vec![b'x'; piece]);
        async move {
            let mut visitor = visitor(world).await?;
            let length = format!("Content-Length: {}", piece.len() * 10);
            visitor.begin(method, path, &[&length]).await;
            for _ in 0..10 {
                tokio::time::sleep(Duration::from_millis(250)).await;
                visitor.send(&piece).await;
            }
            let answer = visitor.answer(method).await?;
            assert_eq!(answer.status, 200, "{method} {path}: {answer:?}");
            anyhow::Ok(())
        }
    });
    futures_util::future::try_join_all(uploads).await?;
    for path in ["/blame/slow/held", "/blame/slow/passing", "/blame/patient/order"] {
        assert_eq!(upstream.seen(path).len(), 2, "{path}");
    }
    assert_unblamed(&world).await?;
    Ok(())
}

#[tokio::test]
async fn a_body_that_stalls_is_answered_with_408_and_counts_nowhere() -> Result<()> {
    let upstream = fine().await?;
    let world = world_of("a_body_that_stalls", upstream.url())?;
    let stalls = WAYS.iter().flat_map(|way| {
        let world = &world;
        ["POST", "PUT"].into_iter().flat_map(move |method| {
            ["Content-Length: 9", "Transfer-Encoding: chunked"].into_iter().map(
                move |field| async move {
                    let path = format!("/blame/{way}/stalled");
                    let mut visitor = visitor(world).await?;
                    visitor.begin(method, &path, &[field]).await;
                    visitor.send("3\r\nabc\r\n").await;
                    let answer = visitor.answer(method).await?;
                    assert_eq!(answer.status, 408, "{method} {path} {field}: {answer:?}");
                    assert_eq!(answer.told("source"), "fallback");
                    anyhow::Ok(())
                },
            )
        })
    });
    futures_util::future::try_join_all(stalls).await?;
    for way in WAYS {
        assert_eq!(upstream.seen(&format!("/blame/{way}/stalled")).len(), 0, "none was whole");
    }
    assert_unblamed(&world).await?;
    Ok(())
}

#[tokio::test]
async fn a_body_that_breaks_off_reaches_nobody_as_if_it_were_whole() -> Result<()> {
    let upstream = fine().await?;
    let world = world_of("a_body_that_breaks_off", upstream.url())?;
    for way in WAYS {
        for method in ["POST", "PUT"] {
            let path = format!("/blame/{way}/broken");
            for (field, rest) in [
                ("Content-Length: 9", None),
                ("Transfer-Encoding: chunked", None),
                ("Transfer-Encoding: chunked", Some("zz\r\nabc\r\n0\r\n\r\n")),
            ] {
                // Half closed, or after an invalid chunk, the visitor still reads.
                let mut half = visitor(&world).await?;
                half.begin(method, &path, &[field]).await;
                half.send("3\r\nabc\r\n").await;
                match rest {
                    Some(rest) => half.send(rest).await,
                    None => half.finish_sending().await,
                }
                let answer = half.answer(method).await?;
                assert!([400, 0].contains(&answer.status), "{method} {path} {field}: {answer:?}");
                // Or the visitor is gone.
                let mut gone = visitor(&world).await?;
                gone.begin(method, &path, &[field]).await;
                gone.send("3\r\nabc\r\n").await;
                gone.reset();
            }
        }
    }
    assert_unblamed(&world).await?;
    for way in WAYS {
        assert_eq!(upstream.seen(&format!("/blame/{way}/broken")).len(), 0, "{way}");
    }
    Ok(())
}

#[tokio::test]
async fn an_upstream_that_takes_nothing_or_says_nothing_has_timed_out() -> Result<()> {
    let upstream = RawUpstream::start(Manner::Ignore)?;
    let world = world_of("an_upstream_that_takes_nothing", upstream.url())?;
    // The body is larger than all buffers on the way.
    let long = vec![b'x'; 30_000_000];
    for length in [10, 30_000_000, 100_000] {
        let fields = [&*format!("Content-Length: {length}")];
        let sent = Sent { fields: &fields, body: &long[..length] };
        let start = Instant::now();
        let answer = exchange(&world, "POST", "/blame/patient/a", &sent).await?;
        assert_eq!(answer.status, 503, "{answer:?}");
        assert!(start.elapsed() >= Duration::from_millis(950), "{:?}", start.elapsed());
    }
    let sent = Sent { fields: &[], body: b"" };
    let answer = exchange(&world, "POST", "/blame/patient/a", &sent).await?;
    assert_eq!((answer.status, answer.told("circuit")), (503, "open"), "three failures");
    Ok(())
}

#[tokio::test]
async fn an_upstream_that_cannot_be_reached_fails_with_a_body_too() -> Result<()> {
    let gone = RawUpstream::start(Manner::Close)?.url().to_owned();
    for fields in [&["Content-Length: 0"], &["Content-Length: 3"], &["Transfer-Encoding: chunked"]]
    {
        let body: &[u8] = match fields[0] {
            "Content-Length: 0" => b"",
            "Content-Length: 3" => b"abc",
            _ => b"3\r\nabc\r\n0\r\n\r\n",
        };
        let world = world_of(&format!("cannot_be_reached_{}", body.len()), &gone)?;
        for _ in 0..3 {
            let sent = Sent { fields, body };
            let answer = exchange(&world, "POST", "/blame/straight/a", &sent).await?;
            assert_eq!((answer.status, answer.told("source")), (503, "fallback"));
        }
        let answer = world.visitor.get("/blame/straight/a").await?;
        assert_eq!((answer.status, answer.told("circuit")), (503, "open"), "{fields:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_request_that_the_platform_refuses_fails_open_and_counts_nowhere() -> Result<()> {
    let upstream = fine().await?;
    let world = World::start_with(
        "what_the_platform_refuses",
        &[("BREAKWATER_UPSTREAM", upstream.url()), ("BREAKWATER_FAULT", "refuse")],
    )?;
    for way in WAYS {
        let path = format!("/blame/{way}/a");
        for _ in 0..ENOUGH {
            let answer = world.visitor.get(&path).await?;
            assert_eq!((answer.status, answer.text().as_str()), (200, "fine"), "{path}");
            assert_eq!(answer.field("breakwater"), "", "Breakwater is not there");
        }
        assert_eq!(upstream.seen(&path).len(), ENOUGH, "{path}");
    }
    let circuit = world.circuit("blamed").await?;
    assert_eq!(
        (&circuit["state"], &circuit["failures"]),
        (&json!("closed"), &json!(0)),
        "{circuit}"
    );
    assert!(world.worker_log()?.contains("could not be sent"));
    Ok(())
}

#[tokio::test]
async fn a_long_upload_keeps_its_place_in_the_bulkhead() -> Result<()> {
    let upstream = fine().await?;
    let world = world_of("a_long_upload_keeps_its_place", upstream.url())?;
    let mut uploading = visitor(&world).await?;
    uploading.begin("POST", "/narrow/brief/upload", &["Content-Length: 20"]).await;
    // The pause is longer than the time-out and everything that is added to it.
    for _ in 0..16 {
        uploading.send("x").await;
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    let other = world.visitor.get("/narrow/brief/other").await?;
    assert_eq!(
        (other.status, upstream.seen("/narrow/brief/other").len()),
        (503, 0),
        "{}",
        other.text()
    );
    uploading.send("xxxx").await;
    assert_eq!(uploading.answer("POST").await?.status, 200);
    assert_eq!(world.visitor.get("/narrow/brief/other").await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn bodies_pass_both_ways_at_once() -> Result<()> {
    let upstream = RawUpstream::start(Manner::Echo)?;
    let world = world_of("bodies_pass_both_ways", upstream.url())?;
    let mut visitor = visitor(&world).await?;
    visitor.begin("POST", "/blame/patient/echo", &["Content-Length: 12"]).await;
    for _ in 0..12 {
        // Each byte is sent when the one before has come back, even after the route's time-out.
        tokio::time::sleep(Duration::from_millis(200)).await;
        visitor.send("x").await;
    }
    let answer = visitor.answer("POST").await?;
    assert_eq!((answer.status, answer.told("circuit")), (200, "closed"), "{answer:?}");
    assert_eq!((answer.body.len(), answer.is_whole), (12, true), "{answer:?}");
    Ok(())
}

#[tokio::test]
async fn an_upgrade_with_a_body_is_no_exception() -> Result<()> {
    let upstream = fine().await?;
    let world = world_of("an_upgrade_with_a_body", upstream.url())?;
    let upgrade = ["Upgrade: websocket", "Connection: Upgrade", "Content-Length: 3"];
    for method in ["GET", "POST"] {
        for _ in 0..ENOUGH {
            let sent = Sent { fields: &upgrade, body: b"abc" };
            let answer = exchange(&world, method, "/blame/retry/upgrade", &sent).await?;
            assert_eq!(answer.status, 200, "{answer:?}");
            let mut visitor = visitor(&world).await?;
            visitor.begin(method, "/blame/retry/upgrade", &upgrade).await;
            visitor.finish_sending().await;
            visitor.answer(method).await?;
        }
    }
    assert_unblamed(&world).await?;
    Ok(())
}

#[tokio::test]
async fn a_bypass_passes_no_broken_body_on_either() -> Result<()> {
    let upstream = fine().await?;
    let world = world_of("a_bypass_passes_no_broken_body", upstream.url())?;
    let order = r#"{"reason": "a test", "lasts": "5m"}"#;
    let ordered = world.operate("POST", "/_breakwater/bypass", order).await?;
    assert_eq!(ordered.status, 200, "{}", ordered.text());
    world.circuit_becomes("/blame/straight/a", "forced_closed").await?;
    for sent in [
        Sent { fields: &["Content-Length: 3"], body: b"abc" },
        Sent { fields: &["Content-Length: 9"], body: b"abc" },
    ] {
        let mut visitor = visitor(&world).await?;
        visitor.begin("PUT", "/blame/retry/bypassed", sent.fields).await;
        visitor.send(sent.body).await;
        visitor.finish_sending().await;
        let answer = visitor.answer("PUT").await?;
        assert_eq!(answer.status, if sent.fields[0].ends_with('3') { 200 } else { 400 });
    }
    Ok(())
}
