//! The checks that are accepted, and those that are refused.

#[path = "checks/asked.rs"]
mod asked;
#[path = "checks/default_file.rs"]
mod default_file;
#[path = "checks/evidence.rs"]
mod evidence;
#[path = "checks/expected.rs"]
mod expected;
#[path = "checks/expiry.rs"]
mod expiry;
#[path = "checks/flow.rs"]
mod flow;
#[path = "checks/kinds.rs"]
mod kinds;
#[path = "checks/outside.rs"]
mod outside;
#[path = "checks/parents.rs"]
mod parents;
#[path = "checks/tested.rs"]
mod tested;
#[path = "checks/websocket.rs"]
mod websocket;

use breakwater_core::base::json;
use breakwater_core::base::secret_name::SecretName;
use breakwater_core::site::config::{WatchRules, parse_file};
use breakwater_core::watch::check::{
    Assertion, BodyPattern, CHECKS_MAX, Check, CheckFieldValue, CheckKind, CheckPlace,
    CheckRequest, DnsRecord, Expectation, FieldAssertion, JsonAssertion, StatusSet, TrafficSource,
};
use breakwater_core::watch::monitor::MonitorPolicy;
use breakwater_core::watch::severity::Severity;

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
    SecretName::parse(name).expect("the name of a secret")
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
        outside: vec![],
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
    assert_eq!(
        job.kind,
        CheckKind::Heartbeat { grace: millis("15m"), schedule: None, token: secret("JOB_TOKEN") }
    );
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
    let graces = [hourly, quick].map(|check| {
        let CheckKind::Heartbeat { grace, .. } = check.kind else { panic!("a heartbeat") };
        grace
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
fn a_damaged_file_is_answered_in_one_line() {
    for (at, _) in FULL.char_indices().step_by(3) {
        let (before, after) = FULL.split_at(at);
        for put in ["\"", "\n", "é", "0"] {
            let damaged = format!("{VALID}{before}{put}{after}");
            if let Err(error) = parse_file("breakwater.toml", &damaged) {
                assert!(!error.to_string().contains('\n'), "{error}");
            }
        }
    }
}

#[test]
fn a_name_is_one_that_no_other_check_has() {
    check_below(
        &format!("{BARE}{BARE}"),
        "5:8: checks[1].name: `a` is not allowed, expected a name that no other check has, and not \
         `prober` or `budget`",
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
    check_kind("tls", "", "1:1: checks[0]: missing key `target`");
    check_kind("tls", "target = \"a.example:443\"", "1:1: checks[0]: missing key `from`");
    check_kind("heartbeat", "", "1:1: checks[0]: missing key `token`");
    check_kind("flow", "", "1:1: checks[0]: missing key `steps`");
}

#[test]
fn the_older_shape_of_policies_is_unknown() {
    check(
        "confirm = { failures = 2, regions = 2 }",
        "4:1: checks[0]: unknown key `confirm`, expected one of `name`, `kind`, `url`, `method`, \
         `headers`, `body`, `redirects`, `target`, `domain`, `record`, `resolver`, `contains`, \
         `rdap`, `warn_before`, `down_before`, `send`, `grace`, `schedule`, `zone`, `token`, `steps`, \
         `expect`, `warn`, `timeout`, `from`, `upstream`, `dependency`, `every`, `failures`, \
         `successes`, `places`, `recheck`, `stale_after`, `flaps`, `flap_window`, `stable_for`, \
         `depends_on`, `severity`, `alert_after`, `runbook`",
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
