//! Where a copy of the public status is kept, for when the first place is down.

use alloc::string::String;

use serde::{Deserialize, Serialize};

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
