//! The sessions of a site.

use core::fmt;

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::{OperatorSession, SESSION_RENEWAL, SessionHash};
use crate::base::time::Timestamp;

/// The largest number of sessions at a time. Each takes about 300 bytes.
pub const SESSIONS_MAX: usize = 200;

/// The sessions that the site's object keeps. Each is a row there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OperatorSessions {
    all: BTreeMap<SessionHash, OperatorSession>,
}

/// What is known of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionLookup {
    /// It lasts.
    Lasts {
        /// The session.
        session: OperatorSession,
        /// Whether its row has to be stored, since it was not used for a while.
        is_renewed: bool,
    },
    /// It has ended by itself, and its row has to be removed.
    Over,
    /// There is none.
    Unknown,
}

impl OperatorSessions {
    /// The sessions whose rows were read.
    pub fn restore(rows: impl IntoIterator<Item = (SessionHash, OperatorSession)>) -> Self {
        Self { all: rows.into_iter().collect() }
    }

    /// Begins a session, and ends the one that the same browser had. Where there are too many, the
    /// one ends that was not used for longest, among those of the lowest rank, which is at most
    /// that of the new one: no one can end the sessions of a higher rank. Returns the sessions that
    /// ended, whose rows have to be removed.
    ///
    /// # Errors
    /// [`TooManySessions`] if all are of a higher rank. Nothing has changed then.
    pub fn begin(
        &mut self,
        hash: SessionHash,
        session: OperatorSession,
        before: Option<&SessionHash>,
        now: Timestamp,
    ) -> Result<Vec<SessionHash>, TooManySessions> {
        let is_over = |(hash, held): &(&SessionHash, &OperatorSession)| {
            !held.is_valid(now) || before == Some(hash)
        };
        let mut ended: Vec<SessionHash> =
            self.all.iter().filter(is_over).map(|(hash, _)| hash.clone()).collect();
        if self.all.len() - ended.len() >= SESSIONS_MAX {
            let others = self.all.iter().filter(|held| !is_over(held));
            let lower = others.filter(|(_, held)| held.rank <= session.rank);
            let least = lower.min_by_key(|(_, held)| (held.rank, held.seen));
            let (least, _) = least.ok_or(TooManySessions)?;
            ended.push(least.clone());
        }
        for hash in &ended {
            self.all.remove(hash);
        }
        self.all.insert(hash, session);
        Ok(ended)
    }

    /// Looks up a session that is used.
    pub fn look_up(&mut self, hash: &SessionHash, now: Timestamp) -> SessionLookup {
        let Some(session) = self.all.get_mut(hash) else { return SessionLookup::Unknown };
        if !session.is_valid(now) {
            self.all.remove(hash);
            return SessionLookup::Over;
        }
        let is_renewed = now.since(session.seen) >= SESSION_RENEWAL;
        if is_renewed {
            session.seen = now;
        }
        SessionLookup::Lasts { session: session.clone(), is_renewed }
    }

    /// Ends a session. Returns it, if there was one, whose row has to be removed.
    pub fn end(&mut self, hash: &SessionHash) -> Option<OperatorSession> {
        self.all.remove(hash)
    }

    /// Those that last, each with its digest.
    pub fn lasting(
        &self,
        now: Timestamp,
    ) -> impl Iterator<Item = (&SessionHash, &OperatorSession)> {
        self.all.iter().filter(move |(_, session)| session.is_valid(now))
    }

    /// The digest of the session that operators name so.
    pub fn named(&self, name: &str) -> Option<SessionHash> {
        self.all.keys().find(|hash| hash.name() == name).cloned()
    }
}

/// There is no room for a session of so low a rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManySessions;

impl fmt::Display for TooManySessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SESSIONS_MAX} sessions of higher roles last already, expected fewer")
    }
}

impl core::error::Error for TooManySessions {}
