//! The life of a subscriber: pending, confirmed, ended.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::address::SubscriberAddress;
use super::campaign::NoticeFate;
use super::id::{Medium, SubscriberId};
use super::webhook_url::WebhookUrl;
use crate::base::stored::StoredForm;
use crate::base::time::{Millis, Timestamp};

/// The components that a subscriber may choose at most: a page has no more.
pub const SUBSCRIBED_COMPONENTS_MAX: usize = 64;
/// How long an address may be confirmed after it was asked: 24 h.
pub const CONFIRM_WITHIN: Millis = Millis::from_secs(24 * 3600);
/// E-mails that an address gets within 24 h because a stranger asked for them.
pub const MAILS_A_DAY: usize = 3;
/// Challenges that a webhook gets while it is pending.
pub const CHALLENGES_MAX: u32 = 10;
/// Deliveries that have to fail for good in a row, each after all its attempts, before a
/// subscription ends.
pub const DEAD_MAX: u32 = 3;
/// How long they have to have failed for that: seven days.
pub const FAILS_FOR: Millis = Millis::from_secs(7 * 24 * 3600);
/// How long what is left of a subscription that has ended is kept: 24 h, as long as e-mails that
/// strangers asked for are counted.
const ENDED_KEPT: Millis = Millis::from_secs(24 * 3600);

/// Where a subscriber is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Contact {
    /// By e-mail to this address.
    Email(SubscriberAddress),
    /// By a webhook at this URL.
    Webhook(WebhookUrl),
}

impl Contact {
    /// By which way that is.
    pub const fn medium(&self) -> Medium {
        match self {
            Self::Email(_) => Medium::Email,
            Self::Webhook(_) => Medium::Webhook,
        }
    }

    /// What is shown of it.
    pub fn masked(&self) -> String {
        match self {
            Self::Email(address) => address.masked(),
            Self::Webhook(url) => url.masked(),
        }
    }
}

/// Why a subscription has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// The subscriber ended it.
    Unsubscribed,
    /// The receiver said that it is gone (410).
    Gone,
    /// Deliveries failed for days.
    Failing,
}

impl EndReason {
    /// Its name in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unsubscribed => "unsubscribed",
            Self::Gone => "gone",
            Self::Failing => "failing",
        }
    }
}

/// How far a subscription is. The contact is forgotten when it ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubscriberPhase {
    /// The owner of the address has not confirmed yet.
    Pending {
        /// Where the subscriber would be told.
        contact: Contact,
        /// From when on nothing confirms it.
        until: Timestamp,
        /// What tells this time from earlier ones of the same address.
        nonce: String,
        /// Challenges that were sent.
        #[serde(default, skip_serializing_if = "is_zero")]
        challenges: u32,
    },
    /// The owner of the address wants to be told.
    Confirmed {
        /// Where the subscriber is told.
        contact: Contact,
        /// Since when.
        at: Timestamp,
        /// That of the time in which it was confirmed: a button that is pressed twice confirms
        /// once.
        nonce: String,
        /// Deliveries in a row that failed for good.
        #[serde(default, skip_serializing_if = "is_zero")]
        dead: u32,
        /// When the first of them was given up.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        failing_since: Option<Timestamp>,
    },
    /// The subscriber is told nothing any more.
    Ended {
        /// Since when.
        at: Timestamp,
        /// Why.
        why: EndReason,
    },
}

/// A subscriber.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscriber {
    id: SubscriberId,
    phase: SubscriberPhase,
    /// The components that it is told of, by name; all of them, if there is none.
    components: Vec<String>,
    /// The language in which it is told.
    locale: String,
    /// When e-mails were sent that a stranger may have asked for, at most [`MAILS_A_DAY`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    mailed: Vec<Timestamp>,
}

