//! Messages that go out together, and how they ended.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use super::{BATCH_PAUSE, BATCH_TAKES, InFlight, SubscriberReading};
use crate::base::budget::Draw;
use crate::base::time::{Millis, Timestamp};
use crate::site::budget::NOTICE;
use crate::site::config::WatchRules;
use crate::site::monitoring::MonitorHost;
use crate::site::monitoring::effect::MonitorTask;
use crate::site::monitoring::spending::Asking;
use crate::site::status::notice::{NoticeContent, Recipient};
use crate::watch::alert::outbox::{DeliveryEnd, DeliveryError, EmailError};
use crate::watch::subscription::{
    BATCH_MAX, EmailCount, Medium, NoticeFate, Subscriber, SubscriberId, SubscriberPhase,
};

/// How long no e-mails are sent after a limit of the platform was reached that it does not say the
/// end of, in milliseconds: a minute.
const LIMIT_WAIT: Millis = Millis::from_secs(60);

/// What goes out one batch after another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeLane {
    /// What someone has asked for.
    Asked,
    /// Updates by e-mail.
    Email,
    /// Updates by webhooks.
    Webhook,
}

impl NoticeLane {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Asked, Self::Email, Self::Webhook];

    /// The lane of updates by this medium.
    pub(super) const fn of(medium: Medium) -> Self {
        match medium {
            Medium::Email => Self::Email,
            Medium::Webhook => Self::Webhook,
        }
    }

    /// What its messages are sent by.
    pub(super) const fn medium(self) -> Medium {
        match self {
            Self::Asked | Self::Email => Medium::Email,
            Self::Webhook => Medium::Webhook,
        }
    }
}

/// The part of a campaign that a batch is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CampaignPart {
    pub(super) campaign: String,
    /// The last id that was read, and whether there is none behind it; `None` for those who are
    /// told again.
    pub(super) page: Option<(String, bool)>,
}

/// Messages that go out together. The shell sends each, and says how each ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeBatch {
    pub(super) number: u32,
    pub(super) lane: NoticeLane,
    pub(super) part: Option<CampaignPart>,
    /// What is told.
    pub content: NoticeContent,
    /// Who is told.
    pub recipients: Vec<Recipient>,
}

impl MonitorHost {
    /// How many messages a lane may send now: none if the month's e-mails are used up.
    pub(super) fn room(&mut self, rules: &WatchRules, lane: NoticeLane, now: Timestamp) -> usize {
        if lane.medium() == Medium::Webhook {
            return BATCH_MAX;
        }
        let a_month = rules.status.subscriptions.as_ref().map_or(0, |it| it.emails_a_month);
        let left = self.subscribers.book.emails.left(a_month, now);
        if left == 0 {
            self.spending.hold_notices(now);
            self.subscribers.lane_mut(lane).not_before = EmailCount::next_day(now);
        }
        BATCH_MAX.min(left as usize)
    }

    /// Begins to send. Returns whether it does: the budget may hold it back.
    pub(super) fn begin_batch(
        &mut self,
        lane: NoticeLane,
        part: Option<CampaignPart>,
        content: NoticeContent,
        recipients: Vec<Recipient>,
        now: Timestamp,
    ) -> bool {
        let count = u32::try_from(recipients.len()).unwrap_or(u32::MAX);
        if let Draw::Held(until) = self.spending.draw(Asking::Notice, NOTICE.times(count), now) {
            self.subscribers.lane_mut(lane).not_before = until;
            return false;
        }
        let subscribers = &mut self.subscribers;
        if lane.medium() == Medium::Email {
            subscribers.book.emails.count(count, now);
            subscribers.book_has_changed = true;
        }
        subscribers.batches = subscribers.batches.wrapping_add(1);
        let number = subscribers.batches;
        let lane_state = subscribers.lane_mut(lane);
        lane_state.in_flight = Some(InFlight { number, until: now + BATCH_TAKES });
        lane_state.not_before = now + BATCH_PAUSE;
        let batch = NoticeBatch { number, lane, part, content, recipients };
        self.work.push_back(MonitorTask::Notify(Box::new(batch)));
        true
    }

