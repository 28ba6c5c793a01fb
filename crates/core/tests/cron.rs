//! When jobs run: cron expressions by the clocks of a zone, and what a heartbeat makes of them.

use breakwater_core::base::rfc3339;
use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::site::config::{WatchRules, parse_file};
use breakwater_core::site::monitoring::MonitorHost;
use breakwater_core::watch::check::{CheckKind, CronSchedule};
use breakwater_core::watch::monitor::CheckState;
use chrono_tz::Tz;
use croner::Cron;
use croner::parser::CronParser;
use proptest::prelude::*;

const HEAD: &str = "[site]\nname = \"Shop\"\nhost = \"shop.example\"\n\
    [upstreams.web]\norigin = \"https://web.example\"\n\
    [[routes]]\nmatch = \"/*\"\nupstream = \"web\"\n\
    [[checks]]\nname = \"backup\"\nkind = \"heartbeat\"\ntoken = \"TOKEN\"\n";

fn rules(keys: &str) -> WatchRules {
    parse_file("test", &[HEAD, keys].concat()).expect("a site file").watch
}

fn schedule(expression: &str, zone: &str) -> CronSchedule {
    let rules = rules(&format!("schedule = \"{expression}\"\nzone = \"{zone}\"\n"));
    let CheckKind::Heartbeat { schedule: Some(schedule), .. } = &rules.checks[0].kind else {
        panic!("{:?}", rules.checks[0].kind)
    };
    (**schedule).clone()
}

fn time(text: &str) -> Timestamp {
    rfc3339::parse(text).expect("a time")
}

/// Checks the runs that follow a time.
#[track_caller]
fn runs(expression: &str, zone: &str, after: &str, expected: &[&str]) {
    let schedule = schedule(expression, zone);
    let mut at = time(after);
    for expected in expected {
        at = schedule.next_after(at).expect("a run");
        assert_eq!(at, time(expected), "{expression}: {:?}", rfc3339::Shown(at).to_string());
    }
}

#[test]
fn runs_are_by_the_clocks_of_the_zone() {
    let berlin = "Europe/Berlin";
    runs(
        "0 3 * * 1-5",
        berlin,
        "2026-11-27T12:00:00Z",
        &["2026-11-30T02:00:00Z", "2026-12-01T02:00:00Z"],
    );
    runs("0 3 * * MON-FRI", berlin, "2026-07-03T01:00:00Z", &["2026-07-06T01:00:00Z"]);
    runs("*/20 * * * *", "UTC", "2026-11-27T12:00:00Z", &["2026-11-27T12:20:00Z"]);
    runs("0 0 29 2 *", "UTC", "2096-03-01T00:00:00Z", &["2104-02-29T00:00:00Z"]);
    runs("0 0 29 2 */7", "UTC", "2088-03-01T00:00:00Z", &["2128-02-29T00:00:00Z"]);
    runs("30 4 31 * *", "UTC", "2026-02-01T00:00:00Z", &["2026-03-31T04:30:00Z"]);
}

#[test]
fn of_two_restricted_kinds_of_days_either_is_meant() {
    // Friday the 13th, as each crontab(5) explains it: each Friday and each 13th.
    runs(
        "0 0 13 * 5",
        "UTC",
        "2026-11-07T00:00:00Z",
        &["2026-11-13T00:00:00Z", "2026-11-20T00:00:00Z"],
    );
    runs(
        "0 0 13 * 5",
        "UTC",
        "2026-12-11T00:00:00Z",
        &["2026-12-13T00:00:00Z", "2026-12-18T00:00:00Z"],
    );
    // A field that begins with `*` restricts nothing on its own, so that both have to hold.
    runs("0 0 */2 * 1", "UTC", "2026-11-01T00:00:00Z", &["2026-11-09T00:00:00Z"]);
    runs("0 0 * * 7", "UTC", "2026-11-27T00:00:00Z", &["2026-11-29T00:00:00Z"]);
}

#[test]
fn a_time_that_is_skipped_runs_at_the_end_of_the_gap() {
    runs(
        "30 2 * * *",
        "Europe/Berlin",
        "2026-03-28T12:00:00Z",
        &["2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"],
    );
    // By the clock, the skipped hour is skipped.
    runs(
        "30 * * * *",
        "Europe/Berlin",
        "2026-03-29T00:00:00Z",
        &["2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z"],
    );
}

