//! Shrinking, by an invariant that is made to fail: "at most 20 visitors are rejected".

use breakwater_core::circuit::policy::Policy;
use breakwater_sim::strategy::{Observation, Observer};
use breakwater_sim::swarm::{
    Case, Failure, Invariant, SHRINK_RUNS, Shrunk, Violation, run_observed, shrink,
};
use breakwater_sim::time::Micros;
use breakwater_sim::upstream::Condition;

/// The invariant of these tests holds as long as at most 20 visitors are rejected.
const REJECTED_MAX: u32 = 20;

/// Counts rejected visitors.
#[derive(Default)]
struct Rejections {
    count: u32,
    violation: Option<Violation>,
}

impl Observer for Rejections {
    fn observe(&mut self, now: Micros, observation: Observation<'_>) {
        if let Observation::Decided { permit: None, .. } = observation {
            self.count += 1;
            if self.count > REJECTED_MAX && self.violation.is_none() {
                let detail = format!("visitor number {} is rejected", self.count);
                let invariant = Invariant::Recovery;
                self.violation = Some(Violation { at: now, invariant, detail });
            }
        }
    }
}

fn run(case: &Case) -> Result<(), Failure> {
    run_observed(case, Rejections::default(), |rejections| rejections.violation.clone())
}

fn shrunk(seed: u64, limit: u32) -> Shrunk {
    let case = Case::random(seed);
    let failure = run(&case).expect_err("more visitors are rejected");
    shrink(case, failure, limit, run, |_| {})
}

/// The random cases of these seeds reject more than [`REJECTED_MAX`] visitors, among many faults.
const FAILING: [u64; 4] = [3, 8, 20, 31];
/// Those of them in which the upstream refuses calls.
const REFUSING: [u64; 2] = [8, 31];

#[test]
fn a_case_shrinks_to_one_isolate_with_the_default_policy() {
    for seed in FAILING {
        let Shrunk { case, .. } = shrunk(seed, SHRINK_RUNS);
        assert_eq!((case.isolates, case.colos), (1, 1), "{case}");
        assert_eq!(case.policy, Policy::default(), "{case}");
    }
}

#[test]
fn a_case_shrinks_to_an_upstream_that_refuses_calls_for_seconds() {
    for seed in REFUSING {
        let Shrunk { case, .. } = shrunk(seed, SHRINK_RUNS);
        let [phase] = case.phases[..] else { panic!("{case}") };
        assert_eq!((phase.condition, phase.continent), (Condition::Refusing, None), "{case}");
        assert!(phase.until.since(phase.from) <= Micros::from_secs(10), "{case}");
        let expected = Case {
            seed: case.seed,
            rps: case.rps,
            faults_end: case.faults_end,
            phases: vec![phase],
            call_timeout: case.call_timeout,
            ends_at: case.ends_at,
            ..Case::default()
        };
        assert_eq!(case, expected);
    }
}

#[test]
fn a_shrunk_case_fails_in_the_same_way_when_it_is_read_back() {
    for seed in FAILING {
        let Shrunk { case, failure, .. } = shrunk(seed, SHRINK_RUNS);
        let read: Case = case.to_string().parse().expect("a case");
        assert_eq!(read, case);
        assert_eq!(run(&read), Err(failure));
    }
}

#[test]
fn shrinking_is_deterministic() {
    let (one, other) = (shrunk(FAILING[0], SHRINK_RUNS), shrunk(FAILING[0], SHRINK_RUNS));
    assert_eq!((one.case, one.failure, one.runs), (other.case, other.failure, other.runs));
}
