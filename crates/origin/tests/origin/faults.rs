use std::io::ErrorKind;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::Server;

#[tokio::test]
async fn status_answers_json_to_programs_and_html_to_browsers() {
    let server = Server::start().await;
    let fault = json!({"match": "/*", "kind": "status", "status": 502, "retry_after": 7});
    let id = server.fault(fault).await;
    let answer = server.send("POST /api/orders", "{}").await;
    assert_eq!(answer.status, 502);
    assert_eq!(answer.header("retry-after"), Some("7"));
    assert_eq!(answer.header("x-fault"), Some(id.to_string().as_str()));
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    assert_eq!(answer.json()["status"], 502);
    let answer = server.get("/products").await;
    assert_eq!((answer.status, answer.header("x-render")), (502, None));
    assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
}

#[tokio::test]
async fn status_is_503_unless_named() {
    let server = Server::start().await;
    server.fault(json!({"match": "/", "kind": "status"})).await;
    let answer = server.get("/").await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, None));
}

#[tokio::test]
async fn latency_delays_the_real_answer() {
    let server = Server::start().await;
    server.fault(json!({"match": "/", "kind": "latency", "delay_ms": 80})).await;
    let start = Instant::now();
    let answer = server.get("/").await;
    assert!(start.elapsed() >= Duration::from_millis(80));
    assert_eq!((answer.status, answer.header("x-render")), (200, Some("1")));
}

#[tokio::test]
async fn hang_answers_nothing_until_the_client_leaves() {
    let server = Server::start().await;
    server.fault(json!({"match": "/api/*", "kind": "hang"})).await;
    let mut get = server.connect().await;
    get.send("GET /api/products", "").await;
    let mut post = server.connect().await;
    post.send("POST /api/orders", "{}").await;
    server.until_open(2, 2).await;
    drop(get);
    server.until_open(1, 1).await;
    drop(post);
    server.until_open(0, 0).await;
}

#[tokio::test]
async fn deleting_a_fault_ends_what_hangs_on_it_alone() {
    let server = Server::start().await;
    let first = server.fault(json!({"match": "/api/*", "kind": "hang"})).await;
    server.fault(json!({"match": "/", "kind": "hang"})).await;
    let (mut api, mut page) = (server.connect().await, server.connect().await);
    api.send("GET /api/me", "").await;
    page.send("GET /", "").await;
    server.until_open(2, 2).await;
    assert_eq!(server.send(&format!("DELETE /__faults/{first}"), "").await.status, 204);
    assert_eq!(api.rest().await.unwrap(), b"");
    server.until_open(1, 1).await;
    assert_eq!(server.send("DELETE /__faults", "").await.status, 204);
    assert_eq!(page.rest().await.unwrap(), b"");
    server.until_open(0, 0).await;
    assert_eq!(server.get("/").await.status, 200);
}

#[tokio::test]
async fn reset_is_a_tcp_reset_before_any_byte() {
    let server = Server::start().await;
    server.fault(json!({"match": "/", "kind": "reset"})).await;
    let mut client = server.connect().await;
    client.send("GET /", "").await;
    assert_eq!(client.rest().await.unwrap_err().kind(), ErrorKind::ConnectionReset);
    server.until_open(0, 0).await;
}

#[tokio::test]
async fn reset_spares_other_connections() {
    let server = Server::start().await;
    server.fault(json!({"match": "/", "kind": "reset"})).await;
    let mut other = server.connect().await;
    other.send("GET /products", "").await;
    assert_eq!(other.answer(false).await.status, 200);
    let mut client = server.connect().await;
    client.send("GET /", "").await;
    client.rest().await.unwrap_err();
    other.send("GET /products", "").await;
    assert_eq!(other.answer(false).await.status, 200);
}

