use crate::watching::{PACE, backend, health, in_time, postgres, says, until, until_well};

const CHECK: &str = "database:responseTime";

#[tokio::test]
#[ignore = "needs PostgreSQL and Redis: `cargo xtask test` runs it"]
async fn health_is_503_while_the_database_is_down_and_200_again_afterwards() {
    let mut postgres = postgres();
    let backend = backend(&[("DATABASE_URL", &postgres.url())]).await;
    until_well(&backend, CHECK).await;
    let (status, well) = health(&backend, "/health").await;
    assert_eq!(status, 200);
    let check = &well["checks"][CHECK][0];
    assert_eq!(
        (&check["componentType"], &check["observedUnit"]),
        (&"datastore".into(), &"ms".into())
    );
    assert!(check["observedValue"].as_f64().unwrap() > 0.0 && check["critical"] == true, "{check}");

    postgres.stop();
    let (took, check) = until(&backend, "/health", CHECK, |status, _| status == 503).await;
    in_time(took);
    assert_eq!(check["status"], "fail");
    assert!(says(&check, "no connection") || says(&check, "the connection broke"), "{check}");
    let (_, sick) = health(&backend, "/health").await;
    assert_eq!((&sick["status"], &sick["output"]), (&"fail".into(), &"database fails".into()));

    postgres.resume().unwrap();
    let (took, _) = until(&backend, "/health", CHECK, |status, _| status == 200).await;
    in_time(took);
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Redis: `cargo xtask test` runs it"]
async fn readiness_follows_the_database_and_liveness_does_not() {
    let mut postgres = postgres();
    let backend = backend(&[("DATABASE_URL", &postgres.url())]).await;
    until_well(&backend, CHECK).await;
    assert_eq!(health(&backend, "/health/ready").await.0, 200);
    postgres.stop();
    until(&backend, "/health/ready", CHECK, |status, _| status == 503).await;
    let (status, live) = health(&backend, "/health/live").await;
    assert_eq!((status, &live["status"]), (200, &"pass".into()));
    assert!(live["checks"].get(CHECK).is_none(), "{live}");
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Redis: `cargo xtask test` runs it"]
async fn a_database_that_stands_still_is_told_within_interval_and_timeout() {
    let postgres = postgres();
    let backend = backend(&[("DATABASE_URL", &postgres.url())]).await;
    until_well(&backend, CHECK).await;
    postgres.freeze();
    let (took, check) = until(&backend, "/health", CHECK, |status, _| status == 503).await;
    in_time(took);
    assert_eq!(check["output"], format!("no answer within {}", PACE[1].1));
    postgres.thaw();
    in_time(until_well(&backend, CHECK).await);
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Redis: `cargo xtask test` runs it"]
async fn a_database_that_never_answered_is_told_too() {
    let postgres = postgres();
    postgres.freeze();
    let backend = backend(&[("DATABASE_URL", &postgres.url())]).await;
    let (took, _) = until(&backend, "/health", CHECK, |status, _| status == 503).await;
    in_time(took);
    postgres.thaw();
    in_time(until_well(&backend, CHECK).await);
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Redis: `cargo xtask test` runs it"]
async fn a_database_without_a_connection_left_is_told_with_its_code() {
    let postgres = postgres();
    let (admin, connection) =
        tokio_postgres::connect(&postgres.url(), tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    // The remaining connections are reserved for the superuser, so an ordinary user meets the
    // limit.
    admin.batch_execute("CREATE ROLE visitor LOGIN PASSWORD 'a' CONNECTION LIMIT 0").await.unwrap();
    let url = postgres.url().replace(&format!("shop:{}", postgres.password()), "visitor:a");
    let backend = backend(&[("DATABASE_URL", &url)]).await;
    let (_, check) = until(&backend, "/health", CHECK, |status, _| status == 503).await;
    assert!(says(&check, "no connection or no memory left (53300)"), "{check}");
}
