//! What is to happen, and when.
//!
//! A fleet has hundreds of thousands of calls under way, all of which end within seconds. So
//! events wait in a ring of buckets of about a millisecond each, and only the bucket whose time
//! has come is sorted: what an event costs does not grow with the number of events. So the agenda
//! is asked for what happens before a point in time, and never looks further ahead: were it to go
//! on to a bucket of later, all that is put in until then would have to be sorted in one by one.

use std::collections::BTreeMap;

use crate::time::Micros;

/// A bucket spans two to the power of so many microseconds.
const BUCKET_BITS: u32 = 10;
/// Buckets in the ring: 17 s, more than any time-out. What comes later waits apart.
const RING: u64 = 1 << 14;
/// Buckets in a word of the map of those that hold something.
const WORD: u64 = u64::BITS as u64;

/// A queue of events by time; those of the same time come in the order in which they were put in.
#[derive(Debug)]
pub struct Agenda<E> {
    /// All up to the end of the bucket `cursor`, the next one last.
    near: Vec<Entry<E>>,
    cursor: u64,
    ring: Vec<Vec<Entry<E>>>,
    /// A bit for each bucket of the ring that is not empty.
    occupied: Vec<u64>,
    far: BTreeMap<(Micros, u64), E>,
    /// Buckets that were emptied, to be filled again.
    spare: Vec<Vec<Entry<E>>>,
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

impl<E> Default for Agenda<E> {
    fn default() -> Self {
        let mut ring = Vec::new();
        ring.resize_with(RING as usize, Vec::new);
        Self {
            near: Vec::new(),
            cursor: 0,
            ring,
            occupied: vec![0; (RING / WORD) as usize],
            far: BTreeMap::new(),
            spare: Vec::new(),
            sequence: 0,
        }
    }
}

impl<E> Agenda<E> {
    /// Puts an event in.
    pub fn put(&mut self, at: Micros, event: E) {
        let sequence = self.sequence;
        self.sequence += 1;
        let entry = Entry { at, sequence, event };
        let bucket = bucket(at);
        if bucket <= self.cursor {
            let place = self.near.partition_point(|other| other.key() > entry.key());
            self.near.insert(place, entry);
        } else if bucket - self.cursor < RING {
            let slot = (bucket % RING) as usize;
            if self.ring[slot].capacity() == 0 {
                self.ring[slot] = self.spare.pop().unwrap_or_default();
            }
            self.ring[slot].push(entry);
            self.occupied[slot / WORD as usize] |= 1 << (slot as u64 % WORD);
        } else {
            self.far.insert((at, sequence), entry.event);
        }
    }

    /// Takes the next event out, if it is before `by`.
    pub fn take_before(&mut self, by: Micros) -> Option<(Micros, E)> {
        if self.near.is_empty() {
            self.advance(bucket(by));
        }
        self.near.pop_if(|entry| entry.at < by).map(|entry| (entry.at, entry.event))
    }

    /// Goes on to the next bucket that is not empty, if it is none after `last`.
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
            self.spare.push(emptied);
        }
        while let Some(entry) = self.far.first_entry()
            && bucket(entry.key().0) == next
        {
            let ((at, sequence), event) = entry.remove_entry();
            self.near.push(Entry { at, sequence, event });
        }
        self.near.sort_unstable_by_key(|entry| std::cmp::Reverse(entry.key()));
    }

    /// The next bucket in the ring that is not empty.
    fn next_in_ring(&self) -> Option<u64> {
        let from = self.cursor + 1;
        // The word in which the search begins comes up again at its end, for its lower half.
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
    fn events_of_one_time_come_in_the_order_they_were_put_in() {
        let mut agenda = Agenda::default();
        for (at, name) in [(5, "c"), (3, "a"), (5, "d"), (3, "b")] {
            agenda.put(Micros(at), name);
        }
        assert_eq!(agenda.take_before(Micros(3)), None);
        let names = std::iter::from_fn(|| agenda.take_before(Micros::NEVER)).map(|(_, name)| name);
        assert_eq!(names.collect::<Vec<_>>(), ["a", "b", "c", "d"]);
    }

    #[test]
    fn near_and_far_events_come_by_time() {
        let mut rng = fastrand::Rng::with_seed(1);
        let (mut agenda, mut model) = (Agenda::default(), BTreeMap::new());
        let mut now = Micros(0);
        for number in 0..200_000_u64 {
            if rng.bool() || model.is_empty() {
                let span = 1 << rng.u32(..26);
                let at = now + Micros(rng.u64(..span));
                agenda.put(at, number);
                model.insert((at, number), ());
            } else {
                let by = now + Micros(rng.u64(..1 << 20));
                let expected = model.first_key_value().map(|(&(at, event), ())| (at, event));
                let expected = expected.filter(|&(at, _)| at < by);
                assert_eq!(agenda.take_before(by), expected);
                now = expected.map_or(by, |(at, _)| at);
                if let Some(key) = expected {
                    model.remove(&key);
                }
            }
        }
    }

    #[test]
    fn nothing_is_sorted_before_its_time() {
        let mut agenda = Agenda::default();
        agenda.put(Micros::from_secs(10), 0);
        assert_eq!(agenda.take_before(Micros::from_secs(1)), None);
        for at in 0..100_000 {
            agenda.put(Micros::from_secs(2) + Micros(10 * at), at);
        }
        assert_eq!(agenda.near.len(), 0);
    }
}
