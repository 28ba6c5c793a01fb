//! The kinds of checks that there are, and the keys of each.

use super::check_kind;

#[test]
fn an_unknown_kind_is_refused_with_the_known_ones() {
    check_kind(
        "ping",
        "",
        "3:8: checks[0].kind: unknown kind `ping`, \
         expected one of `http`, `tcp`, `dns`, `domain`, `tls`, `websocket`, `heartbeat`, \
         `flow`",
    );
}

#[test]
fn a_kind_refuses_the_keys_of_other_kinds() {
    for (kind, line, expected) in [
        (
            "http",
            "target = \"db:1\"",
            "`target` is not allowed with the kind `http`, expected one of `tcp`, `tls`",
        ),
        (
            "tcp",
            "url = \"https://a\"",
            "`url` is not allowed with the kind `tcp`, expected one of `http`, `websocket`",
        ),
        ("dns", "warn = {}", "`warn` is not allowed with the kind `dns`, expected one of `http`"),
        (
            "heartbeat",
            "from = [\"weur\"]",
            "`from` is not allowed with the kind `heartbeat`, expected one of `http`, `tcp`, \
             `dns`, `domain`, `tls`, `websocket`, `flow`",
        ),
        (
            "heartbeat",
            "timeout = \"1s\"",
            "`timeout` is not allowed with the kind `heartbeat`, expected one of `http`, `tcp`, \
             `dns`, `domain`, `tls`, `websocket`, `flow`",
        ),
        (
            "heartbeat",
            "expect = {}",
            "`expect` is not allowed with the kind `heartbeat`, expected one of `http`, `tcp`, \
             `dns`, `websocket`, `flow`",
        ),
        (
            "flow",
            "url = \"u\"",
            "`url` is not allowed with the kind `flow`, expected one of `http`, \
             `websocket`",
        ),
        (
            "http",
            "token = \"T\"",
            "`token` is not allowed with the kind `http`, expected one of `heartbeat`",
        ),
    ] {
        check_kind(kind, line, &format!("4:1: checks[0]: {expected}"));
    }
}
