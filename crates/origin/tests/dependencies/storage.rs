//! Storage, in the form of another backend that answers over real HTTP, fails, and hangs.

use rustix::process::Signal;

use crate::client::process::Backend;
use crate::watching::{PACE, backend, health, in_time, says, until, until_well};

const CHECK: &str = "storage:responseTime";

#[tokio::test]
#[ignore = "needs PostgreSQL and Redis: `cargo xtask test` runs it"]
async fn storage_that_fails_or_stands_still_is_told_and_degrades() {
    let storage = Backend::start(&[]).await;
    let url = format!("{}/assets", storage.url());
    let backend = backend(&[("STORAGE_URL", &format!("{url}/app.js"))]).await;
    until_well(&backend, CHECK).await;

    let fault = r#"{"match": "/assets/*", "kind": "status", "status": 500}"#;
    storage.send("POST /__faults", fault).await;
    let is_down = |_, found: &serde_json::Value| found["status"] == "fail";
    let (took, check) = until(&backend, "/health", CHECK, is_down).await;
    in_time(took);
    assert!(says(&check, "it answered 500"), "{check}");
    assert_eq!(health(&backend, "/health").await.0, 200);
    storage.send("DELETE /__faults", "").await;
    in_time(until_well(&backend, CHECK).await);

    storage.signal(Signal::STOP);
    let (took, check) = until(&backend, "/health", CHECK, is_down).await;
    in_time(took);
    assert!(says(&check, &format!("no answer within {}", PACE[1].1)), "{check}");
    storage.signal(Signal::CONT);
    in_time(until_well(&backend, CHECK).await);
}
