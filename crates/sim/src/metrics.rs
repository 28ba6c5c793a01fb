//! The metrics of a run. Each field gives its exact definition; `--help` gives a short one.

mod recovery;
mod visits;

pub use recovery::Recovery;
pub use visits::{VisitFigures, WaitFigures};

use serde::Serialize;

use crate::recorder::{BIN, Bin, Decisions, Recorder, SECOND, index};
use crate::scenario::Trial;
use crate::strategy::Kind;
use crate::time::Micros;
use crate::upstream::Upstream;

/// A circuit counts as open once 99 % of the calls are rejected, and as recovered once 99 % are
/// admitted.
const NEARLY_ALL: f64 = 0.99;
/// Calls return to a recovering upstream once 20 % of the visitors are admitted.
const COMES_BACK: f64 = 0.2;
/// The peak of the load on a recovering upstream is the largest in the 10 s after calls return, in
/// bins.
const PEAK_WITHIN: usize = 10 * SECOND;
/// Reports belong to a trip until 10 s after the decision, in bins.
const TRIP_WITHIN: usize = 10 * SECOND;

/// The metrics of one strategy in one scenario. Sums leave out the warm-up. Seconds have the
/// resolution of the recorder's bins, a tenth of a second, unless stated otherwise.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Metrics {
    /// The strategy.
    pub strategy: Kind,
    /// Visitors about whom the strategy decided.
    pub visitors: u64,
    /// Seconds from the start of the outage until 99 % of the visitors in it are rejected, or are
    /// spared, for a whole second.
    pub time_to_open_s: Option<f64>,
    /// Seconds from the start of the outage until the decision for the whole fleet: the coordinator
    /// opened, or half of the isolates opened where each is alone. This time is exact.
    pub time_to_decide_s: Option<f64>,
    /// Visitors whose call failed, timed out or was slow because of the outage or because a
    /// recovering upstream was overloaded.
    pub met_outage: u64,
    /// Calls in flight when the first call that met the outage ended; the fleet cannot know of the
    /// outage before that.
    pub in_flight: Option<u64>,
    /// Isolates that lived during the outage, including those that started in it.
    pub isolates: Option<u64>,
    /// The sum of isolates and calls in flight.
    pub bound: Option<u64>,
    /// Whether the visitors who met the outage before it was over are no more than the bound.
    pub is_within_bound: Option<bool>,
    /// Visitors who met the outage after the decision to open: probes, isolates that had not heard
    /// of it yet, isolates that were cut off.
    pub met_while_open: u64,
    /// Visitors who were rejected where there has been no outage in this run.
    pub false_rejections: u64,
    /// Circuits of isolates or of the fleet that opened where there has been no outage in this run.
    pub false_openings: u64,
    /// Calls to the Durable Object, alarms included, per million visitors.
    pub object_calls_per_million: f64,
    /// The largest number of calls to the object in any second.
    pub busiest_second: u32,
    /// The same for the first trip: from the start of the outage until ten seconds after the
    /// decision.
    pub busiest_second_of_trip: Option<u32>,
    /// Seconds from the end of the last outage until 99 % of the visitors are admitted in every
    /// later second.
    pub time_to_recover_s: Option<f64>,
    /// The largest number of calls in any of the ten seconds after a fifth of the visitors are
    /// admitted again after the last outage, as a share of the calls that all visitors would make.
    pub peak_load: Option<f64>,
    /// The mean time that a visitor waited for the decision, in milliseconds.
    pub wait_ms: f64,
    /// What visitors wait and get, in a scenario where copies are at hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visits: Option<VisitFigures>,
}

impl Metrics {
    /// Computes the metrics of a run with this upstream.
    pub fn new(kind: Kind, recorder: &Recorder, upstream: &Upstream, trial: &Trial) -> Self {
        let outage = upstream.outage();
        let visitors: u64 = recorder.measured().iter().map(|bin| u64::from(visitors(bin))).sum();
        let calls: u64 = recorder.measured().iter().map(|bin| u64::from(bin.object_calls)).sum();
        let object_calls = |bin: &Bin| bin.object_calls;
        let in_flight = recorder.in_flight_at_first_sign;
        let isolates = in_flight.map(|_| u64::from(trial.isolates) + recorder.started_in_outage);
        let bound = in_flight.zip(isolates).map(|(in_flight, isolates)| in_flight + isolates);
        let met_in_outage = recorder.met_outage - recorder.met_in_recovery;
        Self {
            strategy: kind,
            visitors,
            time_to_open_s: outage.and_then(|(from, until)| time_to_open(recorder, from, until)),
            time_to_decide_s: outage
                .and_then(|(from, _)| recorder.trip.map(|trip| trip.since(from).as_secs())),
            met_outage: recorder.met_outage,
            in_flight,
            isolates,
            bound,
            is_within_bound: bound.map(|bound| met_in_outage <= bound),
            met_while_open: recorder.met_after_trip,
            false_rejections: recorder
                .measured()
                .iter()
                .map(|bin| u64::from(bin.before_outage.rejected))
                .sum(),
            false_openings: recorder.false_openings,
            object_calls_per_million: calls as f64 * 1e6 / visitors.max(1) as f64,
            busiest_second: peak(recorder.measured(), object_calls),
            busiest_second_of_trip: recorder.trip.zip(outage).map(|(trip, (from, _))| {
                let upto = index(trip) + TRIP_WITHIN;
                peak(slice(recorder.bins(), index(from), upto), object_calls)
            }),
            time_to_recover_s: outage.and_then(|(_, until)| time_to_recover(recorder, until)),
            peak_load: outage.and_then(|(_, until)| peak_load(recorder, until)),
            wait_ms: recorder.waited.as_secs() * 1e3 / visitors.max(1) as f64,
            visits: (trial.scenario.copies > 0.0).then(|| {
                let isolates = u64::from(trial.isolates) + recorder.started_in_outage;
                VisitFigures::new(recorder, outage, isolates, recoveries(recorder, upstream))
            }),
        }
    }
}

