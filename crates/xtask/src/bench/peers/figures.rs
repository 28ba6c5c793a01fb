//! What a run says about a tool.

use super::arrivals::{Arrival, busiest_second, doubled, times_of_known};
use super::errand::Ask;
use super::judge::Outcome;
use super::run::{Record, VISITORS};
use super::schedule::Span;
use super::visit::Visit;

/// From when on, in seconds after its begin, an outage is no longer news: its third second.
const THIRD_SECOND: f64 = 2.0;
/// What counts as well again: 99 of 100 requests.
const WELL: f64 = 0.99;
/// For how long it has to be well until the end of the run, in seconds, so that a last good answer
/// is no recovery.
const WELL_FOR: f64 = 5.0;

/// Which requests a column of the first table counts.
type Column = (&'static str, fn(&Visit) -> bool);

/// The columns of good answers.
pub(super) const COLUMNS: [Column; 8] = [
    ("all requests", |_| true),
    ("seen pages", |visit| visit.ask == Ask::Seen),
    ("… with a cookie", |visit| visit.ask == Ask::Seen && visit.has_cookie),
    ("unseen, in the sitemap", |visit| visit.ask == Ask::Unseen),
    ("new URL", |visit| visit.ask == Ask::New),
    ("API read", |visit| visit.ask == Ask::Catalogue),
    ("POST", |visit| visit.ask == Ask::Order),
    ("account", |visit| visit.ask == Ask::Account),
];

/// Of the answers to some requests, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Wait {
    pub(super) median: f64,
    pub(super) p99: f64,
}

/// A tool in an outage.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Figures {
    /// Good answers to the requests of each column, in percent.
    pub(super) good: [Option<f64>; COLUMNS.len()],
    /// How long seen pages took.
    pub(super) seen: Option<Wait>,
    /// The same for those that were asked for from the third second of the outage on.
    pub(super) seen_later: Option<Wait>,
    /// The share of the visitors' time that they waited, in percent.
    pub(super) waiting: f64,
    /// Requests that reached the sick backend for visitors, and the tool's own.
    pub(super) reached: (usize, usize),
    /// Orders that reached the backend more than once, in the whole run.
    pub(super) doubled: usize,
    /// Answers that were another page than the one that was asked for, in the whole run.
    pub(super) wrong: usize,
    /// Answers in the outage that ended too soon, and visibly.
    pub(super) cut: usize,
    /// Seconds until what needs the backend is well again.
    pub(super) recovery: Option<f64>,
    /// The most requests that reached the backend in a second: after mending, for as long as was
    /// looked while all was well, and then. Both are for addresses that were asked for by then.
    pub(super) busiest: (usize, usize),
    /// Requests a second while all was well: of the visitors, and at the backend.
    pub(super) healthy: (f64, f64),
}

impl Figures {
    pub(super) fn of(record: &Record, span: Span) -> Self {
        let Record { visits, arrivals, .. } = record;
        let sick: Vec<Visit> =
            visits.iter().filter(|visit| span.is_in_outage(visit.begun)).copied().collect();
        let seen = |from: f64| {
            let seen = sick.iter().filter(|visit| visit.ask == Ask::Seen && visit.begun >= from);
            wait(seen.map(|visit| visit.took * 1e3).collect())
        };
        let reached = |for_visitors: bool| {
            let those = arrivals.iter().filter(|it| it.is_for_visitor == for_visitors);
            those.filter(|arrival| span.is_in_outage(arrival.at)).count()
        };
        let count = |visits: &[Visit], outcome| {
            visits.iter().filter(|visit| visit.outcome == outcome).count()
        };
        let a_second = |count: usize| count as f64 / span.struck.max(f64::EPSILON);
        let well = |at: f64| (0.0..span.struck).contains(&at);
        Self {
            good: COLUMNS.map(|(_, is_meant)| good(sick.iter().filter(|visit| is_meant(visit)))),
            seen: seen(span.struck),
            seen_later: seen(span.struck + THIRD_SECOND),
            waiting: waiting(visits, span),
            reached: (reached(true), reached(false)),
            doubled: doubled(arrivals),
            wrong: count(visits, Outcome::Wrong),
            cut: count(&sick, Outcome::Cut),
            recovery: recovery(visits, span),
            busiest: busiest(arrivals, span),
            healthy: (
                a_second(visits.iter().filter(|visit| well(visit.begun)).count()),
                a_second(arrivals.iter().filter(|arrival| well(arrival.at)).count()),
            ),
        }
    }
}

fn busiest(arrivals: &[Arrival], span: Span) -> (usize, usize) {
    let known = times_of_known(arrivals, span.struck);
    let until = span.over.min(span.mended + span.struck);
    (busiest_second(&known, span.mended, until), busiest_second(&known, 0.0, span.struck))
}

/// The share of good answers in percent; none of no requests.
fn good<'a>(visits: impl Iterator<Item = &'a Visit>) -> Option<f64> {
    let (mut all, mut good) = (0_u32, 0_u32);
    for visit in visits {
        all += 1;
        good += u32::from(visit.outcome == Outcome::Good);
    }
    (all > 0).then(|| f64::from(good) / f64::from(all) * 100.0)
}

fn wait(mut times: Vec<f64>) -> Option<Wait> {
    times.sort_by(f64::total_cmp);
    Some(Wait { median: percentile(&times, 0.5)?, p99: percentile(&times, 0.99)? })
}

/// The nearest rank of ordered figures.
fn percentile(ordered: &[f64], share: f64) -> Option<f64> {
    let rank = (ordered.len() as f64 * share).ceil() as usize;
    ordered.get(rank.saturating_sub(1)).copied()
}

/// The share of the outage that visitors waited, in percent, also for what they had asked before.
fn waiting(visits: &[Visit], Span { struck, ended, .. }: Span) -> f64 {
    let waited = |visit: &Visit| {
        let (from, to) = (visit.begun.max(struck), (visit.begun + visit.took).min(ended));
        (to - from).max(0.0)
    };
    let whole = (ended - struck) * VISITORS as f64;
    visits.iter().map(waited).sum::<f64>() / whole.max(f64::EPSILON) * 100.0
}

/// Seconds from mending on after which 99 % of what needs the backend is answered well until the
/// end; none if it never is.
fn recovery(visits: &[Visit], span: Span) -> Option<f64> {
    let is_meant = |visit: &&Visit| {
        let is_after = visit.begun >= span.mended && visit.outcome != Outcome::Unfinished;
        is_after && visit.ask.needs_backend()
    };
    let mut after: Vec<&Visit> = visits.iter().filter(is_meant).collect();
    after.sort_by(|a, b| a.begun.total_cmp(&b.begun));
    let is_good = |visit: &&&Visit| visit.outcome == Outcome::Good;
    let mut good = after.iter().filter(is_good).count();
    for (index, visit) in after.iter().enumerate() {
        let is_well = good as f64 >= WELL * (after.len() - index) as f64;
        if is_well && visit.begun <= span.over - WELL_FOR {
            return Some(if index == 0 { 0.0 } else { visit.begun - span.mended });
        }
        good -= usize::from(visit.outcome == Outcome::Good);
    }
    None
}

#[cfg(test)]
mod tests;