    /// Takes how the messages of a batch ended, in the order of its recipients.
    pub fn handle_notified(
        &mut self,
        rules: &WatchRules,
        batch: &NoticeBatch,
        ends: &[DeliveryEnd],
        random: u32,
        now: Timestamp,
    ) {
        let lane = self.subscribers.lane_mut(batch.lane);
        // The end of a batch that was given up says nothing of the one under way.
        if lane.in_flight.as_ref().is_some_and(|it| it.number == batch.number) {
            lane.in_flight = None;
            if let Some(wait) = ends.iter().filter_map(limit_wait).max() {
                lane.not_before = lane.not_before.max(now + wait);
            }
            match &batch.part {
                None => self.end_asked(batch, ends, now),
                Some(part) => self.end_part(batch, part, ends, random, now),
            }
        }
        self.settle(rules, random, now);
    }

    fn end_asked(&mut self, batch: &NoticeBatch, ends: &[DeliveryEnd], now: Timestamp) {
        let book = &mut self.subscribers.book;
        for (recipient, end) in batch.recipients.iter().zip(ends) {
            let id = recipient.subscriber.id();
            match end {
                DeliveryEnd::Failed { .. } => book.fail_owed(id, now),
                DeliveryEnd::Delivered | DeliveryEnd::Gone | DeliveryEnd::Refused { .. } => {
                    book.settle_owed(id);
                }
            }
        }
        self.subscribers.book_has_changed = true;
    }

    fn end_part(
        &mut self,
        batch: &NoticeBatch,
        part: &CampaignPart,
        ends: &[DeliveryEnd],
        random: u32,
        now: Timestamp,
    ) {
        let Some(campaign) = self.subscribers.campaign_mut(&part.campaign) else { return };
        let mut fates = Vec::new();
        for (recipient, end) in batch.recipients.iter().zip(ends) {
            let subscriber = &recipient.subscriber;
            let fate = campaign.handle_end(subscriber.id(), end, random, now);
            if is_noted(subscriber, fate) {
                fates.push((subscriber.id().clone(), fate));
            }
        }
        if let Some((after, is_last)) = &part.page {
            campaign.handle_page(batch.lane.medium(), after.clone(), *is_last);
        }
        self.subscribers.fates.append(&mut fates);
    }

    /// Stores what became of messages in the records of subscribers, as those are now.
    pub(super) fn apply_fates(
        &mut self,
        fates: &[(SubscriberId, NoticeFate)],
        subscribers: &[Subscriber],
        now: Timestamp,
    ) {
        for (id, fate) in fates {
            let Some(before) = subscribers.iter().find(|it| it.id() == id) else { continue };
            let mut after = before.clone();
            if after.handle_fate(*fate, now) {
                self.save_subscriber(Some(before), &after);
            }
        }
    }

    /// Takes the fates that have to be stored.
    pub(super) fn take_fates(&mut self) -> Option<SubscriberReading> {
        let fates = core::mem::take(&mut self.subscribers.fates);
        (!fates.is_empty()).then_some(SubscriberReading::Fates(fates))
    }
}

/// Whether what became of a message changes the subscriber's record. Most messages arrive at those
/// at whom the one before arrived.
fn is_noted(subscriber: &Subscriber, fate: NoticeFate) -> bool {
    match fate {
        NoticeFate::GivenUp | NoticeFate::Gone => true,
        NoticeFate::Retried => false,
        NoticeFate::Told => {
            matches!(subscriber.phase(), SubscriberPhase::Confirmed { dead, .. } if *dead > 0)
        }
    }
}

/// How long no e-mails are sent, if a limit of the platform was reached.
fn limit_wait(end: &DeliveryEnd) -> Option<Millis> {
    match end {
        DeliveryEnd::Failed { error: DeliveryError::Email(EmailError::Limit), retry_after } => {
            Some(retry_after.unwrap_or(LIMIT_WAIT))
        }
        DeliveryEnd::Failed { .. }
        | DeliveryEnd::Delivered
        | DeliveryEnd::Gone
        | DeliveryEnd::Refused { .. } => None,
    }
}