/// The recoveries of a run, in the order of the mendings.
pub fn recoveries(recorder: &Recorder, upstream: &Upstream) -> Vec<Recovery> {
    let Some((first, _)) = upstream.outage() else { return Vec::new() };
    recovery::recoveries(recorder, first, &upstream.mendings())
}

/// The number of visitors in a bin.
pub fn visitors(bin: &Bin) -> u32 {
    bin.before_outage.total() + bin.during_outage.total() + bin.after_outage.total()
}

/// The number of calls in a bin that reach the upstream.
pub fn admitted(bin: &Bin) -> u32 {
    bin.before_outage.admitted + bin.during_outage.admitted + bin.after_outage.admitted
}

fn time_to_open(recorder: &Recorder, from: Micros, until: Micros) -> Option<f64> {
    let bins = slice(recorder.bins(), index(from), index(until));
    let is_open = |bins: &[Bin]| {
        let during =
            bins.iter().fold(Default::default(), |sum: Decisions, bin| sum.plus(bin.during_outage));
        f64::from(during.rejected + during.spared) >= NEARLY_ALL * f64::from(during.total())
    };
    let opens = (0..bins.len()).find(|&at| {
        bins[at].during_outage.total() > 0
            && is_open(&bins[at..=at])
            && is_open(slice(bins, at, at + SECOND))
    })?;
    Some(BIN.as_secs() * opens as f64)
}

fn time_to_recover(recorder: &Recorder, until: Micros) -> Option<f64> {
    let bins = recorder.bins().get(index(until)..)?;
    let is_hampered = |second: &[Bin]| {
        let admitted: u32 = second.iter().map(|bin| bin.after_outage.admitted).sum();
        let all: u32 = second.iter().map(|bin| bin.after_outage.total()).sum();
        f64::from(admitted) < NEARLY_ALL * f64::from(all)
    };
    let last = bins.windows(SECOND).rposition(is_hampered);
    let recovered = last.map_or(0, |last| last + 1);
    (recovered + SECOND < bins.len()).then(|| BIN.as_secs() * recovered as f64)
}

fn peak_load(recorder: &Recorder, until: Micros) -> Option<f64> {
    let bins = recorder.bins().get(index(until)..)?;
    let sum = |bins: &[Bin]| {
        bins.iter().fold(Decisions::default(), |sum, bin| sum.plus(bin.after_outage))
    };
    let comes_back = |second: &[Bin]| {
        let second = sum(second);
        f64::from(second.admitted) >= COMES_BACK * f64::from(second.total().max(1))
    };
    let from = bins.windows(SECOND).position(comes_back)?;
    let bins = slice(bins, from, from + PEAK_WITHIN);
    let usual = f64::from(sum(bins).total()) * SECOND as f64 / bins.len().max(1) as f64;
    Some(f64::from(peak(bins, |bin| bin.after_outage.admitted)) / usual)
}

/// The largest sum over any second.
fn peak(bins: &[Bin], of: impl Fn(&Bin) -> u32) -> u32 {
    bins.windows(SECOND).map(|second| second.iter().map(&of).sum()).max().unwrap_or(0)
}

fn slice(bins: &[Bin], from: usize, upto: usize) -> &[Bin] {
    let upto = upto.min(bins.len());
    bins.get(from..upto).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recorder::Decision;

    /// Records a visitor every 10 ms, with an outage from 5 s to 10 s.
    fn recorder(is_admitted: impl Fn(u64) -> bool) -> Recorder {
        let mut recorder = Recorder::new(Micros(0));
        for ms in (0..30_000).step_by(10) {
            let (has_outage, had_outage) = ((5_000..10_000).contains(&ms), ms >= 5_000);
            let now = Micros::from_ms(ms);
            let decision = if is_admitted(ms) { Decision::Admitted } else { Decision::Rejected };
            recorder.record_decision(now, now, has_outage, had_outage, decision);
        }
        recorder
    }

    #[test]
    fn open_is_when_it_stays_so() {
        let recorder = recorder(|ms| ms < 6_300 || (6_700..6_720).contains(&ms));
        let (from, until) = (Micros::from_secs(5), Micros::from_secs(10));
        assert_eq!(time_to_open(&recorder, from, until), Some(1.8));
    }

    #[test]
    fn the_peak_is_looked_for_when_calls_come_back() {
        let until = Micros::from_secs(10);
        let herd = recorder(|ms| !(6_000..15_000).contains(&ms));
        assert_eq!(peak_load(&herd, until), Some(1.0));
        // One more call of ten is admitted in each ten seconds.
        let ramp =
            recorder(|ms| ms < 6_000 || (ms >= 12_000 && ms / 10 % 10 <= (ms - 12_000) / 10_000));
        let peak = peak_load(&ramp, until).unwrap();
        assert!((0.2..0.35).contains(&peak), "{peak}");
    }

    #[test]
    fn recovery_is_when_it_stays_so() {
        let relapsed = recorder(|ms| ms < 6_000 || (12_000..13_000).contains(&ms) || ms >= 15_000);
        let until = Micros::from_secs(10);
        assert_eq!(time_to_recover(&relapsed, until), Some(5.0));
        let never = recorder(|ms| ms < 6_000);
        assert_eq!(time_to_recover(&never, until), None);
    }
}
