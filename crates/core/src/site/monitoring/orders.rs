//! What operators order, and what the rest of the site tells the monitor.

use alloc::format;
use alloc::string::String;

use super::MonitorHost;
use crate::base::time::Timestamp;
use crate::circuit::breaker::State;
use crate::site::budget::CALL;
use crate::site::closed::{closed, site_closed};
use crate::site::config::{Site, WatchRules};
use crate::site::standing::SiteState;
use crate::watch::alert::outbox::{Added, DeliveryKey};
use crate::watch::alert::{Alert, AlertKind, AlertedIncident};
use crate::watch::check::{Check, CheckKind, GROUP_MAX, TrafficSource, path_on};
use crate::watch::incident::{Incident, IncidentChange, IncidentError, IncidentOpening};
use crate::watch::severity::Severity;

impl MonitorHost {
    /// Takes news of a circuit. What concerns its upstream is checked at once when it opens, since
    /// visitors have just met trouble there.
    pub fn handle_circuit(
        &mut self,
        rules: &WatchRules,
        upstream: &str,
        (circuit, from, to): (&str, State, State),
        random: u32,
        now: Timestamp,
    ) {
        self.spending.spend(CALL, now);
        // An opening that is extended is no news.
        if from == to {
            return;
        }
        self.incidents.record_circuit(circuit, from, to, now);
        self.news_of_circuit(upstream, circuit, from, to);
        let source = TrafficSource::Upstream(upstream.into());
        let concerns = |check: &Check| check.traffic.as_ref() == Some(&source);
        match to {
            State::Open | State::Closed => {
                self.handle_hurry(rules, concerns, random, now);
            }
            State::HalfOpen | State::ForcedOpen | State::ForcedClosed | State::MetricsOnly => {
                self.settle(rules, random, now);
            }
        }
    }

    /// Has checks made now. Returns how many there are.
    pub fn handle_hurry(
        &mut self,
        rules: &WatchRules,
        concerns: impl Fn(&Check) -> bool,
        random: u32,
        now: Timestamp,
    ) -> usize {
        let mut hurried = 0;
        for (index, check) in rules.checks.iter().enumerate() {
            if !concerns(check) || matches!(check.kind, CheckKind::Heartbeat { .. }) {
                continue;
            }
            if let Some(watched) = self.watched_mut(index) {
                hurried += 1;
                watched.hurried_at = Some(now);
            }
        }
        self.order_due(rules, now);
        self.settle(rules, random, now);
        hurried
    }

    /// Has a check not made until then, or made again. Returns whether there is such a check.
    pub fn handle_pause(
        &mut self,
        rules: &WatchRules,
        name: &str,
        until: Option<Timestamp>,
        random: u32,
        now: Timestamp,
    ) -> bool {
        let Some(index) = rules.check_index(name) else { return false };
        if let Some(watched) = self.watched_mut(index) {
            watched.paused_until = until.filter(|until| now < *until);
        }
        self.group_has_changed(index / GROUP_MAX);
        self.settle(rules, random, now);
        true
    }

    /// Takes the time until which the target of each check is worked on, if it is.
    pub fn handle_maintenance(
        &mut self,
        rules: &WatchRules,
        until: impl Fn(&Check) -> Option<Timestamp>,
        random: u32,
        now: Timestamp,
    ) {
        for (index, check) in rules.checks.iter().enumerate() {
            let was_held = self.watched(index).is_some_and(|it| it.monitor.is_in_maintenance());
            let until = until(check);
            if until.is_none() && !was_held {
                continue;
            }
            self.step(rules, index, now, |check, watched, now| {
                watched.monitor.set_maintenance(&check.policy, until.unwrap_or(now), now)
            });
            self.group_has_changed(index / GROUP_MAX);
        }
        self.settle(rules, random, now);
    }

    /// Takes the times at which the site is worked on, so that what fails then opens no incident.
    pub fn handle_standing(
        &mut self,
        site: &Site,
        rules: &WatchRules,
        standing: &SiteState,
        random: u32,
        now: Timestamp,
    ) {
        let until = |check: &Check| maintenance_until(site, standing, check, now);
        self.handle_maintenance(rules, until, random, now);
    }

    /// Opens an incident by hand. Returns its id.
    pub fn handle_opening(
        &mut self,
        rules: &WatchRules,
        opening: &IncidentOpening,
        by: &str,
        random: u32,
        now: Timestamp,
    ) -> String {
        let id = self.incidents.open_by_hand(opening, by, now);
        self.settle(rules, random, now);
        id
    }

