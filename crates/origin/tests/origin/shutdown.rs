use breakwater_origin::{Ended, Settings};
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};

use crate::support::{Client, Server, within};

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

#[tokio::test]
async fn requests_that_only_the_kernel_had_accepted_are_answered() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut clients = Vec::new();
    for _ in 0..5 {
        let mut client = Client::connect(address).await;
        client.send("GET /api/echo", "").await;
        clients.push(client);
    }
    let stop_at_once = std::future::ready(());
    let ended = breakwater_origin::serve(listener, Settings::default(), stop_at_once);
    let answered = async {
        for client in &mut clients {
            let answer = client.answer(false).await;
            assert_eq!((answer.status, answer.header("connection")), (200, Some("close")));
        }
    };
    let (ended, ()) = within(async { tokio::join!(ended, answered) }).await;
    assert_eq!(ended.unwrap(), Ended::Clean);
}

#[tokio::test]
async fn request_that_was_on_its_way_to_an_idle_connection_is_answered() {
    let server = Server::start().await;
    let mut idle = server.connect().await;
    idle.send("GET /", "").await;
    assert_eq!(idle.answer(false).await.header("connection"), None);
    server.shutdown.send(()).unwrap();
    within(async { while TcpStream::connect(server.address).await.is_ok() {} }).await;
    idle.send("GET /api/echo", "").await;
    let answer = idle.answer(false).await;
    assert_eq!((answer.status, answer.header("connection")), (200, Some("close")));
    assert_eq!(idle.rest().await.unwrap(), b"");
    assert_eq!(within(server.task).await.unwrap(), Ended::Clean);
}
