//! What a tool answers: what the operation does, short enough for a model.

use breakwater_core::site::access::Rank;
use breakwater_core::site::operator::MCP_TEXT_MAX;
use serde_json::{Value, json};

use super::{called, read, why};

/// What a tool answers when the operation answers this.
fn answer(name: &str, arguments: &Value, status: u16, body: &str) -> Value {
    let (_, mut exchange) = called(Rank::Admin, name, arguments).expect(name);
    exchange.handle_answer(status, body);
    let reply = exchange.reply();
    assert_eq!(reply.status, 200);
    read(&reply)
}

/// The structure of a good answer, which its text has too.
#[track_caller]
fn shown(name: &str, arguments: &Value, body: &Value) -> Value {
    let answer = answer(name, arguments, 200, &body.to_string());
    let result = &answer["result"];
    assert_eq!(result["isError"], false, "{answer}");
    let text = result["content"][0]["text"].as_str().expect("a text");
    assert!(text.len() <= MCP_TEXT_MAX, "{}", text.len());
    let parsed: Value = serde_json::from_str(text).expect("JSON");
    assert_eq!(parsed, result["structuredContent"]);
    parsed
}

fn events(count: usize) -> Value {
    let event = |at: usize| json!({ "at": at, "event": "purge", "reason": "r".repeat(180) });
    json!({ "events": (0..count).map(event).collect::<Vec<_>>() })
}

