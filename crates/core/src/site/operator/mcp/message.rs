//! The messages of JSON-RPC 2.0, in the narrower form that the protocol gives them.

use alloc::format;
use alloc::string::String;

use serde_json::{Map, Value, json};

use super::version::CLAIM_KEY;

/// The member of a request's `_meta` that says what its client can do.
const CAPABILITIES_KEY: &str = "io.modelcontextprotocol/clientCapabilities";

/// A message of a client.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum McpMessage {
    /// It wants an answer.
    Request(McpRequest),
    /// It wants none.
    Notification,
    /// It answers a question, and none is ever asked here.
    Response,
    /// It is none of the three.
    Invalid {
        /// Its id, where it can be read.
        id: Option<Value>,
        /// What is wrong.
        why: &'static str,
    },
}

/// A message that wants an answer.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct McpRequest {
    /// A text or a whole number, which the answer repeats.
    pub(super) id: Value,
    /// What is wanted.
    pub(super) method: String,
    /// With these parameters.
    pub(super) params: Map<String, Value>,
}

/// An error of the protocol. What goes wrong within a tool is none: it is a result, which a model
/// reads.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct McpError {
    pub(super) code: McpErrorCode,
    /// What is wrong, and what is expected.
    pub(super) message: String,
    /// For [`McpErrorCode::UnsupportedVersion`], which versions there are.
    pub(super) data: Option<Value>,
}

/// The codes of errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum McpErrorCode {
    /// The body is not JSON.
    Parse,
    /// It is not a message.
    InvalidRequest,
    /// There is no such method.
    MethodNotFound,
    /// The method does not take these parameters.
    InvalidParams,
    /// A field of the request contradicts its body, or is missing.
    HeaderMismatch,
    /// That version is not spoken here.
    UnsupportedVersion,
}

impl McpErrorCode {
    const fn number(self) -> i32 {
        match self {
            Self::Parse => -32_700,
            Self::InvalidRequest => -32_600,
            Self::MethodNotFound => -32_601,
            Self::InvalidParams => -32_602,
            Self::HeaderMismatch => -32_020,
            Self::UnsupportedVersion => -32_022,
        }
    }
}

impl McpError {
    /// An error without data.
    pub(super) fn new(code: McpErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), data: None }
    }

    /// The message that tells of it. It has no id where that of the request could not be read.
    pub(super) fn response(self, id: Option<&Value>) -> Value {
        let mut error = json!({ "code": self.code.number(), "message": self.message });
        if let Some(data) = self.data {
            error["data"] = data;
        }
        let mut response = json!({ "jsonrpc": "2.0", "error": error });
        if let Some(id) = id {
            response["id"] = id.clone();
        }
        response
    }
}

impl McpMessage {
    /// Reads a message. The protocol allows no id that is `null` or a fraction, and no parameters
    /// by position.
    pub(super) fn read(value: Value) -> Self {
        let Value::Object(mut members) = value else {
            return Self::Invalid { id: None, why: "a message is an object" };
        };
        let id = members.remove("id");
        let known = id.clone().filter(is_id);
        let invalid = |why| Self::Invalid { id: known.clone(), why };
        if members.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
            return invalid("`jsonrpc` has to be \"2.0\"");
        }
        let is_response = members.contains_key("result") || members.contains_key("error");
        let method = match members.remove("method") {
            Some(Value::String(method)) => method,
            None if is_response => return Self::Response,
            Some(_) | None => return invalid("`method` has to be a text"),
        };
        let params = match members.remove("params") {
            Some(Value::Object(params)) => params,
            None => Map::new(),
            Some(_) => return invalid("`params` has to be an object"),
        };
        match (id, known.clone()) {
            (None, _) => Self::Notification,
            (Some(_), Some(id)) => Self::Request(McpRequest { id, method, params }),
            (Some(_), None) => invalid("`id` has to be a text or a whole number"),
        }
    }
}

impl McpRequest {
    /// The version of the protocol that the request says it speaks.
    pub(super) fn claim(&self) -> Option<&Value> {
        self.meta(CLAIM_KEY)
    }

    /// Checks that the request says what its client can do. Nothing here needs any of it.
    ///
    /// # Errors
    /// [`McpErrorCode::InvalidParams`] if it does not.
    pub(super) fn check_capabilities(&self) -> Result<(), McpError> {
        if self.meta(CAPABILITIES_KEY).is_some_and(Value::is_object) {
            return Ok(());
        }
        let message = format!("`_meta`: `{CAPABILITIES_KEY}` has to be an object");
        Err(McpError::new(McpErrorCode::InvalidParams, message))
    }

    fn meta(&self, key: &str) -> Option<&Value> {
        self.params.get("_meta")?.get(key)
    }
}

fn is_id(id: &Value) -> bool {
    id.is_string() || id.is_i64() || id.is_u64()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString as _;

    fn read(text: &str) -> McpMessage {
        McpMessage::read(serde_json::from_str(text).unwrap())
    }

    #[test]
    fn a_request_has_an_id_that_is_a_text_or_a_whole_number() {
        for id in ["1", "0", "-7", "18446744073709551615", "\"\"", "\"a\""] {
            let text = format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"ping"}}"#);
            let McpMessage::Request(request) = read(&text) else { panic!("{text} is a request") };
            assert_eq!(request.id.to_string(), id);
        }
        for id in ["null", "1.5", "true", "[1]", "{}"] {
            let text = format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"ping"}}"#);
            let McpMessage::Invalid { id: None, .. } = read(&text) else {
                panic!("{text} is no request")
            };
        }
    }

    #[test]
    fn what_is_no_message_is_answered_under_its_id_where_that_can_be_read() {
        for (text, id) in [
            (r#"{"id":1,"method":"ping"}"#, Some(1)),
            (r#"{"jsonrpc":"1.0","id":1,"method":"ping"}"#, Some(1)),
            (r#"{"jsonrpc":"2.0","id":1}"#, Some(1)),
            (r#"{"jsonrpc":"2.0","id":1,"method":7}"#, Some(1)),
            (r#"{"jsonrpc":"2.0","id":1,"method":"ping","params":[1]}"#, Some(1)),
            (r#"{"jsonrpc":"2.0","method":7}"#, None),
            ("{}", None),
            ("7", None),
            ("null", None),
        ] {
            let McpMessage::Invalid { id: found, .. } = read(text) else {
                panic!("{text} is no message")
            };
            assert_eq!(found, id.map(Value::from), "{text}");
        }
    }

    #[test]
    fn notifications_and_responses_want_no_answer() {
        let notification = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;
        assert_eq!(read(notification), McpMessage::Notification);
        for response in [
            r#"{"jsonrpc":"2.0","id":1,"result":{}}"#,
            r#"{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"a"}}"#,
        ] {
            assert_eq!(read(response), McpMessage::Response);
        }
    }
}
