//! Places outside the platform, and the checks that are made from them.

use breakwater_core::watch::check::{CheckKind, CheckPlace, ExpiryLimits, GlobalpingAccount};

use super::super::check_below;
use super::{BARE, check_kind, checks, millis, secret, watch};

const ACCOUNT: &str = "[globalping]\ntoken = \"GLOBALPING_TOKEN\"\n";
const CERTIFICATE: &str = "[[checks]]\nname = \"a\"\nkind = \"tls\"\n\
    target = \"shop.example:443\"\nfrom = [\"globalping:DE\"]\n";

/// Checks that a check of `shop.example` with these lines below its `url` is refused, in a file
/// that names an account. The lines begin on line 6.
#[track_caller]
fn check_outside(lines: &str, expected: &str) {
    check_below(&format!("{ACCOUNT}{BARE}{lines}\n"), expected);
}

#[test]
fn an_account_is_named_by_a_secret() {
    let account =
        |api: &str| Some(GlobalpingAccount { token: secret("GLOBALPING_TOKEN"), api: api.into() });
    assert_eq!(watch("").globalping, None);
    assert_eq!(watch(ACCOUNT).globalping, account("https://api.globalping.io"));
    let api = format!("{ACCOUNT}api = \"http://localhost:8787\"\n");
    assert_eq!(watch(&api).globalping, account("http://localhost:8787"));
    check_below("[globalping]\n", "1:1: globalping: missing key `token`");
    check_below(
        "[globalping]\ntoken = \"abc-123\"\n",
        "2:9: globalping.token: `…` is not allowed, \
         expected the name of a Worker's secret, such as `SUPABASE_KEY`, never its value",
    );
}

#[test]
fn places_outside_stand_beside_those_of_the_platform() {
    let from = "from = [\"weur\", \"globalping:DE\", \"globalping:US+Cogent\"]\nplaces = 3\n";
    let [check] = checks(&format!("{ACCOUNT}{BARE}{from}")).try_into().unwrap();
    assert_eq!(check.from, [CheckPlace::Weur]);
    assert_eq!(check.outside, ["outside DE", "outside US+Cogent"]);
    assert_eq!(check.policy.recheck, millis("1m"));
    let CheckKind::Http(request) = check.kind else { panic!("a request") };
    assert!(!request.follows_redirects, "probes follow none");
}

#[test]
fn a_place_outside_needs_an_account_and_a_word_that_can_be_sent() {
    super::check(
        "from = [\"globalping:DE\"]",
        "4:9: checks[0].from[0]: `globalping:DE` is not allowed, \
         expected a table `[globalping]` in the file, whose `token` names an account",
    );
    for word in ["", " DE", "a\\\"b", "München"] {
        let shown = word.replace("\\\"", "\"");
        check_outside(
            &format!("from = [\"globalping:{word}\"]"),
            &format!(
                "6:9: checks[0].from[0]: `globalping:{shown}` is not allowed, expected \
                 `globalping:` and a place such as `DE`, `US-NY`, `Berlin` or `US+Cogent`"
            ),
        );
    }
    check_outside(
        "from = [\"globalping:DE\", \"weur\", \"globalping:DE\"]",
        "6:34: checks[0].from[2]: `globalping:DE` is not allowed, expected each place once",
    );
    check_outside(
        "from = [\"globalping:A\", \"globalping:B\", \"globalping:C\", \"globalping:D\", \
         \"globalping:E\", \"edge\", \"globalping:F\"]",
        "6:97: checks[0].from[6]: `7` is out of range, expected 6 places at most",
    );
}

