//! Retries and backups: a request that may not be repeated is sent once.

use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Result;
use breakwater_tests::{Reply, Scripted, Seen, World};

/// Fails this many times, then answers.
async fn failing(times: u64, reply: Reply) -> Result<Scripted> {
    let calls = AtomicU64::new(0);
    Scripted::start(move |_| {
        if calls.fetch_add(1, Ordering::Relaxed) < times {
            reply.clone()
        } else {
            Reply::ok(&[], "fine")
        }
    })
    .await
}

#[tokio::test]
async fn a_read_that_failed_is_tried_again() -> Result<()> {
    for (name, reply) in
        [("disconnect", Reply::Disconnect), ("status", Reply::status(503, &[], ""))]
    {
        let upstream = failing(2, reply).await?;
        let world = World::start_scripted(&format!("a_read_that_failed_{name}"), &upstream)?;
        let answer = world.visitor.get("/retried/a").await?;
        assert_eq!((answer.status, answer.text().as_str()), (200, "fine"), "{name}");
        assert_eq!(upstream.seen("/retried/a").len(), 3, "{name}");
    }
    Ok(())
}

#[tokio::test]
async fn attempts_are_bounded_and_the_last_answer_is_passed_on() -> Result<()> {
    let upstream = failing(99, Reply::status(502, &[("x-own", "1")], "own")).await?;
    let world = World::start_scripted("attempts_are_bounded", &upstream)?;
    let answer = world.visitor.get("/retried/a").await?;
    assert_eq!((answer.status, answer.told("source"), answer.field("x-own")), (502, "origin", "1"));
    assert_eq!(upstream.seen("/retried/a").len(), 3);
    Ok(())
}

#[tokio::test]
async fn a_post_is_sent_once_whatever_becomes_of_it() -> Result<()> {
    for (name, reply) in
        [("disconnect", Reply::Disconnect), ("status", Reply::status(503, &[], ""))]
    {
        let upstream = failing(99, reply).await?;
        let world = World::start_scripted(&format!("a_post_is_sent_once_{name}"), &upstream)?;
        for path in ["/retried/a", "/backed/a", "/scripted/a", "/cached/a"] {
            for method in ["POST", "PATCH", "LOCK"] {
                let answer = world.visitor.send(method, path, &[], "order").await?;
                assert_eq!(answer.status, 503, "{method} {path}");
            }
            let methods: Vec<_> = upstream.seen(path).into_iter().map(|seen| seen.method).collect();
            assert_eq!(methods, ["POST", "PATCH", "LOCK"], "{name} {path}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_short_body_is_sent_again_whole_and_a_long_one_is_not() -> Result<()> {
    let upstream = failing(1, Reply::Disconnect).await?;
    let world = World::start_scripted("a_short_body", &upstream)?;
    let put = world.visitor.send("PUT", "/retried/a", &[], "x".repeat(60_000)).await?;
    assert_eq!((put.status, put.text().as_str()), (200, "fine"));
    let seen = upstream.seen("/retried/a");
    assert_eq!(seen.iter().map(|seen| seen.body.len()).collect::<Vec<_>>(), [60_000, 60_000]);

    let upstream = failing(1, Reply::Disconnect).await?;
    let world = World::start_scripted("a_long_body", &upstream)?;
    let put = world.visitor.send("PUT", "/retried/a", &[], "x".repeat(70_000)).await?;
    assert_eq!((put.status, put.told("source")), (503, "fallback"));
    let put = world.visitor.send("PUT", "/retried/a", &[], "x".repeat(70_000)).await?;
    assert_eq!(put.status, 200);
    assert_eq!(
        upstream.seen("/retried/a").iter().map(|seen| seen.body.len()).collect::<Vec<_>>(),
        [70_000, 70_000]
    );
    Ok(())
}

#[tokio::test]
async fn a_backup_stands_in() -> Result<()> {
    let upstream = failing(99, Reply::Disconnect).await?;
    let backup = Scripted::start(|seen: &Seen| {
        Reply::ok(&[("cache-control", "max-age=60")], format!("backup {}", seen.field("via")))
    })
    .await?;
    let world = World::start_with(
        "a_backup_stands_in",
        &[
            ("BREAKWATER_UPSTREAM_SCRIPTED", upstream.url()),
            ("BREAKWATER_UPSTREAM_BACKUP", backup.url()),
        ],
    )?;
    let answer = world.visitor.get("/backed/a").await?;
    assert_eq!(
        (answer.status, answer.told("source"), answer.told("upstream")),
        (200, "backup", "backup")
    );
    assert_eq!(answer.text(), "backup 1.1 breakwater-shop.example");
    let post = world.visitor.send("POST", "/backed/a", &[], "order").await?;
    assert_eq!((post.status, post.told("source")), (503, "fallback"), "it may have arrived");
    assert_eq!(backup.seen("/backed/a").len(), 1);
    // With the circuit open no request has been sent, so a POST may go to the backup too.
    let order = r#"{"override": "forced_open", "reason": "a test", "lasts": "5m"}"#;
    world.operate("POST", "/_breakwater/upstreams/scripted/override", order).await?;
    world.circuit_becomes("/scripted/a", "forced_open").await?;
    let post = world.visitor.send("POST", "/backed/a", &[], "order").await?;
    assert_eq!((post.status, post.told("source")), (200, "backup"));
    assert_eq!(backup.seen("/backed/a").last().map(|seen| seen.body.clone()), Some("order".into()));
    Ok(())
}
