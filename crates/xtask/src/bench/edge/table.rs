//! The table of the rounds, with the ratio of each Worker to its row's peer.

use std::fmt::Write as _;

use anyhow::{Context as _, Result};

use crate::bench::runner::Load;
use crate::bench::sample::Sample;

/// A Worker in the table.
pub(super) struct Compared {
    pub(super) row: &'static str,
    pub(super) worker: String,
    /// The index of what it is compared with.
    pub(super) peer: usize,
}

const HEAD: &str = "| Answer | Worker | CPU per request, µs | ratio to the row's JavaScript \
    | instructions per request, thousands | ratio | median answer, ms |\n\
    |---|---|---|---|---|---|---|\n";

/// The table. `uncounted` says why there are no counts of instructions.
pub(super) fn of(
    compared: &[Compared],
    rounds: &[Vec<Load>],
    requests: usize,
    uncounted: Option<&str>,
) -> Result<String> {
    let mut table = String::from(HEAD);
    for (index, Compared { row, worker, peer }) in compared.iter().enumerate() {
        let of = |figure: fn(&Load) -> Option<f64>| {
            let figures = rounds.iter().filter_map(move |round| figure(&round[index]));
            let peers = rounds.iter().filter_map(move |round| figure(&round[*peer]));
            let ratios = figures.clone().zip(peers).map(|(figure, peer)| figure / peer);
            Some((Sample::of(figures)?, Sample::of(ratios)?))
        };
        let (cpu, ratio) = of(|load| Some(load.cpu_us)).context("no rounds")?;
        let (latency, _) = of(|load| Some(load.median_ms)).context("no rounds")?;
        let counted = match of(|load| Some(load.instructions? / 1e3)) {
            Some((count, ratio)) => format!("{count:.0} | {ratio:.2}"),
            None => "– | –".into(),
        };
        let _ = writeln!(
            table,
            "| {row} | {worker} | {cpu:.0} | {ratio:.2} | {counted} | {latency:.2} |"
        );
    }
    let count = rounds.len();
    let _ = writeln!(
        table,
        "\nMedian (minimum–maximum) of {count} rounds of {requests} requests over 16 connections. \
         CPU is user and system time of workerd alone, instructions are those of its user time. \
         Ratios are taken within a round, each to the JavaScript of the same row."
    );
    if let Some(why) = uncounted {
        let _ = writeln!(table, "\nInstructions could not be counted: {why}.");
    }
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::{Compared, of};
    use crate::bench::runner::Load;

    fn compared(row: &'static str, worker: &str, peer: usize) -> Compared {
        Compared { row, worker: worker.into(), peer }
    }

    fn load(cpu_us: f64, instructions: Option<f64>) -> Load {
        Load { cpu_us, instructions, median_ms: 1.0 }
    }

    #[test]
    fn each_worker_is_compared_with_its_own_rows_peer_within_a_round() {
        let rows = [compared("a", "J", 0), compared("a", "B", 0), compared("b", "J", 2)];
        let rounds = [
            vec![load(100.0, Some(5e3)), load(150.0, Some(1e4)), load(10.0, None)],
            vec![load(200.0, Some(5e3)), load(300.0, Some(1e4)), load(30.0, None)],
        ];
        let table = of(&rows, &rounds, 4, None).unwrap();
        let lines: Vec<&str> = table.lines().skip(2).take(3).collect();
        assert_eq!(
            lines,
            [
                "| a | J | 150 (100–200) | 1.00 (1.00–1.00) | 5 (5–5) | 1.00 (1.00–1.00) \
                 | 1.00 (1.00–1.00) |",
                "| a | B | 225 (150–300) | 1.50 (1.50–1.50) | 10 (10–10) | 2.00 (2.00–2.00) \
                 | 1.00 (1.00–1.00) |",
                "| b | J | 20 (10–30) | 1.00 (1.00–1.00) | – | – | 1.00 (1.00–1.00) |",
            ]
        );
    }

    #[test]
    fn what_was_not_counted_is_said() {
        let rounds = [vec![load(1.0, None)]];
        let table = of(&[compared("a", "J", 0)], &rounds, 4, Some("no `perf`")).unwrap();
        assert!(table.ends_with("Instructions could not be counted: no `perf`.\n"), "{table}");
    }
}
