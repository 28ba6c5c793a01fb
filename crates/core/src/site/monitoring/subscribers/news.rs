//! What subscribers are told of: each update that people or the machine publish with `notify`, and
//! maintenance that is planned.

use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use super::{CAMPAIGNS_MAX, TrackedCampaign};
use crate::base::time::{Millis, Timestamp};
use crate::site::config::WatchRules;
use crate::site::monitoring::MonitorHost;
use crate::site::monitoring::effect::MonitorWrite;
use crate::site::monitoring::public::public_incident;
use crate::site::status::{MaintenancePhase, PublicIncident, PublicMaintenance, PublicText};
use crate::watch::subscription::{Campaign, CampaignSubject, Medium, SubscriptionRules};

/// How long what the machine has found lasts before subscribers are told, in milliseconds: two
/// minutes. They are told nothing of what is over by then.
const FOUND_WAITS: Millis = Millis::from_secs(120);
/// How long before its begin subscribers are told of a time of maintenance that recurs, in
/// milliseconds: three days. One that does not recur is told as soon as it is planned.
const RECURRING_TOLD_BEFORE: Millis = Millis::from_secs(3 * 24 * 3600);

impl MonitorHost {
    /// Takes what is new about incidents, and ends campaigns that are over.
    pub(in crate::site::monitoring) fn tell_subscribers(
        &mut self,
        rules: &WatchRules,
        now: Timestamp,
    ) {
        if let Some(offered) = &rules.status.subscriptions {
            if self.subscribers.is_begun {
                let changed = self.incidents.changed();
                let changed = changed.filter_map(|it| public_incident(it, &rules.components));
                let news: Vec<PublicIncident> = changed.collect();
                for incident in &news {
                    self.announce(offered, incident, now);
                }
            } else {
                self.begin_book(rules, now);
            }
        }
        let over = self.campaigns().filter(|campaign| campaign.is_over(now));
        let over: Vec<String> = over.map(|campaign| campaign.id().to_string()).collect();
        for id in over {
            self.end_campaign(&id);
        }
    }

    /// Begins the book. What was published before anyone could subscribe is no news.
    fn begin_book(&mut self, rules: &WatchRules, now: Timestamp) {
        let known = self.incidents.iter();
        let known = known.filter_map(|it| public_incident(it, &rules.components));
        let known = known.map(|incident| {
            let last = incident.updates.iter().map(|update| update.number).max();
            (incident.id, last.unwrap_or_default())
        });
        let updates = known.collect();
        let planned = self.planned(now);
        let subscribers = &mut self.subscribers;
        subscribers.book.updates = updates;
        subscribers.book.maintenance = planned.into_iter().map(|it| it.id).collect();
        subscribers.is_begun = true;
        subscribers.book_has_changed = true;
    }

    fn announce(&mut self, offered: &SubscriptionRules, incident: &PublicIncident, now: Timestamp) {
        let book = &mut self.subscribers.book;
        let last = book.updates.get(&incident.id).copied().unwrap_or_default();
        let mut news: Vec<_> = incident.updates.iter().filter(|it| it.number > last).collect();
        news.sort_unstable_by_key(|update| update.number);
        let Some(newest) = news.last() else { return };
        book.updates.insert(incident.id.clone(), newest.number);
        let incidents = &self.incidents;
        book.updates.retain(|id, _| incidents.get(id).is_some());
        self.subscribers.book_has_changed = true;
        for update in news.into_iter().filter(|update| update.notify) {
            // What a person tells says more, and what is over by now says that it was nothing.
            let was_waiting = self.give_up_waiting(&incident.id, now);
            let wait = match &update.text {
                PublicText::Found => FOUND_WAITS,
                PublicText::Recovered if was_waiting => continue,
                PublicText::Recovered | PublicText::Closed | PublicText::Written(_) => Millis::ZERO,
            };
            let id = format!("{}-u{}", incident.id, update.number);
            let (incident, number) = (incident.id.clone(), update.number);
            let subject = CampaignSubject::Update { incident, number };
            self.begin_campaign(offered, Campaign::new(id, subject, wait, now));
        }
    }

    /// Gives up what has not begun to be told of an incident. Returns whether there was anything.
    fn give_up_waiting(&mut self, incident: &str, now: Timestamp) -> bool {
        let is_waiting = |campaign: &&Campaign| {
            let of_incident = match campaign.subject() {
                CampaignSubject::Update { incident: of, .. } => of == incident,
                CampaignSubject::Maintenance { .. } => false,
            };
            of_incident && campaign.is_waiting(now)
        };
        let waiting = self.campaigns().find(is_waiting).map(|it| it.id().to_string());
        if let Some(id) = &waiting {
            self.drop_campaign(id);
        }
        waiting.is_some()
    }

    /// The times of maintenance that subscribers are told of by now, if they were not.
    fn planned(&self, now: Timestamp) -> Vec<PublicMaintenance> {
        let mut planned = self.announced.told(now);
        planned.retain(|it| {
            let is_due = !it.is_recurring || it.start.before(RECURRING_TOLD_BEFORE) <= now;
            is_due && it.phase(now) != MaintenancePhase::Completed
        });
        planned
    }

    /// Begins to tell of maintenance that is planned, each time once.
    pub(in crate::site::monitoring) fn announce_maintenance(
        &mut self,
        rules: &WatchRules,
        now: Timestamp,
    ) {
        let Some(offered) = &rules.status.subscriptions else { return };
        if !self.subscribers.is_begun {
            return;
        }
        let planned = self.planned(now);
        let told = &mut self.subscribers.book.maintenance;
        let before = told.clone();
        told.retain(|id| planned.iter().any(|it| it.id == *id));
        let mut news = Vec::new();
        for time in planned {
            if !told.contains(&time.id) {
                told.push(time.id.clone());
                news.push(time.id);
            }
        }
        self.subscribers.book_has_changed |= self.subscribers.book.maintenance != before;
        for id in news {
            let campaign =
                Campaign::new(id.clone(), CampaignSubject::Maintenance { id }, Millis::ZERO, now);
            self.begin_campaign(offered, campaign);
        }
    }

    fn begin_campaign(&mut self, offered: &SubscriptionRules, mut campaign: Campaign) {
        let subscribers = &mut self.subscribers;
        if subscribers.book.counts.confirmed == 0 {
            return;
        }
        for medium in Medium::ALL.into_iter().filter(|medium| !offered.offers(*medium)) {
            campaign.skip(medium);
        }
        subscribers.campaigns.push(TrackedCampaign { campaign, has_changed: true });
        if self.subscribers.campaigns.len() > CAMPAIGNS_MAX {
            let oldest = self.campaigns().next().map(|it| it.id().to_string());
            if let Some(oldest) = oldest {
                self.end_campaign(&oldest);
            }
        }
    }

    /// Ends a campaign, and notes its result.
    pub(super) fn end_campaign(&mut self, id: &str) {
        let now = self.spending.at;
        let ended = self.subscribers.campaigns.iter().find(|it| it.campaign.id() == id);
        if let Some(ended) = ended {
            self.subscribers.book.note(&ended.campaign, now);
            self.subscribers.book_has_changed = true;
        }
        self.drop_campaign(id);
    }

    fn drop_campaign(&mut self, id: &str) {
        let campaigns = &mut self.subscribers.campaigns;
        let before = campaigns.len();
        campaigns.retain(|it| it.campaign.id() != id);
        if campaigns.len() < before {
            self.writes.push_back(MonitorWrite::ForgetCampaign { id: id.into() });
        }
    }
}
