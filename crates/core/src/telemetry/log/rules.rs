//! What of the log the site file says.

use serde::{Deserialize, Serialize};

use super::LogSeverity;
use crate::base::share::Share;

/// Which events are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogRules {
    /// Whether anything is written.
    pub enabled: bool,
    /// The mildest severity that is written.
    pub level: LogSeverity,
    /// The share of requests that went well of which there is a line. Those that did not are
    /// written whatever it is.
    pub sample: Share,
}

impl LogRules {
    /// The share of good requests that are written if the file does not set `sample`: one of a
    /// hundred shows what normal is like, and costs a busy site little.
    pub const SAMPLE_DEFAULT: Share = Share::from_basis_points(100);

    /// Returns whether events of this severity are written at all.
    pub fn wants(&self, severity: LogSeverity) -> bool {
        self.enabled && severity >= self.level
    }

    /// Returns whether a request of this severity is written, if there is room: each that failed,
    /// and others if they are of the sample. Glue asks this before it reads the clock.
    pub fn wants_request(&self, severity: LogSeverity, random: u32) -> bool {
        self.wants(severity) && (severity >= LogSeverity::Warn || self.samples(random))
    }

    /// Returns whether a request that went well is one of the sample. `random` is uniform over all
    /// of `u32`.
    pub const fn samples(&self, random: u32) -> bool {
        self.sample.samples(random)
    }
}

impl Default for LogRules {
    fn default() -> Self {
        Self { enabled: true, level: LogSeverity::Info, sample: Self::SAMPLE_DEFAULT }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_takes_its_share_of_all_random_numbers() {
        const DRAWN: u32 = 20_000;
        let step = u32::MAX / DRAWN;
        for (points, expected) in [(0, 0), (100, 200), (3_333, 6_666), (10_000, DRAWN)] {
            let rules =
                LogRules { sample: Share::from_basis_points(points), ..LogRules::default() };
            let taken = (0..DRAWN).filter(|turn| rules.samples(turn * step)).count();
            assert!(taken.abs_diff(expected as usize) <= 1, "{points}: {taken}");
        }
        let all = LogRules { sample: Share::ALL, ..LogRules::default() };
        assert!(all.samples(0) && all.samples(u32::MAX));
        let none = LogRules { sample: Share::NONE, ..LogRules::default() };
        assert!(!none.samples(0));
    }

    #[test]
    fn what_is_milder_than_the_level_is_not_wanted() {
        let rules = LogRules { level: LogSeverity::Warn, ..LogRules::default() };
        assert_eq!(
            LogSeverity::ALL.map(|severity| rules.wants(severity)),
            [false, false, true, true, true]
        );
        let off = LogRules { enabled: false, ..rules };
        assert!(!off.wants(LogSeverity::Fatal));
    }
}
