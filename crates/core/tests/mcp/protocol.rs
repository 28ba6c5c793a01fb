//! The messages of the protocol, in each of its versions.

use breakwater_core::site::access::Rank;
use breakwater_core::site::operator::{
    MCP_BATCH_MAX, MCP_CALLS_MAX, McpFields, McpLimit, McpReply,
};
use serde_json::{Value, json};

use super::{LEGACY, NOW, STATELESS, answered, fields, read, receive, request};

/// The parameters of a request in the newest version, beside these.
fn stateless(mut params: Value) -> Value {
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": STATELESS,
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    params
}

/// The fields that go with a request in the newest version.
fn stateless_fields<'a>(method: &'a str, name: Option<&'a str>) -> McpFields<'a> {
    McpFields { method: Some(method), name, ..fields(Some(STATELESS)) }
}

#[track_caller]
fn refused(fields: &McpFields<'_>, body: &str, status: u16, code: i32) -> Value {
    let reply = answered(fields, body);
    let answer = read(&reply);
    assert_eq!((reply.status, &answer["error"]["code"]), (status, &code.into()), "{body}");
    assert!(answer["error"]["message"].is_string());
    answer
}

#[test]
fn a_handshake_says_what_is_spoken_and_offered() {
    let params = json!({
        "protocolVersion": LEGACY, "capabilities": {}, "clientInfo": { "name": "a", "version": "1" },
    });
    let answer = read(&answered(&fields(None), &request("initialize", &params)));
    let result = &answer["result"];
    assert_eq!((&answer["jsonrpc"], &answer["id"]), (&json!("2.0"), &json!(1)));
    assert_eq!(result["protocolVersion"], LEGACY);
    assert_eq!(result["capabilities"], json!({ "tools": { "listChanged": false } }));
    assert_eq!(result["serverInfo"]["name"], "breakwater");
    assert_eq!(result["serverInfo"]["version"], env!("CARGO_PKG_VERSION"));
    let told = result["instructions"].as_str().expect("a text");
    assert!(told.contains("the web site Shop ") && told.len() < 1200, "{told}");
}

#[test]
fn a_handshake_settles_on_a_version_that_has_one() {
    for (asked, agreed) in [
        ("2025-03-26", "2025-03-26"),
        ("2025-06-18", "2025-06-18"),
        ("2025-11-25", "2025-11-25"),
        (STATELESS, LEGACY),
        ("2024-11-05", LEGACY),
        ("a", LEGACY),
    ] {
        let body = request("initialize", &json!({ "protocolVersion": asked }));
        // A client that connects again may still send the field of its last connection.
        for field in [None, Some(LEGACY), Some("2024-11-05"), Some(STATELESS)] {
            let reply = answered(&fields(field), &body);
            assert_eq!(
                (reply.status, &read(&reply)["result"]["protocolVersion"]),
                (200, &json!(agreed))
            );
        }
    }
}

