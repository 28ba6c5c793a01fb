//! Real PostgreSQL and Redis, seen from the edge: behind the backend, and behind Upstash's API.
//!
//! These tests need the servers' programs, so they are ignored by default. `cargo xtask test` runs
//! them where it finds the programs, and says so where it does not.

use anyhow::Result;
use breakwater_testing::servers::{Postgres, Programs, Redis};
use breakwater_tests::{Client, UPSTASH_TOKEN, Upstash, World};

use super::{BACKEND, ITSELF, REDIS, told};

#[tokio::test]
#[ignore = "needs PostgreSQL and Redis: `cargo xtask test` runs it"]
async fn the_death_of_the_backends_database_and_redis_shows_at_the_edge() -> Result<()> {
    let programs = Programs::locate()?;
    let (mut postgres, mut redis) = (Postgres::start(&programs)?, Redis::start(&programs)?);
    let settings = [
        ("DATABASE_URL", postgres.url()),
        ("REDIS_URL", redis.url()),
        ("HEALTH_INTERVAL", "1s".into()),
        ("HEALTH_TIMEOUT", "1s".into()),
    ];
    let settings = settings.each_ref().map(|(name, value)| (*name, value.as_str()));
    let world = World::start_with_backend("kinds_servers", &settings, &[(BACKEND, ITSELF)])?;
    let shown = told(&world, &[("backend", "pass")]).await?;
    for key in ["backend.database:responseTime", "backend.redis:responseTime"] {
        assert!(shown["checks"][key][0]["observedValue"].is_number(), "{key}: {shown:#}");
    }
    redis.stop();
    let shown = told(&world, &[("backend", "warn: it says `warn` of redis")]).await?;
    assert_eq!(shown["checks"]["backend.redis:responseTime"][0]["status"], "fail");
    assert_eq!(world.visitor.get("/health").await?.status, 200);
    postgres.stop();
    let shown = told(&world, &[("backend", "fail: it says `fail` of database, redis")]).await?;
    assert_eq!(shown["checks"]["backend.database:responseTime"][0]["critical"], true);
    assert_eq!(world.visitor.get("/health/ready").await?.status, 503);
    for secret in [postgres.password(), redis.password()] {
        assert!(!shown.to_string().contains(secret), "{shown:#}");
    }
    redis.resume()?;
    postgres.resume()?;
    told(&world, &[("backend", "pass")]).await?;
    Ok(())
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Redis: `cargo xtask test` runs it"]
async fn a_redis_behind_upstashs_api_is_asked_for_real() -> Result<()> {
    let mut redis = Redis::start(&Programs::locate()?)?;
    let upstash = Upstash::start(&redis.url(), UPSTASH_TOKEN)?;
    // The stand-in behaves like Upstash: commands in paths and bodies, and Redis's own errors.
    let (client, token) = (Client::new(upstash.url()), format!("Bearer {UPSTASH_TOKEN}"));
    let fields = [("authorization", token.as_str())];
    assert_eq!(client.get_with("/set/shirt/sold", &fields).await?.text(), r#"{"result":"OK"}"#);
    let read = client.send("POST", "/", &fields, r#"["GET","shirt"]"#).await?;
    assert_eq!(read.text(), r#"{"result":"sold"}"#);
    let refused = client.get_with("/incr/shirt", &fields).await?;
    assert_eq!(refused.status, 400);
    assert!(
        refused.text().starts_with(r#"{"error":"ERR value is not an integer"#),
        "{}",
        refused.text()
    );
    assert_eq!(client.get("/ping").await?.status, 401);

    let world = World::start_with("kinds_upstash", &[(REDIS, upstash.url())])?;
    told(&world, &[("redis", "pass")]).await?;
    redis.freeze();
    told(&world, &[("redis", "fail: no answer within 250ms")]).await?;
    redis.thaw();
    told(&world, &[("redis", "pass")]).await?;
    redis.stop();
    told(&world, &[("redis", "fail: it says that it is unavailable (503)")]).await?;
    redis.resume()?;
    told(&world, &[("redis", "pass")]).await?;
    Ok(())
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Redis: `cargo xtask test` runs it"]
async fn upstash_refuses_a_wrong_token() -> Result<()> {
    let redis = Redis::start(&Programs::locate()?)?;
    let upstash = Upstash::start(&redis.url(), UPSTASH_TOKEN)?;
    let vars = [(REDIS, upstash.url()), ("UPSTASH_TOKEN", "an-old-token")];
    let world = World::start_with("kinds_upstash_token", &vars)?;
    told(&world, &[("redis", "warn: it refuses our secret (401)")]).await?;
    Ok(())
}
