//! What opens an incident, what becomes part of it, and what ends it.

use breakwater_core::base::time::Timestamp;
use breakwater_core::watch::alert::AlertKind;
use breakwater_core::watch::incident::{
    IncidentChange, IncidentState, IncidentStep, TIMELINE_MAX, TimelineKind, title_of,
    title_of_checks,
};
use breakwater_core::watch::monitor::{CheckResult, CheckState};
use breakwater_core::watch::severity::Severity;

use crate::{at, evidence, of_check, opened, told};

fn change(alert: Option<AlertKind>) -> IncidentStep {
    IncidentStep { is_changed: true, resolved: None, alert }
}

fn observed(place: &str, result: CheckResult) -> TimelineKind {
    TimelineKind::Observed {
        check: "frontend".into(),
        place: place.into(),
        result,
        reasons: Vec::new(),
    }
}

#[test]
fn an_incident_ends_when_the_last_of_its_checks_is_well() {
    let mut incident = opened();
    let api = of_check("api", Severity::P0, at(5));
    assert_eq!(incident.join(&api, at(70)), change(Some(AlertKind::Updated)));
    assert_eq!(incident.handle_check_resolved("api", at(100), at(110)), change(None));
    assert!(incident.is_open());
    let end = incident.handle_check_resolved("frontend", at(90), at(120));
    let resolved = Some(at(100));
    assert_eq!(end, IncidentStep { resolved, ..change(Some(AlertKind::Resolved)) });
    assert_eq!(incident.resolved_at(), resolved);
    assert_eq!(incident.state(), IncidentState::Resolved);
    assert_eq!(
        told(&incident),
        ["opened", "joined", "check_resolved", "check_resolved", "resolved"],
    );
}

#[test]
fn a_check_that_joins_makes_it_worse_and_earlier_and_never_better_or_later() {
    let mut incident = opened();
    incident.join(&of_check("api", Severity::P3, at(30)), at(70));
    assert_eq!((incident.severity(), incident.since()), (Severity::P1, at(0)));
    let earlier = Timestamp::from_millis(at(0).as_millis() - 5_000);
    incident.join(&of_check("db", Severity::P0, earlier), at(80));
    assert_eq!((incident.severity(), incident.since()), (Severity::P0, earlier));
}

#[test]
fn a_check_joins_once_and_again_only_after_it_was_well() {
    let mut incident = opened();
    let api = of_check("api", Severity::P1, at(5));
    incident.join(&api, at(70));
    assert_eq!(incident.join(&api, at(71)), IncidentStep::default());
    incident.handle_check_resolved("api", at(80), at(81));
    assert!(incident.join(&of_check("api", Severity::P1, at(90)), at(91)).is_changed);
    assert_eq!(incident.checks().len(), 2);
    assert_eq!(incident.checks()[1].since, at(5));
}

#[test]
fn what_is_over_takes_no_check_and_no_news_of_its_checks_end_it_twice() {
    let mut incident = opened();
    incident.handle_check_resolved("frontend", at(90), at(95));
    let again = of_check("frontend", Severity::P1, at(200));
    assert_eq!(incident.join(&again, at(210)), IncidentStep::default());
    let end = incident.handle_check_resolved("frontend", at(220), at(220));
    assert_eq!(end, IncidentStep::default());
    assert_eq!(incident.handle_check_resolved("other", at(1), at(1)), IncidentStep::default());
}

#[test]
fn no_end_is_before_the_beginning() {
    let mut incident = opened();
    let early = Timestamp::from_millis(1_000);
    assert_eq!(incident.handle_check_resolved("frontend", early, at(61)).resolved, Some(at(0)));
}

#[test]
fn a_person_may_end_it_while_its_checks_fail() {
    let mut incident = opened();
    let resolve = IncidentChange::Resolve { text: None, at: None, notify: false };
    let step = incident.apply(&resolve, "ana", at(100)).unwrap();
    assert_eq!(step, IncidentStep { resolved: Some(at(100)), ..change(None) });
    assert!(incident.has_failing_checks());
    // The check's own end is noted, and changes nothing else.
    assert_eq!(incident.handle_check_resolved("frontend", at(200), at(201)), change(None));
    assert_eq!(incident.resolved_at(), Some(at(100)));
}

#[test]
fn titles_name_the_checks() {
    assert_eq!(title_of("frontend", CheckState::Down), "`frontend` is down");
    assert_eq!(title_of("frontend", CheckState::Degraded), "`frontend` is degraded");
    assert_eq!(title_of_checks(["a", "b"].into_iter()), "`a` and `b` are down");
    assert_eq!(title_of_checks(["a", "b", "c"].into_iter()), "`a` and 2 more checks are down");
}

#[test]
fn a_title_follows_the_checks_until_a_person_finds_a_better_one() {
    let mut incident = opened();
    incident.join(&of_check("api", Severity::P1, at(5)), at(70));
    assert_eq!(incident.title(), "`frontend` and `api` are down");
    let update = IncidentChange::Update {
        state: None,
        severity: None,
        title: Some("Checkout fails".into()),
        text: "We are on it.".into(),
        components: Vec::new(),
        at: None,
        notify: true,
    };
    incident.apply(&update, "ana", at(80)).unwrap();
    incident.join(&of_check("db", Severity::P1, at(5)), at(90));
    assert_eq!(incident.title(), "Checkout fails");
}

