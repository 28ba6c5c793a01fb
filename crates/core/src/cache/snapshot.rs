//! Snapshots: last-known-good copies of listed paths, in a bucket that every colo reads.
//!
//! A colo's cache is empty exactly when a visitor arrives there first during an outage. So the
//! paths that `[[snapshots]]` name are fetched on a schedule, judged, and kept.
//!
//! One [`Keeper`] per site decides what is fetched and what becomes of it. It lives where events
//! come one at a time (a Durable Object). Each minute it makes a round: the [`plan`] says which
//! paths are due, a bounded number of them are fetched at once, [`judge`](judge::judge) says
//! whether an answer may replace the last good one, and the [`Manifest`] is published. Paths come
//! from the file, from sitemaps ([`sitemap`]), from public traffic ([`Discoveries`]), and what a
//! page needs to be readable from the page ([`assets`]).
//!
//! Isolates read the manifest where the ladder comes to the snapshot's rung, and then one object
//! of the bucket. An object stands under its path's [`key`], and says itself when it was made and
//! which fields belong to it ([`Head`]): a path has one object, written whole or not at all, so
//! that nothing is ever torn and nothing is left over.

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

pub use coverage::{Coverage, OVERDUE_AFTER};
pub use discovered::{Discovered, Discoveries, TOLD_KEPT_MAX};
pub use head::{FIELDS, HEAD_MAX, Head, HeadError};
pub use judge::{Fetched, Good, Why};
pub use keeper::{Job, JobEnd, Judged, Keeper, NextJob, RoundTally, Task};
pub use manifest::{
    Entry, FoundSnapshot, Hash, Manifest, ManifestCache, ManifestError, NamedBy, Refusal,
    SitemapSource, StoredSnapshot, servable_for,
};
pub use plan::{PlatformPlan, RoundLimits};
pub use rule::{
    ASSET_EVERY, EVERY_MAX, EVERY_MIN, MAX_AGE_DEFAULT, MAX_AGE_MAX, MAX_BYTES_DEFAULT,
    MAX_BYTES_MAX, MAX_BYTES_MIN, MAX_DEFAULT, MIN_SHARE_DEFAULT, PAGES_MAX, RULES_MAX, Rule,
    Rules, RulesError,
};
pub use site::SnapshotSite;
