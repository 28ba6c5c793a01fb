//! Whom an incident is told, and when.

use alloc::boxed::Box;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use super::MonitorHost;
use super::effect::{MonitorTask, MonitorWrite};
use super::notice::{is_of_severity, notice};
use super::spending::Asking;
use crate::base::budget::Draw;
use crate::base::stored::StoredForm as _;
use crate::base::time::{Millis, Timestamp};
use crate::site::budget::DELIVERY;
use crate::site::config::WatchRules;
use crate::watch::alert::outbox::{
    Added, ChannelPace, DeadReason, DeliveryAttempt, DeliveryEnd, DeliveryError, DeliveryKey,
    RETRY_DEFAULT,
};
use crate::watch::alert::{Alert, AlertChannel, AlertKind};
use crate::watch::incident::{Incident, TimelineKind};

/// Messages that one event sends at most. What is left is sent when the alarm comes next.
const DELIVERIES_MAX: usize = 10;

impl MonitorHost {
    /// Gives to the outbox what people are to be told by now.
    pub(super) fn notify_due(&mut self, rules: &WatchRules, now: Timestamp) {
        self.inhibit(rules, now);
        for (id, kind) in self.incidents.take_steps() {
            self.take_step(rules, &id, kind, now);
        }
        let mut due: Vec<(String, AlertKind, Vec<String>)> = Vec::new();
        for incident in self.incidents.iter().filter(|it| it.is_open() || it.owes()) {
            let is_held = self.is_held(rules, incident);
            let told = rules.channels.iter().filter_map(|channel| {
                let (kind, at) = notice(rules, incident, channel, is_held, now)?;
                (at <= now).then_some((kind, channel))
            });
            let told: Vec<(AlertKind, &AlertChannel)> = told.collect();
            for kind in [AlertKind::Opened, AlertKind::Updated, AlertKind::Resolved] {
                let channels = told.iter().filter(|(of_kind, _)| *of_kind == kind);
                let channels: Vec<String> = channels.map(|(_, it)| it.name.clone()).collect();
                if !channels.is_empty() {
                    due.push((incident.id().into(), kind, channels));
                }
            }
        }
        for (id, kind, channels) in due {
            self.tell(rules, &id, kind, channels, now);
        }
        self.next_notice = self.next_notice(rules, now);
    }

    /// Tells people what an operator did, or that an incident is over.
    fn take_step(&mut self, rules: &WatchRules, id: &str, kind: AlertKind, now: Timestamp) {
        let Some(incident) = self.incidents.get_mut(id) else { return };
        let channels = match kind {
            // An operator opens it, or opens it again. What a machine opens waits for others that
            // belong to it, and is told by `notify_due`.
            AlertKind::Opened => everyone(rules, incident),
            // An operator who opened it silently has something to tell now.
            AlertKind::Updated if incident.is_manual() && incident.told().next().is_none() => {
                everyone(rules, incident)
            }
            // Those that were not told of the beginning are not told of the rest.
            AlertKind::Updated | AlertKind::Resolved | AlertKind::Test => {
                incident.told().map(String::from).collect()
            }
        };
        if kind == AlertKind::Resolved {
            incident.forget_owed();
        }
        let severity = incident.severity();
        let is_quiet = |name: &String| {
            let quiet = rules.channel(name).and_then(|channel| channel.quiet.as_ref());
            quiet.is_some_and(|quiet| quiet.until(severity, now).is_some())
        };
        let (later, at_once): (Vec<String>, Vec<String>) = channels.into_iter().partition(is_quiet);
        for channel in later {
            incident.owe(&channel, kind);
        }
        self.tell(rules, id, kind, at_once, now);
    }

    /// When people are to be told something next.
    pub(super) fn next_notice(&self, rules: &WatchRules, now: Timestamp) -> Option<Timestamp> {
        let incidents = self.incidents.iter().filter(|it| it.is_open() || it.owes());
        let notices = incidents.flat_map(|incident| {
            let is_held = self.is_held(rules, incident);
            let of_channel = move |channel| notice(rules, incident, channel, is_held, now);
            rules.channels.iter().filter_map(of_channel)
        });
        notices.map(|(_, at)| at).min()
    }

