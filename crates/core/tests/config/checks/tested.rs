//! Checks that are tried once: read from JSON by the rules of the file, and narrow about secrets.

use breakwater_core::base::time::Timestamp;
use breakwater_core::site::config::{SiteFile, WatchRules, parse_file};
use breakwater_core::site::operator::{CheckTest, Event, Operator};
use breakwater_core::watch::check::{Check, CheckPlace};

use super::super::VALID;
use super::{FULL, checks};

/// Sends `CHECK_TOKEN` and `KEY` to `https://shop.example`, `PASSWORD` to `https://a.example:8443`,
/// and shows `JOB_TOKEN`.
const FLOW: &str = r#"[[checks]]
name = "flow"
kind = "flow"
steps = [
  { url = "https://b.example/" },
  { url = "https://a.example:8443/x", method = "POST", body = "{{PASSWORD}}" },
]
"#;

/// Sends `SOCKET_KEY` to `https://live.example`.
const KINDS: &str = r#"[[checks]]
name = "socket"
kind = "websocket"
url = "wss://live.example/ws"
headers = { authorization = { secret = "SOCKET_KEY" } }
send = "ping"
expect = { message_contains = "pong" }

[[checks]]
name = "registration"
kind = "domain"
domain = "shop.example"
warn_before = "20d"

[[checks]]
name = "certificate"
kind = "tls"
target = "shop.example:443"
from = ["globalping:DE"]

[globalping]
token = "GLOBALPING_TOKEN"
"#;

fn file() -> SiteFile {
    parse_file("breakwater.toml", &format!("{VALID}{FULL}{FLOW}")).expect("a site file")
}

fn read(body: &str) -> Result<CheckTest, String> {
    let file = file();
    let read = CheckTest::parse(body.as_bytes(), &file.site, &file.watch);
    read.map_err(|error| error.to_string())
}

#[track_caller]
fn refused(body: &str, error: &str) {
    assert_eq!(read(body).expect_err("a refusal"), error, "{body}");
}

#[test]
fn a_check_is_the_same_in_both_languages() {
    let toml = r#"[[checks]]
name = "a"
url = "https://shop.example/"
headers = { accept = "text/html" }
expect = { status = [200, "3xx"], body_contains = "Shop", size_min = 10, latency = "2s" }
warn = { header = 'etag exists' }
redirects = false
from = ["weur", "edge"]
failures = 3
"#;
    let json = r#"{"name": "a", "url": "https://shop.example/", "headers": {"accept": "text/html"},
        "expect": {"status": [200, "3xx"], "body_contains": "Shop", "size_min": 10, "latency": "2s"},
        "warn": {"header": "etag exists"}, "redirects": false, "from": ["weur", "edge"],
        "failures": 3}"#;
    let [of_file]: [Check; 1] = checks(toml).try_into().unwrap();
    assert_eq!(*read(json).unwrap().check(), of_file);
}

#[test]
fn what_the_build_embeds_reads_back_as_it_was() {
    let default = include_str!("../../../../../breakwater.toml");
    let hexadecimal = FLOW.replace(
        "{ url = \"https://b.example/\" }",
        "{ url = \"https://b.example/\", expect = { status = 0xc9, size_min = 1_000 } }",
    );
    let texts = [
        default.into(),
        VALID.into(),
        format!("{VALID}{FULL}{hexadecimal}"),
        format!("{VALID}{FULL}{KINDS}[budget]\nheadroom = 7\n[status]\nvisitors = true\n"),
    ];
    for text in texts {
        let SiteFile { site, watch, checks_json } =
            parse_file("breakwater.toml", &text).expect("a site file");
        let without_checks = WatchRules { checks: Vec::new(), ..watch.clone() };
        let rules = serde_json::to_string(&without_checks).unwrap();
        assert_eq!(WatchRules::embedded(&rules, &checks_json, &site).unwrap(), watch);
    }
    let SiteFile { site, .. } = file();
    let error = WatchRules::embedded("{}", "[]", &site).unwrap_err();
    assert!(error.to_string().contains("channels"), "{error}");
}

