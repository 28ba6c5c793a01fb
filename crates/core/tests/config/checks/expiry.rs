//! Checks of an end that is known in advance.

use breakwater_core::watch::check::{CheckKind, CheckPlace, DomainQuestion, ExpiryLimits};

use super::{check_kind, checks, millis};

const DOMAIN: &str = "[[checks]]\nname = \"a\"\nkind = \"domain\"\ndomain = \"shop.example\"\n";

/// Checks that a check of a domain with these lines is refused. They begin on line 5.
#[track_caller]
fn check_domain(lines: &str, expected: &str) {
    check_kind("domain", &format!("domain = \"shop.example\"\n{lines}"), expected);
}

#[test]
fn a_domain_is_asked_for_twice_a_day_and_one_answer_suffices() {
    let [check] = checks(DOMAIN).try_into().unwrap();
    let limits = ExpiryLimits { warn_before: millis("30d"), down_before: millis("7d") };
    let question = DomainQuestion { name: "shop.example".into(), rdap: None, limits };
    assert_eq!(check.kind, CheckKind::Domain(question));
    assert_eq!(check.from, [CheckPlace::Edge]);
    let policy = check.policy;
    assert_eq!((policy.failures.get(), policy.successes.get()), (1, 1));
    assert_eq!((policy.every, policy.recheck), (millis("12h"), millis("1h")));
    assert_eq!(policy.stale_after, millis("36h"));
}

#[test]
fn a_registry_and_the_limits_may_be_named() {
    let lines = "rdap = \"https://rdap.example/v1\"\nwarn_before = \"60d\"\ndown_before = \"0s\"\n";
    let [check] = checks(&[DOMAIN, lines].concat()).try_into().unwrap();
    let CheckKind::Domain(question) = check.kind else { panic!("a domain") };
    assert_eq!(question.rdap.as_deref(), Some("https://rdap.example/v1/"));
    assert_eq!(question.limits.down_before, millis("0ms"));
    let [check] = checks(&[DOMAIN, "warn_before = \"3d\"\n"].concat()).try_into().unwrap();
    let CheckKind::Domain(question) = check.kind else { panic!("a domain") };
    assert_eq!(question.limits.down_before, millis("3d"), "no longer than `warn_before`");
}

#[test]
fn what_no_registry_knows_is_refused() {
    check_kind("domain", "", "1:1: checks[0]: missing key `domain`");
    check_kind(
        "domain",
        "domain = \"example\"",
        "4:10: checks[0].domain: `example` is not allowed, \
         expected a name as it is registered, such as `shop.example`",
    );
    for (lines, expected) in [
        ("every = \"30m\"", "5:9: checks[0].every: `30m` is out of range, expected 1h to 1d"),
        ("recheck = \"10s\"", "5:11: checks[0].recheck: `10s` is out of range, expected 1h to 12h"),
        (
            "warn_before = \"366d\"",
            "5:15: checks[0].warn_before: `366d` is out of range, expected 0ms to 365d",
        ),
        (
            "down_before = \"31d\"",
            "5:15: checks[0].down_before: `31d` is out of range, expected 0ms to 30d",
        ),
        (
            "rdap = \"http://rdap.example/\"",
            "5:8: checks[0].rdap: `http://rdap.example` is not a URL to ask, \
             expected `https://`, since `http://` is for localhost only",
        ),
        (
            "rdap = \"https://rdap.example/?key=1\"",
            "5:8: checks[0].rdap: `…` is not allowed, \
             expected a base such as `https://rdap.example/`, without a query",
        ),
        (
            "upstream = \"web\"",
            "5:1: checks[0]: `upstream` is not allowed with the kind `domain`, \
             expected one of `http`, `tcp`, `dns`, `websocket`, `flow`",
        ),
    ] {
        check_domain(lines, expected);
    }
}
