//! Webhooks to subscribers, signed after Standard Webhooks 1.0.0.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::words::{text, title};
use super::{NoticeContent, NoticeSender, Recipient, SubscriptionLinks, titled};
use crate::base::rfc3339::Rfc3339;
use crate::base::time::{Millis, Timestamp};
use crate::site::status::subscribe::SubscriptionTexts;
use crate::site::status::{ComponentState, PublicIncident, PublicMaintenance, PublicUpdate};
use crate::watch::alert::{HttpAlert, signed_request};
use crate::watch::incident::IncidentState;
use crate::watch::subscription::{
    SubscriberId, SubscriptionKey, SubscriptionToken, WebhookSecret, WebhookUrl,
};

/// How long a receiver may take to answer a challenge: 15 s, the least that Standard Webhooks wants
/// a sender to wait. A person waits for it.
pub const CHALLENGE_WITHIN: Millis = Millis::from_secs(15);

#[derive(Serialize)]
struct Message<D> {
    r#type: &'static str,
    timestamp: Rfc3339,
    data: D,
}

#[derive(Serialize)]
struct PageData<'a> {
    name: &'a str,
    url: &'a str,
}

#[derive(Serialize)]
struct NoticeData<'a, T> {
    page: PageData<'a>,
    #[serde(flatten)]
    subject: T,
    manage_url: String,
}

#[derive(Serialize)]
struct OfIncident<'a> {
    incident: IncidentData<'a>,
}

#[derive(Serialize)]
struct OfMaintenance<'a> {
    maintenance: MaintenanceData<'a>,
}

/// An incident in the words of Statuspage's API, with the update that is told.
#[derive(Serialize)]
struct IncidentData<'a> {
    id: &'a str,
    name: String,
    status: &'static str,
    impact: &'static str,
    started_at: Rfc3339,
    created_at: Rfc3339,
    updated_at: Rfc3339,
    #[serde(skip_serializing_if = "Option::is_none")]
    resolved_at: Option<Rfc3339>,
    shortlink: String,
    components: Vec<ComponentData<'a>>,
    incident_updates: [UpdateData<'a>; 1],
}

#[derive(Serialize)]
struct ComponentData<'a> {
    id: &'a str,
    name: &'a str,
    status: &'static str,
}

#[derive(Serialize)]
struct UpdateData<'a> {
    id: u32,
    status: &'static str,
    body: &'a str,
    created_at: Rfc3339,
}

#[derive(Serialize)]
struct MaintenanceData<'a> {
    id: &'a str,
    body: &'a str,
    scheduled_for: Rfc3339,
    scheduled_until: Rfc3339,
    whole_site: bool,
}

#[derive(Serialize)]
struct ChallengeData<'a> {
    challenge: &'a str,
}

/// The request to a recipient.
pub(super) fn message(
    content: &NoticeContent,
    sender: &NoticeSender<'_>,
    to: &Recipient,
    url: &WebhookUrl,
    now: Timestamp,
) -> Option<HttpAlert> {
    let secret = to.secret.as_ref()?;
    let texts = SubscriptionTexts::of(to.subscriber.locale());
    let links = SubscriptionLinks::new(sender.place.url, to.subscriber.id(), &to.manage);
    let page = PageData { name: sender.place.site_name, url: sender.place.url };
    let manage_url = links.manage();
    let body = match content {
        // A webhook is confirmed by a challenge.
        NoticeContent::Asked => return None,
        NoticeContent::Incident { .. } => {
            let (incident, update) = content.update()?;
            let subject = OfIncident { incident: of_incident(texts, sender, incident, update) };
            written(kind(incident, update), NoticeData { page, subject, manage_url }, update.at)
        }
        NoticeContent::Maintenance(maintenance) => {
            let subject = OfMaintenance { maintenance: of_maintenance(texts, maintenance) };
            let data = NoticeData { page, subject, manage_url };
            written("maintenance.scheduled", data, now)
        }
    };
    signed_request(url.as_str(), &to.message, body, secret.as_str(), now)
}

