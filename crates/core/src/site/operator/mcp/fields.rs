//! The fields of a request, which say again what its body says.
//!
//! What stands between a client and Breakwater decides by the fields, and Breakwater by the body. A
//! request in which they differ is refused (MCP 2026-07-28, Streamable HTTP, Server Validation).

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::String;

use base64ct::{Base64, Encoding as _};

use super::message::{McpError, McpErrorCode, McpRequest};

/// What marks a value that is written in Base64.
const ENCODED: (&str, &str) = ("=?base64?", "?=");

/// The fields of a request that its answer depends on.
#[derive(Clone, Copy, Debug, Default)]
pub struct McpFields<'a> {
    /// `Content-Type`.
    pub content_type: Option<&'a str>,
    /// `MCP-Protocol-Version`.
    pub version: Option<&'a str>,
    /// `Mcp-Method`.
    pub method: Option<&'a str>,
    /// `Mcp-Name`.
    pub name: Option<&'a str>,
}

impl McpFields<'_> {
    /// Whether the body is said to be JSON.
    pub(super) fn say_json(&self) -> bool {
        let kind = self.content_type.and_then(|field| field.split(';').next());
        kind.is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
    }

    /// Checks that the fields name the version that the body names.
    ///
    /// # Errors
    /// [`McpErrorCode::HeaderMismatch`] if they do not.
    pub(super) fn check_version(&self, claimed: &str) -> Result<(), McpError> {
        check("MCP-Protocol-Version", self.version, claimed)
    }

    /// Checks that the fields name the method of the body, and the tool.
    ///
    /// # Errors
    /// [`McpErrorCode::HeaderMismatch`] if they do not.
    pub(super) fn check_names(&self, request: &McpRequest) -> Result<(), McpError> {
        check("Mcp-Method", self.method, &request.method)?;
        match request.params.get("name").and_then(|name| name.as_str()) {
            Some(name) if request.method == "tools/call" => {
                let said = self.name.map(decoded).transpose()?;
                check("Mcp-Name", said.as_deref(), name)
            }
            Some(_) | None => Ok(()),
        }
    }
}

fn check(field: &str, said: Option<&str>, body: &str) -> Result<(), McpError> {
    match said {
        Some(said) if said == body => Ok(()),
        Some(_) => Err(mismatch(format!("`{field}` does not say what the body says"))),
        None => Err(mismatch(format!("`{field}` is missing"))),
    }
}

fn decoded(value: &str) -> Result<Cow<'_, str>, McpError> {
    let encoded = value.strip_prefix(ENCODED.0).and_then(|rest| rest.strip_suffix(ENCODED.1));
    let Some(encoded) = encoded else { return Ok(value.into()) };
    let text = Base64::decode_vec(encoded).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    text.map(Cow::Owned).ok_or_else(|| mismatch("`Mcp-Name` is not the Base64 of a text".into()))
}

fn mismatch(message: String) -> McpError {
    McpError::new(McpErrorCode::HeaderMismatch, message)
}
