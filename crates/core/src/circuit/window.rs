//! The calls that a rate is judged over, counted exactly in a fixed ring.
//!
//! A time window is a ring of 60 buckets. Each is `ceil(window / 60)` ms wide and aligned to zero.
//! The last 60 buckets count, including the one that is still filling. So a window holds between
//! `window - 1 bucket` and `window + 60 ms` of calls, and an idle gap longer than that leaves it
//! empty. A count window keeps two bits for each of the last N calls.

mod calls;

use alloc::boxed::Box;

use crate::base::time::Timestamp;
use crate::circuit::policy::WindowKind;
use calls::CallWindow;

/// The number of buckets of a time window. With 60 of them a window of a minute forgets its calls
/// second by second, as in resilience4j.
pub(crate) const BUCKETS: usize = 60;

/// How many calls were counted, and how many of them failed or were slow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Calls with an outcome that counts.
    pub calls: u32,
    /// Failures among them.
    pub failures: u32,
    /// Slow ones among them, failed or not.
    pub slow_calls: u32,
}

impl Tally {
    pub(crate) fn add(&mut self, other: Self) {
        self.calls = self.calls.saturating_add(other.calls);
        self.failures = self.failures.saturating_add(other.failures);
        self.slow_calls = self.slow_calls.saturating_add(other.slow_calls);
    }

    fn subtract(&mut self, other: Self) {
        self.calls = self.calls.saturating_sub(other.calls);
        self.failures = self.failures.saturating_sub(other.failures);
        self.slow_calls = self.slow_calls.saturating_sub(other.slow_calls);
    }

    /// Returns the tally with no more failures or slow calls than calls; a stored form may claim
    /// more.
    pub(crate) fn consistent(self) -> Self {
        Self {
            calls: self.calls,
            failures: self.failures.min(self.calls),
            slow_calls: self.slow_calls.min(self.calls),
        }
    }

    /// Counts a call. Most calls neither fail nor are slow, so only the others cost more.
    #[inline]
    fn add_call(&mut self, failed: bool, slow: bool) {
        self.calls = self.calls.saturating_add(1);
        if failed {
            self.failures = self.failures.saturating_add(1);
        }
        if slow {
            self.slow_calls = self.slow_calls.saturating_add(1);
        }
    }

    pub(crate) fn of(failed: bool, slow: bool) -> Self {
        Self { calls: 1, failures: failed.into(), slow_calls: slow.into() }
    }
}

/// A window of either kind.
#[derive(Clone, Debug)]
pub(crate) struct SlidingWindow {
    kind: WindowKind,
    ring: Ring,
}

#[derive(Clone, Debug)]
pub(crate) enum Ring {
    Time(Box<TimeWindow>),
    Calls(CallWindow),
}

impl SlidingWindow {
    pub(crate) fn new(kind: WindowKind) -> Self {
        let ring = match kind {
            WindowKind::Time(span) => Ring::Time(Box::new(TimeWindow::new(span.get()))),
            WindowKind::Calls(calls) => Ring::Calls(CallWindow::new(calls)),
        };
        Self { kind, ring }
    }

    /// Whether the window is of this kind and size; another policy asks for another window.
    #[inline]
    pub(crate) fn is(&self, kind: WindowKind) -> bool {
        self.kind == kind
    }

    pub(crate) const fn word(&self) -> u64 {
        self.kind.word()
    }

    pub(crate) fn ring(&self) -> &Ring {
        &self.ring
    }

    pub(crate) fn ring_mut(&mut self) -> &mut Ring {
        &mut self.ring
    }

    /// Counts a call, and returns the window's tally with it.
    #[inline]
    pub(crate) fn record(&mut self, failed: bool, slow: bool, now: Timestamp) -> Tally {
        match &mut self.ring {
            Ring::Time(window) => window.record(failed, slow, now.as_millis()),
            Ring::Calls(window) => window.record(failed, slow),
        }
    }

    /// Counts many calls at once, which another machine has summed up.
    pub(crate) fn record_many(&mut self, counted: Tally, now: Timestamp) -> Tally {
        match &mut self.ring {
            Ring::Time(window) => window.record_many(counted, now.as_millis()),
            Ring::Calls(window) => {
                // Their order is lost. Calls beyond the window's size would only push out others of
                // the same sum.
                for call in 0..counted.calls.min(window.capacity) {
                    window.record(call < counted.failures, call < counted.slow_calls);
                }
                window.total
            }
        }
    }

