use serde_json::json;

use crate::support::Server;

#[tokio::test]
async fn requests_are_counted_by_path_and_method_at_arrival() {
    let server = Server::start().await;
    server.fault(json!({"match": "/api/me", "kind": "reset"})).await;
    server.get("/api/echo?a=1").await;
    server.send("PROPFIND /api/echo", "").await;
    server.get("/nowhere").await;
    let mut client = server.connect().await;
    client.send("GET /api/me", "").await;
    client.rest().await.unwrap_err();
    server.get("/__open").await;
    assert_eq!(
        server.get("/__requests").await.json(),
        json!({
            "total": 4,
            "by_path": {"/api/echo": 2, "/api/me": 1, "/nowhere": 1},
            "by_method": {"GET": 3, "PROPFIND": 1},
        })
    );
}

#[tokio::test]
async fn counts_start_again_after_a_reset() {
    let server = Server::start().await;
    server.get("/").await;
    assert_eq!(server.send("DELETE /__requests", "").await.status, 204);
    let counts = server.get("/__requests").await.json();
    assert_eq!(counts, json!({"total": 0, "by_path": {}, "by_method": {}}));
}

#[tokio::test]
async fn control_never_faults() {
    let server = Server::start().await;
    server.fault(json!({"match": "/*", "kind": "reset"})).await;
    assert_eq!(server.get("/__faults").await.status, 200);
    assert_eq!(server.send("DELETE /__faults", "").await.status, 204);
}

#[tokio::test]
async fn open_connections_are_told_without_the_one_that_asks() {
    let server = Server::start().await;
    server.until_open(0, 0).await;
    let mut client = server.connect().await;
    client.send("GET /", "").await;
    client.answer(false).await;
    server.until_open(1, 0).await;
    drop(client);
    server.until_open(0, 0).await;
}
