//! What a route of the site wants of stored answers.

use alloc::string::String;

use crate::base::time::Millis;

/// What a route wants of copies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CopyRules<'a> {
    /// Fresh copies answer in the upstream's place.
    pub caches: bool,
    /// Copies up to this much past their freshness answer when the upstream fails.
    pub stale_if_error: Option<Millis>,
    /// Errors that name a lifetime of their own answer in the upstream's place for as long, and no
    /// longer than this; without it no error is kept.
    pub negative_ttl: Option<Millis>,
    /// Answers belong to one visitor: there are no copies.
    pub is_private: bool,
    /// Request fields that may reach the upstream though no key holds them, in lower case.
    pub unkeyed: &'a [String],
}

impl CopyRules<'_> {
    /// Whether there are copies at all.
    pub const fn keeps(&self) -> bool {
        (self.caches || self.stale_if_error.is_some()) && !self.is_private
    }
}
