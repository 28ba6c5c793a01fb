//! Measures one dependency in the background, at its interval and within its time-out.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use breakwater_core::watch::health::{Findings, Measurement, RESPONSE_TIME, Status};
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use tracing::{info, warn};

use crate::clock;
use crate::lock::lock;

/// A dependency that can be measured.
pub(super) trait Probe: Send + 'static {
    /// Measures it. The future may be dropped at any point when the measurement is given up.
    fn measure(&mut self) -> impl Future<Output = Vec<Measurement>> + Send;

    /// Cleans up after a measurement that was given up.
    fn give_up(&mut self) {}

    /// Closes the connection to it in order.
    fn close(self) -> impl Future<Output = ()> + Send
    where
        Self: Sized,
    {
        async {}
    }
}

/// The interval and the time-out of measurements.
#[derive(Clone, Copy, Debug)]
pub(super) struct Schedule {
    pub(super) every: Duration,
    pub(super) limit: Duration,
}

/// Measures until it is told to stop. The interval is the time between two starts, so the number of
/// measurements does not depend on how often health is asked for.
pub(super) async fn watch(
    name: String,
    mut probe: impl Probe,
    schedule: Schedule,
    findings: Arc<Mutex<Findings>>,
    mut stop: watch::Receiver<bool>,
) {
    let mut ticks = interval(schedule.every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut last = None;
    loop {
        tokio::select! {
            biased;
            // An error means that the sender is gone, and with it the readers of the results.
            _ = stop.wait_for(|stop| *stop) => break,
            _ = ticks.tick() => {}
        }
        let measured = tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => {
                probe.give_up();
                break;
            }
            measured = measure(&mut probe, schedule.limit) => measured,
        };
        let status = {
            let mut findings = lock(&findings);
            findings.record(measured, clock::now());
            findings.status()
        };
        if last.replace(status) != Some(status) {
            tell(&name, status, &findings);
        }
    }
    probe.close().await;
}

async fn measure(probe: &mut impl Probe, limit: Duration) -> Vec<Measurement> {
    let start = Instant::now();
    if let Ok(measured) = timeout(limit, probe.measure()).await {
        return measured;
    }
    probe.give_up();
    let why = format!("no answer within {}", clock::millis(limit));
    vec![response_time(start.elapsed(), Status::Fail).because(&why)]
}

/// The response time in microseconds, since databases nearby answer within less than a millisecond.
pub(super) fn response_time(took: Duration, status: Status) -> Measurement {
    let measured = Measurement::new(RESPONSE_TIME, status);
    let ms = serde_json::Number::from_f64(took.as_micros() as f64 / 1000.0);
    ms.into_iter().fold(measured, |measured, ms| measured.with_number(ms, "ms"))
}

/// Logs that the state of a dependency has changed.
fn tell(name: &str, status: Status, findings: &Mutex<Findings>) {
    let why = lock(findings).measurements().first().and_then(|measured| measured.output.clone());
    let why = why.unwrap_or_default();
    match status {
        Status::Pass => {
            info!(event = "health.changed", component = name, %status, "{name} is well");
        }
        Status::Warn | Status::Fail => {
            warn!(event = "health.changed", component = name, %status, "{name}: {why}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use breakwater_core::watch::health::Observed;

    #[test]
    fn answers_are_timed_to_the_microsecond() {
        let measured = response_time(Duration::from_micros(1_870), Status::Pass);
        let Some(Observed::Number { value, unit }) = measured.observed else { panic!() };
        assert_eq!((value.as_f64(), unit.as_deref()), (Some(1.87), Some("ms")));
    }
}
