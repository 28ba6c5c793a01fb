//! What visitors waited for, and what they got.

use crate::time::Micros;
use crate::waits::Waits;

/// A visitor whose wait reaches 5 ms notices it, as the goal for visitors with copies has it.
pub const NOTICED: Micros = Micros::from_ms(5);
/// A wait of 100 ms is the most that one in a hundred visitors with copies should have.
pub const LONG: Micros = Micros::from_ms(100);

/// What a visitor got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The upstream's answer, a good one.
    Origin,
    /// The copy that was at hand.
    Copy,
    /// An error.
    Error,
}

/// What became of one visitor.
#[derive(Clone, Copy, Debug)]
pub struct Visit {
    /// Whether a copy was at hand.
    pub has_copy: bool,
    /// Whether the visitor's continent had an outage at the time of the decision.
    pub has_outage: bool,
    /// The time from the visitor's arrival to the answer.
    pub waited: Micros,
    /// Whether that was as long as the route's `patience`, or longer.
    pub is_past_patience: bool,
    /// What the visitor got.
    pub answer: Answer,
}

/// The visitors of a tenth of a second, by the time of the decision about them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VisitBin {
    /// Visitors for whom a copy was at hand.
    pub with_copy: u32,
    /// Those of them who waited for [`NOTICED`] or longer.
    pub noticed: u32,
    /// Those of them who waited for [`LONG`] or longer.
    pub long: u32,
    /// Visitors for whom no copy was at hand.
    pub without_copy: u32,
    /// Those of them who got the upstream's good answer.
    pub without_copy_good: u32,
    /// Visitors with or without a copy who got the upstream's good answer.
    pub good: u32,
}

impl VisitBin {
    /// Counts a visitor.
    pub fn record(&mut self, visit: Visit) {
        let is_good = u32::from(visit.answer == Answer::Origin);
        self.good += is_good;
        if visit.has_copy {
            self.with_copy += 1;
            self.noticed += u32::from(visit.waited >= NOTICED);
            self.long += u32::from(visit.waited >= LONG);
        } else {
            self.without_copy += 1;
            self.without_copy_good += is_good;
        }
    }
}

/// The visitors of a time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VisitCounts {
    /// What visitors waited for whom a copy was at hand.
    pub with_copy: Waits,
    /// What the other visitors waited.
    pub without_copy: Waits,
    /// Visitors who got the upstream's good answer.
    pub origin: u64,
    /// Visitors who got the copy.
    pub copies: u64,
    /// Visitors who got an error.
    pub errors: u64,
    /// Visitors who waited for the route's `patience` or longer.
    pub past_patience: u64,
}

impl VisitCounts {
    /// Counts a visitor.
    pub fn record(&mut self, visit: Visit) {
        let waits = if visit.has_copy { &mut self.with_copy } else { &mut self.without_copy };
        waits.record(visit.waited);
        self.past_patience += u64::from(visit.is_past_patience);
        match visit.answer {
            Answer::Origin => self.origin += 1,
            Answer::Copy => self.copies += 1,
            Answer::Error => self.errors += 1,
        }
    }

    /// The number of visitors.
    pub const fn visitors(&self) -> u64 {
        self.with_copy.count() + self.without_copy.count()
    }
}
