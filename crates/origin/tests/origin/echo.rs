use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::support::Server;

const PIECE: usize = 64 * 1024;
const PIECES: usize = 80;

#[tokio::test]
async fn any_method_is_echoed_with_all_fields() {
    let server = Server::start().await;
    for method in ["PROPFIND", "QUERY", "DELETE", "PATCH"] {
        let head = format!("{method} /api/echo?a=%20b&c\nX-Twice: 1\nx-twice: 2");
        let echo = server.send(&head, "abc").await.json();
        assert_eq!(echo["method"], method);
        assert_eq!((&echo["path"], &echo["query"]), (&json!("/api/echo"), &json!("a=%20b&c")));
        assert_eq!(echo["headers"]["x-twice"], json!(["1", "2"]));
        assert_eq!(echo["headers"]["host"], json!(["stolentee.test"]));
        assert_eq!(echo["body_bytes"], 3);
        assert_eq!(echo["body_sha256"], hex(&Sha256::digest("abc")));
    }
    assert_eq!(server.get("/api/echo").await.json()["query"], Value::Null);
}

#[tokio::test]
async fn streamed_body_of_5_mb_is_hashed() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    client.send("PUT /api/echo\ntransfer-encoding: chunked", "").await;
    let mut digest = Sha256::new();
    for number in 0..PIECES {
        let piece = vec![number as u8; PIECE];
        digest.update(&piece);
        client.write(format!("{PIECE:x}\r\n").as_bytes()).await;
        client.write(&piece).await;
        client.write(b"\r\n").await;
    }
    client.write(b"0\r\n\r\n").await;
    let echo = client.answer(false).await.json();
    assert_eq!(echo["body_bytes"], PIECE * PIECES);
    assert_eq!(echo["body_sha256"], hex(&digest.finalize()));
}

#[tokio::test]
async fn client_that_waits_for_100_continue_gets_it() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    client.send("POST /api/echo\nexpect: 100-continue\ncontent-length: 3", "").await;
    assert_eq!(client.head().await.status, 100);
    client.write(b"abc").await;
    assert_eq!(client.answer(false).await.json()["body_bytes"], 3);
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
