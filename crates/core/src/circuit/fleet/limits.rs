//! How much of a circuit is kept and lent.

/// Transitions that a coordinator keeps: months of a healthy upstream, a day of one that flaps.
pub const TRANSITIONS_KEPT_MAX: u32 = 1_000;
/// Probes that a coordinator keeps: those of a day, at one each minute.
pub const PROBES_KEPT_MAX: u32 = 1_440;
/// Operators' orders that a coordinator keeps: years of them, or an hour of a script that runs
/// wild.
pub const ORDERS_KEPT_MAX: u32 = 1_000;
/// Rows of each of these that operators are shown.
pub const ROWS_SHOWN_MAX: u32 = 20;
/// Rows of each journal that the history of one circuit shows, the newest first.
pub const HISTORY_SHOWN_MAX: u32 = 100;
/// Permits that a replica lends to other parts of its isolate at once. Beyond it the oldest is
/// taken back: a round of snapshots fetches far fewer pages at the same time.
pub const LENT_PERMITS_MAX: usize = 100;
