//! What an answer's status says about keeping it.

use super::lifetime::Lifetime;
use crate::cache::rules::CopyRules;

/// The kinds of statuses that copies are made of. There is none for what only a part or a condition
/// explains, nor for what speaks of who asked, or how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The page, or where it is for good.
    Page,
    /// What speaks of the page, and may be otherwise soon or for somebody else.
    Passing,
    /// An error, of a status that is understood: it would outlive its cause, or another visitor's
    /// request may have brought it about.
    Error,
    /// A status that nobody has defined, which is taken for the first of its class (RFC 9110 §15).
    Unknown,
}

impl End {
    pub(super) const fn of(status: u16) -> Option<Self> {
        match status {
            200 | 203 | 301 | 308 => Some(Self::Page),
            204 | 300 | 302 | 303 | 307 | 404 | 405 | 410 | 414 => Some(Self::Passing),
            400 | 451 | 500..=508 => Some(Self::Error),
            209..=225 | 227..=299 | 452..=499 | 512..=599 => Some(Self::Unknown),
            _ => None,
        }
    }

    /// Whether it is kept at all. What may pass is kept only with a lifetime of its own, and errors
    /// only where the route wants that besides.
    pub(super) fn is_kept(self, rules: CopyRules<'_>, lifetime: Lifetime) -> bool {
        match self {
            Self::Page => true,
            Self::Passing => rules.caches && lifetime.is_explicit,
            Self::Error | Self::Unknown => {
                rules.caches && lifetime.is_explicit && rules.negative_ttl.is_some()
            }
        }
    }

    /// Whether it is no good copy: it serves only while fresh, and takes no good one's place.
    pub(super) const fn is_error(self) -> bool {
        matches!(self, Self::Error | Self::Unknown)
    }

    pub(super) const fn is_understood(self) -> bool {
        !matches!(self, Self::Unknown)
    }
}
