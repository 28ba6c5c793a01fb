//! A monitor that is told what was found, with its storage. It can be put away and loaded again at
//! any moment.

use std::collections::BTreeMap;

use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::site::config::{Site, SiteFile, WatchRules, parse_file};
use breakwater_core::site::monitoring::{
    DependencyFinding, MonitorEffect, MonitorHost, MonitorWrite, RECENT_DAYS, StoredMonitoring,
    day_of,
};
use breakwater_core::site::standing::SiteState;
use breakwater_core::site::status::{DAYS_SHOWN, PublicComponent, PublicStatus};
use breakwater_core::watch::check::{CheckObservation, GROUP_MAX};
use breakwater_core::watch::health::Status;
use breakwater_core::watch::incident::{EdgeShares, IncidentChange, IncidentOpening};
use breakwater_core::watch::maintenance::Window;
use breakwater_core::watch::monitor::CheckResult;

/// A site without checks.
const HEAD: &str = "[site]\nname = \"Shop\"\nhost = \"shop.example\"\n\
    [upstreams.web]\norigin = \"https://web.example\"\n\
    [[routes]]\nmatch = \"/*\"\nupstream = \"web\"\n";

/// The monitor of a site.
pub(crate) struct Watch {
    pub(crate) site: Site,
    pub(crate) rules: WatchRules,
    pub(crate) host: MonitorHost,
    pub(crate) groups: BTreeMap<u32, String>,
    pub(crate) incidents: BTreeMap<String, String>,
    pub(crate) days: BTreeMap<u32, String>,
    pub(crate) hour: Option<String>,
    pub(crate) announced: Option<String>,
    /// How often a day was written.
    pub(crate) days_written: u32,
    pub(crate) aside: BTreeMap<String, String>,
    pub(crate) unread: Vec<String>,
}

impl Watch {
    /// The monitor of [`HEAD`] and more.
    pub(crate) fn of(more: &str, now: Timestamp) -> Self {
        Self::of_file(&[HEAD, more].concat(), now)
    }

    pub(crate) fn of_file(text: &str, now: Timestamp) -> Self {
        let file = parse_file("test", text).unwrap_or_else(|error| panic!("{error}"));
        let SiteFile { site, watch: rules, .. } = file;
        let (host, _) = MonitorHost::load(&StoredMonitoring::default(), &rules, None, now);
        let mut watch = Self {
            site,
            rules,
            host,
            groups: BTreeMap::new(),
            incidents: BTreeMap::new(),
            days: BTreeMap::new(),
            hour: None,
            announced: None,
            days_written: 0,
            aside: BTreeMap::new(),
            unread: Vec::new(),
        };
        watch.carry_out();
        watch
    }

    /// Puts the monitor away, and loads what was stored.
    pub(crate) fn reload(&mut self, now: Timestamp) {
        let stored = StoredMonitoring {
            groups: self.groups.clone().into_iter().collect(),
            incidents: self.incidents.clone().into_iter().collect(),
            days: self.days_before(day_of(now) + 1, RECENT_DAYS),
            hour: self.hour.clone(),
            announced: self.announced.clone(),
            ..StoredMonitoring::default()
        };
        let (host, unread) = MonitorHost::load(&stored, &self.rules, None, now);
        self.host = host;
        self.unread.extend(unread);
        self.carry_out();
    }

    fn days_before(&self, day: u32, most: usize) -> Vec<(u32, String)> {
        let days = self.days.range(..day).rev().take(most);
        days.map(|(day, json)| (*day, json.clone())).collect()
    }

    /// What strangers read.
    pub(crate) fn status(&mut self, now: Timestamp) -> PublicStatus {
        if let Some(day) = self.host.lacks_days_before() {
            let older = self.days_before(day, DAYS_SHOWN);
            let unread = self.host.handle_older_days(&older, now);
            self.unread.extend(unread);
        }
        assert_eq!(self.host.lacks_days_before(), None);
        self.host.public_status(&self.site, &self.rules, now)
    }

    /// A component that strangers read of.
    pub(crate) fn component(&mut self, name: &str, now: Timestamp) -> PublicComponent {
        let status = self.status(now);
        let found = status.components.into_iter().find(|component| component.name == name);
        found.unwrap_or_else(|| panic!("no component {name}"))
    }

