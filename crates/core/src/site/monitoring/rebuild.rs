//! Deliveries and messages that cannot be read, made again of what incidents have written down.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::MonitorHost;
use super::alerting::alert_of;
use super::effect::MonitorWrite;
use super::incidents::Incidents;
use crate::base::time::Timestamp;
use crate::site::config::WatchRules;
use crate::watch::alert::AlertKind;
use crate::watch::alert::outbox::{DeadReason, DeliveryFate, DeliveryKey, Outbox};
use crate::watch::incident::{Incident, IncidentOpening, TimelineKind};
use crate::watch::severity::Severity;

/// Who opens the incident that tells of a lost outbox.
const BY: &str = "breakwater";

/// An outbox out of the timelines of incidents. `messages` are the ids of those that are stored,
/// which are those that had not arrived everywhere.
pub(super) fn outbox<'a>(
    messages: impl Iterator<Item = &'a str>,
    incidents: &Incidents,
    now: Timestamp,
) -> Outbox {
    let mut known: Vec<(&Incident, u32, &str)> = messages
        .filter_map(|message| {
            let (incident, number) = incident_of(incidents, message)?;
            Some((incident, number, message))
        })
        .collect();
    // The messages of an incident arrive in the order of their numbers.
    known.sort_by_key(|(incident, number, _)| (incident.opened_at(), incident.id(), *number));
    let mut outbox = Outbox::default();
    for (incident, _, message) in known {
        let mut fates = fates(incident, message);
        if fates.is_empty() {
            // A long timeline has dropped it. It is better told twice than not at all.
            fates = incident.told().map(|channel| (channel, DeliveryFate::Waits)).collect();
        }
        for (channel, fate) in fates {
            let key = DeliveryKey { message: message.into(), channel: channel.into() };
            outbox.restore(key, incident.id(), fate, now);
        }
    }
    outbox
}

/// What a timeline says of a message, by channel.
fn fates<'a>(incident: &'a Incident, message: &str) -> BTreeMap<&'a str, DeliveryFate> {
    let mut fates = BTreeMap::new();
    for entry in incident.timeline().entries() {
        let (channel, of, fate) =
            if let TimelineKind::AlertQueued { channel, message } = &entry.kind {
                (channel, message, DeliveryFate::Waits)
            } else if let TimelineKind::AlertDelivered { channel, message } = &entry.kind {
                (channel, message, DeliveryFate::Delivered)
            } else if let TimelineKind::AlertDead { channel, message, error } = &entry.kind {
                let reason = DeadReason::ALL.into_iter().find(|it| it.as_str() == error);
                (channel, message, DeliveryFate::Dead(reason.unwrap_or(DeadReason::Refused)))
            } else {
                continue;
            };
        if of == message {
            fates.insert(&**channel, fate);
        }
    }
    fates
}

/// The incident of a message, and the message's number.
fn incident_of<'a>(incidents: &'a Incidents, message: &str) -> Option<(&'a Incident, u32)> {
    let (incident, number) = message.rsplit_once('-')?;
    Some((incidents.get(incident)?, number.parse().ok()?))
}

impl MonitorHost {
    /// Makes the messages again that deliveries need and that could not be read, and deletes those
    /// that none needs.
    pub(super) fn rebuild_alerts(
        &mut self,
        rules: &WatchRules,
        stored: &[(String, String)],
        now: Timestamp,
    ) {
        let pending = self.outbox.pending().map(|it| &it.key);
        let keys = pending.chain(self.outbox.dead_letters().map(|it| &it.delivery.key));
        let missing = keys.filter(|key| !self.alerts.contains_key(&key.message));
        let mut needed: BTreeMap<&str, &str> = BTreeMap::new();
        for key in missing {
            needed.entry(&key.message).or_insert(&key.channel);
        }
        let mut rebuilt = Vec::new();
        for (message, channel) in &needed {
            let Some((incident, number)) = incident_of(&self.incidents, message) else { continue };
            let kind = kind_of(incident, number, channel);
            rebuilt.push((String::from(*message), alert_of(rules, incident, kind, now)));
        }
        let needed: BTreeSet<String> = needed.into_keys().map(String::from).collect();
        for (message, alert) in rebuilt {
            self.keep_alert(message, alert);
        }
        for (id, _) in stored {
            let is_unread = !self.alerts.contains_key(id) && !needed.contains(id);
            if is_unread && incident_of(&self.incidents, id).is_some() {
                self.writes.push_back(MonitorWrite::ForgetAlert { id: id.clone() });
            }
        }
        self.forget_alerts();
    }

    /// Writes an incident down that says what became of the outbox, and tells people of it.
    pub(super) fn tell_of_lost_outbox(&mut self, now: Timestamp) {
        let waiting = self.outbox.pending().count();
        let opening = IncidentOpening {
            title: "The messages that waited could not be read".into(),
            severity: Severity::P2,
            components: Vec::new(),
            text: format!(
                "The stored outbox is damaged, or another version of Breakwater wrote it. It is \
                 kept as outbox-unread. Of the messages about incidents, {waiting} wait again, as \
                 the incidents' timelines have them; some may arrive twice. Tests of channels are \
                 lost."
            ),
            since: Some(now),
            resolved_at: Some(now),
            notify: true,
        };
        self.incidents.open_own(&opening, BY, now);
    }
}

/// What a message of this number was about, as far as that can be told from the others.
fn kind_of(incident: &Incident, number: u32, channel: &str) -> AlertKind {
    let was_told = incident.timeline().entries().iter().any(|entry| {
        let TimelineKind::AlertQueued { channel: to, message } = &entry.kind else { return false };
        let (_, of) = message.rsplit_once('-').unwrap_or_default();
        to == channel && of.parse().is_ok_and(|of: u32| of < number)
    });
    match (was_told, incident.is_open()) {
        (false, _) => AlertKind::Opened,
        (true, false) if number == incident.messages() => AlertKind::Resolved,
        (true, _) => AlertKind::Updated,
    }
}
