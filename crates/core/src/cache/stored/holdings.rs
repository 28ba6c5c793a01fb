//! The bodies that an isolate holds in memory, and their sum in bytes: bodies that it reads whole,
//! that wait for a visitor who reads slowly, or that wait to be stored.

use alloc::vec::Vec;

use crate::base::time::{Millis, Timestamp};

/// The bytes of bodies that an isolate holds at most, of the 128 MB that the platform gives it for
/// everything. A held body costs several times its size while it is read, sent and stored; with
/// this bound, 400 slow readers take no more memory than in a plain proxy. Once the bound is
/// reached, further bodies pass through as they arrive, as in a proxy without a cache.
pub const HELD_MAX: u32 = 3 * 1024 * 1024;
/// How long a body still counts after it was given back, in milliseconds: the engine frees its
/// memory some time after the last use, and a burst of visitors would make garbage faster than
/// that.
pub const SHARE_LINGERS: Millis = Millis::from_secs(1);
/// What a body is counted as at least, in bytes, so that no number of short ones is free.
pub const SHARE_MIN: u32 = 4 * 1024;
/// How long a body that is not given back counts: its event may have been cut short, and then
/// nothing gives it back. It is longer than most visitors take for the longest body that is held.
pub const SHARE_LASTS: Millis = Millis::from_secs(300);

/// Names a body that is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ShareId(u64);

#[derive(Clone, Copy, Debug)]
struct HeldShare {
    id: ShareId,
    bytes: u32,
    until: Timestamp,
}

/// The bodies that an isolate holds. There are at most [`HELD_MAX`] / [`SHARE_MIN`] of them.
#[derive(Clone, Debug, Default)]
pub struct Holdings {
    bytes: u32,
    next: u64,
    /// In the order in which they were taken.
    shares: Vec<HeldShare>,
}

impl Holdings {
    /// Takes room for a body of this many bytes, if there is any left.
    pub fn take(&mut self, bytes: u32, now: Timestamp) -> Option<ShareId> {
        let bytes = bytes.max(SHARE_MIN);
        if bytes > HELD_MAX - self.bytes {
            self.shares.retain(|share| share.until > now);
            self.bytes = self.shares.iter().map(|share| share.bytes).sum();
        }
        if bytes > HELD_MAX - self.bytes {
            return None;
        }
        let id = ShareId(self.next);
        self.next += 1;
        self.bytes += bytes;
        self.shares.push(HeldShare { id, bytes, until: now + SHARE_LASTS });
        Some(id)
    }

    /// A body turned out to be this long, and no longer than was taken for it.
    pub fn shrink(&mut self, id: ShareId, bytes: u32) {
        let at = self.at(id);
        if let Some(share) = at.and_then(|at| self.shares.get_mut(at)) {
            let bytes = bytes.clamp(SHARE_MIN, share.bytes);
            self.bytes -= share.bytes - bytes;
            share.bytes = bytes;
        }
    }

    /// The body is held no longer.
    pub fn give_back(&mut self, id: ShareId, now: Timestamp) {
        let at = self.at(id);
        if let Some(share) = at.and_then(|at| self.shares.get_mut(at)) {
            share.until = share.until.min(now + SHARE_LINGERS);
        }
    }

    fn at(&self, id: ShareId) -> Option<usize> {
        self.shares.binary_search_by_key(&id, |share| share.id).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    const LONG: u32 = 256 * 1024;

    fn at(ms: u64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    #[test]
    fn what_goes_beyond_the_sum_is_not_held_until_something_is_given_back() {
        let mut held = Holdings::default();
        let taken: Vec<_> = core::iter::from_fn(|| held.take(LONG, at(1))).collect();
        assert_eq!((taken.len(), held.bytes), (12, HELD_MAX));
        assert_eq!(held.take(1, at(2)), None);
        held.shrink(taken[0], LONG - SHARE_MIN);
        assert!(held.take(1, at(2)).is_some());
        held.give_back(taken[1], at(10));
        let free = at(10) + SHARE_LINGERS;
        assert_eq!(held.take(LONG, at(free.as_millis() - 1)), None, "its memory is still used");
        assert!(held.take(LONG, free).is_some() && held.take(1, free).is_none());
    }

    #[test]
    fn a_share_that_nobody_gives_back_counts_for_its_time_and_is_not_given_back_twice() {
        let mut held = Holdings::default();
        let lost = held.take(HELD_MAX, at(1)).unwrap();
        assert_eq!(held.take(1, at(SHARE_LASTS.get())), None);
        let now = at(1 + SHARE_LASTS.get());
        let id = held.take(LONG, now).unwrap();
        held.give_back(lost, now);
        assert_eq!(held.bytes, LONG);
        held.give_back(id, now);
        let later = now + SHARE_LINGERS;
        let all = held.take(HELD_MAX, later).unwrap();
        held.give_back(id, later);
        assert_eq!((held.take(1, later), held.bytes), (None, HELD_MAX));
        held.shrink(all, 0);
        assert_eq!(held.bytes, SHARE_MIN);
    }

    #[test]
    fn short_bodies_are_bounded_in_number() {
        let mut held = Holdings::default();
        let taken = core::iter::from_fn(|| held.take(0, at(1))).count();
        assert_eq!(taken as u32, HELD_MAX / SHARE_MIN);
    }

    proptest! {
        #[test]
        fn the_sum_is_that_of_what_is_held_and_never_beyond_the_bound(
            steps in proptest::collection::vec((0..3u8, 0..LONG * 8, 0..60_000u64), 1..200)
        ) {
            let (mut held, mut now, mut ids) = (Holdings::default(), 1, Vec::new());
            for (what, bytes, later) in steps {
                now += later;
                match (what, ids.last().copied()) {
                    (0, Some(id)) => { held.give_back(id, at(now)); ids.pop(); }
                    (1, Some(id)) => held.shrink(id, bytes),
                    _ => ids.extend(held.take(bytes, at(now))),
                }
                let sum: u32 = held.shares.iter().map(|share| share.bytes).sum();
                prop_assert_eq!(sum, held.bytes);
                prop_assert!(sum <= HELD_MAX);
            }
        }
    }
}
