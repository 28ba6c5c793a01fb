//! What visitors got, hour by hour.

use serde::{Deserialize, Serialize};

use crate::base::time::Timestamp;
use crate::watch::incident::EdgeShares;

/// How many hours are shown.
pub const VISITOR_HOURS_SHOWN: usize = 48;

/// What visitors got in one hour. Pages show shares of it, and never how many visitors there were.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitorHour {
    /// The beginning of the hour.
    pub hour: Timestamp,
    /// In parts of a thousand of all answers, by source, rounded so that the sources add up to
    /// 1,000; `errors` is a share of its own. There was at least one answer.
    pub permille: EdgeShares,
}
