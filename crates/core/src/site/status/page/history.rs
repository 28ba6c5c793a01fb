//! The incidents and the maintenance of one month.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use askama::Template;

use super::StatusPages;
use super::frame::Frame;
use super::icon::{self, Mark};
use super::incidents::{IncidentCard, MaintenanceCard};
use super::moment::HistoryMonth;
use super::words::{SplitText, fill};
use super::written::WrittenPart;
use crate::base::time::Millis;
use crate::site::status::{ComponentState, DAYS_SHOWN, MaintenancePhase, StatusView};

/// The page of one month.
#[derive(Template)]
#[template(path = "history.html")]
pub(super) struct HistoryPage<'a> {
    f: Frame<'a>,
    marks: [Mark; 6],
    title: String,
    incidents: Vec<IncidentCard<'a>>,
    /// What is over of it, the latest first.
    maintenance: Vec<MaintenanceCard<'a>>,
    /// The months before and after, each with its address and the text of its link.
    earlier: Option<(String, String)>,
    later: Option<(String, String)>,
}

impl<'a> HistoryPage<'a> {
    pub(super) fn of(
        pages: &StatusPages<'a>,
        view: StatusView<'a>,
        month: HistoryMonth,
    ) -> Option<Self> {
        let (texts, latest) = (pages.texts, HistoryMonth::of(view.now()));
        let earliest = earliest(view);
        if month > latest || month < earliest {
            return None;
        }
        let title = fill(texts.history_title, &[("month", &month.name(texts))]);
        let path = format!("/history/{month}");
        let f = Frame::new(pages, Some(&path), &title, ComponentState::Unknown, None);
        let link = |month: HistoryMonth, text: &str| {
            let text = fill(text, &[("month", &month.name(texts))]);
            (f.link(&format!("/history/{month}")), text)
        };
        let incidents = view.status().incidents.iter();
        let incidents = incidents.filter(|incident| HistoryMonth::of(incident.since) == month);
        let mut over: Vec<_> = view
            .maintenance_in(MaintenancePhase::Completed)
            .filter(|time| HistoryMonth::of(time.start) == month)
            .map(|time| MaintenanceCard::of(texts, time))
            .collect();
        over.reverse();
        Some(Self {
            title,
            incidents: incidents.map(|it| IncidentCard::of(&f, view, it)).collect(),
            maintenance: over,
            earlier: (month > earliest).then(|| link(month.earlier(), texts.history_earlier)),
            later: (month < latest).then(|| link(month.later(), texts.history_later)),
            marks: icon::all(),
            f,
        })
    }
}

/// The first month that has a page: that of the first incident that is kept, or that in which the
/// days begin that the main page shows.
fn earliest(view: StatusView<'_>) -> HistoryMonth {
    let days = view.now().before(Millis::from_secs(DAYS_SHOWN as u64 * 24 * 3600));
    let incidents = view.status().incidents.iter().map(|incident| incident.since);
    HistoryMonth::of(incidents.chain([days]).min().unwrap_or(days))
}
