//! How the parts of the site are, and were.

use alloc::borrow::Cow;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::first_hour;
use crate::base::time::{Millis, Timestamp};
use crate::site::config::{Site, WatchRules};
use crate::site::monitoring::history::{
    ComponentDay, ToldOutage, day_and_hour, first_kept, hour_at, public_day,
};
use crate::site::monitoring::{MonitorHost, WatchedCheck};
use crate::site::status::{ComponentState, HOURS_SHOWN, PublicComponent, PublicDay, PublicHour};
use crate::watch::check::Check;
use crate::watch::component::{ComponentSource, PublishedComponent};
use crate::watch::dependency::DEPENDENCY_EVERY_DEFAULT;
use crate::watch::health::{STALE_AFTER, Status};
use crate::watch::incident::Impact;
use crate::watch::monitor::CheckState;

/// The least time for which a finding of a prober counts: the monitor hears of them once a minute,
/// and two rounds may fail.
const FINDING_COUNTS_MIN: Millis = Millis::from_secs(180);

/// What measurements say of a component, or one check of one.
#[derive(Clone, Copy, Debug, Default)]
struct Measured {
    state: ComponentState,
    since: Option<Timestamp>,
    measured_at: Option<Timestamp>,
    stale_after: Millis,
}

impl Measured {
    /// When it does not count any more.
    fn until(&self) -> Timestamp {
        self.measured_at.map(|at| at + self.stale_after).unwrap_or_default()
    }

    fn of_check(check: &Check, watched: &WatchedCheck, impact: Impact, now: Timestamp) -> Self {
        let monitor = &watched.monitor;
        let stale_after = check.policy.stale_after;
        // As many places as have to agree were observed at this time or later.
        let mut observed: Vec<Timestamp> = watched.latest.iter().map(|it| it.at).collect();
        observed.sort_unstable_by(|a, b| b.cmp(a));
        let measured_at = observed.get(check.policy.places.get() as usize - 1).copied();
        let is_young = measured_at.is_some_and(|at| now.since(at) < stale_after);
        let state = match monitor.state() {
            _ if monitor.is_in_maintenance() => ComponentState::UnderMaintenance,
            _ if watched.is_paused(now) || !is_young => ComponentState::Unknown,
            CheckState::Pending | CheckState::Unknown => ComponentState::Unknown,
            CheckState::Down => impact.into(),
            CheckState::Degraded => ComponentState::DegradedPerformance,
            CheckState::Up => ComponentState::Operational,
        };
        let since = match monitor.state() {
            CheckState::Down => {
                let failing = monitor.failing_places().map(|(_, since)| since).min();
                monitor.incident().map(|open| open.since).or(failing)
            }
            CheckState::Up => monitor.last_resolved(),
            CheckState::Pending | CheckState::Unknown | CheckState::Degraded => None,
        };
        Self { state, since, measured_at, stale_after }
    }

    /// What its checks come to. Trouble of one is known as long as that check is measured, whatever
    /// is known of others; that all is well only as long as each is.
    fn of_checks(all: &[Self]) -> Self {
        let state = all.iter().map(|it| it.state).max().unwrap_or_default();
        let as_bad = || all.iter().filter(|it| it.state == state);
        let is_trouble = state > ComponentState::Unknown;
        let (decisive, since) = if is_trouble {
            (as_bad().max_by_key(|it| it.until()), as_bad().filter_map(|it| it.since).min())
        } else {
            let measured = all.iter().filter(|it| it.measured_at.is_some());
            (measured.min_by_key(|it| it.until()), as_bad().filter_map(|it| it.since).max())
        };
        let decisive = decisive.or(all.first()).copied().unwrap_or_default();
        let is_told = is_trouble || state == ComponentState::Operational;
        Self { state, since: since.filter(|_| is_told), ..decisive }
    }
}

impl MonitorHost {
    /// A component. `told` are the times at which people said that it was not well.
    pub(super) fn public_component(
        &self,
        site: &Site,
        rules: &WatchRules,
        component: &PublishedComponent,
        told: &[ToldOutage],
        now: Timestamp,
    ) -> PublicComponent {
        let Measured { state, since, measured_at, stale_after } = match &component.source {
            ComponentSource::Checks(names) => {
                let indices = names.iter().filter_map(|name| rules.check_index(name));
                let checks = indices.filter_map(|index| {
                    let (check, watched) = (rules.checks.get(index)?, self.watched(index)?);
                    Some(Measured::of_check(check, watched, component.impact, now))
                });
                Measured::of_checks(&checks.collect::<Vec<_>>())
            }
            ComponentSource::Dependency(name) => self.finding(site, name, component.impact),
        };
        let (days, hours) = self.public_days(rules, component, told, now);
        PublicComponent {
            name: component.name.clone(),
            title: component.title.clone(),
            description: component.description.clone(),
            group: component.group.clone(),
            is_third_party: matches!(component.source, ComponentSource::Dependency(_)),
            only_if_degraded: component.only_if_degraded,
            state,
            since,
            measured_at,
            stale_after,
            days,
            hours,
        }
    }

    fn finding(&self, site: &Site, name: &str, impact: Impact) -> Measured {
        let known = site.dependencies.iter().find(|known| known.name == name);
        let every = known.map_or(DEPENDENCY_EVERY_DEFAULT, |known| known.every);
        let stale_after =
            Millis::new(every.get().saturating_mul(STALE_AFTER)).max(FINDING_COUNTS_MIN);
        let Some(found) = self.site_hour.dependency(name) else {
            return Measured { stale_after, ..Measured::default() };
        };
        let state = match found.status {
            Status::Pass => ComponentState::Operational,
            Status::Warn => ComponentState::DegradedPerformance,
            Status::Fail => impact.into(),
        };
        let (since, measured_at) = (Some(found.since), Some(found.measured_at));
        Measured { state, since, measured_at, stale_after }
    }

    /// The days of a component and how long its checks took, with the hour that runs.
    fn public_days(
        &self,
        rules: &WatchRules,
        component: &PublishedComponent,
        told: &[ToldOutage],
        now: Timestamp,
    ) -> (Vec<PublicDay>, Vec<PublicHour>) {
        let (first, (today, _)) = (first_kept(now), day_and_hour(now));
        let mut days: BTreeMap<u32, Cow<'_, ComponentDay>> = self
            .history
            .of_component(&component.name)
            .filter(|(day, _)| (first..=today).contains(day))
            .map(|(day, kept)| (day, Cow::Borrowed(kept)))
            .collect();
        for (at, found) in self.open_hours(rules, component) {
            let (day, hour) = day_and_hour(at);
            if (first..=today).contains(&day) {
                days.entry(day).or_default().to_mut().add(hour, &found);
            }
        }
        let since = first_hour(HOURS_SHOWN, now);
        let hours = days.iter().flat_map(|(day, kept)| {
            let took = kept.took().map(|(hour, average)| (hour_at(*day, hour), average));
            took.filter(|(hour, _)| since <= *hour && component.response_times)
        });
        let hours = hours.map(|(hour, average)| PublicHour { hour, average }).collect();
        let days =
            days.iter().filter_map(|(day, kept)| public_day(*day, kept, component.impact, told));
        (days.collect(), hours)
    }
}
