//! Which files the copy has.

use core::fmt::Write as _;

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use sha2::{Digest as _, Sha256};

use crate::base::hex::hex;
use crate::site::status::{
    BadgeFormat, FeedFormat, INCIDENTS_SHOWN, PublicIncident, StatusApi, StatusEndpoint, StatusView,
};

/// How many incidents have a page in the copy: those that are open, and the latest.
pub const MIRROR_INCIDENTS_MAX: usize = 20;
/// The name of the badge of the whole site.
const SITE_BADGE: &str = "site";

/// What is in the copy beside incidents and assets, the page last: while a push is under way, or
/// breaks off, it leads to nothing that is not there.
const FIXED: [StatusEndpoint<'_>; 18] = [
    StatusEndpoint::Api(StatusApi::Summary),
    StatusEndpoint::Api(StatusApi::Status),
    StatusEndpoint::Api(StatusApi::Components),
    StatusEndpoint::Api(StatusApi::Incidents),
    StatusEndpoint::Api(StatusApi::UnresolvedIncidents),
    StatusEndpoint::Api(StatusApi::Maintenances),
    StatusEndpoint::Api(StatusApi::UpcomingMaintenances),
    StatusEndpoint::Api(StatusApi::ActiveMaintenances),
    StatusEndpoint::Feed { component: None, format: FeedFormat::Atom },
    StatusEndpoint::Feed { component: None, format: FeedFormat::Rss },
    StatusEndpoint::Calendar,
    StatusEndpoint::Badge { name: SITE_BADGE, format: BadgeFormat::Svg },
    StatusEndpoint::Badge { name: SITE_BADGE, format: BadgeFormat::Shields },
    StatusEndpoint::Widget,
    StatusEndpoint::Text,
    StatusEndpoint::Llms,
    StatusEndpoint::History(None),
    StatusEndpoint::Page,
];

/// A file of the copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MirrorObject<'a> {
    /// Its name below the address of the copy, `[A-Za-z0-9_./-]+`.
    pub key: String,
    /// What it is a rendering of.
    pub endpoint: StatusEndpoint<'a>,
    /// What it is known by, if not by its body: the page of an incident is written again when the
    /// incident has changed, and not whenever its age has.
    pub tag: Option<String>,
}

/// The files of the copy, in the order in which they are put.
pub fn exported<'a>(view: &StatusView<'a>) -> Vec<MirrorObject<'a>> {
    let incidents = incidents(view).map(|incident| {
        let tag = Some(format!("{}", incident.updated_at.as_millis()));
        (StatusEndpoint::Incident(&incident.id), tag)
    });
    let fixed = FIXED.into_iter().map(|endpoint| (endpoint, None));
    let all = incidents.chain(fixed);
    all.filter_map(|(endpoint, tag)| Some(MirrorObject { key: key_of(endpoint)?, endpoint, tag }))
        .collect()
}

fn incidents<'a>(view: &StatusView<'a>) -> impl Iterator<Item = &'a PublicIncident> + use<'a> {
    const _: () = assert!(MIRROR_INCIDENTS_MAX <= INCIDENTS_SHOWN, "there are no more");
    let all = &view.status().incidents;
    let open = all.iter().filter(|incident| incident.is_open());
    open.chain(all.iter().filter(|incident| !incident.is_open())).take(MIRROR_INCIDENTS_MAX)
}

/// The name of an endpoint's file; `None` for what is no file.
pub fn key_of(endpoint: StatusEndpoint<'_>) -> Option<String> {
    Some(match endpoint {
        StatusEndpoint::Page => "index.html".into(),
        StatusEndpoint::History(None) => "history.html".into(),
        StatusEndpoint::Incident(id) => format!("incidents/{id}.html"),
        StatusEndpoint::Asset(name) => format!("assets/{name}"),
        StatusEndpoint::Api(api) => format!("api/v2/{}.json", api_name(api)?),
        StatusEndpoint::Feed { component: None, format: FeedFormat::Atom } => "feed.atom".into(),
        StatusEndpoint::Feed { component: None, format: FeedFormat::Rss } => "feed.rss".into(),
        StatusEndpoint::Calendar => "maintenance.ics".into(),
        StatusEndpoint::Badge { name: SITE_BADGE, format: BadgeFormat::Svg } => {
            format!("badge/{SITE_BADGE}.svg")
        }
        StatusEndpoint::Badge { name: SITE_BADGE, format: BadgeFormat::Shields } => {
            format!("badge/{SITE_BADGE}.json")
        }
        StatusEndpoint::WidgetScript => "widget.js".into(),
        StatusEndpoint::Widget => "widget.html".into(),
        StatusEndpoint::Text => "status.txt".into(),
        StatusEndpoint::Llms => "llms.txt".into(),
        StatusEndpoint::History(Some(_))
        | StatusEndpoint::Feed { component: Some(_), .. }
        | StatusEndpoint::Badge { .. }
        | StatusEndpoint::Preview
        | StatusEndpoint::Subscribe
        | StatusEndpoint::Subscription(_)
        | StatusEndpoint::Missing => return None,
    })
}

const fn api_name(api: StatusApi<'_>) -> Option<&'static str> {
    match api {
        StatusApi::Summary => Some("summary"),
        StatusApi::Status => Some("status"),
        StatusApi::Components => Some("components"),
        StatusApi::Incidents => Some("incidents"),
        StatusApi::UnresolvedIncidents => Some("incidents/unresolved"),
        StatusApi::Maintenances => Some("scheduled-maintenances"),
        StatusApi::UpcomingMaintenances => Some("scheduled-maintenances/upcoming"),
        StatusApi::ActiveMaintenances => Some("scheduled-maintenances/active"),
        StatusApi::Component(_) | StatusApi::Incident(_) | StatusApi::Maintenance(_) => None,
    }
}

/// What is another as soon as readers should be told: the state of a component, an incident, or a
/// time of maintenance. The age of it is none of that.
pub fn fingerprint(view: &StatusView<'_>) -> String {
    let mut text = String::new();
    for it in view.status().components.iter().map(|component| view.component(component)) {
        // Writing to a `String` does not fail.
        let _ = writeln!(text, "{} {}", it.component.name, it.state.as_str());
    }
    for incident in &view.status().incidents {
        let _ = writeln!(text, "{} {}", incident.id, incident.updated_at.as_millis());
    }
    for it in &view.status().maintenance {
        let (start, end) = (it.start.as_millis(), it.end.as_millis());
        let phase = it.phase(view.now()).as_str();
        let _ = writeln!(text, "{} {start} {end} {} {phase}", it.id, it.revision);
    }
    let digest = Sha256::digest(text.as_bytes());
    hex(&digest[..digest.len() / 2])
}
