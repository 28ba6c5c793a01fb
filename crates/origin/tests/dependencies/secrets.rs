use crate::watching::{backend, health, postgres, redis, says, until};

#[tokio::test]
#[ignore = "needs PostgreSQL and Redis: `cargo xtask test` runs it"]
async fn a_wrong_password_is_told_and_never_shown() {
    let (postgres, redis) = (postgres(), redis());
    let wrong = |url: String, password: &str| url.replace(password, "hunter2");
    let backend = backend(&[
        ("DATABASE_URL", &wrong(postgres.url(), postgres.password())),
        ("REDIS_URL", &wrong(redis.url(), redis.password())),
        ("GEMINI_URL", "http://127.0.0.1:9"),
        ("GEMINI_API_KEY", "hunter2"),
        ("LOG_LEVEL", "trace"),
    ])
    .await;
    for (check, why) in [
        ("database:responseTime", "it refuses our user or password (28P01)"),
        ("redis:responseTime", "it refuses our user or password"),
    ] {
        let is_told = |_, found: &serde_json::Value| found["status"] == "fail";
        let (_, found) = until(&backend, "/health", check, is_told).await;
        assert!(says(&found, why), "{found}");
    }
    backend.send("POST /api/studio/logo\ncontent-type: image/png", "image").await;
    let (_, detailed) = health(&backend, "/health/detailed").await;
    let said = format!("{detailed} {}", backend.log_text());
    assert!(said.contains("health.changed"), "{said}");
    assert!(!said.contains("hunter2"), "{said}");
}
