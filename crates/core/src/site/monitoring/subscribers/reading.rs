//! What is read of the subscribers, and what follows from it.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use super::batch::CampaignPart;
use super::{
    BATCH_PAUSE, NoticeLane, PAGE_MAX, SWEEP_EVERY, SWEEP_PAGE, SubscriberQuery, SubscriberReading,
    Subscribers,
};
use crate::base::budget::Cost;
use crate::base::stored::StoredForm as _;
use crate::base::time::Timestamp;
use crate::site::config::WatchRules;
use crate::site::monitoring::MonitorHost;
use crate::site::monitoring::public::public_incident;
use crate::site::status::notice::{NoticeContent, Recipient};
use crate::watch::subscription::{
    BATCH_MAX, CONFIRM_WITHIN, CampaignStep, CampaignSubject, Medium, Subscriber, SubscriberCounts,
    SubscriberId, SubscriberPhase,
};

impl Subscribers {
    /// When a lane has something to send, as far as that is known.
    pub(super) fn lane_due(&self, rules: &WatchRules, lane: NoticeLane) -> Option<Timestamp> {
        let offered = rules.status.subscriptions.as_ref()?;
        if !offered.offers(lane.medium()) {
            return None;
        }
        if lane == NoticeLane::Asked {
            return self.book.owed_due();
        }
        let campaigns = self.campaigns.iter().map(|tracked| &tracked.campaign);
        campaigns.filter_map(|campaign| campaign.next_due(lane.medium())).min()
    }

    /// What a lane sends next, and to whom.
    fn next_of_lane(
        &self,
        lane: NoticeLane,
        now: Timestamp,
    ) -> Option<(SubscriberReading, SubscriberQuery)> {
        if lane == NoticeLane::Asked {
            let ids = self.book.owed(BATCH_MAX, now);
            let query = SubscriberQuery::Ids(ids.clone());
            return (!ids.is_empty()).then_some((SubscriberReading::Asked(ids), query));
        }
        let medium = lane.medium();
        let mut campaigns = self.campaigns.iter().map(|tracked| &tracked.campaign);
        campaigns.find_map(|campaign| {
            let id = campaign.id().to_string();
            Some(match campaign.next(medium, now)? {
                CampaignStep::Retry(ids) => {
                    let query = SubscriberQuery::Ids(ids.clone());
                    (SubscriberReading::Retry { campaign: id, ids }, query)
                }
                CampaignStep::Page { after } => {
                    let (before, limit) = (medium.end().into(), PAGE_MAX);
                    let query = SubscriberQuery::Page { after, before, limit };
                    (SubscriberReading::Page { campaign: id, medium }, query)
                }
            })
        })
    }
}

impl MonitorHost {
    /// What has to be read next.
    pub(in crate::site::monitoring) fn next_read(
        &mut self,
        rules: &WatchRules,
    ) -> Option<SubscriberQuery> {
        let now = self.spending.at;
        if let Some(reading) = self.take_fates() {
            let ids = match &reading {
                SubscriberReading::Fates(fates) => fates.iter().map(|(id, _)| id.clone()).collect(),
                SubscriberReading::Asked(_)
                | SubscriberReading::Page { .. }
                | SubscriberReading::Retry { .. }
                | SubscriberReading::Sweep => Vec::new(),
            };
            self.subscribers.reading = Some(reading);
            return Some(SubscriberQuery::Ids(ids));
        }
        for lane in NoticeLane::ALL {
            let is_due = self.subscribers.lane_due(rules, lane).is_some_and(|due| due <= now);
            if !is_due || now < self.subscribers.lane_free_at(lane) {
                continue;
            }
            if self.room(rules, lane, now) == 0 {
                continue;
            }
            // A batch that has not ended by then was lost.
            self.subscribers.lane_mut(lane).in_flight = None;
            if let Some((reading, query)) = self.subscribers.next_of_lane(lane, now) {
                self.subscribers.lane_mut(lane).not_before = now + BATCH_PAUSE;
                self.subscribers.reading = Some(reading);
                return Some(query);
            }
        }
        self.next_of_sweep(now)
    }

