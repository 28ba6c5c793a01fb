//! The calendar of maintenance.

use std::collections::BTreeSet;

use breakwater_core::site::status::PublicStatus;
use breakwater_core::site::status::calendar::calendar;
use proptest::prelude::*;

use crate::documents::PLACE;
use crate::{CASES, NOW, arbitrary, moment_of, sample};

/// The properties of a file, unfolded, each with its name and its value.
fn properties(body: &str) -> Vec<(String, String)> {
    assert!(body.ends_with("\r\n"));
    assert!(!body.replace("\r\n", "").contains(['\r', '\n']), "a line end of another kind");
    assert!(body.split("\r\n").all(|line| line.len() <= 75), "a line is too long");
    let unfolded = body.replace("\r\n ", "");
    let property = |line: &str| {
        let (name, value) = line.split_once(':').unwrap();
        (name.to_owned(), value.to_owned())
    };
    unfolded.trim_end().split("\r\n").map(property).collect()
}

/// The events, each with its properties.
fn events(body: &str) -> Vec<Vec<(String, String)>> {
    let mut events = Vec::new();
    for (name, value) in properties(body) {
        match (name.as_str(), value.as_str()) {
            ("BEGIN", "VEVENT") => events.push(Vec::new()),
            ("END", _) => {}
            _ => events.last_mut().map_or((), |event: &mut Vec<_>| event.push((name, value))),
        }
    }
    events
}

#[track_caller]
fn value<'a>(event: &'a [(String, String)], name: &str) -> &'a str {
    let [value] = event
        .iter()
        .filter(|(known, _)| known == name)
        .map(|(_, value)| value.as_str())
        .collect::<Vec<_>>()
        .try_into()
        .unwrap_or_else(|found| panic!("{name}: {found:?}"));
    value
}

/// What a value of text means (RFC 5545 §3.3.11).
fn unescaped(value: &str) -> String {
    let mut out = String::new();
    let mut rest = value.chars();
    while let Some(character) = rest.next() {
        match character {
            '\\' => match rest.next().unwrap() {
                'n' => out.push('\n'),
                escaped => {
                    assert!(matches!(escaped, '\\' | ';' | ','), "{escaped}");
                    out.push(escaped);
                }
            },
            ';' | ',' => panic!("not escaped: {value}"),
            _ => out.push(character),
        }
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(CASES))]

    #[test]
    fn every_time_is_one_event_with_an_end_in_utc(status in arbitrary::status()) {
        let body = calendar(&PLACE, &status.at(NOW));
        let events = events(&body);
        prop_assert_eq!(events.len(), status.maintenance.len());
        for (event, maintenance) in events.iter().zip(&status.maintenance) {
            let times = ["DTSTAMP", "LAST-MODIFIED", "DTSTART", "DTEND"].map(|it| value(event, it));
            for time in times {
                prop_assert!(time.len() == 16 && time.ends_with('Z'), "{}", time);
            }
            let [_, _, start, end] = times;
            prop_assert!(start < end || start == "99991231T235959Z", "{} to {}", start, end);
            prop_assert_eq!(value(event, "SEQUENCE"), maintenance.revision.to_string());
            let told = unescaped(value(event, "DESCRIPTION"));
            let message = maintenance.message.as_deref().unwrap_or_default();
            let kept = |it: &char| !it.is_control() || matches!(it, '\n' | '\t');
            prop_assert!(told.ends_with(&message.chars().filter(kept).collect::<String>()));
        }
    }

    #[test]
    fn a_calendar_is_whole_and_has_no_rule_and_no_zone_of_a_time(status in arbitrary::status()) {
        let body = calendar(&PLACE, &status.at(NOW));
        let all = properties(&body);
        let count = |name: &str, value: &str| {
            all.iter().filter(|it| it.0 == name && it.1 == value).count()
        };
        for component in ["VCALENDAR", "VEVENT", "VTIMEZONE", "STANDARD"] {
            prop_assert_eq!(count("BEGIN", component), count("END", component));
        }
        prop_assert_eq!(count("BEGIN", "VCALENDAR"), 1);
        prop_assert!(count("BEGIN", "VEVENT") + count("BEGIN", "VTIMEZONE") > 0);
        prop_assert!(!all.iter().any(|(name, _)| name == "RRULE" || name.contains(";TZID=")));
    }
}

#[test]
fn a_uid_is_one_events_and_stays_the_same_when_the_time_changes() {
    let mut status = sample();
    let uids = |status: &PublicStatus| {
        let events = events(&calendar(&PLACE, &status.at(moment_of(status))));
        events.iter().map(|event| value(event, "UID").to_owned()).collect::<BTreeSet<_>>()
    };
    let before = uids(&status);
    assert_eq!(before.len(), status.maintenance.len());
    let changed = &mut status.maintenance[2];
    changed.revision += 1;
    changed.end = changed.start;
    assert_eq!(uids(&status), before);
    let again = status.maintenance[2].clone();
    status.maintenance.push(again);
    assert_eq!(events(&calendar(&PLACE, &status.at(status.at))).len(), before.len());
}

#[test]
fn a_calendar_without_maintenance_has_no_event_and_is_still_one() {
    let status = PublicStatus { at: NOW, ..PublicStatus::default() };
    let body = calendar(&PLACE, &status.at(NOW));
    assert!(events(&body).is_empty());
    assert!(body.contains("BEGIN:VTIMEZONE\r\nTZID:Etc/UTC\r\n"), "{body}");
}

#[test]
fn the_same_state_makes_the_same_file_a_minute_later() {
    let status = sample();
    let later = PublicStatus { at: moment_of(&status), ..sample() };
    let file = |status: &PublicStatus| calendar(&PLACE, &status.at(status.at));
    assert_eq!(file(&status), file(&later));
}
