//! A Durable Object as a queue: it serves one call at a time, at a limited rate.

use crate::time::Micros;

/// The service time of a call is 1 ms: Cloudflare names 1,000 calls per second as the soft limit
/// of one object.
const SERVICE_TIME: Micros = Micros::from_ms(1);
/// A call that would wait for longer than 1 s is answered "overloaded" at once.
const QUEUE_LIMIT: Micros = Micros::from_secs(1);
/// An evicted object takes 50 ms to start on another machine.
const RESTART_TIME: Micros = Micros::from_ms(50);

/// The queue of one object.
#[derive(Clone, Debug, Default)]
pub struct DurableObject {
    free_at: Micros,
    incarnation: u32,
}

impl DurableObject {
    /// Queues a call that arrives now and returns when it will have been served, or `None` if the
    /// object is overloaded.
    pub fn enqueue(&mut self, now: Micros) -> Option<Micros> {
        let starts = self.free_at.max(now);
        if starts.since(now) > QUEUE_LIMIT {
            return None;
        }
        self.free_at = starts + SERVICE_TIME;
        Some(self.free_at)
    }

    /// Stops the object and drops its queue; it serves again after a restart.
    pub fn evict(&mut self, now: Micros) {
        self.incarnation += 1;
        self.free_at = now + RESTART_TIME;
    }

    /// The number of evictions so far. Work that was queued in an earlier incarnation is lost.
    pub const fn incarnation(&self) -> u32 {
        self.incarnation
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thousand_calls_wait_and_the_next_is_turned_away() {
        let mut object = DurableObject::default();
        let served = (0..2_000).filter_map(|_| object.enqueue(Micros(0))).count();
        assert_eq!(served, 1_001);
    }
}
