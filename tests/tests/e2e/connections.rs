//! What a connection to an upstream does of itself: it breaks while it is idle, or carries answers
//! before the answer.

use anyhow::Result;
use breakwater_tests::verbatim::{Piece, Raw, path_of, sized};
use breakwater_tests::{SICK, World, assert_unblamed, eventually};
use futures_util::future;
use serde_json::json;

/// Connections that are idle when the upstream begins to break them.
const IDLE: usize = 20;
/// Where the upstream answers when the test says so.
const HELD: &str = "/scripted/held";

/// Holds as many calls at once as there are to be connections, and answers them all.
async fn leave_idle_connections(world: &World, upstream: &Raw) -> Result<()> {
    let before = upstream.seen(HELD).len();
    let begun = (0..IDLE).map(|_| world.visitor.get(HELD));
    let held = async {
        eventually("each call has a connection", async || {
            Ok((upstream.seen(HELD).len() == before + IDLE).then_some(()))
        })
        .await?;
        (0..IDLE).for_each(|_| upstream.go_on());
        Ok(())
    };
    let (answers, _) = future::try_join(future::try_join_all(begun), held).await?;
    assert!(answers.iter().all(|answer| answer.status == 200));
    Ok(())
}

#[tokio::test]
async fn a_call_that_breaks_on_an_idle_connection_is_made_as_often_as_is_counted() -> Result<()> {
    let upstream = Raw::start(|head| match path_of(head) {
        HELD => vec![Piece::Wait, Piece::Bytes(sized("200 OK", &[], b"held"))],
        _ => vec![Piece::Reset],
    })?;
    let world =
        World::start_raw("a_call_that_breaks_on_an_idle_connection_is_made_as_often", &upstream)?;
    for (method, path, calls) in [
        ("GET", "/scripted/get", 1),
        ("HEAD", "/scripted/head", 1),
        ("DELETE", "/scripted/delete", 1),
        ("OPTIONS", "/scripted/options", 1),
        ("POST", "/scripted/post", 1),
        // The route makes three attempts of what is safe to be made again.
        ("GET", "/retried/get", 3),
    ] {
        leave_idle_connections(&world, &upstream).await?;
        let answer = world.visitor.send(method, path, &[], "").await?;
        assert_eq!((answer.status, answer.told("source")), (503, "fallback"), "{method} {path}");
        assert_eq!(upstream.seen(path).len(), calls, "{method} {path}");
    }
    Ok(())
}

/// An answer, of which the upstream tells something before it is there (RFC 8297).
fn hinted(status: &str, fields: &[&str], body: &[u8]) -> Piece {
    let early = "HTTP/1.1 103 Early Hints\r\nlink: </page.css>; rel=preload; as=style\r\n\r\n";
    Piece::Bytes([early.as_bytes(), &sized(status, fields, body)].concat())
}

#[tokio::test]
async fn early_hints_are_no_answer_and_no_failure() -> Result<()> {
    let upstream = Raw::start(|head| {
        let hinted = match path_of(head) {
            SICK => hinted("503 Service Unavailable", &[], b"sick"),
            _ => hinted("200 OK", &["cache-control: max-age=60"], b"page"),
        };
        vec![hinted]
    })?;
    let world = World::start_with(
        "early_hints_are_no_answer",
        &[("BREAKWATER_UPSTREAM_BLAMED", upstream.url())],
    )?;
    for path in ["/blame/straight/page", "/blame/retry/page", "/blame/cache/page"] {
        // More than the failures that would open the circuit.
        for number in 0..5 {
            let answer = world.visitor.get(&format!("{path}?{number}")).await?;
            assert_eq!((answer.status, &*answer.text()), (200, "page"), "{answer:?}");
            assert_eq!((answer.told("source"), answer.told("circuit")), ("origin", "closed"));
        }
    }
    eventually("there is a copy", async || {
        let answer = world.visitor.get("/blame/cache/page?0").await?;
        assert_eq!((answer.status, &*answer.text()), (200, "page"), "{answer:?}");
        Ok((answer.told("source") == "cache").then_some(()))
    })
    .await?;
    let circuit = assert_unblamed(&world).await?;
    assert_eq!(circuit["transitions"], json!([]), "{circuit}");
    Ok(())
}
