//! The last N calls, two bits each.

use alloc::boxed::Box;
use alloc::vec;

use super::Tally;

/// The number of calls in one word of a count window, two bits each.
const CALLS_PER_WORD: u32 = 32;
/// The bit of a call that failed.
const FAILED: u64 = 0b01;
/// The bit of a call that was slow.
const SLOW: u64 = 0b10;

/// The last `capacity` calls.
#[derive(Clone, Debug)]
pub(crate) struct CallWindow {
    pub(super) capacity: u32,
    /// The index of the next call, and, once the ring is full, of the oldest one.
    next: u32,
    words: Box<[u64]>,
    pub(super) total: Tally,
}

impl CallWindow {
    pub(super) fn new(capacity: u32) -> Self {
        let words = capacity.div_ceil(CALLS_PER_WORD) as usize;
        Self { capacity, next: 0, words: vec![0; words].into(), total: Tally::default() }
    }

    /// Counts a call. It is not inlined, so that it takes no registers from the path through a time
    /// window.
    #[inline(never)]
    pub(super) fn record(&mut self, failed: bool, slow: bool) -> Tally {
        let shift = (self.next % CALLS_PER_WORD) * 2;
        let bits = (u64::from(failed) * FAILED) | (u64::from(slow) * SLOW);
        if let Some(word) = self.words.get_mut((self.next / CALLS_PER_WORD) as usize) {
            let oldest = (*word >> shift) & (FAILED | SLOW);
            *word = (*word & !((FAILED | SLOW) << shift)) | (bits << shift);
            if self.total.calls == self.capacity {
                self.total.subtract(Tally::of(oldest & FAILED != 0, oldest & SLOW != 0));
            }
        }
        self.next = if self.next + 1 == self.capacity { 0 } else { self.next + 1 };
        self.total.add_call(failed, slow);
        self.total
    }

    pub(crate) const fn capacity(&self) -> u32 {
        self.capacity
    }

    /// The calls from the oldest on, as (failed, slow).
    pub(crate) fn calls(&self) -> impl Iterator<Item = (bool, bool)> + '_ {
        let held = self.total.calls;
        (0..held).map(move |offset| {
            let index = (self.next + self.capacity - held + offset) % self.capacity;
            let word = self.words.get((index / CALLS_PER_WORD) as usize).copied().unwrap_or(0);
            let bits = word >> ((index % CALLS_PER_WORD) * 2);
            (bits & FAILED != 0, bits & SLOW != 0)
        })
    }

    pub(super) fn clear(&mut self) {
        self.words.fill(0);
        self.next = 0;
        self.total = Tally::default();
    }
}