    /// When a message can be sent next.
    pub(super) fn next_delivery(&self) -> Option<Timestamp> {
        self.outbox.next_due().map(|due| due.max(self.spending.deliveries_held_until))
    }

    /// Sends what is due.
    pub(super) fn deliver_due(&mut self, rules: &WatchRules, random: u32, now: Timestamp) {
        self.outbox_has_changed |= self.outbox.handle_clock(now);
        if self.next_delivery().is_none_or(|due| now < due) {
            return;
        }
        let pace = |name: &str| {
            let known = rules.channel(name).map(|it| (it.spacing, it.retry));
            let (spacing, retry) = known.unwrap_or((Millis::ZERO, RETRY_DEFAULT));
            ChannelPace { spacing, retry }
        };
        let ready = self.outbox.ready(now).min(DELIVERIES_MAX);
        let mut drawn = 0;
        while drawn < ready {
            if let Draw::Held(until) = self.spending.draw(Asking::Delivery, DELIVERY, now) {
                self.spending.deliveries_held_until = until;
                break;
            }
            drawn += 1;
        }
        let attempts = self.outbox.take(pace, drawn, random, now);
        self.outbox_has_changed = true;
        for attempt in attempts {
            let alert = self.alerts.get(&attempt.key.message);
            match (rules.channel(&attempt.key.channel), alert) {
                (Some(_), Some(alert)) => {
                    let alert = Box::new(alert.clone());
                    self.work.push_back(MonitorTask::Deliver(attempt, alert));
                }
                // The site file has no such channel any more, or the message was lost.
                (None, _) | (_, None) => {
                    let end = DeliveryEnd::Refused { error: DeliveryError::Unreachable };
                    self.take_end(rules, &attempt, &end, random, now);
                }
            }
        }
        self.forget_alerts();
    }

    /// Takes how an attempt to deliver a message ended. Returns why it is a dead letter, if it
    /// became one.
    pub fn handle_end(
        &mut self,
        rules: &WatchRules,
        attempt: &DeliveryAttempt,
        end: &DeliveryEnd,
        random: u32,
        now: Timestamp,
    ) -> Option<DeadReason> {
        self.spending.may_write(DELIVERY);
        let dead = self.take_end(rules, attempt, end, random, now);
        self.forget_alerts();
        self.settle(rules, random, now);
        dead
    }

    fn take_end(
        &mut self,
        rules: &WatchRules,
        attempt: &DeliveryAttempt,
        end: &DeliveryEnd,
        random: u32,
        now: Timestamp,
    ) -> Option<DeadReason> {
        let dead = self.outbox.handle_end(attempt, end, random, now);
        self.work_done.count_delivery(end, dead);
        if *end == DeliveryEnd::Delivered {
            self.end_test(rules, &attempt.key, now);
        }
        self.outbox_has_changed = true;
        self.news_of_delivery(&attempt.key, end, dead.is_some());
        let DeliveryKey { message, channel } = attempt.key.clone();
        let Some((id, _)) = attempt.key.message.rsplit_once('-') else { return dead };
        let entry = match (end, dead) {
            (DeliveryEnd::Delivered, _) => TimelineKind::AlertDelivered { channel, message },
            (_, Some(reason)) => {
                TimelineKind::AlertDead { channel, message, error: reason.as_str().into() }
            }
            (DeliveryEnd::Failed { error, .. } | DeliveryEnd::Refused { error }, None) => {
                TimelineKind::AlertFailed { channel, message, error: error.to_string() }
            }
            (DeliveryEnd::Gone, None) => return dead,
        };
        if let Some(incident) = self.incidents.get_mut(id) {
            incident.record(now, entry, now);
        }
        dead
    }

