//! Counts tests by the lines that end the output of each test binary, and of Node's test runner.

/// Tests that passed and failed, over any number of binaries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

impl Tally {
    /// Adds the number that `line` of Node's test runner (reporter `tap`) reports, if it is one of
    /// the lines with counts. A cancelled test counts as failed.
    pub(crate) fn read_tap(&mut self, line: &str) {
        match line.strip_prefix("# ").and_then(|line| line.split_once(' ')) {
            Some(("pass", n)) => self.passed += n.parse().unwrap_or(0),
            Some(("fail" | "cancelled", n)) => self.failed += n.parse().unwrap_or(0),
            _ => {}
        }
    }

    /// Adds what `line` reports, if it is a binary's result line.
    pub(crate) fn read(&mut self, line: &str) {
        let Some((_, counts)) =
            line.strip_prefix("test result: ").and_then(|rest| rest.split_once(". "))
        else {
            return;
        };
        for count in counts.split("; ") {
            match count.split_once(' ') {
                Some((n, "passed")) => self.passed += n.parse().unwrap_or(0),
                Some((n, "failed")) => self.failed += n.parse().unwrap_or(0),
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Tally;

    #[track_caller]
    fn check(output: &str, passed: u64, failed: u64) {
        let mut tally = Tally::default();
        output.lines().for_each(|line| tally.read(line));
        assert_eq!(tally, Tally { passed, failed });
    }

    #[test]
    fn result_lines_are_summed() {
        check(
            "test a ... ok\n\
             test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\
             test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.00s\n",
            15,
            2,
        );
    }

    #[test]
    fn nodes_last_lines_are_counted() {
        let mut tally = Tally::default();
        let output = "ok 1 - # pass 7\n# Subtest: a\n1..3\n# tests 10\n# suites 0\n# pass 6\n\
                      # fail 3\n# cancelled 1\n# skipped 0\n# todo 0\n# duration_ms 91.2\n";
        output.lines().for_each(|line| tally.read_tap(line));
        assert_eq!(tally, Tally { passed: 6, failed: 4 });
    }

    #[test]
    fn other_lines_count_nothing() {
        check("5 passed; 1 failed\nthe test result: ok. 1 passed; 0 failed", 0, 0);
    }
}
