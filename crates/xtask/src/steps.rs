//! Runs steps one after another, and tells at the end how each went.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::ci;
use crate::progress::Progress;
use crate::tally::Tally;

/// The steps so far.
pub(crate) struct Steps<'a> {
    progress: &'a Progress,
    done: Vec<Done>,
}

struct Done {
    name: &'static str,
    outcome: Outcome,
    tests: Tally,
    took: Duration,
}

/// What the exit status says of steps that were left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Skips {
    /// Nothing: what ran decides.
    Allowed,
    /// A run that leaves a step out has failed.
    Denied,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Passed,
    Skipped,
    Failed,
}

impl<'a> Steps<'a> {
    pub(crate) fn new(progress: &'a Progress) -> Self {
        Self { progress, done: Vec::new() }
    }

    /// Runs a step that counts no tests; its value is there if it passed.
    pub(crate) fn run<T>(
        &mut self,
        name: &'static str,
        step: impl FnOnce() -> Result<T>,
    ) -> Option<T> {
        self.run_tests(name, |_| step())
    }

    /// Runs a step that counts its tests.
    pub(crate) fn run_tests<T>(
        &mut self,
        name: &'static str,
        step: impl FnOnce(&mut Tally) -> Result<T>,
    ) -> Option<T> {
        self.progress.say("step", name);
        let start = Instant::now();
        let mut tests = Tally::default();
        let result = step(&mut tests);
        let outcome = if result.is_ok() { Outcome::Passed } else { Outcome::Failed };
        self.done.push(Done { name, outcome, tests, took: start.elapsed() });
        result.map_err(|error| eprintln!("error: {name}: {error:#}")).ok()
    }

    /// Leaves a step out, and says why.
    pub(crate) fn skip(&mut self, name: &'static str, why: &str) {
        self.progress.say("skipped", &format!("{name}: {why}"));
        let (tests, took) = (Tally::default(), Duration::ZERO);
        self.done.push(Done { name, outcome: Outcome::Skipped, tests, took });
    }

    /// Leaves out a step whose programs are missing, and says why. In CI this is a failure, because
    /// the list of skipped steps is not read there.
    pub(crate) fn miss(&mut self, name: &'static str, why: &str) {
        self.miss_where(ci::is_set(), name, why);
    }

    fn miss_where(&mut self, is_ci: bool, name: &'static str, why: &str) {
        if !is_ci {
            return self.skip(name, why);
        }
        self.run::<()>(name, || bail!("{why}; with CI set, that is a failure"));
    }

    /// How many steps were left out.
    pub(crate) fn skipped(&self) -> usize {
        self.done.iter().filter(|done| done.outcome == Outcome::Skipped).count()
    }

    /// The last line of a run: the tests, and the steps that were left out, if there are any.
    pub(crate) fn closing_line(&self) -> String {
        let Tally { passed, failed } = self.tally();
        match self.skipped() {
            0 => format!("{passed} passed, {failed} failed"),
            skipped => format!("{passed} passed, {failed} failed, {skipped} skipped"),
        }
    }

    /// Whether the run is to end as a success.
    pub(crate) fn verdict(&self, skips: Skips) -> ExitCode {
        let is_whole = skips == Skips::Allowed || self.skipped() == 0;
        if self.tally().failed == 0 && is_whole { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }

    /// A line for each step.
    pub(crate) fn table(&self) -> String {
        self.done.iter().map(Done::line).collect()
    }

    /// All tests; a step that failed without naming a test counts as one.
    pub(crate) fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        for done in &self.done {
            tally.passed += done.tests.passed;
            tally.failed += done.tests.failed;
            if done.outcome == Outcome::Failed && done.tests.failed == 0 {
                tally.failed += 1;
            }
        }
        tally
    }
}

impl Done {
    fn line(&self) -> String {
        let outcome = match self.outcome {
            Outcome::Passed => "ok",
            Outcome::Skipped => "skipped",
            Outcome::Failed => "FAILED",
        };
        let tests = match self.tests {
            Tally { passed: 0, failed: 0 } => String::new(),
            Tally { passed, failed: 0 } => format!("  {passed} tests"),
            Tally { passed, failed } => format!("  {passed} tests, {failed} failed"),
        };
        format!("{:>7.1}s  {outcome:7}  {}{tests}\n", self.took.as_secs_f64(), self.name)
    }
}

#[cfg(test)]
mod tests {
    use anyhow::bail;

    use super::{ExitCode, Progress, Skips, Steps, Tally};

    #[test]
    fn failed_step_counts_as_one_test() {
        let progress = Progress::new();
        let mut steps = Steps::new(&progress);
        assert_eq!(steps.run("lint", || Ok(7)), Some(7));
        assert_eq!(steps.run::<()>("docs", || bail!("no docs")), None);
        steps.skip("browser", "none here");
        assert_eq!(steps.tally(), Tally { passed: 0, failed: 1 });
        let table = steps.table();
        assert!(table.contains("ok       lint\n"), "{table}");
        assert!(table.contains("FAILED   docs\n"), "{table}");
        assert!(table.contains("skipped  browser\n"), "{table}");
    }

    #[test]
    fn the_closing_line_says_how_many_steps_were_left_out() {
        let progress = Progress::new();
        let mut steps = Steps::new(&progress);
        steps.run_tests("core", |tests| {
            tests.read("test result: ok. 4 passed; 0 failed; 0 ignored");
            Ok(())
        });
        assert_eq!(steps.closing_line(), "4 passed, 0 failed");
        assert_eq!(steps.verdict(Skips::Denied), ExitCode::SUCCESS);
        steps.skip("browser", "there is no Chromium");
        steps.skip("servers", "there is no PostgreSQL");
        assert_eq!(steps.closing_line(), "4 passed, 0 failed, 2 skipped");
        assert_eq!(steps.verdict(Skips::Allowed), ExitCode::SUCCESS);
        assert_eq!(steps.verdict(Skips::Denied), ExitCode::FAILURE);
        assert_eq!(steps.run::<()>("docs", || bail!("no docs")), None);
        assert_eq!(steps.closing_line(), "4 passed, 1 failed, 2 skipped");
        assert_eq!(steps.verdict(Skips::Allowed), ExitCode::FAILURE);
    }

    #[test]
    fn missing_programs_fail_in_ci_only() {
        let progress = Progress::new();
        for (is_ci, failed) in [(false, 0), (true, 1)] {
            let mut steps = Steps::new(&progress);
            steps.miss_where(is_ci, "browser", "no Chromium");
            assert_eq!(steps.tally(), Tally { passed: 0, failed });
        }
    }

    #[test]
    fn failed_tests_are_not_counted_twice() {
        let progress = Progress::new();
        let mut steps = Steps::new(&progress);
        steps.run_tests("core", |tests| {
            tests.read("test result: ok. 4 passed; 0 failed; 0 ignored");
            Ok(())
        });
        steps.run_tests::<()>("e2e", |tests| {
            tests.read("test result: FAILED. 1 passed; 2 failed; 0 ignored");
            bail!("cargo failed")
        });
        assert_eq!(steps.tally(), Tally { passed: 5, failed: 2 });
    }
}
