//! Each kind of dependency, probed by its prober through the real Worker, and the effect on the
//! site's health.

mod backend;
mod protocols;
mod real;
mod site;
mod trouble;

use anyhow::Result;
use breakwater_tests::{DEPENDENCIES, World, eventually};
use serde_json::Value;

/// The servers that answer for a dependency.
const THIRD: &str = "BREAKWATER_DEPENDENCY_THIRD";
const PARTNER: &str = "BREAKWATER_DEPENDENCY_PARTNER";
const BACKEND: &str = "BREAKWATER_DEPENDENCY_BACKEND";
const DATABASE: &str = "BREAKWATER_DEPENDENCY_DATABASE";
const LOGIN: &str = "BREAKWATER_DEPENDENCY_LOGIN";
const FILES: &str = "BREAKWATER_DEPENDENCY_FILES";
const REDIS: &str = "BREAKWATER_DEPENDENCY_REDIS";
const BUCKET: &str = "BREAKWATER_DEPENDENCY_BUCKET";
const ALL: [&str; 8] = [THIRD, PARTNER, BACKEND, DATABASE, LOGIN, FILES, REDIS, BUCKET];
/// The backend of the test answers for it.
const ITSELF: &str = "";

/// One server answers for all dependencies.
fn all_at(url: &str) -> [(&'static str, &str); 8] {
    ALL.map(|variable| (variable, url))
}

/// The report to operators.
async fn detailed(world: &World) -> Result<Value> {
    Ok(world.operate("GET", "/health/detailed", "").await?.json())
}

/// `status` of a dependency, or `status: reason`.
fn said(detailed: &Value, name: &str) -> String {
    let verdict = &detailed["checks"][format!("{name}:responseTime")][0];
    let status = verdict["status"].as_str().unwrap_or("nothing");
    match verdict["output"].as_str() {
        Some(why) => format!("{status}: {why}"),
        None => status.to_owned(),
    }
}

/// Waits until operators see exactly these states of these dependencies, and returns the report.
async fn told(world: &World, expected: &[(&str, &str)]) -> Result<Value> {
    let mut last = Vec::new();
    let found = eventually("health tells of each", async || {
        let detailed = detailed(world).await?;
        let is_told = expected.iter().all(|(name, told)| said(&detailed, name) == *told);
        Ok(is_told.then_some(detailed))
    })
    .await;
    if found.is_err() {
        let detailed = detailed(world).await?;
        last.extend(expected.iter().map(|(name, _)| format!("{name}: {}", said(&detailed, name))));
    }
    found.map_err(|error| error.context(format!("expected {expected:#?}, told {last:#?}")))
}

/// Waits until operators see that all dependencies are healthy.
async fn all_well(world: &World) -> Result<Value> {
    told(world, &DEPENDENCIES.map(|(name, _)| (name, "pass"))).await
}
