//! A backend that reports its own health: ours, and those of two frameworks.

use anyhow::{Context as _, Result};
use breakwater_tests::{Reply, Scripted, World, eventually};
use serde_json::{Value, json};

use super::{BACKEND, ITSELF, PARTNER, detailed, said, told};

/// The site's state of a part of the backend.
fn part<'a>(detailed: &'a Value, key: &str) -> Result<&'a Value> {
    let check = &detailed["checks"][format!("backend.{key}")][0];
    if check.is_null() {
        return Err(anyhow::anyhow!("{detailed:#}")).context(key.to_owned());
    }
    Ok(check)
}

#[tokio::test]
async fn the_reference_backends_parts_are_shown_and_its_trouble_is_the_sites() -> Result<()> {
    let vars = [(BACKEND, ITSELF), (PARTNER, ITSELF)];
    let mut world = World::start_with("kinds_backend", &vars)?;
    let shown = told(&world, &[("backend", "pass"), ("partner", "pass")]).await?;
    let own = world.backend.get("/health").await?.json();
    // It reports the parts that it does not have, and they do no harm.
    for key in ["database:responseTime", "redis:responseTime", "storage:responseTime"] {
        assert_eq!(part(&shown, key)?["observedValue"], "not configured", "{own:#}");
        assert_eq!(part(&shown, key)?["status"], "pass");
    }
    for key in ["memory:utilization", "disk:utilization"] {
        let merged = part(&shown, key)?;
        assert!(merged["observedValue"].is_number(), "{merged}");
        assert_eq!(merged["observedUnit"], own["checks"][key][0]["observedUnit"], "{merged}");
    }
    // Strangers see the backend, but not its parts.
    let public = world.visitor.get("/health").await?.json();
    assert_eq!(public["checks"]["backend:responseTime"][0]["status"], "pass", "{public:#}");
    assert!(part(&public, "memory:utilization").is_err(), "{public:#}");

    world.break_with_status("/health", 503).await?;
    told(&world, &[("backend", "fail: it answered 503"), ("partner", "pass")]).await?;
    assert_eq!(world.visitor.get("/health/ready").await?.status, 503);
    world.mend_backend().await?;
    told(&world, &[("backend", "pass")]).await?;
    world.origin.kill();
    told(&world, &[("backend", "fail: no connection"), ("partner", "fail: no connection")]).await?;
    assert_eq!(world.visitor.get("/health/ready").await?.status, 503);
    Ok(())
}

/// The site's state after a backend's report about itself.
async fn shown_of(name: &str, status: u16, body: Value) -> Result<(String, Value)> {
    let backend = Scripted::start(move |_| Reply::json(status, body.to_string())).await?;
    let world = World::start_with(name, &[(BACKEND, backend.url())])?;
    let shown = eventually("the backend was asked", async || {
        let detailed = detailed(&world).await?;
        // The first probe may be slower than its time-out on a busy machine; the next one is soon.
        let is_read = !["warn: not measured yet", "fail: no answer within 500ms"]
            .contains(&&*said(&detailed, "backend"));
        Ok(is_read.then_some(detailed))
    })
    .await?;
    Ok((said(&shown, "backend"), shown))
}

#[tokio::test]
async fn a_backend_of_nest_is_read() -> Result<()> {
    let down = json!({"status": "down", "message": "connect ECONNREFUSED 10.0.0.7:6379"});
    let document = json!({
        "status": "error",
        "info": {"database": {"status": "up"}},
        "error": {"redis": down},
        "details": {"database": {"status": "up"}, "redis": down},
    });
    let (told, shown) = shown_of("kinds_nest", 503, document).await?;
    assert_eq!(told, "fail: it says `error` of redis");
    assert_eq!(part(&shown, "database:status")?["observedValue"], "up");
    let redis = part(&shown, "redis:status")?;
    assert_eq!((&redis["status"], &redis["observedValue"]), (&"fail".into(), &"down".into()));
    // Operators may see internal addresses.
    assert_eq!(redis["output"], "connect ECONNREFUSED 10.0.0.7:6379");
    Ok(())
}

#[tokio::test]
async fn a_backend_of_spring_is_read() -> Result<()> {
    let document = json!({
        "status": "OUT_OF_SERVICE",
        "components": {
            "db": {"status": "UP", "components": {
                "primary": {"status": "UP", "details": {"validationQuery": "isValid()"}},
                "replica": {"status": "DOWN", "details": {"error": "java.net.ConnectException"}},
            }},
            "diskSpace": {"status": "UP", "details": {"total": 100, "free": 50, "exists": true}},
        },
        "groups": ["liveness", "readiness"],
    });
    let (told, shown) = shown_of("kinds_spring", 503, document).await?;
    assert_eq!(told, "fail: it says `OUT_OF_SERVICE` of db.replica");
    assert_eq!(part(&shown, "db.primary:status")?["status"], "pass");
    assert_eq!(part(&shown, "db.replica:status")?["status"], "fail");
    assert_eq!(part(&shown, "diskSpace:status")?["observedValue"], "UP");
    Ok(())
}
