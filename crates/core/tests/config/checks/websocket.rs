//! Checks that open a WebSocket.

use breakwater_core::watch::check::{
    Assertion, BodyPattern, CheckFieldValue, CheckKind, CheckRequest, StatusSet,
};

use super::{check_kind, checks, millis, secret};

const SOCKET: &str =
    "[[checks]]\nname = \"a\"\nkind = \"websocket\"\nurl = \"wss://shop.example/ws?a=b\"\n";

#[test]
fn a_websocket_is_opened_by_a_request_and_may_answer_a_text() {
    let lines = "send = '{\"type\": \"ping\"}'\nheaders = { key = { secret = \"KEY\" } }\n\
                 expect = { message_contains = \"pong\", message_matches = 'p.ng', latency = \"1s\" }\n";
    let [check] = checks(&[SOCKET, lines].concat()).try_into().unwrap();
    let key = CheckFieldValue::Secret { prefix: String::new(), name: secret("KEY") };
    let request = CheckRequest {
        method: "GET".into(),
        url: "https://shop.example/ws?a=b".into(),
        fields: vec![("key".into(), key)],
        body: None,
        follows_redirects: false,
    };
    let send = Some("{\"type\": \"ping\"}".into());
    assert_eq!(check.kind, CheckKind::Websocket { request, send });
    assert_eq!(check.expect.status, StatusSet::parse(["101"]).unwrap());
    assert_eq!(
        check.expect.required,
        [
            Assertion::MessageContains("pong".into()),
            Assertion::MessageMatches(BodyPattern::parse("p.ng").unwrap()),
        ]
    );
    assert_eq!(check.expect.latency, Some(millis("1s")));
    let [check] = checks(SOCKET).try_into().unwrap();
    assert_eq!(check.expect.status, StatusSet::parse(["101"]).unwrap());
    let local = SOCKET.replace("wss://shop.example", "ws://localhost:8787");
    let [check] = checks(&local).try_into().unwrap();
    assert_eq!(check.kind.request().unwrap().url, "http://localhost:8787/ws?a=b");
}

#[test]
fn what_is_no_websocket_is_refused() {
    check_kind("websocket", "", "1:1: checks[0]: missing key `url`");
    for (lines, expected) in [
        (
            "url = \"ws://shop.example/\"",
            "4:7: checks[0].url: `http://shop.example` is not a URL to ask, \
             expected `https://`, since `http://` is for localhost only",
        ),
        (
            "url = \"wss://shop.example/\"\nsend = \"\"",
            "5:8: checks[0].send: `0` is out of range, expected 1 to 4096 bytes",
        ),
        (
            "url = \"wss://shop.example/\"\nexpect = { status = 200 }",
            "5:12: checks[0].expect: unknown key `status`, \
             expected one of `message_contains`, `message_matches`, `latency`",
        ),
        (
            "url = \"wss://shop.example/\"\nmethod = \"GET\"",
            "5:1: checks[0]: `method` is not allowed with the kind `websocket`, \
             expected one of `http`",
        ),
    ] {
        check_kind("websocket", lines, expected);
    }
}
