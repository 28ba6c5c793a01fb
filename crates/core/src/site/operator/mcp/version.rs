//! The revisions of the protocol, and what is different in their messages.

use serde_json::{Value, json};

use super::message::{McpError, McpErrorCode};
use crate::site::operator::order::excerpt;

/// The member of a request's `_meta` that says which version the request speaks.
pub(super) const CLAIM_KEY: &str = "io.modelcontextprotocol/protocolVersion";
/// The member of a result's `_meta` that says who answers.
const SERVER_KEY: &str = "io.modelcontextprotocol/serverInfo";

/// A revision of the Model Context Protocol that is spoken here. The first of all, 2024-11-05, has
/// another transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum McpVersion {
    /// 2025-03-26: the first with this transport, and the only one with batches.
    March2025,
    /// 2025-06-18.
    June2025,
    /// 2025-11-25: the last that begins with a handshake.
    November2025,
    /// 2026-07-28: each request says all that is needed to answer it.
    July2026,
}

impl McpVersion {
    /// All of them, the newest first.
    pub(super) const ALL: [Self; 4] =
        [Self::July2026, Self::November2025, Self::June2025, Self::March2025];

    /// What a request without a word about it speaks: the revision before the one that has the
    /// field `MCP-Protocol-Version`.
    pub(super) const UNSAID: Self = Self::March2025;

    /// What messages call it.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::March2025 => "2025-03-26",
            Self::June2025 => "2025-06-18",
            Self::November2025 => "2025-11-25",
            Self::July2026 => "2026-07-28",
        }
    }

    /// The revision of this name.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|version| version.as_str() == name)
    }

    /// The revision of this name.
    ///
    /// # Errors
    /// [`McpErrorCode::UnsupportedVersion`] for one that is not spoken here.
    pub(super) fn spoken(name: &str) -> Result<Self, McpError> {
        Self::named(name).ok_or_else(|| McpError {
            code: McpErrorCode::UnsupportedVersion,
            message: "this version of the protocol is not spoken here".into(),
            data: Some(json!({
                "supported": Self::ALL.map(Self::as_str),
                "requested": excerpt(name),
            })),
        })
    }

    /// What the answer to a handshake that asks for this revision names: the same one, or else the
    /// newest that has a handshake.
    pub(super) fn negotiated(asked: Option<&str>) -> Self {
        let known = asked.and_then(Self::named).filter(|version| !version.is_stateless());
        known.unwrap_or(Self::November2025)
    }

    /// Whether there is no handshake, and each request says all that is needed to answer it.
    pub(super) const fn is_stateless(self) -> bool {
        matches!(self, Self::July2026)
    }

    /// The message that carries a result, which is an object.
    pub(super) fn response(self, id: &Value, mut result: Value) -> Value {
        if self.is_stateless() {
            result["resultType"] = "complete".into();
            result["_meta"] = json!({ SERVER_KEY: server() });
        }
        json!({ "jsonrpc": "2.0", "id": id, "result": result })
    }

    /// Whether a message may be an array of messages.
    pub(super) const fn takes_batches(self) -> bool {
        matches!(self, Self::March2025)
    }
}

/// Who answers.
pub(super) fn server() -> Value {
    json!({ "name": "breakwater", "title": "Breakwater", "version": env!("CARGO_PKG_VERSION") })
}

#[cfg(test)]
mod tests {
    use super::McpVersion;

    #[test]
    fn a_handshake_agrees_on_what_the_client_asks_for_or_on_the_newest_with_a_handshake() {
        for (asked, agreed) in [
            (Some("2025-03-26"), "2025-03-26"),
            (Some("2025-06-18"), "2025-06-18"),
            (Some("2025-11-25"), "2025-11-25"),
            (Some("2026-07-28"), "2025-11-25"),
            (Some("2024-11-05"), "2025-11-25"),
            (Some("2099-01-01"), "2025-11-25"),
            (Some(""), "2025-11-25"),
            (None, "2025-11-25"),
        ] {
            assert_eq!(McpVersion::negotiated(asked).as_str(), agreed, "{asked:?}");
        }
    }

    #[test]
    fn each_revision_is_found_by_its_name() {
        for version in McpVersion::ALL {
            assert_eq!(McpVersion::named(version.as_str()), Some(version));
        }
        assert_eq!(McpVersion::named("2024-11-05"), None);
    }
}
