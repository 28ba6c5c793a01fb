//! Isolates: their births and deaths, and their clocks.

use breakwater_core::base::time::Timestamp;
use fastrand::Rng;

use crate::chance::exponential;
use crate::time::Micros;

/// What the clocks show at the start of a run, in milliseconds.
const EPOCH_MS: u64 = 1_750_000_000_000;

/// One life in a place for isolates. Whoever holds it can tell whether it is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Life {
    /// Which place.
    pub isolate: u32,
    /// Which of the lives in it.
    pub number: u32,
}

#[derive(Clone, Copy, Debug)]
struct Seat {
    number: u32,
    dies_at: Micros,
    /// What its clock is ahead, in milliseconds.
    ahead_ms: i64,
}

/// All isolates. One that died is replaced in the same colo when its next visitor comes.
#[derive(Debug)]
pub struct Isolates {
    seats: Vec<Seat>,
    mean_life: Micros,
    /// Clocks are off by up to this.
    skew_ms: i64,
    births: Rng,
    clocks: Rng,
}

impl Isolates {
    /// So many places for isolates, none of which lives yet. Lives are memoryless; clocks are off
    /// by up to `skew_ms` milliseconds either way.
    pub fn new(count: u32, mean_life: Micros, skew_ms: u32, births: Rng, clocks: Rng) -> Self {
        let seat = Seat { number: 0, dies_at: Micros(0), ahead_ms: 0 };
        let seats = vec![seat; count as usize];
        Self { seats, mean_life, skew_ms: skew_ms.into(), births, clocks }
    }

    /// How many there are.
    pub fn count(&self) -> u32 {
        self.seats.len() as u32
    }

    /// Who gets a visitor's request, and the random name of the isolate if it was born for it.
    pub fn admit(&mut self, isolate: u32, now: Micros) -> (Life, Option<u64>) {
        let seat = &mut self.seats[isolate as usize];
        if now < seat.dies_at {
            return (Life { isolate, number: seat.number }, None);
        }
        seat.number += 1;
        seat.dies_at = now + Micros(1) + exponential(&mut self.births, self.mean_life);
        seat.ahead_ms = self.clocks.i64(-self.skew_ms..=self.skew_ms);
        (Life { isolate, number: seat.number }, Some(self.births.u64(..)))
    }

    /// Whether that life goes on.
    pub fn is_alive(&self, life: Life, now: Micros) -> bool {
        let seat = self.seats[life.isolate as usize];
        seat.number == life.number && now < seat.dies_at
    }

    /// Ends all lives: a deploy.
    pub fn replace_all(&mut self, now: Micros) {
        for seat in &mut self.seats {
            seat.dies_at = seat.dies_at.min(now);
        }
    }

    /// What the isolate's clock shows.
    pub fn clock(&self, isolate: u32, now: Micros) -> Timestamp {
        clock(self.seats[isolate as usize].ahead_ms, now)
    }
}

/// What a clock shows that is so many milliseconds ahead.
pub fn clock(ahead_ms: i64, now: Micros) -> Timestamp {
    Timestamp::from_millis((EPOCH_MS + now.as_ms()).saturating_add_signed(ahead_ms))
}
