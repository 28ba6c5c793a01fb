//! The main page, and that of one incident.

use alloc::string::String;
use alloc::vec::Vec;

use askama::Template;

use super::frame::Frame;
use super::icon::{self, Mark};
use super::incidents::{IncidentCard, MaintenanceCard};
use super::moment::Moment;
use super::parts::{PartGroup, PartRow};
use super::phrase::{mark_of, title_of, verdict};
use super::visitors::VisitorChart;
use super::words::{SplitText, fill, list, number};
use super::written::WrittenPart;
use super::{StatusPages, Subscriptions};
use crate::base::time::Millis;
use crate::site::status::{
    ComponentState, DAYS_SHOWN, HOURS_SHOWN, MaintenancePhase, PublicIncident, StatusView,
};

/// For how many days incidents that are over stand on the main page.
pub(super) const RECENT_DAYS: usize = 14;
/// How many days the page shows where it is narrow; the style sheet hides the others.
pub(super) const NARROW_DAYS: usize = 30;
/// How many times of planned maintenance are shown before the reader asks for more.
const PLANNED_SHOWN: usize = 3;

/// How the whole site is.
#[derive(Clone, Debug)]
pub(super) struct StatusBanner {
    /// The worst state of the site's own parts.
    pub(super) state: ComponentState,
    /// What is said of it.
    pub(super) text: String,
    /// When it was known.
    pub(super) updated: Moment,
    /// Whether that is too long ago to go by.
    pub(super) is_stale: bool,
}

impl StatusBanner {
    fn of(frame: &Frame<'_>, view: StatusView<'_>) -> Self {
        Self {
            state: view.worst(),
            text: verdict(frame.t, view),
            updated: Moment::of(frame.t, view.status().at),
            is_stale: view.is_stale(),
        }
    }
}

/// The main page.
#[derive(Template)]
#[template(path = "overview.html")]
pub(super) struct Overview<'a> {
    f: Frame<'a>,
    marks: [Mark; 6],
    banner: StatusBanner,
    open: Vec<IncidentCard<'a>>,
    under_way: Vec<MaintenanceCard<'a>>,
    planned: Vec<MaintenanceCard<'a>>,
    planned_later: Vec<MaintenanceCard<'a>>,
    groups: Vec<PartGroup<'a>>,
    others: Vec<PartRow<'a>>,
    visitors: Option<VisitorChart<'a>>,
    recent: Vec<IncidentCard<'a>>,
    subscriptions: Subscriptions,
    /// What can be chosen in the form: the name and the title of each part.
    choices: Vec<(&'a str, &'a str)>,
}

impl<'a> Overview<'a> {
    pub(super) fn of(
        pages: &StatusPages<'a>,
        view: StatusView<'a>,
        subscriptions: Subscriptions,
    ) -> Self {
        let (texts, status) = (pages.texts, view.status());
        let text = verdict(texts, view);
        let f = Frame::new(pages, Some(""), &text, view.worst(), Some(status.at));
        let since = view.now().before(Millis::from_secs(RECENT_DAYS as u64 * 24 * 3600));
        let is_recent = |incident: &&PublicIncident| {
            incident.resolved_at.is_some_and(|resolved| resolved >= since)
        };
        let recent = status.incidents.iter().filter(is_recent);
        let maintenance = |phase| {
            let times = view.maintenance_in(phase);
            times.map(|time| MaintenanceCard::of(texts, time)).collect::<Vec<_>>()
        };
        let mut planned = maintenance(MaintenancePhase::Scheduled);
        let planned_later = planned.split_off(planned.len().min(PLANNED_SHOWN));
        let (others, own): (Vec<_>, Vec<_>) =
            view.components().into_iter().partition(|part| part.component.is_third_party);
        let row = |part| PartRow::of(texts, part, view.now());
        let parts = status.components.iter();
        Self {
            banner: StatusBanner::of(&f, view),
            open: view.open_incidents().map(|it| IncidentCard::of(&f, view, it)).collect(),
            under_way: maintenance(MaintenancePhase::InProgress),
            planned,
            planned_later,
            groups: PartGroup::of(texts, own, view.now()),
            others: others.into_iter().map(row).collect(),
            visitors: VisitorChart::of(texts, &status.visitors, view.now()),
            recent: recent.map(|it| IncidentCard::of(&f, view, it)).collect(),
            subscriptions,
            choices: parts.map(|part| (&*part.name, &*part.title)).collect(),
            marks: icon::all(),
            f,
        }
    }

    fn more_planned(&self) -> String {
        let (count, texts) = (self.planned_later.len(), self.f.t);
        let text = texts.counted(count, texts.maintenance_more_one, texts.maintenance_more_many);
        number(text, count)
    }
}

/// The page of one incident.
#[derive(Template)]
#[template(path = "incident.html")]
pub(super) struct IncidentPage<'a> {
    f: Frame<'a>,
    marks: [Mark; 6],
    incident: IncidentCard<'a>,
}

impl<'a> IncidentPage<'a> {
    pub(super) fn of(
        pages: &StatusPages<'a>,
        view: StatusView<'a>,
        incident: &'a PublicIncident,
    ) -> Self {
        let title = title_of(pages.texts, view, incident);
        let path = alloc::format!("/incidents/{}", incident.id);
        let at = incident.is_open().then(|| view.status().at);
        let state = mark_of(incident.impact);
        let mut f = Frame::new(pages, Some(&path), &title, state, at);
        let incident = IncidentCard::of(&f, view, incident);
        f.description = description(&f, &incident);
        f.preview = title;
        Self { f, marks: icon::all(), incident }
    }
}

/// What a preview says of an incident: what it hits and since when, which stays true for as long
/// as the preview is kept.
fn description(frame: &Frame<'_>, incident: &IncidentCard<'_>) -> String {
    let texts = frame.t;
    let since = fill(texts.incident_since, &[("time", &incident.since.shown)]);
    let names: Vec<_> = incident.parts.iter().map(|(title, ..)| *title).collect();
    if names.is_empty() {
        return since;
    }
    let hit = fill(texts.incident_affects, &[("names", &list(texts, &names))]);
    alloc::format!("{hit} · {since}")
}