impl StoredForm for Subscriber {
    const VERSION: u32 = 1;
    const NAME: &'static str = "subscriber";
    const NOUN: &'static str = "subscriber";
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Subscriber {
    /// A subscriber for whom someone asks.
    pub fn asked(
        id: SubscriberId,
        contact: Contact,
        nonce: String,
        (components, locale): (Vec<String>, String),
        now: Timestamp,
    ) -> Self {
        let until = now + CONFIRM_WITHIN;
        let phase = SubscriberPhase::Pending { contact, until, nonce, challenges: 0 };
        let mut asked = Self { id, phase, components: Vec::new(), locale, mailed: Vec::new() };
        asked.set_components(components);
        asked
    }

    /// Takes that someone asks for the address again. What its owner has confirmed stays as it is,
    /// since it may be a stranger who asks.
    pub fn ask_again(
        &mut self,
        contact: Contact,
        new_nonce: String,
        (components, locale): (Vec<String>, String),
        now: Timestamp,
    ) {
        let (nonce, challenges) = match &mut self.phase {
            SubscriberPhase::Confirmed { .. } => return,
            // Each link that was sent within the time holds for as long as it says.
            SubscriberPhase::Pending { until, nonce, challenges, .. } if now < *until => {
                (core::mem::take(nonce), *challenges)
            }
            SubscriberPhase::Pending { .. } | SubscriberPhase::Ended { .. } => (new_nonce, 0),
        };
        let until = now + CONFIRM_WITHIN;
        self.phase = SubscriberPhase::Pending { contact, until, nonce, challenges };
        self.locale = locale;
        self.set_components(components);
    }

    /// Counts an e-mail that a stranger may have asked for, if the address may get one. Returns
    /// whether it may.
    pub fn try_mail(&mut self, now: Timestamp) -> bool {
        self.mailed.retain(|at| is_within_a_day(*at, now));
        let may = self.mailed.len() < MAILS_A_DAY;
        if may {
            self.mailed.push(now);
        }
        may
    }

    /// Counts a challenge, and returns its number, from 1; `None` if there is none left, or if
    /// nothing confirms it any more.
    pub fn next_challenge(&mut self, now: Timestamp) -> Option<u32> {
        match &mut self.phase {
            SubscriberPhase::Pending { until, challenges, .. }
                if now < *until && *challenges < CHALLENGES_MAX =>
            {
                *challenges += 1;
                Some(*challenges)
            }
            SubscriberPhase::Pending { .. }
            | SubscriberPhase::Confirmed { .. }
            | SubscriberPhase::Ended { .. } => None,
        }
    }

    /// Confirms the address. Returns whether it is confirmed, now or before.
    pub fn confirm(&mut self, now: Timestamp) -> bool {
        match &self.phase {
            SubscriberPhase::Confirmed { .. } => true,
            SubscriberPhase::Pending { contact, until, nonce, .. } if now < *until => {
                let (contact, nonce) = (contact.clone(), nonce.clone());
                self.phase = SubscriberPhase::Confirmed {
                    contact,
                    at: now,
                    nonce,
                    dead: 0,
                    failing_since: None,
                };
                true
            }
            SubscriberPhase::Pending { .. } | SubscriberPhase::Ended { .. } => false,
        }
    }

    /// Changes what a confirmed subscriber is told of. Returns whether it is one.
    pub fn choose(&mut self, components: Vec<String>) -> bool {
        let is_confirmed = self.is_confirmed();
        if is_confirmed {
            self.set_components(components);
        }
        is_confirmed
    }

    fn set_components(&mut self, mut components: Vec<String>) {
        components.sort_unstable();
        components.dedup();
        components.truncate(SUBSCRIBED_COMPONENTS_MAX);
        self.components = components;
    }

    /// Ends the subscription, and forgets the contact. Returns whether it had not ended.
    pub fn end(&mut self, why: EndReason, now: Timestamp) -> bool {
        if matches!(self.phase, SubscriberPhase::Ended { .. }) {
            return false;
        }
        self.phase = SubscriberPhase::Ended { at: now, why };
        self.components = Vec::new();
        true
    }

    /// Takes what became of a delivery. Returns whether anything has changed.
    pub fn handle_fate(&mut self, fate: NoticeFate, now: Timestamp) -> bool {
        if fate == NoticeFate::Gone {
            return self.end(EndReason::Gone, now);
        }
        let SubscriberPhase::Confirmed { dead, failing_since, .. } = &mut self.phase else {
            return false;
        };
        match fate {
            NoticeFate::Told => {
                let was_failing = *dead > 0;
                *dead = 0;
                *failing_since = None;
                was_failing
            }
            NoticeFate::GivenUp => {
                *dead = dead.saturating_add(1);
                let since = *failing_since.get_or_insert(now);
                if *dead >= DEAD_MAX && now.since(since) >= FAILS_FOR {
                    self.end(EndReason::Failing, now);
                }
                true
            }
            NoticeFate::Retried | NoticeFate::Gone => false,
        }
    }

    /// Whether nothing of it is needed any more: it was not confirmed in time, or it has ended, and
    /// no e-mail has to be counted.
    pub fn is_forgotten(&self, now: Timestamp) -> bool {
        match &self.phase {
            SubscriberPhase::Pending { until, .. } => {
                *until <= now && !self.mailed.iter().any(|at| is_within_a_day(*at, now))
            }
            SubscriberPhase::Confirmed { .. } => false,
            SubscriberPhase::Ended { at, .. } => now.since(*at) >= ENDED_KEPT,
        }
    }

    /// Whether it is told of what touches these components. What touches none of them by name
    /// concerns the whole site.
    pub fn wants<'a>(&self, mut touched: impl Iterator<Item = &'a str> + Clone) -> bool {
        let names_none = touched.clone().next().is_none();
        let is_chosen = |name: &str| self.components.iter().any(|chosen| chosen == name);
        self.is_confirmed() && (self.components.is_empty() || names_none || touched.any(is_chosen))
    }

