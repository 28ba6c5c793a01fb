//! Recoveries: what happens after the upstream is mended.

use serde::Serialize;

use super::{NEARLY_ALL, peak, slice};
use crate::recorder::{BIN, Bin, Recorder, SECOND, index};
use crate::time::Micros;

/// A recovery, from the mending on until the next outage or the end of the run. Seconds have the
/// resolution of the recorder's bins, a tenth of a second.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Recovery {
    /// Seconds until, in every later second, 99 % of the visitors without a copy get the upstream's
    /// good answer; `None` if that does not come about.
    pub good_s: Option<f64>,
    /// The same of all visitors, with a copy or without.
    pub all_s: Option<f64>,
    /// The number of calls that reach the upstream in the busiest second of the recovery, against
    /// that of the busiest second before the first outage.
    pub overshoot: Option<f64>,
}

/// The recoveries of a run. `mendings` are the times at which the upstream is mended, each with the
/// start of the next outage.
pub(super) fn recoveries(
    recorder: &Recorder,
    first_outage: Micros,
    mendings: &[(Micros, Option<Micros>)],
) -> Vec<Recovery> {
    let bins = recorder.bins();
    let calls = |bin: &Bin| bin.upstream_calls;
    let healthy = peak(slice(bins, 0, index(first_outage)), calls);
    let recovery = |&(from, next): &(Micros, Option<Micros>)| {
        let bins = slice(bins, index(from), next.map_or(bins.len(), index));
        let without_copy = |bin: &Bin| (bin.visits.without_copy_good, bin.visits.without_copy);
        let all = |bin: &Bin| (bin.visits.good, bin.visits.with_copy + bin.visits.without_copy);
        let overshoot = f64::from(peak(bins, calls)) / f64::from(healthy);
        Recovery {
            good_s: time_until_good(bins, without_copy),
            all_s: time_until_good(bins, all),
            overshoot: (healthy > 0).then_some(overshoot),
        }
    };
    mendings.iter().map(recovery).collect()
}

/// Seconds until nearly all visitors of each later second are served well. `served` returns how
/// many of a bin are, and how many there are.
fn time_until_good(bins: &[Bin], served: impl Fn(&Bin) -> (u32, u32)) -> Option<f64> {
    let is_bad = |second: &[Bin]| {
        let (good, all) = second.iter().map(&served).fold((0, 0), |sum, bin| {
            let (good, all): (u32, u32) = sum;
            (good + bin.0, all + bin.1)
        });
        f64::from(good) < NEARLY_ALL * f64::from(all)
    };
    let last = bins.windows(SECOND).rposition(is_bad);
    let good_from = last.map_or(0, |last| last + 1);
    (good_from + SECOND < bins.len()).then(|| BIN.as_secs() * good_from as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recorder::{Answer, Visit};

    /// Records a visitor every millisecond for 30 s, and each of them as a call.
    fn recorder(answer: impl Fn(u64) -> Answer) -> Recorder {
        let mut recorder = Recorder::new(Micros(0));
        for ms in 0..30_000 {
            let now = Micros::from_ms(ms);
            let visit = Visit {
                has_copy: ms % 2 == 0,
                has_outage: false,
                waited: Micros(0),
                is_past_patience: false,
                answer: answer(ms),
            };
            recorder.record_visit(now, visit);
            recorder.record_call_start(now, false, false);
        }
        recorder
    }

    fn found(recorder: &Recorder) -> Recovery {
        let mended = (Micros::from_secs(10), None);
        recoveries(recorder, Micros::from_secs(5), &[mended])[0]
    }

    #[test]
    fn visitors_with_copies_are_not_asked_whether_calls_are_good() {
        let recorder = recorder(|ms| match ms {
            5_000..12_000 => Answer::Error,
            12_000..15_000 if ms % 2 == 0 => Answer::Copy,
            _ => Answer::Origin,
        });
        let Recovery { good_s, all_s, overshoot } = found(&recorder);
        assert_eq!((good_s, all_s, overshoot), (Some(2.0), Some(5.0), Some(1.0)));
    }

    #[test]
    fn a_recovery_ends_with_the_next_outage() {
        let recorder = recorder(|ms| match ms {
            5_000..10_000 | 20_000.. => Answer::Error,
            _ => Answer::Origin,
        });
        assert_eq!(found(&recorder).good_s, None);
        let mended = (Micros::from_secs(10), Some(Micros::from_secs(20)));
        let first = recoveries(&recorder, Micros::from_secs(5), &[mended])[0];
        assert_eq!(first.good_s, Some(0.0));
    }

    #[test]
    fn one_bad_answer_of_a_hundred_is_good_enough() {
        let bad = |every: u64| {
            recorder(move |ms| if ms % every == 1 { Answer::Error } else { Answer::Origin })
        };
        // Half of the visitors have no copy, so every second bad answer is one of theirs.
        assert_eq!(found(&bad(200)).good_s, Some(0.0));
        assert_eq!(found(&bad(100)).good_s, None);
    }
}
