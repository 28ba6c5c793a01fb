//! What the site's object keeps in SQLite.

use breakwater_core::cache::snapshot::TOLD_KEPT_MAX;
use breakwater_core::site::operator::EVENTS_MAX;
use breakwater_platform::object::Journal;

/// The value that holds the standing orders.
pub(super) const STANDING: &str = "standing";
/// The value that holds the maintenance that recurs.
pub(super) const SCHEDULE: &str = "schedule";
/// The same, where it cannot be read.
pub(super) const SCHEDULE_UNREAD: &str = "schedule-unread";
/// The value that holds what is left of the budget for snapshots.
pub(super) const LEDGER: &str = "ledger";
/// The value that holds what was done, for the metrics.
pub(super) const WORK: &str = "work";
/// The value that holds how far the status page's copies have got.
pub(super) const MIRROR: &str = "mirror";
/// What operators did.
pub(super) const EVENTS: Journal = Journal { table: "events", rows_max: EVENTS_MAX };
/// What isolates told of pages, until the manifest has it.
pub(super) const SIGHTINGS: Journal = Journal { table: "sightings", rows_max: TOLD_KEPT_MAX };
/// All journals of the object.
pub(super) const JOURNALS: [Journal; 2] = [EVENTS, SIGHTINGS];
