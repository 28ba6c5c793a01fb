//! Incidents, as strangers read them.

use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::circuit::breaker::State;
use breakwater_core::site::monitoring::{MonitorHost, StoredMonitoring};
use breakwater_core::site::status::{
    INCIDENTS_SHOWN, PublicIncident, PublicText, PublicUpdate, UPDATES_SHOWN,
};
use breakwater_core::watch::incident::{
    ComponentImpact, Impact, IncidentChange, IncidentIndicator, IncidentOpening, IncidentState,
    TIMELINE_MAX,
};
use breakwater_core::watch::monitor::CheckResult;
use breakwater_core::watch::severity::Severity;

use crate::watch::{Watch, check};
use crate::{HOUR, MINUTE, at};

/// Two checks that are published, and one that is not.
fn watch() -> Watch {
    let file = check("a", "")
        + &check("b", "severity = \"P2\"")
        + &check("inner", "severity = \"P0\"")
        + "[[components]]\nname = \"shop\"\ntitle = \"The shop\"\nchecks = \"a\"\n\
           [[components]]\nname = \"b\"\n";
    Watch::of(&file, at(0))
}

fn fail(watch: &mut Watch, check: &str, now: Timestamp) {
    watch.find(check, "edge", CheckResult::Down, now);
}

fn mend(watch: &mut Watch, check: &str, now: Timestamp) {
    watch.find(check, "edge", CheckResult::Up, now);
}

fn impact(name: &str, impact: Impact) -> ComponentImpact {
    ComponentImpact { name: name.into(), impact }
}

fn opening(components: Vec<ComponentImpact>) -> IncidentOpening {
    IncidentOpening {
        title: "Orders are late".into(),
        severity: Severity::P2,
        components,
        text: "We look into it.".into(),
        since: None,
        resolved_at: None,
        notify: true,
    }
}

fn update(text: &str, notify: bool) -> IncidentChange {
    IncidentChange::Update {
        state: Some(IncidentState::Identified),
        severity: None,
        title: None,
        text: text.into(),
        components: Vec::new(),
        at: None,
        notify,
    }
}

fn written(number: u32, ms: u64, state: IncidentState, text: &str) -> PublicUpdate {
    let text = PublicText::Written(text.into());
    PublicUpdate { number, at: at(ms), edited_at: None, state, text, notify: true }
}

fn by_machine(number: u32, ms: u64, state: IncidentState, text: PublicText) -> PublicUpdate {
    PublicUpdate { number, at: at(ms), edited_at: None, state, text, notify: true }
}

fn shown(watch: &mut Watch, now: Timestamp) -> Vec<PublicIncident> {
    watch.status(now).incidents
}

#[track_caller]
fn only(watch: &mut Watch, now: Timestamp) -> PublicIncident {
    let mut shown = shown(watch, now);
    assert_eq!(shown.len(), 1, "{shown:?}");
    shown.remove(0)
}

#[test]
fn what_the_machine_opened_says_which_components_and_no_more() {
    let mut watch = watch();
    fail(&mut watch, "a", at(MINUTE));
    fail(&mut watch, "inner", at(MINUTE + 1));
    let incident = only(&mut watch, at(2 * MINUTE));
    let found = by_machine(1, MINUTE, IncidentState::Investigating, PublicText::Found);
    let expected = PublicIncident {
        id: incident.id.clone(),
        title: None,
        state: IncidentState::Investigating,
        impact: IncidentIndicator::Critical,
        components: vec![impact("shop", Impact::MajorOutage)],
        since: at(MINUTE),
        opened_at: at(MINUTE),
        updated_at: at(MINUTE),
        resolved_at: None,
        updates: vec![found.clone()],
        postmortem: None,
    };
    assert_eq!(incident, expected);
    mend(&mut watch, "a", at(3 * MINUTE));
    mend(&mut watch, "inner", at(4 * MINUTE));
    let incident = only(&mut watch, at(4 * MINUTE));
    assert_eq!(
        (incident.state, incident.resolved_at),
        (IncidentState::Resolved, Some(at(4 * MINUTE)))
    );
    let recovered = by_machine(2, 4 * MINUTE, IncidentState::Resolved, PublicText::Recovered);
    assert_eq!(incident.updates, [found, recovered]);
    assert_eq!(incident.updated_at, at(4 * MINUTE));
}

