//! Which incidents explain others, of which people are not told meanwhile.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use super::MonitorHost;
use crate::base::time::Timestamp;
use crate::site::config::WatchRules;
use crate::watch::alert::InhibitionSubject;
use crate::watch::incident::Incident;

impl MonitorHost {
    /// Notes which incidents explain others now.
    pub(super) fn inhibit(&mut self, rules: &WatchRules, now: Timestamp) {
        if rules.inhibitions.is_empty() && !self.incidents.iter().any(is_inhibited) {
            return;
        }
        let holders = self.holders(rules);
        let news = self.incidents.iter().filter(|incident| incident.is_open());
        let news = news.filter_map(|incident| {
            let by = holders.get(incident.id()).cloned();
            (incident.inhibited_by() != by.as_deref()).then(|| (incident.id().to_string(), by))
        });
        let news: Vec<(String, Option<String>)> = news.collect();
        for (id, by) in news {
            if let Some(incident) = self.incidents.get_mut(&id) {
                incident.set_inhibited(by.as_deref(), now);
            }
        }
    }

    /// The incidents that another one holds, each with the first that does.
    fn holders(&self, rules: &WatchRules) -> BTreeMap<String, String> {
        let open = self.incidents.iter().filter(|incident| incident.is_open());
        let open: Vec<(&Incident, InhibitionSubject<'_>)> =
            open.map(|incident| (incident, subject(incident))).collect();
        let mut held = BTreeMap::new();
        for rule in &rules.inhibitions {
            let holders: Vec<_> = open.iter().filter(|(_, it)| rule.is_by(it)).collect();
            // What a person opens is told by that person.
            for (incident, of_incident) in open.iter().filter(|(it, _)| !it.is_manual()) {
                let holds = |(other, it): &&&(&Incident, InhibitionSubject<'_>)| {
                    other.id() != incident.id() && rule.holds(it, of_incident)
                };
                if let Some((holder, _)) = holders.iter().find(holds) {
                    let by = || holder.id().to_string();
                    held.entry(incident.id().to_string()).or_insert_with(by);
                }
            }
        }
        held
    }
}

fn is_inhibited(incident: &Incident) -> bool {
    incident.is_open() && incident.inhibited_by().is_some()
}

fn subject(incident: &Incident) -> InhibitionSubject<'_> {
    let failing = incident.checks().iter().filter(|check| check.is_failing);
    InhibitionSubject {
        severity: incident.severity(),
        failing: failing.map(|check| check.name.as_str()).collect(),
    }
}
