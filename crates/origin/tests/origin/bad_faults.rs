use serde_json::{Value, json};

use crate::support::Server;

async fn check(server: &Server, fault: Value, key: &str, value: Value) {
    let answer = server.send("POST /__faults", &fault.to_string()).await;
    assert_eq!(answer.status, 422, "{fault}");
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    let problem = answer.json();
    assert_eq!((&problem["key"], &problem["value"]), (&json!(key), &value), "{problem}");
    assert!(!problem["allowed"].as_str().unwrap().is_empty());
    assert!(problem["detail"].as_str().unwrap().contains(key), "{problem}");
}

#[tokio::test]
async fn bad_fault_gets_an_error_that_names_key_value_and_what_is_allowed() {
    let server = Server::start().await;
    let fault = json!({"match": "/", "kind": "explode"});
    check(&server, fault, "kind", json!("explode")).await;
    let fault = json!({"match": "/", "kind": "hang", "probability": 0.5});
    check(&server, fault, "probability", json!(0.5)).await;
    let fault = json!({"match": "/", "kind": "status", "status": 42});
    check(&server, fault, "status", json!(42)).await;
    check(&server, json!({"kind": "hang"}), "match", Value::Null).await;
    assert_eq!(server.get("/__faults").await.json(), json!({"faults": []}));
}

#[tokio::test]
async fn fault_that_is_no_json_is_a_bad_request() {
    let server = Server::start().await;
    let answer = server.send("POST /__faults", "kind=hang").await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
}

#[tokio::test]
async fn deleting_a_fault_that_is_not_there_is_not_found() {
    let server = Server::start().await;
    assert_eq!(server.send("DELETE /__faults/7", "").await.status, 404);
    assert_eq!(server.get("/__nothing").await.status, 404);
}
