//! What checks ask: the requests and the like that are refused.

use super::super::check_below;
use super::{BARE, check, check_kind, checks};

#[test]
fn a_url_is_secure_and_shows_no_secret() {
    for (url, expected) in [
        (
            "http://shop.example/",
            "`http://shop.example` is not a URL to ask, \
             expected `https://`, since `http://` is for localhost only",
        ),
        (
            "https://user:secret@shop.example/",
            "`https://…@shop.example/` is not a URL to ask, \
             expected no user and no password in it",
        ),
        (
            "https://shop.example/a b?key=secret",
            "`https://shop.example/a b?…` is not a URL to ask, \
             expected a normalised path, then a query if need be",
        ),
        ("/", "`` is not a URL to ask, expected `https://` and a host"),
        ("", "`0` is out of range, expected 1 to 2000 bytes"),
    ] {
        check_below(
            &BARE.replace("https://shop.example/", url),
            &format!("3:7: checks[0].url: {expected}"),
        );
    }
    check_below(
        &BARE.replace("/\"", &format!("/{}\"", "a".repeat(2000))),
        "3:7: checks[0].url: `2021` is out of range, expected 1 to 2000 bytes",
    );
    assert_eq!(checks(&BARE.replace("https://shop.example", "http://[::1]:8788")).len(), 1);
}

#[test]
fn a_request_is_one_that_can_be_sent() {
    for (lines, expected) in [
        (
            "method = \"get\"",
            "4:10: checks[0].method: unknown method `get`, expected one of `GET`, `HEAD`, `POST`, \
             `PUT`, `PATCH`, `DELETE`, `OPTIONS`",
        ),
        (
            "body = \"secret\"",
            "4:8: checks[0].body: `…` is not allowed, \
             expected another `method` than `GET` and `HEAD` beside it",
        ),
        (
            "method = \"PUT\"\nbody = \"\"",
            "5:8: checks[0].body: `0` is out of range, expected 1 to 4096 bytes",
        ),
        (
            "headers = \"secret\"",
            "4:11: checks[0].headers: `…` is not allowed, \
             expected a table such as `{ accept = \"text/html\" }`",
        ),
        (
            "headers = { \"a b\" = \"secret\" }",
            "4:13: checks[0].headers.\"a b\": `a b` is not allowed, \
             expected the name of a request field",
        ),
        (
            "headers = { Host = \"secret\" }",
            "4:13: checks[0].headers.Host: `Host` is not allowed, \
             expected a field that says nothing of the connection",
        ),
        (
            "headers = { a = \"1\", A = \"2\" }",
            "4:22: checks[0].headers.A: `A` is not allowed, \
             expected each field once, whatever its capitals",
        ),
        (
            "headers = { a = \"secret\\r\\nb: c\" }",
            "4:17: checks[0].headers.a: `…` is not allowed, \
             expected up to 500 characters of ASCII in one line",
        ),
        (
            "headers = { Authorization = \"Bearer secret\" }",
            "4:29: checks[0].headers.Authorization: `…` is not allowed, \
             expected `{ secret = \"NAME\", prefix = \"Bearer \" }`, never the secret",
        ),
        (
            "headers = { a = { secret = \"sk_live_1\" } }",
            "4:28: checks[0].headers.a.secret: `…` is not allowed, \
             expected the name of a Worker's secret, such as `SUPABASE_KEY`, never its value",
        ),
        (
            "headers = { a = { prefix = \"Bearer \" } }",
            "4:17: checks[0].headers.a: missing key `secret`",
        ),
        (
            "headers = { a = 1 }",
            "4:17: checks[0].headers.a: found the integer `1`, \
             expected a text, or `{ secret = \"NAME\" }`",
        ),
    ] {
        check(lines, expected);
    }
    let fields: Vec<_> = (0..33).map(|n| format!("f{n} = \"\"")).collect();
    check(
        &format!("headers = {{ {} }}", fields.join(", ")),
        "4:329: checks[0].headers.f32: `33` is out of range, expected at most 32 of them",
    );
}

#[test]
fn a_target_is_a_host_and_a_port() {
    for (target, shown) in [
        ("db.example", "db.example"),
        ("tcp://db.example:1", "tcp://db.example:1"),
        ("DB.example:1", "DB.example:1"),
        ("db.example:70000", "db.example:70000"),
        ("user:secret@db.example:1", "…"),
    ] {
        check_kind(
            "tcp",
            &format!("target = \"{target}\""),
            &format!(
                "4:10: checks[0].target: `{shown}` is not allowed, expected a host and a port \
                 such as `db.example:5432`, without a scheme and in lower case"
            ),
        );
    }
    check_kind(
        "tcp",
        "target = \"mail.example:25\"",
        "4:10: checks[0].target: `mail.example:25` is not allowed, \
         expected another port than 25, which the platform does not connect to",
    );
}

#[test]
fn a_record_is_one_of_a_name() {
    check_kind(
        "dns",
        "domain = \"shop.example.\"",
        "4:10: checks[0].domain: `shop.example.` is not allowed, \
         expected a name in lower case, such as `shop.example`",
    );
    check_kind(
        "dns",
        "domain = \"shop.example\"\nrecord = \"a\"",
        "5:10: checks[0].record: unknown record `a`, \
         expected one of `A`, `AAAA`, `CNAME`, `MX`, `TXT`, `NS`",
    );
    check_kind(
        "dns",
        "domain = \"shop.example\"\nresolver = \"1.1.1.1\"",
        "5:12: checks[0].resolver: `1.1.1.1` is not a URL to ask, expected `https://` and a host",
    );
}

#[test]
fn a_heartbeats_token_is_named_and_never_written_down() {
    check_kind(
        "heartbeat",
        "token = \"hunter2\"",
        "4:9: checks[0].token: `…` is not allowed, \
         expected the name of a Worker's secret, such as `SUPABASE_KEY`, never its value",
    );
    check_kind(
        "heartbeat",
        "token = \"T\"\ngrace = \"25h\"",
        "5:9: checks[0].grace: `25h` is out of range, expected 0ms to 1d",
    );
}