    fn next_of_sweep(&mut self, now: Timestamp) -> Option<SubscriberQuery> {
        let subscribers = &mut self.subscribers;
        let is_due = now >= subscribers.book.swept_at + SWEEP_EVERY;
        if subscribers.sweep.is_none() && subscribers.has_to_sweep() && is_due {
            subscribers.sweep = Some((String::new(), SubscriberCounts::default()));
        }
        let (after, _) = subscribers.sweep.as_ref()?;
        let query =
            SubscriberQuery::Page { after: after.clone(), before: "~".into(), limit: SWEEP_PAGE };
        subscribers.reading = Some(SubscriberReading::Sweep);
        Some(query)
    }

    /// Takes what was read, as ids with stored forms in the order of the ids. Returns the ids of
    /// those that cannot be read, which are left out and stay where they are.
    pub fn handle_subscribers(
        &mut self,
        rules: &WatchRules,
        rows: &[(String, String)],
    ) -> Vec<String> {
        let now = self.spending.at;
        let rows_read = u32::try_from(rows.len() + 1).unwrap_or(u32::MAX);
        self.spending.spend(Cost { rows_read, ..Cost::ZERO }, now);
        let (mut read, mut unread) = (Vec::with_capacity(rows.len()), Vec::new());
        for (id, json) in rows {
            // What is wrong with it may quote an address, so it is not told.
            match Subscriber::from_stored(json) {
                Ok(subscriber) => read.push(subscriber),
                Err(_) => unread.push(id.clone()),
            }
        }
        let last = rows.last().map(|(id, _)| id.as_str());
        match self.subscribers.reading.take() {
            None => {}
            Some(SubscriberReading::Fates(fates)) => self.apply_fates(&fates, &read, now),
            Some(SubscriberReading::Asked(ids)) => self.tell_asked(rules, &ids, &read, now),
            Some(SubscriberReading::Page { campaign, medium }) => {
                let is_last = rows.len() < PAGE_MAX as usize;
                self.tell_page(rules, &campaign, medium, &read, last.map(|id| (id, is_last)), now);
            }
            Some(SubscriberReading::Retry { campaign, ids }) => {
                self.tell_again(rules, &campaign, &ids, &read, now);
            }
            Some(SubscriberReading::Sweep) => {
                self.sweep_page(&read, last, rows.len() < SWEEP_PAGE as usize, now);
            }
        }
        unread
    }

    fn tell_asked(
        &mut self,
        rules: &WatchRules,
        ids: &[SubscriberId],
        read: &[Subscriber],
        now: Timestamp,
    ) {
        let room = self.room(rules, NoticeLane::Asked, now);
        let mut recipients = Vec::new();
        for id in ids {
            let found = read.iter().find(|it| it.id() == id && it.contact().is_some());
            match found {
                Some(subscriber) if recipients.len() < room => {
                    let message = format!("asked-{}-{}", id.as_str(), now.as_millis());
                    recipients.extend(self.recipient(subscriber, message, now));
                }
                Some(_) => {}
                None => {
                    self.subscribers.book.settle_owed(id);
                    self.subscribers.book_has_changed = true;
                }
            }
        }
        if !recipients.is_empty() {
            self.begin_batch(NoticeLane::Asked, None, NoticeContent::Asked, recipients, now);
        }
    }

