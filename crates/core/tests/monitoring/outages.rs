//! How long it takes until people know.

use breakwater_core::circuit::breaker::State;
use breakwater_core::watch::alert::AlertKind;
use breakwater_core::watch::monitor::CheckResult;

use crate::shell::Shell;
use crate::{later, setting};

/// A check each minute from two places, as the default file has it.
const FILE: &str = "
[[checks]]
name = \"frontend\"
url = \"https://shop.example/\"
from = [\"weur\", \"enam\"]
places = 2
upstream = \"web\"
[[channels]]
name = \"ops\"
kind = \"slack\"
url = \"https://hooks.example/\"
";
/// Outages of a run in CI; `BREAKWATER_MONITOR_OUTAGES` is another number.
const OUTAGES: u64 = 500;

/// The promise: operators know within a minute. `with_traffic`: visitors meet the outage, and the
/// circuit tells of it a second later.
fn told_after(seed: u64, with_traffic: bool) -> u64 {
    let begin =
        later(Shell::new(FILE, seed, |_, _, _| None, |_, _| true).now, 600_000 + seed % 60_000);
    let finds = move |_: &str, _: &str, now| {
        Some(if now < begin { CheckResult::Up } else { CheckResult::Down })
    };
    let mut shell = Shell::new(FILE, seed, finds, |_, _| true);
    shell.run_until(begin);
    assert!(shell.arrived.is_empty(), "nobody is told of nothing");
    if with_traffic {
        shell.run_until(later(begin, 1_000));
        let (rules, random, now) = (shell.rules.clone(), shell.draw(), shell.now);
        let turn = ("web", State::Closed, State::Open);
        shell.host().handle_circuit(&rules, "web", turn, random, now);
        shell.carry_out(&rules);
    }
    shell.run_until(later(begin, 180_000));
    let told = shell.arrived.first().expect("an alert");
    assert_eq!(told.kind, AlertKind::Opened);
    told.at.since(begin).get()
}

fn percentile(sorted: &[u64], share: usize) -> u64 {
    sorted[(sorted.len() - 1) * share / 100]
}

#[test]
fn operators_know_within_a_minute_where_visitors_meet_the_outage() {
    let outages = setting("BREAKWATER_MONITOR_OUTAGES", OUTAGES);
    let seed = |it: u64| it.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut with: Vec<u64> = (0..outages).map(|it| told_after(seed(it), true)).collect();
    let mut without: Vec<u64> = (0..outages).map(|it| told_after(seed(it), false)).collect();
    with.sort_unstable();
    without.sort_unstable();
    let shown = |all: &[u64]| {
        [50, 90, 99, 100].map(|share| format!("p{share} {} ms", percentile(all, share))).join(", ")
    };
    println!("{outages} outages: with traffic {}; without {}", shown(&with), shown(&without));
    assert!(with.iter().all(|&ms| ms <= 60_000), "{}", shown(&with));
    // Without visitors a check each minute cannot know sooner than its next turn.
    assert!(without.iter().all(|&ms| ms <= 60_000 + 20_000), "{}", shown(&without));
}
