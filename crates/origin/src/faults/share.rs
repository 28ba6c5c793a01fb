//! The choice of calls by a share below one.

/// This absorbs the rounding of fractions such as 0.1, so that the tenth call is picked and not the
/// eleventh.
const ROUNDING: f64 = 1e-9;

/// Picks a share of calls. The picked calls are evenly spread, and the same in every run.
#[derive(Debug)]
pub(super) struct Share {
    share: f64,
    calls: u64,
}

impl Share {
    /// Creates a picker for `share` (0 to 1) of the calls.
    pub(super) fn new(share: f64) -> Self {
        Self { share, calls: 0 }
    }

    /// Returns whether the next call is picked.
    pub(super) fn admits(&mut self) -> bool {
        let before = self.picked();
        self.calls += 1;
        self.picked() > before
    }

    fn picked(&self) -> f64 {
        // It would take centuries until a call count exceeds 2^53.
        (self.calls as f64 * self.share + ROUNDING).floor()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(share: f64, picks: &str) {
        let mut picker = Share::new(share);
        let picked: String =
            picks.chars().map(|_| if picker.admits() { 'x' } else { '.' }).collect();
        assert_eq!(picked, picks);
    }

    #[test]
    fn picks_are_evenly_spread() {
        check(1.0, "xxxx");
        check(0.0, "....");
        check(0.5, ".x.x.x");
        check(0.75, ".xxx.xxx");
        check(0.1, ".........x.........x");
        check(1.0 / 3.0, "..x..x..x");
    }
}
