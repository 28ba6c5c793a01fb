//! The tools of the endpoint for models: the list as clients get it, and the page for readers.

use std::fmt::Write as _;

use breakwater_core::base::time::Timestamp;
use breakwater_core::site::access::Rank;
use breakwater_core::site::operator::{McpCaller, McpExchange, McpFields, McpLimit};
use serde_json::{Value, json};

const HEAD: &str = "\
# Tools for models

<!-- Made by `cargo xtask reference` from crates/core/src/site/operator/mcp. -->

`POST /_breakwater/mcp` speaks the Model Context Protocol by its transport Streamable HTTP, on every
host of the site. [The guide](../guide/mcp.md) says how to connect a client.

## The protocol

| what | how |
|---|---|
| versions | 2026-07-28, where each request stands alone; 2025-11-25, 2025-06-18 and 2025-03-26, which begin with `initialize`. Nothing is kept of a handshake: there are no sessions, and an `Mcp-Session-Id` is ignored |
| methods | `initialize`, `ping`, `tools/list`, `tools/call`; in 2026-07-28 `server/discover`, `tools/list`, `tools/call`. There are no resources and no prompts |
| who may | those who may use the [operators' API](operators-api.md), with the same `Authorization: Bearer`; without it 401, and over `http` 403. A caller who may only look is told of the tools that look, and of no other |
| browsers | a request with an `Origin` needs the site's own and `Breakwater-Request: 1`, or it gets 403 |
| other methods | `GET`, `DELETE` and the rest get 405: the server has no stream of its own, and there is no session to end |
| answers | JSON; none is a stream of events. A notification gets 202 |
| fields | `Content-Type: application/json`, else 415. In 2026-07-28 also `MCP-Protocol-Version`, `Mcp-Method` and, for a call, `Mcp-Name`, which say what the body says, else 400 and the code -32020 |
| bounds | 64 KiB in a request; 20 messages in a batch, which only 2025-03-26 has; 60 `tools/call` a minute in each isolate; 32 KiB in an answer |

An error of the protocol has a code of JSON-RPC. What goes wrong in a tool is a result with
`isError`, whose text says what is allowed, as the API's problems do. An argument that is `null` is
left out.

## What tools demand

A tool is an operation of the [API](operators-api.md) and is carried out by the same code. Tools ask
for more:

- A change has a `reason`, always. The site's history keeps it with `\"by\": \"token via mcp\"`, also
  where the operation itself leaves nothing there.
- An order that holds has an end: `lasts`, without a default. `auto` and `end` take its place.
- Where people could be told, `notify` says whether they are. `test_channel` and `resend_alert` do
  nothing else, and take `true` only.

## What they answer

A good answer is there twice: as `structuredContent`, which fits the tool's `outputSchema`, and as
the same JSON in a text. An answer over 32 KiB is cut: first lists within elements, then the longest
list at its old end. `left_out` says how many elements of which list were left out. `limit` asks for
fewer, and a tool that filters takes what it filters by. A change of an incident shows the last five
entries of its timeline.

## The tools

*Destructive* tools take something away or replace it, *repeatable* ones may be called again with
the same arguments, and *outward* ones reach other services or people.

| tool | what it does | arguments | |
|---|---|---|---|
";

/// The tools as a client gets them that may use all of them.
pub(crate) fn list() -> String {
    serde_json::to_string_pretty(&tools()).expect("the list is JSON") + "\n"
}

pub(crate) fn page() -> String {
    let mut page = String::from(HEAD);
    for tool in tools().as_array().into_iter().flatten() {
        let description = tool["description"].as_str().unwrap_or_default();
        let first = description.split(". ").next().unwrap_or_default().trim_end_matches('.');
        writeln!(
            page,
            "| `{}` | {first} | {} | {} |",
            tool["name"].as_str().unwrap_or_default(),
            arguments(&tool["inputSchema"]),
            hints(&tool["annotations"]),
        )
        .expect("a string takes every text");
    }
    page
}

/// The names of the arguments: those that have to be there, then how many others there are.
fn arguments(schema: &Value) -> String {
    let names = |list: &Value| -> Vec<String> {
        list.as_array().into_iter().flatten().filter_map(|it| Some(it.as_str()?.into())).collect()
    };
    let required = names(&schema["required"]);
    let all = schema["properties"].as_object();
    let optional = all.into_iter().flat_map(|all| all.keys());
    let optional: Vec<_> = optional.filter(|name| !required.contains(name)).collect();
    let mut shown: Vec<String> = required.iter().map(|name| format!("**`{name}`**")).collect();
    if optional.len() <= 8 {
        shown.extend(optional.iter().map(|name| format!("`{name}`")));
    } else {
        shown.push(format!("{} others", optional.len()));
    }
    shown.join(", ")
}

fn hints(annotations: &Value) -> String {
    let named = [
        ("readOnlyHint", "looks"),
        ("destructiveHint", "destructive"),
        ("idempotentHint", "repeatable"),
        ("openWorldHint", "outward"),
    ];
    let hints = named.iter().filter(|(hint, _)| annotations[hint] == true);
    hints.map(|(_, word)| *word).collect::<Vec<_>>().join(", ")
}

fn tools() -> Value {
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list" }).to_string();
    let fields = McpFields { content_type: Some("application/json"), ..McpFields::default() };
    let caller = McpCaller { rank: Rank::Admin, site: "Shop" };
    let mut exchange = McpExchange::receive(&fields, body.as_bytes(), &caller);
    assert!(exchange.poll_call(&mut McpLimit::default(), Timestamp::default()).is_none());
    let answer = exchange.reply().body.expect("an answer");
    let mut answer: Value = serde_json::from_str(&answer).expect("JSON");
    answer["result"]["tools"].take()
}
