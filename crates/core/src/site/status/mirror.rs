//! A copy of the public status in a second place, for when the first one is down with everything
//! else: plain files in storage that is compatible with S3, or in a bucket of the platform's.
//!
//! The files link to each other relatively, so they work below any address. What is not among them,
//! such as subscriptions and the months of the past, is linked to where it is served.

mod export;
mod links;
mod progress;

pub use export::{MIRROR_INCIDENTS_MAX, MirrorObject, exported, fingerprint, key_of};
pub use links::{MIRROR_BASE, relative_links};
pub use progress::{
    MIRROR_PUSH_WITHIN, MIRROR_PUT_WITHIN, MIRROR_PUTS_MAX, MirrorError, MirrorEvent,
    MirrorProgress, MirrorTurn, TargetProgress,
};
