//! What holds messages back: quiet hours, `group_interval`, and inhibition.

use breakwater_core::base::zone::TimeZoneRule;
use breakwater_core::watch::alert::{
    INHIBITIONS_MAX, Inhibition, Inhibitor, MinuteOfDay, QuietHours,
};
use breakwater_core::watch::severity::Severity;

use super::super::{check_below, millis};
use super::{FULL, channels, check_slack, watch};

/// Three checks. The table of alerts begins on line 10.
const CHECKS: &str = "\
[[checks]]
name = \"a\"
url = \"https://a.example/\"
[[checks]]
name = \"b\"
url = \"https://b.example/\"
[[checks]]
name = \"c\"
url = \"https://c.example/\"
";

#[test]
fn quiet_hours_are_those_of_a_place_and_hold_what_can_wait() {
    let slack = |quiet: &str| {
        let text = "[[channels]]\nname = \"a\"\nkind = \"slack\"\nsecret_url = \"URL\"\n";
        channels(&format!("{text}{quiet}")).remove(0).quiet
    };
    assert_eq!(slack(""), None);
    let berlin = "quiet = { from = \"22:00\", to = \"07:00\", zone = \"Europe/Berlin\" }";
    let expected = QuietHours {
        from: MinuteOfDay::parse("22:00").expect("a time"),
        to: MinuteOfDay::parse("07:00").expect("a time"),
        zone: TimeZoneRule::parse("CET-1CEST,M3.5.0,M10.5.0/3").expect("a rule"),
        severities: vec![Severity::P2, Severity::P3],
    };
    assert_eq!(slack(berlin), Some(expected));
    let written = channels(FULL).remove(0).quiet.expect("quiet hours");
    assert_eq!(written.severities, [Severity::P3]);
    let rule =
        "quiet = { from = \"00:00\", to = \"23:59\", zone = \"EET-2EEST,M3.4.4/50,M10.4.4/50\" }";
    assert!(slack(rule).is_some());
}

#[test]
fn quiet_hours_that_cannot_be_are_refused() {
    let quiet = |from: &str, to: &str, zone: &str| {
        format!("quiet = {{ from = \"{from}\", to = \"{to}\", zone = \"{zone}\" }}")
    };
    for (line, expected) in [
        ("quiet = {}".into(), "9: channels[0].quiet: missing key `from`"),
        (
            quiet("7:00", "08:00", "UTC"),
            "18: channels[0].quiet.from: `7:00` is not allowed, expected a time of the day in \
             quotes, such as `\"07:00\"`",
        ),
        (
            quiet("07:00", "07:00", "UTC"),
            "32: channels[0].quiet.to: `07:00` is not allowed, expected another time than `from`",
        ),
        (
            quiet("22:00", "07:00", "Berlin"),
            "48: channels[0].quiet.zone: `Berlin` is not allowed, expected a time zone such as \
             `Europe/Berlin`, or a rule of POSIX such as `CET-1CEST,M3.5.0,M10.5.0/3`",
        ),
        (
            quiet("22:00", "07:00", "Asia/Gaza"),
            "48: channels[0].quiet.zone: `Asia/Gaza` is not allowed, expected a time zone whose \
             clocks change by the same rule each year, or a rule of POSIX that is near enough",
        ),
        (
            "quiet = { until = \"07:00\" }".into(),
            "11: channels[0].quiet: unknown key `until`, expected one of `from`, `to`, `zone`, \
             `severities`",
        ),
    ] {
        check_slack(&line, &format!("5:{expected}"));
    }
}

#[test]
fn what_is_new_is_collected_for_five_minutes_by_default() {
    assert_eq!(watch("").group_interval, millis("5m"));
    assert_eq!(watch(FULL).group_interval, millis("10m"));
    check_below(
        "[alerts]\ngroup_interval = \"25h\"\n",
        "2:18: alerts.group_interval: `25h` is out of range, expected 0ms to 1d",
    );
}

#[test]
fn a_rule_names_what_holds_and_what_is_held() {
    let rules = "[alerts]\ninhibit = [\n\
         { while_check = \"a\", checks = [\"b\", \"c\"] },\n\
         { while_severity = \"P1\", checks = [\"c\"], severities = [\"P2\", \"P3\"] },\n]\n";
    let text = String::from;
    assert_eq!(
        watch(&[CHECKS, rules].concat()).inhibitions,
        [
            Inhibition {
                by: Inhibitor::Check(text("a")),
                checks: vec![text("b"), text("c")],
                severities: vec![],
            },
            Inhibition {
                by: Inhibitor::Severity(Severity::P1),
                checks: vec![text("c")],
                severities: vec![Severity::P2, Severity::P3],
            },
        ]
    );
}

#[test]
fn a_rule_that_says_too_little_or_holds_itself_is_refused() {
    for (rules, expected) in [
        (
            "{}",
            "12: alerts.inhibit[0]: missing key, expected one of `while_check`, `while_severity`",
        ),
        (
            "{ while_check = \"a\" }",
            "12: alerts.inhibit[0]: missing key, expected one of `checks`, `severities`",
        ),
        (
            "{ while_check = \"a\", while_severity = \"P0\", checks = [\"b\"] }",
            "50: alerts.inhibit[0].while_severity: `P0` is not allowed, expected `while_check` or \
             `while_severity`, not both",
        ),
        (
            "{ while_check = \"d\", checks = [\"b\"] }",
            "28: alerts.inhibit[0].while_check: unknown check `d`, expected one of `a`, `b`, `c`",
        ),
        (
            "{ while_check = \"a\", checks = [\"b\", \"b\"] }",
            "48: alerts.inhibit[0].checks[1]: `b` is not allowed, expected each check once",
        ),
        (
            "{ while_check = \"a\", checks = [] }",
            "42: alerts.inhibit[0].checks: there is none, expected at least one check",
        ),
        (
            "{ while_severity = \"P1\", severities = [\"P2\", \"P1\"] }",
            "50: alerts.inhibit[0].severities: `P1` is not allowed, expected severities that \
             matter less than `while_severity`",
        ),
        (
            "{ while_check = \"a\", checks = [\"b\", \"a\"] }",
            "28: alerts.inhibit[0].while_check: `a` → `a` is a circle, expected an end of what depends \
             on what",
        ),
        (
            "{ while_check = \"a\", checks = [\"b\"] }, { while_check = \"b\", checks = [\"c\"] }, \
             { while_check = \"c\", checks = [\"a\"] }",
            "106: alerts.inhibit[2].while_check: `c` → `a` → `b` → `c` is a circle, expected an end of \
             what depends on what",
        ),
    ] {
        let text = format!("{CHECKS}[alerts]\ninhibit = [{rules}]\n");
        check_below(&text, &format!("11:{expected}"));
    }
    let one = "{ while_severity = \"P0\", severities = [\"P3\"] },";
    let most = |n: usize| format!("[alerts]\ninhibit = [{}]\n", one.repeat(n));
    assert_eq!(watch(&most(INHIBITIONS_MAX)).inhibitions.len(), INHIBITIONS_MAX);
    let over = format!(
        "2:{}: alerts.inhibit[20]: `21` is out of range, expected 20 rules at most",
        12 + INHIBITIONS_MAX * one.len()
    );
    check_below(&most(INHIBITIONS_MAX + 1), &over);
}
