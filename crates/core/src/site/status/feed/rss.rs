//! RSS 2.0 (rssboard.org/rss-specification).

use core::fmt::{self, Write as _};

use alloc::string::String;

use super::StatusFeed;
use crate::base::calendar::Date;
use crate::base::rfc3339::LAST;
use crate::base::time::Timestamp;
use crate::site::status::xml::escaped;

/// How long readers may keep the feed, in minutes.
const TTL_MINUTES: u32 = 5;

pub(super) fn write(feed: &StatusFeed<'_>) -> String {
    let (title, url, page) = (escaped(&feed.title), escaped(&feed.url), escaped(feed.place.url));
    let updated = RssDate(feed.updated());
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
    // Writing to a `String` does not fail.
    let _ = write!(
        out,
        "<rss version=\"2.0\" xmlns:atom=\"http://www.w3.org/2005/Atom\">\n<channel>\n\
         <title>{title}</title>\n\
         <link>{page}</link>\n\
         <description>{title}: incidents and maintenance</description>\n\
         <language>en</language>\n\
         <lastBuildDate>{updated}</lastBuildDate>\n\
         <generator>Breakwater</generator>\n\
         <ttl>{TTL_MINUTES}</ttl>\n\
         <atom:link rel=\"self\" type=\"application/rss+xml\" href=\"{url}\"/>\n"
    );
    for entry in &feed.entries {
        let (id, title, url) = (escaped(&entry.id), escaped(&entry.title), escaped(&entry.url));
        let (published, content) = (RssDate(entry.published), escaped(&entry.content));
        let _ = write!(
            out,
            "<item>\n\
             <title>{title}</title>\n\
             <link>{url}</link>\n\
             <guid isPermaLink=\"false\">{id}</guid>\n\
             <pubDate>{published}</pubDate>\n\
             <description>{content}</description>\n\
             </item>\n"
        );
    }
    out + "</channel>\n</rss>\n"
}

/// A time in the form of e-mail (RFC 5322 §3.3), with the zone that most feeds have, and a year of
/// four digits at the most: `Sat, 28 Nov 2026 12:03:20 GMT`.
struct RssDate(Timestamp);

impl fmt::Display for RssDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
        const MONTHS: [&str; 12] =
            ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let at = self.0.min(LAST);
        let Date { year, month, day, ms } = Date::of(at);
        let days_since_epoch = at.as_millis() / 86_400_000;
        let weekday = DAYS.get((days_since_epoch % 7) as usize).unwrap_or(&"");
        let month = MONTHS.get(month).unwrap_or(&"");
        let seconds = ms / 1000;
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        write!(f, "{weekday}, {day:02} {month} {year} {hour:02}:{minute:02}:{second:02} GMT")
    }
}

#[cfg(test)]
mod tests {
    use super::{RssDate, Timestamp};
    use alloc::string::ToString as _;

    #[test]
    fn dates_have_their_weekday_and_a_year_of_four_digits() {
        for (ms, text) in [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (784_111_777_042, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (u64::MAX, "Fri, 31 Dec 9999 23:59:59 GMT"),
        ] {
            assert_eq!(RssDate(Timestamp::from_millis(ms)).to_string(), text);
        }
    }
}
