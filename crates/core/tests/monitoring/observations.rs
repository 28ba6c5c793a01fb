//! Single observations: each of them is kept for two days, and no longer.

use breakwater_core::watch::monitor::CheckResult;

use crate::shell::Shell;
use crate::{checks, later};

const HOUR: u64 = 3_600_000;

#[test]
fn old_observations_are_forgotten_though_nothing_is_heard_of_the_first_group() {
    let finds = |check: &str, _: &str, _| (check == "c24").then_some(CheckResult::Up);
    let file = checks(25).replace("url =", "every = \"30m\"\nurl =");
    let mut shell = Shell::new(&file, 7, finds, |_, _| true);
    let begin = shell.now;
    shell.run_until(later(begin, 52 * HOUR));
    let kept = &shell.storage.observations;
    assert!(kept.iter().all(|batch| batch.group == 1));
    let oldest = kept.iter().map(|batch| batch.at).min().expect("there are some");
    let age = shell.now.since(oldest).get();
    assert!((48 * HOUR..50 * HOUR).contains(&age), "{age} ms");
}

#[test]
fn old_observations_are_looked_for_once_an_hour_however_many_groups_there_are() {
    let mut shell = Shell::new(&checks(50), 7, |_, _, _| Some(CheckResult::Up), |_, _| true);
    let begin = shell.now;
    shell.run_until(later(begin, 4 * HOUR));
    assert_eq!(shell.storage.forgets, 4);
}

#[test]
fn jobs_that_are_missing_at_once_are_one_batch() {
    let job = |number| {
        format!(
            "[[checks]]\nname = \"j{number}\"\nkind = \"heartbeat\"\ntoken = \"J{number}_TOKEN\"\n\
             every = \"5m\"\n"
        )
    };
    let jobs: String = (0..3).map(job).collect();
    let mut shell = Shell::new(&jobs, 7, |_, _, _| None, |_, _| true);
    let begin = shell.now;
    shell.run_until(later(begin, HOUR));
    let batches = &shell.storage.observations;
    assert!(!batches.is_empty());
    for batch in batches {
        let found: Vec<(String, String, u64, Option<u16>)> =
            serde_json::from_str(&batch.json).expect("an array for each check");
        let names: Vec<&str> = found.iter().map(|it| &*it.0).collect();
        assert_eq!(names, ["j0", "j1", "j2"], "at {:?}", batch.at);
    }
}
