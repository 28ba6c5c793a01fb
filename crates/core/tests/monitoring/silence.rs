//! Places that say nothing, checks that are paused, and times of maintenance.

use breakwater_core::watch::check::PROBER;
use breakwater_core::watch::monitor::CheckResult;

use crate::later;
use crate::shell::Shell;

/// The circuit's findings are a place of their own, which the monitor reads itself.
const FILE: &str = "
[[checks]]
name = \"backend\"
url = \"https://shop.example/\"
upstream = \"web\"
[[channels]]
name = \"ops\"
kind = \"slack\"
url = \"https://hooks.example/\"
";

#[test]
fn a_place_that_finds_nothing_is_asked_at_the_interval_and_no_more() {
    let mut shell = Shell::new(FILE, 3, |_, _, _| None, |_, _| true);
    let begin = shell.now;
    shell.run_until(later(begin, 600_000));
    // Two places, each minute.
    assert!(shell.probed.len() <= 22, "asked {} times", shell.probed.len());
    assert!(shell.probed.len() >= 16, "asked {} times", shell.probed.len());
    assert!(shell.storage.rows_written <= 60, "{} rows", shell.storage.rows_written);
}

#[test]
fn a_dead_prober_is_told_once_though_circuits_are_heard_of() {
    let finds = |_: &str, place: &str, _| (place == "traffic").then_some(CheckResult::Up);
    let mut shell = Shell::new(FILE, 3, finds, |_, _| true);
    let begin = shell.now;
    shell.run_until(later(begin, 900_000));
    assert_eq!(shell.arrived.len(), 1, "{:?}", shell.arrived);
    let open: Vec<String> = shell
        .host()
        .incidents()
        .filter(|incident| incident.is_open())
        .flat_map(|incident| incident.checks().iter().map(|check| check.name.clone()))
        .collect();
    assert_eq!(open, [PROBER]);
}

#[test]
fn a_paused_check_is_not_made_though_it_is_asked_for() {
    let mut shell = Shell::new(FILE, 3, |_, _, _| Some(CheckResult::Up), |_, _| true);
    let begin = shell.now;
    shell.run_until(later(begin, 120_000));
    let (rules, now) = (shell.rules.clone(), shell.now);
    let until = Some(later(now, 600_000));
    assert!(shell.host().handle_pause(&rules, "backend", until, 0, now));
    let made = shell.probed.len();
    shell.host().handle_hurry(&rules, |_| true, 0, now);
    shell.carry_out(&rules);
    shell.run_until(later(now, 590_000));
    assert_eq!(shell.probed.len(), made);
    shell.run_until(later(now, 700_000));
    assert!(shell.probed.len() > made, "it is made again after the pause");
}

#[test]
fn what_fails_during_maintenance_opens_nothing_until_it_is_over() {
    let begin = Shell::new(FILE, 3, |_, _, _| None, |_, _| true).now;
    let fails_from = later(begin, 130_000);
    let finds = move |_: &str, _: &str, now| {
        Some(if now < fails_from { CheckResult::Up } else { CheckResult::Down })
    };
    let mut shell = Shell::new(FILE, 3, finds, |_, _| true);
    shell.run_until(later(begin, 120_000));
    let (rules, now) = (shell.rules.clone(), shell.now);
    let until = later(now, 300_000);
    shell.host().handle_maintenance(&rules, |_| Some(until), 0, now);
    shell.carry_out(&rules);
    shell.run_until(later(now, 299_000));
    assert_eq!(shell.host().incidents().count(), 0);
    shell.run_until(later(now, 420_000));
    let incident = shell.host().incidents().next().cloned().expect("an incident");
    assert_eq!(incident.since(), until, "the time of maintenance is no part of it");
}

#[test]
fn a_pause_keeps_the_time_that_it_has_left_when_the_clock_is_set_back() {
    let mut shell = Shell::new(FILE, 3, |_, _, _| Some(CheckResult::Up), |_, _| true);
    let begin = shell.now;
    shell.run_until(later(begin, 120_000));
    shell.set_clock(24 * 3_600_000);
    shell.run_until(later(shell.now, 120_000));
    let (rules, until) = (shell.rules.clone(), later(shell.now, 600_000));
    let now = shell.now;
    assert!(shell.host().handle_pause(&rules, "backend", Some(until), 0, now));
    shell.carry_out(&rules);
    shell.run_until(later(shell.now, 60_000));
    shell.set_clock(-24 * 3_600_000);
    let made = shell.probed.len();
    shell.run_until(later(shell.now, 450_000));
    assert_eq!(shell.probed.len(), made, "it is paused");
    shell.run_until(later(shell.now, 210_000));
    assert!(shell.probed.len() > made, "the pause is over");
}