#[test]
fn only_turns_are_recorded() {
    let mut incident = opened();
    assert!(incident.record(at(1), observed("weur", CheckResult::Down), at(61)));
    assert!(!incident.record(at(2), observed("weur", CheckResult::Down), at(62)));
    assert!(incident.record(at(2), observed("enam", CheckResult::Down), at(62)));
    assert!(incident.record(at(3), observed("weur", CheckResult::Up), at(63)));
    // What came late is compared with what was before it.
    assert!(!incident.record(at(2), observed("weur", CheckResult::Down), at(64)));
}

#[test]
fn what_the_steps_of_an_incident_add_is_not_recorded_by_hand() {
    let mut incident = opened();
    for kind in [
        TimelineKind::Opened { by: None },
        TimelineKind::Resolved { by: None, told: None },
        TimelineKind::Note { by: "ana".into(), text: "a".into(), edited: None },
    ] {
        assert!(!incident.record(at(70), kind, at(70)));
    }
    assert_eq!(told(&incident), ["opened"]);
}

#[test]
fn a_full_timeline_drops_its_middle() {
    let mut incident = opened();
    let order = TimelineKind::Order { by: "ana".into(), text: "web: forced_open".into() };
    incident.record(at(61), order, at(61));
    for number in 0..2_000_u64 {
        let kind = TimelineKind::AlertQueued { channel: "a".into(), message: number.to_string() };
        assert!(incident.record(at(100 + number), kind, at(100 + number)));
    }
    let timeline = incident.timeline();
    assert_eq!(timeline.entries().len(), TIMELINE_MAX);
    assert_eq!(timeline.dropped() as usize, 2_002 - TIMELINE_MAX);
    assert_eq!(told(&incident)[..2], ["opened", "order"]);
    let times: Vec<u64> =
        timeline.entries().iter().map(|entry| entry.at.since(at(100)).get() / 1000).collect();
    assert_eq!((times[2], times[249]), (0, 247));
    assert_eq!((times[251], times[TIMELINE_MAX - 1]), (1_751, 1_999));
}

#[test]
fn an_alert_tells_the_incident_as_it_is() {
    let mut incident = opened();
    assert_eq!(incident.next_message(), "inc-1-1");
    assert_eq!(incident.next_message(), "inc-1-2");
    let alert = incident.alert(AlertKind::Opened, "https://shop.example/status/", at(61));
    assert_eq!((alert.kind, alert.at), (AlertKind::Opened, at(61)));
    let told = alert.incident;
    assert_eq!(told.url, "https://shop.example/status/inc-1");
    assert_eq!((&*told.state, told.resolved_at), ("investigating", None));
    assert_eq!(told.checks, ["frontend"]);
    assert_eq!(told.summary, incident.summary());
    assert!(!told.is_acknowledged);
}

#[test]
fn an_alert_begins_with_what_a_person_said_last_unless_it_is_out_of_date() {
    let summary = |incident: &breakwater_core::watch::incident::Incident| {
        incident.alert(AlertKind::Updated, "https://a.example", at(300)).incident.summary
    };
    let mut incident = opened();
    let paragraph = incident.summary();
    let note = IncidentChange::Note { text: "between us".into() };
    let reopen = IncidentChange::Reopen { text: "It is back.".into(), notify: true };
    incident.apply(&note, "ana", at(70)).unwrap();
    assert_eq!(summary(&incident), paragraph);
    incident.handle_check_resolved("frontend", at(90), at(95));
    incident.apply(&reopen, "ana", at(100)).unwrap();
    let (words, observed) = (summary(&incident), incident.summary());
    assert_eq!(words, format!("It is back.\n\n{observed}"));
    assert!(observed.starts_with("`frontend` failed at 2 of 3 places"), "{observed}");
    incident.join(&of_check("api", Severity::P1, at(110)), at(120));
    assert_eq!(summary(&incident), incident.summary());
}

#[test]
fn evidence_stays_as_it_was_at_the_end() {
    let mut incident = opened();
    incident.handle_check_resolved("frontend", at(90), at(95));
    let over = incident.summary();
    let mut later = evidence();
    later.failing_places.clear();
    incident.set_evidence(later);
    assert_eq!(incident.summary(), over);
}

#[test]
fn channels_that_were_told_are_remembered_in_order() {
    let mut incident = opened();
    assert!(incident.mark_told("ops", at(90)));
    assert!(incident.mark_told("mail", at(91)));
    assert!(!incident.mark_told("ops", at(92)));
    assert_eq!((incident.told_at("ops"), incident.told_at("chat")), (Some(at(92)), None));
    assert_eq!(incident.told().collect::<Vec<_>>(), ["mail", "ops"]);
    assert!(incident.has_told("ops") && !incident.has_told("chat"));
}
