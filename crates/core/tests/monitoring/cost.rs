//! What the watch costs, and that it is spread.

use std::collections::BTreeMap;

use breakwater_core::watch::monitor::CheckResult;

use crate::shell::Shell;
use crate::{checks, later};

#[test]
fn rows_grow_with_groups_and_not_with_checks() {
    for count in [10, 100, 1000] {
        let mut shell = Shell::new(&checks(count), 7, |_, _, _| Some(CheckResult::Up), |_, _| true);
        let begin = shell.now;
        shell.run_until(later(begin, 600_000));
        let observations = shell.probed.len() as u64;
        assert!(observations >= 9 * count as u64, "each minute: {observations} of {count}");
        let rows = shell.storage.rows_written;
        println!("{count} checks, 10 minutes: {observations} observations, {rows} rows");
        assert!(rows * 10 <= observations * 11, "{rows} rows for {observations} observations");
    }
}

/// Each flow may send 40 requests, and an event 50.
#[test]
fn flows_are_made_one_order_after_the_other_and_none_is_forgotten() {
    let step = "{ url = \"https://shop.example/\" },";
    let steps = step.repeat(10);
    let flow =
        |number| format!("[[checks]]\nname = \"f{number}\"\nkind = \"flow\"\nsteps = [{steps}]\n");
    let text: String = (0..5).map(flow).collect();
    let text = text + &checks(12);
    let mut shell = Shell::new(&text, 7, |_, _, _| Some(CheckResult::Up), |_, _| true);
    let begin = shell.now;
    shell.run_until(later(begin, 600_000));
    let (mut requests, mut made): (BTreeMap<_, u64>, BTreeMap<&str, u64>) = Default::default();
    for (at, name) in &shell.probed {
        *requests.entry(*at).or_default() += if name.starts_with('f') { 40 } else { 1 };
        *made.entry(name).or_default() += 1;
    }
    assert!(requests.values().all(|&sent| sent <= 50), "{requests:?}");
    assert_eq!(made.len(), 17);
    assert!(made.values().all(|&times| (9..=11).contains(&times)), "{made:?}");
}

#[test]
fn overdue_checks_are_spread_after_a_restart() {
    let mut shell = Shell::new(&checks(1000), 7, |_, _, _| Some(CheckResult::Up), |_, _| true);
    let begin = shell.now;
    shell.run_until(later(begin, 120_000));
    shell.kill();
    // Nothing runs for ten minutes.
    let back = later(begin, 720_000);
    shell.sleep_until(back);
    let made = shell.probed.len();
    shell.run_until(later(back, 60_000));
    let mut in_second: BTreeMap<u64, u64> = BTreeMap::new();
    for (at, _) in &shell.probed[made..] {
        *in_second.entry(at.since(back).get() / 1000).or_default() += 1;
    }
    let most = in_second.values().max().copied().unwrap_or_default();
    assert!(most <= 48, "{most} checks in one second: {in_second:?}");
    assert!(shell.probed.len() - made >= 1000, "all of them within a minute");
}

#[test]
fn a_monitor_that_is_put_away_between_events_makes_every_check() {
    for count in [1, 30, 100, 500] {
        let mut shell = Shell::new(&checks(count), 7, |_, _, _| Some(CheckResult::Up), |_, _| true);
        let begin = shell.now;
        shell.run_until(later(begin, 120_000));
        shell.kill();
        shell.sleep_until(later(begin, 720_000));
        shell.probed.clear();
        shell.run_until(later(shell.now, 600_000));
        let mut made: BTreeMap<&str, usize> = BTreeMap::new();
        for (_, check) in &shell.probed {
            *made.entry(check).or_default() += 1;
        }
        let least = made.values().min().copied().unwrap_or_default();
        assert_eq!(made.len(), count, "of {count} checks");
        assert!(least >= 9, "{count} checks: one was made {least} times in ten minutes");
    }
}

#[test]
fn what_is_stored_does_not_grow_in_a_day() {
    let mut shell = Shell::new(&checks(24), 7, |_, _, _| Some(CheckResult::Up), |_, _| true);
    let begin = shell.now;
    shell.run_until(later(begin, 3_600_000));
    let after_an_hour = shell.storage.bytes();
    shell.run_until(later(begin, 24 * 3_600_000));
    let after_a_day = shell.storage.bytes();
    assert!(after_a_day <= after_an_hour * 11 / 10, "{after_an_hour} bytes, then {after_a_day}");
}
