//! The body of each address of the public status.

use alloc::string::{String, ToString as _};

use super::badge::{self, BadgeOptions};
use super::calendar::calendar;
use super::feed::feed;
use super::page::{AssetPaths, HistoryMonth, StatusPages, StatusTexts, Subscriptions};
use super::widget::widget;
use super::{
    BadgeFormat, MaintenancePhase, StatusApi, StatusEndpoint, StatusPlace, StatusRead, StatusView,
    statuspage, text,
};
use crate::site::page::PageReports;

/// What the bodies are made with, beside the state.
#[derive(Clone, Copy, Debug)]
pub struct StatusForms<'a> {
    /// Where they are served.
    pub place: &'a StatusPlace<'a>,
    /// The texts of each of the site's languages, in their order.
    pub languages: &'a [StatusTexts<'a>],
    /// What pages load.
    pub assets: &'a AssetPaths<'a>,
    /// What visitors can subscribe to.
    pub subscriptions: Subscriptions,
    /// How the pages report what goes wrong in them, if they do.
    pub reports: Option<PageReports<'a>>,
}

impl<'a> StatusForms<'a> {
    /// The body of what is asked for; `None` if what the address names is not there, and for what
    /// is no rendering.
    pub fn render(&self, read: &StatusRead<'_>, view: StatusView<'a>) -> Option<String> {
        let place = self.place;
        match read.endpoint {
            StatusEndpoint::Page => Some(self.pages(read)?.overview(view, self.subscriptions)),
            StatusEndpoint::History(month) => {
                let month = match month {
                    Some(month) => HistoryMonth::parse(&month.to_string())?,
                    None => HistoryMonth::of(view.now()),
                };
                self.pages(read)?.history(view, month)
            }
            StatusEndpoint::Incident(id) => self.pages(read)?.incident(view, id),
            StatusEndpoint::Missing => Some(self.pages(read)?.missing()),
            StatusEndpoint::Api(api) => document(api, place, &view),
            StatusEndpoint::Feed { component, format } => feed(place, &view, component, format),
            StatusEndpoint::Calendar => Some(calendar(place, &view)),
            StatusEndpoint::Badge { name, format } => {
                let options = BadgeOptions::parse(read.query);
                match format {
                    BadgeFormat::Svg => badge::svg(&view, name, &options),
                    BadgeFormat::Shields => badge::shields(&view, name, &options),
                }
            }
            StatusEndpoint::Widget => Some(widget(place, &view)),
            StatusEndpoint::Text => Some(text::plain(place, &view)),
            StatusEndpoint::Llms => Some(text::llms(place, &view)),
            StatusEndpoint::Asset(_)
            | StatusEndpoint::WidgetScript
            | StatusEndpoint::Preview
            | StatusEndpoint::Subscribe
            | StatusEndpoint::Subscription(_) => None,
        }
    }

    fn pages(&self, read: &StatusRead<'_>) -> Option<StatusPages<'a>> {
        Some(StatusPages {
            place: self.place,
            texts: self.languages.get(read.locale)?,
            languages: self.languages,
            is_chosen: read.is_chosen,
            assets: self.assets,
            reports: self.reports,
        })
    }
}

fn document(api: StatusApi<'_>, place: &StatusPlace<'_>, view: &StatusView<'_>) -> Option<String> {
    use MaintenancePhase::{Completed, InProgress, Scheduled};
    let maintenances = |phases| statuspage::scheduled_maintenances(place, view, phases);
    Some(match api {
        StatusApi::Summary => statuspage::summary(place, view),
        StatusApi::Status => statuspage::status(place, view),
        StatusApi::Components => statuspage::components(place, view),
        StatusApi::Component(name) => return statuspage::component(place, view, name),
        StatusApi::Incidents => statuspage::incidents(place, view),
        StatusApi::UnresolvedIncidents => statuspage::unresolved_incidents(place, view),
        StatusApi::Incident(id) => return statuspage::incident(place, view, id),
        StatusApi::Maintenances => maintenances(&[Scheduled, InProgress, Completed]),
        StatusApi::UpcomingMaintenances => maintenances(&[Scheduled]),
        StatusApi::ActiveMaintenances => maintenances(&[InProgress]),
        StatusApi::Maintenance(id) => return statuspage::scheduled_maintenance(place, view, id),
    })
}
