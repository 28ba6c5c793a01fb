//! The operators' API: which operation stands at which path and method.

mod find;
mod operation;
mod path;
mod schema;
mod table;

use core::fmt;

pub use self::find::{FoundEndpoint, NamedByPath, Unanswerable, find};
pub use self::operation::Operation;
pub use self::path::Placeholder;
pub(super) use self::path::places;
pub(super) use self::schema::member_schema;
pub use self::schema::object_schema;
pub use self::table::API;
pub(super) use self::table::{AS_IN_THE_FILE, REASON};

use crate::site::access::Rank;

/// Names that an error tells. Of more, it tells how many there are.
const NAMES_TOLD: usize = 50;

/// Whether an operation changes anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// It only shows something.
    Read,
    /// It changes something: a browser has to confirm that its operator means it.
    Write,
    /// It begins or ends the session of the one who asks, and changes nothing else. A browser has
    /// to confirm that too.
    Session,
}

impl Access {
    /// Whether it suffices that a session lasted a moment ago.
    pub const fn trusts_what_was_known(self) -> bool {
        match self {
            Self::Read => true,
            Self::Write | Self::Session => false,
        }
    }
}

/// Who may ask for an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Everyone: what proves who asks is a part of what is asked.
    Anyone,
    /// Operators of this rank, or of a higher one.
    Operator(Rank),
    /// A job, which shows the token of its own check. No other token will do, and it opens nothing
    /// else.
    Heartbeat,
}

/// A line of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// The operation.
    pub operation: Operation,
    /// Its method; [`methods`](Self::methods) says which go with it.
    pub method: &'static str,
    /// Its path, in which each [`Placeholder`] is one segment.
    pub path: &'static str,
    /// Whether it changes anything.
    pub access: Access,
    /// Who may ask for it.
    pub role: Role,
    /// What it does, in a sentence or two.
    pub about: &'static str,
    /// The members of the JSON object that it takes; none for one that takes no such body.
    pub body: &'static [Member],
    /// The members of the JSON object that a 200 has.
    pub answer: &'static [Member],
    /// The statuses of its own errors, beside those of every operation.
    pub errors: &'static [u16],
}

/// A member of a JSON object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its key.
    pub name: &'static str,
    /// What its value looks like.
    pub form: ValueForm,
    /// Whether it has to be there.
    pub required: bool,
    /// What it means, in a sentence.
    pub about: &'static str,
}

/// What a JSON value looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueForm {
    /// A text.
    Text,
    /// A span such as `30m`.
    Duration,
    /// A time such as `2026-12-24T20:00:00Z`.
    Time,
    /// A pattern of paths such as `/products/*`.
    Pattern,
    /// What circuits are to do.
    Override,
    /// How much an incident matters.
    Severity,
    /// How far people are with an incident that is not over.
    OpenState,
    /// Whether something is so.
    Flag,
    /// A whole number.
    Count,
    /// An array of objects.
    List,
    /// An array of texts.
    Texts,
    /// An object.
    Object,
    /// An object whose keys are the names of components, and whose values are texts.
    Impacts,
}

impl Endpoint {
    /// The methods that it takes: `HEAD` goes with `GET`. A report is taken by all three, since
    /// many schedulers can do nothing but fetch a URL.
    pub fn methods(&self) -> impl Iterator<Item = &'static str> + use<> {
        let also: &[&str] = match (self.role, self.method) {
            (Role::Heartbeat, _) => &["GET", "HEAD"],
            (Role::Anyone | Role::Operator(_), "GET") => &["HEAD"],
            (Role::Anyone | Role::Operator(_), _) => &[],
        };
        core::iter::once(self.method).chain(also.iter().copied())
    }
}

impl Role {
    /// Who may ask for what stands at a path, whether or not there is such a check.
    pub fn at(path: &str) -> Self {
        let endpoint = API.iter().find(|endpoint| path::matches(endpoint.path, path));
        endpoint.map_or(Self::Operator(Rank::Viewer), |endpoint| endpoint.role)
    }

    /// What is told to those who do not show the token.
    pub const fn asks_for(self) -> &'static str {
        match self {
            Self::Anyone | Self::Operator(_) => {
                "send `Authorization: Bearer` with an operators' token, or the cookie of a session"
            }
            Self::Heartbeat => "send `Authorization: Bearer` with the token of this heartbeat",
        }
    }
}

/// The paths of the table, each once.
fn paths() -> impl Iterator<Item = &'static str> {
    let is_first = |at: usize| at == 0 || API[at - 1].path != API[at].path;
    API.iter().enumerate().filter(move |(at, _)| is_first(*at)).map(|(_, endpoint)| endpoint.path)
}

/// `, expected one of …`: what else there is.
pub(super) fn write_names<'a>(
    f: &mut fmt::Formatter<'_>,
    mut names: impl Iterator<Item = &'a str>,
) -> fmt::Result {
    for (i, name) in names.by_ref().take(NAMES_TOLD).enumerate() {
        let separator = if i == 0 { ", expected one of" } else { "," };
        write!(f, "{separator} `{name}`")?;
    }
    match names.count() {
        0 => Ok(()),
        more => write!(f, " and {more} more"),
    }
}

#[cfg(test)]
mod tests;
