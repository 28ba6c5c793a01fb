//! Components and groups. Statuspage has both in one list: a group is a component of which others
//! are members.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::shapes::{ComponentJson, OwnComponentJson};
use super::{StatuspageApi, id_of};
use crate::base::calendar::{Date, MS_PER_DAY};
use crate::base::rfc3339::{LAST, Rfc3339};
use crate::base::time::Timestamp;
use crate::site::status::{ComponentState, ComponentView, StatusView};

/// An entry of the list, with its place among those that stand beside it, from 1.
pub(super) enum Listed<'a> {
    /// A group with its members.
    Group { title: &'a str, position: usize, members: Vec<ComponentView<'a>> },
    /// A component.
    Single { view: ComponentView<'a>, position: usize },
}

impl<'a> Listed<'a> {
    pub(super) fn id(&self) -> String {
        match self {
            Self::Group { title, .. } => id_of("group", title),
            Self::Single { view, .. } => id_of("component", &view.component.name),
        }
    }

    /// The name that a component has in the site file. Groups have none.
    pub(super) fn name(&self) -> Option<&'a str> {
        match self {
            Self::Group { .. } => None,
            Self::Single { view, .. } => Some(&view.component.name),
        }
    }
}

/// All components in the order of the site file. A group stands where its first member would, and
/// its members follow it.
pub(super) fn listed<'a>(view: &StatusView<'a>) -> Vec<Listed<'a>> {
    let all: Vec<_> = view.status().components.iter().map(|it| view.component(it)).collect();
    let mut listed = Vec::with_capacity(all.len());
    let mut groups: Vec<&str> = Vec::new();
    let mut position = 0;
    for &view in &all {
        let Some(title) = view.component.group.as_deref() else {
            position += 1;
            listed.push(Listed::Single { view, position });
            continue;
        };
        if groups.contains(&title) {
            continue;
        }
        groups.push(title);
        position += 1;
        let members = all.iter().filter(|it| it.component.group.as_deref() == Some(title));
        let members: Vec<_> = members.copied().collect();
        listed.push(Listed::Group { title, position, members: members.clone() });
        let members = members.into_iter().zip(1..);
        listed.extend(members.map(|(view, position)| Listed::Single { view, position }));
    }
    listed
}

impl<'a> StatuspageApi<'a> {
    /// A component or a group, with or without Breakwater's own members.
    pub(super) fn component(&'a self, listed: &Listed<'a>, is_whole: bool) -> ComponentJson<'a> {
        match listed {
            Listed::Group { title, position, members } => {
                self.group(listed.id(), title, *position, members, is_whole)
            }
            Listed::Single { view, position } => {
                self.single(listed.id(), view, *position, is_whole)
            }
        }
    }

    /// The components that are meant, without Breakwater's own members.
    pub(super) fn components_where(
        &'a self,
        is_meant: impl Fn(&ComponentView<'a>) -> bool,
    ) -> Vec<ComponentJson<'a>> {
        let meant = self.listed.iter().filter(|it| match it {
            Listed::Group { .. } => false,
            Listed::Single { view, .. } => is_meant(view),
        });
        meant.map(|it| self.component(it, false)).collect()
    }

    fn single(
        &'a self,
        id: String,
        view: &ComponentView<'a>,
        position: usize,
        is_whole: bool,
    ) -> ComponentJson<'a> {
        let component = view.component;
        let (created_at, updated_at) = self.times(view);
        let own = || OwnComponentJson {
            name: Some(&component.name),
            state: view.state,
            is_third_party: component.is_third_party,
            since: component.since.filter(|_| view.state == component.state).map(Rfc3339),
            measured_at: component.measured_at.map(Rfc3339),
            stale_after_ms: component.stale_after.get(),
            uptime_ppm: view.uptime_ppm(),
            uptime_days: view.uptime_ppm().map(|_| component.days.len()),
        };
        ComponentJson {
            id,
            name: &component.title,
            status: view.state.as_statuspage(),
            created_at: Rfc3339(created_at),
            updated_at: Rfc3339(updated_at),
            position,
            description: component.description.as_deref(),
            showcase: !component.days.is_empty(),
            start_date: component.days.first().map(|first| date(first.day)),
            group_id: component.group.as_deref().map(|title| id_of("group", title)),
            page_id: &self.page_id,
            group: false,
            only_show_if_degraded: component.only_if_degraded,
            components: None,
            breakwater: is_whole.then(own),
        }
    }

    fn group(
        &'a self,
        id: String,
        title: &'a str,
        position: usize,
        members: &[ComponentView<'a>],
        is_whole: bool,
    ) -> ComponentJson<'a> {
        let state = members.iter().map(|it| it.state).max().unwrap_or_default();
        let times = members.iter().map(|it| self.times(it));
        let (created_at, updated_at) = times
            .reduce(|all, it| (all.0.min(it.0), all.1.max(it.1)))
            .unwrap_or((self.view.status().at, self.view.status().at));
        let ids = members.iter().map(|it| id_of("component", &it.component.name));
        ComponentJson {
            id,
            name: title,
            status: state.as_statuspage(),
            created_at: Rfc3339(created_at),
            updated_at: Rfc3339(updated_at),
            position,
            description: None,
            showcase: false,
            start_date: None,
            group_id: None,
            page_id: &self.page_id,
            group: true,
            only_show_if_degraded: members.iter().all(|it| it.component.only_if_degraded),
            components: Some(ids.collect()),
            breakwater: is_whole.then(|| own_of_group(state, members)),
        }
    }

    /// When a component was measured first, as far as that is kept, and when it became what it is.
    fn times(&self, view: &ComponentView<'_>) -> (Timestamp, Timestamp) {
        let ComponentView { component, state } = view;
        let since = component.since.filter(|_| *state == component.state);
        let updated = since.or(component.measured_at).unwrap_or(self.view.status().at);
        let first = component.days.first().map(|first| midnight(first.day));
        (first.map_or(updated, |first| first.min(updated)), updated)
    }
}

fn own_of_group<'a>(state: ComponentState, members: &[ComponentView<'_>]) -> OwnComponentJson<'a> {
    let measured = members.iter().map(|it| it.component.measured_at);
    let stale_after = members.iter().map(|it| it.component.stale_after.get()).max();
    OwnComponentJson {
        name: None,
        state,
        is_third_party: members.iter().all(|it| it.component.is_third_party),
        since: None,
        measured_at: measured.min().flatten().map(Rfc3339),
        stale_after_ms: stale_after.unwrap_or_default(),
        uptime_ppm: None,
        uptime_days: None,
    }
}

/// The first moment of a day that is counted from 1970-01-01.
fn midnight(day: u32) -> Timestamp {
    Timestamp::from_millis(u64::from(day) * MS_PER_DAY as u64)
}

/// A day that is counted from 1970-01-01, such as `2026-11-28`.
fn date(day: u32) -> String {
    let Date { year, month, day, .. } = Date::of(midnight(day).min(LAST));
    format!("{year:04}-{:02}-{day:02}", month + 1)
}
