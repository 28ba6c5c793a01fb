//! Which of the bodies that pass through are watched to their end.
//!
//! Breakwater learns how a body ended only if it moves the body through a stream of its own, and
//! that costs more than everything else that it does for the request. So it watches a sample of the
//! bodies. When a body of the sample breaks off, it watches all bodies until none has broken off
//! for a while. Rare breaks therefore cost little, and breaks that persist are counted in full.

use crate::base::time::{Millis, Timestamp};
use crate::circuit::breaker::State;

/// One body in this many is watched, beginning with the first.
pub const WATCH_EVERY: u32 = 128;
/// How long all bodies are watched after one that broke off.
pub const ALERT_FOR: Millis = Millis::from_secs(60);
/// How long a body that passes through is watched, in milliseconds, before its call counts by its
/// status: an answer that has flowed for that long does not break off for want of an upstream, and
/// the circuit is not to wait for the end of a long one.
pub const JUDGED_AFTER: Millis = Millis::from_secs(5);

/// The bodies of one circuit's answers, as one isolate sees them.
#[derive(Clone, Copy, Debug, Default)]
pub struct BodyWatch {
    passed: u32,
    alert_until: Option<Timestamp>,
}

impl BodyWatch {
    /// Whether the body that comes next is watched. While the circuit is not closed all are, since
    /// each call decides something.
    pub fn watches(&mut self, circuit: State, now: Timestamp) -> bool {
        let is_sampled = self.passed == 0;
        self.passed = (self.passed + 1) % WATCH_EVERY;
        let is_alert = self.alert_until.is_some_and(|until| now < until);
        is_sampled || is_alert || circuit != State::Closed
    }

    /// A body broke off by the upstream's doing.
    pub fn handle_break(&mut self, now: Timestamp) {
        self.alert_until = Some(now + ALERT_FOR);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_000);

    fn watched(watch: &mut BodyWatch, circuit: State, now: Timestamp) -> usize {
        (0..WATCH_EVERY * 3).filter(|_| watch.watches(circuit, now)).count()
    }

    #[test]
    fn the_first_body_and_one_of_each_sample_is_watched() {
        let mut watch = BodyWatch::default();
        assert!(watch.watches(State::Closed, NOW));
        let mut watch = BodyWatch::default();
        assert_eq!(watched(&mut watch, State::Closed, NOW), 3);
    }

    #[test]
    fn after_a_break_all_are_watched_until_there_was_none_for_a_while() {
        let mut watch = BodyWatch::default();
        watch.handle_break(NOW);
        let last = Timestamp::from_millis(NOW.as_millis() + ALERT_FOR.get() - 1);
        assert_eq!(watched(&mut watch, State::Closed, last), 3 * WATCH_EVERY as usize);
        watch.handle_break(last);
        assert_eq!(watched(&mut watch, State::Closed, NOW + ALERT_FOR), 3 * WATCH_EVERY as usize);
        assert_eq!(watched(&mut watch, State::Closed, last + ALERT_FOR), 3);
    }

    #[test]
    fn while_the_circuit_is_not_closed_all_are_watched() {
        let mut watch = BodyWatch::default();
        assert_eq!(watched(&mut watch, State::HalfOpen, NOW), 3 * WATCH_EVERY as usize);
    }
}
