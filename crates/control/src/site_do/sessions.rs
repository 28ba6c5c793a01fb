//! The sessions of operators, and the logins that failed.

use std::cell::RefCell;

use breakwater_core::base::stored::StoredForm as _;
use breakwater_core::base::time::Timestamp;
use breakwater_core::site::operator::{
    Event, LoginAttempt, LoginLimit, LoginProblem, Operator, OperatorSession, OperatorSessions,
    SessionHash, SessionLookup, TooManySessions,
};
use breakwater_core::telemetry::log::LogEvent;
use breakwater_platform::log;
use breakwater_platform::object::{ObjectResult, Store};
use serde::Deserialize;
use worker::Result;

use super::stored;

/// The table of sessions: a row of each, by the digest of its id.
pub(super) const TABLE: &str = "
    CREATE TABLE IF NOT EXISTS sessions (hash TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID;";

#[derive(Deserialize)]
struct SessionRow {
    hash: String,
    json: String,
}

/// Loads the sessions when they are first needed, and stores what becomes of them.
#[derive(Default)]
pub(super) struct SessionKeeper {
    sessions: RefCell<Option<OperatorSessions>>,
    logins: RefCell<LoginLimit>,
}

impl SessionKeeper {
    pub(super) fn begin(
        &self,
        store: &Store,
        LoginAttempt { client, begins, before }: LoginAttempt,
        now: Timestamp,
    ) -> ObjectResult<Result<(), LoginProblem>> {
        if let Err(wait) = self.logins.borrow_mut().judge(client, begins.is_some(), now) {
            return Ok(Err(LoginProblem::TooMany { wait }));
        }
        let Some((hash, session)) = begins else { return Ok(Err(LoginProblem::WrongToken)) };
        let begun = self.with(store, |sessions| {
            sessions.begin(hash.clone(), session.clone(), before.as_ref(), now)
        })?;
        let ended = match begun {
            Ok(ended) => ended,
            Err(TooManySessions) => return Ok(Err(LoginProblem::NoRoom)),
        };
        for hash in &ended {
            remove(store, hash)?;
        }
        put(store, &hash, &session)?;
        store.add(stored::EVENTS, &Event::of_begun_session(&hash, &session, now))?;
        Ok(Ok(()))
    }

    pub(super) fn look_up(
        &self,
        store: &Store,
        hash: &SessionHash,
        now: Timestamp,
    ) -> ObjectResult<Option<OperatorSession>> {
        match self.with(store, |sessions| sessions.look_up(hash, now))? {
            SessionLookup::Lasts { session, is_renewed } => {
                if is_renewed {
                    put(store, hash, &session)?;
                }
                Ok(Some(session))
            }
            SessionLookup::Over => {
                remove(store, hash)?;
                Ok(None)
            }
            SessionLookup::Unknown => Ok(None),
        }
    }

    pub(super) fn end(
        &self,
        store: &Store,
        hash: &SessionHash,
        by: Operator,
        now: Timestamp,
    ) -> ObjectResult<bool> {
        // The row goes first: should that fail, the session is not forgotten.
        remove(store, hash)?;
        let Some(session) = self.with(store, |sessions| sessions.end(hash))? else {
            return Ok(false);
        };
        store.add(stored::EVENTS, &Event::of_ended_session(hash, session, by, now))?;
        Ok(true)
    }

    pub(super) fn revoke(
        &self,
        store: &Store,
        name: &str,
        by: Operator,
        now: Timestamp,
    ) -> ObjectResult<Option<SessionHash>> {
        let Some(hash) = self.with(store, |sessions| sessions.named(name))? else {
            return Ok(None);
        };
        Ok(self.end(store, &hash, by, now)?.then_some(hash))
    }

    pub(super) fn with<T>(
        &self,
        store: &Store,
        work: impl FnOnce(&mut OperatorSessions) -> T,
    ) -> ObjectResult<T> {
        let mut sessions = self.sessions.borrow_mut();
        if let Some(sessions) = &mut *sessions {
            return Ok(work(sessions));
        }
        Ok(work(sessions.insert(load(store)?)))
    }
}

/// The sessions whose rows can be read. A row that cannot be read opens nothing, and its operator
/// logs in again.
fn load(store: &Store) -> Result<OperatorSessions> {
    let rows: Vec<SessionRow> =
        store.sql().exec("SELECT hash, json FROM sessions", None)?.to_array()?;
    let mut read = Vec::with_capacity(rows.len());
    for SessionRow { hash, json } in rows {
        let key = SessionHash::try_from(hash.clone()).map_err(str::to_string);
        let session = OperatorSession::from_stored(&json).map_err(|error| error.to_string());
        match key.and_then(|key| Ok((key, session?))) {
            Ok(row) => read.push(row),
            Err(error) => {
                log::error(
                    LogEvent::SessionFailed,
                    &[],
                    format_args!("stored session removed: {error}"),
                );
                delete(store, &hash)?;
            }
        }
    }
    Ok(OperatorSessions::restore(read))
}

fn put(store: &Store, hash: &SessionHash, session: &OperatorSession) -> Result<()> {
    let query = "INSERT OR REPLACE INTO sessions (hash, json) VALUES (?, ?)";
    let values = vec![hash.as_str().into(), session.to_stored().as_str().into()];
    store.sql().exec(query, Some(values)).map(drop)
}

fn remove(store: &Store, hash: &SessionHash) -> Result<()> {
    delete(store, hash.as_str())
}

fn delete(store: &Store, hash: &str) -> Result<()> {
    let query = "DELETE FROM sessions WHERE hash = ?";
    store.sql().exec(query, Some(vec![hash.into()])).map(drop)
}
