//! What the site's work costs without any visitor, and how much it may cost.
//!
//! Each object that alarms or rounds wake has a budget of an hour
//! ([`base::budget`](crate::base::budget)): some times what the site file plans for it, so that
//! confirmations, retries and incidents have room, and never less than a floor. What the plan comes
//! to in a month is what `doctor` prints.

mod batch;
mod plan;
mod planned;
mod price;
mod refreshes;
mod report;
mod work;

pub use plan::{
    copies_plan, mirror_plan, mirror_push, monitor_budget, monitor_plan, snapshots_budget,
    snapshots_plan,
};
pub use planned::{
    PlannedObject, PlannedWork, circuit_plan, dependency_plan, site_budgets, site_plan,
};
pub use price::{Allowance, Billed, Dollars, EMAILS_INCLUDED, Usage, price_of_emails, priced};
pub use report::{
    BudgetLine, DearCheck, EmailLine, FreeFit, FreeLine, PriceLine, PriceReport, PriceWarning,
};
pub use work::{BATCH, CALL, DELIVERY, HEARTBEAT, NOTICE, ROUND, WAKING, importance_of, probe};
