use std::time::{Duration, Instant};

use crate::support::Server;

#[tokio::test]
async fn chunks_come_over_time() {
    let server = Server::start().await;
    let start = Instant::now();
    let answer = server.get("/api/stream?chunks=3&every_ms=40").await;
    assert!(start.elapsed() >= Duration::from_millis(80));
    assert_eq!(answer.text(), "chunk 1\nchunk 2\nchunk 3\n");
}

#[tokio::test]
async fn first_chunk_arrives_hours_before_the_last() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    client.send("GET /api/stream?chunks=1000&every_ms=10000", "").await;
    assert_eq!(client.head().await.header("transfer-encoding"), Some("chunked"));
    assert_eq!(client.chunk().await.unwrap(), b"chunk 1\n");
}

#[tokio::test]
async fn chunks_without_pause_still_travel_alone() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    client.send("GET /api/stream?every_ms=0&chunk_bytes=20", "").await;
    client.head().await;
    for number in 1..=5 {
        assert_eq!(
            client.chunk().await.unwrap(),
            format!("chunk {number}............\n").as_bytes()
        );
    }
    assert!(client.chunk().await.unwrap().is_empty());
}

#[tokio::test]
async fn client_that_leaves_ends_its_stream() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    client.send("GET /api/stream?chunks=1000&every_ms=10", "").await;
    client.head().await;
    server.until_open(1, 1).await;
    drop(client);
    server.until_open(0, 0).await;
}

#[tokio::test]
async fn query_that_makes_no_sense_is_a_problem() {
    let server = Server::start().await;
    let answer = server.get("/api/stream?chunks=many").await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
}
