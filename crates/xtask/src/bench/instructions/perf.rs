//! Instructions that the processor counts, as `perf stat` reads them.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, ensure};

/// Of the process itself: the kernel's part depends on what else it does.
const EVENT: &str = "instructions:u";
/// What perf runs for as long as it is to count: it says each line again, and ends with its input.
const ECHO: &str = "cat";
const LINE: &str = "counting\n";

/// Whether this machine counts them.
pub(in crate::bench) fn is_there() -> bool {
    Count::start(std::process::id()).and_then(Count::finish).is_ok()
}

/// A count that is under way.
pub(in crate::bench) struct Count(Child);

impl Count {
    /// Begins to count the instructions of a process, all of its threads.
    pub(in crate::bench) fn start(pid: u32) -> Result<Self> {
        let mut perf = Command::new("perf");
        perf.args(["stat", "--field-separator", ",", "--event", EVENT, "--pid", &pid.to_string()]);
        perf.args(["--", ECHO]).env("LC_ALL", "C");
        perf.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut perf = perf.spawn().context("no `perf`")?;
        let (stdin, stdout) = (perf.stdin.as_mut(), perf.stdout.as_mut());
        stdin.context("perf has no input")?.write_all(LINE.as_bytes())?;
        let mut line = String::new();
        BufReader::new(stdout.context("perf has no output")?).read_line(&mut line)?;
        ensure!(line == LINE, "perf did not begin: {}", Self(perf).told()?);
        Ok(Self(perf))
    }

    /// Ends the count, and returns it.
    pub(in crate::bench) fn finish(self) -> Result<u64> {
        let told = self.told()?;
        told.lines().find_map(count).with_context(|| format!("perf counts none: {}", told.trim()))
    }

    /// What perf says when its input ends.
    fn told(mut self) -> Result<String> {
        drop(self.0.stdin.take());
        let output = self.0.wait_with_output().context("perf did not end")?;
        Ok(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

/// The count on a line of perf's, whose first field it is; none where perf says that it could not
/// count.
fn count(line: &str) -> Option<u64> {
    line.contains(EVENT).then(|| line.split(',').next()?.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::count;

    #[test]
    fn a_count_is_read_and_what_was_not_counted_is_none() {
        assert_eq!(count("1066034,,instructions:u,1058290,100.00,,"), Some(1_066_034));
        assert_eq!(count("<not supported>,,instructions:u,0,100.00,,"), None);
        assert_eq!(count("<not counted>,,instructions:u,0,100.00,,"), None);
        assert_eq!(count("7,,cycles:u,1058290,100.00,,"), None);
    }
}
