//! Feeds of what is told: Atom (RFC 4287) and RSS 2.0.
//!
//! Each update of an incident is an entry of its own with an id of its own: readers of feeds show
//! a changed entry as read, so that in one entry for each incident its end would not be noticed.
//! Addresses are absolute and content is escaped HTML, since readers resolve no relative ones and
//! garble XHTML. The hour stands in the text with its zone, since readers drop the markup that
//! would say it.

mod atom;
mod entry;
mod rss;

use alloc::borrow::ToOwned as _;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use self::entry::{FeedEntry, entries};
use super::{StatusPlace, StatusView};
use crate::base::percent;
use crate::base::time::{Millis, Timestamp};
use crate::watch::incident::EARLIEST;

/// How many entries a feed has, the latest ones.
pub const FEED_ENTRIES: usize = 50;

/// How long before it begins maintenance is told of that was not announced at any one time, such as
/// what recurs: 3 days.
pub const FEED_MAINTENANCE_AHEAD: Millis = Millis::from_secs(3 * 24 * 3600);

/// The format of a feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FeedFormat {
    /// Atom, `feed.atom`.
    Atom,
    /// RSS 2.0, `feed.rss`.
    Rss,
}

impl FeedFormat {
    /// The last part of its address.
    pub const fn file(self) -> &'static str {
        match self {
            Self::Atom => "feed.atom",
            Self::Rss => "feed.rss",
        }
    }
}

/// The feed of the whole site, or of one component by its name; `None` if there is no such
/// component. A component's feed also has what concerns the site as a whole.
pub fn feed(
    place: &StatusPlace<'_>,
    view: &StatusView<'_>,
    component: Option<&str>,
    format: FeedFormat,
) -> Option<String> {
    let feed = StatusFeed::new(place, view, component, format)?;
    Some(match format {
        FeedFormat::Atom => atom::write(&feed),
        FeedFormat::Rss => rss::write(&feed),
    })
}

/// What both forms have.
struct StatusFeed<'a> {
    place: &'a StatusPlace<'a>,
    title: String,
    /// The address of the feed itself.
    url: String,
    /// The latest first.
    entries: Vec<FeedEntry>,
}

impl<'a> StatusFeed<'a> {
    fn new(
        place: &'a StatusPlace<'a>,
        view: &StatusView<'_>,
        name: Option<&str>,
        format: FeedFormat,
    ) -> Option<Self> {
        let component = match name {
            Some(name) => Some(view.component_named(name)?.component),
            None => None,
        };
        let mut title = format!("{} status", place.site_name);
        let mut url = place.url.to_owned();
        if let Some(component) = component {
            title = format!("{} – {title}", component.title);
            url += "/components/";
            percent::push(&mut url, &component.name);
        }
        url.push('/');
        url.push_str(format.file());
        Some(Self { place, title, url, entries: entries(place, view, component) })
    }

    /// When anything in it changed last. While it has no entry, that is the earliest time of an
    /// incident, so that no entry which comes later is older than the feed was.
    fn updated(&self) -> Timestamp {
        self.entries.iter().map(|entry| entry.updated).fold(EARLIEST, Timestamp::max)
    }
}
