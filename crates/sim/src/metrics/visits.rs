//! What visitors wait and get where copies are at hand.

use serde::Serialize;

use super::{Recovery, slice};
use crate::recorder::{Bin, Recorder, SECOND, VisitCounts, index};
use crate::time::Micros;
use crate::waits::Waits;

/// A visitor reads for 1 s between two requests. Visitors' time is what they read and what they
/// wait.
const READING: Micros = Micros::from_secs(1);
/// The median of the waits is short if at most half of them are noticed.
const MEDIAN: f64 = 0.5;
/// The 99th percentile of the waits is short if at most one in a hundred is long.
const PERCENTILE: f64 = 0.01;
/// The fleet has 2 s to notice an outage before its calls are counted.
const NOTICE: Micros = Micros::from_secs(2);

/// What visitors wait and get: those who come during the outage, or, where there is none, all who
/// come after the warm-up.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VisitFigures {
    /// How many they are.
    pub visitors: u64,
    /// What they wait for whom a copy is at hand.
    pub with_copy: WaitFigures,
    /// What the others wait.
    pub without_copy: WaitFigures,
    /// The share of visitors' time that they wait, if they read for a second between requests.
    pub waiting_share: f64,
    /// The share of those who wait for the route's `patience` or longer.
    pub past_patience: f64,
    /// The share of those who get the upstream's good answer.
    pub origin: f64,
    /// The share of those who get a copy because of a failure or of their wait.
    pub copies: f64,
    /// The share of those who get an error.
    pub errors: f64,
    /// Visitors who waited for a call that met the outage while it lasted.
    pub waited_for_sick: u64,
    /// Calls in flight when a patience with a call that met the outage was over for the first time,
    /// which is the first sign that there is.
    pub in_flight: Option<u64>,
    /// The sum of the isolates that lived in the outage and of these calls.
    pub bound: Option<u64>,
    /// Whether the visitors who waited for the sick upstream are no more than that.
    pub is_within_bound: Option<bool>,
    /// Calls to the upstream per second of the outage, from its third second on.
    pub sick_calls_per_s: Option<f64>,
    /// The largest number of calls to the upstream in any second of the outage from then on.
    pub sick_calls_max: Option<u32>,
    /// The second of the outage from which on, in every second, the median of the waits of visitors
    /// with copies is below 5 ms.
    pub median_short_from_s: Option<u64>,
    /// The same for their 99th percentile and 100 ms.
    pub p99_short_from_s: Option<u64>,
    /// The recoveries, in the order of the mendings.
    pub recoveries: Vec<Recovery>,
}

/// The distribution of waits, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct WaitFigures {
    /// The median.
    pub p50_ms: f64,
    /// The 99th percentile.
    pub p99_ms: f64,
    /// The longest.
    pub max_ms: f64,
}

impl WaitFigures {
    fn new(waits: &Waits) -> Self {
        let ms = |wait: Micros| wait.as_secs() * 1e3;
        let at = |share| ms(waits.quantile(share));
        Self { p50_ms: at(0.5), p99_ms: at(0.99), max_ms: ms(waits.max()) }
    }
}

impl VisitFigures {
    /// Computes the figures. `isolates` is the number of those that lived in the outage.
    pub(super) fn new(
        recorder: &Recorder,
        outage: Option<(Micros, Micros)>,
        isolates: u64,
        recoveries: Vec<Recovery>,
    ) -> Self {
        let counts =
            if outage.is_some() { &recorder.visits_in_outage } else { &recorder.visits_elsewhere };
        let visitors = counts.visitors();
        let share = |count: u64| count as f64 / visitors.max(1) as f64;
        let in_flight = recorder.in_flight_at_first_impatience;
        let bound = in_flight.map(|in_flight| in_flight + isolates);
        let seconds = outage.map(|(from, until)| Seconds::new(recorder, from, until));
        Self {
            visitors,
            with_copy: WaitFigures::new(&counts.with_copy),
            without_copy: WaitFigures::new(&counts.without_copy),
            waiting_share: waiting_share(counts),
            past_patience: share(counts.past_patience),
            origin: share(counts.origin),
            copies: share(counts.copies),
            errors: share(counts.errors),
            waited_for_sick: recorder.waited_for_sick,
            in_flight,
            bound,
            is_within_bound: bound.map(|bound| recorder.waited_for_sick <= bound),
            sick_calls_per_s: seconds.as_ref().and_then(Seconds::calls_mean),
            sick_calls_max: seconds.as_ref().and_then(Seconds::calls_max),
            median_short_from_s: seconds
                .as_ref()
                .and_then(|seconds| seconds.short_from(MEDIAN, |bin| bin.visits.noticed)),
            p99_short_from_s: seconds
                .as_ref()
                .and_then(|seconds| seconds.short_from(PERCENTILE, |bin| bin.visits.long)),
            recoveries,
        }
    }
}

