//! The stored form of an incident. A literal that fails means that stored incidents can no longer
//! be read: raise the version, and read the old one too.

use breakwater_core::base::stored::{StoredForm as _, StoredFormError};
use breakwater_core::circuit::breaker::State;
use breakwater_core::watch::alert::AlertKind;
use breakwater_core::watch::incident::{
    ComponentImpact, EdgeShares, Impact, Incident, IncidentChange, IncidentEvidence, IncidentState,
    TimelineKind,
};
use breakwater_core::watch::monitor::{CheckResult, CheckState};
use breakwater_core::watch::severity::Severity;

use crate::{at, evidence, of_check, opened};

/// Has line breaks for its readers.
const STORED: &str = include_str!("stored.json");
const STORED_WITHOUT_HOLDS: &str = include_str!("stored_without_holds.json");

/// Returns an incident with each kind of entry.
fn eventful() -> Incident {
    let mut incident = opened();
    let (check, channel, message, error) =
        ("frontend".to_owned(), "ops".to_owned(), "inc-1-1".to_owned(), "status 500".to_owned());
    let observed = TimelineKind::Observed {
        check: check.clone(),
        place: "weur".into(),
        result: CheckResult::Down,
        reasons: ["status 503, expected 2xx".into()].into(),
    };
    let turned = TimelineKind::CheckTurned { check, from: CheckState::Up, to: CheckState::Down };
    let circuit =
        TimelineKind::Circuit { name: "web".into(), from: State::Closed, to: State::Open };
    let kinds = [
        observed,
        turned,
        circuit,
        TimelineKind::Visitors { shares: [("stale".into(), 7)].into() },
        TimelineKind::Order { by: "token".into(), text: "web: forced_open, a deploy".into() },
        TimelineKind::AlertQueued { channel: channel.clone(), message: message.clone() },
        TimelineKind::AlertFailed {
            channel: channel.clone(),
            message: message.clone(),
            error: error.clone(),
        },
        TimelineKind::AlertDelivered { channel: channel.clone(), message: message.clone() },
        TimelineKind::AlertDead { channel, message, error },
    ];
    for (second, kind) in kinds.into_iter().enumerate() {
        let when = at(61 + second as u64);
        assert!(incident.record(when, kind, when));
    }
    incident.next_message();
    incident.mark_told("ops", at(66));
    incident.set_evidence(IncidentEvidence {
        edge: Some(EdgeShares { copies: 7, ..EdgeShares::default() }),
        circuits_open: ["web".into()].into(),
        queued: Some(1),
        ..evidence()
    });
    let mut api = of_check("api", Severity::P0, at(5));
    api.runbook = Some("docs/runbooks/api.md".into());
    incident.join(&api, at(80));
    let update = IncidentChange::Update {
        state: Some(IncidentState::Identified),
        severity: None,
        title: Some("Checkout fails".into()),
        text: "We found it.".into(),
        components: [ComponentImpact { name: "web".into(), impact: Impact::PartialOutage }].into(),
        at: None,
        notify: true,
    };
    let changes = [
        IncidentChange::Acknowledge,
        update,
        IncidentChange::Note { text: "a disk".into() },
        IncidentChange::Edit { entry: 13, text: "a full disk".into() },
        IncidentChange::Resolve { text: None, at: None, notify: false },
        IncidentChange::Reopen { text: "It is back.".into(), notify: true },
        IncidentChange::Resolve { text: None, at: None, notify: false },
        IncidentChange::Postmortem { text: "A disk was full.".into() },
    ];
    for (second, change) in changes.into_iter().enumerate() {
        let step = incident.apply(&change, "ana", at(90 + second as u64));
        assert!(step.is_ok_and(|step| step.is_changed), "{change:?}");
    }
    incident.handle_check_resolved("api", at(99), at(100));
    for (second, by) in [(101, Some("inc-0")), (102, None), (103, Some("inc-0"))] {
        assert!(incident.set_inhibited(by, at(second)));
    }
    incident.owe("chat", AlertKind::Updated);
    incident
}

#[test]
fn the_stored_form_is_this() {
    let stored = eventful().to_stored();
    assert_eq!(stored, STORED.replace('\n', ""));
    assert_eq!(Incident::from_stored(STORED), Ok(eventful()));
}

/// Incidents that were stored before the title said whose it is, and an end whether people were
/// told.
#[test]
fn what_an_incident_does_not_say_of_titles_and_ends_reads_as_not_known() {
    let before = STORED.replace("\"is_titled\":true,", "").replace(",\"told\":false", "");
    let incident = Incident::from_stored(&before).expect("an incident");
    assert_eq!(incident.written_title(), None);
    assert_eq!(incident.to_stored(), before.replace('\n', ""));
    let ends = incident.timeline().entries().iter();
    let ends = ends.filter(|entry| matches!(entry.kind, TimelineKind::Resolved { told: None, .. }));
    assert_eq!(ends.count(), 2);
    assert_eq!(eventful().written_title(), Some("Checkout fails"));
}

/// Incidents that were stored before anything could hold their messages back.
#[test]
fn an_incident_that_holds_nothing_is_stored_and_read_as_before() {
    let incident = Incident::from_stored(STORED_WITHOUT_HOLDS).expect("an incident");
    assert_eq!(incident.tellable_since(), incident.opened_at());
    assert_eq!(incident.to_stored(), STORED_WITHOUT_HOLDS.replace('\n', ""));
}

#[test]
fn a_newer_version_is_refused() {
    let newer = r#"{"version":2,"incident":"of another shape"}"#;
    assert_eq!(
        Incident::from_stored(newer),
        Err(StoredFormError::Version { what: "incident", found: 2, expected: 1 })
    );
    assert_eq!(
        StoredFormError::Version { what: "incident", found: 2, expected: 1 }.to_string(),
        "the stored incident has version 2, expected 1",
    );
}

#[test]
fn what_is_none_is_refused() {
    for text in ["", "{}", "[]", r#"{"version":1}"#, r#"{"version":1,"incident":{}}"#] {
        let error = Incident::from_stored(text).unwrap_err().to_string();
        assert!(error.starts_with("this is not a stored incident: "), "{text}: {error}");
    }
}
