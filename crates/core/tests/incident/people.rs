//! What people do to incidents: they open, update, edit, end and re-open them.

use breakwater_core::base::stored::StoredForm as _;
use breakwater_core::base::time::Timestamp;
use breakwater_core::watch::alert::AlertKind;
use breakwater_core::watch::incident::{
    ComponentImpact, Impact, Incident, IncidentChange, IncidentError, IncidentIndicator,
    IncidentOpening, IncidentState, PEOPLE_MAX, TimelineKind, WORDS_MAX,
};
use breakwater_core::watch::severity::Severity;

use crate::{at, of_check, opened, told};

fn opening() -> IncidentOpening {
    IncidentOpening {
        title: "Orders are late".into(),
        severity: Severity::P2,
        components: [component("checkout", Impact::DegradedPerformance)].into(),
        text: "Orders reach the printer late.".into(),
        since: None,
        resolved_at: None,
        notify: true,
    }
}

fn component(name: &str, impact: Impact) -> ComponentImpact {
    ComponentImpact { name: name.into(), impact }
}

fn update(text: &str, notify: bool) -> IncidentChange {
    IncidentChange::Update {
        state: None,
        severity: None,
        title: None,
        text: text.into(),
        components: Vec::new(),
        at: None,
        notify,
    }
}

fn resolve(at: Option<Timestamp>) -> IncidentChange {
    IncidentChange::Resolve { text: Some("Over.".into()), at, notify: true }
}

fn reopen() -> IncidentChange {
    IncidentChange::Reopen { text: "Not over.".into(), notify: true }
}

/// The number of the entry that holds this text.
fn entry_of(incident: &Incident, words: &str) -> u32 {
    let mut entries = incident.timeline().entries().iter();
    let found = entries.find(|entry| entry.kind.words() == Some(words));
    found.map(|entry| entry.number).expect("an entry with this text")
}

#[test]
fn an_incident_opened_by_hand_is_ended_by_hand() {
    let (mut incident, step) = Incident::open_by_hand("i".into(), &opening(), "ana", at(0));
    assert_eq!((step.alert, step.resolved), (Some(AlertKind::Opened), None));
    assert_eq!(incident.summary(), "");
    let alert = incident.alert(AlertKind::Opened, "https://a.example", at(0));
    assert_eq!(alert.incident.summary, "Orders reach the printer late.");
    incident.join(&of_check("print", Severity::P1, at(1)), at(2));
    let step = incident.handle_check_resolved("print", at(5), at(6));
    assert_eq!((step.alert, incident.is_open()), (None, true));
    let step = incident.apply(&resolve(None), "ana", at(7)).unwrap();
    assert_eq!((step.alert, step.resolved), (Some(AlertKind::Resolved), Some(at(7))));
}

#[test]
fn a_back_fill_is_over_at_once_and_opens_nothing_at_those_who_are_told() {
    let (since, resolved_at) = (Some(at(0)), Some(at(600)));
    let back_fill = IncidentOpening { since, resolved_at, ..opening() };
    let (incident, step) = Incident::open_by_hand("i".into(), &back_fill, "ana", at(9_000));
    assert_eq!((step.alert, step.resolved), (Some(AlertKind::Updated), resolved_at));
    assert_eq!((incident.since(), incident.resolved_at()), (at(0), resolved_at));
    assert_eq!(told(&incident), ["opened", "resolved", "update"]);
    assert!(incident.timeline().entries().iter().all(|entry| entry.recorded_at == at(9_000)));
    let silent = IncidentOpening { notify: false, ..back_fill };
    assert_eq!(Incident::open_by_hand("i".into(), &silent, "ana", at(9_000)).1.alert, None);
}

#[test]
fn a_back_filled_update_gets_its_place() {
    let mut incident = opened();
    incident.apply(&update("second", true), "ana", at(200)).unwrap();
    let mut earlier = update("first", false);
    if let IncidentChange::Update { at: when, .. } = &mut earlier {
        *when = Some(at(100));
    }
    incident.apply(&earlier, "bo", at(300)).unwrap();
    let texts: Vec<u32> = ["first", "second"].map(|text| entry_of(&incident, text)).into();
    assert_eq!(texts, [2, 1]);
    let times: Vec<Timestamp> =
        incident.timeline().entries().iter().map(|entry| entry.at).collect();
    assert_eq!(times, [at(60), at(100), at(200)]);
}

#[test]
fn people_are_told_exactly_if_the_operator_says_so() {
    let mut incident = opened();
    for notify in [true, false] {
        let step = incident.apply(&update("a", notify), "ana", at(70)).unwrap();
        assert_eq!(step.alert.is_some(), notify);
    }
    assert_eq!(incident.apply(&IncidentChange::Acknowledge, "ana", at(71)).unwrap().alert, None);
}

#[test]
fn an_edit_replaces_the_text_and_says_who_did_it() {
    let mut incident = opened();
    incident.apply(&update("wrogn", true), "ana", at(70)).unwrap();
    let entry = entry_of(&incident, "wrogn");
    let edit = IncidentChange::Edit { entry, text: "wrong".into() };
    assert!(incident.apply(&edit, "bo", at(80)).unwrap().is_changed);
    assert!(!incident.apply(&edit, "cy", at(90)).unwrap().is_changed);
    let Some(TimelineKind::Update { by, text, edited: Some(edited), .. }) =
        incident.timeline().entry(entry).map(|entry| &entry.kind)
    else {
        panic!("{incident:?}")
    };
    assert_eq!((&**by, &**text, &*edited.by, edited.at), ("ana", "wrong", "bo", at(80)));
    for entry in [0, 99] {
        let edit = IncidentChange::Edit { entry, text: "a".into() };
        assert_eq!(incident.apply(&edit, "bo", at(95)), Err(IncidentError::NoText(entry)));
    }
}

