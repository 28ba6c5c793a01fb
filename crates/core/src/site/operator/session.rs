//! Sessions: a browser exchanges a token once for a cookie, and the token is in no page after that.
//!
//! The cookie holds a random id and a tag, which is made of the id with the token that the session
//! came from. A forged cookie is so refused without asking the site's object, and a session ends
//! with its token: once the secret has another value, no tag fits any more. The object keeps a
//! digest of the id, by which no one can log in.

mod cache;
mod cookie;
mod list;
mod ticket;

use alloc::string::String;

use serde::{Deserialize, Serialize};

pub use cache::{SESSION_CACHED_FOR, SESSIONS_CACHED_MAX, SessionCache};
pub use cookie::{SESSION_COOKIES, clear_session_cookie, session_cookie, set_session_cookie};
pub use list::{OperatorSessions, SESSIONS_MAX, SessionLookup, TooManySessions};
pub use ticket::{SESSION_ID_BYTES, SessionHash, SessionTicket};

use super::{Operator, OperatorIdentity, OperatorProof};
use crate::base::cut::cut;
use crate::base::stored::StoredForm;
use crate::base::time::{Millis, Timestamp};
use crate::site::access::Rank;

/// How long a session lasts at most, in milliseconds: 8 h, a working day.
pub const SESSION_LIFE: Millis = Millis::from_secs(8 * 3600);
/// How long a session lasts while it is not used, in milliseconds: an hour.
pub const SESSION_IDLE: Millis = Millis::from_secs(3600);
/// How old the time of the last use becomes before a newer one is stored, in milliseconds: 5 min.
/// A session in use costs a row so often.
pub const SESSION_RENEWAL: Millis = Millis::from_secs(300);
/// The most bytes that are kept of `User-Agent`, by which operators tell their sessions apart.
pub const USER_AGENT_MAX: usize = 160;

/// A session of an operator's browser. When it ends is no part of it: that is policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatorSession {
    /// What it may do.
    pub rank: Rank,
    /// Whose it is.
    pub by: Operator,
    /// When it began.
    pub created: Timestamp,
    /// When it was used last, as far as that is known.
    pub seen: Timestamp,
    /// What the browser calls itself, cut.
    pub user_agent: String,
}

impl OperatorSession {
    /// A session that begins at `now`, for the holder of a rank's token.
    pub fn new(rank: Rank, user_agent: &str, now: Timestamp) -> Self {
        let printable = |c: &char| !c.is_control();
        let mut user_agent: String =
            user_agent.chars().filter(printable).take(USER_AGENT_MAX + 1).collect();
        cut(&mut user_agent, USER_AGENT_MAX);
        Self { rank, by: Operator::of_token(rank), created: now, seen: now, user_agent }
    }

    /// When it ends at the latest.
    pub fn expires_at(&self) -> Timestamp {
        self.created + SESSION_LIFE
    }

    /// When it ends if it is not used.
    pub fn idle_at(&self) -> Timestamp {
        (self.seen + SESSION_IDLE).min(self.expires_at())
    }

    /// Whether it has not ended by itself.
    pub fn is_valid(&self, now: Timestamp) -> bool {
        now < self.idle_at()
    }

    /// The operator who shows the cookie of this session.
    pub fn identity(&self, hash: SessionHash) -> OperatorIdentity {
        let (expires_at, idle_at) = (self.expires_at(), self.idle_at());
        OperatorIdentity {
            rank: self.rank,
            by: self.by.clone(),
            proof: OperatorProof::Session { hash, expires_at, idle_at },
        }
    }
}

impl StoredForm for OperatorSession {
    const VERSION: u32 = 1;
    const NAME: &'static str = "session";
    const NOUN: &'static str = "session";
}

#[cfg(test)]
mod tests;
