//! Objectives: those that are read, and those that are refused.

use breakwater_core::base::time::Millis;
use breakwater_core::site::config::{
    SiteFile, TrafficObjective, TrafficSubject, WatchRules, parse_file,
};
use breakwater_core::watch::objective::{
    MINIMUM_DEFAULT, OBJECTIVE_WINDOW_DEFAULT, OBJECTIVES_MAX, Objective, ObjectiveKind,
    ObjectiveSubject, ObjectiveTarget,
};
use breakwater_core::watch::severity::Severity;

use super::{VALID, check_below};

/// A check that an objective may be about.
const CHECK: &str = "[[checks]]
name = \"front_page\"
url = \"https://shop.example/\"
";

fn read(text: &str) -> SiteFile {
    let file = format!("{VALID}{CHECK}{text}");
    parse_file("breakwater.toml", &file).unwrap_or_else(|error| panic!("{error}"))
}

/// Checks that an objective with these lines below its name is refused. They begin on line 3.
#[track_caller]
fn check(lines: &str, expected: &str) {
    let (line, rest) = expected.split_once(':').expect("a line");
    let line = CHECK.lines().count() + line.parse::<usize>().expect("a number");
    let text = format!("{CHECK}[[objectives]]\nname = \"orders\"\n{lines}\n");
    check_below(&text, &format!("{line}:{rest}"));
}

#[test]
fn what_is_written_is_what_is_read() {
    let file = read(
        "[[objectives]]
name = \"orders\"
route = \"/api/*\"
target = \"99.95%\"
kind = \"latency\"
latency = \"500ms\"
window = \"7d\"
minimum = 100
severity = \"P2\"
runbook = \"docs/runbooks/site-down.md\"
",
    );
    assert_eq!(
        file.watch.objectives,
        [Objective {
            name: "orders".into(),
            subject: ObjectiveSubject::Route("/api/*".into()),
            kind: ObjectiveKind::Latency(Millis::new(500)),
            target: ObjectiveTarget::parse("99.95%").expect("a target"),
            window: Millis::from_secs(7 * 24 * 3600),
            minimum: 100,
            severity: Some(Severity::P2),
            runbook: Some("docs/runbooks/site-down.md".into()),
        }]
    );
}

#[test]
fn what_is_left_out_has_its_default() {
    let file = read("[[objectives]]\nname = \"a\"\nupstream = \"api\"\ntarget = \"99%\"\n");
    let [objective] = &*file.watch.objectives else { panic!("one objective") };
    assert_eq!(objective.kind, ObjectiveKind::Availability);
    assert_eq!(objective.window, OBJECTIVE_WINDOW_DEFAULT);
    assert_eq!(objective.minimum, MINIMUM_DEFAULT);
    assert_eq!((objective.severity, &objective.runbook), (None, &None));
    assert_eq!(read("").watch.objectives, []);
}

#[test]
fn isolates_learn_of_objectives_over_traffic_alone() {
    let file = read(
        "[[objectives]]
name = \"checked\"
check = \"front_page\"
target = \"99%\"
[[objectives]]
name = \"orders\"
route = \"/api/*\"
target = \"99%\"
[[objectives]]
name = \"backend\"
upstream = \"api\"
target = \"99%\"
",
    );
    let of = |name: &str, subject| TrafficObjective {
        name: name.into(),
        subject,
        kind: ObjectiveKind::Availability,
    };
    assert_eq!(
        file.site.objectives,
        [of("orders", TrafficSubject::Route(0)), of("backend", TrafficSubject::Upstream(1))]
    );
    let json = serde_json::to_string(&file.site).expect("a site");
    assert_eq!(
        serde_json::from_str::<breakwater_core::site::config::Site>(&json).ok(),
        Some(file.site)
    );
}

#[test]
fn objectives_survive_the_build() {
    let SiteFile { site, watch, checks_json } =
        read("[[objectives]]\nname = \"a\"\ncheck = \"front_page\"\ntarget = \"99.9999%\"\n");
    let without_checks = WatchRules { checks: Vec::new(), ..watch.clone() };
    let json = serde_json::to_string(&without_checks).expect("rules");
    let embedded = WatchRules::embedded(&json, &checks_json, &site).expect("embedded rules");
    assert_eq!(embedded, watch);
    assert!(watch.needs_monitor());
}

#[test]
fn a_site_with_an_objective_alone_needs_the_monitor() {
    let file = |text: &str| {
        parse_file("test", &format!("{VALID}{text}")).unwrap_or_else(|error| panic!("{error}"))
    };
    let text = "[[objectives]]\nname = \"a\"\nroute = \"/*\"\ntarget = \"99%\"\n";
    assert!(file(text).watch.needs_monitor());
    assert!(!file("").watch.needs_monitor());
}

