//! The budget of the monitor: what it costs at most, and what waits.

use breakwater_core::base::budget::{Cost, Resource};
use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::site::budget::{monitor_budget, monitor_plan};
use breakwater_core::watch::alert::AlertKind;
use breakwater_core::watch::check::BUDGET;
use breakwater_core::watch::incident::EdgeShares;
use breakwater_core::watch::monitor::CheckResult;

use crate::shell::Shell;
use crate::{checks, later};

const HOUR: u64 = 3_600_000;

/// Checks of all severities, and two channels.
fn file(count: usize) -> String {
    let check = |number: usize| {
        let severity = number % 4;
        format!(
            "[[checks]]\nname = \"c{number}\"\nurl = \"https://shop.example/{number}\"\n\
            every = \"1m\"\nfailures = 100\nseverity = \"P{severity}\"\nfrom = [\"weur\", \"enam\"]\n"
        )
    };
    let channel = |name: &str| {
        format!("[[channels]]\nname = \"{name}\"\nkind = \"slack\"\nurl = \"https://h.example/\"\n")
    };
    (0..count).map(check).collect::<String>() + &channel("ops") + &channel("boss")
}

/// A place finds so little that is good that each check is unsure, and asked again soon, for ever.
fn turns(_: &str, _: &str, now: Timestamp) -> Option<CheckResult> {
    let is_up = (now.as_millis() / 60_000).is_multiple_of(12);
    Some(if is_up { CheckResult::Up } else { CheckResult::Down })
}

#[track_caller]
fn stays_within<F, T>(shell: &Shell<F, T>)
where
    F: Fn(&str, &str, Timestamp) -> Option<CheckResult>,
    T: Fn(u32, Timestamp) -> bool,
{
    let (most, budget) = (shell.most_in_an_hour(), monitor_budget(&shell.rules).0);
    for resource in Resource::ALL {
        let name = resource.as_str();
        assert!(most[resource] <= budget[resource], "{name}: {most:?} of {budget:?}");
    }
}

#[test]
fn what_is_planned_is_never_held_back_and_costs_no_more_than_that() {
    for count in [1, 25, 150] {
        let mut shell = Shell::new(&file(count), 7, |_, _, _| Some(CheckResult::Up), |_, _| true);
        let begin = shell.now;
        shell.run_until(later(begin, 3 * HOUR / 2));
        assert_eq!(shell.host().held_work(), Default::default(), "{count} checks");
        let (most, plan) = (shell.most_in_an_hour(), monitor_plan(&shell.rules));
        println!("{count} checks: plan {plan:?}, spent {most:?}");
        for resource in [Resource::ObjectCalls, Resource::RowsWritten, Resource::Subrequests] {
            // Beside the plan, the ledger is stored each ten seconds at most.
            let most_allowed = plan[resource] + plan[resource] / 10 + 360;
            assert!(most[resource] <= most_allowed, "{count} checks, {}", resource.as_str());
        }
    }
}

/// What is published of visitors and dependencies is a row in each round, and each hour's end one.
#[test]
fn what_is_published_is_planned_too() {
    let more = "[status]\nvisitors = true\n\
                [[dependencies]]\nname = \"mail\"\nkind = \"statuspage\"\n\
                url = \"https://status.mail.example\"\n\
                [[components]]\nname = \"post\"\ndependency = \"mail\"\n";
    for (count, more) in [(25, more), (0, more), (1, "[status]\nvisitors = true\n"), (1, "")] {
        let text = file(count) + more;
        let mut shell = Shell::new(&text, 7, |_, _, _| Some(CheckResult::Up), |_, _| true);
        shell.answers = vec![("web".into(), EdgeShares { origin: 1, ..EdgeShares::default() })];
        shell.dependencies = vec!["mail".into()];
        let begin = shell.now;
        shell.run_until(later(begin, 4 * HOUR));
        assert_eq!(shell.host().held_work(), Default::default());
        let (most, plan) = (shell.most_in_an_hour(), monitor_plan(&shell.rules));
        let (rows, planned) = (most.rows_written, plan.rows_written);
        // Beside the plan, the ledger is stored each ten seconds at most.
        assert!(rows <= planned + planned / 10 + 360, "{count}: {rows} of {planned}");
        assert_eq!(shell.storage.days_written, 4, "one for each hour that is over");
        stays_within(&shell);
    }
}

