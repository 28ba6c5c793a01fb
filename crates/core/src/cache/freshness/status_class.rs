//! What an answer's status says about keeping it.

use super::lifetime::Lifetime;
use crate::cache::rules::StoreRules;

/// The class of a status, by how an answer with it may be stored. Statuses that describe a part or
/// a condition (206, 304, 412) have no class, and neither have those that depend on the visitor or
/// on the form of the request (401, 403, 429).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StatusClass {
    /// The page, or where it is for good.
    Page,
    /// What speaks of the page, and may be otherwise soon or for somebody else.
    Passing,
    /// An error, of a status that is understood: it would outlive its cause, or another visitor's
    /// request may have brought it about.
    Error,
    /// A status that no standard defines, which is taken for the first of its class (RFC 9110 §15).
    Unknown,
}

impl StatusClass {
    pub(super) const fn of(status: u16) -> Option<Self> {
        match status {
            200 | 203 | 301 | 308 => Some(Self::Page),
            204 | 300 | 302 | 303 | 307 | 404 | 405 | 410 | 414 => Some(Self::Passing),
            400 | 451 | 500..=508 => Some(Self::Error),
            209..=225 | 227..=299 | 452..=499 | 512..=599 => Some(Self::Unknown),
            _ => None,
        }
    }

    /// Whether an answer of this class is stored at all. One that may pass is stored only with a
    /// lifetime of its own, and an error only where the route asks for that besides.
    pub(super) fn is_kept(self, rules: StoreRules<'_>, lifetime: Lifetime) -> bool {
        match self {
            Self::Page => true,
            Self::Passing => rules.caches && lifetime.is_explicit,
            Self::Error | Self::Unknown => {
                rules.caches && lifetime.is_explicit && rules.negative_ttl.is_some()
            }
        }
    }

    /// Whether it is no good stored response: it serves only while fresh, and takes no good one's
    /// place.
    pub(super) const fn is_error(self) -> bool {
        matches!(self, Self::Error | Self::Unknown)
    }

    pub(super) const fn is_understood(self) -> bool {
        !matches!(self, Self::Unknown)
    }
}
