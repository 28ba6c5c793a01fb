//! What tools demand beyond what their operations do: a reason, an end, and a word about people.

use breakwater_core::base::time::Timestamp;
use breakwater_core::site::access::Rank;
use breakwater_core::site::operator::{API, Access, Operation, Operator};
use serde_json::{Map, Value, json};

use super::tools::{arguments, endpoint};
use super::{called, listed, why};

#[test]
fn each_change_has_a_reason() {
    for tool in listed(Rank::Admin) {
        let (name, whole) = (tool["name"].as_str().expect("a name"), arguments(&tool));
        let is_write = endpoint(&tool).access == Access::Write;
        assert_eq!(whole.contains_key("reason"), is_write, "{name}");
        if !is_write {
            continue;
        }
        let mut without = whole.clone();
        without.remove("reason");
        for arguments in [without, with(&whole, "reason", Value::Null)] {
            let refused = called(Rank::Admin, name, &arguments.into()).expect_err(name);
            let told =
                "`reason` is missing. Why, for the history: 1 to 200 characters in one line.";
            assert_eq!(why(&refused), told, "{name}");
        }
    }
}

fn with(arguments: &Map<String, Value>, name: &str, value: Value) -> Map<String, Value> {
    let mut arguments = arguments.clone();
    arguments.insert(name.into(), value);
    arguments
}

#[test]
fn each_order_that_holds_has_an_end() {
    let mut held = Vec::new();
    for tool in listed(Rank::Admin) {
        let (name, mut arguments) = (tool["name"].as_str().expect("a name"), arguments(&tool));
        if arguments.remove("lasts").is_none() {
            continue;
        }
        held.push(name.to_owned());
        let refused = called(Rank::Admin, name, &arguments.into()).expect_err(name);
        assert!(why(&refused).starts_with("`lasts` is missing. How long "), "{refused}");
    }
    assert_eq!(held, ["set_override", "set_bypass", "order_maintenance", "pause_check"]);
    // What ends another order, or says its end in another way, needs none.
    let auto = json!({ "upstream": "web", "override": "auto", "reason": "a" });
    assert!(called(Rank::Admin, "set_override", &auto).is_ok());
    let end = json!({ "end": "2026-12-24T20:00:00Z", "reason": "a" });
    assert!(called(Rank::Admin, "order_maintenance", &end).is_ok());
}

#[test]
fn each_call_that_could_tell_people_says_whether_it_does() {
    let mut telling = Vec::new();
    for tool in listed(Rank::Admin) {
        let (name, mut arguments) = (tool["name"].as_str().expect("a name"), arguments(&tool));
        if arguments.remove("notify").is_none() {
            continue;
        }
        telling.push(name.to_owned());
        let refused = called(Rank::Admin, name, &arguments.into()).expect_err(name);
        assert!(why(&refused).starts_with("`notify` is missing. "), "{refused}");
    }
    assert_eq!(
        telling,
        [
            "open_incident",
            "update_incident",
            "resolve_incident",
            "reopen_incident",
            "test_channel",
            "resend_alert",
        ]
    );
    for endpoint in API {
        let has_choice = endpoint.body.iter().any(|member| member.name == "notify");
        let name = endpoint.operation.name();
        assert!(!has_choice || telling.iter().any(|telling| telling == name), "{name}");
    }
    // A message that goes out in any case cannot be sent by a call that denies it.
    let denied = json!({ "channel": "ops", "reason": "a", "notify": false });
    let refused = called(Rank::Admin, "test_channel", &denied).expect_err("refused");
    assert_eq!(why(&refused), "`notify` cannot be `false`, expected `true`");
}

#[test]
fn the_history_keeps_why_each_change_was_made() {
    let event = |name: &str, arguments: Value| {
        let (call, _) = called(Rank::Admin, name, &arguments).expect(name);
        let event = call.event(Operator::Token.via_mcp(), Timestamp::from_millis(1_000));
        (call.reason.is_some(), event.map(|it| serde_json::to_string(&it).expect("JSON")))
    };
    for (name, arguments, kept) in [
        (
            "add_note",
            json!({ "incident": "inc-a", "text": "b", "reason": "for later" }),
            r#""event":"add_note","incident":"inc-a","reason":"for later""#,
        ),
        (
            "edit_incident",
            json!({ "incident": "inc-a", "entry": 3, "text": "b", "reason": "a typo" }),
            r#""event":"edit_incident","incident":"inc-a","entry":3,"reason":"a typo""#,
        ),
    ] {
        let (_, stored) = event(name, arguments);
        let expected = format!(r#"{{"at":1000,{kept},"by":"token via mcp"}}"#);
        assert_eq!(stored.as_deref(), Some(&*expected));
    }
    // Each change leaves one event: of its own, which has the reason, or the tool's.
    for tool in listed(Rank::Admin) {
        let (name, given) = (tool["name"].as_str().expect("a name"), arguments(&tool));
        let line = endpoint(&tool);
        let has_reason = line.body.iter().any(|member| member.name == "reason");
        let (is_beside, event) = event(name, given.into());
        assert_eq!(is_beside, line.access == Access::Write && !has_reason, "{name}");
        let leaves_its_own = has_reason
            || matches!(
                line.operation,
                Operation::TestCheck
                    | Operation::OpenIncident
                    | Operation::ResolveIncident
                    | Operation::ReopenIncident
                    | Operation::RunCheck
                    | Operation::TestChannel
                    | Operation::ResendAlert
            );
        assert_eq!(event.is_some(), line.access == Access::Write && !leaves_its_own, "{name}");
    }
}
