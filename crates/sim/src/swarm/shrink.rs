//! Shrinking: the search for the smallest case that fails in the same way.
//!
//! The search is greedy, as in proptest: it tries the simplifications of a case in a fixed order,
//! the largest first, and goes on from the first one that still fails in the same way. A case for
//! which no simplification fails is tried again with other seeds, since a smaller fleet with the
//! same seed meets other visitors and other delays. Every run is deterministic, and so is the
//! result.

mod candidates;

use super::{Case, Failure};
use crate::time::Micros;
use candidates::candidates;

/// A search makes at most 3,000 runs: a run takes milliseconds, so the search takes less than a
/// minute.
pub const SHRINK_RUNS: u32 = 3_000;
/// Each simplification is tried with 8 other seeds before the search gives up.
const OTHER_SEEDS: u64 = 8;

/// The result of a search.
#[derive(Clone, Debug)]
pub struct Shrunk {
    /// The smallest case that was found.
    pub case: Case,
    /// Its failure.
    pub failure: Failure,
    /// The number of runs that the search took.
    pub runs: u32,
}

/// Simplifies a case that fails with `failure`, in at most `limit` runs. `run` runs a case and
/// returns its failure; `progress` is given the number of runs so far.
pub fn shrink(
    case: Case,
    failure: Failure,
    limit: u32,
    mut run: impl FnMut(&Case) -> Result<(), Failure>,
    mut progress: impl FnMut(u32),
) -> Shrunk {
    let kind = failure.kind();
    let mut smallest = Shrunk { case, failure, runs: 0 };
    'search: loop {
        for offset in 0..=OTHER_SEEDS {
            for mut candidate in candidates(&smallest.case) {
                if smallest.runs == limit {
                    break 'search;
                }
                candidate.seed = candidate.seed.wrapping_add(offset);
                smallest.runs += 1;
                let result = run(&candidate);
                progress(smallest.runs);
                if let Err(failure) = result
                    && failure.kind() == kind
                {
                    smallest = Shrunk { case: candidate, failure, ..smallest };
                    continue 'search;
                }
            }
        }
        break;
    }
    stop_at_failure(smallest)
}

/// Ends the run just after the violation. The run up to there is the same, and so is its failure.
fn stop_at_failure(mut shrunk: Shrunk) -> Shrunk {
    if let Failure::Violation(violation) = &shrunk.failure {
        shrunk.case.ends_at = Some(violation.at + Micros(1)).filter(|&at| at < shrunk.case.end());
    }
    shrunk
}

#[cfg(test)]
mod tests {
    use breakwater_core::circuit::policy::Policy;

    use super::*;
    use crate::swarm::{Invariant, Violation, run_case};

    /// Random walks through the simplifications start at 15 cases.
    const WALKS: u64 = 15;
    /// A random walk has at most 30 steps.
    const STEPS: u32 = 30;

    fn violation(at: Micros) -> Failure {
        let detail = "by definition of the test".to_owned();
        Failure::Violation(Violation { at, invariant: Invariant::Permits, detail })
    }

    /// A case fails where three isolates, an eviction and two probes come together.
    fn fails_by_definition(case: &Case) -> Result<(), Failure> {
        match case.evictions.first() {
            Some(&at) if case.isolates >= 3 && case.policy.probes >= 2 => Err(violation(at)),
            Some(_) | None => Ok(()),
        }
    }

    #[test]
    fn a_case_shrinks_to_what_its_failure_needs() {
        let case = (0..).map(Case::random).find(|case| fails_by_definition(case).is_err()).unwrap();
        let failure = fails_by_definition(&case).unwrap_err();
        let shrunk = shrink(case.clone(), failure, SHRINK_RUNS, fails_by_definition, |_| {});
        let at = shrunk.case.evictions[0];
        assert_eq!(shrunk.case.policy.probes, case.policy.probes);
        let expected = Case {
            seed: case.seed,
            isolates: 3,
            evictions: vec![at],
            policy: shrunk.case.policy.clone(),
            faults_end: shrunk.case.faults_end,
            call_timeout: shrunk.case.call_timeout,
            ends_at: Some(at + Micros(1)),
            ..Case::default()
        };
        assert_eq!(shrunk.case, expected);
        assert!(at.0.is_multiple_of(1_000_000), "{at}");
    }

    #[test]
    fn another_kind_of_failure_is_not_pursued() {
        let case = Case::random(1);
        let panics = |_: &Case| Err(Failure::Panic("of another kind".to_owned()));
        let shrunk = shrink(case.clone(), violation(Micros::NEVER), 100, panics, |_| {});
        assert_eq!((shrunk.case, shrunk.runs), (case, 100));
    }

    #[test]
    fn a_search_makes_no_more_runs_than_allowed() {
        let mut runs = 0;
        let always = |case: &Case| Err(violation(case.end()));
        let count = |case: &Case| {
            runs += 1;
            always(case)
        };
        let case = Case::random(1);
        let failure = always(&case).unwrap_err();
        assert_eq!(shrink(case, failure, 7, count, |_| {}).runs, 7);
        assert_eq!(runs, 7);
    }

    #[test]
    fn nothing_is_left_of_a_case_that_always_fails() {
        for seed in 0..200 {
            let always = |case: &Case| Err(violation(case.end()));
            let case = Case::random(seed);
            let failure = always(&case).unwrap_err();
            let shrunk = shrink(case, failure, SHRINK_RUNS, always, |_| {});
            let timeout = shrunk.case.call_timeout;
            assert_eq!(shrunk.case, Case { seed, call_timeout: timeout, ..Case::default() });
            assert_eq!(shrunk.case.policy, Policy::default());
            assert!(shrunk.runs < 200, "{}", shrunk.runs);
        }
    }

    /// A simplification must not leave the range in which the checker's bounds are right, or a
    /// search would end at a failure of the checker.
    #[test]
    fn simplified_cases_keep_the_invariants() {
        for seed in 0..WALKS {
            let rng = &mut fastrand::Rng::with_seed(seed);
            let mut case = Case::random(seed);
            for _ in 0..STEPS {
                let mut candidates = candidates(&case);
                if candidates.is_empty() {
                    break;
                }
                case = candidates.swap_remove(rng.usize(..candidates.len()));
                assert_eq!(run_case(&case), Ok(()), "{case}");
            }
        }
    }
}