    /// Has a place find something.
    pub(crate) fn find(&mut self, check: &str, place: &str, result: CheckResult, now: Timestamp) {
        self.find_within(check, place, result, Millis::new(40), now);
    }

    pub(crate) fn find_within(
        &mut self,
        check: &str,
        place: &str,
        result: CheckResult,
        took: Millis,
        now: Timestamp,
    ) {
        let index = self.rules.check_index(check).unwrap_or_else(|| panic!("no check {check}"));
        let found = CheckObservation {
            check: check.into(),
            result,
            took,
            status: None,
            reasons: Vec::new(),
            evidence: None,
        };
        let group = (index / GROUP_MAX) as u32;
        self.host.handle_observations(&self.rules, place, group, &[found], 0, now);
        self.carry_out();
    }

    /// Makes a round, as each minute does.
    pub(crate) fn round(
        &mut self,
        standing: &SiteState,
        series: &[Window],
        answers: EdgeShares,
        now: Timestamp,
    ) {
        self.host.handle_announced(&self.site, standing, series, now);
        self.host.handle_standing(&self.site, &self.rules, standing, 0, now);
        self.host.handle_answers(&self.rules, vec![("web".into(), answers)], now);
        self.host.handle_round(&self.rules, 0, now);
        self.carry_out();
    }

    /// Has a prober find something.
    pub(crate) fn find_dependency(&mut self, name: &str, status: Status, measured_at: Timestamp) {
        let found = DependencyFinding { dependency: name.into(), status, measured_at };
        self.host.handle_findings(&self.rules, &[found], measured_at);
        self.carry_out();
    }

    /// Opens an incident by hand.
    pub(crate) fn open(&mut self, opening: &IncidentOpening, now: Timestamp) -> String {
        let id = self.host.handle_opening(&self.rules, opening, "ana", 0, now);
        self.carry_out();
        id
    }

    /// Has an incident follow an operator.
    pub(crate) fn change(&mut self, id: &str, change: &IncidentChange, now: Timestamp) {
        let done = self.host.handle_change(&self.rules, id, change, "ana", 0, now);
        assert_eq!(done, Some(Ok(())), "{change:?}");
        self.carry_out();
    }

    pub(crate) fn carry_out(&mut self) {
        while let Some(effect) = self.host.poll_effect(&self.rules) {
            let MonitorEffect::Store(write) = effect else { continue };
            match write {
                MonitorWrite::SaveGroup { group, json } => drop(self.groups.insert(group, json)),
                MonitorWrite::SaveIncident { id, json } => drop(self.incidents.insert(id, json)),
                MonitorWrite::ForgetIncident { id } => drop(self.incidents.remove(&id)),
                MonitorWrite::SaveDay { day, json } => {
                    self.days_written += 1;
                    self.days.insert(day, json);
                }
                MonitorWrite::SaveHour(json) => self.hour = Some(json),
                MonitorWrite::SaveAnnounced(json) => self.announced = Some(json),
                MonitorWrite::ForgetBefore { days, .. } => self.days.retain(|day, _| *day >= days),
                MonitorWrite::PutAside { name, text } => drop(self.aside.insert(name, text)),
                MonitorWrite::ForgetGroups { .. }
                | MonitorWrite::AddObservations { .. }
                | MonitorWrite::AddHour { .. }
                | MonitorWrite::SaveAlert { .. }
                | MonitorWrite::ForgetAlert { .. }
                | MonitorWrite::SaveOutbox(_)
                | MonitorWrite::SaveSubscriber { .. }
                | MonitorWrite::ForgetSubscriber { .. }
                | MonitorWrite::SaveCampaign { .. }
                | MonitorWrite::ForgetCampaign { .. }
                | MonitorWrite::SaveSubscriptions(_)
                | MonitorWrite::SaveSubscriptionKey(_)
                | MonitorWrite::SaveWork(_)
                | MonitorWrite::SaveLedger(_)
                | MonitorWrite::SaveObjectives(_)
                | MonitorWrite::SaveObjectiveHours(_) => {}
            }
        }
    }
}

/// A check whose places are each confirmed by one observation.
pub(crate) fn check(name: &str, more: &str) -> String {
    format!(
        "[[checks]]\nname = \"{name}\"\nurl = \"https://shop.example/{name}\"\nfailures = 1\n\
         successes = 1\nflaps = 100\n{more}\n"
    )
}
