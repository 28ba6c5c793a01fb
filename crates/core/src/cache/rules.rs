//! The settings of a route for stored responses.

use alloc::string::String;

use crate::base::time::Millis;

/// What a route wants of stored responses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StoreRules<'a> {
    /// Fresh stored responses answer in the upstream's place.
    pub caches: bool,
    /// Stored responses up to this much past their freshness answer when the upstream fails.
    pub stale_if_error: Option<Millis>,
    /// Errors that name a lifetime of their own answer in the upstream's place for as long, and no
    /// longer than this; without it no error is stored.
    pub negative_ttl: Option<Millis>,
    /// Answers belong to one visitor: there are no stored responses.
    pub is_private: bool,
    /// Request fields that may reach the upstream though no key holds them, in lower case.
    pub unkeyed: &'a [String],
    /// The route's `stale_if_error` holds whatever an answer's `Cache-Control` says of stale use.
    /// The site's operator vouches for it (RFC 9111 §4.2.4: "configuration in accordance with an
    /// out-of-band contract"). What is another visitor's is not stored nevertheless.
    pub overrides: bool,
}

impl StoreRules<'_> {
    /// Whether there are stored responses at all.
    pub const fn stores(&self) -> bool {
        (self.caches || self.stale_if_error.is_some()) && !self.is_private
    }
}
