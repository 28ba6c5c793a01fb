//! What visitors got, hour by hour.

use serde::{Deserialize, Serialize};

use crate::base::time::Timestamp;
use crate::watch::incident::EdgeShares;

/// How many hours are shown.
pub const VISITOR_HOURS_SHOWN: usize = 48;

/// What shares are parts of.
const WHOLE: u128 = 1_000;

/// What visitors got in one hour. Pages show shares of it, and never how many visitors there were.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitorHour {
    /// The beginning of the hour.
    pub hour: Timestamp,
    /// In parts of a thousand of all answers, by source, rounded so that the sources add up to
    /// 1,000; `errors` is a share of its own. There was at least one answer.
    pub permille: EdgeShares,
}

impl VisitorHour {
    /// The shares of these answers; `None` if there were none. Of the parts that are left when all
    /// are rounded down, those get one that lost most (Hamilton's method of apportionment).
    pub fn of(hour: Timestamp, answers: &EdgeShares) -> Option<Self> {
        let EdgeShares { errors, origin, copies, snapshots, fallbacks, other } = *answers;
        let sources = [origin, copies, snapshots, fallbacks, other].map(u128::from);
        let total: u128 = sources.iter().sum();
        if total == 0 {
            return None;
        }
        let mut parts = sources.map(|count| count * WHOLE / total);
        let lost = |source: usize| sources.get(source).map_or(0, |count| count * WHOLE % total);
        let mut order = [0, 1, 2, 3, 4];
        order.sort_by_key(|source| core::cmp::Reverse(lost(*source)));
        let left = WHOLE - parts.iter().sum::<u128>();
        for source in order.into_iter().take(left as usize) {
            if let Some(part) = parts.get_mut(source) {
                *part += 1;
            }
        }
        let errors = (u128::from(errors) * WHOLE + total / 2) / total;
        let [origin, copies, snapshots, fallbacks, other] = parts.map(|part| part as u64);
        let errors = errors.min(WHOLE) as u64;
        Some(Self {
            hour,
            permille: EdgeShares { errors, origin, copies, snapshots, fallbacks, other },
        })
    }
}
