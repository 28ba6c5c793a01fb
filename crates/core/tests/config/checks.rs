//! The checks that are accepted, and those that are refused.

use breakwater_core::base::json;
use breakwater_core::base::secret_name::SecretName;
use breakwater_core::site::config::{WatchRules, parse_file};
use breakwater_core::watch::check::{
    Assertion, BodyPattern, CHECKS_MAX, Check, CheckFieldValue, CheckKind, CheckPlace,
    CheckRequest, DnsRecord, Expectation, FieldAssertion, JsonAssertion, StatusSet, TrafficSource,
};
use breakwater_core::watch::monitor::MonitorPolicy;
use breakwater_core::watch::severity::Severity;
use proptest::prelude::*;

use super::{VALID, check_below, millis};

/// A dependency, and one check of each kind, with all of its keys. It stands below `VALID`.
const FULL: &str = r#"[[dependencies]]
name = "backend"
kind = "backend_health"
url = "https://api.example"
[[checks]]
name = "frontend"
kind = "http"
url = "https://shop.example/search?q=a%20b"
method = "POST"
body = '{"q": 1}'
redirects = false
timeout = "5s"
from = ["weur", "apac-ne", "edge"]
upstream = "web"
every = "30s"
failures = 3
successes = 4
places = 4
recheck = "5s"
stale_after = "2m"
flaps = 5
flap_window = "1h"
stable_for = "0s"
depends_on = "job"
severity = "P0"
alert_after = "1m"
runbook = "docs/runbooks/upstream-down.md#what-you-can-do"
[checks.headers]
Accept = "text/html"
Authorization = { secret = "CHECK_TOKEN", prefix = "Bearer " }
x-key = { secret = "KEY" }
[checks.expect]
status = [200, "3xx"]
body_contains = ["Shop", "Cart"]
body_lacks = "error"
body_matches = 'order-\d+'
json = ["items.length >= 1", 'state == "ok"']
header = 'content-type contains "html"'
final_url = "https://shop.example"
size_min = 10
size_max = 1000
latency = "2s"
[checks.warn]
body_contains = "news"
header = ["etag exists"]
[[checks]]
name = "database"
kind = "tcp"
target = "[2001:db8::1]:5432"
expect = { latency = "1s" }
dependency = "backend"
places = 2
[[checks]]
name = "mail"
kind = "dns"
domain = "_dmarc.shop.example"
record = "TXT"
resolver = "https://dns.example/resolve"
contains = "v=DMARC1"
[[checks]]
name = "job"
kind = "heartbeat"
every = "1h"
grace = "15m"
token = "JOB_TOKEN"
"#;

/// A check that has only what it needs.
const BARE: &str = "[[checks]]\nname = \"a\"\nurl = \"https://shop.example/\"\n";

fn watch(text: &str) -> WatchRules {
    let file = format!("{VALID}{text}");
    parse_file("breakwater.toml", &file).unwrap_or_else(|error| panic!("{error}")).watch
}

fn checks(text: &str) -> Vec<Check> {
    watch(text).checks
}

/// Checks that a check of `shop.example` with these lines below its `url` is refused. Line numbers
/// count from the first line of the check, so that these begin on line 4.
#[track_caller]
fn check(lines: &str, expected: &str) {
    check_below(&format!("{BARE}{lines}\n"), expected);
}

/// Checks that a check of another kind with these lines below its `kind` is refused. They begin on
/// line 4.
#[track_caller]
fn check_kind(kind: &str, lines: &str, expected: &str) {
    check_below(&format!("[[checks]]\nname = \"a\"\nkind = \"{kind}\"\n{lines}\n"), expected);
}

fn secret(name: &str) -> SecretName {
    SecretName::parse(name).unwrap()
}

