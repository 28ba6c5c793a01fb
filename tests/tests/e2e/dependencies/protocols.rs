//! The request to each kind of dependency, its secret, and its interval.

use std::time::{Duration, Instant};

use anyhow::Result;
use breakwater_tests::{
    BACKEND_TOKEN, DEPENDENCIES, Reply, SUPABASE_KEY, Scripted, Seen, UPSTASH_TOKEN, World,
    eventually,
};

use serde_json::json;

use super::{BACKEND, DATABASE, FILES, LOGIN, REDIS, all_at, all_well, detailed, said, told};

/// The time-out of a dependency in milliseconds, and its text.
fn timeout_of(name: &str) -> (u64, &'static str) {
    match name {
        "redis" => (250, "250ms"),
        "files" => (1_000, "1s"),
        _ => (500, "500ms"),
    }
}

/// The bearer token and the key in requests to a dependency's server.
fn secrets_of(name: &str) -> (Option<&'static str>, Option<&'static str>) {
    match name {
        "database" | "login" | "files" => (Some(SUPABASE_KEY), Some(SUPABASE_KEY)),
        "redis" => (Some(UPSTASH_TOKEN), None),
        "backend" => (Some(BACKEND_TOKEN), None),
        _ => (None, None),
    }
}

#[tokio::test]
async fn each_kind_is_asked_as_its_protocol_wants() -> Result<()> {
    let world = World::start("kinds_asked")?;
    let detailed = all_well(&world).await?;
    for (name, path) in DEPENDENCIES {
        let seen = world.dependencies.seen(path);
        let Some(seen) = seen.first() else { anyhow::bail!("{name} was not asked for {path}") };
        assert_eq!((seen.method.as_str(), seen.body.len()), ("GET", 0), "{name}");
        assert_eq!(seen.field("user-agent"), "Breakwater-Probe", "{name}");
        let (token, key) = secrets_of(name);
        let shown = token.map(|token| format!("Bearer {token}")).unwrap_or_default();
        assert_eq!(seen.field("authorization"), shown, "{name}");
        assert_eq!(seen.field("apikey"), key.unwrap_or_default(), "{name}");
        let is_rows = name == "database";
        assert_eq!(seen.field("range"), if is_rows { "0-0" } else { "" }, "{name}");
        let verdict = &detailed["checks"][format!("{name}:responseTime")][0];
        assert_eq!(verdict["observedUnit"], "ms", "{name}");
        let is_critical = matches!(name, "backend" | "database");
        assert_eq!(verdict["critical"], is_critical, "{name}");
    }
    Ok(())
}

#[tokio::test]
async fn each_is_asked_at_its_own_interval() -> Result<()> {
    let world = World::start("kinds_intervals")?;
    all_well(&world).await?;
    let seen = |path: &str| world.dependencies.seen(path).len();
    let (login, files) = ("/auth/v1/health", "/storage/v1/health");
    let (start, logins, file_checks) = (Instant::now(), seen(login), seen(files));
    // No visitor asks for health meanwhile: alarms do all the work.
    eventually("it is asked by itself", async || {
        Ok((seen(login) >= logins + 4 && seen(files) > file_checks).then_some(()))
    })
    .await?;
    let took = start.elapsed();
    // The first of them may have been due already.
    assert!(took > Duration::from_secs(3) - Duration::from_millis(100), "4 in {took:?}");
    let most = |every: f64| (took.as_secs_f64() / every) as usize + 1;
    let (logins, file_checks) = (seen(login) - logins, seen(files) - file_checks);
    assert!(logins <= most(0.95), "{logins} in {took:?}");
    assert!(file_checks <= most(1.9), "{file_checks} in {took:?}");
    Ok(())
}

