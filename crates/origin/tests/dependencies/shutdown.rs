use std::time::{Duration, Instant};

use redis::AsyncCommands as _;
use rustix::process::Signal;

use crate::client::process::events;
use crate::watching::{backend, eventually, postgres, redis, until_well};

/// The number of the shop's connections, as PostgreSQL sees it.
const SESSIONS: &str =
    "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'stolentee-shop'";

#[tokio::test]
#[ignore = "needs PostgreSQL and Redis: `cargo xtask test` runs it"]
async fn shutdown_closes_every_connection_on_sigterm() {
    let (postgres, cache) = (postgres(), redis());
    let (admin, connection) =
        tokio_postgres::connect(&postgres.url(), tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let client = redis::Client::open(cache.url()).unwrap();
    let mut commands = client.get_multiplexed_async_connection().await.unwrap();
    let sessions = async || -> i64 { admin.query_one(SESSIONS, &[]).await.unwrap().get(0) };

    let backend = backend(&[("DATABASE_URL", &postgres.url()), ("REDIS_URL", &cache.url())]).await;
    until_well(&backend, "database:responseTime").await;
    until_well(&backend, "redis:responseTime").await;
    assert_eq!(sessions().await, 1);
    assert_eq!(clients(&mut commands).await, 2, "the shop, and we who ask");

    backend.signal(Signal::TERM);
    let (status, log) = backend.ended().await;
    assert_eq!(status.code(), Some(0));
    eventually("no session is left", async || sessions().await == 0).await;
    eventually("no client is left", async || clients(&mut commands).await == 1).await;

    // The kernel would have closed them too; the test is about a close in good order.
    let postgres_log = postgres.log();
    assert!(!postgres_log.contains("unexpected EOF"), "{postgres_log}");
    assert!(!postgres_log.contains("could not receive data from client"), "{postgres_log}");
    let stats: String =
        redis::cmd("INFO").arg("commandstats").query_async(&mut commands).await.unwrap();
    assert!(stats.contains("cmdstat_quit:calls=1,"), "{stats}");
    let order: Vec<_> = log.iter().map(|record| record["event_name"].as_str().unwrap()).collect();
    let at = |name| order.iter().position(|event| *event == name).unwrap();
    assert!(at("shutdown.begun") < at("database.closed"), "{order:?}");
    assert!(at("shutdown.begun") < at("redis.closed"), "{order:?}");
    assert_eq!(order.last(), Some(&"shutdown.done"));
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Redis: `cargo xtask test` runs it"]
async fn connections_stay_open_until_the_last_request_is_answered() {
    let postgres = postgres();
    let (admin, connection) =
        tokio_postgres::connect(&postgres.url(), tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let sessions = async || -> i64 { admin.query_one(SESSIONS, &[]).await.unwrap().get(0) };
    let backend = backend(&[("DATABASE_URL", &postgres.url())]).await;
    until_well(&backend, "database:responseTime").await;
    let mut busy = backend.connect().await;
    busy.send("GET /api/stream?chunks=3&every_ms=300", "").await;
    busy.head().await;
    backend.signal(Signal::TERM);
    while !busy.chunk().await.unwrap().is_empty() {
        assert_eq!(sessions().await, 1, "a request may still need it");
    }
    assert_eq!(backend.ended().await.0.code(), Some(0));
    eventually("no session is left", async || sessions().await == 0).await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Redis: `cargo xtask test` runs it"]
async fn dependencies_that_stand_still_do_not_hold_the_shutdown_up() {
    let (postgres, cache) = (postgres(), redis());
    let backend = backend(&[("DATABASE_URL", &postgres.url()), ("REDIS_URL", &cache.url())]).await;
    until_well(&backend, "database:responseTime").await;
    until_well(&backend, "redis:responseTime").await;
    postgres.freeze();
    cache.freeze();
    let begun = Instant::now();
    backend.signal(Signal::TERM);
    let (status, log) = backend.ended().await;
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
    assert_eq!(status.code(), Some(0), "{log:?}");
    assert_eq!(events(&log, "shutdown.done").len(), 1);
}

async fn clients(commands: &mut redis::aio::MultiplexedConnection) -> usize {
    let _: Option<String> = commands.get("nothing").await.unwrap();
    let list: String = redis::cmd("CLIENT").arg("LIST").query_async(commands).await.unwrap();
    list.lines().filter(|line| !line.is_empty()).count()
}
