//! The host as it was stored.
//!
//! What cannot be read is put aside before it is overwritten, and told. What it was about goes on
//! as well as the rest allows: checks by the incidents that are open, and deliveries by what
//! incidents have written down.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use super::MonitorHost;
use super::announced::Announced;
use super::effect::MonitorWrite;
use super::group::CheckGroup;
use super::history::{History, SiteHour};
use super::host::watched_at;
use super::incidents::Incidents;
use super::objectives::{Objectives, is_incident_check};
use super::rebuild;
use super::schedule::spread;
use super::spending::Spending;
use super::subscribers::Subscribers;
use super::visitors::RecentAnswers;
use super::watched::WatchedCheck;
use super::work::MonitorWork;
use crate::base::budget::{Cost, StoredLedger};
use crate::base::stored::{OnceUnversioned as _, StoredForm};
use crate::base::time::{Millis, Timestamp};
use crate::site::budget::monitor_budget;
use crate::site::config::WatchRules;
use crate::site::live::NewsQueue;
use crate::telemetry::metrics::CarriedWork;
use crate::watch::alert::Alert;
use crate::watch::alert::outbox::Outbox;
use crate::watch::check::{Check, GROUP_MAX};
use crate::watch::monitor::{CheckState, Parent};

/// The name under which an outbox is kept that cannot be read.
const OUTBOX_UNREAD: &str = "outbox-unread";
/// The rows that are read whatever there is: outbox, ledger, the hour that runs, what was
/// announced, the book and the key of subscriptions, the minutes and the hours of objectives, and
/// what was done.
const SINGLE_ROWS: usize = 9;
/// A check that has been due for this long when the monitor is loaded is overdue: 10 s. The alarm
/// that loads the monitor comes for a check that is due just then, which must not be put off.
const OVERDUE_AFTER: Millis = Millis::from_secs(10);

/// What is stored of the watch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredMonitoring {
    /// The groups, each with its number.
    pub groups: Vec<(u32, String)>,
    /// The incidents that are kept, with their ids.
    pub incidents: Vec<(String, String)>,
    /// The messages that are on their way, with their ids.
    pub alerts: Vec<(String, String)>,
    /// The outbox.
    pub outbox: Option<String>,
    /// What is left of the budget.
    pub ledger: Option<String>,
    /// The latest [`RECENT_DAYS`](super::RECENT_DAYS) days of the history that are not to come,
    /// each with its number of days since 1970-01-01.
    pub days: Vec<(u32, String)>,
    /// What the hour that runs has besides checks.
    pub hour: Option<String>,
    /// The maintenance that was announced.
    pub announced: Option<String>,
    /// What is known of all subscribers together.
    pub subscriptions: Option<String>,
    /// The key from which tokens of subscribers follow.
    pub subscription_key: Option<String>,
    /// The updates that are on their way to subscribers, with their ids.
    pub campaigns: Vec<(String, String)>,
    /// What changes of objectives each minute.
    pub objectives: Option<String>,
    /// The hours of objectives.
    pub objective_hours: Option<String>,
    /// What the monitor has done.
    pub work: Option<String>,
}

impl StoredMonitoring {
    /// What it costs to read.
    fn cost(&self) -> Cost {
        let lists = self.groups.len() + self.incidents.len() + self.alerts.len();
        let rows = lists + self.days.len() + self.campaigns.len() + SINGLE_ROWS;
        Cost { rows_read: u32::try_from(rows).unwrap_or(u32::MAX), ..Cost::ZERO }
    }
}