#[test]
fn what_is_written_is_what_is_read() {
    let [frontend, database, mail, job] = checks(FULL).try_into().unwrap();
    let text = String::from;
    let number = |number: u32| number.try_into().unwrap();
    let expected = Check {
        name: text("frontend"),
        kind: CheckKind::Http(CheckRequest {
            method: text("POST"),
            url: text("https://shop.example/search?q=a%20b"),
            fields: vec![
                (text("accept"), CheckFieldValue::Plain(text("text/html"))),
                (
                    text("authorization"),
                    CheckFieldValue::Secret {
                        prefix: text("Bearer "),
                        name: secret("CHECK_TOKEN"),
                    },
                ),
                (text("x-key"), CheckFieldValue::Secret { prefix: text(""), name: secret("KEY") }),
            ],
            body: Some(text("{\"q\": 1}")),
            follows_redirects: false,
        }),
        expect: Expectation {
            status: StatusSet::parse(["200", "3xx"]).unwrap(),
            required: vec![
                Assertion::BodyContains(text("Shop")),
                Assertion::BodyContains(text("Cart")),
                Assertion::BodyLacks(text("error")),
                Assertion::BodyMatches(BodyPattern::parse(r"order-\d+").unwrap()),
                Assertion::Json(JsonAssertion::parse("items.length >= 1").unwrap()),
                Assertion::Json(JsonAssertion::parse("state == \"ok\"").unwrap()),
                Assertion::Field(FieldAssertion::parse("content-type contains \"html\"").unwrap()),
                Assertion::FinalUrl(text("https://shop.example/")),
                Assertion::SizeMin(10),
                Assertion::SizeMax(1000),
            ],
            preferred: vec![
                Assertion::BodyContains(text("news")),
                Assertion::Field(FieldAssertion::parse("etag exists").unwrap()),
            ],
            latency: Some(millis("2s")),
        },
        timeout: millis("5s"),
        from: vec![CheckPlace::Weur, CheckPlace::ApacNe, CheckPlace::Edge],
        traffic: Some(TrafficSource::Upstream(text("web"))),
        policy: MonitorPolicy {
            every: millis("30s"),
            failures: number(3),
            places: number(4),
            successes: number(4),
            recheck: millis("5s"),
            stale_after: millis("2m"),
            flaps: number(5),
            flap_window: millis("1h"),
            stable_for: millis("0s"),
        },
        depends_on: Some(text("job")),
        severity: Severity::P0,
        alert_after: millis("1m"),
        runbook: Some(text("docs/runbooks/upstream-down.md#what-you-can-do")),
    };
    assert_eq!(frontend, expected);

    let tcp = CheckKind::Tcp { host: text("[2001:db8::1]"), port: 5432 };
    assert_eq!(database.kind, tcp);
    assert_eq!(database.expect.latency, Some(millis("1s")));
    assert_eq!(database.traffic, Some(TrafficSource::Dependency(text("backend"))));
    assert_eq!(
        mail.kind,
        CheckKind::Dns {
            name: text("_dmarc.shop.example"),
            record: DnsRecord::Txt,
            resolver: text("https://dns.example/resolve"),
            contains: Some(text("v=DMARC1")),
        }
    );
    assert_eq!(job.kind, CheckKind::Heartbeat { grace: millis("15m"), token: secret("JOB_TOKEN") });
    assert_eq!(job.from, [CheckPlace::Edge]);
}

#[test]
fn a_check_needs_only_a_name_and_something_to_ask() {
    let [check] = checks(BARE).try_into().unwrap();
    let CheckKind::Http(request) = check.kind else { panic!("a request") };
    assert_eq!((request.method.as_str(), request.url.as_str()), ("GET", "https://shop.example/"));
    assert_eq!((request.fields, request.body, request.follows_redirects), (vec![], None, true));
    assert_eq!((check.expect, check.timeout), (Expectation::default(), millis("10s")));
    assert_eq!((check.from, check.traffic), (vec![CheckPlace::Edge], None));
    assert_eq!(check.policy, MonitorPolicy::default());
    assert_eq!((check.depends_on, check.severity), (None, Severity::P1));
    assert_eq!((check.alert_after, check.runbook), (millis("0s"), None));
    assert_eq!(checks(""), []);
}

