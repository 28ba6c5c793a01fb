//! A few thousand random cases, and those that failed once.

use breakwater_sim::swarm::{Failure, REGRESSIONS, play, run_many};

/// How many, from seed 1 on. `--swarm 50000` plays more.
const CASES_PLAYED: u64 = 3_000;

#[test]
fn random_cases_hold_what_must_hold() {
    let failures = run_many(1, CASES_PLAYED, |_| {});
    let told: Vec<_> = failures.iter().map(Failure::to_string).collect();
    assert!(told.is_empty(), "{} of {CASES_PLAYED} failed:\n{}", told.len(), told.join("\n"));
}

#[test]
fn cases_that_failed_once_pass() {
    for line in REGRESSIONS.lines() {
        let (seed, found) = line.split_once('#').expect("a seed, and what it found");
        if seed.trim().is_empty() {
            continue;
        }
        let seed: u64 = seed.trim().parse().expect("a seed");
        if let Err(violation) = play(seed) {
            let failure = Failure { seed, violation: Some(violation) };
            panic!("{failure}\nonce it found:{found}");
        }
    }
}