impl MonitorHost {
    /// The host as it was stored, and what of it cannot be read. `alarm` is the time that the
    /// object's alarm is set for.
    pub fn load(
        stored: &StoredMonitoring,
        rules: &WatchRules,
        alarm: Option<Timestamp>,
        now: Timestamp,
    ) -> (Self, Vec<String>) {
        let mut unread = Vec::new();
        let mut writes = VecDeque::new();
        let (incidents, errors) = Incidents::load(&stored.incidents);
        let has_all_incidents = errors.is_empty();
        unread.extend(errors);
        let (groups, carried) = groups(stored, rules, &incidents, &mut writes, &mut unread, now);
        let mut alerts = BTreeMap::new();
        for (id, text) in &stored.alerts {
            match Alert::from_any_stored(text) {
                Ok(alert) => drop(alerts.insert(id.clone(), alert)),
                Err(error) => unread.push(format!("message {id}: {error}")),
            }
        }
        let ledger = stored.ledger.as_deref().map(StoredLedger::from_stored).transpose();
        let ledger = ledger.unwrap_or_else(|error| {
            // A full budget takes its place, so that checks go on.
            unread.push(format!("the ledger of the budget: {error}"));
            None
        });
        let history = History::load(&stored.days, &mut writes, &mut unread);
        let hour = stored.hour.as_deref();
        let (mut site_hour, is_lost): (SiteHour, _) = read(hour, &mut writes, &mut unread);
        site_hour.has_changed = is_lost;
        let announced = stored.announced.as_deref();
        let (mut announced, is_lost): (Announced, _) = read(announced, &mut writes, &mut unread);
        announced.has_changed = is_lost;
        let rows = (stored.objectives.as_deref(), stored.objective_hours.as_deref());
        let objectives = Objectives::load(rows, rules, &mut writes, &mut unread);
        let subscribers = Subscribers::load(stored, &mut writes, &mut unread);
        let work = stored.work.as_deref();
        let work_done = MonitorWork::load(work, &carried, &mut writes, &mut unread);
        let mut host = Self {
            groups,
            under_way: Vec::new(),
            incidents,
            outbox: Outbox::default(),
            outbox_has_changed: false,
            alerts,
            writes,
            work: VecDeque::new(),
            round: None,
            last_round: None,
            alarm,
            alarm_is_due: true,
            next_notice: None,
            recent_answers: RecentAnswers::default(),
            history,
            site_hour,
            announced,
            objectives,
            subscribers,
            work_done,
            spending: Spending::load(monitor_budget(rules), ledger, now),
            news: NewsQueue::default(),
        };
        host.spending.spend(stored.cost(), now);
        host.load_outbox(stored, &mut unread, now);
        host.rebuild_alerts(rules, &stored.alerts, now);
        host.handle_clock(rules, now);
        host.reconcile(rules, has_all_incidents, now);
        host.reconcile_objectives(rules, has_all_incidents, now);
        host.next_notice = host.next_notice(rules, now);
        (host, unread)
    }

    fn load_outbox(&mut self, stored: &StoredMonitoring, unread: &mut Vec<String>, now: Timestamp) {
        let error = match stored.outbox.as_deref().map(Outbox::from_any_stored) {
            Some(Ok(outbox)) => {
                self.outbox = outbox;
                return;
            }
            Some(Err(error)) => error.to_string(),
            // Messages are stored only while the outbox knows of them.
            None if !stored.alerts.is_empty() => "it is missing".into(),
            None => return,
        };
        unread.push(format!("the outbox: {error}"));
        if let Some(text) = stored.outbox.clone() {
            self.writes.push_back(MonitorWrite::PutAside { name: OUTBOX_UNREAD.into(), text });
        }
        let ids = stored.alerts.iter().map(|(id, _)| &**id);
        self.outbox = rebuild::outbox(ids, &self.incidents, now);
        self.outbox_has_changed = true;
        self.tell_of_lost_outbox(now);
    }

    /// Makes checks, their parents and their incidents agree: the site file may have changed, and
    /// what could not be read is missing.
    fn reconcile(&mut self, rules: &WatchRules, has_all_incidents: bool, now: Timestamp) {
        let is_known =
            |name: &str| rules.check_index(name).is_some() || is_incident_check(rules, name);
        self.incidents.end_unknown_checks(is_known, now);
        for (index, check) in rules.checks.iter().enumerate() {
            let Some(watched) = watched_at(&self.groups, index) else { continue };
            let fails = self.incidents.in_which_fails(&check.name).is_some();
            match watched.monitor.incident() {
                None if fails => self.incidents.end_check(&check.name, now, now),
                Some(_) if !fails && !has_all_incidents => {
                    self.incidents.open_check(rules, check, watched, &self.recent_answers, now);
                }
                None | Some(_) => {}
            }
            let parent = check.depends_on.as_ref().and_then(|name| rules.check_index(name));
            let parent = parent.and_then(|index| watched_at(&self.groups, index));
            let is_down = parent.is_some_and(|it| it.monitor.state() == CheckState::Down);
            let parent = if is_down { Parent::Down } else { Parent::Up };
            if watched.monitor.parent() != parent {
                self.group_has_changed(index / GROUP_MAX);
                self.step(rules, index, now, |check, watched, now| {
                    watched.monitor.set_parent(&check.policy, parent, now)
                });
            }
        }
    }
}

