//! The calls of the last minutes.

use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

use super::{Histogram, WireError};
use crate::base::share::Share;
use crate::base::time::{Millis, Timestamp};

/// The number of minutes that a window holds, the one that is still filling among them.
pub const MINUTES: usize = 5;

/// The milliseconds of a minute.
const MINUTE_MS: u64 = 60_000;
/// The shortest time between two writes of a window: 10 s, since a row costs more than it tells.
/// Calls that are not stored yet are lost with the machine.
const STORE_EVERY: Millis = Millis::from_secs(10);

/// The version of the stored form.
const VERSION: u8 = 1;

const P50: Share = Share::from_basis_points(5_000);
const P95: Share = Share::from_basis_points(9_500);
const P99: Share = Share::from_basis_points(9_900);

/// How long calls took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Percentiles {
    /// The median.
    pub p50: Millis,
    /// The 95th percentile.
    pub p95: Millis,
    /// The 99th percentile.
    pub p99: Millis,
    /// The number of calls.
    pub calls: u64,
}

impl Percentiles {
    fn of(calls: &Histogram) -> Option<Self> {
        Some(Self {
            p50: calls.quantile(P50)?,
            p95: calls.quantile(P95)?,
            p99: calls.quantile(P99)?,
            calls: calls.calls(),
        })
    }
}

/// The calls of the last four to five minutes, by the minute in which they were reported.
///
/// A clock that steps back lets calls stay for as much longer as it stepped, five minutes at most;
/// after a larger step they are forgotten.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "StoredLatencyWindow", into = "StoredLatencyWindow")]
pub struct LatencyWindow {
    /// The minutes, each at an index that follows from its number, so that a new one takes the
    /// entry of one that is over.
    minutes: [Minute; MINUTES],
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Minute {
    /// The number of the minute since the Unix epoch.
    number: u64,
    calls: Histogram,
}

/// The version, and the minutes that have calls.
#[derive(Serialize, Deserialize)]
struct StoredLatencyWindow(u8, Vec<(u64, Histogram)>);

impl LatencyWindow {
    /// Adds the calls that an isolate has counted since its last report.
    pub fn record_delta(&mut self, calls: &Histogram, now: Timestamp) {
        let number = now.as_millis() / MINUTE_MS;
        if let Some(minute) = self.minutes.get_mut(place(number)) {
            if minute.number != number {
                *minute = Minute { number, calls: Histogram::new() };
            }
            minute.calls.merge(calls);
        }
    }

    /// The percentiles of the last minutes' calls, or `None` if there were none.
    pub fn percentiles(&self, now: Timestamp) -> Option<Percentiles> {
        let number = now.as_millis() / MINUTE_MS;
        let mut all = Histogram::new();
        for minute in &self.minutes {
            if minute.number.abs_diff(number) < MINUTES as u64 {
                all.merge(&minute.calls);
            }
        }
        Percentiles::of(&all)
    }

    /// The percentiles of the calls that were reported in the minute of `now`, or `None` if there
    /// were none.
    pub fn percentiles_of_minute(&self, now: Timestamp) -> Option<Percentiles> {
        let number = now.as_millis() / MINUTE_MS;
        let minute = self.minutes.get(place(number)).filter(|minute| minute.number == number)?;
        Percentiles::of(&minute.calls)
    }
}

/// Whether a window that has changed is to be stored now; `stored_at` is the time of the last
/// write.
pub fn is_store_due(stored_at: Option<Timestamp>, now: Timestamp) -> bool {
    // A clock that stepped back would otherwise delay the write for as long as it stepped.
    stored_at.is_none_or(|at| now < at || now.since(at) >= STORE_EVERY)
}

fn place(number: u64) -> usize {
    (number % MINUTES as u64) as usize
}

impl From<LatencyWindow> for StoredLatencyWindow {
    fn from(window: LatencyWindow) -> Self {
        let minutes = window.minutes.into_iter().filter(|minute| !minute.calls.is_empty());
        Self(VERSION, minutes.map(|minute| (minute.number, minute.calls)).collect())
    }
}

impl TryFrom<StoredLatencyWindow> for LatencyWindow {
    type Error = WireError;

