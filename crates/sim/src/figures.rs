//! What a run comes to. Each field says what it means exactly; `--help` says it in short.

use serde::Serialize;

use crate::meter::{BIN, Bin, Decisions, Meter, SECOND, index};
use crate::scenario::Trial;
use crate::strategy::Kind;
use crate::time::Micros;

/// Open means that this share of calls is rejected, and recovered that it is admitted.
const NEARLY_ALL: f64 = 0.99;
/// Calls come back to a recovering upstream when this share of visitors is admitted,
const COMES_BACK: f64 = 0.2;
/// and their peak is looked for in so many bins from then on.
const PEAK_WITHIN: usize = 10 * SECOND;
/// A trip is over so many bins after the decision, as far as reports are concerned.
const TRIP_WITHIN: usize = 10 * SECOND;

/// The figures of one strategy in one scenario. Sums leave the warm-up out. Seconds have the
/// resolution of the meter's bins, a tenth.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figures {
    /// Of which strategy.
    pub strategy: Kind,
    /// Visitors about whom it decided.
    pub visitors: u64,
    /// From the start of the outage until, for a whole second on, 99 % of the visitors in it are
    /// rejected; in seconds.
    pub time_to_open_s: Option<f64>,
    /// From the start of the outage until the decision for all: the coordinator opened, or half
    /// of the isolates have opened where each is alone; in seconds, exact.
    pub time_to_decide_s: Option<f64>,
    /// Visitors whose call failed, timed out or was slow because of the outage or because a
    /// recovering upstream was overloaded.
    pub met_outage: u64,
    /// Calls under way when the first of those that met the outage ended: before it nobody can
    /// know.
    pub in_flight: Option<u64>,
    /// Isolates that lived in the outage, those born in it included.
    pub isolates: Option<u64>,
    /// Isolates plus calls in flight.
    pub bound: Option<u64>,
    /// Visitors who met the outage before it was over are no more than the bound.
    pub is_within_bound: Option<bool>,
    /// Visitors who met the outage although it was decided to open: probes, news that has not
    /// arrived, isolates that were cut off.
    pub met_while_open: u64,
    /// Visitors who were rejected where there has been no outage in this run.
    pub false_rejections: u64,
    /// Circuits that opened, of isolates or for all, where there has been no outage in this run.
    pub false_openings: u64,
    /// Calls to the Durable Object, alarms included, per million visitors.
    pub object_calls_per_million: f64,
    /// The most calls to the object in any second.
    pub busiest_second: u32,
    /// The same about the first trip: from the start of the outage until ten seconds after the
    /// decision.
    pub busiest_second_of_trip: Option<u32>,
    /// From the end of the last outage until 99 % of the visitors are admitted in every second
    /// from then on; in seconds.
    pub time_to_recover_s: Option<f64>,
    /// The most calls in any second of the ten since a fifth of the visitors are admitted again
    /// after the last outage, as a share of all that visitors would make.
    pub peak_load: Option<f64>,
    /// What a visitor waited for the decision, on average, in milliseconds.
    pub wait_ms: f64,
}

impl Figures {
    /// The figures of a run. `outage`: when the first one begins and the last one ends.
    pub fn new(kind: Kind, meter: &Meter, outage: Option<(Micros, Micros)>, trial: &Trial) -> Self {
        let visitors: u64 = meter.measured().iter().map(|bin| u64::from(visitors(bin))).sum();
        let calls: u64 = meter.measured().iter().map(|bin| u64::from(bin.object_calls)).sum();
        let object_calls = |bin: &Bin| bin.object_calls;
        let in_flight = meter.in_flight_at_first_sign;
        let isolates = in_flight.map(|_| u64::from(trial.isolates) + meter.born_in_outage);
        let bound = in_flight.zip(isolates).map(|(in_flight, isolates)| in_flight + isolates);
        let met_in_outage = meter.met - meter.met_in_recovery;
        Self {
            strategy: kind,
            visitors,
            time_to_open_s: outage.and_then(|(from, until)| time_to_open(meter, from, until)),
            time_to_decide_s: outage
                .and_then(|(from, _)| meter.trip.map(|trip| trip.since(from).as_secs())),
            met_outage: meter.met,
            in_flight,
            isolates,
            bound,
            is_within_bound: bound.map(|bound| met_in_outage <= bound),
            met_while_open: meter.met_after_trip,
            false_rejections: meter
                .measured()
                .iter()
                .map(|bin| u64::from(bin.untouched.rejected))
                .sum(),
            false_openings: meter.false_openings,
            object_calls_per_million: calls as f64 * 1e6 / visitors.max(1) as f64,
            busiest_second: peak(meter.measured(), object_calls),
            busiest_second_of_trip: meter.trip.zip(outage).map(|(trip, (from, _))| {
                let upto = index(trip) + TRIP_WITHIN;
                peak(between(meter.bins(), index(from), upto), object_calls)
            }),
            time_to_recover_s: outage.and_then(|(_, until)| time_to_recover(meter, until)),
            peak_load: outage.and_then(|(_, until)| peak_load(meter, until)),
            wait_ms: meter.waited.as_secs() * 1e3 / visitors.max(1) as f64,
        }
    }
}

