//! Every machine-readable form of a public state, each below the path that it has on a status page.

use breakwater_core::site::status::badge::{self, BadgeOptions, SITE_BADGE};
use breakwater_core::site::status::feed::{FeedFormat, feed};
use breakwater_core::site::status::{
    MaintenancePhase, StatusPlace, StatusView, calendar, statuspage, text, widget,
};

/// Where a made-up shop has its status page.
pub(crate) const PLACE: StatusPlace<'_> = StatusPlace {
    site_name: "StolenTee & Söhne",
    site_url: "https://shop.example",
    url: "https://shop.example/status",
    base: "/status",
};

/// Each path below the page's address, with its body.
pub(crate) fn documents(place: &StatusPlace<'_>, view: &StatusView<'_>) -> Vec<(String, String)> {
    use MaintenancePhase::{Completed, InProgress, Scheduled};
    let times = |phases: &[_]| statuspage::scheduled_maintenances(place, view, phases);
    let all = &[Scheduled, InProgress, Completed];
    let fixed = [
        ("api/v2/summary.json", statuspage::summary(place, view)),
        ("api/v2/status.json", statuspage::status(place, view)),
        ("api/v2/components.json", statuspage::components(place, view)),
        ("api/v2/incidents.json", statuspage::incidents(place, view)),
        ("api/v2/incidents/unresolved.json", statuspage::unresolved_incidents(place, view)),
        ("api/v2/scheduled-maintenances.json", times(all)),
        ("api/v2/scheduled-maintenances/upcoming.json", times(&[Scheduled])),
        ("api/v2/scheduled-maintenances/active.json", times(&[InProgress])),
        ("maintenance.ics", calendar::calendar(place, view)),
        ("status.txt", text::plain(place, view)),
        ("llms.txt", text::llms(place, view)),
        ("widget", widget::widget(place, view)),
    ];
    let fixed = fixed.into_iter().map(|(path, body)| (path.to_owned(), Some(body)));
    let mut documents: Vec<_> = fixed.collect();
    for incident in &view.status().incidents {
        let id = &incident.id;
        let path = format!("api/v2/incidents/{id}.json");
        documents.push((path, statuspage::incident(place, view, id)));
    }
    for maintenance in &view.status().maintenance {
        let id = &maintenance.id;
        let path = format!("api/v2/scheduled-maintenances/{id}.json");
        documents.push((path, statuspage::scheduled_maintenance(place, view, id)));
    }
    let options = BadgeOptions::default();
    let names = view.status().components.iter().map(|it| it.name.as_str());
    for name in names.chain([SITE_BADGE]) {
        let component = (name != SITE_BADGE).then_some(name);
        let below = component.map_or_else(String::new, |name| format!("components/{name}/"));
        for form in [FeedFormat::Atom, FeedFormat::Rss] {
            documents.push((format!("{below}{}", form.file()), feed(place, view, component, form)));
        }
        documents.push((format!("badge/{name}.svg"), badge::svg(view, name, &options)));
        documents.push((format!("badge/{name}.json"), badge::shields(view, name, &options)));
        let path = format!("api/v2/components/{name}.json");
        documents.push((path, statuspage::component(place, view, name)));
    }
    documents.into_iter().filter_map(|(path, body)| Some((path, body?))).collect()
}