#[test]
fn a_time_that_comes_twice_runs_once_unless_it_is_by_the_clock() {
    runs(
        "30 2 * * *",
        "Europe/Berlin",
        "2026-10-24T12:00:00Z",
        &["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"],
    );
    runs(
        "30 * * * *",
        "Europe/Berlin",
        "2026-10-25T00:00:00Z",
        &["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-25T02:30:00Z"],
    );
}

#[test]
fn a_job_is_missing_when_its_run_and_the_grace_are_over() {
    let rules = rules("schedule = \"0 3 * * 1-5\"\nzone = \"Europe/Berlin\"\ngrace = \"30m\"\n");
    // A Friday, after the night's run.
    let begin = time("2026-11-27T03:00:00Z");
    let (mut host, _) = MonitorHost::load(&Default::default(), &rules, None, begin);
    assert_eq!(host.handle_heartbeat(&rules, "backup", None, 0, begin), Ok(true));
    let mut state = |at: &str| {
        host.handle_alarm(&rules, 0, time(at));
        let watched = host.checks().next().expect("the check");
        let reasons = watched.latest[0].reasons.join("");
        (watched.monitor.state(), reasons)
    };
    assert_eq!(state("2026-11-29T23:00:00Z").0, CheckState::Up, "no run at the weekend");
    assert_eq!(state("2026-11-30T02:29:59Z").0, CheckState::Up, "the grace holds");
    let (missing, reason) = state("2026-11-30T02:30:00Z");
    assert_eq!(missing, CheckState::Down);
    assert_eq!(reason, "no report of the run that was due at 2026-11-30T02:00:00Z");
    let taken = host.handle_heartbeat(&rules, "backup", None, 0, time("2026-11-30T02:45:00Z"));
    assert_eq!(taken, Ok(true));
    assert_eq!(host.checks().next().map(|it| it.monitor.state()), Some(CheckState::Up));
}

#[test]
fn the_longest_pause_between_two_runs_is_the_interval() {
    let rules = rules("schedule = \"0 3 * * 1-5\"\n");
    let check = &rules.checks[0];
    assert_eq!(check.policy.every, Millis::from_secs(3 * 86_400), "from Friday to Monday");
    assert!(check.policy.stale_after >= check.policy.every);
    let CheckKind::Heartbeat { grace, .. } = &check.kind else { panic!("a heartbeat") };
    assert_eq!(*grace, Millis::from_secs(86_400 / 10), "a tenth of the shortest pause");
}

#[test]
fn the_zone_is_the_sites_by_default() {
    let file = [HEAD, "schedule = \"0 3 * * *\"\n"].concat();
    let own = file.replace("[site]\n", "[site]\nzone = \"Europe/Berlin\"\n");
    for (file, zone) in [(file, "UTC0"), (own, "CET-1CEST,M3.5.0,M10.5.0/3")] {
        let rules = parse_file("test", &file).expect("a site file").watch;
        let CheckKind::Heartbeat { schedule: Some(schedule), .. } = &rules.checks[0].kind else {
            panic!("a schedule")
        };
        assert_eq!(schedule.zone.as_str(), zone);
    }
}

/// Finds why a file is refused.
#[track_caller]
fn refused(keys: &str, expected: &str) {
    let error = parse_file("test", &[HEAD, keys].concat()).expect_err("it is refused").to_string();
    assert!(error.contains(expected), "{error}");
}

#[test]
fn what_is_no_expression_is_refused() {
    for text in [
        "",
        "0 3 * *",
        "0 3 * * * *",
        "60 3 * * *",
        "0 24 * * *",
        "0 3 0 * *",
        "0 3 * 13 *",
        "0 3 L * *",
        "0 3 15W * *",
        "0 3 * * 1#2",
        "0 3 * * 5L",
        "@daily",
        "0 3 ? * *",
        "a b c d e",
        "0 5-3 * * *",
        "*/0 * * * *",
    ] {
        refused(&format!("schedule = \"{text}\"\n"), "schedule");
    }
    refused("schedule = \"0 0 30 2 *\"\n", "a day that exists");
    refused("schedule = \"0 3 * * *\"\nzone = \"Europe/Berli\"\n", "a time zone such as");
    refused("schedule = \"0 3 * * *\"\nevery = \"1d\"\n", "`schedule` or `every`, not both");
    refused("zone = \"UTC\"\n", "`schedule` beside it");
}