#[test]
fn a_good_answer_is_a_text_and_a_structure() {
    let body = json!({ "circuits": [{ "name": "web", "state": "closed" }] });
    assert_eq!(shown("show_bypass", &json!({}), &body), body);
    let indented = "{\n  \"hour\": {},\n  \"held\": {}\n}";
    let answer = answer("show_budget", &json!({}), 200, indented);
    assert_eq!(answer["result"]["content"][0]["text"], r#"{"held":{},"hour":{}}"#);
}

#[test]
fn an_error_is_a_result_that_a_model_reads() {
    let auto = json!({ "upstream": "web", "override": "auto", "reason": "a", "circuit": "b" });
    let problem = json!({
        "title": "Bad Request", "status": 400, "detail": "`circuit` cannot be `b`, expected one of `web`",
    });
    let failed = answer("set_override", &auto, 400, &problem.to_string());
    assert_eq!(why(&failed), "`circuit` cannot be `b`, expected one of `web`");
    assert_eq!(failed["result"].get("structuredContent"), None);
    for (status, body, told) in [
        (502, "", "the answer was a 502"),
        (200, "[]", "the answer was a 200"),
        (200, "{", "the answer was a 200"),
        (404, r#"{"detail":7}"#, "the answer was a 404"),
        // Of several circuits, some may have taken the order.
        (502, r#"{"detail":"1 of 2 circuits failed","circuits":[]}"#, "1 of 2 circuits failed"),
        (
            502,
            r#"{"detail":"sending it again may do it twice: see `GET /_breakwater/incidents`"}"#,
            "sending it again may do it twice: see `show_incidents`",
        ),
    ] {
        assert_eq!(why(&answer("set_override", &auto, status, body)), told);
    }
    let long = json!({ "detail": "ä".repeat(5000) }).to_string();
    let told = answer("set_override", &auto, 400, &long);
    assert!(why(&told).len() <= 4096 && why(&told).ends_with("ä…"));
}

#[test]
fn what_names_nothing_is_told_what_there_is() {
    let (_, mut exchange) =
        called(Rank::Viewer, "show_check", &json!({ "check": "a" })).expect("a call");
    exchange.handle_refusal("no check `a`, expected one of `shop`");
    assert_eq!(why(&read(&exchange.reply())), "no check `a`, expected one of `shop`");
}

#[test]
fn a_client_asks_for_as_much_as_it_wants() {
    let few = shown("show_events", &json!({ "limit": 3 }), &events(100));
    let at: Vec<_> = few["events"].as_array().into_iter().flatten().map(|it| &it["at"]).collect();
    assert_eq!(at, [0, 1, 2], "the latest come first");
    assert_eq!(few["left_out"], json!({ "events": 97 }));
    assert_eq!(shown("show_events", &json!({ "limit": 100 }), &events(100)), events(100));

    let checks = json!({ "checks": [
        { "name": "a", "state": "up" }, { "name": "b", "state": "down" },
        { "name": "c", "state": "down" }, { "name": "d" },
    ] });
    let named = |arguments: Value| {
        let shown = shown("show_checks", &arguments, &checks);
        assert_eq!(shown.get("left_out"), None, "what was not asked for is not left out");
        let names = shown["checks"].as_array().into_iter().flatten();
        names.map(|check| check["name"].as_str().unwrap_or_default().to_owned()).collect::<String>()
    };
    assert_eq!(named(json!({ "state": "down" })), "bc");
    assert_eq!(named(json!({ "name": "c" })), "c");
    assert_eq!(named(json!({ "name": "a", "state": "down" })), "");
    assert_eq!(named(json!({})), "abcd");
}

#[test]
fn a_long_list_is_cut_at_its_old_end() {
    let cut = shown("show_events", &json!({}), &events(1000));
    let kept = cut["events"].as_array().expect("a list").len();
    assert!((100..200).contains(&kept), "{kept}");
    assert_eq!(cut["events"][0]["at"], 0);
    assert_eq!(cut["left_out"], json!({ "events": 1000 - kept }));

    let timeline: Vec<_> =
        (0..500).map(|entry| json!({ "entry": entry, "text": "t".repeat(200) })).collect();
    let incident = json!({ "id": "inc-a", "checks": [], "timeline": timeline });
    let cut = shown("show_incident", &json!({ "incident": "inc-a" }), &incident);
    let kept = cut["timeline"].as_array().expect("a list").len();
    assert!((100..200).contains(&kept), "{kept}");
    assert_eq!(cut["timeline"][kept - 1]["entry"], 499);
    assert_eq!(cut["left_out"], json!({ "timeline": 500 - kept }));
}

#[test]
fn what_is_within_elements_is_cut_before_the_elements_are() {
    let rows = |count: usize| {
        (0..count).map(|at| json!({ "at": at, "state": "closed" })).collect::<Vec<_>>()
    };
    let circuit = |name: &str| json!({ "name": name, "transitions": rows(100), "orders": rows(2) });
    let upstreams: Vec<_> =
        (0..40).map(|n| json!({ "name": format!("u{n}"), "circuits": [circuit("a")] })).collect();
    let cut = shown("show_upstreams", &json!({}), &json!({ "upstreams": upstreams }));
    let shown = cut["upstreams"].as_array().expect("a list");
    assert_eq!(shown.len(), 40);
    for upstream in shown {
        let circuit = &upstream["circuits"][0];
        assert_eq!(circuit["transitions"], json!(rows(10)), "the latest come first");
        assert_eq!(circuit["orders"], json!(rows(2)));
    }
    assert_eq!(cut["left_out"], json!({ "transitions": 40 * 90 }));
}

#[test]
fn a_change_of_an_incident_shows_the_end_of_its_timeline() {
    let timeline: Vec<_> = (0..20).map(|entry| json!({ "entry": entry })).collect();
    let note = json!({ "incident": "inc-a", "text": "b", "reason": "a" });
    let cut = shown("add_note", &note, &json!({ "id": "inc-a", "timeline": timeline }));
    assert_eq!(cut["timeline"], json!(timeline[15..]));
    assert_eq!(cut["left_out"], json!({ "timeline": 15 }));
}

#[test]
fn an_answer_that_cannot_be_cut_says_so() {
    let long = json!({ "hour": { "a": "a".repeat(MCP_TEXT_MAX) }, "held": {} });
    let answer = answer("show_budget", &json!({}), 200, &long.to_string());
    assert_eq!(why(&answer), "the answer is too long to be shown");
}

#[test]
fn one_element_that_is_too_long_leaves_an_empty_list() {
    let body = json!({ "events": [{ "at": 1, "reason": "r".repeat(MCP_TEXT_MAX) }] });
    let cut = shown("show_events", &json!({}), &body);
    assert_eq!(cut, json!({ "events": [], "left_out": { "events": 1 } }));
}
