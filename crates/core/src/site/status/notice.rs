//! What subscribers are sent: e-mails and webhooks, made of what strangers may read and of nothing
//! else.

mod mail;
mod webhook;
mod words;

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;

pub use webhook::{CHALLENGE_WITHIN, Challenge, ChallengeAnswer};

use super::{PublicIncident, PublicMaintenance, PublicUpdate, StatusPlace};
use crate::base::time::Timestamp;
use crate::watch::alert::PreparedAlert;
use crate::watch::component::PublishedComponent;
use crate::watch::subscription::{
    Contact, Subscriber, SubscriberId, SubscriptionToken, WebhookSecret,
};

/// What subscribers are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoticeContent {
    /// That someone has asked for their address.
    Asked,
    /// An update of an incident.
    Incident {
        /// The incident.
        incident: Box<PublicIncident>,
        /// The number of the update.
        number: u32,
    },
    /// Maintenance that is planned.
    Maintenance(Box<PublicMaintenance>),
}

/// Who is told, with what the message needs of the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// The subscriber.
    pub subscriber: Subscriber,
    /// The id of the message, the same at each attempt.
    pub message: String,
    /// What changes and ends the subscription.
    pub manage: SubscriptionToken,
    /// What confirms it, while it is pending.
    pub confirm: Option<SubscriptionToken>,
    /// What signs messages, where the subscriber has a webhook.
    pub secret: Option<WebhookSecret>,
}

/// Who tells them.
#[derive(Clone, Copy, Debug)]
pub struct NoticeSender<'a> {
    /// Where the public status is served.
    pub place: StatusPlace<'a>,
    /// The components of the site file.
    pub components: &'a [PublishedComponent],
    /// The address that e-mails come from.
    pub email_from: Option<&'a str>,
}

impl NoticeContent {
    /// Makes the message for a recipient. It is `None` if there is none for it: the subscription
    /// has ended, its way is not offered any more, or there is no such update.
    pub fn prepare(
        &self,
        sender: &NoticeSender<'_>,
        to: &Recipient,
        now: Timestamp,
    ) -> Option<PreparedAlert> {
        match to.subscriber.contact()? {
            Contact::Email(address) => {
                let email = mail::message(self, sender, to, address)?;
                Some(PreparedAlert::Email(email))
            }
            Contact::Webhook(url) => {
                let request = webhook::message(self, sender, to, url, now)?;
                Some(PreparedAlert::Http(request))
            }
        }
    }

    /// The names of the components that are concerned, all of the site if there is none.
    pub fn touched(&self) -> impl Iterator<Item = &str> + Clone {
        let incident = match self {
            Self::Incident { incident, .. } => Some(incident),
            Self::Asked | Self::Maintenance(_) => None,
        };
        incident.into_iter().flat_map(|incident| &incident.components).map(|it| &*it.name)
    }

    /// The update that is told, with its incident.
    fn update(&self) -> Option<(&PublicIncident, &PublicUpdate)> {
        match self {
            Self::Incident { incident, number } => {
                let update = incident.updates.iter().find(|update| update.number == *number)?;
                Some((incident, update))
            }
            Self::Asked | Self::Maintenance(_) => None,
        }
    }
}

/// The addresses of a subscription, below that of the public status.
pub struct SubscriptionLinks<'a> {
    base: &'a str,
    id: &'a SubscriberId,
    token: &'a SubscriptionToken,
}

impl<'a> SubscriptionLinks<'a> {
    /// Those below `base`: an absolute address in messages, and a path in pages.
    pub const fn new(base: &'a str, id: &'a SubscriberId, token: &'a SubscriptionToken) -> Self {
        Self { base, id, token }
    }

    /// Where the subscription is changed.
    pub fn manage(&self) -> String {
        format!("{}/subscriptions/{}?token={}", self.base, self.id.as_str(), self.token.as_str())
    }

    /// Where it is ended by one `POST` (RFC 8058).
    pub fn unsubscribe(&self) -> String {
        let (id, token) = (self.id.as_str(), self.token.as_str());
        format!("{}/subscriptions/{id}/unsubscribe?token={token}", self.base)
    }
}

/// Where an address is confirmed, below `base`.
pub fn confirm_link(base: &str, token: &SubscriptionToken) -> String {
    format!("{base}/subscriptions/confirm?token={}", token.as_str())
}

/// The title of a component of this name; the name itself, if the site file has none.
fn titled<'a>(components: &'a [PublishedComponent], name: &'a str) -> &'a str {
    components.iter().find(|it| it.name == name).map_or(name, |component| &component.title)
}