    fn try_from(
        StoredLatencyWindow(version, minutes): StoredLatencyWindow,
    ) -> Result<Self, WireError> {
        if version != VERSION {
            return Err(WireError::Version { found: version.into(), expected: VERSION.into() });
        }
        let mut window = Self::default();
        for (number, calls) in minutes {
            match window.minutes.get_mut(place(number)) {
                Some(minute) if minute.calls.is_empty() => *minute = Minute { number, calls },
                _ => return Err(WireError::MinuteTwice { minute: number }),
            }
        }
        Ok(window)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    /// At the start of a minute whose place is the first.
    const START: u64 = 28_000_000 * MINUTE_MS;

    fn at(ms: u64) -> Timestamp {
        Timestamp::from_millis(START + ms)
    }

    fn calls(took: &[u64]) -> Histogram {
        let mut calls = Histogram::new();
        took.iter().for_each(|&took| calls.record(Millis::new(took)));
        calls
    }

    fn p50(window: &LatencyWindow, now: Timestamp) -> Option<u64> {
        window.percentiles(now).map(|percentiles| percentiles.p50.get())
    }

    #[test]
    fn calls_are_forgotten_after_five_minutes() {
        let mut window = LatencyWindow::default();
        window.record_delta(&calls(&[2]), at(0));
        assert_eq!(p50(&window, at(5 * MINUTE_MS - 1)), Some(2));
        assert_eq!(p50(&window, at(5 * MINUTE_MS)), None);
        window.record_delta(&calls(&[7]), at(5 * MINUTE_MS));
        let now = window.percentiles(at(5 * MINUTE_MS)).unwrap();
        assert_eq!((now.p50.get(), now.calls), (7, 1), "the place was cleared");
    }

    #[test]
    fn percentiles_are_of_all_minutes_together() {
        let mut window = LatencyWindow::default();
        for minute in 0..4 {
            window.record_delta(&calls(&[5; 24]), at(minute * MINUTE_MS));
        }
        window.record_delta(&calls(&[8, 8, 8, 1_000]), at(4 * MINUTE_MS));
        let found = window.percentiles(at(4 * MINUTE_MS)).unwrap();
        let ms = Millis::new;
        let expected = Percentiles { p50: ms(5), p95: ms(5), p99: ms(8), calls: 100 };
        assert_eq!(found, expected);
    }

    #[test]
    fn the_percentiles_of_a_minute_are_of_its_calls_alone() {
        let mut window = LatencyWindow::default();
        window.record_delta(&calls(&[2]), at(0));
        window.record_delta(&calls(&[8, 8]), at(MINUTE_MS));
        let of_minute =
            |ms| window.percentiles_of_minute(at(ms)).map(|it| (it.p50.get(), it.calls));
        assert_eq!(of_minute(MINUTE_MS - 1), Some((2, 1)));
        assert_eq!(of_minute(MINUTE_MS), Some((8, 2)));
        assert_eq!(of_minute(2 * MINUTE_MS), None);
        assert_eq!(of_minute(5 * MINUTE_MS), None, "the place is another minute's");
    }

    #[test]
    fn a_clock_that_was_far_ahead_holds_no_calls_for_good() {
        let mut window = LatencyWindow::default();
        window.record_delta(&calls(&[2]), at(365 * 24 * 60 * MINUTE_MS));
        assert_eq!(p50(&window, at(0)), None);
        window.record_delta(&calls(&[3]), at(0));
        assert_eq!(p50(&window, at(0)), Some(3));
        // One that is ahead by less still has its calls counted.
        window.record_delta(&calls(&[5, 5]), at(2 * MINUTE_MS));
        assert_eq!(p50(&window, at(0)), Some(5));
    }

    #[test]
    fn it_is_stored_at_once_and_then_every_ten_seconds() {
        assert!(is_store_due(None, at(0)));
        assert!(!is_store_due(Some(at(0)), at(9_999)));
        assert!(is_store_due(Some(at(0)), at(10_000)));
        assert!(is_store_due(Some(at(10_000)), at(0)), "the clock stepped back");
    }

    /// If this fails, what is stored can no longer be read.
    #[test]
    fn the_stored_form_is_unchanged() {
        let mut window = LatencyWindow::default();
        window.record_delta(&calls(&[150, 150, 3]), at(0));
        window.record_delta(&calls(&[9]), at(6 * MINUTE_MS));
        let json = "[1,[[28000000,[1,2,1,21,2]],[28000006,[1,8,1]]]]";
        assert_eq!(serde_json::to_string(&window).unwrap(), json);
        assert_eq!(serde_json::from_str::<LatencyWindow>(json).unwrap(), window);
        let empty = serde_json::to_string(&LatencyWindow::default()).unwrap();
        assert_eq!(empty, "[1,[]]");
    }

    #[test]
    fn a_stored_form_that_none_was_written_as_is_refused() {
        for (json, error) in [
            ("[2,[]]", "version 2 of latencies, expected 1"),
            ("[1,[[3,[1,0,1]],[8,[1,0,1]]]]", "minute 8 takes another one's place"),
            ("[1,[[3,[1,60,1]]]]", "bucket 60 does not exist, expected at most 59"),
        ] {
            let refused = serde_json::from_str::<LatencyWindow>(json).unwrap_err().to_string();
            assert!(refused.starts_with(error), "{json}: {refused}");
        }
    }
}
