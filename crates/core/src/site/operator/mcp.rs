//! The endpoint for models: the operations of the API as tools of the Model Context Protocol, by
//! its transport Streamable HTTP.
//!
//! A tool is a line of the API's table, and a call of it is carried out by the handler of the API,
//! so that both do the same. A tool asks for more than its operation does, since a model does not
//! bear the consequences: each change has a reason, each order an end, and where people could be
//! told, the call says whether they are. An answer is cut to what a model's context holds.
//!
//! Four revisions of the protocol are spoken, by <https://modelcontextprotocol.io/specification>:
//! 2026-07-28, in which each request stands alone, and 2025-03-26 to 2025-11-25, which begin with a
//! handshake. The handshake is answered and nothing of it is kept: there is no session, no stream
//! of the server's own, and the list of tools changes with a deployment only.

mod answer;
mod argument;
mod call;
mod exchange;
mod fields;
mod message;
mod method;
mod tool;
mod traits;
mod version;
mod words;

pub use self::answer::MCP_TEXT_MAX;
pub use self::call::McpCall;
pub use self::exchange::{
    MCP_BATCH_MAX, MCP_BODY_MAX, MCP_CALLS_MAX, McpExchange, McpLimit, McpReply,
};
pub use self::fields::McpFields;
pub use self::method::McpCaller;
pub use self::tool::may;

/// Where it stands. It takes `POST` alone: no stream is offered for `GET`, and there is no session
/// for `DELETE` to end.
pub const MCP_PATH: &str = "/_breakwater/mcp";
/// The method that it takes.
pub const MCP_METHOD: &str = "POST";
