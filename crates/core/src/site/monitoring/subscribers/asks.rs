//! What subscribers ask: to be told, to confirm that, to change it, and to end it.
//!
//! The shell reads the record that a request is about, and hands over the event in the same breath.
//! Limits are looked at before the record, so that what a stranger is told does not depend on it.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use crate::base::client::Client;
use crate::base::stored::StoredForm as _;
use crate::base::time::{Millis, Timestamp};
use crate::site::budget::CALL;
use crate::site::config::WatchRules;
use crate::site::monitoring::MonitorHost;
use crate::site::status::notice::{Challenge, ChallengeAnswer};
use crate::site::status::subscribe::{
    ConfirmReply, SubscribeAsk, SubscribeReply, SubscriptionView, WebhookAsked,
};
use crate::watch::subscription::{
    CHALLENGES_MAX, CONFIRM_WITHIN, ConfirmToken, Contact, EndReason, Entropy, Medium, PENDING_MAX,
    SUBSCRIBERS_MAX, Subscriber, SubscriberId, SubscriberPhase, WEBHOOKS_MAX,
};

/// How long one is to wait where there is no room, in milliseconds: an hour.
const FULL_WAIT: Millis = Millis::from_secs(3600);

/// What a confirmation needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfirmStep {
    /// Nothing more.
    Done(ConfirmReply),
    /// The receiver's answer to a challenge, which
    /// [`MonitorHost::handle_challenged`](super::super::MonitorHost::handle_challenged) takes.
    Challenge(Box<Challenge>),
}

impl MonitorHost {
    /// The id of an e-mail address, under which its subscriber is stored if it is one. It is `None`
    /// for webhooks, of which each is another subscriber, and where no one has ever subscribed.
    pub fn subscriber_at(&self, contact: &Contact) -> Option<SubscriberId> {
        let key = self.subscribers.key.as_ref()?;
        let is_email = contact.medium() == Medium::Email;
        is_email.then(|| key.id_of(contact, Entropy([0; _])))
    }

    /// Takes that someone asks to be told. `known` is what is stored of the address
    /// ([`subscriber_at`](Self::subscriber_at)).
    pub fn handle_subscribe(
        &mut self,
        rules: &WatchRules,
        ask: SubscribeAsk,
        known: Option<&str>,
        (entropy, random): (Entropy, u32),
        now: Timestamp,
    ) -> SubscribeReply {
        self.spending.spend(CALL, now);
        let reply = self.subscribe(rules, ask, known, entropy, now);
        self.settle(rules, random, now);
        reply
    }

    fn subscribe(
        &mut self,
        rules: &WatchRules,
        ask: SubscribeAsk,
        known: Option<&str>,
        entropy: Entropy,
        now: Timestamp,
    ) -> SubscribeReply {
        let medium = ask.contact.medium();
        let Some(offered) = &rules.status.subscriptions else { return SubscribeReply::Off };
        if !offered.offers(medium) {
            return SubscribeReply::Off;
        }
        let subscribers = &mut self.subscribers;
        if let Err(wait) = subscribers.clients.try_admit(Client::of(&ask.client), now) {
            return SubscribeReply::Busy(wait);
        }
        if let Err(wait) = subscribers.book.strangers.check(now) {
            return SubscribeReply::Busy(wait);
        }
        let is_out_of_mail = medium == Medium::Email
            && subscribers.book.emails.left(offered.emails_a_month, now) == 0;
        if is_out_of_mail || self.is_full(medium) {
            return SubscribeReply::Busy(FULL_WAIT);
        }
        let key = self.subscribers.key_or_new(entropy, &mut self.writes);
        let id = key.id_of(&ask.contact, entropy);
        let nonce = key.nonce(entropy);
        let wish = (ask.components, ask.locale);
        self.subscribers.book_has_changed = true;
        if medium == Medium::Webhook {
            self.subscribers.book.strangers.count(now);
            let asked = Subscriber::asked(id.clone(), ask.contact, nonce.clone(), wish, now);
            self.save_subscriber(None, &asked);
            let until = now + CONFIRM_WITHIN;
            return SubscribeReply::Webhook(WebhookAsked {
                secret: key.webhook_secret(&id),
                confirm: key.confirm_token(&id, &nonce, until),
                manage: key.manage_token(&id),
                id,
                until,
            });
        }
        let before = match known.map(Subscriber::from_stored) {
            None => None,
            Some(Ok(before)) => Some(before),
            // Another version wrote it, and it is left to that.
            Some(Err(_)) => return SubscribeReply::Asked,
        };
        let mut subscriber = match &before {
            Some(before) => {
                let mut again = before.clone();
                again.ask_again(ask.contact, nonce, wish, now);
                again
            }
            None => Subscriber::asked(id.clone(), ask.contact, nonce, wish, now),
        };
        if subscriber.try_mail(now) {
            self.subscribers.book.strangers.count(now);
            self.subscribers.book.owe(id, now);
        }
        self.save_subscriber(before.as_ref(), &subscriber);
        SubscribeReply::Asked
    }