/// Texts and lists of texts always have a JSON form.
fn written(kind: &'static str, data: impl Serialize, at: Timestamp) -> String {
    let message = Message { r#type: kind, timestamp: Rfc3339(at), data };
    serde_json::to_string(&message).unwrap_or_default()
}

/// The first update opens an incident, and one with which it is over ends it.
fn kind(incident: &PublicIncident, update: &PublicUpdate) -> &'static str {
    match update.state {
        IncidentState::Resolved | IncidentState::Postmortem => "incident.resolved",
        IncidentState::Investigating | IncidentState::Identified | IncidentState::Monitoring => {
            let is_first = incident.updates.iter().all(|other| other.number >= update.number);
            if is_first { "incident.opened" } else { "incident.updated" }
        }
    }
}

fn of_incident<'a>(
    texts: &SubscriptionTexts,
    sender: &NoticeSender<'a>,
    incident: &'a PublicIncident,
    update: &'a PublicUpdate,
) -> IncidentData<'a> {
    let component = |it: &'a crate::watch::incident::ComponentImpact| ComponentData {
        id: &it.name,
        name: titled(sender.components, &it.name),
        status: ComponentState::from(it.impact).as_statuspage(),
    };
    IncidentData {
        id: &incident.id,
        name: title(texts, sender, incident),
        status: update.state.as_str(),
        impact: incident.impact.as_str(),
        started_at: Rfc3339(incident.since),
        created_at: Rfc3339(incident.opened_at),
        updated_at: Rfc3339(incident.updated_at),
        resolved_at: incident.resolved_at.map(Rfc3339),
        shortlink: [sender.place.url, "/incidents/", &incident.id].concat(),
        components: incident.components.iter().map(component).collect(),
        incident_updates: [UpdateData {
            id: update.number,
            status: update.state.as_str(),
            body: text(texts, update),
            created_at: Rfc3339(update.at),
        }],
    }
}

fn of_maintenance<'a>(
    texts: &SubscriptionTexts,
    maintenance: &'a PublicMaintenance,
) -> MaintenanceData<'a> {
    MaintenanceData {
        id: &maintenance.id,
        body: maintenance.message.as_deref().unwrap_or(texts.mail.maintenance_lead),
        scheduled_for: Rfc3339(maintenance.start),
        scheduled_until: Rfc3339(maintenance.end),
        whole_site: maintenance.is_whole_site,
    }
}

/// A challenge, by which the receiver of a webhook shows that it wants to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// Whose webhook it is.
    pub id: SubscriberId,
    /// Which attempt it is, from 1.
    pub attempt: u32,
    /// The request.
    pub request: HttpAlert,
}

/// How a receiver answered a challenge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChallengeAnswer<'a> {
    /// The status.
    pub status: u16,
    /// The beginning of the body, a KiB of which is enough.
    pub body: &'a [u8],
}

#[derive(Deserialize)]
struct Repeated {
    challenge: String,
}

impl Challenge {
    /// The challenge of an attempt; `None` if the secret signs nothing, which none of ours does.
    pub fn new(
        key: &SubscriptionKey,
        id: &SubscriberId,
        url: &WebhookUrl,
        attempt: u32,
        now: Timestamp,
    ) -> Option<Self> {
        let (secret, challenge): (WebhookSecret, SubscriptionToken) =
            (key.webhook_secret(id), key.challenge(id, attempt));
        let data = ChallengeData { challenge: challenge.as_str() };
        let body = written("subscription.confirm", data, now);
        let message = alloc::format!("confirm-{}-{attempt}", id.as_str());
        let request = signed_request(url.as_str(), &message, body, secret.as_str(), now)?;
        Some(Self { id: id.clone(), attempt, request })
    }
}

impl ChallengeAnswer<'_> {
    /// Whether the receiver repeats the challenge of this attempt.
    pub fn is_right(&self, key: &SubscriptionKey, id: &SubscriberId, attempt: u32) -> bool {
        let repeated: Option<Repeated> = serde_json::from_slice(self.body).ok();
        (200..=299).contains(&self.status)
            && repeated.is_some_and(|it| key.is_challenge(id, attempt, &it.challenge))
    }
}
