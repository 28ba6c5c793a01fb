//! What strangers read of: the components that are read, and those that are refused.

use breakwater_core::site::config::{StatusRules, WatchRules, parse_file};
use breakwater_core::watch::component::{
    COMPONENTS_SHOWN_MAX, ComponentSource, PublishedComponent,
};
use breakwater_core::watch::incident::Impact;

use super::{VALID, check_below};

/// A check of each severity, one of each kind that no visitor meets, and a dependency.
const CHECKS: &str = "[[checks]]
name = \"front_page\"
url = \"https://shop.example/\"
[[checks]]
name = \"pay-ment\"
url = \"https://shop.example/pay\"
severity = \"P2\"
[[checks]]
name = \"blog\"
kind = \"tcp\"
target = \"blog.example:443\"
severity = \"P3\"
[[checks]]
name = \"job\"
kind = \"heartbeat\"
every = \"1h\"
token = \"JOB\"
[[checks]]
name = \"registered\"
kind = \"domain\"
domain = \"shop.example\"
[[checks]]
name = \"certificate\"
kind = \"tls\"
target = \"shop.example:443\"
from = [\"globalping:DE\"]
[globalping]
token = \"GLOBALPING\"
[[dependencies]]
name = \"mail\"
kind = \"statuspage\"
url = \"https://status.mail.example\"
";

fn watch(text: &str) -> WatchRules {
    let file = format!("{VALID}{CHECKS}{text}");
    parse_file("breakwater.toml", &file).unwrap_or_else(|error| panic!("{error}")).watch
}

fn components(text: &str) -> Vec<PublishedComponent> {
    watch(text).components
}

fn checks(names: &[&str]) -> ComponentSource {
    ComponentSource::Checks(names.iter().map(|name| String::from(*name)).collect())
}

/// Checks that a component with these lines below its name is refused. They begin on line 3.
#[track_caller]
fn check(lines: &str, expected: &str) {
    let component = format!("[[components]]\nname = \"front_page\"\n{lines}\n");
    check_lines(&component, expected);
}

/// Checks that these lines are refused. They begin on line 1.
#[track_caller]
fn check_lines(lines: &str, expected: &str) {
    let (line, rest) = expected.split_once(':').expect("a line");
    let line = CHECKS.lines().count() + line.parse::<usize>().expect("a number");
    check_below(&format!("{CHECKS}{lines}"), &format!("{line}:{rest}"));
}

#[test]
fn without_components_each_check_that_visitors_meet_is_one() {
    let found = components("");
    let shown: Vec<_> =
        found.iter().map(|it| (&*it.name, &*it.title, it.source.clone(), it.impact)).collect();
    assert_eq!(
        shown,
        [
            ("front_page", "Front page", checks(&["front_page"]), Impact::MajorOutage),
            ("pay-ment", "Pay ment", checks(&["pay-ment"]), Impact::PartialOutage),
            ("blog", "Blog", checks(&["blog"]), Impact::DegradedPerformance),
        ]
    );
    assert!(found.iter().all(|it| !it.only_if_degraded && !it.response_times));
    assert!(found.iter().all(|it| it.description.is_none() && it.group.is_none()));
}

#[test]
fn of_very_many_checks_the_first_are_components() {
    let one = |number| {
        format!("[[checks]]\nname = \"c{number}\"\nurl = \"https://shop.example/{number}\"\n")
    };
    let many: String = (0..COMPONENTS_SHOWN_MAX).map(one).collect();
    let found = components(&many);
    assert_eq!(found.len(), COMPONENTS_SHOWN_MAX);
    assert_eq!(found[0].name, "front_page");
}

#[test]
fn components_that_are_named_are_all_that_there_are() {
    assert_eq!(components("[[components]]\nname = \"blog\"\n").len(), 1);
    let none = format!("components = []\n{VALID}{CHECKS}");
    let file = parse_file("breakwater.toml", &none).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(file.watch.components, []);
}

#[test]
fn what_is_written_is_what_is_read() {
    let found = components(
        "[[components]]
name = \"website\"
title = \"The shop\"
description = \"What you see.\"
group = \"Shop\"
checks = [\"blog\", \"pay-ment\"]
impact = \"degraded_performance\"
only_if_degraded = true
response_times = true
[[components]]
name = \"post\"
dependency = \"mail\"
[[components]]
name = \"payment\"
checks = \"pay-ment\"
",
    );
    let [website, post, payment] = &found[..] else { panic!("{found:?}") };
    let text = |text: &str| Some(String::from(text));
    let expected = PublishedComponent {
        name: "website".into(),
        title: "The shop".into(),
        description: text("What you see."),
        group: text("Shop"),
        source: checks(&["blog", "pay-ment"]),
        impact: Impact::DegradedPerformance,
        only_if_degraded: true,
        response_times: true,
    };
    assert_eq!(*website, expected);
    assert_eq!(post.source, ComponentSource::Dependency("mail".into()));
    assert_eq!((&*post.title, post.impact), ("Post", Impact::PartialOutage));
    assert_eq!((&payment.source, payment.impact), (&checks(&["pay-ment"]), Impact::PartialOutage));
}

#[test]
fn the_worst_of_its_checks_says_what_the_trouble_of_a_component_means() {
    let of = |list: &str| {
        components(&format!("[[components]]\nname = \"a\"\nchecks = {list}\n"))[0].impact
    };
    assert_eq!(of("[\"blog\"]"), Impact::DegradedPerformance);
    assert_eq!(of("[\"blog\", \"pay-ment\"]"), Impact::PartialOutage);
    assert_eq!(of("[\"blog\", \"pay-ment\", \"front_page\"]"), Impact::MajorOutage);
}

#[test]
fn a_name_is_new_and_not_that_of_the_whole_site() {
    let taken = "[[components]]\nname = \"blog\"\n".repeat(2);
    for (lines, line) in [(&*taken, 4), ("[[components]]\nname = \"site\"\n", 2)] {
        let name = if line == 4 { "blog" } else { "site" };
        let index = usize::from(line == 4);
        check_lines(
            lines,
            &format!(
                "{line}:8: components[{index}].name: `{name}` is not allowed, \
                 expected a name that no other component has, and not `site`"
            ),
        );
    }
    check_lines(
        "[[components]]\nname = \"A\"\n",
        "2:8: components[0].name: `A` is not allowed, \
         expected a letter a-z, then up to 31 of a-z, 0-9, `_` and `-`",
    );
    check_lines("[[components]]\ntitle = \"A\"\n", "1:1: components[0]: missing key `name`");
}

#[test]
fn a_component_is_measured_by_what_there_is() {
    check_lines(
        "[[components]]\nname = \"front\"\n",
        "2:8: components[0].name: unknown check `front`, expected one of `front_page`, \
         `pay-ment`, `blog`, `job`, `registered`, `certificate`",
    );
    check(
        "checks = [\"blog\", \"blgo\"]",
        "3:19: components[0].checks[1]: unknown check `blgo`, expected one of `front_page`, \
         `pay-ment`, `blog`, `job`, `registered`, `certificate`",
    );
    check(
        "checks = [\"blog\", \"blog\"]",
        "3:19: components[0].checks[1]: `blog` is not allowed, expected each check once",
    );
    check(
        "checks = []",
        "3:10: components[0].checks: there is none, expected at least one name of a check",
    );
    check(
        "dependency = \"post\"",
        "3:14: components[0].dependency: unknown dependency `post`, expected one of `mail`",
    );
    check(
        "checks = \"blog\"\ndependency = \"mail\"",
        "4:14: components[0].dependency: `mail` is not allowed, \
         expected `checks` or `dependency`, not both",
    );
    check(
        "dependency = \"mail\"\nresponse_times = true",
        "4:18: components[0].response_times: `true` is not allowed, \
         expected `checks`: a dependency has no response times",
    );
}

#[test]
fn texts_and_impacts_are_bounded() {
    check(
        "impact = \"operational\"",
        "3:10: components[0].impact: unknown impact `operational`, expected one of \
         `degraded_performance`, `partial_outage`, `major_outage`",
    );
    for (key, max) in [("title", 64), ("group", 64), ("description", 200)] {
        let column = key.len() + 4;
        let long = "é".repeat(max);
        let taken = format!("[[components]]\nname = \"blog\"\n{key} = \"{long}\"\n");
        assert_eq!(components(&taken).len(), 1);
        for (written, shown) in [(format!("{long}é"), format!("{long}é")), (" ".into(), " ".into())]
        {
            check(
                &format!("{key} = \"{written}\""),
                &format!(
                    "3:{column}: components[0].{key}: `{shown}` is not allowed, \
                     expected 1 to {max} characters in one line"
                ),
            );
        }
    }
    check(
        "tilte = \"A\"",
        "3:1: components[0]: unknown key `tilte` (did you mean `title`?), expected one of `name`, \
         `title`, `description`, `group`, `checks`, `dependency`, `impact`, `only_if_degraded`, \
         `response_times`",
    );
}

#[test]
fn a_page_has_no_more_components_than_are_read() {
    let one = |number| format!("[[components]]\nname = \"c{number}\"\nchecks = \"blog\"\n");
    let many: String = (0..=COMPONENTS_SHOWN_MAX).map(one).collect();
    check_lines(
        &many,
        "193:1: components[64]: `65` is out of range, expected 64 components at most",
    );
}

#[test]
fn what_visitors_got_is_published_where_the_file_says_so() {
    assert_eq!(watch("").status, StatusRules::default());
    assert_eq!(
        watch("[status]\nvisitors = true\n").status,
        StatusRules { visitors: true, ..StatusRules::default() }
    );
    check_lines(
        "[status]\nvisitor = true\n",
        "2:1: status: unknown key `visitor` (did you mean `visitors`?), expected one of `visitors`, \
         `mirror`, `subscriptions`",
    );
    check_lines(
        "[status]\nvisitors = \"yes\"\n",
        "2:12: status.visitors: found the string `\"yes\"`, expected `true` or `false`",
    );
}

#[test]
fn the_monitor_is_needed_for_what_no_check_says_too() {
    let needs = |text: &str| {
        let file = parse_file("breakwater.toml", &format!("{VALID}{text}"));
        file.unwrap_or_else(|error| panic!("{error}")).watch.needs_monitor()
    };
    assert!(!needs(""));
    assert!(needs("[status]\nvisitors = true\n"));
    let dependency = "[[dependencies]]\nname = \"mail\"\nkind = \"statuspage\"\n\
                      url = \"https://status.mail.example\"\n";
    assert!(!needs(dependency));
    assert!(needs(&format!("{dependency}[[components]]\nname = \"m\"\ndependency = \"mail\"\n")));
}

#[test]
fn the_default_file_publishes_the_parts_of_the_shop() {
    let file = include_str!("../../../../breakwater.toml");
    let watch = parse_file("breakwater.toml", file).unwrap_or_else(|error| panic!("{error}")).watch;
    let shown: Vec<_> = watch.components.iter().map(|it| (&*it.name, it.impact)).collect();
    assert_eq!(
        shown,
        [
            ("website", Impact::MajorOutage),
            ("catalogue", Impact::PartialOutage),
            ("orders", Impact::MajorOutage),
            ("storage", Impact::PartialOutage),
        ]
    );
    let [website, .., storage] = &watch.components[..] else { panic!("{shown:?}") };
    assert_eq!(website.source, checks(&["frontend"]));
    assert_eq!(storage.source, ComponentSource::Dependency("backend".into()));
    assert!(website.response_times && watch.status.visitors);
}
