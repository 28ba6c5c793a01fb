//! What is served at which address of the public status.
//!
//! The addresses of the JSON are those of Statuspage's API
//! (developer.statuspage.io, "Status API v2"), so that its clients read it.

use core::fmt;

use super::feed::FeedFormat;
use crate::base::calendar::digits;

/// The longest name or id in an address, in bytes. Names of components have up to 32, ids up to 40.
const NAME_MAX: usize = 64;
/// The longest name of an asset, in bytes: a word, a hash and an extension.
const ASSET_MAX: usize = 128;

/// What is asked for below the base of the public status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StatusEndpoint<'a> {
    /// The page.
    Page,
    /// What happened in a month; without one, in the latest.
    History(Option<StatusMonth>),
    /// The page of an incident, by its id.
    Incident(&'a str),
    /// A file that pages load, by its hashed name.
    Asset(&'a str),
    /// JSON as Statuspage has it.
    Api(StatusApi<'a>),
    /// A feed of incidents: of the whole site, or of a component.
    Feed {
        /// The component's name.
        component: Option<&'a str>,
        /// Its format.
        format: FeedFormat,
    },
    /// The times of maintenance, as a calendar.
    Calendar,
    /// How a component is, in a few words.
    Badge {
        /// The component's name, or `site` for the whole.
        name: &'a str,
        /// Its form.
        format: BadgeFormat,
    },
    /// The script by which another page shows the widget.
    WidgetScript,
    /// The widget, which stands in a frame of another page.
    Widget,
    /// The status as plain text.
    Text,
    /// What a language model is told of the site's status and where to read it.
    Llms,
    /// The picture that is shown beside links to the page.
    Preview,
    /// Takes the wish to be told.
    Subscribe,
    /// What a subscriber confirms or ends: what follows `subscriptions/`.
    Subscription(&'a str),
    /// The page for an address at which there is nothing.
    Missing,
}

/// JSON as Statuspage has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StatusApi<'a> {
    /// Components, open incidents and maintenance to come, at once.
    Summary,
    /// How the whole site is.
    Status,
    /// All components.
    Components,
    /// A component by its name.
    Component(&'a str),
    /// The latest incidents.
    Incidents,
    /// Those that are open.
    UnresolvedIncidents,
    /// An incident by its id.
    Incident(&'a str),
    /// All times of maintenance that are known.
    Maintenances,
    /// Those to come.
    UpcomingMaintenances,
    /// Those that hold.
    ActiveMaintenances,
    /// A time of maintenance by its id.
    Maintenance(&'a str),
}

/// The form of a badge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BadgeFormat {
    /// A picture.
    Svg,
    /// JSON of which shields.io makes a picture.
    Shields,
}

/// A month of the Gregorian calendar, by UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StatusMonth {
    /// The year, 1970 to 9999.
    pub year: u16,
    /// The month, from 1.
    pub month: u8,
}

impl StatusMonth {
    /// Reads `2026-11`.
    pub fn parse(text: &str) -> Option<Self> {
        let (year, month) = text.split_once('-')?;
        let (year, month) = (digits(year, 4)?, digits(month, 2)?);
        let is_month = year >= 1970 && (1..=12).contains(&month);
        is_month.then_some(Self { year: year as u16, month: month as u8 })
    }
}

/// As addresses have it.
impl fmt::Display for StatusMonth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl<'a> StatusEndpoint<'a> {
    /// The endpoint that is meant by what follows the base in a normalised path
    /// ([`Site::status_path`](crate::site::config::Site::status_path)), if there is one. Whether
    /// there is a component or an incident of the name is not known here.
    pub fn parse(rest: &'a str) -> Option<Self> {
        let rest = rest.strip_prefix('/').unwrap_or(rest);
        Some(match rest {
            "" => Self::Page,
            "history" => Self::History(None),
            "feed.atom" => Self::Feed { component: None, format: FeedFormat::Atom },
            "feed.rss" => Self::Feed { component: None, format: FeedFormat::Rss },
            "maintenance.ics" => Self::Calendar,
            "widget.js" => Self::WidgetScript,
            "widget" => Self::Widget,
            "status.txt" => Self::Text,
            "llms.txt" => Self::Llms,
            "og.png" => Self::Preview,
            // The page asks for all at once to renew itself.
            "live" => Self::Api(StatusApi::Summary),
            "subscribe" => Self::Subscribe,
            _ => return Self::below(rest),
        })
    }

    /// The endpoint of a path of more than one segment.
    fn below(rest: &'a str) -> Option<Self> {
        let (folder, name) = rest.split_once('/')?;
        match folder {
            "history" => StatusMonth::parse(name).map(|month| Self::History(Some(month))),
            "incidents" => named(name).map(Self::Incident),
            "assets" => is_asset(name).then_some(Self::Asset(name)),
            "api" => StatusApi::parse(name.strip_prefix("v2/")?).map(Self::Api),
            "components" => {
                let (component, feed) = name.split_once('/')?;
                let format = match feed {
                    "feed.atom" => FeedFormat::Atom,
                    "feed.rss" => FeedFormat::Rss,
                    _ => return None,
                };
                Some(Self::Feed { component: Some(named(component)?), format })
            }
            "badge" => {
                let (name, format) = match name.rsplit_once('.')? {
                    (name, "svg") => (name, BadgeFormat::Svg),
                    (name, "json") => (name, BadgeFormat::Shields),
                    _ => return None,
                };
                Some(Self::Badge { name: named(name)?, format })
            }
            "subscriptions" => (!name.is_empty()).then_some(Self::Subscription(name)),
            _ => None,
        }
    }

    /// The methods that are taken, as `Allow` names them (RFC 9110 §10.2.1).
    pub const fn allow(self) -> &'static str {
        match self {
            Self::Subscribe => "POST",
            Self::Subscription(_) => "GET, HEAD, POST",
            Self::Page
            | Self::History(_)
            | Self::Incident(_)
            | Self::Asset(_)
            | Self::Api(_)
            | Self::Feed { .. }
            | Self::Calendar
            | Self::Badge { .. }
            | Self::WidgetScript
            | Self::Widget
            | Self::Text
            | Self::Llms
            | Self::Preview
            | Self::Missing => "GET, HEAD",
        }
    }

    /// Whether a method is among those.
    pub fn takes(self, method: &str) -> bool {
        self.allow().split(", ").any(|allowed| allowed == method)
    }
}

impl<'a> StatusApi<'a> {
    /// What is meant by what follows `api/v2/`.
    fn parse(rest: &'a str) -> Option<Self> {
        let rest = rest.strip_suffix(".json")?;
        Some(match rest {
            "summary" => Self::Summary,
            "status" => Self::Status,
            "components" => Self::Components,
            "incidents" => Self::Incidents,
            "incidents/unresolved" => Self::UnresolvedIncidents,
            "scheduled-maintenances" => Self::Maintenances,
            "scheduled-maintenances/upcoming" => Self::UpcomingMaintenances,
            "scheduled-maintenances/active" => Self::ActiveMaintenances,
            _ => match rest.split_once('/')? {
                ("components", name) => Self::Component(named(name)?),
                ("incidents", id) => Self::Incident(named(id)?),
                ("scheduled-maintenances", id) => Self::Maintenance(named(id)?),
                _ => return None,
            },
        })
    }
}

/// A name or id, if it may be one.
fn named(text: &str) -> Option<&str> {
    let is_part = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    ((1..=NAME_MAX).contains(&text.len()) && text.bytes().all(is_part)).then_some(text)
}

fn is_asset(name: &str) -> bool {
    let is_part = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    (1..=ASSET_MAX).contains(&name.len()) && name.bytes().all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(rest: &str, expected: StatusEndpoint<'_>) {
        assert_eq!(StatusEndpoint::parse(rest), Some(expected), "{rest}");
    }

    #[test]
    fn each_address_has_its_endpoint() {
        use StatusEndpoint as E;
        check("", E::Page);
        check("/", E::Page);
        check("/history", E::History(None));
        check("/history/2026-11", E::History(Some(StatusMonth { year: 2026, month: 11 })));
        let month = StatusMonth { year: 2026, month: 1 };
        assert_eq!(StatusMonth::parse(&alloc::format!("{month}")), Some(month));
        check("/incidents/20261130-1", E::Incident("20261130-1"));
        check("/assets/status.1a2b3c.css", E::Asset("status.1a2b3c.css"));
        check("/feed.atom", E::Feed { component: None, format: FeedFormat::Atom });
        check("/feed.rss", E::Feed { component: None, format: FeedFormat::Rss });
        check(
            "/components/checkout/feed.rss",
            E::Feed { component: Some("checkout"), format: FeedFormat::Rss },
        );
        check("/maintenance.ics", E::Calendar);
        check("/badge/site.svg", E::Badge { name: "site", format: BadgeFormat::Svg });
        check("/badge/web.json", E::Badge { name: "web", format: BadgeFormat::Shields });
        check("/widget.js", E::WidgetScript);
        check("/widget", E::Widget);
        check("/status.txt", E::Text);
        check("/llms.txt", E::Llms);
        check("/og.png", E::Preview);
        check("/subscribe", E::Subscribe);
        check("/subscriptions/a/b", E::Subscription("a/b"));
    }

    #[test]
    fn each_address_of_statuspages_api_has_its_endpoint() {
        use StatusApi as A;
        for (rest, expected) in [
            ("summary", A::Summary),
            ("status", A::Status),
            ("components", A::Components),
            ("components/web", A::Component("web")),
            ("incidents", A::Incidents),
            ("incidents/unresolved", A::UnresolvedIncidents),
            ("incidents/20261130-1", A::Incident("20261130-1")),
            ("scheduled-maintenances", A::Maintenances),
            ("scheduled-maintenances/upcoming", A::UpcomingMaintenances),
            ("scheduled-maintenances/active", A::ActiveMaintenances),
            ("scheduled-maintenances/file-1", A::Maintenance("file-1")),
        ] {
            let address = alloc::format!("/api/v2/{rest}.json");
            check(&address, StatusEndpoint::Api(expected));
        }
        check("/live", StatusEndpoint::Api(A::Summary));
    }

    #[test]
    fn any_other_address_has_none() {
        let long = alloc::format!("/incidents/{}", "a".repeat(NAME_MAX + 1));
        for rest in [
            "/nothing",
            "/history/",
            "/history/2026-13",
            "/history/2026-1",
            "/history/1969-12",
            "/history/+026-11",
            "/history/2026-11/x",
            "/incidents",
            "/incidents/",
            "/incidents/a/b",
            "/incidents/a%2Fb",
            "/incidents/a.json",
            &long,
            "/assets/",
            "/assets/a/b",
            "/assets/a%2Eb",
            "/api",
            "/api/v1/summary.json",
            "/api/v2/",
            "/api/v2/summary",
            "/api/v2/summary.json/",
            "/api/v2/uptime/web.json",
            "/api/v2/components/.json",
            "/components/web",
            "/components/web/feed.json",
            "/badge/site",
            "/badge/.svg",
            "/badge/site.gif",
            "/subscriptions",
            "/subscriptions/",
            "/Widget",
            "/widget/",
        ] {
            assert_eq!(StatusEndpoint::parse(rest), None, "{rest}");
        }
    }

    #[test]
    fn what_is_read_is_got_and_what_is_wished_is_posted() {
        let page = StatusEndpoint::Page;
        assert!(page.takes("GET") && page.takes("HEAD"));
        for method in ["POST", "PUT", "OPTIONS", "get", ""] {
            assert!(!page.takes(method), "{method}");
        }
        assert!(StatusEndpoint::Subscribe.takes("POST"));
        assert!(!StatusEndpoint::Subscribe.takes("GET"));
        let subscription = StatusEndpoint::Subscription("a");
        assert!(["GET", "HEAD", "POST"].iter().all(|method| subscription.takes(method)));
    }
}
