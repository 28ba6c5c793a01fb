//! Says before an outage what would survive it: for each URL its route, its circuit, whether a copy
//! of it is kept or why not, for how long the copy would serve, and for whom.
//!
//! A [`SiteWalk`] says what to fetch, at a polite rate, takes the answers, and finds in them what
//! the pages load, where they redirect to and, for a whole site, which pages there are. The very
//! functions that decide for visitors decide here what is kept: [`storing`] for copies, and
//! [`judge`] for snapshots. So the answers here are those of the product, as long as the upstream
//! answers visitors as it answers this walk.
//!
//! All of this runs on the operator's machine, never in the Worker.
//!
//! [`storing`]: crate::cache::storing::storing
//! [`judge`]: crate::cache::snapshot::judge::judge

mod loads;
mod report;
mod verdict;
mod walk;

pub use report::{Explained, ExplainedRedirect, RedirectTarget, Survival, SurvivalAudience};
pub use report::{ReasonCount, WalkSummary};
pub use verdict::{SURVIVES_FROM, WalkAnswer};
pub use walk::{
    SiteWalk, WALK_BODY_MAX, WALK_CONCURRENT_MAX, WALK_EVERY, WALK_LOADS_MAX, WALK_PAGES_MAX,
    WalkOptions, WalkRequest, WalkStep,
};
