//! A copy of the public status in a second place, for when the first one is down with everything
//! else: plain files in storage that is compatible with S3, or in a bucket of the platform's.
//!
//! The files link to each other relatively, so they work below any address. What is not among them,
//! such as subscriptions and the months of the past, is linked to where it is served.

mod export;
mod links;
mod progress;

use alloc::string::String;

use serde::{Deserialize, Serialize};

pub use export::{MIRROR_INCIDENTS_MAX, MirrorObject, exported, fingerprint, key_of};
pub use links::{MIRROR_BASE, relative_links};
pub use progress::{
    MIRROR_PUSH_WITHIN, MIRROR_PUT_WITHIN, MIRROR_PUTS_MAX, MirrorError, MirrorEvent,
    MirrorProgress, MirrorTurn, TargetProgress,
};

use crate::base::secret_name::SecretName;
use crate::base::time::Millis;

/// The key `mirror` of `[status]`. There is at least one target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mirror {
    /// Storage that is compatible with S3.
    #[serde(default)]
    pub storage: Option<MirrorStorage>,
    /// The Worker's binding of an R2 bucket.
    #[serde(default)]
    pub bucket: Option<String>,
    /// How often the copy is renewed, at least.
    pub every: Millis,
}

/// Storage that is compatible with S3.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MirrorStorage {
    /// Where the files are put: the bucket's URL and a prefix, with a slash at its end.
    pub url: String,
    /// The region that requests are signed for.
    pub region: String,
    /// The secret that has the id of the access key.
    pub access_key: SecretName,
    /// The secret that has the key itself.
    pub secret_key: SecretName,
}

/// A place that is written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MirrorTarget<'a> {
    /// Storage that is compatible with S3.
    Storage(&'a MirrorStorage),
    /// A bucket of the platform's, by its binding.
    Bucket(&'a str),
}

impl MirrorTarget<'_> {
    /// What events and stored forms call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Storage(_) => "storage",
            Self::Bucket(_) => "bucket",
        }
    }
}

impl Mirror {
    /// The places that are written to.
    pub fn targets(&self) -> impl Iterator<Item = MirrorTarget<'_>> {
        let storage = self.storage.as_ref().map(MirrorTarget::Storage);
        storage.into_iter().chain(self.bucket.as_deref().map(MirrorTarget::Bucket))
    }
}
