//! Isolates: their lifetimes and their clocks.

use breakwater_core::base::time::Timestamp;
use fastrand::Rng;

use crate::rng::exponential;
use crate::time::Micros;

/// Clocks without an offset show this at the start of a run, in milliseconds since 1970.
const EPOCH_MS: u64 = 1_750_000_000_000;

/// One incarnation of an isolate. Events hold it so that they can tell whether it has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Incarnation {
    /// The index of the isolate.
    pub isolate: u32,
    /// The number of the incarnation, counted from 1.
    pub number: u32,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    number: u32,
    ends_at: Micros,
    /// How far its clock is ahead, in milliseconds.
    offset_ms: i64,
}

/// All isolates. One that has ended is replaced in the same colo when its next visitor comes.
#[derive(Debug)]
pub struct Isolates {
    slots: Vec<Slot>,
    mean_lifetime: Micros,
    /// The largest offset of a clock, in milliseconds.
    skew_ms: i64,
    lifetimes: Rng,
    clocks: Rng,
}

impl Isolates {
    /// Creates `count` isolates, none of which has started. Lifetimes are exponential; clocks are
    /// off by up to `skew_ms` milliseconds in either direction.
    pub fn new(
        count: u32,
        mean_lifetime: Micros,
        skew_ms: u32,
        lifetimes: Rng,
        clocks: Rng,
    ) -> Self {
        let slot = Slot { number: 0, ends_at: Micros(0), offset_ms: 0 };
        let slots = vec![slot; count as usize];
        Self { slots, mean_lifetime, skew_ms: skew_ms.into(), lifetimes, clocks }
    }

    /// The number of isolates.
    pub fn count(&self) -> u32 {
        self.slots.len() as u32
    }

    /// Returns the incarnation that gets a visitor's request. If it starts for that request, the
    /// second value is its random name.
    pub fn admit(&mut self, isolate: u32, now: Micros) -> (Incarnation, Option<u64>) {
        let slot = &mut self.slots[isolate as usize];
        if now < slot.ends_at {
            return (Incarnation { isolate, number: slot.number }, None);
        }
        slot.number += 1;
        slot.ends_at = now + Micros(1) + exponential(&mut self.lifetimes, self.mean_lifetime);
        slot.offset_ms = self.clocks.i64(-self.skew_ms..=self.skew_ms);
        (Incarnation { isolate, number: slot.number }, Some(self.lifetimes.u64(..)))
    }

    /// Whether this incarnation has not ended.
    pub fn is_alive(&self, incarnation: Incarnation, now: Micros) -> bool {
        let slot = self.slots[incarnation.isolate as usize];
        slot.number == incarnation.number && now < slot.ends_at
    }

    /// Ends all incarnations, as a deploy does.
    pub fn replace_all(&mut self, now: Micros) {
        for slot in &mut self.slots {
            slot.ends_at = slot.ends_at.min(now);
        }
    }

    /// The time that the isolate's clock shows.
    pub fn clock(&self, isolate: u32, now: Micros) -> Timestamp {
        clock(self.slots[isolate as usize].offset_ms, now)
    }
}

/// The time that a clock shows which is ahead by `offset_ms` milliseconds.
pub fn clock(offset_ms: i64, now: Micros) -> Timestamp {
    Timestamp::from_millis((EPOCH_MS + now.as_ms()).saturating_add_signed(offset_ms))
}
