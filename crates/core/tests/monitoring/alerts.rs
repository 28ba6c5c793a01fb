//! Whom an incident is told, and when: escalation, news, inhibition, quiet hours, tests.

use breakwater_core::base::rfc3339;
use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::watch::alert::AlertKind::{self, Opened, Resolved, Test, Updated};
use breakwater_core::watch::incident::{Incident, IncidentChange, IncidentOpening, TimelineKind};
use breakwater_core::watch::monitor::CheckResult;
use breakwater_core::watch::severity::Severity;

use crate::later;
use crate::shell::Shell;

/// The time of a test's first minute, at which all is well: 2026-11-28T20:00:00Z.
const BEGIN: &str = "2026-11-28T20:00:00Z";
/// A span in which a check fails, in seconds since the beginning.
#[derive(Clone, Copy)]
struct Outage(&'static str, u64, u64);

fn begin() -> Timestamp {
    rfc3339::parse(BEGIN).expect("a time")
}

fn second(seconds: u64) -> Timestamp {
    later(begin(), seconds * 1000)
}

type Finds = Box<dyn Fn(&str, &str, Timestamp) -> Option<CheckResult>>;
type Takes = Box<dyn Fn(u32, Timestamp) -> bool>;

/// A site with three checks and these channels, whose clock stands at the beginning.
fn site(channels: &str, outages: &'static [Outage]) -> Shell<Finds, Takes> {
    let finds = move |check: &str, _: &str, now: Timestamp| {
        let fails = |it: &&Outage| it.0 == check && (second(it.1)..second(it.2)).contains(&now);
        let is_down = outages.iter().any(|it| fails(&it));
        Some(if is_down { CheckResult::Down } else { CheckResult::Up })
    };
    let file = format!(
        "[[checks]]\nname = \"base\"\nurl = \"https://a.example/\"\n\
         [[checks]]\nname = \"shop\"\nurl = \"https://b.example/\"\n\
         [[checks]]\nname = \"news\"\nurl = \"https://c.example/\"\nseverity = \"P3\"\n{channels}"
    );
    let mut shell: Shell<Finds, Takes> =
        Shell::new(&file, 7, Box::new(finds), Box::new(|_, _| true));
    shell.sleep_until(begin());
    shell
}

fn channel(name: &str, keys: &str) -> String {
    format!("[[channels]]\nname = \"{name}\"\nkind = \"slack\"\nsecret_url = \"URL\"\n{keys}\n")
}

/// What each channel was told, in seconds since the beginning.
fn told(shell: &Shell<Finds, Takes>) -> Vec<(String, AlertKind, u64)> {
    let seconds = |at: Timestamp| at.since(begin()).get() / 1000;
    shell.arrived.iter().map(|it| (it.channel.clone(), it.kind, seconds(it.at))).collect()
}

/// Checks who was told what, in its order, each within two minutes after the second that is given.
#[track_caller]
fn check_told(shell: &Shell<Finds, Takes>, expected: &[(&str, AlertKind, u64)]) {
    let told = told(shell);
    let names: Vec<(&str, AlertKind)> = told.iter().map(|it| (&*it.0, it.1)).collect();
    let wanted: Vec<(&str, AlertKind)> = expected.iter().map(|it| (it.0, it.1)).collect();
    assert_eq!(names, wanted, "{told:?}");
    for (it, (_, _, from)) in told.iter().zip(expected) {
        assert!((*from..from + 120).contains(&it.2), "{it:?} and not at {from}: {told:?}");
    }
}

fn run(shell: &mut Shell<Finds, Takes>, until: u64) {
    shell.run_until(second(until));
}

fn apply(shell: &mut Shell<Finds, Takes>, id: &str, change: &IncidentChange) {
    let (rules, now) = (shell.rules.clone(), shell.now);
    let done = shell.host().handle_change(&rules, id, change, "ana", 0, now);
    assert_eq!(done, Some(Ok(())));
    shell.carry_out(&rules);
}

/// Opens an incident by hand, and tells people.
fn open(shell: &mut Shell<Finds, Takes>, severity: Severity) -> String {
    let opening = IncidentOpening {
        title: "Payments fail".into(),
        severity,
        text: "We look into it.".into(),
        components: vec![],
        since: None,
        resolved_at: None,
        notify: true,
    };
    let (rules, now) = (shell.rules.clone(), shell.now);
    let id = shell.host().handle_opening(&rules, &opening, "ana", 0, now);
    shell.carry_out(&rules);
    id
}

fn incident_of(shell: &mut Shell<Finds, Takes>, check: &str) -> Incident {
    let found = shell.host().incidents().find(|it| it.checks().iter().any(|it| it.name == check));
    found.cloned().expect("an incident of the check")
}

fn entries(incident: &Incident) -> Vec<&TimelineKind> {
    incident.timeline().entries().iter().map(|entry| &entry.kind).collect()
}

fn three_steps() -> String {
    [
        channel("first", ""),
        channel("second", "escalate_after = \"15m\""),
        channel("third", "escalate_after = \"30m\""),
    ]
    .concat()
}

#[test]
fn steps_follow_each_other_and_all_who_were_told_are_told_of_the_end() {
    let mut shell = site(&three_steps(), &[Outage("base", 60, 4000)]);
    run(&mut shell, 5000);
    let expected = [
        ("first", Opened, 60),
        ("second", Opened, 60 + 900),
        ("third", Opened, 60 + 1800),
        ("first", Resolved, 4000),
        ("second", Resolved, 4000),
        ("third", Resolved, 4000),
    ];
    check_told(&shell, &expected);
}

#[test]
fn an_acknowledgement_stops_the_steps_and_who_was_not_told_hears_nothing_of_the_end() {
    let mut shell = site(&three_steps(), &[Outage("base", 60, 4000)]);
    run(&mut shell, 1200);
    let id = incident_of(&mut shell, "base").id().to_owned();
    apply(&mut shell, &id, &IncidentChange::Acknowledge);
    run(&mut shell, 5000);
    let expected = [
        ("first", Opened, 60),
        ("second", Opened, 60 + 900),
        ("first", Resolved, 4000),
        ("second", Resolved, 4000),
    ];
    check_told(&shell, &expected);
}

#[test]
fn an_incident_that_ends_before_a_step_does_not_reach_it() {
    let mut shell = site(&three_steps(), &[Outage("base", 60, 800)]);
    run(&mut shell, 5000);
    check_told(&shell, &[("first", Opened, 60), ("first", Resolved, 800)]);
}

#[test]
fn who_is_told_again_is_so_until_an_acknowledgement() {
    let channels = channel("ops", "repeat = \"20m\"");
    let mut shell = site(&channels, &[Outage("base", 60, 9000)]);
    run(&mut shell, 3000);
    let expected = [("ops", Opened, 60), ("ops", Updated, 1260), ("ops", Updated, 2460)];
    check_told(&shell, &expected);
    let id = incident_of(&mut shell, "base").id().to_owned();
    apply(&mut shell, &id, &IncidentChange::Acknowledge);
    run(&mut shell, 8900);
    check_told(&shell, &expected);
}

/// `base` and `shop` fail together. `base` comes and goes while `shop` fails, which is no trouble
/// of its own.
#[test]
fn what_is_new_about_an_incident_is_collected_in_one_message() {
    const OUTAGES: &[Outage] =
        &[Outage("base", 60, 300), Outage("shop", 60, 4000), Outage("base", 420, 500)];
    let channels = [channel("ops", ""), "[alerts]\ngroup_interval = \"20m\"\n".into()].concat();
    let mut shell = site(&channels, OUTAGES);
    run(&mut shell, 6000);
    assert_eq!(shell.host().incidents().count(), 1, "one trouble is one incident");
    check_told(&shell, &[("ops", Opened, 60), ("ops", Updated, 1260), ("ops", Resolved, 4000)]);
}

#[test]
fn a_persons_words_wait_for_nothing() {
    let channels = [channel("ops", ""), "[alerts]\ngroup_interval = \"1h\"\n".into()].concat();
    let mut shell = site(&channels, &[Outage("base", 60, 3000)]);
    run(&mut shell, 300);
    let id = incident_of(&mut shell, "base").id().to_owned();
    let update = IncidentChange::Update {
        state: None,
        severity: None,
        title: None,
        text: "A disk is full.".into(),
        components: vec![],
        at: None,
        notify: true,
    };
    apply(&mut shell, &id, &update);
    run(&mut shell, 2900);
    check_told(&shell, &[("ops", Opened, 60), ("ops", Updated, 300)]);
}

const BASE_HOLDS_SHOP: &str =
    "[alerts]\ninhibit = [{ while_check = \"base\", checks = [\"shop\"] }]\n";

#[test]
fn what_another_incident_explains_is_told_when_that_is_over() {
    let channels = [channel("ops", ""), BASE_HOLDS_SHOP.into()].concat();
    let mut shell = site(&channels, &[Outage("base", 60, 2000), Outage("shop", 600, 3000)]);
    run(&mut shell, 1900);
    check_told(&shell, &[("ops", Opened, 60)]);
    let (base, shop) = (incident_of(&mut shell, "base"), incident_of(&mut shell, "shop"));
    assert_eq!(shop.inhibited_by(), Some(base.id()));
    let held = TimelineKind::Inhibited { by: base.id().into() };
    assert!(entries(&shop).contains(&&held), "{:?}", entries(&shop));
    run(&mut shell, 4000);
    let expected = [
        ("ops", Opened, 60),
        ("ops", Resolved, 2000),
        ("ops", Opened, 2000),
        ("ops", Resolved, 3000),
    ];
    check_told(&shell, &expected);
    let released = TimelineKind::Released { by: base.id().into() };
    assert!(entries(&incident_of(&mut shell, "shop")).contains(&&released));
}

#[test]
fn what_ends_while_another_incident_explains_it_is_told_to_no_one() {
    let channels = [channel("ops", ""), BASE_HOLDS_SHOP.into()].concat();
    let mut shell = site(&channels, &[Outage("base", 60, 3000), Outage("shop", 600, 1800)]);
    run(&mut shell, 4000);
    check_told(&shell, &[("ops", Opened, 60), ("ops", Resolved, 3000)]);
    assert!(!incident_of(&mut shell, "shop").is_open());
}

#[test]
fn who_was_told_before_another_incident_explained_it_is_told_of_its_end() {
    let channels = [channel("ops", "repeat = \"10m\""), BASE_HOLDS_SHOP.into()].concat();
    let mut shell = site(&channels, &[Outage("shop", 60, 1500), Outage("base", 400, 1800)]);
    run(&mut shell, 2500);
    let expected = [
        ("ops", Opened, 60),
        ("ops", Opened, 400),
        ("ops", Updated, 1000),
        ("ops", Resolved, 1500),
        ("ops", Updated, 1600),
        ("ops", Resolved, 1800),
    ];
    check_told(&shell, &expected);
}

#[test]
fn steps_are_counted_from_when_nothing_explains_it_any_more() {
    let channels = [
        channel("ops", "severities = [\"P1\"]"),
        channel("boss", "escalate_after = \"15m\"\nseverities = [\"P3\"]"),
        "[alerts]\ninhibit = [{ while_severity = \"P1\", severities = [\"P3\"] }]\n".into(),
    ];
    let mut shell = site(&channels.concat(), &[Outage("base", 60, 2400), Outage("news", 60, 6000)]);
    // Both fail together and would be one incident.
    shell.rules.group_wait = Millis::ZERO;
    run(&mut shell, 7000);
    let expected = [
        ("ops", Opened, 60),
        ("ops", Resolved, 2400),
        ("boss", Opened, 2400 + 900),
        ("boss", Resolved, 6000),
    ];
    check_told(&shell, &expected);
}

/// The beginning is 21:00 in Berlin: the hours hold for the time from 3600 s to 36,000 s.
const NIGHT: &str = "quiet = { from = \"22:00\", to = \"07:00\", zone = \"Europe/Berlin\" }";

#[test]
fn what_can_wait_is_told_in_the_morning_if_it_still_lasts() {
    let channels = channel("ops", NIGHT);
    let mut shell = site(&channels, &[Outage("news", 7200, 40_000)]);
    run(&mut shell, 42_000);
    check_told(&shell, &[("ops", Opened, 36_000), ("ops", Resolved, 40_000)]);

    let mut shell = site(&channels, &[Outage("news", 7200, 20_000)]);
    run(&mut shell, 42_000);
    check_told(&shell, &[]);
}

#[test]
fn what_matters_wakes_people_and_other_channels_have_no_quiet_hours() {
    let channels = [channel("ops", NIGHT), channel("log", "")].concat();
    let mut shell = site(&channels, &[Outage("base", 7200, 8200), Outage("news", 9000, 9900)]);
    run(&mut shell, 12_000);
    let expected = [
        ("ops", Opened, 7200),
        ("log", Opened, 7200),
        ("log", Resolved, 8200),
        ("ops", Resolved, 8200),
        ("log", Opened, 9000),
        ("log", Resolved, 9900),
    ];
    check_told(&shell, &expected);
}

#[test]
fn who_was_told_in_the_evening_is_told_of_the_end_in_the_morning() {
    let mut shell = site(&channel("ops", NIGHT), &[Outage("news", 1800, 7200)]);
    run(&mut shell, 40_000);
    check_told(&shell, &[("ops", Opened, 1800), ("ops", Resolved, 36_000)]);
}

#[test]
fn what_a_person_opens_in_the_night_is_told_in_the_morning_unless_it_is_over() {
    for (ends, expected) in [(false, vec![("ops", Opened, 36_000)]), (true, vec![])] {
        let mut shell = site(&channel("ops", NIGHT), &[]);
        run(&mut shell, 7200);
        let id = open(&mut shell, Severity::P2);
        run(&mut shell, 9000);
        let update = IncidentChange::Update {
            state: None,
            severity: None,
            title: None,
            text: "It is a disk.".into(),
            components: vec![],
            at: None,
            notify: true,
        };
        apply(&mut shell, &id, &update);
        if ends {
            apply(&mut shell, &id, &IncidentChange::Resolve { text: None, at: None, notify: true });
        }
        // The Worker is killed meanwhile.
        shell.kill();
        run(&mut shell, 40_000);
        check_told(&shell, &expected);
    }
}

#[test]
fn a_test_is_ended_where_it_would_stay_open() {
    let pager = "[[channels]]\nname = \"pager\"\nkind = \"pagerduty\"\nrouting_key = \"KEY\"\n";
    let mut shell = site(&[pager, &*channel("chat", NIGHT)].concat(), &[]);
    run(&mut shell, 7200);
    let (rules, now) = (shell.rules.clone(), shell.now);
    for name in ["pager", "chat"] {
        assert!(shell.host().handle_test(&rules, name, 0, now).is_some());
    }
    shell.carry_out(&rules);
    run(&mut shell, 7300);
    let mut told = told(&shell);
    told.sort_by_key(|it| (it.0.clone(), it.2));
    let told: Vec<(&str, AlertKind)> = told.iter().map(|it| (&*it.0, it.1)).collect();
    assert_eq!(told, [("chat", Test), ("pager", Test), ("pager", Resolved)]);
    let incidents: Vec<&str> = shell.arrived.iter().map(|it| &*it.incident).collect();
    assert!(incidents.windows(2).all(|pair| pair[0] == pair[1]), "{incidents:?}");
    assert_eq!(shell.host().outbox().pending().count(), 0);
}
