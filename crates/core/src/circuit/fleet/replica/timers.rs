//! The deadlines of a replica, one table for all.

use crate::base::time::{Millis, Timestamp};

/// The deadlines that a replica keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::circuit::fleet) enum Timer {
    /// The next regular report is due.
    Poll,
    /// The colo's cache is to be read.
    Look,
    /// Failures are worth a report again: the last report, or a peer's, is long enough ago.
    Quiet,
    /// The coordinator may be asked again after a report was lost.
    Backoff,
    /// The session under way is taken for dead.
    Session,
    /// Peers of the colo may be told again that the circuit is suspect.
    Tell,
    /// Peers of the colo may be asked again whether it is.
    Hear,
}

impl Timer {
    /// The number of timers.
    const COUNT: usize = Self::Hear as usize + 1;
}

/// When each timer expires.
#[derive(Clone, Debug)]
pub(in crate::circuit::fleet) struct Timers {
    /// A stopped timer has [`STOPPED`], which only this file knows: the hot path reads one word per
    /// timer, and an `Option` would take two.
    expiries: [Timestamp; Timer::COUNT],
}

/// The expiry of a stopped timer, a time that no clock reaches.
const STOPPED: Timestamp = Timestamp::MAX;

impl Default for Timers {
    fn default() -> Self {
        Self { expiries: [STOPPED; Timer::COUNT] }
    }
}

impl Timers {
    /// Starts a timer, or moves its expiry.
    pub(in crate::circuit::fleet) fn set(&mut self, timer: Timer, at: Timestamp) {
        self.expiries[timer as usize] = at;
    }

    /// Starts a timer, or moves its expiry to an earlier time; a later one changes nothing.
    pub(in crate::circuit::fleet) fn set_earlier(&mut self, timer: Timer, at: Timestamp) {
        self.set(timer, self.expiries[timer as usize].min(at));
    }

    /// Stops a timer, so that it neither runs nor has expired.
    pub(in crate::circuit::fleet) fn stop(&mut self, timer: Timer) {
        self.expiries[timer as usize] = STOPPED;
    }

    /// When a timer expires, unless it is stopped.
    #[inline]
    pub(in crate::circuit::fleet) fn expiry(&self, timer: Timer) -> Option<Timestamp> {
        let at = self.expiries[timer as usize];
        (at != STOPPED).then_some(at)
    }

    /// Whether a timer was started and its time has come.
    #[inline]
    pub(in crate::circuit::fleet) fn has_expired(&self, timer: Timer, now: Timestamp) -> bool {
        now >= self.expiries[timer as usize]
    }

    /// Whether a timer was started and its time is still to come.
    #[inline]
    pub(in crate::circuit::fleet) fn is_running(&self, timer: Timer, now: Timestamp) -> bool {
        self.expiry(timer).is_some_and(|at| now < at)
    }

    /// How long a timer still runs.
    #[inline]
    pub(in crate::circuit::fleet) fn left(&self, timer: Timer, now: Timestamp) -> Option<Millis> {
        self.expiry(timer).filter(|&at| now < at).map(|at| at.since(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stopped_timer_neither_runs_nor_has_expired() {
        let at = Timestamp::from_millis;
        let mut timers = Timers::default();
        assert!(!timers.is_running(Timer::Look, at(0)) && !timers.has_expired(Timer::Look, at(0)));
        timers.set(Timer::Look, at(10));
        assert_eq!(timers.left(Timer::Look, at(4)), Some(Millis::new(6)));
        assert!(timers.has_expired(Timer::Look, at(10)));
        timers.set_earlier(Timer::Look, at(12));
        assert_eq!(timers.expiry(Timer::Look), Some(at(10)));
        timers.stop(Timer::Look);
        timers.set_earlier(Timer::Look, at(12));
        assert_eq!(timers.expiry(Timer::Look), Some(at(12)));
        assert_eq!(timers.left(Timer::Poll, at(0)), None);
    }
}
