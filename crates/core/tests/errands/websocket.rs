//! Which messages of a WebSocket a check waits for, and what it makes of them.

use breakwater_core::base::fields::Fields;
use breakwater_core::base::redaction::Redactor;
use breakwater_core::base::time::Millis;
use breakwater_core::watch::check::{Check, CheckAnswer, CheckedAnswer, MESSAGES_MAX};
use breakwater_core::watch::monitor::CheckResult;

use super::{rules, time};

fn check(expect: &str) -> Check {
    let text = format!(
        "[[checks]]\nname = \"a\"\nkind = \"websocket\"\nurl = \"wss://shop.example/ws\"\n\
         expect = {{ {expect} }}\n"
    );
    rules(&text).checks.remove(0)
}

fn said(status: u16, message: &str) -> CheckAnswer<'_> {
    CheckAnswer::Answered(CheckedAnswer {
        status,
        fields: Fields::new(""),
        body: message.as_bytes(),
        size: message.len() as u64,
        is_cut: false,
        url: "https://shop.example/ws",
        took: Millis::new(80),
    })
}

#[test]
fn the_first_message_that_is_as_expected_ends_the_wait() {
    let pong = check("message_contains = \"pong\", message_matches = \"[0-9]\"");
    assert!(pong.wants_message(0, None));
    assert!(pong.wants_message(1, Some(b"hello")));
    assert!(pong.wants_message(2, Some(b"pong")), "both have to hold");
    assert!(!pong.wants_message(3, Some(b"pong 1")));
    assert!(!pong.wants_message(MESSAGES_MAX, Some(b"news")), "the wait is bounded");
    assert!(!check("latency = \"1s\"").wants_message(0, None), "an open socket suffices");
}

#[test]
fn a_message_and_a_refusal_are_judged() {
    let pong = check("message_contains = \"pong\", latency = \"50ms\"");
    let slow = pong.observe(&said(101, "pong"));
    assert_eq!(slow.result, CheckResult::Degraded);
    let wrong = pong.observe(&said(101, "hello"));
    assert_eq!(wrong.result, CheckResult::Down);
    assert_eq!(wrong.reasons[0], "the last message does not contain `pong`");
    let refused = check("latency = \"1s\"").observe(&said(200, ""));
    assert_eq!(refused.reasons, ["status 200, expected 101"]);
    let answer = said(101, "hello");
    let now = time("2026-11-28T08:00:00Z");
    let evidence = pong.evidence(&wrong, &answer, "edge", &Redactor::new([]), now).unwrap();
    assert_eq!((evidence.status, evidence.body.as_str()), (Some(101), "hello"));
    assert_eq!(
        evidence.curl(),
        Some(
            "curl --http1.1 --include --max-time 10 --header 'connection: Upgrade' \
             --header 'upgrade: websocket' --header 'sec-websocket-version: 13' \
             --header 'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==' 'https://shop.example/ws'"
        )
    );
}
