//! Upstreams that report a failure in the body and not in the status: the body is judged, and
//! visitors get it as it was sent.

use anyhow::Result;
use breakwater_tests::{Answer, Reply, Scripted, World, eventually};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// The status says only that the request was refused.
const DOWN: &str = r#"{"statusCode":"503","error":"Unavailable","message":"no database"}"#;

/// A server that answers every request with these bytes of a body, and then sends nothing more if
/// `ends` is false.
async fn raw(head: &str, body: Vec<u8>, ends: bool) -> Result<String> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let url = format!("http://{}", listener.local_addr()?);
    let promised = if ends { body.len() } else { body.len() + 1 };
    let head =
        format!("HTTP/1.1 {head}\r\nconnection: close\r\ncontent-length: {promised}\r\n\r\n");
    let answer = [head.into_bytes(), body].concat();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let answer = answer.clone();
            tokio::spawn(async move {
                let mut request = vec![0; 16 * 1024];
                if socket.read(&mut request).await.is_ok_and(|size| size > 0) {
                    let _ = socket.write_all(&answer).await;
                    // It ends when the other side closes the connection.
                    let _ = socket.read(&mut request).await;
                }
            });
        }
    });
    Ok(url)
}

async fn files(name: &str, url: &str) -> Result<World> {
    World::start_with(name, &[("BREAKWATER_UPSTREAM_STORED", url)])
}

/// Whether the next call is rejected by an open circuit.
async fn is_open(world: &World, path: &str) -> Result<bool> {
    let next = world.visitor.get(path).await?;
    Ok(next.told("circuit") == "open" && next.told("source") == "fallback")
}

#[track_caller]
fn passed(answer: &Answer, status: u16, body: &[u8]) {
    assert_eq!((answer.status, answer.told("source")), (status, "origin"), "{}", answer.text());
    assert!(answer.body == body, "{} bytes came of {}", answer.body.len(), body.len());
}

#[tokio::test]
async fn a_failure_that_only_the_body_tells_opens_the_circuit() -> Result<()> {
    let upstream = Scripted::start(|_| Reply::json(400, DOWN)).await?;
    for (name, path) in [("examined_straight", "/files/a"), ("examined_ladder", "/files/kept/a")] {
        let world = files(name, upstream.url()).await?;
        passed(&world.visitor.get(path).await?, 400, DOWN.as_bytes());
        assert!(is_open(&world, path).await?, "{path}");
        let log = world.worker_log()?;
        assert!(!log.contains("no database"), "others' words stay out of the log: {log}");
    }
    Ok(())
}

