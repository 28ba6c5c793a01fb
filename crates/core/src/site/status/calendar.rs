//! Maintenance as a calendar that people subscribe to (iCalendar, RFC 5545).
//!
//! Each time is an event of its own, in UTC and with an end. Recurrence rules, local times and
//! events without an end are read differently by each calendar: of one weekly maintenance in the
//! hour that a change of the clocks skips, five of them made four times.

mod line;

use core::fmt;

use alloc::format;
use alloc::string::String;

use self::line::{push_line, push_text};
use super::wording::english;
use super::{PublicMaintenance, StatusPlace, StatusView};
use crate::base::calendar::Date;
use crate::base::rfc3339::LAST;
use crate::base::time::{Millis, Timestamp};

/// How often subscribers are asked to read it again: an hour.
const REFRESH: &str = "PT1H";

/// The shortest event: DTEND has to be later than DTSTART (RFC 5545 §3.8.2.2), in whole seconds.
const SHORTEST: Millis = Millis::from_secs(1);

/// `maintenance.ics`: all times of maintenance that are public.
pub fn calendar(place: &StatusPlace<'_>, view: &StatusView<'_>) -> String {
    let mut out = String::with_capacity(1024);
    let name = format!("{} maintenance", place.site_name);
    push_line(&mut out, "BEGIN", "VCALENDAR");
    push_line(&mut out, "VERSION", "2.0");
    push_line(&mut out, "PRODID", "-//Breakwater//Status//EN");
    push_line(&mut out, "CALSCALE", "GREGORIAN");
    // The name and the interval have a property of RFC 7986 and one that older readers know.
    push_text(&mut out, "NAME", &name);
    push_text(&mut out, "X-WR-CALNAME", &name);
    push_line(&mut out, "REFRESH-INTERVAL;VALUE=DURATION", REFRESH);
    push_line(&mut out, "X-PUBLISHED-TTL", REFRESH);
    push_line(&mut out, "URL", place.url);
    let mut written = 0;
    for (index, maintenance) in view.status().maintenance.iter().enumerate() {
        // A file with two events of one UID is read as one event, or as two.
        let earlier = view.status().maintenance.iter().take(index);
        if !earlier.into_iter().any(|it| it.id == maintenance.id) {
            push_event(&mut out, place, view, maintenance);
            written += 1;
        }
    }
    if written == 0 {
        push_zone(&mut out);
    }
    push_line(&mut out, "END", "VCALENDAR");
    out
}

fn push_event(
    out: &mut String,
    place: &StatusPlace<'_>,
    view: &StatusView<'_>,
    maintenance: &PublicMaintenance,
) {
    // What is to come was made public by now, whatever the clock of the one who announced it says.
    let revised = CalendarTime(maintenance.public_since().min(view.status().at));
    let (start, end) = (maintenance.start, maintenance.end);
    push_line(out, "BEGIN", "VEVENT");
    push_text(out, "UID", &format!("{}@{}", maintenance.id, place.host()));
    push_line(out, "DTSTAMP", &format!("{revised}"));
    push_line(out, "LAST-MODIFIED", &format!("{revised}"));
    push_line(out, "SEQUENCE", &format!("{}", maintenance.revision));
    push_line(out, "DTSTART", &format!("{}", CalendarTime(start)));
    push_line(out, "DTEND", &format!("{}", CalendarTime(end.max(start + SHORTEST))));
    push_text(out, "SUMMARY", &english::maintenance_name(maintenance, place.site_name));
    push_text(out, "DESCRIPTION", &english::maintenance_text(maintenance));
    push_line(out, "URL", &place.maintenance_url(&maintenance.id));
    push_line(out, "STATUS", "CONFIRMED");
    // Those who subscribe are not busy meanwhile.
    push_line(out, "TRANSP", "TRANSPARENT");
    push_line(out, "CATEGORIES", "MAINTENANCE");
    push_line(out, "END", "VEVENT");
}

/// A calendar has at least one component (RFC 5545 §3.6), and without any maintenance that is a
/// time zone, which readers show nothing of.
fn push_zone(out: &mut String) {
    push_line(out, "BEGIN", "VTIMEZONE");
    push_line(out, "TZID", "Etc/UTC");
    push_line(out, "BEGIN", "STANDARD");
    push_line(out, "DTSTART", "19700101T000000");
    push_line(out, "TZOFFSETFROM", "+0000");
    push_line(out, "TZOFFSETTO", "+0000");
    push_line(out, "TZNAME", "UTC");
    push_line(out, "END", "STANDARD");
    push_line(out, "END", "VTIMEZONE");
}

/// A time as UTC (RFC 5545 §3.3.5, form 2): `20261128T120320Z`.
struct CalendarTime(Timestamp);

impl fmt::Display for CalendarTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Date { year, month, day, ms } = Date::of(self.0.min(LAST));
        let seconds = ms / 1000;
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        write!(f, "{year:04}{:02}{day:02}T{hour:02}{minute:02}{second:02}Z", month + 1)
    }
}
