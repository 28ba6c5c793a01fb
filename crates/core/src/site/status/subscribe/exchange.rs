//! What the monitor is asked about subscriptions, and what it says.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::base::time::{Millis, Timestamp};
use crate::watch::subscription::{Contact, SubscriberId, SubscriptionToken, WebhookSecret};

/// Someone asks for status updates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscribeAsk {
    /// Where they are to be sent.
    pub contact: Contact,
    /// Of which components, by name; of all, if there is none.
    pub components: Vec<String>,
    /// In which language.
    pub locale: String,
    /// The IP address of the one who asks, which is not stored.
    pub client: String,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubscribeReply {
    /// The address gets an e-mail, unless it got too many. It is the same for each address, so that
    /// it does not tell whether that is subscribed.
    Asked,
    /// A webhook waits to be confirmed.
    Webhook(WebhookAsked),
    /// There is too much of it now.
    Busy(Millis),
    /// This way is not offered.
    Off,
}

/// A webhook that waits to be confirmed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookAsked {
    /// The subscriber.
    pub id: SubscriberId,
    /// What signs messages. It is told this once.
    pub secret: WebhookSecret,
    /// What sends the challenge.
    pub confirm: SubscriptionToken,
    /// What changes and ends the subscription.
    pub manage: SubscriptionToken,
    /// From when on nothing confirms it.
    pub until: Timestamp,
}

/// A subscription, as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscriptionView {
    /// The subscriber.
    pub id: SubscriberId,
    /// Where updates are sent, as far as a page shows that.
    pub contact: String,
    /// Of which components, by name; of all, if there is none.
    pub components: Vec<String>,
    /// What changes and ends the subscription.
    pub manage: SubscriptionToken,
}

/// What came of a confirmation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfirmReply {
    /// The address is confirmed.
    Confirmed(SubscriptionView),
    /// The token is not valid, or not any more.
    Expired,
    /// The receiver of a webhook has not answered the challenge.
    Unanswered {
        /// Attempts that are left.
        left: u32,
        /// What sends the next challenge.
        confirm: SubscriptionToken,
    },
    /// There is too much of it now.
    Busy(Millis),
}
