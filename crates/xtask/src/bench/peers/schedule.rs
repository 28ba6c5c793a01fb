//! What happens when in a run.

use std::time::Duration;

/// How long each part of a run takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Schedule {
    /// From the warm pass to the first visitor.
    pub(super) pause: Duration,
    /// Visitors while all is well.
    pub(super) healthy: Duration,
    /// Visitors while the backend fails.
    pub(super) outage: Duration,
    /// Visitors after it was mended.
    pub(super) after: Duration,
}

impl Schedule {
    /// The backend's pages are fresh for a minute. With 55 s in front of the outage the copies of
    /// the warm pass turn stale 5 s into it; otherwise plain freshness would hide most of it.
    const FULL: Self = Self::new(35, 20, 45, 40);
    /// For a first look: the same 55 s, and less of all that follows.
    const QUICK: Self = Self::new(45, 10, 25, 20);

    const fn new(pause: u64, healthy: u64, outage: u64, after: u64) -> Self {
        Self {
            pause: Duration::from_secs(pause),
            healthy: Duration::from_secs(healthy),
            outage: Duration::from_secs(outage),
            after: Duration::from_secs(after),
        }
    }

    pub(super) fn of(is_quick: bool) -> Self {
        if is_quick { Self::QUICK } else { Self::FULL }
    }
}

/// When the parts of a run really began, in seconds from the first visitor on. What is asked while
/// the backend is being struck or mended belongs to none of them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Span {
    /// When the backend had begun to fail.
    pub(super) struck: f64,
    /// When it was still failing for the last time.
    pub(super) ended: f64,
    /// When it was mended.
    pub(super) mended: f64,
    /// When the visitors left.
    pub(super) over: f64,
}

impl Span {
    pub(super) fn is_in_outage(&self, at: f64) -> bool {
        (self.struck..self.ended).contains(&at)
    }
}

#[cfg(test)]
mod tests {
    use super::Schedule;

    #[test]
    fn first_copies_turn_stale_in_the_outage_and_not_before_it() {
        for schedule in [Schedule::FULL, Schedule::QUICK] {
            let before = (schedule.pause + schedule.healthy).as_secs();
            assert!(before < 60 && 60 < before + schedule.outage.as_secs() / 2, "{schedule:?}");
        }
    }
}
