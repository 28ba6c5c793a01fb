//! The sessions that an isolate has asked about lately.

use alloc::collections::VecDeque;

use super::{OperatorSession, SessionHash};
use crate::base::time::{Millis, Timestamp};

/// How long an isolate believes that a session lasts, in milliseconds: 10 s. A console that reads
/// several things at once costs one question; a session that has ended elsewhere can read for so
/// long. Whatever changes something is asked about each time.
pub const SESSION_CACHED_FOR: Millis = Millis::from_secs(10);
/// The largest number of sessions that an isolate remembers.
pub const SESSIONS_CACHED_MAX: usize = 32;

/// The sessions that lasted when the site's object was asked, the oldest answer first.
#[derive(Clone, Debug, Default)]
pub struct SessionCache {
    known: VecDeque<(SessionHash, OperatorSession, Timestamp)>,
    /// Those that ended here last, at most [`SESSIONS_CACHED_MAX`]: an answer that was under way
    /// meanwhile says that they last.
    ended: VecDeque<SessionHash>,
}

impl SessionCache {
    /// The session, if it lasted a moment ago and has not ended by itself since.
    pub fn find(&mut self, hash: &SessionHash, now: Timestamp) -> Option<&OperatorSession> {
        // What a clock that was set back would keep for longer is forgotten.
        self.known.retain(|(_, _, at)| *at <= now && now.since(*at) < SESSION_CACHED_FOR);
        let known = self.known.iter().find(|(known, ..)| known == hash);
        known.map(|(_, session, _)| session).filter(|session| session.is_valid(now))
    }

    /// Remembers that a session lasted when it was asked about at `asked`.
    pub fn remember(&mut self, hash: SessionHash, session: OperatorSession, asked: Timestamp) {
        self.known.retain(|(known, ..)| *known != hash);
        if self.ended.contains(&hash) {
            return;
        }
        push_bounded(&mut self.known, (hash, session, asked));
    }

    /// Forgets a session that has ended, which never comes back.
    pub fn handle_ended(&mut self, hash: SessionHash) {
        self.known.retain(|(known, ..)| *known != hash);
        push_bounded(&mut self.ended, hash);
    }
}

fn push_bounded<T>(list: &mut VecDeque<T>, value: T) {
    if list.len() >= SESSIONS_CACHED_MAX {
        list.pop_front();
    }
    list.push_back(value);
}
