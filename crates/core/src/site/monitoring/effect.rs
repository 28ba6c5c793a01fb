//! What the monitor's object does.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use super::subscribers::{NoticeBatch, SubscriberQuery};
use crate::base::time::{Millis, Timestamp};
use crate::watch::alert::Alert;
use crate::watch::alert::outbox::DeliveryAttempt;

/// What the shell does, in this order: everything is stored before anything is begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MonitorEffect {
    /// Store this, or delete it.
    Store(MonitorWrite),
    /// Read subscribers, and hand them to
    /// [`MonitorHost::handle_subscribers`](super::MonitorHost::handle_subscribers) before anything
    /// else.
    Read(SubscriberQuery),
    /// Set the alarm.
    Arm(Timestamp),
    /// Begin this, and do not wait for it.
    Begin(MonitorTask),
}

/// What changes in storage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MonitorWrite {
    /// Store the checks of a group.
    SaveGroup {
        /// The group.
        group: u32,
        /// Its stored form.
        json: String,
    },
    /// Keep what cannot be read under a name, before it is overwritten.
    PutAside {
        /// The name, of which there is one for each row: what was put aside before is replaced.
        name: String,
        /// What was stored.
        text: String,
    },
    /// Delete the groups from this one on: the site has fewer checks than before.
    ForgetGroups {
        /// The first of them.
        from: u32,
    },
    /// Add what a place found, to what is stored of the same time: reports of jobs may come within
    /// one millisecond.
    AddObservations {
        /// The group.
        group: u32,
        /// When the monitor heard of it.
        at: Timestamp,
        /// The place.
        place: String,
        /// What it found: of each check its name, the result, the time in milliseconds, and the
        /// status, in an array of arrays that is not empty.
        json: String,
    },
    /// Add the counts of an hour.
    AddHour {
        /// The group.
        group: u32,
        /// The beginning of the hour.
        hour: Timestamp,
        /// The counts by check.
        json: String,
    },
    /// Store a day of the history, in the place of what was stored of it.
    SaveDay {
        /// The day, in days since 1970-01-01.
        day: u32,
        /// Its stored form.
        json: String,
    },
    /// Store what the hour that runs has besides checks.
    SaveHour(String),
    /// Store what changes of objectives each minute.
    SaveObjectives(String),
    /// Store the hours of objectives.
    SaveObjectiveHours(String),
    /// Store the maintenance that was announced.
    SaveAnnounced(String),
    /// Delete what is too old, of every group, also of those that the site has no more.
    ForgetBefore {
        /// For observations.
        observations: Timestamp,
        /// For counts.
        hours: Timestamp,
        /// For days: the first that stays, in days since 1970-01-01.
        days: u32,
    },
    /// Store an incident.
    SaveIncident {
        /// Its id.
        id: String,
        /// Its stored form.
        json: String,
    },
    /// Delete an incident, which is one of too many.
    ForgetIncident {
        /// Its id.
        id: String,
    },
    /// Store a message, which is on its way.
    SaveAlert {
        /// Its id.
        id: String,
        /// Its stored form.
        json: String,
    },
    /// Delete a message that is under way nowhere.
    ForgetAlert {
        /// Its id.
        id: String,
    },
    /// Store the outbox.
    SaveOutbox(String),
    /// Store a subscriber.
    SaveSubscriber {
        /// Its id.
        id: String,
        /// Its stored form.
        json: String,
    },
    /// Delete a subscriber.
    ForgetSubscriber {
        /// Its id.
        id: String,
    },
    /// Store an update that is on its way to subscribers.
    SaveCampaign {
        /// Its id.
        id: String,
        /// Its stored form.
        json: String,
    },
    /// Delete an update that is not on its way any more.
    ForgetCampaign {
        /// Its id.
        id: String,
    },
    /// Store what is known of all subscribers together.
    SaveSubscriptions(String),
    /// Store the key from which tokens follow.
    SaveSubscriptionKey(String),
    /// Store what the monitor has done, for the metrics.
    SaveWork(String),
    /// Store what is left of the budget.
    SaveLedger(String),
}

/// What takes time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MonitorTask {
    /// Have checks made; [`MonitorHost::handle_observations`](super::MonitorHost) takes what they
    /// find.
    Probe(ProbeOrder),
    /// Send a message; [`MonitorHost::handle_end`](super::MonitorHost::handle_end) takes how that
    /// ended.
    Deliver(DeliveryAttempt, Box<Alert>),
    /// Send messages to subscribers;
    /// [`MonitorHost::handle_notified`](super::MonitorHost::handle_notified) takes how each ended.
    Notify(Box<NoticeBatch>),
    /// Call the URL that notices when it is not called.
    Ping,
}

/// The name of the prober that makes a group's checks at a place.
pub fn prober_name(place: &str, group: u32) -> String {
    alloc::format!("{place}-{group}")
}

/// Checks that one place has to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeOrder {
    /// The place.
    pub place: String,
    /// The group that the checks belong to: the place has a prober for each.
    pub group: u32,
    /// Their names.
    pub checks: Vec<String>,
    /// The time after which no answer will come any more.
    pub within: Millis,
}
