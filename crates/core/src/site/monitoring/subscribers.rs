//! Those who are told of the public status: what they ask, and how an update reaches all of them.
//!
//! Subscribers stay in storage, since there may be thousands: the host reads those that it needs
//! ([`SubscriberQuery`]), and the shell hands them over at once. What is known of all of them
//! together is a book of one row, and each update on its way is a campaign of one row.
//!
//! A batch of messages goes out while the one before of its lane has ended: one lane for what
//! strangers have asked for, and one for each medium. What a batch has done is stored in one event,
//! with what it means for single subscribers. A Worker that is killed meanwhile sends the batch
//! again, under the same ids.

mod asks;
mod batch;
mod load;
mod news;
mod reading;
mod sweep;

use alloc::string::String;
use alloc::vec::Vec;

pub use asks::ConfirmStep;
pub use batch::{NoticeBatch, NoticeLane};

use super::MonitorHost;
use super::effect::MonitorWrite;
use crate::base::stored::StoredForm as _;
use crate::base::time::{Millis, Timestamp};
use crate::site::config::WatchRules;
use crate::watch::subscription::{
    AskLimit, Campaign, Medium, NoticeFate, Subscriber, SubscriberBook, SubscriberCounts,
    SubscriberId, SubscriptionKey,
};

/// Campaigns at once. Of more, the oldest is given up: a later update says more.
pub const CAMPAIGNS_MAX: usize = 50;
/// Subscribers that are read at once for a batch: of those, most may want to be told of other
/// components.
pub const PAGE_MAX: u32 = 50;
/// Subscribers that operators are shown at once, in the order of their ids. Of more, the others are
/// found by their addresses.
pub const SUBSCRIBERS_SHOWN: u32 = 500;
/// Subscribers that are read at once when all are looked at.
const SWEEP_PAGE: u32 = 500;
/// The time from one batch of a lane to the next, in milliseconds: a second. The platform counts
/// requests by events, and each batch is one of its own.
const BATCH_PAUSE: Millis = Millis::from_secs(1);
/// How long a batch may take, in milliseconds: six connections send its messages, each of which may
/// take half a minute. After that its end will not come any more.
const BATCH_TAKES: Millis = Millis::from_secs(180);
/// How often all subscribers are looked at, in milliseconds, while there are any to forget: an
/// hour.
const SWEEP_EVERY: Millis = Millis::from_secs(3600);

/// What the shell reads for the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubscriberQuery {
    /// The first `limit` whose ids sort between these texts, in their order.
    Page {
        /// They sort behind this one.
        after: String,
        /// And before this one.
        before: String,
        /// How many.
        limit: u32,
    },
    /// Those with these ids, as far as they are there.
    Ids(Vec<SubscriberId>),
}

/// A campaign, and whether it differs from what is stored.
#[derive(Clone, Debug)]
struct TrackedCampaign {
    campaign: Campaign,
    has_changed: bool,
}

/// What is read.
#[derive(Clone, Debug)]
enum SubscriberReading {
    /// Those whose record follows from what became of a message.
    Fates(Vec<(SubscriberId, NoticeFate)>),
    /// Those who are sent what someone has asked for.
    Asked(Vec<SubscriberId>),
    /// Those whom a campaign tells next.
    Page { campaign: String, medium: Medium },
    /// Those whom a campaign tells again.
    Retry { campaign: String, ids: Vec<SubscriberId> },
    /// All of them.
    Sweep,
}

/// What is on its way in a lane.
#[derive(Clone, Debug)]
struct InFlight {
    number: u32,
    until: Timestamp,
}

/// A lane.
#[derive(Clone, Debug, Default)]
struct LaneState {
    in_flight: Option<InFlight>,
    /// The next batch begins no earlier.
    not_before: Timestamp,
}

/// Those who are told, as far as the host holds it.
#[derive(Clone, Debug, Default)]
pub(super) struct Subscribers {
    key: Option<SubscriptionKey>,
    book: SubscriberBook,
    /// Whether there is a book: none is begun where the site file offers no subscriptions.
    is_begun: bool,
    book_has_changed: bool,
    /// The oldest first, at most [`CAMPAIGNS_MAX`].
    campaigns: Vec<TrackedCampaign>,
    clients: AskLimit,
    reading: Option<SubscriberReading>,
    fates: Vec<(SubscriberId, NoticeFate)>,
    lanes: [LaneState; NoticeLane::ALL.len()],
    /// How far a look at all of them is.
    sweep: Option<(String, SubscriberCounts)>,
    batches: u32,
}

