//! Bodies in pieces: each piece reaches the visitor when it is sent, on every route.

use anyhow::{Context, Result, ensure};
use breakwater_tests::verbatim::{
    GZIP_HEAD, Piece, Raw, chunk, gzip_block, gzip_end, message, sized,
};
use breakwater_tests::{Request, World, eventually};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;

/// The routes have stored responses, a cache, retries, or a backup; one has none of them.
const ROUTES: [&str; 5] = ["/kept/s", "/cached/s", "/retried/s", "/backed/s", "/scripted/s"];
const EVENTS: [&str; 3] = ["data: first\n\n", "data: second\n\n", "data: third\n\n"];

/// The bytes of each event in a gzip stream.
fn flushed() -> [Vec<u8>; 3] {
    let [first, second, third] = EVENTS.map(|event| gzip_block(event.as_bytes()));
    let end = gzip_end(EVENTS.concat().as_bytes());
    [[&GZIP_HEAD[..], &first].concat(), second, [third, end].concat()]
}

fn request(world: &World, path: &str, fields: &[(&str, &str)]) -> Result<Request> {
    let mut request = hyper::Request::get(path).header("host", world.visitor.authority());
    for (name, value) in fields {
        request = request.header(*name, *value);
    }
    Ok(request.body(Full::new(Bytes::new()))?)
}

/// Reads a body until it has this many bytes.
async fn read(body: &mut Incoming, bytes: usize) -> Result<Vec<u8>> {
    let mut read = Vec::new();
    while read.len() < bytes {
        let next = tokio::time::timeout(std::time::Duration::from_secs(15), body.frame());
        let frame = next.await.context("it is held back")?.context("it ended")??;
        read.extend_from_slice(&frame.into_data().unwrap_or_default());
    }
    Ok(read)
}

#[tokio::test]
async fn each_event_of_a_coded_stream_arrives_when_it_was_sent() -> Result<()> {
    for kind in ["text/event-stream", "text/html"] {
        let upstream = Raw::start(move |_| {
            let [first, second, third] = flushed();
            let kind = format!("content-type: {kind}");
            let fields = [
                &*kind,
                "content-encoding: gzip",
                "etag: \"a\"",
                "transfer-encoding: chunked",
                "cache-control: private",
            ];
            vec![
                Piece::Bytes(message("200 OK", &fields, &chunk(&first))),
                Piece::Wait,
                Piece::Bytes(chunk(&second)),
                Piece::Wait,
                Piece::Bytes([chunk(&third), chunk(b"")].concat()),
            ]
        })?;
        let name = format!("each_event_of_a_coded_stream_{}", kind.len());
        let world = World::start_raw(&name, &upstream)?;
        for path in ROUTES {
            let request = request(&world, path, &[("accept-encoding", "gzip")])?;
            let (head, mut body) = world.visitor.exchange(request).await?.into_parts();
            assert_eq!(head.headers["content-encoding"], "gzip", "{path}");
            assert_eq!(head.headers["etag"], "\"a\"", "{path}");
            for (number, event) in flushed().iter().enumerate() {
                if number > 0 {
                    upstream.go_on();
                }
                let came = read(&mut body, event.len()).await;
                let came = came.with_context(|| format!("event {number} on {path}, {kind}"))?;
                assert_eq!(&came, event, "{path}, {kind}");
            }
            ensure!(body.frame().await.is_none(), "it ends");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_body_that_passes_keeps_its_length_and_one_that_breaks_off_does_not_look_whole()
-> Result<()> {
    const LENGTH: usize = 300_000;
    let upstream = Raw::start(|head| {
        let bytes = sized("200 OK", &["cache-control: private"], &vec![b'x'; LENGTH]);
        if head.contains("/broken") {
            let half = bytes.get(..LENGTH / 2).unwrap_or_default().to_vec();
            vec![Piece::Bytes(half), Piece::Close]
        } else {
            vec![Piece::Bytes(bytes)]
        }
    })?;
    let world = World::start_with(
        "a_body_that_passes_keeps",
        &[("BREAKWATER_UPSTREAM_WEB", upstream.url())],
    )?;
    let whole = world.visitor.get("/whole").await?;
    assert_eq!((whole.field("content-length"), whole.body.len()), ("300000", LENGTH));
    assert_eq!(whole.told("circuit"), "closed");
    // A body that is not decoded is still followed to its end.
    eventually("bodies that break off open the circuit", async || {
        let request = request(&world, "/broken", &[])?;
        let (head, body) = world.visitor.exchange(request).await?.into_parts();
        if head.status == 200 {
            assert_eq!(head.headers["content-length"], "300000");
            ensure!(body.collect().await.is_err(), "half a body looks whole");
            return Ok(None);
        }
        Ok(Some(()))
    })
    .await
}