    pub(crate) fn tally(&self, now: Timestamp) -> Tally {
        match &self.ring {
            Ring::Time(window) => window.tally(now.as_millis()),
            Ring::Calls(window) => window.total,
        }
    }

    pub(crate) fn clear(&mut self) {
        match &mut self.ring {
            Ring::Time(window) => window.clear(),
            Ring::Calls(window) => window.clear(),
        }
    }
}

/// The calls of the last `span` milliseconds.
///
/// The bucket that is filling stands apart from those that are full, so that a call changes one
/// tally and not two. Its own entry in the ring is empty meanwhile.
#[derive(Clone, Debug)]
pub(crate) struct TimeWindow {
    /// Start of the bucket that is filling, a multiple of `width`.
    head_start: u64,
    /// Width of a bucket in milliseconds.
    width: u64,
    filling: Tally,
    /// The sum of the buckets that are full.
    full: Tally,
    head: usize,
    buckets: [Tally; BUCKETS],
    span: u64,
}

impl TimeWindow {
    fn new(span: u64) -> Self {
        Self {
            head_start: 0,
            width: span.div_ceil(BUCKETS as u64).max(1),
            filling: Tally::default(),
            full: Tally::default(),
            head: 0,
            buckets: [Tally::default(); BUCKETS],
            span,
        }
    }

    #[inline]
    fn record(&mut self, failed: bool, slow: bool, now: u64) -> Tally {
        if now.wrapping_sub(self.head_start) >= self.width {
            self.advance(now);
        }
        self.filling.add_call(failed, slow);
        self.total()
    }

    fn record_many(&mut self, counted: Tally, now: u64) -> Tally {
        if now.wrapping_sub(self.head_start) >= self.width {
            self.advance(now);
        }
        self.filling.add(counted);
        self.total()
    }

    /// Adds the tallies up. Most windows hold nothing but good calls, and then little is added.
    #[inline(always)]
    fn total(&self) -> Tally {
        let (full, filling) = (&self.full, &self.filling);
        let calls = full.calls.saturating_add(filling.calls);
        let bad = full.failures | full.slow_calls | filling.failures | filling.slow_calls;
        if bad == 0 {
            return Tally { calls, failures: 0, slow_calls: 0 };
        }
        let failures = full.failures.saturating_add(filling.failures);
        let slow_calls = full.slow_calls.saturating_add(filling.slow_calls);
        Tally { calls, failures, slow_calls }
    }

    #[cold]
    fn advance(&mut self, now: u64) {
        let steps = self.steps_to(now);
        if steps >= BUCKETS as u64 {
            self.clear();
        } else {
            if let Some(bucket) = self.buckets.get_mut(self.head) {
                *bucket = core::mem::take(&mut self.filling);
            }
            for _ in 0..steps {
                self.head = (self.head + 1) % BUCKETS;
                if let Some(bucket) = self.buckets.get_mut(self.head) {
                    *bucket = Tally::default();
                }
            }
            if let Some(bucket) = self.buckets.get_mut(self.head) {
                self.filling = core::mem::take(bucket);
            }
            // The sum is made again, because nothing can be subtracted from a saturated number.
            self.full = self.buckets.iter().fold(Tally::default(), |mut total, bucket| {
                total.add(*bucket);
                total
            });
        }
        self.head_start = now - now % self.width;
    }

    pub(crate) const fn span(&self) -> u64 {
        self.span
    }

    fn steps_to(&self, now: u64) -> u64 {
        (now / self.width).saturating_sub(self.head_start / self.width)
    }

    fn tally(&self, now: u64) -> Tally {
        let mut total = Tally::default();
        for (_, tally) in self.buckets_at(now) {
            total.add(tally);
        }
        total
    }