impl Subscribers {
    fn lane_mut(&mut self, lane: NoticeLane) -> &mut LaneState {
        &mut self.lanes[lane as usize]
    }

    /// From when on a lane may send something again.
    fn lane_free_at(&self, lane: NoticeLane) -> Timestamp {
        let lane = &self.lanes[lane as usize];
        lane.in_flight.as_ref().map_or(lane.not_before, |it| it.until.max(lane.not_before))
    }

    fn campaign_mut(&mut self, id: &str) -> Option<&mut Campaign> {
        let tracked = self.campaigns.iter_mut().find(|it| it.campaign.id() == id)?;
        tracked.has_changed = true;
        Some(&mut tracked.campaign)
    }

    /// Whether anything may have to be forgotten, or counted again.
    const fn has_to_sweep(&self) -> bool {
        self.book.counts.pending > 0 || self.book.counts.ended > 0 || self.book.is_miscounted
    }

    /// Pulls back what a clock that ran ahead has noted.
    pub(super) fn handle_clock(&mut self, step: Millis, now: Timestamp) {
        self.book_has_changed |= self.book.handle_clock(now);
        for tracked in &mut self.campaigns {
            tracked.has_changed |= tracked.campaign.handle_clock(step, now);
        }
        for lane in &mut self.lanes {
            if step > Millis::ZERO {
                lane.not_before = lane.not_before.min(now + BATCH_PAUSE);
            }
            if let Some(batch) = &mut lane.in_flight {
                batch.until = batch.until.min(now + BATCH_TAKES);
            }
        }
    }

    /// What has to be stored of it.
    pub(super) fn take_write(&mut self) -> Option<MonitorWrite> {
        if let Some(tracked) = self.campaigns.iter_mut().find(|it| it.has_changed) {
            tracked.has_changed = false;
            let (id, json) = (tracked.campaign.id().into(), tracked.campaign.to_stored());
            return Some(MonitorWrite::SaveCampaign { id, json });
        }
        if core::mem::take(&mut self.book_has_changed) {
            return Some(MonitorWrite::SaveSubscriptions(self.book.to_stored()));
        }
        None
    }
}

impl MonitorHost {
    /// What is known of all subscribers together.
    pub const fn subscriber_book(&self) -> &SubscriberBook {
        &self.subscribers.book
    }

    /// The updates that are on their way, the oldest first.
    pub fn campaigns(&self) -> impl Iterator<Item = &Campaign> {
        self.subscribers.campaigns.iter().map(|tracked| &tracked.campaign)
    }

    /// When subscribers are to be told something next.
    pub(super) fn next_subscription(&self, rules: &WatchRules) -> Option<Timestamp> {
        let subscribers = &self.subscribers;
        let due = NoticeLane::ALL.into_iter().filter_map(|lane| {
            let due = subscribers.lane_due(rules, lane)?;
            Some(due.max(subscribers.lane_free_at(lane)))
        });
        let sweep = subscribers.book.swept_at + SWEEP_EVERY;
        due.chain(subscribers.has_to_sweep().then_some(sweep)).min()
    }

    /// Stores a subscriber, in place of what was stored before.
    fn save_subscriber(&mut self, before: Option<&Subscriber>, subscriber: &Subscriber) {
        if let Some(before) = before {
            self.subscribers.book.counts.remove(before);
        }
        self.subscribers.book.counts.add(subscriber);
        self.subscribers.book_has_changed = true;
        let (id, json) = (subscriber.id().as_str().into(), subscriber.to_stored());
        self.writes.push_back(MonitorWrite::SaveSubscriber { id, json });
    }

    /// Deletes a subscriber.
    fn forget_subscriber(&mut self, subscriber: &Subscriber) {
        self.subscribers.book.counts.remove(subscriber);
        self.subscribers.book_has_changed = true;
        let id = subscriber.id().as_str().into();
        self.writes.push_back(MonitorWrite::ForgetSubscriber { id });
    }

    /// Deletes a subscriber that cannot be read. The next sweep counts the others again.
    fn forget_unread(&mut self, id: &SubscriberId) {
        self.subscribers.book.is_miscounted = true;
        self.subscribers.book_has_changed = true;
        self.writes.push_back(MonitorWrite::ForgetSubscriber { id: id.as_str().into() });
    }
}
