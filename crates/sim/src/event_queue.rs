//! A queue of future events, ordered by time.
//!
//! A fleet has hundreds of thousands of calls in flight, nearly all of which end within seconds. So
//! the queue is a ring of buckets of about a millisecond each, and a bucket is sorted only when its
//! time comes: the cost of an event does not grow with the number of events. The caller asks for
//! the next event before a point in time, and the queue never looks further ahead. If it moved on
//! to a later bucket, all events scheduled before that bucket would have to be inserted into sorted
//! order one by one.

use std::collections::BTreeMap;

use crate::time::Micros;

/// A bucket spans 2 to the power of 10 microseconds, about a millisecond.
const BUCKET_BITS: u32 = 10;
/// The ring has 2 to the power of 14 buckets, which is 17 s and longer than most time-outs. Later
/// events wait in a tree.
const RING: u64 = 1 << 14;
/// A word of the occupancy map has bits for 64 buckets.
const WORD: u64 = u64::BITS as u64;

/// A queue of events by time. Events of the same time come in the order in which they were
/// scheduled.
#[derive(Debug)]
pub struct EventQueue<E> {
    /// All events up to the end of the bucket `cursor`, sorted, with the next event last.
    near: Vec<Entry<E>>,
    cursor: u64,
    ring: Vec<Vec<Entry<E>>>,
    /// One bit for each bucket of the ring, set if the bucket holds events.
    occupied: Vec<u64>,
    far: BTreeMap<(Micros, u64), E>,
    /// The allocations of emptied buckets, for reuse.
    recycled: Vec<Vec<Entry<E>>>,
    sequence: u64,
}

#[derive(Debug)]
struct Entry<E> {
    at: Micros,
    sequence: u64,
    event: E,
}

impl<E> Entry<E> {
    const fn key(&self) -> (Micros, u64) {
        (self.at, self.sequence)
    }
}

impl<E> Default for EventQueue<E> {
    fn default() -> Self {
        let mut ring = Vec::new();
        ring.resize_with(RING as usize, Vec::new);
        Self {
            near: Vec::new(),
            cursor: 0,
            ring,
            occupied: vec![0; (RING / WORD) as usize],
            far: BTreeMap::new(),
            recycled: Vec::new(),
            sequence: 0,
        }
    }
}

impl<E> EventQueue<E> {
    /// Schedules an event.
    pub fn schedule(&mut self, at: Micros, event: E) {
        let sequence = self.sequence;
        self.sequence += 1;
        let entry = Entry { at, sequence, event };
        let bucket = bucket(at);
        if bucket <= self.cursor {
            let position = self.near.partition_point(|other| other.key() > entry.key());
            self.near.insert(position, entry);
        } else if bucket - self.cursor < RING {
            let slot = (bucket % RING) as usize;
            if self.ring[slot].capacity() == 0 {
                self.ring[slot] = self.recycled.pop().unwrap_or_default();
            }
            self.ring[slot].push(entry);
            self.occupied[slot / WORD as usize] |= 1 << (slot as u64 % WORD);
        } else {
            self.far.insert((at, sequence), entry.event);
        }
    }

    /// Removes and returns the next event if it is before `by`.
    pub fn pop_before(&mut self, by: Micros) -> Option<(Micros, E)> {
        if self.near.is_empty() {
            self.advance(bucket(by));
        }
        self.near.pop_if(|entry| entry.at < by).map(|entry| (entry.at, entry.event))
    }

    /// Moves the cursor to the next bucket that holds events, unless that is after `last`.
    fn advance(&mut self, last: u64) {
        let far = self.far.first_key_value().map(|(&(at, _), _)| bucket(at));
        let next = self.next_in_ring().into_iter().chain(far).min();
        let Some(next) = next.filter(|&next| next <= last) else { return };
        self.cursor = next;
        let slot = (next % RING) as usize;
        let filled = std::mem::take(&mut self.ring[slot]);
        self.occupied[slot / WORD as usize] &= !(1 << (slot as u64 % WORD));
        let emptied = std::mem::replace(&mut self.near, filled);
        if emptied.capacity() > 0 {
            self.recycled.push(emptied);
        }
        while let Some(entry) = self.far.first_entry()
            && bucket(entry.key().0) == next
        {
            let ((at, sequence), event) = entry.remove_entry();
            self.near.push(Entry { at, sequence, event });
        }
        self.near.sort_unstable_by_key(|entry| std::cmp::Reverse(entry.key()));
    }

    /// The next bucket of the ring that holds events.
    fn next_in_ring(&self) -> Option<u64> {
        let from = self.cursor + 1;
        // The word in which the search begins is searched again at its end, for its lower half.
        (0..=RING / WORD).find_map(|step| {
            let word = from / WORD + step;
            let bits = self.occupied[(word % (RING / WORD)) as usize];
            let skipped = if step == 0 { from % WORD } else { 0 };
            let bits = bits >> skipped << skipped;
            (bits != 0).then(|| word * WORD + u64::from(bits.trailing_zeros()))
        })
    }
}

const fn bucket(at: Micros) -> u64 {
    at.0 >> BUCKET_BITS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_of_one_time_come_in_the_order_they_were_scheduled() {
        let mut queue = EventQueue::default();
        for (at, name) in [(5, "c"), (3, "a"), (5, "d"), (3, "b")] {
            queue.schedule(Micros(at), name);
        }
        assert_eq!(queue.pop_before(Micros(3)), None);
        let names = std::iter::from_fn(|| queue.pop_before(Micros::NEVER)).map(|(_, name)| name);
        assert_eq!(names.collect::<Vec<_>>(), ["a", "b", "c", "d"]);
    }

    #[test]
    fn near_and_far_events_come_by_time() {
        let mut rng = fastrand::Rng::with_seed(1);
        let (mut queue, mut model) = (EventQueue::default(), BTreeMap::new());
        let mut now = Micros(0);
        for number in 0..200_000_u64 {
            if rng.bool() || model.is_empty() {
                let span = 1 << rng.u32(..26);
                let at = now + Micros(rng.u64(..span));
                queue.schedule(at, number);
                model.insert((at, number), ());
            } else {
                let by = now + Micros(rng.u64(..1 << 20));
                let expected = model.first_key_value().map(|(&(at, event), ())| (at, event));
                let expected = expected.filter(|&(at, _)| at < by);
                assert_eq!(queue.pop_before(by), expected);
                now = expected.map_or(by, |(at, _)| at);
                if let Some(key) = expected {
                    model.remove(&key);
                }
            }
        }
    }

    #[test]
    fn nothing_is_sorted_before_its_time() {
        let mut queue = EventQueue::default();
        queue.schedule(Micros::from_secs(10), 0);
        assert_eq!(queue.pop_before(Micros::from_secs(1)), None);
        for at in 0..100_000 {
            queue.schedule(Micros::from_secs(2) + Micros(10 * at), at);
        }
        assert_eq!(queue.near.len(), 0);
    }
}