#[test]
fn the_errors_are_those_of_the_file() {
    for (body, error) in [
        ("{}", "missing key `url`"),
        (r#"{"url": 5}"#, "url: found the integer `5`, expected a string"),
        (r#"{"url": null}"#, "url: found nothing, expected a string"),
        (
            r#"{"url": "https://a/", "from": "weur"}"#,
            "from: found the string `\"weur\"`, expected a list of strings",
        ),
        (
            r#"{"url": "https://a/", "expect": {"latency": "1m"}}"#,
            "expect.latency: `1m` is out of range, expected 1ms to 10s, the check's `timeout`",
        ),
        (
            r#"{"url": "https://a/", "timeout": "31s"}"#,
            "timeout: `31s` is out of range, expected 1ms to 30s",
        ),
        (
            r#"{"url": "https://a/", "expect": {"size_min": -1}}"#,
            "expect.size_min: `-1` is out of range, expected a whole number from 0 to 4294967295",
        ),
        (
            r#"{"url": "https://a/", "expect": {"size_min": 1.5}}"#,
            "expect.size_min: found the float `1.5`, expected a whole number",
        ),
        (
            r#"{"url": "https://a/", "redirects": "no"}"#,
            "redirects: found the string `\"no\"`, expected `true` or `false`",
        ),
        (
            r#"{"kind": "flow", "steps": [{"url": "https://a/"}, {"url": "https://a/{{b}}"}]}"#,
            "steps[1].url: unknown captured value `b`",
        ),
        (
            r#"{"url": "https://a/", "depends_on": "nothing"}"#,
            "depends_on: unknown check `nothing`, expected one of `frontend`, `database`, `mail`, \
             `job`, `flow`",
        ),
        (
            r#"{"url": "https://a/", "name": "prober"}"#,
            "name: `prober` is not allowed, expected another name than `prober` and `budget`",
        ),
        (
            r#"{"url": "https://a/", "name": "budget"}"#,
            "name: `budget` is not allowed, expected another name than `prober` and `budget`",
        ),
        (
            r#"{"kind": "heartbeat", "token": "T"}"#,
            "kind: `heartbeat` is not allowed, expected a kind that asks something",
        ),
    ] {
        refused(body, error);
    }
    assert!(read("[").unwrap_err().starts_with("the body is not JSON: "));
    assert!(read(r#"{"url": "https://a/", "url": "https://b/"}"#).unwrap_err().contains("twice"));
    assert!(read("[]").unwrap_err().contains("found a list, expected a table"));
    assert!(
        read(r#"{"urls": 1}"#).unwrap_err().starts_with("unknown key `urls` (did you mean `url`?)")
    );
}

#[test]
fn a_secret_goes_only_where_the_file_sends_it() {
    let with = |url: &str, name: &str, rest: &str| {
        format!(r#"{{"url": "{url}", "headers": {{"x-key": {{"secret": "{name}"}}}}{rest}}}"#)
    };
    let no = ", \"redirects\": false";
    assert!(read(&with("https://shop.example/other", "KEY", no)).is_ok());
    refused(
        &with("https://shop.example/other", "KEY", ""),
        "redirects: `true` is not allowed, expected `false` in a test that sends `KEY`, since a \
         redirect may lead elsewhere",
    );
    for (url, origin) in [
        ("https://evil.example/", "https://evil.example"),
        ("https://shop.example:8443/", "https://shop.example:8443"),
        ("https://shop.example.evil.example/", "https://shop.example.evil.example"),
        ("http://localhost/", "http://localhost"),
    ] {
        refused(
            &with(url, "KEY", no),
            &format!(
                "url: `{origin}` is not where the site file sends `KEY`, expected one of \
                 `https://shop.example`"
            ),
        );
    }
    for name in ["ADMIN_TOKEN", "JOB_TOKEN", "OPS_SECRET", "NOTHING"] {
        refused(
            &with("https://shop.example/", name, no),
            &format!(
                "`{name}` is not a secret that a check of the site file sends, expected one of \
                 `CHECK_TOKEN`, `KEY`, `PASSWORD`"
            ),
        );
    }
}

#[test]
fn no_step_of_a_flow_with_a_secret_goes_elsewhere() {
    let flow = |second: &str| {
        format!(
            r#"{{"kind": "flow", "steps": [
                {{"url": "https://a.example:8443/x", "method": "POST", "body": "{{{{PASSWORD}}}}",
                  "capture": {{"echoed": "body (.+)"}}}},
                {{"url": "{second}?x={{{{echoed}}}}"}}]}}"#
        )
    };
    assert!(read(&flow("https://a.example:8443/y")).is_ok());
    for second in ["https://evil.example/", "https://b.example/", "https://a.example/"] {
        let origin = second.trim_end_matches('/');
        refused(
            &flow(second),
            &format!(
                "steps[1].url: `{origin}` is not where the site file sends `PASSWORD`, expected \
                 one of `https://a.example:8443`"
            ),
        );
    }
}

#[test]
fn a_test_has_a_name_a_place_and_an_event() {
    let test = read(r#"{"url": "https://shop.example/a?key=secret"}"#).unwrap();
    assert_eq!((&*test.check().name, &*test.check().from), ("test", &[CheckPlace::Edge][..]));
    assert_eq!(test.within("edge"), super::millis("15s"));
    let event = Event::of_check_test(&test, Operator::Token, Timestamp::from_millis(1000));
    assert_eq!(
        serde_json::to_string(&event).unwrap(),
        concat!(
            r#"{"at":1000,"event":"test_check","check":"test","kind":"http","#,
            r#""target":"https://shop.example/a?…","places":["edge"],"by":"token"}"#
        )
    );
    assert_eq!(
        read(r#"{"url": "https://a/", "name": "frontend"}"#).unwrap().check().name,
        "frontend"
    );
}

#[test]
fn a_socket_is_sent_secrets_as_a_request_is() {
    let file = parse_file("breakwater.toml", &format!("{VALID}{FULL}{KINDS}")).unwrap();
    let read = |host: &str, name: &str| {
        let body = format!(
            r#"{{"kind": "websocket", "url": "wss://{host}/other",
                "headers": {{"x-key": {{"secret": "{name}"}}}}}}"#
        );
        CheckTest::parse(body.as_bytes(), &file.site, &file.watch)
            .map(|test| test.target())
            .map_err(|error| error.to_string())
    };
    assert_eq!(read("live.example", "SOCKET_KEY").unwrap(), "https://live.example/other");
    assert_eq!(
        read("evil.example", "SOCKET_KEY").unwrap_err(),
        "url: `https://evil.example` is not where the site file sends `SOCKET_KEY`, expected one \
         of `https://live.example`"
    );
    assert_eq!(
        read("api.globalping.io", "GLOBALPING_TOKEN").unwrap_err(),
        "`GLOBALPING_TOKEN` is not a secret that a check of the site file sends, expected one of \
         `CHECK_TOKEN`, `KEY`, `SOCKET_KEY`"
    );
}

#[test]
fn a_test_from_outside_needs_the_account_of_the_file() {
    let tls = r#"{"kind": "tls", "target": "shop.example:443", "from": ["globalping:DE"]}"#;
    refused(
        tls,
        "from[0]: `globalping:DE` is not allowed, expected a table `[globalping]` in the file, \
         whose `token` names an account",
    );
    let file = parse_file("breakwater.toml", &format!("{VALID}{FULL}{KINDS}")).unwrap();
    let read = |body: &str| {
        CheckTest::parse(body.as_bytes(), &file.site, &file.watch)
            .map_err(|error| error.to_string())
    };
    let test = read(tls).unwrap();
    assert_eq!(
        (&*test.target(), &*test.check().outside),
        ("shop.example:443", &["outside DE".to_string()][..])
    );
    assert_eq!(test.within("outside DE"), super::millis("25s"), "Globalping's own way is added");
    let flow = r#"{"kind": "flow", "from": ["globalping:DE"], "steps": [{"url": "https://a/"}]}"#;
    assert_eq!(
        read(flow).unwrap_err(),
        "from[0]: `globalping:DE` is not allowed, expected a place of the platform, since probes \
         outside make no such check"
    );
    let domain = read(r#"{"kind": "domain", "domain": "shop.example"}"#).unwrap();
    assert_eq!(domain.target(), "shop.example");
}