#[test]
fn an_incident_of_what_is_not_published_is_not_told() {
    let mut watch = watch();
    fail(&mut watch, "inner", at(0));
    assert_eq!(shown(&mut watch, at(MINUTE)), []);
    // Once it is about a component, it is.
    fail(&mut watch, "b", at(1));
    assert_eq!(only(&mut watch, at(MINUTE)).components, [impact("b", Impact::PartialOutage)]);
}

#[test]
fn a_component_that_is_well_again_is_told_so_while_others_are_not() {
    let mut watch = watch();
    fail(&mut watch, "a", at(0));
    fail(&mut watch, "b", at(1));
    mend(&mut watch, "a", at(MINUTE));
    let both = |of_shop| [impact("shop", of_shop), impact("b", Impact::PartialOutage)];
    let incident = only(&mut watch, at(MINUTE));
    assert_eq!(incident.components, both(Impact::Operational));
    assert_eq!(incident.impact, IncidentIndicator::Critical, "it is what it was at its worst");
    mend(&mut watch, "b", at(2 * MINUTE));
    assert_eq!(only(&mut watch, at(2 * MINUTE)).components, both(Impact::MajorOutage));
}

#[test]
fn what_people_write_for_everybody_is_told_and_what_they_write_for_each_other_is_not() {
    let mut watch = watch();
    fail(&mut watch, "a", at(0));
    let id = only(&mut watch, at(0)).id;
    let note = IncidentChange::Note { text: "a disk of db-7".into() };
    let edit = |entry, text: &str| IncidentChange::Edit { entry, text: text.into() };
    let entry = |watch: &Watch, words: &str| {
        let entries = watch.host.incident(&id).expect("an incident").timeline().entries();
        let found = entries.iter().find(|entry| entry.kind.words() == Some(words));
        found.expect("an entry of these words").number
    };
    watch.change(&id, &update("A disk is ful.", true), at(MINUTE));
    watch.change(&id, &note, at(2 * MINUTE));
    watch.change(&id, &IncidentChange::Acknowledge, at(3 * MINUTE));
    watch.change(&id, &update("Silent.", false), at(4 * MINUTE));
    let number = entry(&watch, "A disk is ful.");
    watch.change(&id, &edit(number, "A disk is full."), at(5 * MINUTE));
    let number = entry(&watch, "a disk of db-7");
    watch.change(&id, &edit(number, "the disk of db-7"), at(6 * MINUTE));
    let incident = only(&mut watch, at(HOUR));
    let edited = PublicUpdate {
        edited_at: Some(at(5 * MINUTE)),
        ..written(2, MINUTE, IncidentState::Identified, "A disk is full.")
    };
    let silent = PublicUpdate {
        notify: false,
        ..written(3, 4 * MINUTE, IncidentState::Identified, "Silent.")
    };
    let found = by_machine(1, 0, IncidentState::Investigating, PublicText::Found);
    assert_eq!(incident.updates, [found, edited, silent]);
    assert_eq!(incident.updated_at, at(5 * MINUTE), "what is not shown changes nothing");
    assert_eq!(incident.state, IncidentState::Identified);
}

#[test]
fn an_end_says_what_a_person_wrote_or_that_a_person_ended_it() {
    let resolve = |text: Option<&str>, notify| IncidentChange::Resolve {
        text: text.map(String::from),
        at: None,
        notify,
    };
    let mut watch = watch();
    let id = watch.open(&opening(Vec::new()), at(0));
    watch.change(&id, &resolve(None, false), at(MINUTE));
    let reopen = IncidentChange::Reopen { text: "Not over.".into(), notify: true };
    watch.change(&id, &reopen, at(2 * MINUTE));
    watch.change(&id, &resolve(Some("Over."), true), at(3 * MINUTE));
    let closed = PublicUpdate {
        notify: false,
        ..by_machine(2, MINUTE, IncidentState::Resolved, PublicText::Closed)
    };
    let expected = [
        written(1, 0, IncidentState::Investigating, "We look into it."),
        closed,
        written(3, 2 * MINUTE, IncidentState::Investigating, "Not over."),
        written(4, 3 * MINUTE, IncidentState::Resolved, "Over."),
    ];
    watch.reload(at(3 * MINUTE));
    assert_eq!(only(&mut watch, at(HOUR)).updates, expected);
}

