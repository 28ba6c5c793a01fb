//! Days, beside a naive model, and how long answers took.

use std::env;

use breakwater_core::base::stored::StoredForm as _;
use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::site::status::{
    ComponentState, HOURS_SHOWN, PublicDay, PublicHour, PublicStatus, uptime_ppm,
};
use breakwater_core::watch::health::Status;
use breakwater_core::watch::incident::{ComponentImpact, Impact, IncidentChange, IncidentOpening};
use breakwater_core::watch::monitor::CheckResult;
use breakwater_core::watch::severity::Severity;
use proptest::prelude::*;
use proptest::sample::select;

use crate::naive::{Day, Naive, Said, Seen};
use crate::watch::{Watch, check};
use crate::{DAY, HOUR, MINUTE, at, first_day};

/// Random histories unless the environment says so: few enough for a debug build.
const LIVES: u32 = 60;

fn lives() -> u32 {
    env::var_os("BREAKWATER_HISTORY_LIVES").map_or(LIVES, |text| {
        let number = text.to_str().and_then(|text| text.parse().ok());
        number.expect("BREAKWATER_HISTORY_LIVES is a whole number")
    })
}

/// Two checks in three components, and a dependency.
pub(crate) fn file() -> String {
    check("a", "")
        + &check("b", "")
        + "[[dependencies]]\nname = \"mail\"\nkind = \"statuspage\"\n\
           url = \"https://status.mail.example\"\n\
           [[components]]\nname = \"both\"\ntitle = \"All of it\"\nchecks = [\"a\", \"b\"]\n\
           [[components]]\nname = \"b\"\nimpact = \"partial_outage\"\nresponse_times = true\n\
           [[components]]\nname = \"hint\"\nchecks = \"a\"\nimpact = \"degraded_performance\"\n\
           [[components]]\nname = \"post\"\ndependency = \"mail\"\n"
}

/// The components of [`file`]: the name, what is measured, what its failure means.
const COMPONENTS: [(&str, &[&str], Impact); 4] = [
    ("both", &["a", "b"], Impact::MajorOutage),
    ("b", &["b"], Impact::PartialOutage),
    ("hint", &["a"], Impact::DegradedPerformance),
    ("post", &["mail"], Impact::PartialOutage),
];

/// What happens next.
#[derive(Clone, Debug)]
enum Act {
    Find(&'static str, CheckResult),
    FindDependency(Status),
    Maintenance(u64),
    Open { ago: u64, lasted: Option<u64>, named: usize, impact: Impact },
    Resolve,
    Reload,
}

fn act() -> impl Strategy<Value = Act> {
    let results = [CheckResult::Up, CheckResult::Up, CheckResult::Degraded, CheckResult::Down];
    prop_oneof![
        10 => (select(vec!["a", "b"]), select(results.to_vec()))
            .prop_map(|(check, result)| Act::Find(check, result)),
        3 => select(vec![Status::Pass, Status::Warn, Status::Fail]).prop_map(Act::FindDependency),
        1 => (1..200_u64).prop_map(Act::Maintenance),
        1 => (0..3_000_u64, prop::option::of(0..3_000_u64), 0..COMPONENTS.len(),
              select(Impact::ALL.to_vec()))
            .prop_map(|(ago, lasted, named, impact)| Act::Open { ago, lasted, named, impact }),
        1 => Just(Act::Resolve),
        2 => Just(Act::Reload),
    ]
}

/// How many minutes pass: mostly a few, and now and then hours.
fn minutes() -> impl Strategy<Value = u64> {
    prop_oneof![8 => 1..20_u64, 2 => 20..400_u64]
}

/// The monitor beside the naive model.
struct Life {
    watch: Watch,
    naive: Naive,
    now: Timestamp,
    maintenance_until: Timestamp,
    /// The incidents that people opened and that are not over, with their places in the model.
    open: Vec<(String, usize)>,
}

impl Life {
    fn step(&mut self, act: &Act, minutes: u64) {
        self.now = self.now + Millis::new(minutes * MINUTE);
        let now = self.now;
        match act {
            Act::Find(check, result) => {
                self.watch.find(check, "edge", *result, now);
                let in_maintenance = now < self.maintenance_until;
                let seen = Seen { at: now, of: check, result: *result, in_maintenance };
                self.naive.seen.push(seen);
            }
            Act::FindDependency(status) => {
                self.watch.find_dependency("mail", *status, now);
                let result = match status {
                    Status::Pass => CheckResult::Up,
                    Status::Warn => CheckResult::Degraded,
                    Status::Fail => CheckResult::Down,
                };
                let seen = Seen { at: now, of: "mail", result, in_maintenance: false };
                self.naive.seen.push(seen);
            }
            Act::Maintenance(minutes) => {
                let until = now + Millis::new(minutes * MINUTE);
                self.maintenance_until = until;
                let watch = &mut self.watch;
                watch.host.handle_maintenance(&watch.rules, |_| Some(until), 0, now);
                watch.carry_out();
            }
            Act::Open { ago, lasted, named, impact } => self.open(*ago, *lasted, *named, *impact),
            Act::Resolve => {
                if let Some((id, said)) = self.open.pop() {
                    self.watch.change(&id, &resolve(), now);
                    self.naive.said[said].end = Some(now);
                }
            }
            Act::Reload => self.watch.reload(now),
        }
    }

