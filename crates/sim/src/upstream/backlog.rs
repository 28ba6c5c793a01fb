//! The calls that wait for each other where an upstream serves less than it gets.

use crate::time::Micros;

/// A call that would wait for longer than 5 s is refused: the queues of servers are finite.
const DELAY_MAX: f64 = 5.0;

/// A queue of calls that are served one after the other. Callers that give up do not leave it.
#[derive(Clone, Debug)]
pub(super) struct Backlog {
    /// The time at which all calls in it will have been served, in seconds; a fraction, so that no
    /// rate is rounded.
    empty_at: f64,
}

impl Backlog {
    /// An empty queue.
    pub(super) const fn new() -> Self {
        Self { empty_at: 0.0 }
    }

    /// Queues a call of an upstream that serves `rate` calls per second, and returns how long the
    /// call waits before it is served, or `None` if it is refused.
    pub(super) fn enqueue(&mut self, rate: f64, now: Micros) -> Option<Micros> {
        let now = now.as_secs();
        let delay = (self.empty_at - now).max(0.0);
        if delay > DELAY_MAX {
            return None;
        }
        self.empty_at = now + delay + 1.0 / rate;
        Some(Micros((delay * 1e6) as u64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_wait_for_each_other_and_a_pause_empties_the_queue() {
        let mut backlog = Backlog::new();
        let delays: Vec<_> = (0..3).map(|_| backlog.enqueue(10.0, Micros(0))).collect();
        let expected = [0, 100, 200].map(|ms| Some(Micros::from_ms(ms)));
        assert_eq!(delays, expected);
        assert_eq!(backlog.enqueue(10.0, Micros::from_secs(1)), Some(Micros(0)));
    }
}
