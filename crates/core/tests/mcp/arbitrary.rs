//! Whatever is sent, the answer is a message of JSON-RPC, or there is none.

use breakwater_core::site::access::Rank;
use breakwater_core::site::operator::{API, Access, McpFields, McpLimit};
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use serde_json::{Map, Value, json};

use super::{LEGACY, NOW, STATELESS, receive};

const REGRESSIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/mcp.regressions");

fn config() -> ProptestConfig {
    ProptestConfig {
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(REGRESSIONS))),
        ..ProptestConfig::default()
    }
}

/// Any JSON, in which the words of the protocol and of the API come often.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((word(), inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

fn word() -> impl Strategy<Value = String> {
    const WORDS: [&str; 14] = [
        "2.0",
        "id",
        "jsonrpc",
        "method",
        "params",
        "name",
        "arguments",
        "reason",
        "notify",
        "lasts",
        "limit",
        "_meta",
        "io.modelcontextprotocol/protocolVersion",
        STATELESS,
    ];
    prop_oneof![
        prop::sample::select(WORDS.to_vec()).prop_map(String::from),
        prop::sample::select(API.to_vec()).prop_map(|endpoint| endpoint.operation.name().into()),
        ".{0,20}",
    ]
}

fn method() -> impl Strategy<Value = String> {
    const METHODS: [&str; 5] =
        ["initialize", "server/discover", "ping", "tools/list", "tools/call"];
    prop_oneof![prop::sample::select(METHODS.to_vec()).prop_map(String::from), word()]
}

/// A request that comes close to being a good one, or any value.
fn message() -> impl Strategy<Value = Value> {
    let close = (method(), value(), word(), value(), any::<bool>()).prop_map(
        |(method, id, name, arguments, is_stateless)| {
            let mut params = json!({ "name": name, "arguments": arguments });
            if is_stateless {
                params["_meta"] = json!({
                    "io.modelcontextprotocol/protocolVersion": STATELESS,
                    "io.modelcontextprotocol/clientCapabilities": {},
                });
            }
            json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })
        },
    );
    prop_oneof![2 => close, 1 => value()]
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => message().prop_map(|message| message.to_string().into_bytes()),
        2 => prop::collection::vec(message(), 0..25)
            .prop_map(|messages| Value::from(messages).to_string().into_bytes()),
        1 => prop::collection::vec(any::<u8>(), 0..64),
    ]
}

fn field() -> impl Strategy<Value = Option<String>> {
    let known = ["2025-03-26", "2025-06-18", LEGACY, STATELESS].to_vec();
    let known = prop::sample::select(known).prop_map(String::from);
    prop::option::of(prop_oneof![3 => known, 1 => word(), 1 => method()])
}

/// What an operation answers, or something else.
fn answer() -> impl Strategy<Value = (u16, String)> {
    let body = prop_oneof![value().prop_map(|value| value.to_string()), ".{0,40}"];
    (prop_oneof![Just(200_u16), 100..600_u16], body)
}

/// One response: a result or an error, and an id unless it could not be read.
fn check_response(response: &Value) {
    let members = response.as_object().expect("an object");
    assert_eq!(response["jsonrpc"], "2.0");
    let (result, error) = (members.get("result"), members.get("error"));
    assert!(result.is_some() != error.is_some(), "{response}");
    let id = members.get("id");
    assert!(id.is_none_or(|id| id.is_string() || id.is_i64() || id.is_u64()), "{response}");
    if let Some(error) = error {
        assert!(error["code"].is_i64() && error["message"].is_string(), "{response}");
    } else {
        assert!(id.is_some() && response["result"].is_object(), "{response}");
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_request_is_answered_with_messages_or_not_at_all(
        (body, version, method, name) in (body(), field(), field(), field()),
        caller in prop::sample::select(vec![Rank::Viewer, Rank::Admin]),
        answers in prop::collection::vec(answer(), 1..4),
    ) {
        let fields = McpFields {
            content_type: Some("application/json"),
            version: version.as_deref(),
            method: method.as_deref(),
            name: name.as_deref(),
        };
        let body = String::from_utf8_lossy(&body);
        let mut exchange = receive(caller, &fields, &body);
        let mut limit = McpLimit::default();
        let mut calls = 0;
        while let Some(call) = exchange.poll_call(&mut limit, NOW) {
            prop_assert!(caller == Rank::Admin || call.endpoint.access == Access::Read);
            let (status, answer) = &answers[calls % answers.len()];
            if calls % 3 == 2 {
                exchange.handle_refusal(answer);
            } else {
                exchange.handle_answer(*status, answer);
            }
            calls += 1;
        }
        let reply = exchange.reply();
        let Some(text) = reply.body else {
            prop_assert_eq!((reply.status, calls), (202, 0));
            return Ok(());
        };
        let answer: Value = serde_json::from_str(&text).expect("JSON");
        if let Some(responses) = answer.as_array() {
            prop_assert!(!responses.is_empty() && reply.status == 200);
            responses.iter().for_each(check_response);
        } else {
            check_response(&answer);
        }
        prop_assert!(matches!(reply.status, 200 | 400 | 404), "{}", reply.status);
    }
}