#[test]
fn what_no_probe_outside_can_test_is_refused() {
    let place = "from = [\"globalping:DE\"]\n";
    for (lines, expected) in [
        (
            "method = \"POST\"",
            "a place of the platform, since probes outside send only `GET`, `HEAD` and `OPTIONS`",
        ),
        (
            "headers = { key = { secret = \"KEY\" } }",
            "a place of the platform, since secrets would be read outside",
        ),
        (
            "expect = { final_url = \"https://a.example\" }",
            "a check without `final_url`, `size_min` and `size_max`, which probes do not tell",
        ),
        (
            "warn = { size_min = 1 }",
            "a check without `final_url`, `size_min` and `size_max`, which probes do not tell",
        ),
    ] {
        check_outside(
            &format!("{place}{lines}"),
            &format!("6:9: checks[0].from[0]: `globalping:DE` is not allowed, expected {expected}"),
        );
    }
    check_outside(
        &format!("{place}redirects = true"),
        "7:13: checks[0].redirects: `true` is not allowed, \
         expected `false`, since probes outside follow no redirects",
    );
    check_outside(
        &format!("{place}every = \"30s\""),
        "7:9: checks[0].every: `30s` is out of range, expected 1m to 1d",
    );
    check_below(
        &format!("{ACCOUNT}{}{place}", BARE.replace("https://shop.example", "http://localhost:1")),
        "6:9: checks[0].from[0]: `globalping:DE` is not allowed, \
         expected a place of the platform, since probes outside do not reach this machine",
    );
    check_below(
        &format!("{ACCOUNT}[[checks]]\nname = \"a\"\nkind = \"domain\"\ndomain = \"a.b\"\n{place}"),
        "7:9: checks[0].from[0]: `globalping:DE` is not allowed, \
         expected a place of the platform, since probes outside make no such check",
    );
}

#[test]
fn a_certificate_is_asked_for_outside_alone() {
    let [check] = checks(&[ACCOUNT, CERTIFICATE].concat()).try_into().unwrap();
    let limits = ExpiryLimits { warn_before: millis("21d"), down_before: millis("3d") };
    assert_eq!(check.kind, CheckKind::Tls { host: "shop.example".into(), port: 443, limits });
    assert_eq!((check.from, check.outside), (vec![], vec!["outside DE".into()]));
    let policy = check.policy;
    assert_eq!((policy.every, policy.failures.get()), (millis("12h"), 1));
    for from in ["[\"weur\"]", "[\"globalping:DE\", \"edge\"]"] {
        let (at, place) = if from.contains("weur") { (9, "weur") } else { (26, "edge") };
        let index = usize::from(place == "edge");
        check_kind(
            "tls",
            &format!("target = \"a.example:443\"\nfrom = {from}"),
            &format!(
                "5:{at}: checks[0].from[{index}]: `{place}` is not allowed, expected a place \
                 outside such as `globalping:DE`, since the platform shows no certificates"
            ),
        );
    }
    check_kind(
        "tls",
        "target = \"a.example:443\"\nfrom = []",
        "5:8: checks[0].from: there is none, expected a place \
         outside such as `globalping:DE`, since the platform shows no certificates",
    );
}

#[test]
fn globalpings_limit_is_for_all_places_outside() {
    // 8 checks at one place each minute are 480 tests an hour.
    let each_minute = |count: usize| -> String {
        (0..count)
            .map(|n| {
                format!(
                    "[[checks]]\nname = \"c{n}\"\nurl = \"https://a.example/\"\n\
                     from = [\"globalping:DE\"]\n"
                )
            })
            .collect()
    };
    let most = [ACCOUNT, &each_minute(8)].concat();
    assert_eq!(checks(&most).len(), 8);
    let one = "[[checks]]\nname = \"d\"\nurl = \"https://a.example/\"\n\
               from = [\"globalping:DE\", \"globalping:US\"]\n";
    assert_eq!(checks(&format!("{most}{one}every = \"6m\"\n")).len(), 9, "20 more are 500");
    let line = most.lines().count();
    check_below(
        &format!("{most}{one}every = \"5m\"\n"),
        &format!(
            "{}:9: checks[8].every: `5m` is out of range, expected 6m at least, \
             since all places outside may have 500 tests an hour",
            line + 5
        ),
    );
    let full = [ACCOUNT, &each_minute(9)].concat();
    check_below(
        &full,
        "35:1: checks[8].every: `1m` is out of range, expected 3m at least, \
         since all places outside may have 500 tests an hour",
    );
}