    fn open(&mut self, ago: u64, lasted: Option<u64>, named: usize, impact: Impact) {
        let since = self.now.before(Millis::new(ago * MINUTE));
        let end = lasted.map(|lasted| (since + Millis::new(lasted * MINUTE)).min(self.now));
        let component = COMPONENTS[named].0;
        let name = if component == "both" { "All of it" } else { component };
        let opening = opening(name, impact, Some(since), end);
        let id = self.watch.open(&opening, self.now);
        self.naive.said.push(Said { component, since, end, impact });
        if end.is_none() {
            self.open.push((id, self.naive.said.len() - 1));
        }
    }

    fn check(&mut self) {
        let status = self.watch.status(self.now);
        for (component, (name, of, impact)) in status.components.iter().zip(COMPONENTS) {
            assert_eq!(component.name, name);
            let expected = self.naive.days(name, of, impact, self.now);
            let found: Vec<Day> = component.days.iter().map(day).collect();
            let without_loss = |days: &[Day]| -> Vec<Day> {
                days.iter().map(|day| Day { lost_ppm: 0, ..day.clone() }).collect()
            };
            assert_eq!(without_loss(&found), without_loss(&expected), "{name}");
            for (found, expected) in found.iter().zip(&expected) {
                // Each hour is rounded up twice.
                let more = i64::from(found.lost_ppm) - i64::from(expected.lost_ppm);
                let rounded = 0..=i64::from(found.hours);
                assert!(rounded.contains(&more), "{name}: {found:?}, {expected:?}");
            }
        }
        assert!(self.watch.unread.is_empty(), "{:?}", self.watch.unread);
    }
}

fn day(day: &PublicDay) -> Day {
    let PublicDay { day, hours, lost_ppm, worst } = *day;
    Day { day, hours, lost_ppm, worst }
}

pub(crate) fn opening(
    component: &str,
    impact: Impact,
    since: Option<Timestamp>,
    resolved_at: Option<Timestamp>,
) -> IncidentOpening {
    IncidentOpening {
        title: "It does not work".into(),
        severity: Severity::P1,
        components: [ComponentImpact { name: component.into(), impact }].into(),
        text: "We are on it.".into(),
        since,
        resolved_at,
        notify: false,
    }
}

fn resolve() -> IncidentChange {
    IncidentChange::Resolve { text: None, at: None, notify: false }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: lives(),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn days_are_those_of_the_naive_model(
        steps in prop::collection::vec((act(), minutes()), 1..150),
    ) {
        let mut life = Life {
            watch: Watch::of(&file(), at(0)),
            naive: Naive::default(),
            now: at(0),
            maintenance_until: at(0),
            open: Vec::new(),
        };
        for (number, (act, minutes)) in steps.iter().enumerate() {
            life.step(act, *minutes);
            if number % 10 == 9 {
                life.check();
            }
        }
        life.check();
    }
}

#[test]
fn the_hour_that_runs_counts() {
    let mut watch = Watch::of(&file(), at(0));
    for minute in 0..10 {
        let result = if minute < 4 { CheckResult::Down } else { CheckResult::Up };
        watch.find("b", "edge", result, at(5 * HOUR + minute * MINUTE));
    }
    let days = watch.component("b", at(5 * HOUR + 10 * MINUTE)).days;
    let worst = ComponentState::PartialOutage;
    assert_eq!(days, [PublicDay { day: first_day(), hours: 1, lost_ppm: 120_000, worst }]);
    assert_eq!(uptime_ppm(&days), Some(880_000));
}

#[test]
fn an_hour_of_which_nothing_is_known_counts_neither_way() {
    let mut watch = Watch::of(&file(), at(0));
    assert_eq!(watch.component("b", at(0)).days, []);
    watch.find("b", "edge", CheckResult::Up, at(HOUR));
    watch.find("b", "edge", CheckResult::Up, at(20 * HOUR));
    // What people say of such an hour is told, and counts for nothing.
    watch.open(&opening("b", Impact::MajorOutage, Some(at(3 * HOUR)), Some(at(9 * HOUR))), at(DAY));
    let days = watch.component("b", at(DAY)).days;
    let worst = ComponentState::MajorOutage;
    assert_eq!(days, [PublicDay { day: first_day(), hours: 2, lost_ppm: 0, worst }]);
}

#[test]
fn what_people_write_down_later_counts_for_the_days_that_it_is_about() {
    let mut watch = Watch::of(&file(), at(0));
    for hour in 0..30 {
        watch.find("b", "edge", CheckResult::Up, at(hour * HOUR));
    }
    let now = at(30 * HOUR);
    assert_eq!(uptime_ppm(&watch.component("b", now).days), Some(1_000_000));
    let (since, end) = (at(22 * HOUR), at(25 * HOUR + 30 * MINUTE));
    watch.open(&opening("b", Impact::MajorOutage, Some(since), Some(end)), now);
    watch.reload(now);
    let lost: Vec<u32> = watch.component("b", now).days.iter().map(|it| it.lost_ppm).collect();
    assert_eq!(lost, [2_000_000, 1_500_000]);
}

#[test]
fn the_site_file_may_weigh_the_past_otherwise() {
    let mut watch = Watch::of(&file(), at(0));
    watch.find("b", "edge", CheckResult::Down, at(0));
    watch.find("b", "edge", CheckResult::Up, at(2 * HOUR));
    let lost = |watch: &mut Watch| watch.component("b", at(2 * HOUR)).days[0].lost_ppm;
    assert_eq!(lost(&mut watch), 300_000);
    watch.rules.components[1].impact = Impact::MajorOutage;
    assert_eq!(lost(&mut watch), 1_000_000);
}

#[test]
fn a_day_with_any_loss_is_not_whole() {
    let mut watch = Watch::of(&file(), at(0));
    for second in 0..3_000 {
        let result = if second == 7 { CheckResult::Down } else { CheckResult::Up };
        watch.find("b", "edge", result, at(second * 1_000));
    }
    let day = watch.component("b", at(HOUR)).days[0];
    assert_eq!((day.lost_ppm, day.uptime_ppm()), (101, 999_899));
}

#[test]
fn response_times_are_published_where_the_file_says_so() {
    let mut watch = Watch::of(&file(), at(0));
    for hour in 0..60 {
        let now = at(hour * HOUR);
        for took in [100 + hour, 200 + hour] {
            watch.find_within("b", "edge", CheckResult::Up, Millis::new(took), now);
        }
        watch.find_within("b", "edge", CheckResult::Down, Millis::new(9_000), now);
        watch.find("a", "edge", CheckResult::Up, now);
        if hour % 5 == 0 {
            watch.reload(now);
        }
    }
    let hours = watch.component("b", at(59 * HOUR + MINUTE)).hours;
    assert_eq!(hours.len(), HOURS_SHOWN);
    let expected =
        |hour: u64| PublicHour { hour: at(hour * HOUR), average: Millis::new(150 + hour) };
    assert_eq!((hours[0], hours[47]), (expected(12), expected(59)));
    for name in ["both", "hint", "post"] {
        assert_eq!(watch.component(name, at(59 * HOUR)).hours, [], "{name}");
    }
}

#[test]
fn the_status_reads_back_as_it_travels() {
    let mut watch = Watch::of(&file(), at(0));
    watch.find("b", "edge", CheckResult::Down, at(0));
    let status = watch.status(at(MINUTE));
    assert_eq!(PublicStatus::from_stored(&status.to_stored()), Ok(status));
}
