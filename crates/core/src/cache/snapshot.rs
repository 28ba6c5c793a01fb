//! Snapshots: last-known-good copies of listed paths, in a bucket that every colo reads.
//!
//! A colo's cache is empty exactly when a visitor arrives there first during an outage. So the
//! paths that `[[snapshots]]` names are fetched on a schedule, judged, and stored in the bucket.
//!
//! One [`Keeper`] per site decides what is fetched and what becomes of it. It lives where events
//! come one at a time (a Durable Object). Each minute it makes a round: the [`plan`] says which
//! paths are due, a bounded number of them are fetched at once, [`judge`](judge::judge) says
//! whether an answer may replace the last good one, and the [`Manifest`] is published. Paths come
//! from the file, from sitemaps ([`sitemap`]), from public traffic ([`Discoveries`]), and what a
//! page needs to be readable from the page ([`assets`]).
//!
//! When the ladder reaches the rung of snapshots, the isolate reads the manifest, and then one
//! object of the bucket. An object is stored under the [`key`] of its path, and holds the time at
//! which it was made and the fields that belong to it ([`Head`]). Each path has one object, which
//! is written whole or not at all. So a body never stands beside the fields of another one, and no
//! part is left over.

pub mod assets;
mod coverage;
mod discovered;
mod head;
pub mod judge;
mod keeper;
pub mod key;
mod manifest;
mod markup;
pub mod plan;
mod rule;
mod site;
pub mod sitemap;
pub(crate) mod tags;

pub use coverage::{Coverage, OVERDUE_AFTER};
pub use discovered::{Discovered, Discoveries, TOLD_KEPT_MAX};
pub use head::{FIELDS, HEAD_MAX, Head, HeadError};
pub use judge::{Fetched, Good, Why};
pub use keeper::{
    Job, JobEnd, Judged, Keeper, NextJob, RoundTally, SETTLE_TICK, SETTLE_TICKS_MAX, Task,
};
pub use manifest::{
    Entry, FoundSnapshot, Hash, Manifest, ManifestCache, ManifestError, NamedBy, NotWritten,
    Refusal, SitemapSource, StoredSnapshot, servable_for,
};
pub use plan::{PlatformPlan, RoundLimits};
pub use rule::{
    ASSET_EVERY, EVERY_MAX, EVERY_MIN, MAX_AGE_DEFAULT, MAX_AGE_MAX, MAX_BYTES_DEFAULT,
    MAX_BYTES_MAX, MAX_BYTES_MIN, MAX_DEFAULT, MIN_SHARE_DEFAULT, PAGES_MAX, RULES_MAX, RulesError,
    SnapshotRule, SnapshotRules,
};
pub use site::SnapshotSite;
