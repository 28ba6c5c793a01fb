//! What checks expect of an answer: the assertions that are refused.

use super::{BARE, check, check_kind, checks};

#[test]
fn an_expectation_that_cannot_be_read_is_refused() {
    for (expect, expected) in [
        (
            "status = \"6xx\"",
            "21: checks[0].expect.status: `6xx` is not allowed, \
             expected a status of 100 to 599, or a class such as `2xx`",
        ),
        (
            "status = [200, 99]",
            "27: checks[0].expect.status[1]: `99` is not allowed, \
             expected a status of 100 to 599, or a class such as `2xx`",
        ),
        (
            "status = []",
            "21: checks[0].expect.status: there is none, \
             expected a status such as `200` or `\"2xx\"`, or a list of them",
        ),
        (
            "status = true",
            "21: checks[0].expect.status: found the boolean `true`, \
             expected a status such as `200` or `\"2xx\"`, or a list of them",
        ),
        (
            "json = \"a b\"",
            "19: checks[0].expect.json: `a b` is not allowed, expected `==`, `!=`, `<`, `<=`, `>`, \
             `>=`, `contains` or `lacks` with a JSON value, `exists` or `absent`",
        ),
        (
            "header = [\"etag exists\", \"Etag exists\"]",
            "37: checks[0].expect.header[1]: `Etag exists` is not allowed, \
             expected the name of a field in lower case, and a comparison",
        ),
        (
            "body_matches = \"(\"",
            "27: checks[0].expect.body_matches: `(` is not allowed, expected a regular expression \
             in the syntax of the crate `regex`, of 1 to 1000 bytes, without Unicode classes such \
             as `\\p{L}`, and not too large",
        ),
        (
            "body_contains = \"\"",
            "28: checks[0].expect.body_contains: `0` is out of range, expected 1 to 500 bytes",
        ),
        (
            &format!("json = \"a == {}\"", "1".repeat(996)),
            "19: checks[0].expect.json: `1001` is out of range, expected 1 to 1000 bytes",
        ),
        (
            "body_lacks = []",
            "25: checks[0].expect.body_lacks: there is none, expected a text, or a list of texts",
        ),
        (
            "final_url = \"/\"",
            "24: checks[0].expect.final_url: `` is not a URL to ask, \
             expected `https://` and a host",
        ),
        (
            "size_min = 9, size_max = 8",
            "37: checks[0].expect.size_max: `8` is out of range, \
             expected at least 9, the `size_min` beside it",
        ),
        (
            "latency = \"11s\"",
            "22: checks[0].expect.latency: `11s` is out of range, \
             expected 1ms to 10s, the check's `timeout`",
        ),
    ] {
        check(&format!("expect = {{ {expect} }}"), &format!("4:{expected}"));
    }
    check(
        "warn = { latency = \"1s\" }",
        "4:10: checks[0].warn: unknown key `latency`, expected one of `body_contains`, \
         `body_lacks`, `body_matches`, `json`, `header`, `final_url`, `size_min`, `size_max`",
    );
    check_kind(
        "tcp",
        "target = \"a:1\"\nexpect = { status = 200 }",
        "5:12: checks[0].expect: unknown key `status`, expected one of `latency`",
    );
}

#[test]
fn assertions_are_bounded() {
    let texts = |count: usize| vec!["\"a\""; count].join(", ");
    let with = |required, preferred| {
        format!(
            "expect = {{ body_contains = [{}] }}\nwarn = {{ body_lacks = [{}] }}",
            texts(required),
            texts(preferred)
        )
    };
    let [check_of_32] = checks(&format!("{BARE}{}\n", with(31, 1))).try_into().unwrap();
    assert_eq!(check_of_32.expect.required.len(), 31);
    check(
        &with(33, 1),
        "4:10: checks[0].expect: `33` is out of range, expected at most 32 assertions of one check",
    );
    check(
        &with(31, 2),
        "5:8: checks[0].warn: `33` is out of range, expected at most 32 assertions of one check",
    );
    let statuses = vec!["200"; 33].join(", ");
    check(
        &format!("expect = {{ status = [{statuses}] }}"),
        "4:21: checks[0].expect.status: `33` is out of range, expected at most 32 of them",
    );
}