#[test]
fn what_is_reopened_while_its_checks_are_well_is_ended_by_hand() {
    let mut incident = opened();
    assert_eq!(incident.apply(&reopen(), "ana", at(70)), Err(IncidentError::NotOver));
    incident.apply(&IncidentChange::Acknowledge, "ana", at(70)).unwrap();
    incident.handle_check_resolved("frontend", at(90), at(95));
    let step = incident.apply(&reopen(), "ana", at(100)).unwrap();
    assert_eq!(step.alert, Some(AlertKind::Opened));
    assert!(incident.is_open() && incident.is_manual());
    assert_eq!(incident.acknowledged(), None);
    assert_eq!(incident.state(), IncidentState::Investigating);
}

#[test]
fn what_is_reopened_while_its_checks_fail_ends_with_them() {
    let mut incident = opened();
    incident.apply(&resolve(None), "ana", at(70)).unwrap();
    incident.apply(&reopen(), "ana", at(80)).unwrap();
    assert!(!incident.is_manual());
    let end = incident.handle_check_resolved("frontend", at(90), at(95));
    assert_eq!((end.resolved, end.alert), (Some(at(90)), Some(AlertKind::Resolved)));
}

#[test]
fn an_incident_is_acknowledged_once() {
    let mut incident = opened();
    for (by, at, is_changed) in [("ana", at(70), true), ("bo", at(80), false)] {
        let step = incident.apply(&IncidentChange::Acknowledge, by, at).unwrap();
        assert_eq!(step.is_changed, is_changed);
    }
    assert_eq!(incident.acknowledged().map(|it| &*it.by), Some("ana"));
}

#[test]
fn a_postmortem_is_written_when_it_is_over() {
    let mut incident = opened();
    let postmortem = IncidentChange::Postmortem { text: "A disk was full.".into() };
    assert_eq!(incident.apply(&postmortem, "ana", at(70)), Err(IncidentError::NotOver));
    incident.apply(&resolve(None), "ana", at(80)).unwrap();
    incident.apply(&postmortem, "ana", at(90)).unwrap();
    assert_eq!(incident.state(), IncidentState::Postmortem);
    assert_eq!(incident.postmortem(), Some("A disk was full."));
}

#[test]
fn what_is_over_has_to_be_reopened_before_its_state_changes() {
    let mut incident = opened();
    incident.apply(&resolve(None), "ana", at(80)).unwrap();
    let mut identified = update("a", false);
    incident.apply(&identified, "ana", at(81)).unwrap();
    if let IncidentChange::Update { state, .. } = &mut identified {
        *state = Some(IncidentState::Identified);
    }
    for change in [identified, resolve(None), IncidentChange::Acknowledge] {
        assert_eq!(incident.apply(&change, "ana", at(82)), Err(IncidentError::Over));
    }
}

#[test]
fn an_incident_does_not_end_before_it_began() {
    let mut incident = opened();
    let early = resolve(Some(Timestamp::from_millis(at(0).as_millis() - 1)));
    let error = incident.apply(&early, "ana", at(80)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the incident cannot end before it began at 2026-11-23T12:03:20Z",
    );
    assert!(incident.is_open());
    assert!(incident.apply(&resolve(Some(at(0))), "ana", at(80)).is_ok());
}

#[test]
fn components_are_set_by_name_and_the_worst_one_counts() {
    let (mut incident, _) = Incident::open_by_hand("i".into(), &opening(), "ana", at(0));
    assert_eq!(incident.indicator(), IncidentIndicator::Minor);
    let mut worse = update("a", false);
    if let IncidentChange::Update { components, .. } = &mut worse {
        *components =
            [component("web", Impact::MajorOutage), component("checkout", Impact::Operational)]
                .into();
    }
    incident.apply(&worse, "ana", at(1)).unwrap();
    assert_eq!(
        incident.components(),
        [component("checkout", Impact::Operational), component("web", Impact::MajorOutage)],
    );
    assert_eq!(incident.indicator(), IncidentIndicator::Critical);
    assert_eq!(opened().indicator(), IncidentIndicator::Major);
}

#[test]
fn people_write_until_there_is_no_room_and_can_still_end_it() {
    let mut incident = opened();
    for _ in 0..PEOPLE_MAX {
        incident.apply(&update("a", false), "ana", at(70)).unwrap();
    }
    let full = incident.apply(&update("a", false), "ana", at(70)).unwrap_err();
    assert_eq!(full, IncidentError::TooManyEntries);
    assert_eq!(full.to_string(), "people made 100 entries of this incident, the most it takes",);
    incident.apply(&IncidentChange::Acknowledge, "ana", at(71)).unwrap();
    incident.apply(&resolve(None), "ana", at(72)).unwrap();
}

#[test]
fn people_write_no_more_than_can_be_stored() {
    let mut incident = opened();
    let long = "☂".repeat(5_000);
    let mut written = 0;
    while incident.apply(&update(&long, false), "ana", at(70)).is_ok() {
        written += long.len();
    }
    assert!(written <= WORDS_MAX && written > WORDS_MAX - long.len(), "{written}");
    let note = IncidentChange::Note { text: long };
    assert_eq!(incident.apply(&note, "ana", at(71)), Err(IncidentError::TooManyWords));
    assert!(incident.to_stored().len() < 2_000_000);
}
