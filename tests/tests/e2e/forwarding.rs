//! The requests and answers that pass through, and their form on the other side.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use breakwater_tests::{Reply, Scripted, Seen, World};
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use http_body_util::{BodyExt, Empty};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

fn header<'a>(echo: &'a Value, name: &str) -> &'a str {
    echo["headers"][name][0].as_str().unwrap_or_default()
}

#[tokio::test]
async fn a_page_passes_and_says_where_it_came_from() -> Result<()> {
    let world = World::start("a_page_passes")?;
    let page = world.visitor.get("/").await?;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("StolenTee"));
    assert_eq!(page.field("breakwater"), "upstream=web, circuit=closed, source=origin");
    assert_eq!(page.field("x-request-id").len(), 32);
    assert!(page.field("server-timing").starts_with("breakwater;dur="), "{:?}", page.headers);
    assert!(page.field("server-timing").contains(", origin;dur="));
    assert_eq!(page.field("cache-control"), "public, max-age=60");
    Ok(())
}

#[tokio::test]
async fn a_body_of_five_megabytes_passes_unchanged() -> Result<()> {
    let world = World::start("a_body_of_five_megabytes")?;
    let body: Vec<u8> = (0..5_000_000_u32).map(|i| (i % 251) as u8).collect();
    let sent: String = Sha256::digest(&body).iter().map(|b| format!("{b:02x}")).collect();
    let fields = [("content-type", "application/octet-stream"), ("expect", "100-continue")];
    let answer = world.visitor.send("POST", "/api/echo?x=%20y&x=z", &fields, body).await?;
    let echo = answer.json();
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(echo["body_bytes"], 5_000_000);
    assert_eq!(echo["body_sha256"], sent);
    assert_eq!(echo["query"], "x=%20y&x=z");
    assert_eq!(header(&echo, "content-length"), "5000000");
    assert_eq!(header(&echo, "expect"), "");
    Ok(())
}

#[tokio::test]
async fn unknown_methods_arrive_as_themselves() -> Result<()> {
    let world = World::start("unknown_methods")?;
    for method in ["PROPFIND", "QUERY", "DELETE", "PATCH", "OPTIONS"] {
        let answer = world.visitor.send(method, "/api/echo", &[], "").await?;
        assert_eq!(answer.json()["method"], method, "{}", answer.text());
    }
    Ok(())
}

#[tokio::test]
async fn a_stream_passes_chunk_by_chunk() -> Result<()> {
    let world = World::start("a_stream_passes")?;
    let request = hyper::Request::get("/api/stream?chunks=5&every_ms=1000")
        .header("host", world.visitor.authority())
        .body(Empty::<Bytes>::new())?;
    let start = Instant::now();
    let mut body = world.visitor.exchange(request).await?.into_body();
    let first = body.frame().await.context("no first chunk")??;
    assert_eq!(first.into_data().unwrap_or_default(), "chunk 1\n");
    let first_after = start.elapsed();
    let rest = body.collect().await?.to_bytes();
    assert_eq!(rest, "chunk 2\nchunk 3\nchunk 4\nchunk 5\n");
    let gap = start.elapsed() - first_after;
    assert!(gap > Duration::from_secs(2), "the rest came {gap:?} after the first chunk");
    Ok(())
}

#[tokio::test]
async fn a_stream_longer_than_the_time_out_is_not_cut() -> Result<()> {
    let world = World::start("a_stream_longer_than_the_time_out")?;
    let path = "/api/stream?chunks=7&every_ms=1000";
    let answer = world.visitor.get(path).await?;
    assert!(answer.took > Duration::from_secs(5), "the route's time-out is 5 s");
    assert!(answer.text().ends_with("chunk 7\n"), "{}", answer.text());
    Ok(())
}

