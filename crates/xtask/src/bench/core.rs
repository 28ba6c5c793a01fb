//! Core's breaker beside its peers, by criterion, and what each allocates.
//!
//! The benchmark is a workspace of its own (`crates/core/bench`), so that the peers and criterion
//! stay out of everybody else's build. Criterion prints as it goes; the table is made from the
//! medians that it leaves behind.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::progress::Progress;
use crate::{place, run};

/// What is compared, as criterion's groups are called, and what the table says.
const GROUPS: [(&str, &str); 4] = [
    ("closed, consecutive", "admit + record, closed, runs of failures"),
    ("closed, rate", "admit + record, closed, rate over a window"),
    ("open", "reject while open"),
    ("mixed, rate", "admit + record, every tenth call fails, rate"),
];
/// In the order of the table's columns; the first is what the others are compared with.
const SUBJECTS: [&str; 6] = [
    "breakwater",
    "breakwater, reading a clock",
    "recloser",
    "failsafe",
    "circuitbreaker-rs",
    "tower-resilience",
];

/// Runs the benchmark, and returns its section of the document.
pub(crate) fn run(progress: &Progress) -> Result<String> {
    progress.say("allocations", "cargo run");
    let allocations = allocations(&run::text(
        cargo(&["run", "--release", "--quiet"]).args(["--bin", "allocations"]),
    )?);
    progress.say("criterion", "cargo bench; about two minutes");
    run::shown(&mut cargo(&["bench", "--quiet"]))?;
    let mut table =
        format!("| ns per call | {} |\n|---|{}\n", SUBJECTS.join(" | "), "---|".repeat(6));
    for (group, title) in GROUPS {
        let medians: Vec<Option<f64>> =
            SUBJECTS.iter().map(|subject| median(group, subject)).collect::<Result<_>>()?;
        let cells: Vec<String> = medians.iter().map(|median| cell(*median)).collect();
        table += &format!("| {title} | {} |\n", cells.join(" | "));
    }
    table += &format!(
        "\n| allocations per call | {} |\n|---|{}\n",
        SUBJECTS.join(" | "),
        "---|".repeat(6)
    );
    for (group, title) in GROUPS {
        let of = |subject: &&str| {
            let count = allocations.get(&(group.to_owned(), (*subject).to_owned()));
            count.map_or_else(|| "–".to_owned(), |count| format!("{count:.0}"))
        };
        let cells: Vec<String> = SUBJECTS.iter().map(of).collect();
        table += &format!("| {title} | {} |\n", cells.join(" | "));
    }
    Ok(table)
}

fn cargo(args: &[&str]) -> Command {
    let mut cargo = run::cargo();
    cargo
        .current_dir(place::root().join("crates/core/bench"))
        .args(args)
        .env("CARGO_TARGET_DIR", target());
    cargo
}

fn target() -> PathBuf {
    place::root().join("target/bench/core")
}

/// Criterion's median in nanoseconds; none where a peer lacks the rule.
fn median(group: &str, subject: &str) -> Result<Option<f64>> {
    let folder = target().join("criterion").join(group).join(subject);
    if !folder.exists() {
        return Ok(None);
    }
    let path = folder.join("new/estimates.json");
    let text = fs::read_to_string(&path).with_context(|| format!("no {}", path.display()))?;
    median_of(&text).with_context(|| format!("no median in {}", shown(&path))).map(Some)
}

fn median_of(estimates: &str) -> Option<f64> {
    let estimates: Value = serde_json::from_str(estimates).ok()?;
    estimates["median"]["point_estimate"].as_f64()
}

fn cell(median: Option<f64>) -> String {
    match median {
        None => "–".into(),
        Some(ns) if ns >= 1_000.0 => format!("{ns:.0}"),
        Some(ns) => format!("{ns:.1}"),
    }
}

/// Lines of group, subject and allocations per call, between tabs.
fn allocations(printed: &str) -> BTreeMap<(String, String), f64> {
    let line = |line: &str| {
        let mut parts = line.split('\t');
        let (group, subject) = (parts.next()?.to_owned(), parts.next()?.to_owned());
        Some(((group, subject), parts.next()?.trim().parse().ok()?))
    };
    printed.lines().filter_map(line).collect()
}

fn shown(path: &Path) -> String {
    path.strip_prefix(place::root()).unwrap_or(path).display().to_string()
}

#[cfg(test)]
mod tests {
    use super::{allocations, cell, median_of};

    #[test]
    fn medians_are_read_as_criterion_writes_them() {
        let text = r#"{"mean":{"point_estimate":9.0},"median":{"point_estimate":7.25}}"#;
        assert_eq!(median_of(text), Some(7.25));
        assert_eq!(median_of("{}"), None);
        assert_eq!(cell(Some(7.25)), "7.2");
        assert_eq!(cell(Some(97_884.0)), "97884");
        assert_eq!(cell(None), "–");
    }

    #[test]
    fn allocations_are_read_line_by_line() {
        let read = allocations("open\trecloser\t0\nclosed, rate\ttower-resilience\t3.00001\n?\n");
        assert_eq!(read.len(), 2);
        assert_eq!(read[&("open".into(), "recloser".into())], 0.0);
    }
}
