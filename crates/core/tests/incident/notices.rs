//! Whom the monitor tells of what operators do to incidents.

use breakwater_core::base::stored::StoredForm as _;
use breakwater_core::base::time::Millis;
use breakwater_core::site::config::WatchRules;
use breakwater_core::site::monitoring::{MonitorHost, StoredMonitoring};
use breakwater_core::watch::alert::outbox::RETRY_DEFAULT;
use breakwater_core::watch::alert::{AlertChannel, ChannelAddress, ChannelKind};
use breakwater_core::watch::check::PROBER;
use breakwater_core::watch::incident::{
    Incident, IncidentChange, IncidentOpening, TimelineKind, title_of,
};
use breakwater_core::watch::monitor::CheckState;
use breakwater_core::watch::severity::Severity;

use crate::{at, evidence, of_check};

fn channel(name: &str, escalate_after: Option<Millis>) -> AlertChannel {
    let address = ChannelAddress::Url("https://hooks.example/".into());
    AlertChannel {
        name: name.into(),
        kind: ChannelKind::Slack { address },
        severities: Severity::ALL.into(),
        retry: RETRY_DEFAULT,
        spacing: Millis::ZERO,
        escalate_after,
        repeat: None,
        quiet: None,
    }
}

/// Returns rules with a channel that is told at once, and one that is told an hour later.
fn rules() -> WatchRules {
    WatchRules {
        channels: vec![channel("ops", None), channel("boss", Some(Millis::from_secs(3600)))],
        incidents_url: "https://shop.example/status".into(),
        ..WatchRules::default()
    }
}

fn host(incidents: Vec<(String, String)>) -> MonitorHost {
    let stored = StoredMonitoring { incidents, ..StoredMonitoring::default() };
    let (host, unread) = MonitorHost::load(&stored, &rules(), None, at(0));
    assert_eq!(unread, Vec::<String>::new());
    host
}

/// Returns the channels of the messages about an incident, in their order.
fn queued(host: &MonitorHost, id: &str) -> Vec<String> {
    let entries = host.incident(id).into_iter().flat_map(|it| it.timeline().entries());
    let channels = entries.filter_map(|entry| {
        if let TimelineKind::AlertQueued { channel, .. } = &entry.kind {
            return Some(channel.clone());
        }
        None
    });
    channels.collect()
}

fn opening(notify: bool) -> IncidentOpening {
    IncidentOpening {
        title: "Orders are late".into(),
        severity: Severity::P2,
        components: Vec::new(),
        text: "Orders reach the printer late.".into(),
        since: None,
        resolved_at: None,
        notify,
    }
}

fn update(notify: bool) -> IncidentChange {
    IncidentChange::Update {
        state: None,
        severity: None,
        title: None,
        text: "It is the queue.".into(),
        components: Vec::new(),
        at: None,
        notify,
    }
}

#[test]
fn an_update_of_what_was_opened_silently_is_told_if_the_operator_says_so() {
    let mut host = host(Vec::new());
    let id = host.handle_opening(&rules(), &opening(false), "ana", 0, at(1));
    for (notify, told) in [(false, &[][..]), (true, &["ops"]), (true, &["ops", "ops"])] {
        host.handle_change(&rules(), &id, &update(notify), "ana", 0, at(2)).unwrap().unwrap();
        assert_eq!(queued(&host, &id), told);
    }
}

#[test]
fn a_back_fill_is_told_if_the_operator_says_so() {
    let mut host = host(Vec::new());
    for notify in [false, true] {
        let back_fill = IncidentOpening { resolved_at: Some(at(0)), ..opening(notify) };
        let id = host.handle_opening(&rules(), &back_fill, "ana", 0, at(5));
        assert_eq!(queued(&host, &id).len(), usize::from(notify));
    }
}

#[test]
fn what_a_machine_opened_is_told_again_when_it_is_reopened() {
    let first = of_check(PROBER, Severity::P1, at(0));
    let title = title_of(PROBER, CheckState::Down);
    let mut incident = Incident::open("i".into(), title, &first, evidence(), at(0));
    incident.mark_told("ops", at(0));
    incident.mark_told("boss", at(0));
    let resolve = IncidentChange::Resolve { text: None, at: None, notify: false };
    incident.apply(&resolve, "ana", at(1)).unwrap();
    let mut host = host(vec![("i".into(), incident.to_stored())]);
    let reopen = IncidentChange::Reopen { text: "It is back.".into(), notify: true };
    host.handle_change(&rules(), "i", &reopen, "ana", 0, at(2)).unwrap().unwrap();
    assert!(!host.incident("i").unwrap().is_manual());
    assert_eq!(queued(&host, "i"), ["ops", "boss"]);
}
