//! Objectives: what visitors get counts, and a budget that burns too fast becomes an incident.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use breakwater_tests::{World, eventually};
use serde_json::Value;

use crate::watch::{arrived, receiver, watched};

/// The route of the objective, which has a circuit of its own.
const PATH: &str = "/api/echo";
/// Requests that go well, and requests that do not. The objective of the site allows one in a
/// hundred to go wrong, and judges from ten on.
const REQUESTS: usize = 20;
/// What isolates have counted is with the monitor within 90 s: the reports of an isolate that meets
/// no failure are 45 s apart, and the circuit closes within some seconds.
const LIMIT: Duration = Duration::from_secs(90);

/// What visitors were given, as an objective has to count it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct GivenAnswers {
    good: u64,
    bad: u64,
}

impl GivenAnswers {
    async fn ask(&mut self, world: &World) -> Result<u16> {
        let status = world.visitor.get(PATH).await?.status;
        match status {
            ..400 => self.good += 1,
            400..500 => {}
            500.. => self.bad += 1,
        }
        Ok(status)
    }
}

async fn objective(world: &World) -> Result<Value> {
    let shown = world.operate("GET", "/_breakwater/objectives", "").await?;
    ensure!(shown.status == 200, "{}", shown.text());
    let shown = shown.json();
    let of_echo = |it: &&Value| it["name"] == "echo";
    let found = shown["objectives"].as_array().into_iter().flatten().find(of_echo);
    found.cloned().context("the objective")
}

/// Asks for what counts nowhere, so that isolates report, and has rounds run, until the objective
/// has counted exactly what was given.
async fn is_counted(world: &mut World, given: &mut GivenAnswers) -> Result<Value> {
    world.mend_backend().await?;
    world.break_with_status(PATH, 404).await?;
    let begun = Instant::now();
    loop {
        given.ask(world).await?;
        assert_eq!(world.stack.scheduled()?, "ok");
        let shown = objective(world).await?;
        let (good, bad) = (shown["good"].as_u64(), shown["bad"].as_u64());
        ensure!(good <= Some(given.good) && bad <= Some(given.bad), "{given:?}: {shown}");
        if (good, bad) == (Some(given.good), Some(given.bad)) {
            world.mend_backend().await?;
            return Ok(shown);
        }
        ensure!(begun.elapsed() < LIMIT, "not within {LIMIT:?}: {given:?}: {shown}");
    }
}

/// Each answer of the route counts once, also while its circuit is open; the loss is told.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_visitors_get_counts_and_a_loss_pages() -> Result<()> {
    let receiver = receiver(0)?;
    let mut world = watched("a_loss_pages", &receiver)?;
    let mut given = GivenAnswers::default();
    let before = objective(&world).await?;
    assert_eq!((&before["good"], &before["bad"]), (&0.into(), &0.into()), "{before}");
    assert_eq!(before["budget_left_ppm"], 1_000_000, "{before}");
    assert_eq!(before["firing"], Value::Array(Vec::new()), "{before}");
    for _ in 0..REQUESTS {
        assert_eq!(given.ask(&world).await?, 200);
    }
    world.break_with_status(PATH, 503).await?;
    for _ in 0..REQUESTS {
        let status = given.ask(&world).await?;
        assert!(status >= 500, "{status}");
    }
    let lost = is_counted(&mut world, &mut given).await?;
    assert_eq!(lost["target"], "99%", "{lost}");
    assert_eq!(lost["subject"]["route"], PATH, "{lost}");
    assert_eq!(lost["firing"], serde_json::json!(["page"]), "{lost}");
    assert_eq!(
        (&lost["rules"][0]["alert"], &lost["rules"][0]["holds"]),
        (&"page".into(), &true.into())
    );
    assert!(lost["budget_left_ppm"].as_i64() < Some(0), "{lost}");
    assert!(lost["budget_ends_at"].is_string(), "{lost}");

    let shown = world.operate("GET", "/_breakwater/incidents", "").await?.json();
    let is_of_it = |it: &&Value| it["checks"][0]["name"] == "page:echo";
    let incidents = shown["incidents"].as_array().context("incidents")?;
    let incident = incidents.iter().find(is_of_it).context("an incident")?;
    assert_eq!(
        (&incident["severity"], &incident["state"]),
        (&"P1".into(), &"investigating".into())
    );
    assert_eq!(incident["runbook"], "docs/runbooks/error-budget.md");
    let summary = incident["summary"].as_str().context("a summary")?;
    assert!(summary.contains("of the route `/api/echo` in 1h"), "{summary}");
    eventually("operators are told", async || {
        let told = arrived(&receiver)?;
        let is_told = |(_, kind, of): &(String, String, Value)| {
            kind == "incident.opened" && of["id"] == incident["id"]
        };
        Ok(told.iter().any(is_told).then_some(()))
    })
    .await?;
    // Strangers read of components, and of no budget.
    let status = world.visitor.get("/status/api/v2/summary.json").await?;
    assert!(!status.text().contains("budget"), "{}", status.text());
    assert_eq!(world.visitor.get("/_breakwater/objectives").await?.status, 401);
    Ok(())
}