    fn tell_page(
        &mut self,
        rules: &WatchRules,
        campaign: &str,
        medium: Medium,
        read: &[Subscriber],
        end: Option<(&str, bool)>,
        now: Timestamp,
    ) {
        let Some((last, mut is_last)) = end else {
            // There is none behind the last one.
            let campaign = self.subscribers.campaign_mut(campaign);
            if let Some(campaign) = campaign {
                campaign.skip(medium);
            }
            return;
        };
        let Some(content) = self.content_of(rules, campaign) else { return };
        let lane = NoticeLane::of(medium);
        let room = self.room(rules, lane, now);
        let mut after = last;
        let mut recipients = Vec::new();
        for subscriber in read.iter().filter(|it| it.wants(content.touched())) {
            if recipients.len() >= room {
                // The next batch begins behind the last one who is told.
                is_last = false;
                break;
            }
            after = subscriber.id().as_str();
            let message = self.message_of(campaign, subscriber);
            recipients.extend(self.recipient(subscriber, message, now));
        }
        if recipients.len() < room || is_last {
            after = last;
        }
        if recipients.is_empty() {
            if let Some(campaign) = self.subscribers.campaign_mut(campaign) {
                campaign.handle_page(medium, after.into(), is_last);
            }
            return;
        }
        let page = Some((after.into(), is_last));
        let part = Some(CampaignPart { campaign: campaign.into(), page });
        self.begin_batch(lane, part, content, recipients, now);
    }

    fn tell_again(
        &mut self,
        rules: &WatchRules,
        campaign: &str,
        ids: &[SubscriberId],
        read: &[Subscriber],
        now: Timestamp,
    ) {
        let Some(content) = self.content_of(rules, campaign) else { return };
        let lane = NoticeLane::of(ids.first().map_or(Medium::Email, SubscriberId::medium));
        let room = self.room(rules, lane, now);
        let mut recipients = Vec::new();
        for id in ids {
            match read.iter().find(|it| it.id() == id && it.is_confirmed()) {
                Some(subscriber) if recipients.len() < room => {
                    let message = self.message_of(campaign, subscriber);
                    recipients.extend(self.recipient(subscriber, message, now));
                }
                Some(_) => {}
                // It has ended meanwhile.
                None => {
                    if let Some(campaign) = self.subscribers.campaign_mut(campaign) {
                        campaign.forget(id);
                    }
                }
            }
        }
        if !recipients.is_empty() {
            let part = Some(CampaignPart { campaign: campaign.into(), page: None });
            self.begin_batch(lane, part, content, recipients, now);
        }
    }

    fn message_of(&self, campaign: &str, subscriber: &Subscriber) -> String {
        format!("{campaign}-{}", subscriber.id().as_str())
    }

    /// Who is told, with what a message needs of the key.
    fn recipient(
        &self,
        subscriber: &Subscriber,
        message: String,
        now: Timestamp,
    ) -> Option<Recipient> {
        let key = self.subscribers.key.as_ref()?;
        let id = subscriber.id();
        let confirm = match subscriber.phase() {
            SubscriberPhase::Pending { nonce, until, .. } => {
                let expires = (now + CONFIRM_WITHIN).min(*until);
                Some(key.confirm_token(id, nonce, expires))
            }
            SubscriberPhase::Confirmed { .. } | SubscriberPhase::Ended { .. } => None,
        };
        let secret = (id.medium() == Medium::Webhook).then(|| key.webhook_secret(id));
        let (subscriber, manage) = (subscriber.clone(), key.manage_token(id));
        Some(Recipient { subscriber, message, manage, confirm, secret })
    }

    /// What a campaign tells, as it is known now. One that tells nothing any more is given up.
    fn content_of(&mut self, rules: &WatchRules, id: &str) -> Option<NoticeContent> {
        let campaign = self.subscribers.campaigns.iter().find(|it| it.campaign.id() == id)?;
        let content = match campaign.campaign.subject() {
            CampaignSubject::Update { incident, number } => {
                let incident = self.incidents.get(incident);
                let incident = incident.and_then(|it| public_incident(it, &rules.components));
                incident.map(|incident| NoticeContent::Incident {
                    incident: Box::new(incident),
                    number: *number,
                })
            }
            CampaignSubject::Maintenance { id } => {
                let now = self.spending.at;
                let mut planned = self.announced.told(now).into_iter();
                let planned = planned.find(|it| it.id == *id && now < it.end);
                planned.map(|planned| NoticeContent::Maintenance(Box::new(planned)))
            }
        };
        if content.is_none() {
            self.end_campaign(id);
        }
        content
    }
}