/// A field with these numbers: `*`, a step, a range or a list.
fn field(least: u32, most: u32) -> impl Strategy<Value = String> {
    let number = least..=most;
    prop_oneof![
        4 => Just("*".to_owned()),
        2 => (2_u32..9).prop_map(|step| format!("*/{step}")),
        4 => number.clone().prop_map(|it| it.to_string()),
        2 => (number.clone(), number.clone())
            .prop_map(|(a, b)| format!("{}-{}", a.min(b), a.max(b))),
        2 => prop::collection::vec(number, 1..4).prop_map(|list| {
            list.iter().map(u32::to_string).collect::<Vec<_>>().join(",")
        }),
    ]
}

/// An expression whose days exist.
fn expression() -> impl Strategy<Value = String> {
    (field(0, 59), field(0, 23), field(1, 28), field(1, 12), field(0, 6)).prop_map(
        |(minute, hour, day, month, weekday)| format!("{minute} {hour} {day} {month} {weekday}"),
    )
}

/// The next runs, as croner finds them.
fn by_croner<Z: chrono::TimeZone>(
    cron: &Cron,
    zone: Z,
    after: Timestamp,
    count: usize,
) -> Vec<u64> {
    let after = i64::try_from(after.as_millis()).expect("a time");
    let at = zone.timestamp_millis_opt(after).single().expect("a time");
    let runs = cron.iter_after(at).take(count);
    runs.map(|run| u64::try_from(run.timestamp_millis()).expect("after 1970")).collect()
}

fn ours(schedule: &CronSchedule, after: Timestamp, count: usize) -> Vec<u64> {
    let mut at = after;
    (0..count)
        .map(|_| {
            at = schedule.next_after(at).expect("a run");
            at.as_millis()
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn without_changes_of_clocks_runs_are_those_of_croner(
        expression in expression(),
        after in 1_767_225_600_u64..2_000_000_000,
    ) {
        let after = Timestamp::from_millis(after * 1000);
        // croner takes `*/2` for no star, as not all crons do; the guide says what holds here.
        let fields: Vec<&str> = expression.split(' ').collect();
        let is_one_star = fields[2].starts_with('*') && fields[2] != "*"
            || fields[4].starts_with('*') && fields[4] != "*";
        prop_assume!(!is_one_star);
        let cron = CronParser::new().parse(&expression).expect("an expression");
        let found = ours(&schedule(&expression, "UTC"), after, 5);
        prop_assert_eq!(found, by_croner(&cron, chrono::Utc, after, 5), "{}", expression);
    }

    #[test]
    fn a_run_a_day_is_that_of_croner_over_changes_of_clocks(
        (hour, minute) in (0_u32..5, 0_u32..60),
        zone in prop::sample::select(&["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]),
        after in 1_767_225_600_u64..1_893_456_000,
    ) {
        let after = Timestamp::from_millis(after * 1000);
        let expression = format!("{minute} {hour} * * *");
        let cron = CronParser::new().parse(&expression).expect("an expression");
        let tz: Tz = zone.parse().expect("a zone");
        let found = ours(&schedule(&expression, zone), after, 200);
        prop_assert_eq!(found, by_croner(&cron, tz, after, 200), "{} in {}", expression, zone);
    }

    #[test]
    fn runs_come_in_order_and_the_clocks_show_them(
        expression in expression(),
        zone in prop::sample::select(&["Europe/Berlin", "America/Havana", "Africa/Cairo"]),
        after in 1_767_225_600_u64..1_893_456_000,
    ) {
        let schedule = schedule(&expression, zone);
        let mut at = Timestamp::from_millis(after * 1000);
        for _ in 0..20 {
            let next = schedule.next_after(at).expect("a run");
            prop_assert!(at < next);
            at = next;
        }
    }
}