    /// Whether there is no room for another one, whichever address it has.
    fn is_full(&self, medium: Medium) -> bool {
        let counts = &self.subscribers.book.counts;
        counts.pending >= PENDING_MAX
            || counts.confirmed >= SUBSCRIBERS_MAX
            || (medium == Medium::Webhook && counts.webhooks >= WEBHOOKS_MAX)
    }

    /// Takes that a link is confirmed. `known` is what is stored of the subscriber that its token
    /// names ([`ConfirmToken::read`]).
    pub fn handle_confirm(
        &mut self,
        rules: &WatchRules,
        token: &str,
        known: Option<&str>,
        random: u32,
        now: Timestamp,
    ) -> ConfirmStep {
        self.spending.spend(CALL, now);
        let step = self.confirm(token, known, now);
        self.settle(rules, random, now);
        step
    }

    fn confirm(&mut self, token: &str, known: Option<&str>, now: Timestamp) -> ConfirmStep {
        let expired = ConfirmStep::Done(ConfirmReply::Expired);
        let Some(before) = self.confirmable(token, known, now) else { return expired };
        let mut subscriber = before.clone();
        let Some(contact) = subscriber.contact().cloned() else { return expired };
        if subscriber.is_confirmed() {
            return self.confirmed(&subscriber);
        }
        if self.subscribers.book.counts.confirmed >= SUBSCRIBERS_MAX {
            return ConfirmStep::Done(ConfirmReply::Busy(FULL_WAIT));
        }
        match contact {
            Contact::Email(_) => {
                subscriber.confirm(now);
                self.save_subscriber(Some(&before), &subscriber);
                self.confirmed(&subscriber)
            }
            Contact::Webhook(url) => {
                if let Err(wait) = self.subscribers.book.strangers.check(now) {
                    return ConfirmStep::Done(ConfirmReply::Busy(wait));
                }
                let Some(attempt) = subscriber.next_challenge(now) else { return expired };
                self.subscribers.book.strangers.count(now);
                self.save_subscriber(Some(&before), &subscriber);
                let Some(key) = &self.subscribers.key else { return expired };
                match Challenge::new(key, subscriber.id(), &url, attempt, now) {
                    Some(challenge) => ConfirmStep::Challenge(Box::new(challenge)),
                    None => expired,
                }
            }
        }
    }

    /// The subscriber whom a token confirms.
    fn confirmable(&self, token: &str, known: Option<&str>, now: Timestamp) -> Option<Subscriber> {
        let (key, token) = (self.subscribers.key.as_ref()?, ConfirmToken::read(token)?);
        let subscriber = Subscriber::from_stored(known?).ok()?;
        let is_right = *subscriber.id() == token.id
            && now < token.expires
            && key.is_confirm_token(&token, subscriber.nonce()?);
        let is_in_time = match subscriber.phase() {
            SubscriberPhase::Pending { until, .. } => now < *until,
            SubscriberPhase::Confirmed { .. } => true,
            SubscriberPhase::Ended { .. } => false,
        };
        (is_right && is_in_time).then_some(subscriber)
    }

    fn confirmed(&self, subscriber: &Subscriber) -> ConfirmStep {
        let reply = self.view(subscriber).map(ConfirmReply::Confirmed);
        ConfirmStep::Done(reply.unwrap_or(ConfirmReply::Expired))
    }

    /// Takes how a receiver answered a challenge; `None` if it did not. `known` is what is stored
    /// of the subscriber by now.
    pub fn handle_challenged(
        &mut self,
        rules: &WatchRules,
        (id, attempt): (&SubscriberId, u32),
        answer: Option<ChallengeAnswer<'_>>,
        known: Option<&str>,
        random: u32,
        now: Timestamp,
    ) -> ConfirmReply {
        let reply = self.challenged(id, attempt, answer, known, now);
        self.settle(rules, random, now);
        reply.unwrap_or(ConfirmReply::Expired)
    }

