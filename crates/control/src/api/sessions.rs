//! Who operators are, and their sessions.

use breakwater_core::base::rfc3339::Rfc3339;
use breakwater_core::base::time::Timestamp;
use breakwater_core::site::access::Rank;
use breakwater_core::site::operator::{
    Operator, OperatorIdentity, OperatorProof, OperatorSession, OperatorSessions, SessionHash,
};
use serde::Serialize;

/// `GET /_breakwater/session`.
#[derive(Debug, Serialize)]
pub(crate) struct IdentityView {
    role: Rank,
    by: Operator,
    proof: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Rfc3339>,
    #[serde(skip_serializing_if = "Option::is_none")]
    idle_at: Option<Rfc3339>,
}

impl IdentityView {
    pub(crate) fn of(identity: OperatorIdentity) -> Self {
        let OperatorIdentity { rank: role, by, proof } = identity;
        let (expires_at, idle_at) = match proof {
            OperatorProof::Session { expires_at, idle_at, .. } => (Some(expires_at), Some(idle_at)),
            OperatorProof::Token | OperatorProof::Access => (None, None),
        };
        let [expires_at, idle_at] = [expires_at, idle_at].map(|at| at.map(Rfc3339));
        Self { role, by, proof: proof.as_str(), expires_at, idle_at }
    }
}

/// `GET /_breakwater/sessions`.
#[derive(Debug, Serialize)]
pub(crate) struct SessionsView {
    sessions: Vec<SessionView>,
}

/// A session.
#[derive(Debug, Serialize)]
struct SessionView {
    session: String,
    role: Rank,
    by: Operator,
    created_at: Rfc3339,
    seen_at: Rfc3339,
    expires_at: Rfc3339,
    user_agent: String,
}

impl SessionsView {
    pub(crate) fn of(sessions: &OperatorSessions, now: Timestamp) -> Self {
        let view = |(hash, session): (&SessionHash, &OperatorSession)| SessionView {
            session: hash.name().into(),
            role: session.rank,
            by: session.by.clone(),
            created_at: Rfc3339(session.created),
            seen_at: Rfc3339(session.seen),
            expires_at: Rfc3339(session.expires_at()),
            user_agent: session.user_agent.clone(),
        };
        Self { sessions: sessions.lasting(now).map(view).collect() }
    }
}

/// A session that was ended.
#[derive(Debug, Serialize)]
pub(crate) struct EndedSession {
    pub(crate) ended: String,
}