    /// Pulls back what a clock that ran ahead has noted. Returns whether anything has changed.
    pub fn handle_clock(&mut self, now: Timestamp) -> bool {
        let before = self.clone();
        self.mailed.retain(|at| *at <= now);
        match &mut self.phase {
            SubscriberPhase::Pending { until, .. } => *until = (*until).min(now + CONFIRM_WITHIN),
            SubscriberPhase::Confirmed { at, failing_since, .. } => {
                *at = (*at).min(now);
                *failing_since = failing_since.map(|since| since.min(now));
            }
            SubscriberPhase::Ended { at, .. } => *at = (*at).min(now),
        }
        *self != before
    }

    /// Its id.
    pub const fn id(&self) -> &SubscriberId {
        &self.id
    }

    /// How far it is.
    pub const fn phase(&self) -> &SubscriberPhase {
        &self.phase
    }

    /// Whether its owner has confirmed it, and has not ended it.
    pub const fn is_confirmed(&self) -> bool {
        matches!(self.phase, SubscriberPhase::Confirmed { .. })
    }

    /// Where it is told, unless it has ended.
    pub const fn contact(&self) -> Option<&Contact> {
        match &self.phase {
            SubscriberPhase::Pending { contact, .. }
            | SubscriberPhase::Confirmed { contact, .. } => Some(contact),
            SubscriberPhase::Ended { .. } => None,
        }
    }

    /// What tells the time in which it was asked for from earlier ones; `None` once it has ended.
    pub fn nonce(&self) -> Option<&str> {
        match &self.phase {
            SubscriberPhase::Pending { nonce, .. } | SubscriberPhase::Confirmed { nonce, .. } => {
                Some(nonce)
            }
            SubscriberPhase::Ended { .. } => None,
        }
    }

    /// The components that it is told of, in alphabetical order; all of them, if there is none.
    pub fn components(&self) -> &[String] {
        &self.components
    }

    /// The language in which it is told.
    pub fn locale(&self) -> &str {
        &self.locale
    }
}

/// A clock that was set back would count an e-mail for as long.
fn is_within_a_day(at: Timestamp, now: Timestamp) -> bool {
    at <= now && now.since(at) < CONFIRM_WITHIN
}
