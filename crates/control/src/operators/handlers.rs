//! What each operation of the API does, a file each.

pub(super) mod lift_bypass;
pub(super) mod lift_maintenance;
pub(super) mod order_maintenance;
pub(super) mod purge;
pub(super) mod set_bypass;
pub(super) mod set_override;
pub(super) mod show_bypass;
pub(super) mod show_events;
pub(super) mod show_maintenance;
pub(super) mod show_snapshots;
pub(super) mod show_upstreams;