#[test]
fn what_a_person_opened_is_told_whatever_it_is_about() {
    let mut watch = watch();
    watch.open(&opening(Vec::new()), at(0));
    let incident = only(&mut watch, at(0));
    assert_eq!(incident.title.as_deref(), Some("Orders are late"));
    assert_eq!((incident.components, incident.impact), (vec![], IncidentIndicator::Minor));
}

#[test]
fn components_are_named_by_name_or_title_and_only_those_that_are_published() {
    let mut watch = watch();
    let named = vec![
        impact("The shop", Impact::DegradedPerformance),
        impact("b", Impact::MajorOutage),
        impact("inner", Impact::MajorOutage),
        impact("ledger", Impact::MajorOutage),
    ];
    watch.open(&opening(named), at(0));
    let incident = only(&mut watch, at(0));
    let expected = [impact("shop", Impact::DegradedPerformance), impact("b", Impact::MajorOutage)];
    assert_eq!(incident.components, expected);
    assert_eq!(incident.impact, IncidentIndicator::Critical);
    watch.open(&opening(vec![impact("inner", Impact::MajorOutage)]), at(MINUTE));
    let latest = shown(&mut watch, at(MINUTE)).remove(0);
    assert_eq!((latest.components, latest.impact), (vec![], IncidentIndicator::Minor));
}

#[test]
fn people_know_better_than_checks_what_it_means() {
    let mut watch = watch();
    fail(&mut watch, "a", at(0));
    let id = only(&mut watch, at(0)).id;
    let better = IncidentChange::Update {
        state: None,
        severity: None,
        title: Some("The shop is slow".into()),
        text: "It is slow.".into(),
        components: vec![impact("shop", Impact::DegradedPerformance)],
        at: None,
        notify: false,
    };
    watch.change(&id, &better, at(MINUTE));
    let incident = only(&mut watch, at(MINUTE));
    assert_eq!(incident.components, [impact("shop", Impact::DegradedPerformance)]);
    assert_eq!(incident.impact, IncidentIndicator::Minor);
    assert_eq!(incident.title.as_deref(), Some("The shop is slow"));
}

#[test]
fn what_is_back_filled_stands_at_its_time() {
    let mut watch = watch();
    fail(&mut watch, "a", at(2 * HOUR));
    let past =
        IncidentOpening { since: Some(at(0)), resolved_at: Some(at(HOUR)), ..opening(Vec::new()) };
    watch.open(&past, at(3 * HOUR));
    let shown = shown(&mut watch, at(4 * HOUR));
    let times: Vec<_> = shown.iter().map(|it| (it.since, it.opened_at)).collect();
    assert_eq!(times, [(at(2 * HOUR), at(2 * HOUR)), (at(0), at(3 * HOUR))]);
    let only = written(1, HOUR, IncidentState::Resolved, "We look into it.");
    assert_eq!(shown[1].updates, [only]);
}

#[test]
fn the_postmortem_is_for_everybody() {
    let mut watch = watch();
    let past = IncidentOpening {
        since: Some(at(0)),
        resolved_at: Some(at(MINUTE)),
        ..opening(Vec::new())
    };
    let id = watch.open(&past, at(MINUTE));
    let postmortem = IncidentChange::Postmortem { text: "A disk was full.".into() };
    watch.change(&id, &postmortem, at(HOUR));
    let incident = only(&mut watch, at(HOUR));
    assert_eq!(incident.postmortem.as_deref(), Some("A disk was full."));
    assert_eq!((incident.state, incident.updated_at), (IncidentState::Postmortem, at(HOUR)));
}