#[test]
fn a_ping_is_answered_with_nothing() {
    for version in [None, Some("2025-03-26"), Some("2025-06-18"), Some(LEGACY)] {
        let reply = answered(&fields(version), r#"{"jsonrpc":"2.0","id":"a","method":"ping"}"#);
        assert_eq!(reply.status, 200);
        assert_eq!(read(&reply), json!({ "jsonrpc": "2.0", "id": "a", "result": {} }));
    }
}

#[test]
fn what_wants_no_answer_is_accepted_without_one() {
    let accepted = McpReply { status: 202, body: None };
    for body in [
        r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
        r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#,
        r#"{"jsonrpc":"2.0","id":1,"result":{}}"#,
    ] {
        for version in [None, Some(LEGACY), Some(STATELESS)] {
            assert_eq!(answered(&fields(version), body), accepted, "{body}");
        }
        assert_eq!(answered(&fields(None), &format!("[{body},{body}]")), accepted);
    }
    let unknown = fields(Some("1900-01-01"));
    refused(&unknown, r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#, 400, -32022);
}

#[test]
fn the_newest_version_begins_without_a_handshake() {
    let body = request("server/discover", &stateless(json!({})));
    let reply = answered(&stateless_fields("server/discover", None), &body);
    let result = &read(&reply)["result"];
    assert_eq!(reply.status, 200);
    assert_eq!(
        result["supportedVersions"],
        json!(["2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26"])
    );
    assert_eq!(result["capabilities"], json!({ "tools": { "listChanged": false } }));
    assert!(result["instructions"].is_string());

    let body = request("tools/list", &stateless(json!({ "cursor": "a" })));
    let list = read(&answered(&stateless_fields("tools/list", None), &body));
    for result in [result, &list["result"]] {
        assert_eq!(result["resultType"], "complete");
        assert_eq!((&result["ttlMs"], &result["cacheScope"]), (&json!(300_000), &json!("private")));
        let server = &result["_meta"]["io.modelcontextprotocol/serverInfo"];
        assert_eq!(server["name"], "breakwater");
    }
    assert!(list["result"]["tools"].as_array().is_some_and(|tools| !tools.is_empty()));
    assert_eq!(list["result"]["nextCursor"], Value::Null);
}

#[test]
fn a_result_in_an_earlier_version_has_nothing_of_the_newest() {
    let result = &read(&answered(&fields(None), &request("tools/list", &json!({}))))["result"];
    assert_eq!(
        result.as_object().map(|result| result.keys().collect::<Vec<_>>()).expect("an object"),
        ["tools"]
    );
}

#[test]
fn an_unknown_method_has_a_status_of_its_own_in_the_newest_version_only() {
    for method in ["resources/list", "prompts/list", "logging/setLevel", "a", ""] {
        refused(&fields(Some(LEGACY)), &request(method, &json!({})), 200, -32601);
        let body = request(method, &stateless(json!({})));
        refused(&stateless_fields(method, None), &body, 404, -32601);
    }
    // The newest version has neither of these, and the earlier ones do not have the third.
    for method in ["ping", "initialize"] {
        let body = request(method, &stateless(json!({})));
        refused(&stateless_fields(method, None), &body, 404, -32601);
    }
    refused(&fields(Some(LEGACY)), &request("server/discover", &json!({})), 200, -32601);
}

#[test]
fn an_unknown_version_is_told_those_that_there_are() {
    let version = "2099-01-01";
    let mut params = stateless(json!({}));
    params["_meta"]["io.modelcontextprotocol/protocolVersion"] = version.into();
    for body in [request("tools/list", &params), request("tools/list", &json!({}))] {
        let answer = refused(&fields(Some(version)), &body, 400, -32022);
        assert_eq!(answer["id"], 1);
        assert_eq!(
            answer["error"]["data"],
            json!({
                "requested": version,
                "supported": ["2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26"],
            })
        );
    }
}

#[test]
fn fields_say_what_the_body_says_in_the_newest_version() {
    let call = request("tools/call", &stateless(json!({ "name": "show_budget" })));
    let good = stateless_fields("tools/call", Some("show_budget"));
    let mismatched = [
        McpFields { version: None, ..good },
        McpFields { version: Some(LEGACY), ..good },
        McpFields { method: None, ..good },
        McpFields { method: Some("tools/list"), ..good },
        McpFields { method: Some("TOOLS/CALL"), ..good },
        McpFields { name: None, ..good },
        McpFields { name: Some("show_events"), ..good },
        McpFields { name: Some("=?base64?c2hvd19ldmVudHM=?="), ..good },
        McpFields { name: Some("=?base64?!?="), ..good },
        McpFields { name: Some("=?base64?gA==?="), ..good },
    ];
    for fields in mismatched {
        let answer = refused(&fields, &call, 400, -32020);
        assert_eq!(answer["id"], 1, "{fields:?}");
    }
    for name in ["show_budget", "=?base64?c2hvd19idWRnZXQ=?="] {
        let fields = McpFields { name: Some(name), ..good };
        let mut exchange = receive(Rank::Viewer, &fields, &call);
        assert!(exchange.poll_call(&mut McpLimit::default(), NOW).is_some(), "{name}");
    }
}

#[test]
fn a_request_in_the_newest_version_says_all_that_is_needed() {
    let fields = stateless_fields("tools/list", None);
    let whole = stateless(json!({}));
    for key in ["protocolVersion", "clientCapabilities"] {
        let key = format!("io.modelcontextprotocol/{key}");
        for value in [None, Some(json!(7))] {
            let mut params = whole.clone();
            let meta = params["_meta"].as_object_mut().expect("an object");
            meta.remove(&key);
            meta.extend(value.map(|value| (key.clone(), value)));
            let answer = refused(&fields, &request("tools/list", &params), 400, -32602);
            assert!(answer["error"]["message"].as_str().is_some_and(|told| told.contains(&key)));
        }
    }
    refused(&fields, &request("tools/list", &json!({})), 400, -32602);
}

#[test]
fn batches_are_of_one_version() {
    let batch = json!([
        { "jsonrpc": "2.0", "id": 1, "method": "ping" },
        { "jsonrpc": "2.0", "method": "notifications/initialized" },
        7,
        { "jsonrpc": "2.0", "id": "b", "method": "a" },
        { "jsonrpc": "2.0", "id": 3, "method": "initialize" },
        { "jsonrpc": "2.0", "id": 4, "method": "tools/call", "params": { "name": "show_budget" } },
        { "jsonrpc": "2.0", "id": 5, "method": "tools/call", "params": { "name": "show_events" } },
    ])
    .to_string();
    for version in [None, Some("2025-03-26")] {
        let mut exchange = receive(Rank::Viewer, &fields(version), &batch);
        let mut limit = McpLimit::default();
        for (path, answer) in [
            ("/_breakwater/budget", r#"{"hour":{},"held":{}}"#),
            ("/_breakwater/events", r#"{"events":[]}"#),
        ] {
            assert_eq!(exchange.poll_call(&mut limit, NOW).expect("a call").path, path);
            exchange.handle_answer(200, answer);
        }
        assert_eq!(exchange.poll_call(&mut limit, NOW), None);
        let reply = exchange.reply();
        let answers = read(&reply);
        assert_eq!(reply.status, 200);
        let of = |at: usize| (answers[at]["id"].clone(), answers[at]["error"]["code"].clone());
        assert_eq!(of(0), (json!(1), Value::Null));
        assert_eq!(of(1), (Value::Null, json!(-32600)));
        assert_eq!(of(2), (json!("b"), json!(-32601)));
        assert_eq!(of(3), (json!(3), json!(-32600)));
        assert_eq!(answers[4]["result"]["structuredContent"], json!({ "hour": {}, "held": {} }));
        assert_eq!(answers[5]["result"]["structuredContent"], json!({ "events": [] }));
        assert_eq!(answers.as_array().map(Vec::len), Some(6));
    }
    for version in ["2025-06-18", LEGACY, STATELESS] {
        refused(&fields(Some(version)), &batch, 400, -32600);
    }
}

#[test]
fn a_batch_has_a_bound() {
    let ping = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;
    let batch = |count: usize| format!("[{}]", vec![ping; count].join(","));
    assert_eq!(answered(&fields(None), &batch(MCP_BATCH_MAX)).status, 200);
    for count in [0, MCP_BATCH_MAX + 1] {
        refused(&fields(None), &batch(count), 400, -32600);
    }
}

#[test]
fn what_is_no_message_is_refused() {
    let deep = "[".repeat(1000);
    for body in ["", "{", "nul", "{\"a\":1}}", "\u{feff}{}", &deep] {
        let answer = refused(&fields(None), body, 400, -32700);
        assert_eq!(answer.get("id"), None, "an id that cannot be read is not made up");
    }
    for body in ["7", "null", "{}", r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#] {
        let answer = refused(&fields(None), body, 400, -32600);
        assert_eq!(answer.get("id"), None);
    }
    refused(&fields(None), r#"{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}"#, 400, -32600);
    for content_type in [None, Some("text/plain"), Some("application/jsonl"), Some("")] {
        let fields = McpFields { content_type, ..fields(None) };
        refused(&fields, r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#, 415, -32600);
    }
    for content_type in ["application/json; charset=utf-8", "Application/JSON"] {
        let fields = McpFields { content_type: Some(content_type), ..fields(None) };
        assert_eq!(answered(&fields, r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#).status, 200);
    }
}

#[test]
fn the_parameters_of_a_call_name_a_tool_and_its_arguments() {
    for params in [
        json!({}),
        json!({ "name": 7 }),
        json!({ "name": "" }),
        json!({ "name": "Show_events" }),
        json!({ "name": "report_success" }),
        json!({ "name": "show_events", "arguments": [] }),
        json!({ "name": "show_events", "arguments": "a" }),
    ] {
        refused(&fields(Some(LEGACY)), &request("tools/call", &params), 200, -32602);
    }
    for arguments in [Value::Null, json!({})] {
        let params = json!({ "name": "show_events", "arguments": arguments });
        let mut exchange = receive(Rank::Viewer, &fields(None), &request("tools/call", &params));
        assert!(exchange.poll_call(&mut McpLimit::default(), NOW).is_some());
    }
}

#[test]
fn calls_have_a_rate_and_nothing_else_has() {
    let mut limit = McpLimit::default();
    let body = request("tools/call", &json!({ "name": "show_budget" }));
    for _ in 0..MCP_CALLS_MAX {
        let mut exchange = receive(Rank::Viewer, &fields(None), &body);
        assert!(exchange.poll_call(&mut limit, NOW).is_some());
        // What is listed or refused does not count.
        let refused = request("tools/call", &json!({ "name": "purge", "arguments": {} }));
        for body in [request("tools/list", &json!({})), refused] {
            let mut other = receive(Rank::Admin, &fields(None), &body);
            assert_eq!(other.poll_call(&mut limit, NOW), None);
        }
    }
    let mut exchange = receive(Rank::Viewer, &fields(None), &body);
    assert_eq!(exchange.poll_call(&mut limit, NOW), None);
    let told = "too many calls, expected the next one in 60s";
    assert_eq!(super::why(&read(&exchange.reply())), told);
}
