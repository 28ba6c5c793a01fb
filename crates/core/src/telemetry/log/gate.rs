//! Bounds how many lines are written. An upstream that fails makes each request a line, and a log
//! is paid by the line.

use super::{LogRules, LogSeverity};
use crate::base::time::{Millis, Timestamp};

/// The most lines that one writer writes in a second. A reader of a live log follows no more.
pub const LINES_PER_SECOND: u32 = 20;
/// The most lines that one writer writes in a minute. At 1,000 isolates these are 18 million an
/// hour in the worst case, so a flood of errors costs dollars and not thousands of them.
pub const LINES_PER_MINUTE: u32 = 300;
/// The part of both limits that events milder than a warning may use, so that a crowd of good
/// requests hides no failure: one of this number.
const MILD_PART: u32 = 2;

/// Decides which events become lines, and counts those that do not for want of room. Each of an
/// isolate's writers has its own: both wasm modules and the entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogGate {
    second: LogWindow,
    minute: LogWindow,
    /// Events without room since the last line.
    dropped: u32,
    /// Events without room in the life of the gate.
    dropped_total: u64,
}

/// An event may be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogAdmission {
    /// How many events had no room since the line before.
    pub dropped: u32,
}

impl LogGate {
    /// A gate through which nothing has gone.
    pub const fn new() -> Self {
        let window = LogWindow { number: 0, lines: 0 };
        Self { second: window, minute: window, dropped: 0, dropped_total: 0 }
    }

    /// Decides about an event of which each is written, if there is room.
    pub fn admit(
        &mut self,
        rules: &LogRules,
        severity: LogSeverity,
        now: Timestamp,
    ) -> Option<LogAdmission> {
        if !rules.wants(severity) {
            return None;
        }
        let part = if severity < LogSeverity::Warn { MILD_PART } else { 1 };
        self.second.turn(now, Millis::from_secs(1));
        self.minute.turn(now, Millis::from_secs(60));
        let has_room = self.second.lines < LINES_PER_SECOND / part
            && self.minute.lines < LINES_PER_MINUTE / part;
        if !has_room {
            self.dropped = self.dropped.saturating_add(1);
            self.dropped_total = self.dropped_total.saturating_add(1);
            return None;
        }
        self.second.lines += 1;
        self.minute.lines += 1;
        Some(LogAdmission { dropped: core::mem::take(&mut self.dropped) })
    }

    /// Decides about a request. One that went well is written if it is of the sample; `random` is
    /// uniform over all of `u32`.
    pub fn admit_request(
        &mut self,
        rules: &LogRules,
        severity: LogSeverity,
        random: u32,
        now: Timestamp,
    ) -> Option<LogAdmission> {
        if rules.wants_request(severity, random) { self.admit(rules, severity, now) } else { None }
    }

    /// How many events have had no room so far.
    pub const fn dropped_total(&self) -> u64 {
        self.dropped_total
    }
}

/// The lines of a span of time that is aligned to 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct LogWindow {
    /// The number of the span.
    number: u64,
    lines: u32,
}

impl LogWindow {
    /// Begins a new span if another one is now, whichever way the clock went.
    const fn turn(&mut self, now: Timestamp, span: Millis) {
        let number = now.as_millis() / span.get();
        if number != self.number {
            *self = Self { number, lines: 0 };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::share::Share;
    use proptest::prelude::*;

    const RULES: LogRules =
        LogRules { enabled: true, level: LogSeverity::Debug, sample: Share::NONE };

    const fn at(ms: u64) -> Timestamp {
        Timestamp::from_millis(1_795_420_800_000 + ms)
    }

    #[test]
    fn events_beyond_a_seconds_lines_are_counted_in_the_next_line() {
        let mut gate = LogGate::default();
        let mut admit = |ms| gate.admit(&RULES, LogSeverity::Error, at(ms));
        for _ in 0..LINES_PER_SECOND {
            assert_eq!(admit(5), Some(LogAdmission { dropped: 0 }));
        }
        for ms in [5, 500, 999] {
            assert_eq!(admit(ms), None);
        }
        assert_eq!(admit(1_000), Some(LogAdmission { dropped: 3 }));
        assert_eq!(admit(1_000), Some(LogAdmission { dropped: 0 }));
        assert_eq!(gate.dropped_total(), 3);
    }

    #[test]
    fn good_requests_leave_room_for_failures() {
        let mut gate = LogGate::default();
        let all = LogRules { sample: Share::ALL, ..RULES };
        let mut admit = |severity| gate.admit_request(&all, severity, 0, at(0)).is_some();
        let mild = (0..1_000).filter(|_| admit(LogSeverity::Info)).count();
        assert_eq!(mild, (LINES_PER_SECOND / MILD_PART) as usize);
        let failures = (0..1_000).filter(|_| admit(LogSeverity::Error)).count();
        assert_eq!(mild + failures, LINES_PER_SECOND as usize);
    }

    #[test]
    fn failures_are_no_sample() {
        let mut gate = LogGate::default();
        for (severity, is_written) in [
            (LogSeverity::Debug, false),
            (LogSeverity::Info, false),
            (LogSeverity::Warn, true),
            (LogSeverity::Error, true),
        ] {
            let admitted = gate.admit_request(&RULES, severity, 0, at(0));
            assert_eq!(admitted.is_some(), is_written, "{severity:?}");
        }
        assert_eq!(gate.dropped_total(), 0, "what is not of the sample had room");
    }

    #[test]
    fn what_is_switched_off_is_neither_written_nor_counted() {
        let mut gate = LogGate::default();
        let off = LogRules { enabled: false, ..RULES };
        assert_eq!(gate.admit(&off, LogSeverity::Fatal, at(0)), None);
        assert_eq!(gate, LogGate::default());
    }

    #[test]
    fn a_clock_that_is_set_back_locks_nothing() {
        let mut gate = LogGate::default();
        for _ in 0..LINES_PER_SECOND {
            gate.admit(&RULES, LogSeverity::Error, at(3_600_000));
        }
        assert!(gate.admit(&RULES, LogSeverity::Error, at(0)).is_some());
    }

    proptest! {
        #[test]
        fn no_second_and_no_minute_has_more_lines_than_its_limit(
            steps in prop::collection::vec((0u64..120, any::<bool>()), 0..3_000)
        ) {
            let (mut gate, mut ms) = (LogGate::default(), 0);
            let mut written = alloc::vec::Vec::new();
            let mut dropped = 0;
            for (step, is_mild) in &steps {
                ms += step;
                let severity = if *is_mild { LogSeverity::Info } else { LogSeverity::Error };
                if let Some(admission) = gate.admit(&RULES, severity, at(ms)) {
                    written.push(ms);
                    dropped += u64::from(admission.dropped);
                }
            }
            for (span, limit) in [(1_000, LINES_PER_SECOND), (60_000, LINES_PER_MINUTE)] {
                for window in written.chunk_by(|a, b| a / span == b / span) {
                    prop_assert!(window.len() <= limit as usize);
                }
            }
            prop_assert_eq!(written.len() as u64 + gate.dropped_total(), steps.len() as u64);
            prop_assert_eq!(dropped + u64::from(gate.dropped), gate.dropped_total());
        }
    }
}
