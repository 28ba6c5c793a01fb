use serde_json::json;
use tokio::net::TcpStream;

use crate::support::{Server, within};

#[tokio::test]
async fn requests_under_way_finish_and_idle_connections_end() {
    let server = Server::start().await;
    let mut idle = server.connect().await;
    idle.send("GET /", "").await;
    idle.answer(false).await;
    let mut busy = server.connect().await;
    busy.send("GET /api/stream?chunks=4&every_ms=20", "").await;
    busy.head().await;
    server.until_open(2, 1).await;
    server.shutdown.send(()).unwrap();
    let mut chunks = 0;
    while !busy.chunk().await.unwrap().is_empty() {
        chunks += 1;
    }
    assert_eq!(chunks, 4);
    assert_eq!(idle.rest().await.unwrap(), b"");
    within(server.task).await.unwrap();
    TcpStream::connect(server.address).await.unwrap_err();
}

#[tokio::test]
async fn hung_requests_do_not_hold_the_shutdown_up() {
    let server = Server::start().await;
    server.fault(json!({"match": "/", "kind": "hang"})).await;
    let mut client = server.connect().await;
    client.send("GET /", "").await;
    server.until_open(1, 1).await;
    server.shutdown.send(()).unwrap();
    assert_eq!(client.rest().await.unwrap(), b"");
    within(server.task).await.unwrap();
}