#[test]
fn each_kind_has_its_defaults() {
    let text = "[[checks]]\nname = \"a\"\nkind = \"dns\"\ndomain = \"shop.example\"\n\
                [[checks]]\nname = \"b\"\nkind = \"heartbeat\"\ntoken = \"T\"\nevery = \"1h\"\n\
                [[checks]]\nname = \"c\"\nkind = \"heartbeat\"\ntoken = \"T\"\nevery = \"2s\"\n";
    let [dns, hourly, quick] = checks(text).try_into().unwrap();
    assert_eq!(
        dns.kind,
        CheckKind::Dns {
            name: "shop.example".into(),
            record: DnsRecord::A,
            resolver: "https://cloudflare-dns.com/dns-query".into(),
            contains: None,
        }
    );
    let graces = [hourly, quick].map(|check| match check.kind {
        CheckKind::Heartbeat { grace, .. } => grace,
        kind => panic!("{kind:?}"),
    });
    assert_eq!(graces, [millis("6m"), millis("1s")], "a tenth of `every`, and a second at least");
}

#[test]
fn a_short_interval_shortens_what_may_not_be_longer() {
    let [check] = checks(&format!("{BARE}every = \"3s\"\n")).try_into().unwrap();
    assert_eq!((check.timeout, check.policy.recheck), (millis("3s"), millis("3s")));
    assert_eq!(check.policy.stale_after, millis("3m"));
    let [check] = checks(&format!("{BARE}every = \"1d\"\n")).try_into().unwrap();
    assert_eq!((check.timeout, check.policy.recheck), (millis("10s"), millis("10s")));
    assert_eq!(check.policy.stale_after, millis("3d"));
}

#[test]
fn checks_survive_json() {
    let watch = watch(FULL);
    let text = serde_json::to_string(&watch).unwrap();
    assert_eq!(serde_json::from_str::<WatchRules>(&text).unwrap(), watch);
    assert_eq!(json::read::<WatchRules>(&text).unwrap(), watch);
}

#[test]
fn a_name_is_one_that_no_other_check_has() {
    check_below(
        &format!("{BARE}{BARE}"),
        "5:8: checks[1].name: `a` is not allowed, expected a name that no other check has",
    );
    check_below(
        "[[checks]]\nname = \"A\"\n",
        "2:8: checks[0].name: `A` is not allowed, \
         expected a letter a-z, then up to 31 of a-z, 0-9, `_` and `-`",
    );
}

#[test]
fn what_a_check_needs_is_named() {
    check_below("[[checks]]\n", "1:1: checks[0]: missing key `name`");
    check_below("[[checks]]\nname = \"a\"\n", "1:1: checks[0]: missing key `url`");
    check_kind("tcp", "", "1:1: checks[0]: missing key `target`");
    check_kind("dns", "", "1:1: checks[0]: missing key `domain`");
    check_kind("heartbeat", "", "1:1: checks[0]: missing key `token`");
}

#[test]
fn an_unknown_kind_is_refused_with_the_known_ones() {
    check_kind(
        "ping",
        "",
        "3:8: checks[0].kind: unknown kind `ping`, \
         expected one of `http`, `tcp`, `dns`, `heartbeat`",
    );
}

#[test]
fn the_older_shape_of_policies_is_unknown() {
    check(
        "confirm = { failures = 2, regions = 2 }",
        "4:1: checks[0]: unknown key `confirm`, expected one of `name`, `kind`, `url`, `method`, \
         `headers`, `body`, `redirects`, `target`, `domain`, `record`, `resolver`, `contains`, \
         `grace`, `token`, `expect`, `warn`, `timeout`, `from`, `upstream`, `dependency`, `every`, \
         `failures`, `successes`, `places`, `recheck`, `stale_after`, `flaps`, `flap_window`, \
         `stable_for`, `depends_on`, `severity`, `alert_after`, `runbook`",
    );
}

