use crate::watching::{PACE, backend, health, in_time, redis, says, until, until_well};

const CHECK: &str = "redis:responseTime";

#[tokio::test]
#[ignore = "needs PostgreSQL and Redis: `cargo xtask test` runs it"]
async fn without_redis_the_shop_is_degraded_and_not_down() {
    let mut redis = redis();
    let backend = backend(&[("REDIS_URL", &redis.url())]).await;
    until_well(&backend, CHECK).await;
    redis.stop();
    let (took, check) =
        until(&backend, "/health", CHECK, |_, found| found["status"] == "fail").await;
    in_time(took);
    assert_eq!(check["critical"], false);
    let (status, degraded) = health(&backend, "/health").await;
    assert_eq!((status, &degraded["status"]), (200, &"warn".into()));
    assert!(degraded["output"].as_str().unwrap().contains("redis fails"), "{degraded}");
    assert_eq!(health(&backend, "/health/ready").await.0, 200);
    redis.resume().unwrap();
    in_time(until_well(&backend, CHECK).await);
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Redis: `cargo xtask test` runs it"]
async fn a_redis_that_stands_still_is_told_within_interval_and_timeout() {
    let redis = redis();
    let backend = backend(&[("REDIS_URL", &redis.url())]).await;
    until_well(&backend, CHECK).await;
    redis.freeze();
    let (took, check) =
        until(&backend, "/health", CHECK, |_, found| found["status"] == "fail").await;
    in_time(took);
    assert!(says(&check, &format!("no answer within {}", PACE[1].1)), "{check}");
    redis.thaw();
    in_time(until_well(&backend, CHECK).await);
}
