//! What the site's work costs without any visitor, and how much it may cost.
//!
//! Each object that alarms or rounds wake has a budget of an hour ([`base::budget`](crate::base)):
//! some times what the site file plans for it, so that confirmations, retries and incidents have
//! room, and never less than a floor. What the plan comes to in a month is what `doctor` prints.

mod plan;
mod work;

pub use plan::{monitor_budget, monitor_plan, snapshots_budget, snapshots_plan};
pub use work::{BATCH, DELIVERY, HEARTBEAT, ROUND, WAKING, importance_of, probe};
