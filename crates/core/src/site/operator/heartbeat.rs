//! The reports of jobs.

use alloc::format;
use alloc::string::String;

use super::order::REASON_MAX;

/// Bytes of a failed job's body that are read at most: 64 KiB, so that a job may send the end of
/// its log. Of a longer one nothing is known, and the job has failed all the same.
pub const HEARTBEAT_BODY_MAX: usize = 64 * 1024;

/// What a job reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeartbeatReport {
    /// It has succeeded.
    Success,
    /// It has begun.
    Start,
    /// It has failed.
    Failure {
        /// Why: a line of at most [`REASON_MAX`] characters.
        reason: String,
    },
}

impl HeartbeatReport {
    /// A job has ended with this code, if it told one, and wrote this.
    pub fn failure(code: Option<u32>, body: &[u8]) -> Self {
        let line = first_line(body);
        let reason = match (code, line.is_empty()) {
            (None, false) => line,
            (None, true) => "the job says that it has failed".into(),
            (Some(code), true) => format!("the job ended with {code}"),
            (Some(code), false) => format!("the job ended with {code}: {line}"),
        };
        Self::Failure { reason: reason.chars().take(REASON_MAX).collect() }
    }

    /// A job has ended with this code, and wrote this.
    pub fn of_exit(code: u32, body: &[u8]) -> Self {
        if code == 0 { Self::Success } else { Self::failure(Some(code), body) }
    }

    /// The name that answers use.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Start => "start",
            Self::Failure { .. } => "failure",
        }
    }
}

/// The first line of a body that says something, without control characters: they would reach the
/// terminals of those who read it.
fn first_line(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    line.chars().filter(|character| !character.is_control()).take(REASON_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(code: Option<u32>, body: &[u8], expected: &str) {
        let expected = HeartbeatReport::Failure { reason: expected.into() };
        assert_eq!(HeartbeatReport::failure(code, body), expected);
    }

    #[test]
    fn the_reason_is_the_first_line_that_says_something() {
        check(None, b"disk full\nat line 3", "disk full");
        check(None, b"\n \r\n  disk full \r\nmore", "disk full");
        check(Some(2), b"disk full", "the job ended with 2: disk full");
        check(None, b"\x1b[31mred\x07", "[31mred");
        check(None, b"caf\xe9", "caf\u{fffd}");
    }

    #[test]
    fn a_failure_without_words_has_a_reason_too() {
        check(None, b"", "the job says that it has failed");
        check(None, b" \n\t", "the job says that it has failed");
        check(Some(137), b"", "the job ended with 137");
    }

    #[test]
    fn the_code_0_is_a_success_whatever_the_job_wrote() {
        assert_eq!(HeartbeatReport::of_exit(0, b"warnings"), HeartbeatReport::Success);
        let failed = HeartbeatReport::failure(Some(1), b"warnings");
        assert_eq!(HeartbeatReport::of_exit(1, b"warnings"), failed);
    }

    #[test]
    fn a_long_line_is_cut() {
        let long = "ä".repeat(REASON_MAX + 1);
        check(None, long.as_bytes(), &"ä".repeat(REASON_MAX));
        let HeartbeatReport::Failure { reason } =
            HeartbeatReport::failure(Some(1), long.as_bytes())
        else {
            panic!("a failure is one");
        };
        assert_eq!(reason.chars().count(), REASON_MAX);
    }
}
