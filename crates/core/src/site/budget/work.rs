//! The cost of single pieces of work, which is drawn before they are begun.
//!
//! Rows are those that follow from the work in any case. Whatever else an event writes is counted
//! when it is written.

use crate::base::budget::{Cost, Importance};
use crate::base::time::Millis;
use crate::watch::check::{Check, TRAFFIC, TrafficSource};
use crate::watch::severity::Severity;

pub(super) const HOUR: Millis = Millis::from_secs(3600);
/// The rounds of an hour: one comes each minute.
pub(super) const ROUNDS: u32 = 60;

/// A call of an object.
pub const CALL: Cost = Cost { object_calls: 1, ..Cost::ZERO };

/// An alarm that comes, and the row that set it.
pub const WAKING: Cost = Cost { object_calls: 1, rows_written: 1, ..Cost::ZERO };

/// An order to a prober, without the requests of its checks: the call, and the rows of the batch,
/// of the group that it changes, and of the batch's deletion after two days.
pub const BATCH: Cost = Cost { object_calls: 1, rows_written: 3, rows_read: 2, ..Cost::ZERO };

/// An attempt to deliver a message: the request, and the rows of the outbox, of the incident, of
/// the message that is not needed any more, and of what was done.
pub const DELIVERY: Cost = Cost { subrequests: 1, rows_written: 4, ..Cost::ZERO };

/// A message to a subscriber. The rows of a whole batch are few, and are counted when they are
/// written.
pub const NOTICE: Cost = Cost { subrequests: 1, ..Cost::ZERO };

/// A report of a job: the call, and the rows as of a batch.
pub const HEARTBEAT: Cost = Cost { object_calls: 1, rows_written: 3, rows_read: 2, ..Cost::ZERO };

/// The round of each minute: the call, the question for standing orders, the row of the alarm, and
/// the call of the URL that notices when it is not called.
pub const ROUND: Cost = Cost { object_calls: 2, rows_written: 1, subrequests: 1, ..Cost::ZERO };

/// The history of what is published, in an hour: the row of its day and one that goes some day, and
/// in each round three days, which are read if the object was put away before.
pub(super) const HISTORY: Cost = Cost { rows_written: 2, rows_read: 3 * ROUNDS, ..Cost::ZERO };

/// What a round writes where it is published what no check says: the row of the hour that runs.
pub(super) const ROUND_COUNTS: Cost = Cost { rows_written: 1, rows_read: 1, ..Cost::ZERO };

/// What a round writes of objectives, and reads if the object was put away before: the row of the
/// minutes, and for reading that of the hours.
pub(super) const ROUND_OBJECTIVES: Cost = Cost { rows_written: 1, rows_read: 2, ..Cost::ZERO };

/// A row of objectives that is written besides: the hours, once an hour, or what a check found.
pub(super) const OBJECTIVE_ROW: Cost = Cost { rows_written: 1, ..Cost::ZERO };

/// What a check costs at a place, beside its batch.
pub fn probe(check: &Check, place: &str) -> Cost {
    let requests = u32::try_from(check.requests_max(place)).unwrap_or(u32::MAX);
    match &check.traffic {
        Some(TrafficSource::Upstream(_) | TrafficSource::Dependency(_)) if place == TRAFFIC => CALL,
        Some(_) | None => Cost { subrequests: requests, ..Cost::ZERO },
    }
}

/// How important it is that a check is made.
pub const fn importance_of(severity: Severity) -> Importance {
    match severity {
        Severity::P0 => Importance::Critical,
        Severity::P1 => Importance::High,
        Severity::P2 => Importance::Normal,
        Severity::P3 => Importance::Low,
    }
}

/// How often something of this interval happens in an hour, rounded up.
pub(super) fn an_hour(every: Millis) -> u32 {
    let times = HOUR.get().div_ceil(every.get().max(1));
    u32::try_from(times).unwrap_or(u32::MAX)
}
