//! Whether an answer may be stored, as far as its status decides it.

use crate::cache::rules::StoreRules;

/// The class of a status, by how an answer with it may be stored. Statuses that describe a part or
/// a condition (206, 304, 412) have no class, and neither have those that depend on the visitor or
/// on the form of the request (401, 403, 429).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StatusClass {
    /// The page itself, or a permanent redirect to it.
    Page,
    /// An answer about the page, such as a redirect or an absence, that may soon be different, or
    /// is different for another visitor.
    Passing,
    /// An error whose status is understood. A stored error would outlive its cause, and another
    /// visitor's request may have caused it.
    Error,
    /// A status that no standard defines. It is treated as the `x00` status of its class (RFC 9110
    /// §15).
    Unknown,
}

impl StatusClass {
    /// The class of this status, if it is stored at all.
    pub(crate) const fn of(status: u16) -> Option<Self> {
        match status {
            200 | 203 | 301 | 308 => Some(Self::Page),
            204 | 300 | 302 | 303 | 307 | 404 | 405 | 410 | 414 => Some(Self::Passing),
            400 | 451 | 500..=508 => Some(Self::Error),
            209..=225 | 227..=299 | 452..=499 | 512..=599 => Some(Self::Unknown),
            _ => None,
        }
    }

    /// Whether an answer of this class is stored at all. A passing answer is stored only if it
    /// names a lifetime, and an error only if the route asks for it besides.
    pub(crate) fn is_kept(self, rules: StoreRules<'_>, names_lifetime: bool) -> bool {
        match self {
            Self::Page => true,
            Self::Passing => rules.caches && names_lifetime,
            Self::Error | Self::Unknown => {
                rules.caches && names_lifetime && rules.negative_ttl.is_some()
            }
        }
    }

    /// Whether a stored response of this class is an error: it is served only while fresh, and
    /// never replaces a good one.
    pub(crate) const fn is_error(self) -> bool {
        matches!(self, Self::Error | Self::Unknown)
    }

    /// Whether a standard defines the status.
    pub(crate) const fn is_understood(self) -> bool {
        !matches!(self, Self::Unknown)
    }

    /// Whether an answer with this status is an error; one that is never stored is none here.
    pub(crate) fn says_error(status: u16) -> bool {
        Self::of(status).is_some_and(Self::is_error)
    }
}