#[test]
fn an_objective_is_about_one_thing() {
    check(
        "target = \"99%\"",
        "1:1: objectives[0]: missing key, expected one of `route`, `upstream`, `check`",
    );
    check(
        "route = \"/*\"\nupstream = \"api\"\ntarget = \"99%\"",
        "4:12: objectives[0].upstream: `api` is not allowed, expected one of `route`, `upstream` \
         and `check`, not several",
    );
    check(
        "route = \"/shop\"\ntarget = \"99%\"",
        "3:9: objectives[0].route: unknown route `/shop`, expected one of `/api/*`, `/*`",
    );
    check(
        "upstream = \"db\"\ntarget = \"99%\"",
        "3:12: objectives[0].upstream: unknown upstream `db`, expected one of `web`, `api`",
    );
    check(
        "check = \"back_page\"\ntarget = \"99%\"",
        "3:9: objectives[0].check: unknown check `back_page`, expected one of `front_page`",
    );
}

#[test]
fn a_target_is_a_percentage_below_100() {
    const EXPECTED: &str =
        "expected a percentage below 100 with at most 7 decimals, such as `99.9%`";
    for target in ["100%", "0.999", "99.99999999%", "-1%", ""] {
        check(
            &format!("route = \"/*\"\ntarget = \"{target}\""),
            &format!("4:10: objectives[0].target: `{target}` is not allowed, {EXPECTED}"),
        );
    }
    check(
        "route = \"/*\"\ntarget = 99.9",
        "4:10: objectives[0].target: found the float `99.9`, expected a percentage such as `99.9%`",
    );
    check("route = \"/*\"", "1:1: objectives[0]: missing key `target`");
}

#[test]
fn only_an_objective_of_latency_has_a_latency() {
    check(
        "route = \"/*\"\ntarget = \"99%\"\nlatency = \"1s\"",
        "5:1: objectives[0]: `latency` is not allowed with the kind `availability`, expected one \
         of `latency`",
    );
    check(
        "route = \"/*\"\ntarget = \"99%\"\nkind = \"latency\"",
        "1:1: objectives[0]: missing key `latency`",
    );
    check(
        "route = \"/*\"\ntarget = \"99%\"\nkind = \"latency\"\nlatency = \"2m\"",
        "6:11: objectives[0].latency: `2m` is out of range, expected 1ms to 1m",
    );
    check(
        "route = \"/*\"\ntarget = \"99%\"\nkind = \"speed\"",
        "5:8: objectives[0].kind: unknown kind `speed`, expected one of `availability`, `latency`",
    );
}

#[test]
fn windows_and_minimums_have_limits() {
    const HEAD: &str = "route = \"/*\"\ntarget = \"99%\"\n";
    for (line, expected) in [
        (
            "window = \"59m\"",
            "5:10: objectives[0].window: `59m` is out of range, expected 1h to 90d",
        ),
        (
            "window = \"91d\"",
            "5:10: objectives[0].window: `91d` is out of range, expected 1h to 90d",
        ),
        (
            "window = \"90m\"",
            "5:10: objectives[0].window: `90m` is not allowed, expected whole hours, such as `30d`",
        ),
        ("minimum = 0", "5:11: objectives[0].minimum: `0` is out of range, expected 1 to 1000000"),
        (
            "minimum = 1000001",
            "5:11: objectives[0].minimum: `1000001` is out of range, expected 1 to 1000000",
        ),
    ] {
        check(&format!("{HEAD}{line}"), expected);
    }
}

#[test]
fn each_name_stands_once_and_there_are_not_very_many() {
    let one = |name: &str| {
        format!("[[objectives]]\nname = \"{name}\"\nroute = \"/*\"\ntarget = \"99%\"\n")
    };
    check_below(
        &format!("{}{}", one("a"), one("a")),
        "6:8: objectives[1].name: `a` is not allowed, expected a name that no other objective has",
    );
    let many: String = (0..=OBJECTIVES_MAX).map(|number| one(&format!("o{number}"))).collect();
    check_below(
        &many,
        &format!(
            "{}:1: objectives[{OBJECTIVES_MAX}]: `{}` is out of range, expected {OBJECTIVES_MAX} \
             objectives at most",
            4 * OBJECTIVES_MAX + 1,
            OBJECTIVES_MAX + 1
        ),
    );
}

#[test]
fn a_misspelt_key_is_named_with_those_that_are_allowed() {
    check(
        "rout = \"/*\"",
        "3:1: objectives[0]: unknown key `rout` (did you mean `route`?), expected one of `name`, \
         `route`, `upstream`, `check`, `target`, `kind`, `latency`, `window`, `minimum`, \
         `severity`, `runbook`",
    );
}
