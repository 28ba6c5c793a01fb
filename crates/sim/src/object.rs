//! A Durable Object as a place where calls queue: one thread, and only so many calls per second.

use crate::time::Micros;

/// What a call costs: Cloudflare names 1,000 per second as the soft limit of one object.
const SERVICE: Micros = Micros::from_ms(1);
/// A call that would wait longer is answered "overloaded" at once.
const BACKLOG: Micros = Micros::from_secs(1);
/// How long an object takes to come back elsewhere.
const RESTART: Micros = Micros::from_ms(50);

/// One object's queue.
#[derive(Clone, Debug, Default)]
pub struct Object {
    free_at: Micros,
    /// Grows with every eviction.
    life: u32,
}

impl Object {
    /// When a call that arrives now has been served; nothing if the object is overloaded.
    pub fn accept(&mut self, now: Micros) -> Option<Micros> {
        let starts = self.free_at.max(now);
        if starts.since(now) > BACKLOG {
            return None;
        }
        self.free_at = starts + SERVICE;
        Some(self.free_at)
    }

    /// Stops it, and what it was at; it is back a little later.
    pub fn evict(&mut self, now: Micros) {
        self.life += 1;
        self.free_at = now + RESTART;
    }

    /// Which of its lives this is.
    pub const fn life(&self) -> u32 {
        self.life
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thousand_calls_wait_and_the_next_is_turned_away() {
        let mut object = Object::default();
        let served = (0..2_000).filter_map(|_| object.accept(Micros(0))).count();
        assert_eq!(served, 1_001);
    }
}
