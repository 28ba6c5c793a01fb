//! Work whose cost is bounded: what the platform bills or limits, how much of it an object may use
//! in an hour, and what it has used.
//!
//! An object that is woken by alarms, retries and polls can spend any amount without a visitor
//! being there. Each such object has an [`HourlyBudget`], and draws from it before it works. The
//! budget is a token bucket for each resource: it holds half of the hour's amount and is refilled
//! with the other half within an hour, so that no span of an hour, wherever it begins, sees more
//! than the whole (J. Turner, "New Directions in Communications", 1986, for the bucket). When it
//! runs low, work of little importance waits first.

mod cost;
mod headroom;
mod ledger;

pub use cost::{Cost, Resource};
pub use headroom::Headroom;
pub use ledger::{Draw, HourlyBudget, Importance, Ledger, Occasion, StoredLedger};
