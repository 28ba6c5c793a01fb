//! What a comparison looks like: a table on the terminal, Markdown, JSON.

use std::fmt::{self, Write};

use serde::Serialize;

use crate::figures::Figures;
use crate::geography::Spread;
use crate::scenario::{Entry, Trial};

/// Strategies side by side in one scenario.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// The scenario's name.
    pub scenario: &'static str,
    /// What happens in it.
    pub about: &'static str,
    /// Isolates.
    pub isolates: u32,
    /// Colos.
    pub colos: u16,
    /// Visitors per second.
    pub rps: u32,
    /// How they are spread.
    pub geography: Spread,
    /// What all chance came from.
    pub seed: u64,
    /// The figures of each strategy.
    pub strategies: Vec<Figures>,
}

impl Comparison {
    /// The figures of a trial of that entry.
    pub const fn new(entry: Entry, trial: &Trial, strategies: Vec<Figures>) -> Self {
        Self {
            scenario: entry.name,
            about: entry.about,
            isolates: trial.isolates,
            colos: trial.colos,
            rps: trial.rps,
            geography: trial.spread,
            seed: trial.seed,
            strategies,
        }
    }

    /// A section for a document.
    pub fn markdown(&self) -> String {
        let mut text = format!("### {}\n\n{}.\n\n", self.scenario, self.about);
        let mut line = |cells: Vec<String>| {
            text.push_str(&format!("| {} |\n", cells.join(" | ")));
        };
        line(self.heading());
        line(vec!["---".to_owned(); self.strategies.len() + 1]);
        for row in ROWS {
            line(self.cells(&row));
        }
        text
    }

    fn heading(&self) -> Vec<String> {
        let titles = self.strategies.iter().map(|figures| figures.strategy.title().to_owned());
        std::iter::once(String::new()).chain(titles).collect()
    }

    fn cells(&self, (name, show): &Row) -> Vec<String> {
        std::iter::once((*name).to_owned()).chain(self.strategies.iter().map(show)).collect()
    }
}

/// The table.
impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { isolates, colos, rps, seed, .. } = self;
        writeln!(f, "{}: {}", self.scenario, self.about)?;
        writeln!(f, "{isolates} isolates, {colos} colos, {rps} visitors/s, seed {seed}\n")?;
        let lines = std::iter::once(self.heading()).chain(ROWS.iter().map(|row| self.cells(row)));
        for cells in lines {
            let mut line = format!("{:44}", cells[0]);
            for cell in &cells[1..] {
                write!(line, "{cell:>18}")?;
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// What a line of the table is called, and how it reads a strategy's figures.
type Row = (&'static str, fn(&Figures) -> String);

const ROWS: [Row; 17] = [
    ("visitors", |figures| number(figures.visitors)),
    ("time to open for 99 % of visitors", |figures| seconds(figures.time_to_open_s, 1)),
    ("time to decide for all", |figures| seconds(figures.time_to_decide_s, 3)),
    ("visitors who met the outage", |figures| number(figures.met_outage)),
    ("  while it was open", |figures| number(figures.met_while_open)),
    ("  bound: isolates + calls in flight", |figures| optional(figures.bound.map(number))),
    ("  calls in flight at its first sign", |figures| optional(figures.in_flight.map(number))),
    ("  isolates that lived in it", |figures| optional(figures.isolates.map(number))),
    ("  within the bound", |figures| {
        optional(figures.is_within_bound.map(|is| if is { "yes" } else { "NO" }.to_owned()))
    }),
    ("rejected without an outage", |figures| number(figures.false_rejections)),
    ("circuits opened without an outage", |figures| number(figures.false_openings)),
    ("object calls per million visitors", |figures| {
        number(figures.object_calls_per_million.round() as u64)
    }),
    ("object calls in the busiest second", |figures| number(figures.busiest_second.into())),
    ("  of the trip", |figures| {
        optional(figures.busiest_second_of_trip.map(|calls| number(calls.into())))
    }),
    ("time to full recovery", |figures| seconds(figures.time_to_recover_s, 1)),
    ("peak load on the recovering upstream", |figures| {
        optional(figures.peak_load.map(|share| format!("{:.0} %", share * 100.0)))
    }),
    ("wait for the decision, mean", |figures| format!("{:.1} ms", figures.wait_ms)),
];

fn optional(value: Option<String>) -> String {
    value.unwrap_or_else(|| "-".to_owned())
}

fn seconds(value: Option<f64>, decimals: usize) -> String {
    optional(value.map(|seconds| format!("{seconds:.decimals$} s")))
}

/// With commas.
fn number(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!(number(0), "0");
        assert_eq!(number(999), "999");
        assert_eq!(number(1_000), "1,000");
        assert_eq!(number(12_345_678), "12,345,678");
    }
}