    fn challenged(
        &mut self,
        id: &SubscriberId,
        attempt: u32,
        answer: Option<ChallengeAnswer<'_>>,
        known: Option<&str>,
        now: Timestamp,
    ) -> Option<ConfirmReply> {
        let key = self.subscribers.key.clone()?;
        let before = Subscriber::from_stored(known?).ok().filter(|it| it.id() == id)?;
        let mut subscriber = before.clone();
        let is_right = answer.is_some_and(|answer| answer.is_right(&key, id, attempt));
        if is_right && subscriber.confirm(now) {
            self.save_subscriber(Some(&before), &subscriber);
            return self.view(&subscriber).map(ConfirmReply::Confirmed);
        }
        let SubscriberPhase::Pending { until, nonce, challenges, .. } = before.phase() else {
            return None;
        };
        let confirm = key.confirm_token(id, nonce, *until);
        Some(ConfirmReply::Unanswered { left: CHALLENGES_MAX.saturating_sub(*challenges), confirm })
    }

    /// What a link shows that would confirm an address.
    pub fn show_confirm(
        &self,
        token: &str,
        known: Option<&str>,
        now: Timestamp,
    ) -> Option<SubscriptionView> {
        self.view(&self.confirmable(token, known, now)?)
    }

    /// What a subscriber's own link shows.
    pub fn show_subscription(
        &self,
        id: &SubscriberId,
        token: &str,
        known: Option<&str>,
    ) -> Option<SubscriptionView> {
        if !self.opens(id, token) {
            return None;
        }
        self.view(&Subscriber::from_stored(known?).ok()?)
    }

    fn opens(&self, id: &SubscriberId, token: &str) -> bool {
        self.subscribers.key.as_ref().is_some_and(|key| key.is_manage_token(id, token))
    }

    fn view(&self, subscriber: &Subscriber) -> Option<SubscriptionView> {
        let key = self.subscribers.key.as_ref()?;
        Some(SubscriptionView {
            id: subscriber.id().clone(),
            contact: subscriber.contact()?.masked(),
            components: subscriber.components().to_vec(),
            manage: key.manage_token(subscriber.id()),
        })
    }

    /// Changes what a subscriber is told of. Returns what its link shows then; `None` if the token
    /// is not right, or if there is no such subscriber.
    pub fn handle_choice(
        &mut self,
        rules: &WatchRules,
        (id, token): (&SubscriberId, &str),
        components: Vec<String>,
        known: Option<&str>,
        random: u32,
        now: Timestamp,
    ) -> Option<SubscriptionView> {
        self.spending.spend(CALL, now);
        let before = self.opens(id, token).then(|| Subscriber::from_stored(known?).ok()).flatten();
        let chosen = before.and_then(|before| {
            let mut subscriber = before.clone();
            subscriber.choose(components).then(|| {
                self.save_subscriber(Some(&before), &subscriber);
                self.view(&subscriber)
            })?
        });
        self.settle(rules, random, now);
        chosen
    }

    /// Ends a subscription. Returns whether the token is right: of one that has ended before, it is
    /// too.
    pub fn handle_unsubscribe(
        &mut self,
        rules: &WatchRules,
        (id, token): (&SubscriberId, &str),
        known: Option<&str>,
        random: u32,
        now: Timestamp,
    ) -> bool {
        self.spending.spend(CALL, now);
        let is_right = self.opens(id, token);
        let known = known.filter(|_| is_right).map(Subscriber::from_stored);
        if let Some(Ok(before)) = known {
            let mut subscriber = before.clone();
            if subscriber.end(EndReason::Unsubscribed, now) {
                self.save_subscriber(Some(&before), &subscriber);
            }
        }
        self.settle(rules, random, now);
        is_right
    }

    /// Deletes all that is stored of a subscriber, also where it cannot be read: who asks to be
    /// forgotten is. Returns whether there was anything.
    pub fn handle_forget(
        &mut self,
        rules: &WatchRules,
        id: &SubscriberId,
        known: Option<&str>,
        random: u32,
        now: Timestamp,
    ) -> bool {
        self.spending.spend(CALL, now);
        match known.map(Subscriber::from_stored) {
            Some(Ok(subscriber)) => self.forget_subscriber(&subscriber),
            Some(Err(_)) => self.forget_unread(id),
            None => {}
        }
        self.settle(rules, random, now);
        known.is_some()
    }
}
