//! What days survive, how long they are kept, and what they cost.

use breakwater_core::site::monitoring::INCIDENTS_MAX;
use breakwater_core::site::standing::SiteState;
use breakwater_core::site::status::DAYS_SHOWN;
use breakwater_core::watch::health::Status;
use breakwater_core::watch::incident::{EdgeShares, Impact};
use breakwater_core::watch::monitor::CheckResult;

use crate::history::{file, opening};
use crate::watch::{Watch, check};
use crate::{DAY, HOUR, MINUTE, at, first_day};

#[test]
fn days_are_those_that_are_shown() {
    let mut watch = Watch::of(&file(), at(0));
    let last = DAYS_SHOWN as u64 + 20;
    for day in 0..=last {
        watch.find("b", "edge", CheckResult::Up, at(day * DAY));
        watch.reload(at(day * DAY));
    }
    let days = watch.component("b", at(last * DAY)).days;
    assert_eq!(days.len(), DAYS_SHOWN);
    assert_eq!(days[0].day, first_day() + 21);
    assert!(watch.days.len() <= DAYS_SHOWN, "what is not shown is deleted");
}

#[test]
fn the_hour_s_end_is_one_row_whatever_the_number_of_checks() {
    let checks: String = (0..60).map(|number| check(&format!("c{number}"), "")).collect();
    let mut watch = Watch::of(&checks, at(0));
    for hour in 0..24 {
        for minute in [1, 30] {
            for number in 0..60 {
                let now = at(hour * HOUR + minute * MINUTE);
                watch.find(&format!("c{number}"), "edge", CheckResult::Up, now);
            }
        }
        if hour == 7 {
            watch.reload(at(hour * HOUR + 40 * MINUTE));
        }
    }
    assert_eq!(watch.days_written, 23, "one for each hour that is over");
    let days = watch.component("c59", at(23 * HOUR + 50 * MINUTE)).days;
    assert_eq!(days[0].hours, 24);
}

#[test]
fn a_monitor_that_was_away_for_days_loses_no_hour() {
    let mut watch = Watch::of(&file(), at(0));
    for hour in [0, 30, 31, 100, 200] {
        watch.find("b", "edge", CheckResult::Down, at(hour * HOUR));
        watch.find("b", "edge", CheckResult::Up, at(hour * HOUR + MINUTE));
        watch.reload(at(hour * HOUR + 2 * MINUTE));
    }
    watch.reload(at(500 * HOUR));
    let lost: Vec<(u32, u8, u32)> = watch
        .component("b", at(500 * HOUR))
        .days
        .iter()
        .map(|it| (it.day - first_day(), it.hours, it.lost_ppm))
        .collect();
    let half = 150_000;
    assert_eq!(lost, [(0, 1, half), (1, 2, 2 * half), (4, 1, half), (8, 1, half)]);
}

#[test]
fn a_clock_that_ran_ahead_leaves_nothing_behind() {
    let mut watch = Watch::of(&file(), at(0));
    watch.find("b", "edge", CheckResult::Up, at(0));
    // The clock runs ten days ahead for some hours, in which the check fails.
    for hour in 0..5 {
        watch.find("b", "edge", CheckResult::Down, at(10 * DAY + hour * HOUR));
        watch.find_dependency("mail", Status::Fail, at(10 * DAY + hour * HOUR));
    }
    watch.reload(at(2 * HOUR));
    for hour in 2..40 {
        let now = at(hour * HOUR);
        watch.find("b", "edge", CheckResult::Up, now);
        watch.reload(now);
    }
    let days = watch.component("b", at(40 * HOUR)).days;
    let shown: Vec<(u32, u8)> = days.iter().map(|it| (it.day - first_day(), it.hours)).collect();
    assert_eq!(shown, [(0, 23), (1, 16)]);
    // What was noted of days that were to come is not there when they come.
    for hour in 0..6 {
        watch.find("b", "edge", CheckResult::Up, at(10 * DAY + hour * HOUR));
        watch.reload(at(10 * DAY + hour * HOUR));
    }
    let days = watch.component("b", at(10 * DAY + 6 * HOUR)).days;
    let last = days.last().expect("a day");
    assert_eq!((last.day, last.hours, last.lost_ppm), (first_day() + 10, 6, 0));
}

#[test]
fn a_day_that_cannot_be_read_is_put_aside_and_the_others_stay() {
    let mut watch = Watch::of(&file(), at(0));
    for hour in 0..200 {
        watch.find("b", "edge", CheckResult::Up, at(hour * HOUR));
    }
    let (now, today) = (at(200 * HOUR), first_day() + 8);
    let newer = r#"{"version":2,"day":"of another shape"}"#;
    watch.days.insert(today, newer.into());
    watch.days.insert(first_day(), newer.into());
    watch.reload(now);
    assert_eq!(watch.aside.get(&format!("day-unread-{today}")).map(String::as_str), Some(newer));
    let days: Vec<u32> =
        watch.component("b", now).days.iter().map(|it| it.day - first_day()).collect();
    assert_eq!(days, [1, 2, 3, 4, 5, 6, 7, 8], "the hour that runs is in its group");
    assert_eq!(watch.unread.len(), 2, "{:?}", watch.unread);
    watch.round(&SiteState::default(), &[], EdgeShares::default(), now);
    let older = format!("day-unread-{}", first_day());
    assert_eq!(watch.aside.get(&older).map(String::as_str), Some(newer));
    assert_eq!(watch.days[&first_day()], newer, "it stays where it is, too");
}

#[test]
fn incidents_of_people_stay_as_long_as_they_count() {
    let mut watch = Watch::of(&file(), at(0));
    watch.find("b", "edge", CheckResult::Up, at(0));
    let outage = opening("b", Impact::MajorOutage, Some(at(0)), Some(at(MINUTE * 30)));
    watch.open(&outage, at(HOUR));
    // A check that fails again and again fills the list with the machine's own.
    for number in 0..2 * INCIDENTS_MAX as u64 {
        let now = HOUR + number * 20 * MINUTE;
        watch.find("a", "edge", CheckResult::Down, at(now));
        watch.find("a", "edge", CheckResult::Up, at(now + MINUTE));
    }
    let now = at(HOUR + 2 * INCIDENTS_MAX as u64 * 20 * MINUTE);
    assert_eq!(watch.component("b", now).days[0].lost_ppm, 500_000);
}
