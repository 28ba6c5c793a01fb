//! The paths of the table, and what stands in their places.

use crate::watch::subscription::SubscriberId;

/// A segment of a path in the table that stands for something of the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placeholder {
    /// `{upstream}`: the name of an upstream.
    Upstream,
    /// `{check}`: the name of a check.
    Check,
    /// `{heartbeat}`: the name of a check whose job reports by itself.
    Heartbeat,
    /// `{incident}`: the id of an incident.
    Incident,
    /// `{session}`: the name of a session.
    Session,
    /// `{subscriber}`: the id of a subscriber.
    Subscriber,
    /// `{code}`: the code with which a job has ended, a whole number.
    Code,
}

impl Placeholder {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Upstream,
        Self::Check,
        Self::Heartbeat,
        Self::Incident,
        Self::Session,
        Self::Subscriber,
        Self::Code,
    ];

    /// What stands between the braces, which is also what a person calls it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Upstream => "upstream",
            Self::Check => "check",
            Self::Heartbeat => "heartbeat",
            Self::Incident => "incident",
            Self::Session => "session",
            Self::Subscriber => "subscriber",
            Self::Code => "code",
        }
    }

    /// What stands in its place, in a sentence.
    pub const fn about(self) -> &'static str {
        match self {
            Self::Upstream => "An upstream of the site file.",
            Self::Check => "A check of the site file.",
            Self::Heartbeat => "A check of the site file whose kind is `heartbeat`.",
            Self::Incident => "The id of an incident.",
            Self::Session => "The name of a session.",
            Self::Subscriber => "The id of a subscriber: a letter and 32 hexadecimal digits.",
            Self::Code => "A whole number below 2^32.",
        }
    }

    /// The placeholder that a segment of a path in the table is, if it is one.
    pub(super) fn of(segment: &str) -> Option<Self> {
        let name = segment.strip_prefix('{')?.strip_suffix('}')?;
        Self::ALL.into_iter().find(|placeholder| placeholder.as_str() == name)
    }

    /// Whether a segment may stand in its place. Names are looked up later, so that one that is
    /// not known is told those that are.
    fn takes(self, segment: &str) -> bool {
        match self {
            Self::Upstream | Self::Check | Self::Heartbeat | Self::Incident | Self::Session => true,
            Self::Subscriber => SubscriberId::parse(segment).is_some(),
            Self::Code => code(segment).is_some(),
        }
    }
}

/// The number that a segment is.
pub(super) fn code(segment: &str) -> Option<u32> {
    let is_number = !segment.is_empty() && segment.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { segment.parse().ok() } else { None }
}

/// Whether a path has the form of one in the table.
pub(super) fn matches(pattern: &str, path: &str) -> bool {
    let (mut wanted, mut given) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return true,
            (Some(wanted), Some(given)) => {
                let fits = Placeholder::of(wanted).map_or(wanted == given, |it| it.takes(given));
                if !fits {
                    return false;
                }
            }
            (Some(_), None) | (None, Some(_)) => return false,
        }
    }
}

/// What stands in the places of a path that has the form of `pattern`.
pub(in crate::site::operator) fn places<'a>(
    pattern: &'a str,
    path: &'a str,
) -> impl Iterator<Item = (Placeholder, &'a str)> {
    let segments = pattern.split('/').zip(path.split('/'));
    segments.filter_map(|(wanted, given)| Some((Placeholder::of(wanted)?, given)))
}