/// All visitors of a bin.
pub fn visitors(bin: &Bin) -> u32 {
    bin.untouched.all() + bin.out.all() + bin.after.all()
}

/// Calls that reach the upstream in a bin.
pub fn admitted(bin: &Bin) -> u32 {
    bin.untouched.admitted + bin.out.admitted + bin.after.admitted
}

fn time_to_open(meter: &Meter, from: Micros, until: Micros) -> Option<f64> {
    let bins = between(meter.bins(), index(from), index(until));
    let is_open = |bins: &[Bin]| {
        let out = bins.iter().fold(Default::default(), |sum: Decisions, bin| sum.and(bin.out));
        f64::from(out.rejected) >= NEARLY_ALL * f64::from(out.all())
    };
    let opens = (0..bins.len()).find(|&at| {
        bins[at].out.all() > 0 && is_open(&bins[at..=at]) && is_open(between(bins, at, at + SECOND))
    })?;
    Some(BIN.as_secs() * opens as f64)
}

fn time_to_recover(meter: &Meter, until: Micros) -> Option<f64> {
    let bins = meter.bins().get(index(until)..)?;
    let is_hampered = |second: &[Bin]| {
        let admitted: u32 = second.iter().map(|bin| bin.after.admitted).sum();
        let all: u32 = second.iter().map(|bin| bin.after.all()).sum();
        f64::from(admitted) < NEARLY_ALL * f64::from(all)
    };
    let last = bins.windows(SECOND).rposition(is_hampered);
    let recovered = last.map_or(0, |last| last + 1);
    (recovered + SECOND < bins.len()).then(|| BIN.as_secs() * recovered as f64)
}

fn peak_load(meter: &Meter, until: Micros) -> Option<f64> {
    let bins = meter.bins().get(index(until)..)?;
    let sum = |bins: &[Bin]| bins.iter().fold(Decisions::default(), |sum, bin| sum.and(bin.after));
    let comes_back = |second: &[Bin]| {
        let second = sum(second);
        f64::from(second.admitted) >= COMES_BACK * f64::from(second.all().max(1))
    };
    let from = bins.windows(SECOND).position(comes_back)?;
    let bins = between(bins, from, from + PEAK_WITHIN);
    let usual = f64::from(sum(bins).all()) * SECOND as f64 / bins.len().max(1) as f64;
    Some(f64::from(peak(bins, |bin| bin.after.admitted)) / usual)
}

/// The most in any second.
fn peak(bins: &[Bin], of: impl Fn(&Bin) -> u32) -> u32 {
    bins.windows(SECOND).map(|second| second.iter().map(&of).sum()).max().unwrap_or(0)
}

fn between(bins: &[Bin], from: usize, upto: usize) -> &[Bin] {
    let upto = upto.min(bins.len());
    bins.get(from..upto).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A visitor each 10 ms, in an outage from 5 s to 10 s.
    fn meter(is_admitted: impl Fn(u64) -> bool) -> Meter {
        let mut meter = Meter::new(Micros(0));
        for ms in (0..30_000).step_by(10) {
            let (is_out, was_out) = ((5_000..10_000).contains(&ms), ms >= 5_000);
            let now = Micros::from_ms(ms);
            meter.decide(now, now, is_out, was_out, is_admitted(ms));
        }
        meter
    }

    #[test]
    fn open_is_when_it_stays_so() {
        let meter = meter(|ms| ms < 6_300 || (6_700..6_720).contains(&ms));
        let (from, until) = (Micros::from_secs(5), Micros::from_secs(10));
        assert_eq!(time_to_open(&meter, from, until), Some(1.8));
    }

    #[test]
    fn the_peak_is_looked_for_when_calls_come_back() {
        let until = Micros::from_secs(10);
        let herd = meter(|ms| !(6_000..15_000).contains(&ms));
        assert_eq!(peak_load(&herd, until), Some(1.0));
        // A call of ten more in each ten seconds.
        let ramp =
            meter(|ms| ms < 6_000 || (ms >= 12_000 && ms / 10 % 10 <= (ms - 12_000) / 10_000));
        let peak = peak_load(&ramp, until).unwrap();
        assert!((0.2..0.35).contains(&peak), "{peak}");
    }

    #[test]
    fn recovery_is_when_it_stays_so() {
        let relapsed = meter(|ms| ms < 6_000 || (12_000..13_000).contains(&ms) || ms >= 15_000);
        let until = Micros::from_secs(10);
        assert_eq!(time_to_recover(&relapsed, until), Some(5.0));
        let never = meter(|ms| ms < 6_000);
        assert_eq!(time_to_recover(&never, until), None);
    }
}