#[test]
fn numbers_stay_when_a_long_timeline_drops_entries() {
    let mut watch = watch();
    fail(&mut watch, "a", at(0));
    let id = only(&mut watch, at(0)).id;
    let numbers = |watch: &mut Watch, now: Timestamp| -> Vec<(u32, String)> {
        let updates = only(watch, now).updates.into_iter();
        updates.map(|it| (it.number, format!("{:?}", it.text))).collect()
    };
    watch.change(&id, &update("First.", false), at(MINUTE));
    let before = numbers(&mut watch, at(MINUTE));
    // A circuit opens and closes again and again.
    for turn in 0..TIMELINE_MAX as u64 + 100 {
        let now = at(2 * MINUTE + turn * 1_000);
        let (from, to) =
            if turn % 2 == 0 { (State::Closed, State::Open) } else { (State::Open, State::Closed) };
        watch.host.handle_circuit(&watch.rules, "web", ("web", from, to), 0, now);
        watch.carry_out();
    }
    let now = at(HOUR);
    let dropped = watch.host.incident(&id).expect("an incident").timeline().dropped();
    assert!(dropped > 0);
    assert_eq!(numbers(&mut watch, now)[..before.len()], before);
    watch.reload(now);
    assert_eq!(numbers(&mut watch, now)[..before.len()], before);
}

#[test]
fn an_update_that_is_back_filled_moves_no_number() {
    let mut watch = watch();
    let id = watch.open(&opening(Vec::new()), at(0));
    watch.change(&id, &update("Later.", false), at(2 * MINUTE));
    let mut earlier = update("Earlier.", false);
    if let IncidentChange::Update { at: when, .. } = &mut earlier {
        *when = Some(at(MINUTE));
    }
    watch.change(&id, &earlier, at(3 * MINUTE));
    let updates = only(&mut watch, at(3 * MINUTE)).updates;
    let numbers: Vec<u32> = updates.iter().map(|it| it.number).collect();
    assert_eq!(numbers, [1, 3, 2]);
}

#[test]
fn of_many_updates_the_first_and_the_latest_are_shown() {
    let mut watch = watch();
    let id = watch.open(&opening(Vec::new()), at(0));
    for number in 0..80 {
        watch.change(&id, &update(&number.to_string(), false), at((number + 1) * MINUTE));
    }
    let updates = only(&mut watch, at(2 * HOUR)).updates;
    let numbers: Vec<u32> = updates.iter().map(|it| it.number).collect();
    assert_eq!(numbers.len(), UPDATES_SHOWN);
    assert_eq!((numbers[0], numbers[1], numbers[UPDATES_SHOWN - 1]), (1, 33, 81));
}

#[test]
fn all_that_are_open_are_shown_and_the_latest_of_the_others() {
    let mut watch = watch();
    let open = watch.open(&opening(Vec::new()), at(0));
    for number in 1..=INCIDENTS_SHOWN as u64 + 20 {
        let since = at(number * MINUTE);
        let past = IncidentOpening {
            since: Some(since),
            resolved_at: Some(since + Millis::new(1)),
            ..opening(Vec::new())
        };
        watch.open(&past, at(3 * HOUR + number));
    }
    let shown = shown(&mut watch, at(4 * HOUR));
    assert_eq!(shown.len(), INCIDENTS_SHOWN + 1);
    assert_eq!(shown.last().map(|it| &it.id), Some(&open));
    assert_eq!(shown[0].since, at((INCIDENTS_SHOWN as u64 + 20) * MINUTE));
    assert!(shown.is_sorted_by(|a, b| a.since >= b.since));
}

#[test]
fn trouble_of_the_monitor_s_own_is_for_operators() {
    let mut watch = watch();
    // The stored outbox cannot be read.
    let outbox = Some("[]".into());
    let stored = StoredMonitoring { outbox, ..StoredMonitoring::default() };
    let (host, _) = MonitorHost::load(&stored, &watch.rules, None, at(0));
    watch.host = host;
    watch.host.handle_held_refreshes(&watch.rules, 0, at(1));
    assert_eq!(watch.host.incidents().count(), 2, "of the outbox, and of the budget");
    assert_eq!(shown(&mut watch, at(1)), []);
}
