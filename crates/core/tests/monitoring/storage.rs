//! What the monitor's object stores, and how many rows that took.

use std::collections::BTreeMap;
use std::ops::Bound;

use breakwater_core::base::time::Timestamp;
use breakwater_core::site::monitoring::{
    MonitorWrite, RECENT_DAYS, StoredMonitoring, SubscriberQuery, day_of,
};

/// What a place found of a group, as it is stored.
#[derive(Clone, Debug)]
pub(crate) struct Batch {
    pub(crate) group: u32,
    pub(crate) at: Timestamp,
    pub(crate) json: String,
}

/// What is stored, and how many rows were written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Storage {
    pub(crate) groups: BTreeMap<u32, String>,
    pub(crate) incidents: BTreeMap<String, String>,
    pub(crate) alerts: BTreeMap<String, String>,
    pub(crate) outbox: Option<String>,
    pub(crate) ledger: Option<String>,
    /// The batches of observations that are kept.
    pub(crate) observations: Vec<Batch>,
    /// How often old ones were looked for.
    pub(crate) forgets: u32,
    /// The counts that were written.
    pub(crate) hours: Vec<(u32, Timestamp, String)>,
    /// The days of the history.
    pub(crate) days: BTreeMap<u32, String>,
    pub(crate) hour: Option<String>,
    pub(crate) announced: Option<String>,
    pub(crate) objectives: Option<String>,
    pub(crate) objective_hours: Option<String>,
    pub(crate) work: Option<String>,
    pub(crate) subscribers: BTreeMap<String, String>,
    pub(crate) campaigns: BTreeMap<String, String>,
    pub(crate) subscriptions: Option<String>,
    pub(crate) subscription_key: Option<String>,
    /// How often a day was written.
    pub(crate) days_written: u32,
    /// What could not be read, by the name that it is kept under.
    pub(crate) aside: BTreeMap<String, String>,
    pub(crate) rows_written: u64,
}

impl Storage {
    pub(crate) fn write(&mut self, write: MonitorWrite) {
        self.rows_written += 1;
        match write {
            MonitorWrite::SaveGroup { group, json } => drop(self.groups.insert(group, json)),
            MonitorWrite::PutAside { name, text } => drop(self.aside.insert(name, text)),
            MonitorWrite::ForgetGroups { from } => self.groups.retain(|group, _| *group < from),
            MonitorWrite::SaveIncident { id, json } => drop(self.incidents.insert(id, json)),
            MonitorWrite::ForgetIncident { id } => drop(self.incidents.remove(&id)),
            MonitorWrite::SaveAlert { id, json } => drop(self.alerts.insert(id, json)),
            MonitorWrite::ForgetAlert { id } => drop(self.alerts.remove(&id)),
            MonitorWrite::SaveOutbox(json) => self.outbox = Some(json),
            MonitorWrite::SaveLedger(json) => self.ledger = Some(json),
            MonitorWrite::AddHour { group, hour, json } => self.hours.push((group, hour, json)),
            MonitorWrite::AddObservations { group, at, place: _, json } => {
                self.observations.push(Batch { group, at, json });
            }
            MonitorWrite::SaveDay { day, json } => {
                self.days_written += 1;
                self.days.insert(day, json);
            }
            MonitorWrite::SaveHour(json) => self.hour = Some(json),
            MonitorWrite::SaveAnnounced(json) => self.announced = Some(json),
            MonitorWrite::SaveObjectives(json) => self.objectives = Some(json),
            MonitorWrite::SaveObjectiveHours(json) => self.objective_hours = Some(json),
            MonitorWrite::SaveWork(json) => self.work = Some(json),
            MonitorWrite::SaveSubscriber { id, json } => drop(self.subscribers.insert(id, json)),
            MonitorWrite::ForgetSubscriber { id } => drop(self.subscribers.remove(&id)),
            MonitorWrite::SaveCampaign { id, json } => drop(self.campaigns.insert(id, json)),
            MonitorWrite::ForgetCampaign { id } => drop(self.campaigns.remove(&id)),
            MonitorWrite::SaveSubscriptions(json) => self.subscriptions = Some(json),
            MonitorWrite::SaveSubscriptionKey(json) => self.subscription_key = Some(json),
            MonitorWrite::ForgetBefore { observations, hours, days } => {
                self.forgets += 1;
                self.days.retain(|day, _| *day >= days);
                self.observations.retain(|batch| batch.at >= observations);
                self.hours.retain(|(_, hour, _)| *hour >= hours);
            }
        }
    }

    /// What is stored, as it is loaded at that time.
    pub(crate) fn read(&self, now: Timestamp) -> StoredMonitoring {
        let named = |rows: &BTreeMap<String, String>| {
            rows.iter().map(|(id, json)| (id.clone(), json.clone())).collect()
        };
        StoredMonitoring {
            groups: self.groups.iter().map(|(number, json)| (*number, json.clone())).collect(),
            incidents: named(&self.incidents),
            alerts: named(&self.alerts),
            outbox: self.outbox.clone(),
            ledger: self.ledger.clone(),
            days: self.days_before(day_of(now) + 1, RECENT_DAYS),
            hour: self.hour.clone(),
            announced: self.announced.clone(),
            subscriptions: self.subscriptions.clone(),
            subscription_key: self.subscription_key.clone(),
            campaigns: named(&self.campaigns),
            objectives: self.objectives.clone(),
            objective_hours: self.objective_hours.clone(),
            work: self.work.clone(),
        }
    }

    /// Subscribers, as the database finds them.
    pub(crate) fn found(&self, query: &SubscriberQuery) -> Vec<(String, String)> {
        let owned = |(id, json): (&String, &String)| (id.clone(), json.clone());
        match query {
            SubscriberQuery::Page { after, before, limit } => {
                let bounds = (Bound::Excluded(after.clone()), Bound::Excluded(before.clone()));
                self.subscribers.range(bounds).take(*limit as usize).map(owned).collect()
            }
            SubscriberQuery::Ids(ids) => {
                let is_asked =
                    |(id, _): &(&String, &String)| ids.iter().any(|it| it.as_str() == *id);
                self.subscribers.iter().filter(is_asked).map(owned).collect()
            }
        }
    }

    /// The latest days before this one, at most `most` of them.
    pub(crate) fn days_before(&self, day: u32, most: usize) -> Vec<(u32, String)> {
        let days = self.days.range(..day).rev().take(most);
        days.map(|(day, json)| (*day, json.clone())).collect()
    }

    /// The bytes of all that is stored but single observations.
    pub(crate) fn bytes(&self) -> usize {
        let texts = self.groups.values().chain(self.incidents.values()).chain(self.alerts.values());
        texts.map(String::len).sum::<usize>() + self.outbox.as_ref().map_or(0, String::len)
    }
}
