//! When a round is full, and what that is told to.

use breakwater_core::base::time::Timestamp;
use breakwater_core::watch::monitor::CheckResult;

use crate::later;
use crate::shell::Shell;

/// Checks each minute whose URLs a service outside waits for.
fn file(checks: usize) -> String {
    let switch = "[alerts]\ndead_mans_switch = \"https://switch.example/\"\n";
    [switch, &crate::checks(checks)].concat()
}

#[test]
fn the_switch_is_called_once_a_minute_when_all_that_was_due_is_observed() {
    let mut shell = Shell::new(&file(3), 7, |_, _, _| Some(CheckResult::Up), |_, _| true);
    let begin = shell.now;
    shell.run_until(later(begin, 50));
    assert_eq!(shell.pings, [], "the first checks are ordered, and nothing is observed yet");
    assert_eq!(shell.host().last_round(), None);
    shell.run_until(later(begin, 600_000));
    assert!((9..=11).contains(&shell.pings.len()), "{:?}", shell.pings);
    assert_eq!(shell.host().last_round(), shell.pings.last().copied());
    for ping in shell.pings.clone() {
        let observed = shell.probed.iter().filter(|(at, _)| *at <= ping).count();
        assert!(observed >= 3, "{observed} checks before {ping:?}");
    }
}

#[test]
fn a_place_that_hangs_puts_the_call_off_until_it_is_given_up() {
    let begin = Shell::new("", 7, |_, _, _| None, |_, _| true).now;
    let hangs_from = later(begin, 90_000);
    let finds = move |_: &str, place: &str, now: Timestamp| {
        (place == "weur" || now < hangs_from).then_some(CheckResult::Up)
    };
    let file = [&file(1), "from = [\"weur\", \"enam\"]\n"].concat();
    let mut shell = Shell::new(&file, 7, finds, |_, _| true);
    shell.hangs = true;
    shell.run_until(later(begin, 119_990));
    let (rules, now) = (shell.rules.clone(), shell.now);
    shell.host().handle_hurry(&rules, |_| true, 0, now);
    shell.carry_out(&rules);
    let before = shell.pings.len();
    shell.run_until(later(begin, 134_000));
    assert!(shell.probed.iter().any(|(at, _)| *at > later(begin, 120_000)), "one has answered");
    assert_eq!(shell.pings.len(), before, "the other place is awaited");
    shell.run_until(later(begin, 136_000));
    assert_eq!(shell.pings.len(), before + 1, "it is given up");
    shell.run_until(later(begin, 900_000));
    assert!(shell.pings.len() >= before + 11, "one place is enough: {:?}", shell.pings);
}

#[test]
fn a_round_is_full_only_when_more_than_one_event_may_order_is_observed() {
    // 84 groups, of which one event orders 30.
    let mut shell = Shell::new(&file(2000), 7, |_, _, _| Some(CheckResult::Up), |_, _| true);
    let begin = shell.now;
    shell.run_until(later(begin, 400_000));
    assert!(!shell.pings.is_empty());
    let first = shell.pings[0];
    let made = shell.probed.iter().filter(|(at, _)| *at <= first).count();
    assert!(made >= 24, "{made} checks were made by the end of the first round");
    for pair in shell.pings.windows(2) {
        let made = shell.probed.iter().filter(|(at, _)| (pair[0]..pair[1]).contains(at)).count();
        assert!(made >= 1500, "{made} checks in a round");
    }
}

#[test]
fn nothing_is_called_while_no_place_answers_for_any_check() {
    let begin = Shell::new("", 7, |_, _, _| None, |_, _| true).now;
    let dead_from = later(begin, 120_000);
    let finds = move |_: &str, _: &str, now| (now < dead_from).then_some(CheckResult::Up);
    let mut shell = Shell::new(&file(3), 7, finds, |_, _| true);
    shell.run_until(later(begin, 600_000));
    let calls = shell.pings.len();
    assert!(calls >= 2, "{:?}", shell.pings);
    let last = shell.host().last_round();
    shell.run_until(later(begin, 1_800_000));
    assert_eq!(shell.pings.len(), calls);
    assert_eq!(shell.host().last_round(), last, "and its age grows");
}

#[test]
fn a_monitor_that_was_stopped_for_a_while_does_not_say_that_no_check_is_made() {
    let mut shell = Shell::new(&file(3), 7, |_, _, _| Some(CheckResult::Up), |_, _| true);
    let begin = shell.now;
    shell.run_until(later(begin, 120_000));
    shell.kill();
    shell.sleep_until(later(begin, 3_600_000));
    shell.run_until(later(begin, 4_000_000));
    assert_eq!(shell.host().incidents().count(), 0);
}
