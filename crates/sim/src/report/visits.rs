//! The rows about what visitors wait and get, in scenarios where copies are at hand.

use breakwater_core::base::grouped::grouped;

use super::{kept, optional, seconds};
use crate::metrics::{Metrics, Recovery, VisitFigures, WaitFigures};

/// The name of a row, and the function that formats a strategy's figure for it.
type Row = (&'static str, fn(&VisitFigures) -> String);

const ROWS: [Row; 21] = [
    ("visitors with a copy wait, p50, p99", |figures| waits(figures.with_copy)),
    ("  at most", |figures| longest(figures.with_copy)),
    ("visitors without one wait, p50, p99", |figures| waits(figures.without_copy)),
    ("  at most", |figures| longest(figures.without_copy)),
    ("share of their time that visitors wait", |figures| percent(figures.waiting_share)),
    ("visitors who waited out their patience", |figures| percent(figures.past_patience)),
    ("visitors who got the upstream's answer", |figures| percent(figures.origin)),
    ("  a copy", |figures| percent(figures.copies)),
    ("  an error", |figures| percent(figures.errors)),
    ("visitors who waited for the sick upstream", |figures| grouped(figures.waited_for_sick)),
    ("  bound: isolates + calls at first sign", |figures| optional(figures.bound.map(grouped))),
    ("  calls when a patience was over first", |figures| optional(figures.in_flight.map(grouped))),
    ("  within the bound", |figures| optional(figures.is_within_bound.map(kept))),
    ("calls per second from the third on", |figures| {
        optional(figures.sick_calls_per_s.map(|calls| grouped(calls.round() as u64)))
    }),
    ("  in the busiest of these", |figures| {
        optional(figures.sick_calls_max.map(|calls| grouped(calls.into())))
    }),
    ("median below 5 ms from second", |figures| {
        optional(figures.median_short_from_s.map(|second| second.to_string()))
    }),
    ("p99 below 100 ms from second", |figures| {
        optional(figures.p99_short_from_s.map(|second| second.to_string()))
    }),
    ("mended to 99 % good without a copy", |figures| {
        seconds(last(figures).and_then(|recovery| recovery.good_s), 1)
    }),
    ("mended to 99 % from the upstream", |figures| {
        seconds(last(figures).and_then(|recovery| recovery.all_s), 1)
    }),
    ("busiest second after, against before", |figures| {
        let overshoot = last(figures).and_then(|recovery| recovery.overshoot);
        optional(overshoot.map(|times| format!("{times:.2}")))
    }),
    ("visitors that these figures are of", |figures| grouped(figures.visitors)),
];

/// The rows, in cells; none if no copies are at hand.
pub(super) fn lines(strategies: &[Metrics]) -> Vec<Vec<String>> {
    let figures: Option<Vec<_>> =
        strategies.iter().map(|metrics| metrics.visits.as_ref()).collect();
    let Some(figures) = figures else { return Vec::new() };
    let cells = |(name, show): &Row| {
        std::iter::once((*name).to_owned()).chain(figures.iter().map(|it| show(it))).collect()
    };
    ROWS.iter().map(cells).collect()
}

fn last(figures: &VisitFigures) -> Option<&Recovery> {
    figures.recoveries.last()
}

fn waits(waits: WaitFigures) -> String {
    format!("{:.0}, {:.0} ms", waits.p50_ms, waits.p99_ms)
}

fn longest(waits: WaitFigures) -> String {
    format!("{:.0} ms", waits.max_ms)
}

/// A share in percent.
pub(crate) fn percent(share: f64) -> String {
    format!("{:.2} %", share * 100.0)
}