fn waiting_share(counts: &VisitCounts) -> f64 {
    let waited = (counts.with_copy.total() + counts.without_copy.total()).as_secs();
    let read = READING.as_secs() * counts.visitors().max(1) as f64;
    waited / (waited + read)
}

/// The whole seconds of an outage, in bins.
struct Seconds<'a>(&'a [Bin]);

impl<'a> Seconds<'a> {
    fn new(recorder: &'a Recorder, from: Micros, until: Micros) -> Self {
        Self(slice(recorder.bins(), index(from), index(until)))
    }

    /// The calls of each second after the fleet could notice the outage.
    fn calls(&self) -> impl Iterator<Item = u32> {
        let later = slice(self.0, index(NOTICE), self.0.len()).chunks_exact(SECOND);
        later.map(|second| second.iter().map(|bin| bin.upstream_calls).sum())
    }

    fn calls_max(&self) -> Option<u32> {
        self.calls().max()
    }

    fn calls_mean(&self) -> Option<f64> {
        let (count, sum) = self.calls().fold((0, 0.0), |(count, sum), calls| {
            let (count, sum): (u32, f64) = (count, sum);
            (count + 1, sum + f64::from(calls))
        });
        (count > 0).then(|| sum / f64::from(count))
    }

    /// The second from which on at most this share of the visitors with copies are ones that
    /// `longer` counts. Seconds without such visitors are left out.
    fn short_from(&self, share: f64, longer: impl Fn(&Bin) -> u32) -> Option<u64> {
        let mut seconds = self.0.chunks_exact(SECOND);
        let count = seconds.len();
        let is_long = |second: &[Bin]| {
            let longer: u32 = second.iter().map(&longer).sum();
            let all: u32 = second.iter().map(|bin| bin.visits.with_copy).sum();
            f64::from(longer) > share * f64::from(all)
        };
        let from = seconds.rposition(is_long).map_or(0, |last| last + 1);
        (from < count).then_some(from as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recorder::{Answer, Visit};

    /// Records a visitor with a copy every 10 ms for 20 s; the outage is from 5 s to 15 s.
    fn figures(waited: impl Fn(u64) -> Micros) -> VisitFigures {
        let mut recorder = Recorder::new(Micros(0));
        for ms in (0..20_000).step_by(10) {
            let now = Micros::from_ms(ms);
            let (has_outage, waited) = ((5_000..15_000).contains(&ms), waited(ms));
            let is_past_patience = waited >= Micros::from_secs(2);
            let answer = if waited == Micros(0) { Answer::Copy } else { Answer::Origin };
            let visit = Visit { has_copy: true, has_outage, waited, is_past_patience, answer };
            recorder.record_visit(now, visit);
            if answer == Answer::Origin {
                recorder.record_call_start(now, has_outage, has_outage);
            }
        }
        let outage = Some((Micros::from_secs(5), Micros::from_secs(15)));
        VisitFigures::new(&recorder, outage, 1, Vec::new())
    }

    #[test]
    fn waits_are_short_from_when_they_stay_so() {
        // The one of a hundred that is long in each second is not too much for the percentile.
        let found = figures(|ms| match ms {
            5_000..7_000 | 8_000..8_600 => Micros::from_secs(1),
            _ if ms % 1_000 == 0 => Micros::from_secs(1),
            _ => Micros(0),
        });
        assert_eq!((found.median_short_from_s, found.p99_short_from_s), (Some(4), Some(4)));
        let found = figures(|ms| Micros::from_ms(if ms < 7_000 { 1_000 } else { 20 }));
        assert_eq!((found.median_short_from_s, found.p99_short_from_s), (None, Some(2)));
    }

    #[test]
    fn calls_are_counted_from_the_third_second_on() {
        let found =
            figures(|ms| Micros::from_ms(if ms < 7_000 || ms % 1_000 < 500 { 3 } else { 0 }));
        assert_eq!((found.sick_calls_per_s, found.sick_calls_max), (Some(50.0), Some(50)));
    }

    #[test]
    fn visitors_who_wait_as_long_as_they_read_wait_half_of_their_time() {
        let found = figures(|_| READING);
        assert_eq!((found.visitors, found.waiting_share), (1_000, 0.5));
        assert_eq!((found.past_patience, found.origin, found.with_copy.max_ms), (0.0, 1.0, 1e3));
    }
}