    /// Has an incident follow an operator; `None` if there is none of this id.
    pub fn handle_change(
        &mut self,
        rules: &WatchRules,
        id: &str,
        change: &IncidentChange,
        by: &str,
        random: u32,
        now: Timestamp,
    ) -> Option<Result<(), IncidentError>> {
        let done = self.incidents.apply(id, change, by, now)?;
        self.settle(rules, random, now);
        Some(done)
    }

    /// Sends a message that says that nothing has happened. Returns its id, or `None` if there is
    /// no such channel.
    pub fn handle_test(
        &mut self,
        rules: &WatchRules,
        channel: &str,
        random: u32,
        now: Timestamp,
    ) -> Option<String> {
        let known = rules.channel(channel)?;
        let message = format!("test-{}", now.as_millis());
        let alert = Alert {
            kind: AlertKind::Test,
            at: now,
            incident: AlertedIncident {
                id: message.clone(),
                title: "This is a test".into(),
                severity: known.severities.first().copied().unwrap_or(Severity::P3),
                state: "resolved".into(),
                since: now,
                resolved_at: Some(now),
                checks: alloc::vec::Vec::new(),
                summary: format!(
                    "An operator tries the channel `{channel}`. Nothing has happened."
                ),
                url: rules.incidents_url.clone(),
                runbook: None,
                is_acknowledged: false,
            },
        };
        let key = DeliveryKey { message: message.clone(), channel: channel.into() };
        if self.outbox.add(key, &message, now) == Added::Queued {
            self.work_done.count_alert(alert.kind);
            self.keep_alert(message.clone(), alert);
        }
        self.outbox_has_changed = true;
        self.settle(rules, random, now);
        Some(message)
    }

    /// Sends a dead letter again. Returns whether there is one, and room for it.
    pub fn handle_resend(
        &mut self,
        rules: &WatchRules,
        key: &DeliveryKey,
        random: u32,
        now: Timestamp,
    ) -> bool {
        self.outbox.reopen(&key.channel);
        let is_sent = self.outbox.resend(key, now);
        self.outbox_has_changed = true;
        self.settle(rules, random, now);
        is_sent
    }

    /// The incidents that are kept, the latest first.
    pub fn incidents(&self) -> impl Iterator<Item = &Incident> {
        self.incidents.iter().rev()
    }

    /// The incident of this id.
    pub fn incident(&self, id: &str) -> Option<&Incident> {
        self.incidents.get(id)
    }

    /// Whether any place answers: if none does, no check says anything, and the fault is on this
    /// side.
    pub fn is_prober_dead(&self, rules: &WatchRules, now: Timestamp) -> bool {
        let pairs = rules.checks.iter().zip(self.checks());
        let mut probed = pairs
            .filter(|(check, watched)| {
                !matches!(check.kind, CheckKind::Heartbeat { .. }) && !watched.is_paused(now)
            })
            .peekable();
        probed.peek().is_some() && probed.all(|(check, watched)| watched.is_silent(check, now))
    }
}

/// Until when the target of a check is worked on. What visitors reach through the site is closed by
/// its path, and a flow by that of any step; anything else, when the whole site is.
fn maintenance_until(
    site: &Site,
    standing: &SiteState,
    check: &Check,
    now: Timestamp,
) -> Option<Timestamp> {
    let file = &site.maintenance;
    let closed_at = |path: &str| closed(file, standing, path, now).map(|closed| closed.until);
    let whole = || site_closed(file, standing, now).map(|closed| closed.until);
    match &check.kind {
        CheckKind::Http(request) | CheckKind::Websocket { request, .. } => {
            request.path_on(&site.host).map_or_else(whole, closed_at)
        }
        CheckKind::Flow(steps) => {
            let urls = steps.iter().map(|step| step.url.as_written());
            let own = urls.filter_map(|url| path_on(&url, &site.host).map(String::from));
            let mut own = own.peekable();
            if own.peek().is_none() {
                return whole();
            }
            own.filter_map(|path| closed_at(&path)).max()
        }
        CheckKind::Tcp { .. }
        | CheckKind::Dns { .. }
        | CheckKind::Domain(_)
        | CheckKind::Tls { .. }
        | CheckKind::Heartbeat { .. } => whole(),
    }
}
