//! How components are, out of what is measured of them.

use std::slice;

use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::site::monitoring::DependencyFinding;
use breakwater_core::site::status::{ComponentState, PublicComponent};
use breakwater_core::watch::health::Status;
use breakwater_core::watch::monitor::CheckResult;

use crate::watch::{Watch, check};
use crate::{HOUR, MINUTE, at};

/// A component of two checks, of which one needs two places, and one of a dependency.
fn file() -> String {
    check("quick", "every = \"1m\"\nseverity = \"P2\"")
        + &check("slow", "every = \"1h\"\nfrom = [\"weur\", \"enam\", \"sam\"]\nplaces = 2")
        + "[[dependencies]]\nname = \"mail\"\nkind = \"statuspage\"\nevery = \"10s\"\n\
           url = \"https://status.mail.example\"\n\
           [[dependencies]]\nname = \"spare\"\nkind = \"statuspage\"\n\
           url = \"https://status.other.example\"\n\
           [[components]]\nname = \"shop\"\ntitle = \"The shop\"\ndescription = \"All.\"\n\
           group = \"Ours\"\nchecks = [\"quick\", \"slow\"]\nonly_if_degraded = true\n\
           [[components]]\nname = \"quick\"\n\
           [[components]]\nname = \"post\"\ndependency = \"mail\"\n"
}

fn watch() -> Watch {
    Watch::of(&file(), at(0))
}

/// How a component reads at that time.
fn state(watch: &mut Watch, name: &str, now: Timestamp) -> ComponentState {
    let status = watch.status(now);
    let view = status.at(now);
    view.component_named(name).expect("a component").state
}

fn find_slow(watch: &mut Watch, result: CheckResult, now: Timestamp) {
    for place in ["weur", "enam"] {
        watch.find("slow", place, result, now);
    }
}

#[test]
fn a_component_says_what_the_site_file_says_of_it() {
    let shop = watch().component("shop", at(0));
    let expected = PublicComponent {
        name: "shop".into(),
        title: "The shop".into(),
        description: Some("All.".into()),
        group: Some("Ours".into()),
        only_if_degraded: true,
        stale_after: Millis::from_secs(180),
        ..PublicComponent::default()
    };
    assert_eq!(shop, expected);
    assert!(watch().component("post", at(0)).is_third_party);
}

#[test]
fn what_was_never_measured_is_unknown() {
    let mut watch = watch();
    assert_eq!(state(&mut watch, "shop", at(0)), ComponentState::Unknown);
    watch.find("quick", "edge", CheckResult::Up, at(0));
    // The other check was made at one place of the two that have to agree.
    watch.find("slow", "weur", CheckResult::Up, at(0));
    assert_eq!(state(&mut watch, "shop", at(0)), ComponentState::Unknown);
    assert_eq!(state(&mut watch, "quick", at(0)), ComponentState::Operational);
    watch.find("slow", "enam", CheckResult::Up, at(0));
    assert_eq!(state(&mut watch, "shop", at(0)), ComponentState::Operational);
}

#[test]
fn the_worst_check_counts() {
    let mut watch = watch();
    find_slow(&mut watch, CheckResult::Up, at(0));
    for (result, shop, quick) in [
        (CheckResult::Up, ComponentState::Operational, ComponentState::Operational),
        (
            CheckResult::Degraded,
            ComponentState::DegradedPerformance,
            ComponentState::DegradedPerformance,
        ),
        // The first is as bad as its worst check would be.
        (CheckResult::Down, ComponentState::MajorOutage, ComponentState::PartialOutage),
    ] {
        watch.find("quick", "edge", result, at(MINUTE));
        assert_eq!(state(&mut watch, "shop", at(MINUTE)), shop, "{result:?}");
        assert_eq!(state(&mut watch, "quick", at(MINUTE)), quick, "{result:?}");
    }
}

#[test]
fn trouble_of_one_check_is_known_whatever_is_known_of_others() {
    let mut watch = watch();
    watch.find("quick", "edge", CheckResult::Down, at(0));
    assert_eq!(state(&mut watch, "shop", at(0)), ComponentState::MajorOutage);
    let shop = watch.component("shop", at(0));
    assert_eq!((shop.since, shop.measured_at), (Some(at(0)), Some(at(0))));
}

#[test]
fn what_is_measured_grows_old_with_the_check_that_counts_first() {
    let mut watch = watch();
    find_slow(&mut watch, CheckResult::Up, at(0));
    watch.find("quick", "edge", CheckResult::Up, at(2 * HOUR));
    // The other check counts for three hours, this one for three minutes.
    let shop = watch.component("shop", at(2 * HOUR));
    assert_eq!(shop.measured_at, Some(at(2 * HOUR)));
    assert_eq!(shop.stale_after, Millis::from_secs(180));
    assert_eq!(
        state(&mut watch, "shop", at(2 * HOUR + 3 * MINUTE - 1)),
        ComponentState::Operational
    );
    assert_eq!(state(&mut watch, "shop", at(2 * HOUR + 3 * MINUTE)), ComponentState::Unknown);
    watch.find("quick", "edge", CheckResult::Up, at(3 * HOUR - 1));
    assert_eq!(state(&mut watch, "shop", at(3 * HOUR - 1)), ComponentState::Operational);
    assert_eq!(state(&mut watch, "shop", at(3 * HOUR)), ComponentState::Unknown);
}

