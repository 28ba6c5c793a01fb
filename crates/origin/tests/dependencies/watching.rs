//! A backend whose health is observed.

use std::time::{Duration, Instant};

use breakwater_testing::servers::{Postgres, Programs, Redis};
use serde_json::Value;

use crate::client::DEADLINE;
use crate::client::process::Backend;

/// The interval and the time-out of all measurements here are 3 s. No answer about health
/// may take as long as the time-out, so it leaves room for a busy machine.
pub(crate) const INTERVAL: Duration = Duration::from_secs(3);
pub(crate) const TIMEOUT: Duration = Duration::from_secs(3);
pub(crate) const PACE: [(&str, &str); 2] = [("HEALTH_INTERVAL", "3s"), ("HEALTH_TIMEOUT", "3s")];
/// The tests look again after 10 ms.
const POLL: Duration = Duration::from_millis(10);
/// A machine that is busy with other tests may add 5 s.
const SLACK: Duration = Duration::from_secs(5);

pub(crate) fn postgres() -> Postgres {
    Postgres::start(&Programs::locate().unwrap()).unwrap()
}

pub(crate) fn redis() -> Redis {
    Redis::start(&Programs::locate().unwrap()).unwrap()
}

/// Starts a backend that measures at the pace of these tests.
pub(crate) async fn backend(environment: &[(&str, &str)]) -> Backend {
    Backend::start(&[&PACE[..], environment].concat()).await
}

/// Returns the status code and the body of a health endpoint. No answer about health may take as
/// long as a measurement.
pub(crate) async fn health(backend: &Backend, path: &str) -> (u16, Value) {
    let asked = Instant::now();
    let answer = backend.get(path).await;
    let took = asked.elapsed();
    assert!(took < TIMEOUT, "{path} took {took:?}");
    (answer.status, answer.json())
}

/// Asks for health until a check has this state, and returns how long that took. No answer may take
/// as long as a measurement meanwhile.
pub(crate) async fn until(
    backend: &Backend,
    path: &str,
    check: &str,
    is_told: impl Fn(u16, &Value) -> bool,
) -> (Duration, Value) {
    let begun = Instant::now();
    let mut last = Value::Null;
    while begun.elapsed() < DEADLINE {
        let (status, health) = health(backend, path).await;
        let found = health["checks"][check][0].clone();
        if is_told(status, &found) {
            return (begun.elapsed(), found);
        }
        last = health;
        tokio::time::sleep(POLL).await;
    }
    panic!("{path} never told it of {check}: {last:#}");
}

/// Waits until a check passes.
pub(crate) async fn until_well(backend: &Backend, check: &str) -> Duration {
    let (took, _) = until(backend, "/health", check, |_, found| found["status"] == "pass").await;
    took
}

/// Checks that a state was reported in time: a dependency is measured again within the interval,
/// and is known to fail after the time-out at the latest.
#[track_caller]
pub(crate) fn in_time(took: Duration) {
    assert!(took <= INTERVAL + TIMEOUT + SLACK, "told only after {took:?}");
}

/// Whether the output of a check contains these words.
pub(crate) fn says(found: &Value, why: &str) -> bool {
    found["output"].as_str().is_some_and(|output| output.contains(why))
}

/// Asks until a condition holds.
pub(crate) async fn eventually(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !is_so().await {
        assert!(begun.elapsed() < DEADLINE, "not within {DEADLINE:?}: {what}");
        tokio::time::sleep(POLL).await;
    }
}