#[test]
fn checks_that_turn_for_hours_stay_within_the_budget_and_none_is_forgotten() {
    for count in [10, 60, 100] {
        let mut shell = Shell::new(&file(count), 7, turns, |number, _| number.is_multiple_of(3));
        let begin = shell.now;
        shell.run_until(later(begin, 3 * HOUR));
        stays_within(&shell);
        let in_last_hour = |severity: usize| {
            let name = |of: &str| of[1..].parse::<usize>().unwrap() % 4 == severity;
            let made =
                shell.probed.iter().filter(|(at, of)| at.since(begin).get() > 2 * HOUR && name(of));
            made.count() * 4 / count / 2
        };
        let made = [0, 1, 2, 3].map(in_last_hour);
        println!("{count} checks, times in an hour by severity: {made:?}");
        // Checks that are unsure at different times share no batch, so that even what is planned
        // costs more than the plan.
        assert!(made[0] >= 60 && made[3] >= 30, "{count} checks: {made:?}");
        assert!(made[0] >= made[3] + 60, "{count} checks: {made:?}");
        // Of neighbours that get the same, chance says which is made once more.
        assert!(made.is_sorted_by(|more, less| more + 1 >= *less), "{made:?}");
    }
}

#[test]
fn an_object_that_is_killed_again_and_again_stays_within_the_budget() {
    let mut shell = Shell::new(&file(50), 7, turns, |_, _| false);
    let begin = shell.now;
    for number in 1..1500 {
        shell.run_until(later(begin, number * 3_000));
        shell.kill();
    }
    stays_within(&shell);
}

#[test]
fn a_budget_that_is_exceeded_is_told_once_and_ends() {
    let text = file(3)
        + "[[checks]]\nname = \"job\"\nkind = \"heartbeat\"\nevery = \"1h\"\ntoken = \"JOB\"\n\
           severity = \"P2\"\n";
    let mut shell = Shell::new(&text, 7, |_, _, _| Some(CheckResult::Up), |_, _| true);
    let begin = shell.now;
    let rules = shell.rules.clone();
    let mut refused = 0;
    // A token has leaked, and somebody reports ten times a second for ten minutes.
    for number in 0..6000 {
        shell.run_until(later(begin, 1000 + number * 100));
        shell.spend(Cost { object_calls: 1, ..Cost::ZERO });
        let now = shell.now;
        if let Err(wait) = shell.host().handle_heartbeat(&rules, "job", None, 0, now) {
            refused += 1;
            assert!(wait > Millis::ZERO && wait <= Millis::from_secs(3600), "{wait}");
        }
        shell.carry_out(&rules);
    }
    assert!(refused > 4000, "{refused} reports were refused");
    shell.run_until(later(begin, HOUR));
    let told: Vec<AlertKind> = shell.arrived.iter().map(|it| it.kind).collect();
    assert_eq!(
        told,
        [AlertKind::Opened, AlertKind::Opened, AlertKind::Resolved, AlertKind::Resolved]
    );
    let incident = shell.host().incidents().next().unwrap();
    assert_eq!(incident.checks()[0].name, BUDGET);
    // The checks went on meanwhile.
    let made = shell.probed.iter().filter(|(at, _)| at.since(begin).get() < 600_000).count();
    assert!(made >= 3 * 2 * 9, "{made} checks");
    let rows = shell.most_in_an_hour().rows_written;
    assert!(rows <= monitor_budget(&rules).0.rows_written, "{rows}");
}

#[test]
fn an_operator_who_has_all_checks_made_each_second_stays_within_the_budget() {
    let mut shell = Shell::new(&checks(50), 7, |_, _, _| Some(CheckResult::Up), |_, _| true);
    let begin = shell.now;
    let rules = shell.rules.clone();
    for number in 0..4000 {
        shell.run_until(later(begin, number * 1000));
        let now = shell.now;
        shell.host().handle_hurry(&rules, |_| true, 0, now);
        shell.carry_out(&rules);
    }
    stays_within(&shell);
}