    /// The buckets that still count at `now` and hold a call, each with its age in buckets.
    pub(crate) fn buckets_at(&self, now: u64) -> impl Iterator<Item = (usize, Tally)> + '_ {
        let steps = self.steps_to(now).min(BUCKETS as u64) as usize;
        (0..BUCKETS - steps).filter_map(move |age| {
            let index = (self.head + BUCKETS - age) % BUCKETS;
            let full = self.buckets.get(index).copied().unwrap_or_default();
            let tally = if age == 0 { self.filling } else { full };
            (tally.calls != 0).then_some((age + steps, tally))
        })
    }

    /// Puts back a bucket of a stored window, `age` buckets before the one that `now` is in.
    pub(crate) fn put_back(&mut self, age: usize, tally: Tally, now: u64) {
        self.advance(now);
        if age == 0 {
            self.filling.add(tally);
        } else if age < BUCKETS
            && let Some(bucket) = self.buckets.get_mut((self.head + BUCKETS - age) % BUCKETS)
        {
            bucket.add(tally);
            self.full.add(tally);
        }
    }

    fn clear(&mut self) {
        self.filling = Tally::default();
        self.full = Tally::default();
        self.buckets = [Tally::default(); BUCKETS];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::Millis;

    fn at(ms: u64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    #[test]
    fn a_time_window_forgets_bucket_by_bucket() {
        let mut window = SlidingWindow::new(WindowKind::Time(Millis::from_secs(60)));
        window.record(true, false, at(0));
        window.record(false, true, at(1_000));
        let both = Tally { calls: 2, failures: 1, slow_calls: 1 };
        assert_eq!(window.tally(at(59_999)), both);
        assert_eq!(window.tally(at(60_000)), Tally::of(false, true));
        assert_eq!(window.tally(at(61_000)), Tally::default());
        assert_eq!(window.record(true, true, at(60_500)).calls, 2);
    }

    #[test]
    fn an_idle_gap_leaves_a_time_window_empty() {
        let mut window = SlidingWindow::new(WindowKind::Time(Millis::from_secs(10)));
        window.record(true, false, at(0));
        assert_eq!(window.record(false, false, at(3_600_000)), Tally::of(false, false));
    }

    #[test]
    fn many_calls_count_as_one_by_one() {
        let many = Tally { calls: 5, failures: 3, slow_calls: 2 };
        for kind in [WindowKind::Calls(5), WindowKind::Time(Millis::from_secs(1))] {
            let mut window = SlidingWindow::new(kind);
            assert_eq!(window.record_many(many, at(0)), many);
            assert_eq!(window.tally(at(0)), many);
        }
        let mut window = SlidingWindow::new(WindowKind::Calls(4));
        window.record_many(Tally { calls: u32::MAX, failures: 1, slow_calls: 2 }, at(0));
        assert_eq!(window.tally(at(0)), Tally { calls: 4, failures: 1, slow_calls: 2 });
    }

    #[test]
    fn a_stored_bucket_that_is_too_old_is_left_out() {
        let mut window = TimeWindow::new(60_000);
        for age in [0, 59, 60, 255] {
            window.put_back(age, Tally::of(true, false), 120_000);
        }
        assert_eq!(window.tally(120_000).calls, 2);
        assert_eq!(window.record(false, false, 121_000).calls, 2, "that of age 59 left");
    }

    #[test]
    fn a_total_that_saturated_is_exact_again_once_the_calls_are_gone() {
        let mut window = SlidingWindow::new(WindowKind::Time(Millis::from_secs(60)));
        let many = Tally { calls: u32::MAX, failures: 0, slow_calls: 0 };
        window.record_many(many, at(0));
        window.record_many(many, at(1_000));
        assert_eq!(window.record(true, false, at(60_000)).calls, u32::MAX);
        let left = window.record(true, false, at(61_000));
        assert_eq!(left, Tally { calls: 2, failures: 2, slow_calls: 0 });
        assert_eq!(window.tally(at(61_000)), left);
    }

    #[test]
    fn a_count_window_forgets_the_oldest_call() {
        let mut window = SlidingWindow::new(WindowKind::Calls(3));
        for failed in [true, false, false] {
            window.record(failed, failed, at(0));
        }
        let total = window.record(false, false, at(0));
        assert_eq!(total, Tally { calls: 3, failures: 0, slow_calls: 0 });
    }

    #[test]
    fn a_count_window_longer_than_a_word_counts_exactly() {
        let mut window = CallWindow::new(100);
        for call in 0..1_000_u32 {
            window.record(call % 3 == 0, call % 7 == 0);
        }
        let expected = (900..1_000_u32).fold(Tally::default(), |mut sum, call| {
            sum.add(Tally::of(call % 3 == 0, call % 7 == 0));
            sum
        });
        assert_eq!(window.total, expected);
        assert_eq!(window.calls().count(), 100);
        assert_eq!(window.calls().next(), Some((true, false)), "call 900");
    }
}
