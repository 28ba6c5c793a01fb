//! What consoles are told of what happens.

use alloc::string::ToString as _;
use alloc::vec::Vec;

use super::MonitorHost;
use crate::base::json;
use crate::base::time::Timestamp;
use crate::circuit::breaker::State;
use crate::site::budget::CALL;
use crate::site::live::{DeliveryNews, LiveNews};
use crate::watch::alert::outbox::{DeliveryEnd, DeliveryKey};
use crate::watch::check::Check;
use crate::watch::monitor::CheckState;

impl MonitorHost {
    /// What has happened since this was asked last, for the consoles that are connected. Without
    /// one it is dropped.
    pub fn poll_news(&mut self) -> Vec<LiveNews> {
        self.news.take()
    }

    /// Takes that an operator has done something, as the site's history shows it.
    pub fn handle_ordered(&mut self, event: &str, now: Timestamp) {
        self.spending.spend(CALL, now);
        // It is made by the same code as the history, and what cannot be read is read there.
        if let Ok(event) = json::read(event) {
            self.news.push(LiveNews::Order { event });
        }
    }

    /// Takes that a console connects.
    pub fn handle_console(&mut self, now: Timestamp) {
        self.spending.spend(CALL, now);
    }

    pub(super) fn news_of_circuit(&mut self, upstream: &str, name: &str, from: State, to: State) {
        let (upstream, circuit) = (upstream.into(), name.into());
        self.news.push(LiveNews::Circuit { upstream, circuit, from, to });
    }

    pub(super) fn news_of_incident(&mut self, id: &str) {
        let Some(incident) = self.incidents.get(id) else { return };
        self.news.push(LiveNews::Incident {
            incident: id.into(),
            title: incident.title().to_string(),
            severity: incident.severity(),
            state: incident.state(),
        });
    }

    /// `is_dead`: it will not be tried again.
    pub(super) fn news_of_delivery(&mut self, key: &DeliveryKey, end: &DeliveryEnd, is_dead: bool) {
        let DeliveryKey { message, channel } = key.clone();
        let end = match end {
            _ if is_dead => DeliveryNews::Dead,
            DeliveryEnd::Delivered => DeliveryNews::Delivered,
            DeliveryEnd::Failed { .. } | DeliveryEnd::Refused { .. } | DeliveryEnd::Gone => {
                DeliveryNews::Failed
            }
        };
        self.news.push(LiveNews::Delivery { channel, message, end });
    }
}

/// The news that a check has changed its state.
pub(super) fn of_check(check: &Check, from: CheckState, to: CheckState) -> LiveNews {
    LiveNews::Check { check: check.name.clone(), from, to }
}