#[tokio::test]
async fn health_that_fails_behind_200_opens_the_circuit_and_a_download_is_not_looked_into()
-> Result<()> {
    let unwell = r#"{"healthy":false}"#;
    let upstream = Scripted::start(|_| Reply::json(200, r#"{"healthy":false}"#)).await?;
    let world = files("examined_health", upstream.url()).await?;
    for _ in 0..3 {
        passed(&world.visitor.get("/files/a.json").await?, 200, unwell.as_bytes());
    }
    passed(&world.visitor.get("/files/health").await?, 200, unwell.as_bytes());
    assert!(is_open(&world, "/files/health").await?);
    Ok(())
}

#[tokio::test]
async fn a_long_error_passes_whole_and_is_judged_by_its_beginning() -> Result<()> {
    let long = format!(r#"{{"statusCode":"503","message":"{}"}}"#, "m".repeat(300_000));
    let body = long.clone();
    let upstream = Scripted::start(move |_| Reply::json(400, body.clone())).await?;
    let world = files("examined_long", upstream.url()).await?;
    passed(&world.visitor.get("/files/a").await?, 400, long.as_bytes());
    assert!(is_open(&world, "/files/a").await?);
    Ok(())
}

#[tokio::test]
async fn a_coded_error_is_judged_and_passes_byte_for_byte() -> Result<()> {
    let coded = gzip(DOWN.as_bytes());
    let head = "400 Bad Request\r\ncontent-type: application/json\r\ncontent-encoding: gzip";
    let world = files("examined_coded", &raw(head, coded.clone(), true).await?).await?;
    let answer = world.visitor.get_with("/files/a", &[("accept-encoding", "gzip")]).await?;
    assert_eq!(answer.field("content-encoding"), "gzip");
    passed(&answer, 400, &coded);
    assert!(is_open(&world, "/files/a").await?);
    Ok(())
}

#[tokio::test]
async fn an_error_that_stalls_is_judged_by_what_came_and_holds_nobody_up_for_long() -> Result<()> {
    let head = "400 Bad Request\r\ncontent-type: application/json";
    let url = raw(head, DOWN.trim_end_matches('}').into(), false).await?;
    let world = files("examined_stalled", &url).await?;
    let request = hyper::Request::get("/files/a")
        .header("host", world.visitor.authority())
        .body(http_body_util::Empty::<bytes::Bytes>::new())?;
    let answer = world.visitor.exchange(request).await?;
    assert_eq!(answer.status().as_u16(), 400, "the fields are there although the body is not");
    assert!(is_open(&world, "/files/a").await?);
    Ok(())
}

#[tokio::test]
async fn a_body_that_is_not_coded_as_it_says_leaves_the_judgement_to_the_status() -> Result<()> {
    let head = "400 Bad Request\r\ncontent-encoding: gzip";
    let world = files("examined_not_coded", &raw(head, DOWN.into(), true).await?).await?;
    for _ in 0..3 {
        let answer = world.visitor.get_with("/files/a", &[("accept-encoding", "gzip")]).await?;
        assert_eq!((answer.status, answer.told("circuit")), (400, "closed"), "{}", answer.text());
    }
    Ok(())
}

#[tokio::test]
async fn the_wait_that_a_body_names_goes_before_the_fields() -> Result<()> {
    let body = r#"{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","details":[
        {"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"300s"}]}}"#;
    let upstream = Scripted::start(move |_| {
        Reply::status(429, &[("retry-after", "2"), ("content-type", "application/json")], body)
    })
    .await?;
    let vars = [("BREAKWATER_UPSTREAM_MODELS", upstream.url())];
    let world = World::start_with("examined_wait", &vars)?;
    passed(&world.visitor.get("/models/a").await?, 429, body.as_bytes());
    let rejected = world.visitor.get("/models/a").await?;
    let wait: u64 = rejected.field("retry-after").parse()?;
    assert!((100..=300).contains(&wait), "{wait}");
    Ok(())
}

#[tokio::test]
async fn a_failure_that_waiting_does_not_mend_is_reported_to_operators() -> Result<()> {
    let body = r#"{"error":{"code":429,"status":"RESOURCE_EXHAUSTED",
        "message":"Your prepayment credits are depleted."}}"#;
    let upstream = Scripted::start(move |_| Reply::json(429, body)).await?;
    let vars = [("BREAKWATER_UPSTREAM_MODELS", upstream.url())];
    let world = World::start_with("examined_credits", &vars)?;
    passed(&world.visitor.get("/models/a").await?, 429, body.as_bytes());
    eventually("the log says so", async || {
        let log = world.worker_log()?;
        Ok(log.contains("circuit models: our credits are used up").then_some(()))
    })
    .await
}

/// Encodes bytes without compression, as one stored block (RFC 1951 §3.2.4, RFC 1952 §2.3).
fn gzip(plain: &[u8]) -> Vec<u8> {
    let size = plain.len() as u16;
    let mut coded = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1];
    coded.extend(size.to_le_bytes());
    coded.extend((!size).to_le_bytes());
    coded.extend(plain);
    let crc = !plain.iter().fold(u32::MAX, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 }
        })
    });
    coded.extend(crc.to_le_bytes());
    coded.extend(u32::from(size).to_le_bytes());
    coded
}
