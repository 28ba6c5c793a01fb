//! A naive model of an objective: a list of all events, counted again at each question. It says
//! what design §6.3 says, in its words, and shares nothing with the code.

/// A burn rate in tenths, its long window, its short one, and whether it pages.
const RULES: [(u128, u64, u64, bool); 3] = [
    (144, 60 * MINUTE, 5 * MINUTE, true),
    (60, 6 * HOUR, 30 * MINUTE, true),
    (10, 72 * HOUR, 6 * HOUR, false),
];
const MINUTE: u64 = 60_000;
const HOUR: u64 = 60 * MINUTE;
const BILLION: u128 = 1_000_000_000;

/// The model. Times and spans are in milliseconds.
#[derive(Clone, Debug)]
pub(crate) struct Reference {
    /// The share that may be bad, in billionths.
    pub(crate) allowed: u128,
    pub(crate) window: u64,
    pub(crate) minimum: u64,
    /// When, how many were good, and how many were bad.
    pub(crate) events: Vec<(u64, u64, u64)>,
}

impl Reference {
    pub(crate) fn record(&mut self, at: u64, good: u64, bad: u64) {
        self.events.push((at, good, bad));
    }

    /// Bad events and all events of the window that ends at `now`.
    fn counted(&self, window: u64, now: u64) -> (u128, u128) {
        let bucket = if window <= 6 * HOUR { MINUTE } else { HOUR };
        // The last of its buckets is the one that `now` is in.
        let end = (now / bucket + 1) * bucket;
        let begin = end.saturating_sub(window.div_ceil(bucket) * bucket);
        let (mut bad, mut total) = (0, 0);
        for (at, good, failed) in &self.events {
            if (begin..end).contains(at) {
                bad += u128::from(*failed);
                total += u128::from(good + failed);
            }
        }
        (bad, total)
    }

    fn exceeds(&self, tenths: u128, window: u64, now: u64) -> bool {
        let (bad, total) = self.counted(window, now);
        bad * BILLION * 10 > tenths * self.allowed * total
    }

    fn fires(&self, pages: bool, now: u64) -> bool {
        RULES.iter().filter(|rule| rule.3 == pages).any(|(tenths, long, short, _)| {
            self.exceeds(*tenths, *long, now)
                && self.exceeds(*tenths, *short, now)
                && self.counted(*short, now).1 >= u128::from(self.minimum)
        })
    }

    pub(crate) fn page(&self, now: u64) -> bool {
        self.fires(true, now)
    }

    pub(crate) fn ticket(&self, now: u64) -> bool {
        self.fires(false, now)
    }

    /// What is left of the budget in millionths, by counting down from a whole one: the least
    /// number of millionths that are lost and cover what was used.
    pub(crate) fn budget_left_ppm(&self, now: u64) -> i64 {
        let (bad, total) = self.counted(self.window, now);
        if total == 0 {
            return 1_000_000;
        }
        let used = (bad * BILLION * 1_000_000).div_ceil(self.allowed * total);
        1_000_000 - i64::try_from(used).expect("a loss below 2^63")
    }
}
