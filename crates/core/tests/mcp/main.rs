//! The endpoint for models: what each version of the protocol is answered, which tools there are
//! and what they demand, and how an answer is cut.

mod answers;
mod arbitrary;
mod demands;
mod protocol;
mod tools;

use breakwater_core::base::time::Timestamp;
use breakwater_core::site::access::Rank;
use breakwater_core::site::operator::{
    McpCall, McpCaller, McpExchange, McpFields, McpLimit, McpReply,
};
use serde_json::{Value, json};

const NOW: Timestamp = Timestamp::from_millis(1_795_424_400_000);
/// The newest version that begins with a handshake.
const LEGACY: &str = "2025-11-25";
/// The newest version.
const STATELESS: &str = "2026-07-28";

/// The fields of a request in this version, as far as they do not depend on its body.
fn fields(version: Option<&str>) -> McpFields<'_> {
    McpFields { content_type: Some("application/json"), version, ..McpFields::default() }
}

fn receive(caller: Rank, fields: &McpFields<'_>, body: &str) -> McpExchange {
    McpExchange::receive(fields, body.as_bytes(), &McpCaller { rank: caller, site: "Shop" })
}

/// What a request is answered that calls no tool.
fn answered(fields: &McpFields<'_>, body: &str) -> McpReply {
    let mut exchange = receive(Rank::Admin, fields, body);
    assert_eq!(exchange.poll_call(&mut McpLimit::default(), NOW), None, "{body}");
    exchange.reply()
}

fn read(reply: &McpReply) -> Value {
    serde_json::from_str(reply.body.as_deref().expect("an answer")).expect("JSON")
}

fn request(method: &str, params: &Value) -> String {
    json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string()
}

/// The tools that a caller is told of, in their order.
fn listed(caller: Rank) -> Vec<Value> {
    let fields = fields(Some(LEGACY));
    let exchange = receive(caller, &fields, &request("tools/list", &json!({})));
    let list = read(&exchange.reply());
    list["result"]["tools"].as_array().expect("tools").clone()
}

/// A call of a tool that the caller begins: the operation to carry out, or the result.
fn called(caller: Rank, name: &str, arguments: &Value) -> Result<(McpCall, McpExchange), Value> {
    let body = request("tools/call", &json!({ "name": name, "arguments": arguments }));
    let mut exchange = receive(caller, &fields(Some(LEGACY)), &body);
    match exchange.poll_call(&mut McpLimit::default(), NOW) {
        Some(call) => Ok((call, exchange)),
        None => Err(read(&exchange.reply())),
    }
}

/// The text of a result that says what went wrong.
#[track_caller]
fn why(answer: &Value) -> &str {
    assert_eq!(answer["result"]["isError"], true, "{answer}");
    answer["result"]["content"][0]["text"].as_str().expect("a text")
}
