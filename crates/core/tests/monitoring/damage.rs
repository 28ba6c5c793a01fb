//! Storage that cannot be read: another version wrote it, or it is damaged.

use std::ops::Range;

use breakwater_core::base::time::Timestamp;
use breakwater_core::watch::alert::AlertKind;
use breakwater_core::watch::incident::Incident;
use breakwater_core::watch::monitor::{CheckResult, CheckState};

use crate::later;
use crate::shell::Shell;

const FILE: &str = "
[[checks]]
name = \"frontend\"
url = \"https://shop.example/\"
from = [\"weur\", \"enam\"]
places = 2
[[checks]]
name = \"api\"
url = \"https://shop.example/api\"
depends_on = \"frontend\"
[[channels]]
name = \"ops\"
kind = \"slack\"
url = \"https://hooks.example/\"
";
/// What a newer version may have written.
const NEWER: &str = r#"{"version":9,"group":[],"outbox":[],"alert":[],"incident":[]}"#;

/// What a check finds at a place.
trait Finds: Fn(&str, &str, Timestamp) -> Option<CheckResult> {}
impl<F: Fn(&str, &str, Timestamp) -> Option<CheckResult>> Finds for F {}

/// Whether a receiver takes an attempt.
type Takes = fn(u32, Timestamp) -> bool;

/// A shell whose frontend is down in this span after its begin, in seconds.
fn shell(down: Range<u64>) -> Shell<impl Finds, Takes> {
    shell_that(down, (|_, _| true) as Takes)
}

fn shell_that<T: Fn(u32, Timestamp) -> bool>(down: Range<u64>, takes: T) -> Shell<impl Finds, T> {
    let begin = Shell::new(FILE, 5, |_, _, _| None, |_, _| true).now;
    let (from, until) = (later(begin, down.start * 1000), later(begin, down.end * 1000));
    let finds = move |check: &str, _: &str, now: Timestamp| {
        let is_down = check == "frontend" && (from..until).contains(&now);
        Some(if is_down { CheckResult::Down } else { CheckResult::Up })
    };
    let mut shell = Shell::new(FILE, 5, finds, takes);
    shell.is_damaged = true;
    shell
}

fn ids<F, T>(shell: &mut Shell<F, T>) -> Vec<(String, bool)>
where
    F: Fn(&str, &str, Timestamp) -> Option<CheckResult>,
    T: Fn(u32, Timestamp) -> bool,
{
    shell.host().incidents().map(|it| (it.id().to_owned(), it.is_open())).collect()
}

#[test]
fn checks_whose_record_is_lost_end_their_incident_after_good_observations() {
    let mut shell = shell(120..400);
    let begin = shell.now;
    shell.run_until(later(begin, 300_000));
    let before = ids(&mut shell);
    assert_eq!(before.len(), 1);
    shell.kill();
    let group = shell.storage.groups.insert(0, NEWER.into());
    shell.run_until(later(begin, 900_000));
    assert_eq!(shell.storage.aside.get("checks-unread-0").map(String::as_str), Some(NEWER));
    assert_ne!(shell.storage.groups.get(&0).map(String::as_str), Some(NEWER));
    assert!(group.is_some() && shell.unread[0].starts_with("checks of group 0: "));
    let incident = shell.host().incidents().next().cloned().expect("the incident");
    assert_eq!(ids(&mut shell), [(before[0].0.clone(), false)], "one incident, and it ends");
    let end = incident.resolved_at().expect("an end");
    assert!(later(begin, 400_000) <= end && end <= later(begin, 520_000), "{end:?}");
    let kinds: Vec<AlertKind> = shell.arrived.iter().map(|it| it.kind).collect();
    assert_eq!(kinds, [AlertKind::Opened, AlertKind::Resolved]);
}

#[test]
fn a_check_that_is_still_down_goes_on_with_its_incident() {
    let mut shell = shell(120..10_000);
    let begin = shell.now;
    shell.run_until(later(begin, 300_000));
    let before = ids(&mut shell);
    shell.kill();
    shell.storage.groups.insert(0, "{".into());
    shell.run_until(later(begin, 900_000));
    assert_eq!(ids(&mut shell), before);
    let states: Vec<CheckState> = shell.host().checks().map(|it| it.monitor.state()).collect();
    assert_eq!(states, [CheckState::Down, CheckState::Up]);
    assert_eq!(shell.arrived.len(), 1, "people are told once");
}

#[test]
fn a_child_is_released_when_its_parent_is_not_checked_any_more() {
    let fails = |_: &str, _: &str, _| Some(CheckResult::Down);
    let mut shell = Shell::new(FILE, 5, fails, |_, _| true);
    let begin = shell.now;
    shell.run_until(later(begin, 300_000));
    shell.kill();
    shell.rules.checks.remove(0);
    shell.rules.checks[0].depends_on = None;
    shell.run_until(later(begin, 420_000));
    let open = shell.host().incidents().filter(|it| it.is_open());
    let open: Vec<String> =
        open.flat_map(Incident::checks).map(|check| check.name.clone()).collect();
    assert_eq!(open, ["api"]);
}

#[test]
fn an_incident_that_no_check_has_any_more_ends_when_the_monitor_is_loaded() {
    let mut shell = shell(120..300);
    let begin = shell.now;
    shell.run_until(later(begin, 250_000));
    let open = shell.storage.incidents.clone();
    assert_eq!(open.len(), 1);
    shell.run_until(later(begin, 600_000));
    shell.kill();
    // An earlier version left it behind in this way when it lost the record of the check.
    shell.storage.incidents = open;
    shell.run_until(later(begin, 700_000));
    assert!(ids(&mut shell).iter().all(|(_, is_open)| !is_open));
}

#[test]
fn the_end_is_told_of_an_incident_that_cannot_be_read() {
    let mut shell = shell(120..400);
    let begin = shell.now;
    shell.run_until(later(begin, 300_000));
    shell.kill();
    for json in shell.storage.incidents.values_mut() {
        *json = NEWER.into();
    }
    shell.run_until(later(begin, 900_000));
    let kinds: Vec<AlertKind> = shell.arrived.iter().map(|it| it.kind).collect();
    assert_eq!(kinds, [AlertKind::Opened, AlertKind::Opened, AlertKind::Resolved]);
    assert!(shell.storage.incidents.values().any(|json| json == NEWER), "it stays where it is");
}

/// The outbox and the messages are damaged while the opening waits for a receiver that fails.
fn loses(damage: impl Fn(&mut crate::storage::Storage)) {
    let begin = Shell::new(FILE, 5, |_, _, _| None, |_, _| true).now;
    let well_from = later(begin, 300_000);
    let mut shell = shell_that(120..600, move |_, now| now >= well_from);
    shell.run_until(later(begin, 280_000));
    assert!(shell.arrived.is_empty());
    shell.kill();
    damage(&mut shell.storage);
    shell.run_until(later(begin, 1_800_000));
    let of_check = shell.arrived.iter().filter(|it| it.kind != AlertKind::Updated);
    let told: Vec<(AlertKind, &str)> = of_check.map(|it| (it.kind, &*it.message)).collect();
    let [(AlertKind::Opened, opened), (AlertKind::Resolved, resolved)] = told[..] else {
        panic!("{told:?}");
    };
    assert_ne!(opened, resolved);
    assert_eq!(shell.host().outbox().pending().count(), 0);
    assert_eq!(shell.host().outbox().dead_letters().count(), 0);
}

#[test]
fn an_outbox_that_cannot_be_read_is_put_aside_and_made_again_of_incidents() {
    loses(|storage| storage.outbox = Some(NEWER.into()));
    loses(|storage| storage.outbox = None);
}

#[test]
fn messages_that_cannot_be_read_are_made_again() {
    loses(|storage| storage.alerts.values_mut().for_each(|json| *json = NEWER.into()));
    loses(|storage| storage.alerts.clear());
    loses(|storage| {
        storage.alerts.values_mut().for_each(|json| *json = NEWER.into());
        storage.outbox = Some("{}".into());
    });
}

#[test]
fn operators_are_told_of_a_lost_outbox_once() {
    let mut shell = shell(120..200);
    let begin = shell.now;
    shell.run_until(later(begin, 600_000));
    shell.kill();
    shell.storage.outbox = Some("[]".into());
    shell.run_until(later(begin, 700_000));
    shell.kill();
    shell.run_until(later(begin, 800_000));
    assert_eq!(shell.storage.aside.get("outbox-unread").map(String::as_str), Some("[]"));
    let told = shell.arrived.iter().filter(|it| it.kind == AlertKind::Updated).count();
    assert_eq!(told, 1, "{:?}", shell.arrived);
    let incident = shell.host().incidents().next().cloned().expect("an incident that tells it");
    assert!(!incident.is_open(), "there is nothing to end");
}

#[test]
fn the_hours_of_other_groups_stay_where_they_are() {
    use std::fmt::Write as _;
    let mut file = String::new();
    for number in 0..30 {
        let _ = write!(
            file,
            "[[checks]]\nname = \"c{number}\"\nurl = \"https://shop.example/{number}\"\n"
        );
    }
    let mut shell = Shell::new(&file, 5, |_, _, _| Some(CheckResult::Up), |_, _| true);
    shell.is_damaged = true;
    let begin = shell.now;
    shell.run_until(later(begin, 120_000));
    shell.kill();
    let hour = |json: &str| {
        let stored: serde_json::Value = serde_json::from_str(json).expect("JSON");
        stored["group"]["hour"].as_u64().expect("an hour")
    };
    let of_second = hour(&shell.storage.groups[&1]);
    shell.storage.groups.insert(0, NEWER.into());
    // The monitor comes back two hours later.
    shell.sleep_until(later(begin, 7_320_000));
    shell.run_until(later(begin, 7_500_000));
    let written = shell.storage.hours.iter().map(|(group, hour, _)| (*group, hour.as_millis()));
    assert_eq!(written.collect::<Vec<_>>(), [(1, of_second)]);
}