#[test]
fn a_kind_refuses_the_keys_of_other_kinds() {
    for (kind, line, expected) in [
        (
            "http",
            "target = \"db:1\"",
            "`target` is not allowed with the kind `http`, expected one of `tcp`",
        ),
        (
            "tcp",
            "url = \"https://a\"",
            "`url` is not allowed with the kind `tcp`, expected one of `http`",
        ),
        ("dns", "warn = {}", "`warn` is not allowed with the kind `dns`, expected one of `http`"),
        (
            "heartbeat",
            "from = [\"weur\"]",
            "`from` is not allowed with the kind `heartbeat`, expected one of `http`, `tcp`, `dns`",
        ),
        (
            "heartbeat",
            "timeout = \"1s\"",
            "`timeout` is not allowed with the kind `heartbeat`, expected one of `http`, `tcp`, \
             `dns`",
        ),
        (
            "heartbeat",
            "expect = {}",
            "`expect` is not allowed with the kind `heartbeat`, expected one of `http`, `tcp`, \
             `dns`",
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

#[test]
fn places_are_known_and_each_stands_once() {
    for (from, expected) in [
        (
            "[]",
            "4:8: checks[0].from: there is none, expected at least one place, such as `[\"edge\"]`",
        ),
        (
            "[\"traffic\"]",
            "4:9: checks[0].from[0]: unknown place `traffic`, expected one of `edge`, `wnam`, \
             `enam`, `sam`, `weur`, `eeur`, `apac`, `apac-ne`, `apac-se`, `oc`, `afr`, `me`",
        ),
        (
            "[\"weur\", \"weur\"]",
            "4:17: checks[0].from[1]: `weur` is not allowed, expected each place once",
        ),
        (
            "[\"edge\", \"wnam\", \"enam\", \"sam\", \"weur\", \"eeur\", \"apac\"]",
            "4:56: checks[0].from[6]: `7` is out of range, expected 6 places at most",
        ),
    ] {
        check(&format!("from = {from}"), expected);
    }
}

#[test]
fn no_more_places_have_to_agree_than_there_are() {
    check(
        "places = 2",
        "4:10: checks[0].places: `2` is out of range, \
         expected 1 to 1, since the check has one place",
    );
    check(
        "upstream = \"web\"\nplaces = 3",
        "5:10: checks[0].places: `3` is out of range, expected 1 to 2, all of its places",
    );
}

#[test]
fn traffic_is_of_something_that_exists() {
    check(
        "upstream = \"wep\"",
        "4:12: checks[0].upstream: unknown upstream `wep`, expected one of `web`, `api`",
    );
    check("dependency = \"a\"", "4:14: checks[0].dependency: unknown dependency `a`");
    check(
        "upstream = \"web\"\ndependency = \"a\"",
        "5:14: checks[0].dependency: `a` is not allowed, \
         expected `upstream` or `dependency`, not both",
    );
}

#[test]
fn times_and_counts_have_limits() {
    for (lines, expected) in [
        ("every = \"999ms\"", "4:9: checks[0].every: `999ms` is out of range, expected 1s to 1d"),
        ("every = \"25h\"", "4:9: checks[0].every: `25h` is out of range, expected 1s to 1d"),
        (
            "timeout = \"31s\"",
            "4:11: checks[0].timeout: `31s` is out of range, expected 1ms to 30s",
        ),
        (
            "every = \"5s\"\ntimeout = \"6s\"",
            "5:11: checks[0].timeout: `6s` is out of range, \
             expected 1ms to 5s, the check's `every`",
        ),
        ("failures = 0", "4:12: checks[0].failures: `0` is out of range, expected 1 to 100"),
        ("successes = 101", "4:13: checks[0].successes: `101` is out of range, expected 1 to 100"),
        ("flaps = 101", "4:9: checks[0].flaps: `101` is out of range, expected 1 to 100"),
        (
            "failures = -1",
            "4:12: checks[0].failures: `-1` is out of range, \
             expected a whole number from 0 to 4294967295",
        ),
        ("recheck = \"61s\"", "4:11: checks[0].recheck: `61s` is out of range, expected 1s to 1m"),
        (
            "stale_after = \"59s\"",
            "4:15: checks[0].stale_after: `59s` is out of range, expected 1m to 7d",
        ),
        (
            "flap_window = \"8d\"",
            "4:15: checks[0].flap_window: `8d` is out of range, expected 1ms to 7d",
        ),
        (
            "stable_for = \"25h\"",
            "4:14: checks[0].stable_for: `25h` is out of range, expected 0ms to 1d",
        ),
        (
            "alert_after = \"25h\"",
            "4:15: checks[0].alert_after: `25h` is out of range, expected 0ms to 1d",
        ),
        (
            "severity = \"P4\"",
            "4:12: checks[0].severity: unknown severity `P4`, \
             expected one of `P0`, `P1`, `P2`, `P3`",
        ),
    ] {
        check(lines, expected);
    }
}

#[test]
fn a_runbook_is_a_path_or_a_secure_url() {
    for runbook in [
        "RUNBOOK.md",
        "docs/runbooks/site-down.md#steps",
        "https://wiki.example",
        "https://wiki.example/a?b=c#d",
    ] {
        let text = format!("{BARE}runbook = \"{runbook}\"\n");
        assert_eq!(checks(&text)[0].runbook.as_deref(), Some(runbook));
    }
    for (runbook, shown) in [
        ("/docs/a.md", "/docs/a.md"),
        ("docs/../../a.md", "docs/../../a.md"),
        ("docs//a.md", "docs//a.md"),
        ("./a.md", "./a.md"),
        ("#a", "#…"),
        ("a b.md", "a b.md"),
        ("a\\nb.md", "a\\nb.md"),
        ("a.md#b c", "a.md#…"),
        ("javascript:alert", "javascript:alert"),
        ("http://wiki.example/", "http://wiki.example/"),
        ("https://user:secret@wiki.example/", "https://…@wiki.example/"),
        ("https://", "https://"),
    ] {
        check(
            &format!("runbook = \"{runbook}\""),
            &format!(
                "4:11: checks[0].runbook: `{shown}` is not allowed, expected a path such as \
                 `docs/runbooks/site-down.md`, or a URL that begins with `https://`"
            ),
        );
    }
}

/// Returns checks of these names, each with the one that it depends on.
fn chain(parents: &[(&str, Option<&str>)]) -> String {
    let one = |(name, parent): &(&str, Option<&str>)| {
        let parent = parent.map_or(String::new(), |parent| format!("depends_on = \"{parent}\""));
        format!("[[checks]]\nname = \"{name}\"\nurl = \"https://a.example/\"\n{parent}\n")
    };
    parents.iter().map(one).collect()
}

#[test]
fn a_check_depends_on_one_that_exists_above_or_below() {
    assert_eq!(checks(&chain(&[("a", Some("b")), ("b", None), ("c", Some("b"))])).len(), 3);
    check_below(
        &chain(&[("a", None), ("b", Some("c"))]),
        "8:14: checks[1].depends_on: unknown check `c`, expected one of `a`, `b`",
    );
}

#[test]
fn parents_never_lead_in_a_circle() {
    check_below(
        &chain(&[("a", Some("a"))]),
        "4:14: checks[0].depends_on: `a` → `a` is a circle, \
         expected an end of what depends on what",
    );
    // The first check leads to the circle, and is not on it.
    check_below(
        &chain(&[("a", Some("c")), ("b", Some("d")), ("c", Some("b")), ("d", Some("c"))]),
        "8:14: checks[1].depends_on: `b` → `d` → `c` → `b` is a circle, \
         expected an end of what depends on what",
    );
}

#[test]
fn checks_are_bounded_and_an_error_lists_only_some() {
    let one = |n: usize| format!("[[checks]]\nname = \"c{n}\"\nurl = \"https://a.example/\"\n");
    let most: String = (0..CHECKS_MAX).map(one).collect();
    assert_eq!(checks(&most).len(), CHECKS_MAX);
    check_below(
        &(most.clone() + BARE),
        "6001:1: checks[2000]: `2001` is out of range, expected 2000 checks at most",
    );
    let names: Vec<_> = (0..40).map(|n| format!("`c{n}`")).collect();
    check_below(
        &most.replacen("/\"\n", "/\"\ndepends_on = \"d\"\n", 1),
        &format!(
            "4:14: checks[0].depends_on: unknown check `d`, expected one of {} and 1960 more",
            names.join(", ")
        ),
    );
}

proptest! {
    /// A file is refused exactly if the naive walk from some check never ends.
    #[test]
    fn a_file_is_refused_exactly_if_some_way_of_parents_never_ends(
        parents in prop::collection::vec(prop::option::of(0usize..8), 8),
    ) {
        let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
        let ends = (0..8).all(|start| {
            let mut at = Some(start);
            for _ in 0..8 {
                at = at.and_then(|at: usize| parents[at]);
            }
            at.is_none()
        });
        let listed: Vec<_> =
            names.iter().zip(&parents).map(|(name, at)| (*name, at.map(|at| names[at]))).collect();
        let file = format!("{VALID}{}", chain(&listed));
        prop_assert_eq!(parse_file("breakwater.toml", &file).is_ok(), ends);
    }
}
