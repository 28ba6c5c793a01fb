//! A scenario with many seeds: distributions instead of single figures.

mod table;

use serde::Serialize;

use crate::args::Compare;
use crate::metrics::Recovery;
use crate::parallel::run_jobs;
use crate::recorder::BIN;
use crate::report::Setting;
use crate::rng::{Stream, stream};
use crate::scenario::{Entry, Trial};
use crate::simulation::run;
use crate::strategy::Kind;
use crate::time::Micros;

/// The figures of several strategies over many seeds of one scenario.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Campaign {
    /// What they are of. Each next seed is one more than the one before.
    #[serde(flatten)]
    pub setting: Setting,
    /// The number of seeds.
    pub seeds: u64,
    /// The figures of each strategy.
    pub strategies: Vec<Series>,
}

/// The figures of one strategy over all seeds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Series {
    /// The strategy.
    pub strategy: Kind,
    /// Circuits that opened where there had been no outage, in all runs together.
    pub false_openings: u64,
    /// The largest number of calls to the object per million visitors.
    pub object_calls_per_million: f64,
    /// The share of visitors who got a copy, where copies are at hand.
    pub copies: Option<Range>,
    /// The share of visitors who waited for the route's `patience` or longer.
    pub past_patience: Option<Range>,
    /// Seconds from each mending until 99 % of the visitors without a copy get the upstream's good
    /// answer.
    pub good: Spans,
    /// Seconds from each mending until 99 % of all visitors do.
    pub all: Spans,
    /// The calls in the busiest second after each mending, against those before the first outage.
    pub overshoot: Option<Range>,
}

/// The values of several runs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Range {
    /// Their mean.
    pub mean: f64,
    /// The largest.
    pub max: f64,
}

impl Range {
    fn of(values: &[f64]) -> Option<Self> {
        let max = values.iter().copied().reduce(f64::max)?;
        Some(Self { mean: values.iter().sum::<f64>() / values.len() as f64, max })
    }
}

/// A distribution of spans, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Spans {
    /// The number of spans, without those that did not end.
    pub count: usize,
    /// The number of spans that did not end before the run did, or the next outage began.
    pub endless: usize,
    /// The quantiles, if there are spans.
    pub quantiles: Option<Quantiles>,
}

/// The quantiles of spans, in seconds (the nearest ranks).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Quantiles {
    /// The median.
    pub p50_s: f64,
    /// The 99th percentile.
    pub p99_s: f64,
    /// The one that one in a thousand exceeds.
    pub p999_s: f64,
    /// The longest.
    pub max_s: f64,
}

impl Spans {
    fn of(spans: impl IntoIterator<Item = Option<f64>>) -> Self {
        let all: Vec<Option<f64>> = spans.into_iter().collect();
        let mut ended: Vec<f64> = all.iter().copied().flatten().collect();
        ended.sort_unstable_by(f64::total_cmp);
        let at = |share: f64| {
            let rank = (ended.len() as f64 * share).ceil() as usize;
            ended.get(rank.saturating_sub(1)).copied()
        };
        let quantiles = at(1.0).map(|max_s| Quantiles {
            p50_s: at(0.5).unwrap_or(max_s),
            p99_s: at(0.99).unwrap_or(max_s),
            p999_s: at(0.999).unwrap_or(max_s),
            max_s,
        });
        Self { count: ended.len(), endless: all.len() - ended.len(), quantiles }
    }
}

/// What one run of one strategy brings.
struct RunFigures {
    false_openings: u64,
    object_calls_per_million: f64,
    copies: Option<f64>,
    past_patience: Option<f64>,
    recoveries: Vec<Recovery>,
}

impl Campaign {
    /// Runs an entry with `seeds` seeds from the first on, on all cores. `progress` is given the
    /// number of runs that are done, and that of all.
    pub fn run(
        compare: &Compare,
        entry: Entry,
        seeds: u64,
        mut progress: impl FnMut(u64, u64),
    ) -> Self {
        let kinds = &compare.kinds;
        let (each, all) = (kinds.len() as u64, seeds * kinds.len() as u64);
        let job = |number: u64| {
            let kind = kinds.get((number % each) as usize)?;
            let seed = compare.seed.wrapping_add(number / each);
            Some((*kind, figures(&trial(compare, entry, seed), *kind)))
        };
        let runs = run_jobs(all, job, |done| progress(done, all));
        let series = |&kind: &Kind| {
            let runs = runs.iter().filter(|(of, _)| *of == kind);
            Series::new(kind, &runs.map(|(_, figures)| figures).collect::<Vec<_>>())
        };
        Self {
            setting: Setting::new(entry, &compare.trial(entry)),
            seeds,
            strategies: kinds.iter().map(series).collect(),
        }
    }
}

impl Series {
    fn new(strategy: Kind, runs: &[&RunFigures]) -> Self {
        let recoveries = || runs.iter().flat_map(|run| &run.recoveries);
        let range = |of: fn(&RunFigures) -> Option<f64>| {
            Range::of(&runs.iter().filter_map(|run| of(run)).collect::<Vec<_>>())
        };
        let overshoots: Vec<_> = recoveries().filter_map(|it| it.overshoot).collect();
        Self {
            strategy,
            false_openings: runs.iter().map(|run| run.false_openings).sum(),
            object_calls_per_million: runs
                .iter()
                .map(|run| run.object_calls_per_million)
                .fold(0.0, f64::max),
            copies: range(|run| run.copies),
            past_patience: range(|run| run.past_patience),
            good: Spans::of(recoveries().map(|recovery| recovery.good_s)),
            all: Spans::of(recoveries().map(|recovery| recovery.all_s)),
            overshoot: Range::of(&overshoots),
        }
    }
}

/// The trial of a seed. A circuit opens for a fixed time, so it depends on the length of an outage
/// how long it stays open afterwards: each seed has another length, at random.
fn trial(compare: &Compare, entry: Entry, seed: u64) -> Trial {
    let mut trial = Trial { seed, ..compare.trial(entry) };
    let cycle = Micros::from(trial.scenario.policy.open_for).0 / BIN.0;
    let later = stream(seed, Stream::Mending).u64(..cycle.max(1));
    trial.scenario.delay_mending(Micros(later * BIN.0));
    trial
}

fn figures(trial: &Trial, kind: Kind) -> RunFigures {
    let result = run(trial, kind);
    let visits = result.metrics.visits.as_ref();
    RunFigures {
        false_openings: result.metrics.false_openings,
        object_calls_per_million: result.metrics.object_calls_per_million,
        copies: visits.map(|visits| visits.copies),
        past_patience: visits.map(|visits| visits.past_patience),
        recoveries: result.recoveries,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_of_the_spans_that_ended() {
        let spans =
            Spans::of((0..1_001).map(|tenth| (tenth > 0).then_some(f64::from(tenth) / 10.0)));
        let quantiles = Quantiles { p50_s: 50.0, p99_s: 99.0, p999_s: 99.9, max_s: 100.0 };
        assert_eq!(spans, Spans { count: 1_000, endless: 1, quantiles: Some(quantiles) });
        assert_eq!(Spans::of([None]), Spans { count: 0, endless: 1, quantiles: None });
    }

    #[test]
    fn a_range_of_nothing_is_none() {
        assert_eq!(Range::of(&[]), None);
        assert_eq!(Range::of(&[1.0, 3.0]), Some(Range { mean: 2.0, max: 3.0 }));
    }
}
