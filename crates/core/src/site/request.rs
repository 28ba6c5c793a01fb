//! A visitor's request, from its facts to its plan.
//!
//! The drawing in `docs/architecture.md` names the phases. [`plan()`] decides those in which
//! nothing is awaited: OWNER, GUARD, ORDERS, and whether CACHE and LADDER are open to the visitor.
//! The shell carries the plan out: it makes the calls as
//! [`Attempts`](crate::site::degrade::Attempts) says, and answers from the rung that the
//! [`Ladder`](crate::site::degrade::Ladder) names.

mod after;
mod outgoing;
mod plan;

pub use after::{
    Absent, After, Asker, Finished, Validated, Validating, WholeBody, absent, after, forwarded,
    is_noted, is_young, may_refresh, reads_whole, unserved,
};
pub use outgoing::Shape;
pub use plan::{Context, Facts, Plan, Way, plan};

/// Upstream calls of an isolate that the JavaScript entry may await at the same time. Beyond that
/// number the oldest is forgotten: its event must have been cut short, since an isolate's memory
/// does not suffice for as many calls.
pub const TICKETS_MAX: usize = 10_000;
