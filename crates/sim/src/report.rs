//! The forms of a comparison: a table for the terminal, Markdown, JSON.

mod visits;

pub(crate) use visits::percent;

use std::fmt::{self, Write};

use breakwater_core::base::grouped::grouped;
use serde::Serialize;

use crate::geography::Spread;
use crate::metrics::Metrics;
use crate::scenario::{Entry, Trial};
use crate::strategy::Kind;

/// What figures are of.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Setting {
    /// The scenario's name.
    pub scenario: &'static str,
    /// A description of what happens in it.
    pub about: &'static str,
    /// The number of isolates.
    pub isolates: u32,
    /// The number of colos.
    pub colos: u16,
    /// The number of visitors per second.
    pub rps: u32,
    /// The distribution of visitors over the colos.
    pub geography: Spread,
    /// The seed of all randomness; of several, the first.
    pub seed: u64,
}

impl Setting {
    /// That of a trial of a catalogue entry.
    pub const fn new(entry: Entry, trial: &Trial) -> Self {
        Self {
            scenario: entry.name,
            about: entry.about,
            isolates: trial.isolates,
            colos: trial.colos,
            rps: trial.rps,
            geography: trial.spread,
            seed: trial.seed,
        }
    }
}

/// The metrics of several strategies in one scenario.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// What they are of.
    #[serde(flatten)]
    pub setting: Setting,
    /// The metrics of each strategy.
    pub strategies: Vec<Metrics>,
}

impl Comparison {
    /// Creates the comparison for a trial of a catalogue entry.
    pub const fn new(entry: Entry, trial: &Trial, strategies: Vec<Metrics>) -> Self {
        Self { setting: Setting::new(entry, trial), strategies }
    }

    /// Formats the comparison as a section of a Markdown document.
    pub fn markdown(&self) -> String {
        let Setting { scenario, about, .. } = self.setting;
        format!("### {scenario}\n\n{about}.\n\n{}", markdown_table(self.lines()))
    }

    /// The heading and all rows, in cells.
    fn lines(&self) -> impl Iterator<Item = Vec<String>> {
        let rows = ROWS.iter().map(|row| self.cells(row));
        let heading = heading(self.strategies.iter().map(|metrics| metrics.strategy));
        std::iter::once(heading).chain(rows).chain(visits::lines(&self.strategies))
    }

    fn cells(&self, (name, show): &Row) -> Vec<String> {
        std::iter::once((*name).to_owned()).chain(self.strategies.iter().map(show)).collect()
    }
}

/// Formats the comparison as a table.
impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Setting { scenario, about, isolates, colos, rps, seed, .. } = self.setting;
        writeln!(f, "{scenario}: {about}")?;
        writeln!(f, "{isolates} isolates, {colos} colos, {rps} visitors/s, seed {seed}\n")?;
        write_table(f, self.lines())
    }
}

/// The heading of a table about strategies, in cells.
pub(crate) fn heading(strategies: impl Iterator<Item = Kind>) -> Vec<String> {
    let titles = strategies.map(|kind| kind.title().to_owned());
    std::iter::once(String::new()).chain(titles).collect()
}

/// Formats a heading and rows, in cells, for the terminal.
pub(crate) fn write_table(
    f: &mut fmt::Formatter<'_>,
    lines: impl Iterator<Item = Vec<String>>,
) -> fmt::Result {
    for cells in lines {
        let mut line = format!("{:44}", cells[0]);
        for cell in &cells[1..] {
            write!(line, "{cell:>18}")?;
        }
        writeln!(f, "{}", line.trim_end())?;
    }
    Ok(())
}

/// Formats a heading and rows, in cells, as a table in Markdown.
pub(crate) fn markdown_table(lines: impl Iterator<Item = Vec<String>>) -> String {
    let mut text = String::new();
    for (number, cells) in lines.enumerate() {
        text += &format!("| {} |\n", cells.join(" | "));
        if number == 0 {
            text += &format!("| {} |\n", vec!["---"; cells.len()].join(" | "));
        }
    }
    text
}

/// The name of a row, and the function that formats a strategy's metric for it.
type Row = (&'static str, fn(&Metrics) -> String);

const ROWS: [Row; 17] = [
    ("visitors", |metrics| grouped(metrics.visitors)),
    ("time to open for 99 % of visitors", |metrics| seconds(metrics.time_to_open_s, 1)),
    ("time to decide for all", |metrics| seconds(metrics.time_to_decide_s, 3)),
    ("visitors who met the outage", |metrics| grouped(metrics.met_outage)),
    ("  while it was open", |metrics| grouped(metrics.met_while_open)),
    ("  bound: isolates + calls in flight", |metrics| optional(metrics.bound.map(grouped))),
    ("  calls in flight at its first sign", |metrics| optional(metrics.in_flight.map(grouped))),
    ("  isolates that lived in it", |metrics| optional(metrics.isolates.map(grouped))),
    ("  within the bound", |metrics| optional(metrics.is_within_bound.map(kept))),
    ("rejected without an outage", |metrics| grouped(metrics.false_rejections)),
    ("circuits opened without an outage", |metrics| grouped(metrics.false_openings)),
    ("object calls per million visitors", |metrics| {
        grouped(metrics.object_calls_per_million.round() as u64)
    }),
    ("object calls in the busiest second", |metrics| grouped(metrics.busiest_second.into())),
    ("  of the trip", |metrics| {
        optional(metrics.busiest_second_of_trip.map(|calls| grouped(calls.into())))
    }),
    ("time to full recovery", |metrics| seconds(metrics.time_to_recover_s, 1)),
    ("peak load on the recovering upstream", |metrics| {
        optional(metrics.peak_load.map(|share| format!("{:.0} %", share * 100.0)))
    }),
    ("wait for the decision, mean", |metrics| format!("{:.1} ms", metrics.wait_ms)),
];

/// Says whether a bound was kept.
fn kept(is_kept: bool) -> String {
    if is_kept { "yes" } else { "NO" }.to_owned()
}

pub(crate) fn optional(value: Option<String>) -> String {
    value.unwrap_or_else(|| "-".to_owned())
}

pub(crate) fn seconds(value: Option<f64>, decimals: usize) -> String {
    optional(value.map(|seconds| format!("{seconds:.decimals$} s")))
}