#[tokio::test]
async fn a_wrong_secret_warns_and_is_told_to_nobody() -> Result<()> {
    const KEY: &str = "sb_secret_wrong-7f3a91";
    const TOKEN: &str = "token-wrong-7f3a91";
    let echo = |seen: &Seen| format!("{} {}", seen.field("apikey"), seen.field("authorization"));
    let refusing = Scripted::start(move |seen| {
        let body =
            format!(r#"{{"message":"Invalid API key: {}","error":"WRONGPASS"}}"#, echo(seen));
        Reply::json(401, body)
    })
    .await?;
    let talking = Scripted::start(move |seen| Reply::status(200, &[], echo(seen))).await?;
    let backend = Scripted::start(move |seen| {
        let output = format!("who is {}?", seen.field("authorization"));
        let check = json!([{"status": "warn", "output": output}]);
        Reply::json(200, json!({"status": "warn", "checks": {"door:lock": check}}).to_string())
    })
    .await?;
    let broken = Scripted::start(|_| Reply::Disconnect).await?;
    let vars = [
        ("SUPABASE_KEY", KEY),
        ("UPSTASH_TOKEN", TOKEN),
        ("BACKEND_TOKEN", TOKEN),
        (BACKEND, backend.url()),
        (DATABASE, refusing.url()),
        (REDIS, refusing.url()),
        (LOGIN, talking.url()),
        (FILES, broken.url()),
    ];
    let world = World::start_with("kinds_secret", &vars)?;
    let detailed = told(
        &world,
        &[
            // Only an operator can mend it, and the site need not fail because of it.
            ("database", "warn: it refuses our secret (401)"),
            ("redis", "warn: it refuses our secret (401)"),
            ("login", "fail: it answered 200, but not with its version"),
            ("files", "fail: no connection"),
        ],
    )
    .await?;
    let check = &detailed["checks"]["backend.door:lock"][0];
    assert_eq!(check["output"], "who is Bearer ***?", "{detailed:#}");
    let shown = |path: &str| refusing.seen(path).first().map(echo).unwrap_or_default();
    assert_eq!(shown("/ping"), format!(" Bearer {TOKEN}"));
    assert_eq!(shown("/rest/v1/products?select=id"), format!("{KEY} Bearer {KEY}"));
    let public = world.visitor.get("/health").await?;
    assert_eq!(public.status, 200, "{}", public.text());
    let headers = format!("{:?}", public.headers);
    for text in [detailed.to_string(), public.text(), headers, world.worker_log()?] {
        assert!(!text.contains("7f3a91"), "{text}");
    }
    Ok(())
}

#[tokio::test]
async fn without_its_secret_a_dependency_is_not_asked() -> Result<()> {
    let world = World::start_with("kinds_unset", &[("SUPABASE_KEY", "")])?;
    let unset = "warn: the secret `SUPABASE_KEY` is not set";
    told(&world, &[("redis", "pass"), ("database", unset), ("login", unset), ("files", unset)])
        .await?;
    for path in ["/rest/v1/products?select=id", "/auth/v1/health", "/storage/v1/health"] {
        assert!(world.dependencies.seen(path).is_empty(), "{path}");
    }
    Ok(())
}

#[tokio::test]
async fn a_dependency_that_never_answers_fails_within_its_own_timeout() -> Result<()> {
    let silent = Scripted::start(|seen| match seen.path.as_str() {
        "/health" | "/" => Reply::Unfinished(r#"{"status":"pass","checks":{"#.into()),
        _ => Reply::Silence,
    })
    .await?;
    let world = World::start_with("kinds_silent", &all_at(silent.url()))?;
    let asked = Instant::now();
    detailed(&world).await?;
    // All are probed at once, so it takes as long as the slowest of them, and not the sum of all.
    let together = DEPENDENCIES.map(|(name, _)| timeout_of(name).0).iter().sum();
    assert!(asked.elapsed() < Duration::from_millis(together), "{:?}", asked.elapsed());
    // A busy machine may add to the time of one probe, but not to each.
    eventually("each was waited for as long as it says", async || {
        let detailed = detailed(&world).await?;
        let mut are_in_time = true;
        for (name, _) in DEPENDENCIES {
            let (timeout, shown) = timeout_of(name);
            let status = if name == "third" { "warn" } else { "fail" };
            assert_eq!(said(&detailed, name), format!("{status}: no answer within {shown}"));
            let took = &detailed["checks"][format!("{name}:responseTime")][0]["observedValue"];
            let took = took.as_u64().unwrap_or_default();
            // Timers and clocks may round differently.
            assert!(took + 10 >= timeout, "{name} was waited for {took} ms");
            are_in_time &= took < timeout + 200;
        }
        Ok(are_in_time.then_some(()))
    })
    .await
}
