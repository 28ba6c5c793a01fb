//! How sessions begin and end, in the history.

use alloc::string::String;

use serde::ser::SerializeMap;

use super::{Event, What};
use crate::base::time::Timestamp;
use crate::site::access::Rank;
use crate::site::operator::{Operator, OperatorSession, SessionHash};

/// The beginning or the end of a session. One that ends by itself is in no history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionEvent {
    /// A token was exchanged for it.
    Begun {
        /// Its name.
        session: String,
        /// What it may do.
        role: Rank,
    },
    /// It was ended, by the one whose it was or by an admin.
    Ended {
        /// Its name.
        session: String,
        /// Whose it was.
        of: Operator,
    },
}

impl Event {
    /// A session that begins at `now`.
    pub fn of_begun_session(hash: &SessionHash, session: &OperatorSession, now: Timestamp) -> Self {
        let begun = SessionEvent::Begun { session: hash.name().into(), role: session.rank };
        Self { at: now, what: What::Session(begun), reason: None, by: session.by.clone() }
    }

    /// A session that was ended at `now`.
    pub fn of_ended_session(
        hash: &SessionHash,
        session: OperatorSession,
        by: Operator,
        now: Timestamp,
    ) -> Self {
        let ended = SessionEvent::Ended { session: hash.name().into(), of: session.by };
        Self { at: now, what: What::Session(ended), reason: None, by }
    }
}

impl SessionEvent {
    pub(super) fn add_to<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        match self {
            Self::Begun { session, role } => {
                map.serialize_entry("event", "begin_session")?;
                map.serialize_entry("session", session)?;
                map.serialize_entry("role", role)
            }
            Self::Ended { session, of } => {
                map.serialize_entry("event", "end_session")?;
                map.serialize_entry("session", session)?;
                map.serialize_entry("of", of)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stored_form_is_this() {
        let now = Timestamp::from_millis(1000);
        let hash = SessionHash::try_from("0123456789abcdef".repeat(4)).unwrap();
        let session = OperatorSession::new(Rank::Viewer, "a browser", now);
        let begun = Event::of_begun_session(&hash, &session, now);
        assert_eq!(
            serde_json::to_string(&begun).unwrap(),
            concat!(
                r#"{"at":1000,"event":"begin_session","session":"0123456789ab","#,
                r#""role":"viewer","by":"token:viewer"}"#
            )
        );
        let ended = Event::of_ended_session(&hash, session, Operator::Token, now);
        assert_eq!(
            serde_json::to_string(&ended).unwrap(),
            concat!(
                r#"{"at":1000,"event":"end_session","session":"0123456789ab","#,
                r#""of":"token:viewer","by":"token"}"#
            )
        );
    }
}
