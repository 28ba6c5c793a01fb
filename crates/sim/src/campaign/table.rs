//! The forms of a campaign: a table for the terminal, and Markdown.

use std::fmt;

use breakwater_core::base::grouped::grouped;

use super::{Campaign, Quantiles, Range, Series, Spans};
use crate::report::{Setting, heading, markdown_table, optional, percent, write_table};

/// The name of a row, and the function that formats a strategy's figure for it.
type Row = (&'static str, fn(&Series) -> String);

const ROWS: [Row; 10] = [
    ("circuits opened without an outage", |series| grouped(series.false_openings)),
    ("object calls per million visitors, most", |series| {
        grouped(series.object_calls_per_million.round() as u64)
    }),
    ("visitors who got a copy: mean, most", |series| shares(series.copies)),
    ("  who waited out their patience", |series| shares(series.past_patience)),
    ("recoveries: 99 % good without a copy", |series| count(&series.good)),
    ("  p50, p99, in s", |series| quantiles(&series.good, |it| (it.p50_s, it.p99_s))),
    ("  p99.9, longest, in s", |series| quantiles(&series.good, |it| (it.p999_s, it.max_s))),
    ("  99 % from the upstream: p50, longest", |series| {
        quantiles(&series.all, |it| (it.p50_s, it.max_s))
    }),
    ("  of these never ended", |series| grouped(series.all.endless as u64)),
    ("busiest second after, against before", |series| {
        optional(series.overshoot.map(|it| format!("{:.2}, {:.2}", it.mean, it.max)))
    }),
];

impl Campaign {
    /// Formats the campaign as a section of a Markdown document.
    pub fn markdown(&self) -> String {
        let Setting { scenario, about, isolates, rps, .. } = self.setting;
        let seeds = self.seeds;
        let fleet = format!("{seeds} seeds, {isolates} isolates, {rps} visitors/s");
        format!("### {scenario}, {fleet}\n\n{about}.\n\n{}", markdown_table(self.lines()))
    }

    fn lines(&self) -> impl Iterator<Item = Vec<String>> {
        let heading = heading(self.strategies.iter().map(|series| series.strategy));
        let rows = ROWS.iter().map(|(name, show)| {
            let cells = self.strategies.iter().map(show);
            std::iter::once((*name).to_owned()).chain(cells).collect()
        });
        std::iter::once(heading).chain(rows)
    }
}

/// Formats the campaign as a table.
impl fmt::Display for Campaign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Setting { scenario, about, isolates, colos, rps, seed, .. } = self.setting;
        let seeds = self.seeds;
        writeln!(f, "{scenario}: {about}")?;
        writeln!(
            f,
            "{isolates} isolates, {colos} colos, {rps} visitors/s, {seeds} seeds from {seed} on\n"
        )?;
        write_table(f, self.lines())
    }
}

fn shares(range: Option<Range>) -> String {
    optional(range.map(|it| format!("{}, {}", percent(it.mean), percent(it.max))))
}

fn count(spans: &Spans) -> String {
    match spans.endless {
        0 => grouped(spans.count as u64),
        endless => format!("{}, {} never", grouped(spans.count as u64), grouped(endless as u64)),
    }
}

fn quantiles(spans: &Spans, pick: impl Fn(&Quantiles) -> (f64, f64)) -> String {
    optional(spans.quantiles.as_ref().map(pick).map(|(one, other)| format!("{one:.1}, {other:.1}")))
}
