//! The figures of a circuit: how its calls went and what visitors got, minute by minute.

use alloc::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::ReportedFigures;
use crate::base::json;
use crate::base::stored::{StoredForm, StoredFormError};
use crate::base::time::{Millis, Timestamp};
use crate::circuit::fleet::Delta;
use crate::circuit::latency::{LatencyWindow, MINUTES, Percentiles};
use crate::watch::incident::EdgeShares;

/// Minutes that are kept, the one that is still filling among them: an hour.
pub const MINUTES_KEPT: usize = 60;
/// The milliseconds of a minute.
const MINUTE_MS: u64 = 60_000;

/// What isolates have reported of a circuit within the last hour. Nothing is decided by it.
///
/// A clock that steps back lets minutes stay for as much longer as it stepped, an hour at most;
/// after a larger step they are forgotten.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "FiguresWire", into = "FiguresWire")]
pub struct CircuitFigures {
    latencies: LatencyWindow,
    /// By their numbers, the earliest first, at most [`MINUTES_KEPT`].
    minutes: VecDeque<MinuteFigures>,
}

/// One minute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "MinuteWire", into = "MinuteWire")]
pub struct MinuteFigures {
    /// The number of the minute since the Unix epoch.
    number: u64,
    /// Calls with an outcome that counts, by the minute in which they were reported.
    pub calls: u32,
    /// Failures among them.
    pub failures: u32,
    /// How long the calls took that got an answer, if there were any.
    pub latency: Option<Percentiles>,
    /// What visitors of the circuit's routes got.
    pub answers: EdgeShares,
}

/// The latencies, and the minutes.
#[derive(Serialize, Deserialize)]
struct FiguresWire(LatencyWindow, VecDeque<MinuteFigures>);

/// The number, calls, failures, percentiles with the calls that they are of, and answers.
#[derive(Serialize, Deserialize)]
struct MinuteWire(u64, u32, u32, Option<[u64; 4]>, [u64; 6]);

impl StoredForm for CircuitFigures {
    const VERSION: u32 = 1;
    const NAME: &'static str = "figures";
    const NOUN: &'static str = "figures of a circuit";
}

impl CircuitFigures {
    /// Reads what is stored; earlier deployments stored the latencies alone.
    ///
    /// # Errors
    /// [`StoredFormError`] if it is neither.
    pub fn from_kept(text: &str) -> Result<Self, StoredFormError> {
        Self::from_stored(text).or_else(|error| {
            let latencies = json::read(text).map_err(|_| error)?;
            Ok(Self { latencies, minutes: VecDeque::new() })
        })
    }

    /// Whether a report has nothing to add, as that of an isolate without visitors.
    pub fn says_nothing(delta: &Delta, reported: &ReportedFigures) -> bool {
        delta.calls == 0 && reported.latencies.is_none() && reported.answers.total() == 0
    }

    /// Adds what an isolate has counted since its last report.
    pub fn record(&mut self, delta: &Delta, reported: &ReportedFigures, now: Timestamp) {
        if let Some(calls) = &reported.latencies {
            self.latencies.record_delta(calls, now);
        }
        let latency = self.latencies.percentiles_of_minute(now);
        let minute = self.minute(now.as_millis() / MINUTE_MS);
        minute.calls = minute.calls.saturating_add(delta.calls);
        minute.failures = minute.failures.saturating_add(delta.failures);
        minute.latency = latency;
        minute.answers.add(&reported.answers);
    }

    /// The minute of this number, which is begun if there is none yet.
    fn minute(&mut self, number: u64) -> &mut MinuteFigures {
        self.minutes.retain(|minute| is_near(minute.number, number, MINUTES_KEPT));
        let at = self.minutes.partition_point(|minute| minute.number < number);
        if self.minutes.get(at).is_none_or(|minute| minute.number != number) {
            self.minutes.insert(at, MinuteFigures { number, ..MinuteFigures::default() });
        }
        let surplus = self.minutes.len().saturating_sub(MINUTES_KEPT).min(at);
        self.minutes.drain(..surplus);
        self.minutes.truncate(MINUTES_KEPT);
        &mut self.minutes[at - surplus]
    }

    /// The percentiles of the calls of the last four to five minutes, or `None` if there were none.
    pub fn percentiles(&self, now: Timestamp) -> Option<Percentiles> {
        self.latencies.percentiles(now)
    }

    /// What visitors got in the same minutes.
    pub fn answers(&self, now: Timestamp) -> EdgeShares {
        let number = now.as_millis() / MINUTE_MS;
        let near = self.minutes.iter().filter(|minute| is_near(minute.number, number, MINUTES));
        near.fold(EdgeShares::default(), |mut sum, minute| {
            sum.add(&minute.answers);
            sum
        })
    }

    /// The minutes of the last hour in which anything was reported, the earliest first.
    pub fn minutes(&self, now: Timestamp) -> impl Iterator<Item = &MinuteFigures> {
        let number = now.as_millis() / MINUTE_MS;
        self.minutes.iter().filter(move |minute| is_near(minute.number, number, MINUTES_KEPT))
    }
}

impl MinuteFigures {
    /// Its beginning.
    pub fn at(&self) -> Timestamp {
        Timestamp::from_millis(self.number.saturating_mul(MINUTE_MS))
    }
}

/// Whether two minutes are less than this number of minutes apart.
const fn is_near(one: u64, other: u64, minutes: usize) -> bool {
    one.abs_diff(other) < minutes as u64
}

impl From<CircuitFigures> for FiguresWire {
    fn from(CircuitFigures { latencies, minutes }: CircuitFigures) -> Self {
        Self(latencies, minutes)
    }
}

impl From<FiguresWire> for CircuitFigures {
    fn from(FiguresWire(latencies, mut minutes): FiguresWire) -> Self {
        minutes.truncate(MINUTES_KEPT);
        minutes.make_contiguous().sort_by_key(|minute| minute.number);
        Self { latencies, minutes }
    }
}

impl From<MinuteFigures> for MinuteWire {
    fn from(minute: MinuteFigures) -> Self {
        let MinuteFigures { number, calls, failures, latency, answers } = minute;
        let latency = latency
            .map(|Percentiles { p50, p95, p99, calls }| [p50.get(), p95.get(), p99.get(), calls]);
        Self(number, calls, failures, latency, answers.to_array())
    }
}

impl From<MinuteWire> for MinuteFigures {
    fn from(MinuteWire(number, calls, failures, latency, answers): MinuteWire) -> Self {
        let latency = latency.map(|[p50, p95, p99, calls]| {
            let [p50, p95, p99] = [p50, p95, p99].map(Millis::new);
            Percentiles { p50, p95, p99, calls }
        });
        Self { number, calls, failures, latency, answers: EdgeShares::from_array(answers) }
    }
}

#[cfg(test)]
mod tests;
