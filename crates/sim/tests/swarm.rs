//! A few thousand random cases, and the cases that failed once.

use breakwater_sim::swarm::{Case, FailedSeed, REGRESSIONS, run_case, run_many};

/// The test runs 3,000 cases, from seed 1 on. `--swarm 50000` runs more.
const CASES: u64 = 3_000;

#[test]
fn random_cases_keep_the_invariants() {
    let failures = run_many(1, CASES, |_| {});
    let texts: Vec<_> = failures.iter().map(FailedSeed::to_string).collect();
    assert!(texts.is_empty(), "{} of {CASES} failed:\n{}", texts.len(), texts.join("\n"));
}

#[test]
fn cases_that_failed_once_pass() {
    for line in REGRESSIONS.lines() {
        let (seed, found) = line.split_once('#').expect("a seed, and what it found");
        if seed.trim().is_empty() {
            continue;
        }
        let seed: u64 = seed.trim().parse().expect("a seed");
        if let Err(failure) = run_case(&Case::random(seed)) {
            panic!("{}\nonce it found:{found}", FailedSeed { seed, failure });
        }
    }
}