#[test]
fn a_place_that_is_silent_does_not_keep_a_check_fresh() {
    let mut watch = watch();
    watch.find("quick", "edge", CheckResult::Up, at(4 * HOUR));
    find_slow(&mut watch, CheckResult::Up, at(0));
    watch.find("slow", "sam", CheckResult::Up, at(HOUR));
    watch.find("slow", "weur", CheckResult::Up, at(2 * HOUR));
    let measured_at = |watch: &mut Watch| {
        watch.find("quick", "edge", CheckResult::Up, at(4 * HOUR - 1));
        watch.component("shop", at(4 * HOUR - 1)).measured_at
    };
    // Two places have to agree: the second latest observation decides.
    assert_eq!(measured_at(&mut watch), Some(at(HOUR)));
}

#[test]
fn a_paused_check_says_nothing() {
    let mut watch = watch();
    watch.find("quick", "edge", CheckResult::Up, at(0));
    let until = Some(at(HOUR));
    assert!(watch.host.handle_pause(&watch.rules, "quick", until, 0, at(0)));
    assert_eq!(state(&mut watch, "quick", at(1)), ComponentState::Unknown);
    assert!(watch.host.handle_pause(&watch.rules, "quick", None, 0, at(2)));
    assert_eq!(state(&mut watch, "quick", at(2)), ComponentState::Operational);
}

#[test]
fn what_is_worked_on_is_under_maintenance_whatever_its_checks_find() {
    let mut watch = watch();
    let until = at(HOUR);
    let is_quick = |name: &str| (name == "quick").then_some(until);
    watch.host.handle_maintenance(&watch.rules, |check| is_quick(&check.name), 0, at(0));
    watch.find("quick", "edge", CheckResult::Down, at(1));
    assert_eq!(state(&mut watch, "quick", at(1)), ComponentState::UnderMaintenance);
    find_slow(&mut watch, CheckResult::Down, at(2));
    assert_eq!(state(&mut watch, "shop", at(2)), ComponentState::MajorOutage);
    watch.find("quick", "edge", CheckResult::Down, at(HOUR));
    assert_eq!(state(&mut watch, "quick", at(HOUR)), ComponentState::PartialOutage);
}

#[test]
fn it_is_told_since_when_it_is_like_that() {
    let mut watch = watch();
    let since = |watch: &mut Watch, now| watch.component("quick", at(now)).since;
    watch.find("quick", "edge", CheckResult::Up, at(0));
    assert_eq!(since(&mut watch, 0), None, "it was not measured before");
    watch.find("quick", "edge", CheckResult::Down, at(MINUTE));
    watch.find("quick", "edge", CheckResult::Down, at(2 * MINUTE));
    assert_eq!(since(&mut watch, 2 * MINUTE), Some(at(MINUTE)));
    watch.find("quick", "edge", CheckResult::Up, at(3 * MINUTE));
    watch.reload(at(3 * MINUTE));
    assert_eq!(since(&mut watch, 3 * MINUTE), Some(at(3 * MINUTE)));
}

#[test]
fn a_dependency_is_as_its_prober_finds_it() {
    let mut watch = watch();
    assert_eq!(state(&mut watch, "post", at(0)), ComponentState::Unknown);
    for (minute, status, expected) in [
        (1, Status::Pass, ComponentState::Operational),
        (2, Status::Warn, ComponentState::DegradedPerformance),
        (3, Status::Fail, ComponentState::PartialOutage),
        (4, Status::Fail, ComponentState::PartialOutage),
    ] {
        watch.find_dependency("mail", status, at(minute * MINUTE));
        watch.reload(at(minute * MINUTE));
        assert_eq!(state(&mut watch, "post", at(minute * MINUTE)), expected);
    }
    let post = watch.component("post", at(4 * MINUTE));
    assert_eq!((post.since, post.measured_at), (Some(at(3 * MINUTE)), Some(at(4 * MINUTE))));
    assert_eq!((post.days[0].hours, post.days[0].lost_ppm), (1, 150_000));
    // It is asked each ten seconds, and the monitor hears of it once a minute.
    assert_eq!(post.stale_after, Millis::from_secs(180));
    assert_eq!(state(&mut watch, "post", at(7 * MINUTE)), ComponentState::Unknown);
}

#[test]
fn a_finding_that_is_told_again_counts_once() {
    let mut watch = watch();
    watch.find_dependency("mail", Status::Fail, at(0));
    let found =
        DependencyFinding { dependency: "mail".into(), status: Status::Fail, measured_at: at(0) };
    for minute in 1..5 {
        watch.host.handle_findings(&watch.rules, slice::from_ref(&found), at(minute * MINUTE));
    }
    watch.find_dependency("mail", Status::Pass, at(5 * MINUTE));
    assert_eq!(watch.component("post", at(5 * MINUTE)).days[0].lost_ppm, 150_000);
}

#[test]
fn a_dependency_that_is_not_published_is_not_kept() {
    let mut watch = watch();
    watch.find_dependency("spare", Status::Fail, at(0));
    assert_eq!(watch.hour, None);
    watch.find_dependency("mail", Status::Fail, at(0));
    assert!(watch.hour.as_deref().is_some_and(|hour| !hour.contains("spare")));
}