    /// Ends at the service what a test has opened there.
    fn end_test(&mut self, rules: &WatchRules, key: &DeliveryKey, now: Timestamp) {
        let channel = rules.channel(&key.channel);
        let keeps_open = channel.is_some_and(|channel| channel.kind.keeps_open());
        let test = self.alerts.get(&key.message).filter(|alert| alert.kind == AlertKind::Test);
        let Some(test) = test.filter(|_| keeps_open) else { return };
        let mut end = Alert { kind: AlertKind::Resolved, at: now, ..test.clone() };
        end.incident.resolved_at = Some(now);
        let thread = end.incident.id.clone();
        let message = [&*key.message, "-end"].concat();
        let key = DeliveryKey { message: message.clone(), channel: key.channel.clone() };
        if self.outbox.add(key, &thread, now) == Added::Queued {
            self.work_done.count_alert(end.kind);
            self.keep_alert(message, end);
        }
    }

    fn tell(
        &mut self,
        rules: &WatchRules,
        id: &str,
        kind: AlertKind,
        channels: Vec<String>,
        now: Timestamp,
    ) {
        if channels.is_empty() {
            return;
        }
        let Some(incident) = self.incidents.get_mut(id) else { return };
        let message = incident.next_message();
        let alert = alert_of(rules, incident, kind, now);
        for channel in channels {
            let key = DeliveryKey { message: message.clone(), channel: channel.clone() };
            if self.outbox.add(key, id, now) == Added::Known {
                continue;
            }
            incident.mark_told(&channel, now);
            let entry = TimelineKind::AlertQueued { channel, message: message.clone() };
            incident.record(now, entry, now);
        }
        self.outbox_has_changed = true;
        self.work_done.count_alert(kind);
        self.keep_alert(message, alert);
    }

    /// Stores a message until it is on its way nowhere.
    pub(super) fn keep_alert(&mut self, message: String, alert: Alert) {
        let json = alert.to_stored();
        self.writes.push_back(MonitorWrite::SaveAlert { id: message.clone(), json });
        self.alerts.insert(message, alert);
    }

    /// Messages that are on their way nowhere are not needed any more; dead letters may be sent
    /// again.
    pub(super) fn forget_alerts(&mut self) {
        let outbox = &self.outbox;
        let writes = &mut self.writes;
        self.alerts.retain(|id, _| {
            let waits = outbox.pending().any(|it| it.key.message == *id)
                || outbox.dead_letters().any(|it| it.delivery.key.message == *id);
            if !waits {
                writes.push_back(MonitorWrite::ForgetAlert { id: id.clone() });
            }
            waits
        });
    }

    /// Whether all that fails in an incident is being worked on, or another incident explains it.
    fn is_held(&self, rules: &WatchRules, incident: &Incident) -> bool {
        if incident.inhibited_by().is_some() {
            return true;
        }
        let mut failing = incident.checks().iter().filter(|check| check.is_failing).peekable();
        failing.peek().is_some()
            && failing.all(|check| {
                let index = rules.check_index(&check.name);
                let watched = index.and_then(|index| self.watched(index));
                watched.is_some_and(|watched| watched.monitor.is_in_maintenance())
            })
    }
}

/// What people are told of an incident.
pub(super) fn alert_of(
    rules: &WatchRules,
    incident: &Incident,
    kind: AlertKind,
    now: Timestamp,
) -> Alert {
    let mut alert = incident.alert(kind, &rules.incidents_url, now);
    if let (Some(runbook), Some(base)) = (&mut alert.incident.runbook, &rules.runbooks_url)
        && !runbook.starts_with("https://")
    {
        *runbook = [base, "/", &**runbook].concat();
    }
    alert
}

/// The channels that are told at once, and those that were told before.
fn everyone(rules: &WatchRules, incident: &Incident) -> Vec<String> {
    let at_once = rules
        .channels
        .iter()
        .filter(|channel| is_of_severity(channel, incident) && channel.escalate_after.is_none());
    let mut names: Vec<String> = at_once.map(|channel| channel.name.clone()).collect();
    let before = incident.told().filter(|told| !names.iter().any(|name| name == told));
    let before: Vec<String> = before.map(String::from).collect();
    names.extend(before);
    names
}
