//! The table of the rounds, with the ratio of each Worker to its row's peer.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result};

use super::count::Counted;
use super::row::EdgeRow;
use crate::bench::load::Expected;
use crate::bench::runner::Load;
use crate::bench::sample::Sample;

/// A Worker in the table.
pub(super) struct Compared {
    pub(super) row: EdgeRow,
    pub(super) worker: String,
    pub(super) bundle: PathBuf,
    pub(super) expected: Expected,
    /// The index of what it is compared with.
    pub(super) peer: usize,
}

impl Compared {
    pub(super) fn name(&self) -> String {
        format!("{}: {}", self.row.title(), self.worker)
    }
}

const HEAD: &str = "| Answer | Worker | CPU per request, µs | ratio to the row's JavaScript \
    | instructions per request, thousands | ratio of the least | median answer, ms |\n\
    |---|---|---|---|---|---|---|\n";

/// The table.
pub(super) fn of(
    compared: &[Compared],
    rounds: &[Vec<Load>],
    requests: usize,
    counted: &Counted,
) -> Result<String> {
    let mut table = String::from(HEAD);
    for (index, Compared { row, worker, peer, .. }) in compared.iter().enumerate() {
        let of = |figure: fn(&Load) -> f64| {
            let figures = rounds.iter().map(move |round| figure(&round[index]));
            let peers = rounds.iter().map(move |round| figure(&round[*peer]));
            let ratios = figures.clone().zip(peers).map(|(figure, peer)| figure / peer);
            Some((Sample::of(figures)?, Sample::of(ratios)?))
        };
        let (cpu, ratio) = of(|load| load.cpu_us).context("no rounds")?;
        let (latency, _) = of(|load| load.median_ms).context("no rounds")?;
        // What the engine compiles and collects meanwhile adds to a count: the least is steady.
        let counts = match (counted.each[index], counted.each[*peer]) {
            (Some(count), Some(peer)) => format!("{count:.0} | {:.2}", count.min / peer.min),
            (Some(_), None) | (None, _) => "– | –".into(),
        };
        let row = row.title();
        let _ = writeln!(
            table,
            "| {row} | {worker} | {cpu:.0} | {ratio:.2} | {counts} | {latency:.2} |"
        );
    }
    let (count, note) = (rounds.len(), &counted.note);
    let _ = writeln!(
        table,
        "\nMedian (minimum–maximum) of {count} rounds of {requests} requests over 16 connections. \
         CPU is user and system time of workerd alone; its ratios are taken within a round, each \
         to the JavaScript of the same row. {note}"
    );
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::{Compared, of};
    use crate::bench::edge::count::Counted;
    use crate::bench::edge::row::EdgeRow;
    use crate::bench::load::Expected;
    use crate::bench::runner::Load;

    fn compared(row: EdgeRow, worker: &str, peer: usize) -> Compared {
        let bundle = "x".into();
        Compared { row, worker: worker.into(), bundle, expected: Expected::GOOD, peer }
    }

    fn load(cpu_us: f64, instructions: Option<f64>) -> Load {
        Load { cpu_us, instructions, median_ms: 1.0 }
    }

    #[test]
    fn each_worker_is_compared_with_its_own_rows_peer_within_a_round() {
        let rows = [
            compared(EdgeRow::Forwarded, "J", 0),
            compared(EdgeRow::Forwarded, "B", 0),
            compared(EdgeRow::Open, "J", 2),
        ];
        let rounds = [
            vec![load(100.0, Some(5e3)), load(150.0, Some(1e4)), load(10.0, None)],
            vec![load(200.0, Some(7e3)), load(300.0, Some(2e4)), load(30.0, None)],
        ];
        let table = of(&rows, &rounds, 4, &Counted::in_rounds(3, &rounds)).unwrap();
        let lines: Vec<&str> = table.lines().skip(2).take(3).collect();
        assert_eq!(
            lines,
            [
                "| forwarded | J | 150 (100–200) | 1.00 (1.00–1.00) | 6 (5–7) | 1.00 \
                 | 1.00 (1.00–1.00) |",
                "| forwarded | B | 225 (150–300) | 1.50 (1.50–1.50) | 15 (10–20) | 2.00 \
                 | 1.00 (1.00–1.00) |",
                "| circuit open | J | 20 (10–30) | 1.00 (1.00–1.00) | – | – | 1.00 (1.00–1.00) |",
            ]
        );
    }

    #[test]
    fn what_was_not_counted_is_said() {
        let rounds = [vec![load(1.0, None)]];
        let rows = [compared(EdgeRow::Cache, "J", 0)];
        let table = of(&rows, &rounds, 4, &Counted::none(1, "no valgrind")).unwrap();
        assert!(table.ends_with("Instructions were not counted: no valgrind.\n"), "{table}");
    }
}