#[tokio::test]
async fn a_websocket_passes_both_ways() -> Result<()> {
    let world = World::start("a_websocket_passes")?;
    let mut request = format!("ws://{}/ws", world.visitor.authority()).into_client_request()?;
    request.headers_mut().insert("sec-websocket-protocol", "echo".parse()?);
    let (mut socket, response) = tokio_tungstenite::connect_async(request).await?;
    assert_eq!(response.headers()["sec-websocket-protocol"], "echo");
    let binary = Bytes::from(vec![7_u8; 200_000]);
    for message in [Message::text("hello"), Message::Binary(binary)] {
        socket.send(message.clone()).await?;
        assert_eq!(socket.next().await.context("no echo")??, message);
    }
    Ok(())
}

#[tokio::test]
async fn the_upstream_learns_who_asks_and_not_what_a_visitor_claims() -> Result<()> {
    let world = World::start("the_upstream_learns_who_asks")?;
    let fields = [
        ("x-forwarded-for", "6.6.6.6"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "gopher"),
        ("forwarded", "for=6.6.6.6"),
        ("x-request-id", "mine"),
        ("connection", "x-secret, keep-alive, authorization"),
        ("x-secret", "hop"),
        ("te", "trailers"),
        ("proxy-authorization", "Basic abc"),
        ("authorization", "Bearer kim"),
        ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
    ];
    let answer = world.visitor.get_with("/api/echo", &fields).await?;
    let echo = answer.json();
    assert_eq!(header(&echo, "x-forwarded-host"), world.visitor.authority());
    assert_eq!(header(&echo, "x-forwarded-proto"), "http");
    assert_eq!(header(&echo, "x-request-id"), answer.field("x-request-id"));
    assert_ne!(header(&echo, "x-request-id"), "mine");
    for dropped in ["forwarded", "x-secret", "te", "proxy-authorization"] {
        assert_eq!(header(&echo, dropped), "", "{dropped} must not pass");
    }
    assert_ne!(header(&echo, "x-forwarded-for"), "6.6.6.6");
    assert_eq!(header(&echo, "authorization"), "Bearer kim", "stripping it would change who asks");
    let traceparent = header(&echo, "traceparent");
    assert!(traceparent.starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-"), "{traceparent}");
    assert!(!traceparent.contains("00f067aa0ba902b7"), "the span is ours: {traceparent}");
    assert!(traceparent.ends_with("-01"), "{traceparent}");
    Ok(())
}

#[tokio::test]
async fn an_upstreams_word_about_breakwater_is_removed() -> Result<()> {
    let world = World::start("an_upstreams_word")?;
    let answer = world.visitor.get("/nothing-here").await?;
    assert_eq!(answer.status, 404);
    assert_eq!(answer.field("breakwater"), "upstream=web, circuit=closed, source=origin");
    assert_eq!(answer.headers.get_all("breakwater").iter().count(), 1);
    Ok(())
}

#[tokio::test]
async fn a_status_that_http_does_not_know_is_no_answer() -> Result<()> {
    let upstream = Scripted::start(|seen: &Seen| {
        if seen.field("x-fails") == "1" {
            return Reply::status(999, &[], "odd");
        }
        Reply::ok(&[("cache-control", "max-age=0")], "page")
    })
    .await?;
    let world = World::start_scripted("a_status_that_http_does_not_know", &upstream)?;
    let fails = [("x-fails", "1")];
    for (path, calls) in [("/scripted/a", 1), ("/kept/a", 1), ("/cached/a", 1), ("/retried/a", 3)] {
        let answer = world.visitor.get_with(path, &fails).await?;
        assert_eq!((answer.status, answer.told("source")), (503, "fallback"), "{path}");
        assert_eq!(upstream.seen(path).len(), calls, "{path}");
    }
    assert_eq!(world.visitor.get_with("/backed/a", &fails).await?.told("source"), "backup");
    world.visitor.get("/cached/a").await?;
    let stale = world.visitor.get_with("/cached/a", &fails).await?;
    assert_eq!((stale.told("source"), stale.text().as_str()), ("stale", "page"));
    Ok(())
}