#[tokio::test]
async fn truncate_sends_the_true_length_and_half_of_the_body() {
    let server = Server::start().await;
    let whole = server.get("/assets/style.css").await;
    let large = server.get("/assets/lookbook.bin").await;
    server.fault(json!({"match": "/assets/*", "kind": "truncate"})).await;
    for (path, whole) in [("/assets/style.css", whole), ("/assets/lookbook.bin", large)] {
        let half = server.get(path).await;
        assert_eq!((half.status, half.complete), (200, false));
        assert_eq!(half.header("content-length"), Some(whole.body.len().to_string().as_str()));
        assert_eq!(half.body, whole.body[..whole.body.len() / 2]);
    }
    server.until_open(0, 0).await;
}

#[tokio::test]
async fn truncated_chunks_end_without_the_last_one() {
    let server = Server::start().await;
    server.fault(json!({"match": "/api/stream", "kind": "truncate"})).await;
    let answer = server.get("/api/stream?chunks=4&every_ms=1").await;
    assert_eq!((answer.status, answer.complete), (200, false));
    assert_eq!(answer.text(), "chunk 1\nchunk 2\n");
}

#[tokio::test]
async fn truncate_leaves_answers_without_a_body_alone() {
    let server = Server::start().await;
    server.fault(json!({"match": "/", "kind": "truncate"})).await;
    let answer = server.send("HEAD /", "").await;
    assert_eq!((answer.status, answer.complete), (200, true));
}

#[tokio::test]
async fn slow_body_comes_in_pieces_with_pauses() {
    let server = Server::start().await;
    let whole = server.get("/assets/logo.svg").await;
    server.fault(json!({"match": "/assets/*", "kind": "slow_body", "delay_ms": 30})).await;
    let start = Instant::now();
    let slow = server.get("/assets/logo.svg").await;
    let pauses = whole.body.len().div_ceil(128) as u32 - 1;
    assert!(pauses > 0 && start.elapsed() >= Duration::from_millis(30) * pauses);
    assert_eq!(slow.header("content-length"), whole.header("content-length"));
    assert_eq!((slow.body, slow.complete), (whole.body, true));
}

#[tokio::test]
async fn garbage_is_not_http() {
    let server = Server::start().await;
    server.fault(json!({"match": "/api/*", "kind": "garbage"})).await;
    let mut client = server.connect().await;
    client.send("POST /api/orders", "{}").await;
    let bytes = client.rest().await.unwrap();
    assert!(bytes.len() > 10 && !bytes.starts_with(b"HTTP/"), "{bytes:?}");
    server.until_open(0, 0).await;
}

#[tokio::test]
async fn share_spreads_faults_evenly() {
    let server = Server::start().await;
    server.fault(json!({"match": "/api/me", "kind": "status", "share": 0.25})).await;
    let mut statuses = Vec::new();
    for _ in 0..8 {
        statuses.push(server.send("GET /api/me\ncookie: session=ann", "").await.status);
    }
    assert_eq!(statuses, [200, 200, 200, 503, 200, 200, 200, 503]);
}

#[tokio::test]
async fn methods_narrow_a_fault() {
    let server = Server::start().await;
    let fault = json!({"match": "/api/*", "kind": "status", "methods": ["POST"]});
    server.fault(fault).await;
    assert_eq!(server.send("POST /api/orders", "").await.status, 503);
    assert_eq!(server.get("/api/orders").await.json()["count"], 0);
}

#[tokio::test]
async fn faults_are_listed_with_their_hits() {
    let server = Server::start().await;
    server.fault(json!({"match": "/a", "kind": "reset"})).await;
    server.fault(json!({"match": "/api/*", "kind": "status"})).await;
    server.get("/api").await;
    let faults = server.get("/__faults").await.json();
    assert_eq!(
        faults,
        json!({"faults": [
            {"id": 1, "match": "/a", "kind": "reset", "delay_ms": 0, "share": 1.0, "hits": 0},
            {"id": 2, "match": "/api/*", "kind": "status", "status": 503, "delay_ms": 0,
             "share": 1.0, "hits": 1},
        ]})
    );
}
