//! Permits that come back by themselves when their holder is lost.

use core::num::NonZeroU64;

use alloc::vec::Vec;

use crate::base::time::Timestamp;

/// Names one lease. A slot that is used again gets a new serial, so that a late return finds
/// nothing.
///
/// It is one word, the slot plus one above the serial, so that a permit without a lease is copied
/// as words too: parts of a word that are written apart and read together stall the processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LeaseId(NonZeroU64);

impl LeaseId {
    fn new(slot: u32, serial: u32) -> Self {
        let word = ((u64::from(slot) + 1) << 32) | u64::from(serial);
        Self(NonZeroU64::new(word).unwrap_or(NonZeroU64::MIN))
    }

    fn slot(self) -> usize {
        ((self.0.get() >> 32) as usize).wrapping_sub(1)
    }

    fn serial(self) -> u32 {
        self.0.get() as u32
    }
}

/// A bounded number of leases. Memory grows to the most ever held at once and is then reused.
#[derive(Clone, Debug, Default)]
pub(crate) struct Leases {
    slots: Vec<Slot>,
    free: Vec<u32>,
    /// The earliest time at which a lease may end; a sweep before it would find nothing.
    earliest: Timestamp,
}

#[derive(Clone, Debug)]
struct Slot {
    serial: u32,
    /// `None` while free.
    expires: Option<Timestamp>,
}

impl Leases {
    pub(crate) fn held(&self) -> u32 {
        (self.slots.len() - self.free.len()) as u32
    }

    /// Whether one of `limit` leases is left, after those that ended by `now` came back.
    pub(crate) fn has_room(&mut self, limit: u32, now: Timestamp) -> bool {
        if self.held() >= limit && self.earliest <= now {
            self.sweep(now);
        }
        self.held() < limit
    }

    /// Takes a lease, without asking [`has_room`](Self::has_room).
    pub(crate) fn take(&mut self, expires: Timestamp) -> LeaseId {
        self.earliest = if self.held() == 0 { expires } else { self.earliest.min(expires) };
        if let Some(slot) = self.free.pop()
            && let Some(taken) = self.slots.get_mut(slot as usize)
        {
            taken.serial = taken.serial.wrapping_add(1);
            taken.expires = Some(expires);
            return LeaseId::new(slot, taken.serial);
        }
        let slot = self.slots.len() as u32;
        self.slots.push(Slot { serial: 0, expires: Some(expires) });
        // A return must not allocate, so the free list is as long as the slots are.
        self.free.reserve(self.slots.len() - self.free.len());
        LeaseId::new(slot, 0)
    }

    /// Gives a lease back. Returns whether it was still held, and not past its end.
    pub(crate) fn give_back(&mut self, id: LeaseId, now: Timestamp) -> bool {
        let Some(slot) = self.slots.get_mut(id.slot()) else {
            return false;
        };
        if slot.serial != id.serial() {
            return false;
        }
        let Some(expires) = slot.expires.take() else {
            return false;
        };
        self.free.push(id.slot() as u32);
        now < expires
    }

    fn sweep(&mut self, now: Timestamp) {
        self.earliest = Timestamp::MAX;
        for (index, slot) in self.slots.iter_mut().enumerate() {
            match slot.expires {
                Some(expires) if expires <= now => {
                    slot.expires = None;
                    self.free.push(index as u32);
                }
                Some(expires) => self.earliest = self.earliest.min(expires),
                None => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    #[test]
    fn a_lost_lease_comes_back_at_its_end() {
        let mut leases = Leases::default();
        leases.take(at(30));
        assert!(!leases.has_room(1, at(29)));
        assert!(leases.has_room(1, at(30)));
        assert_eq!(leases.held(), 0);
    }

    #[test]
    fn a_lease_is_returned_once() {
        let mut leases = Leases::default();
        let first = leases.take(at(30));
        assert!(leases.give_back(first, at(10)));
        let second = leases.take(at(30));
        assert!(!leases.give_back(first, at(10)), "the slot belongs to another by now");
        assert_eq!(leases.held(), 1);
        assert!(!leases.give_back(second, at(30)), "at its end it is expired");
        assert_eq!(leases.held(), 0);
    }

    #[test]
    fn memory_is_bounded_by_the_most_held_at_once() {
        let mut leases = Leases::default();
        for round in 0..1_000 {
            while leases.has_room(3, at(round * 10)) {
                leases.take(at(round * 10 + 5));
            }
        }
        assert_eq!(leases.slots.len(), 3);
    }
}