/// What is stored in a row of its own, and whether it could not be read: then it is put aside, and
/// written over, since the next round knows it again.
pub(super) fn read<T: StoredForm + Default>(
    stored: Option<&str>,
    writes: &mut VecDeque<MonitorWrite>,
    unread: &mut Vec<String>,
) -> (T, bool) {
    let Some(text) = stored else { return (T::default(), false) };
    match T::from_stored(text) {
        Ok(read) => (read, false),
        Err(error) => {
            unread.push(error.to_string());
            let name = format!("{}-unread", T::NAME);
            writes.push_back(MonitorWrite::PutAside { name, text: text.into() });
            (T::default(), true)
        }
    }
}

/// The groups as the site file has them, with what is stored of their checks, and what was done as
/// each stored one has it.
fn groups(
    stored: &StoredMonitoring,
    rules: &WatchRules,
    incidents: &Incidents,
    writes: &mut VecDeque<MonitorWrite>,
    unread: &mut Vec<String>,
    now: Timestamp,
) -> (Vec<CheckGroup>, Vec<CarriedWork>) {
    let mut known: BTreeMap<String, (usize, WatchedCheck)> = BTreeMap::new();
    let mut carried = Vec::new();
    let mut hours = BTreeMap::new();
    for (number, text) in &stored.groups {
        let index = *number as usize;
        match CheckGroup::from_stored(text) {
            Ok(group) => {
                hours.insert(index, group.hour);
                carried.push(group.work);
                let checks = group.checks.into_iter();
                known.extend(checks.map(|it| (it.name.clone(), (index, it))));
            }
            Err(error) => {
                unread.push(format!("checks of group {number}: {error}"));
                let name = format!("checks-unread-{number}");
                writes.push_back(MonitorWrite::PutAside { name, text: text.to_string() });
            }
        }
    }
    let count = rules.checks.len().div_ceil(GROUP_MAX);
    let mut groups = Vec::with_capacity(count);
    for (number, checks) in rules.checks.chunks(GROUP_MAX).enumerate() {
        let mut group = CheckGroup::new(now);
        group.hour = hours.get(&number).copied().unwrap_or(group.hour);
        group.has_changed = false;
        for check in checks {
            let begins = spread(number, count, check, now);
            let found = known.remove(&check.name);
            group.has_changed |= !matches!(found, Some((before, _)) if before == number);
            let (watched, is_put_off) = match found {
                Some((_, watched)) => prepared(check, watched, begins, now),
                None => (begun(check, incidents, begins, now), false),
            };
            // What is not stored would be put off again by the next load, and so for ever.
            group.has_changed |= is_put_off;
            group.checks.push(watched);
        }
        groups.push(group);
    }
    if let Some(first) = groups.first_mut() {
        first.has_changed |= !known.is_empty();
    }
    if stored.groups.iter().any(|(number, _)| *number as usize >= count) {
        writes.push_back(MonitorWrite::ForgetGroups { from: count as u32 });
    }
    (groups, carried)
}

/// A check as it was stored, without places that it has no more, and whether it is put off, because
/// it is overdue.
fn prepared(
    check: &Check,
    mut watched: WatchedCheck,
    begins: Timestamp,
    now: Timestamp,
) -> (WatchedCheck, bool) {
    let is_place = |name: &str| check.places().any(|place| place == name);
    watched.monitor.retain_places(is_place);
    watched.latest.retain(|it| is_place(&it.place));
    let is_overdue = check.places().any(|place| watched.due(check, place) + OVERDUE_AFTER <= now);
    if is_overdue {
        watched.not_before = watched.not_before.max(begins);
    }
    (watched, is_overdue)
}

/// A check of which nothing is stored. If an incident says that it fails, its record was lost, and
/// it goes on with that.
fn begun(check: &Check, incidents: &Incidents, begins: Timestamp, now: Timestamp) -> WatchedCheck {
    match incidents.in_which_fails(&check.name) {
        None => WatchedCheck::new(&check.name, begins),
        Some((incident, failing)) => {
            WatchedCheck::resumed(check, failing.since, incident.is_flapping(), begins, now)
        }
    }
}
