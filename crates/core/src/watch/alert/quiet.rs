//! Quiet hours: times of the day at which a channel is told nothing of what can wait.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::base::calendar::SECONDS_PER_DAY;
use crate::base::time::Timestamp;
use crate::base::zone::TimeZoneRule;
use crate::watch::severity::Severity;

/// A time of the day, in minutes since midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MinuteOfDay(u16);

impl MinuteOfDay {
    /// Reads `07:00`.
    pub fn parse(text: &str) -> Option<Self> {
        let (hour, minute) = text.split_once(':')?;
        let number = |text: &str| {
            let is_number = text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
            if is_number { text.parse::<u16>().ok() } else { None }
        };
        let (hour, minute) = (number(hour)?, number(minute)?);
        (hour < 24 && minute < 60).then_some(Self(hour * 60 + minute))
    }

    fn seconds(self) -> i64 {
        i64::from(self.0) * 60
    }
}

/// The hours of each day at which a channel is told nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuietHours {
    /// Their beginning.
    pub from: MinuteOfDay,
    /// Their end, on the next day if it is not later than the beginning.
    pub to: MinuteOfDay,
    /// Where the clocks show these times.
    pub zone: TimeZoneRule,
    /// The severities of which nothing is told.
    pub severities: Vec<Severity>,
}

impl QuietHours {
    /// Returns when they end, if `at` is within them and they hold for this severity.
    pub fn until(&self, severity: Severity, at: Timestamp) -> Option<Timestamp> {
        if !self.severities.contains(&severity) {
            return None;
        }
        let seconds = at.unix_seconds();
        let local = self.zone.utc_to_local(seconds);
        let midnight = local - local.rem_euclid(SECONDS_PER_DAY);
        let lasts_overnight = self.to.0 <= self.from.0;
        // Those that are running began today or yesterday.
        let begins = [midnight, midnight - SECONDS_PER_DAY];
        let ends = begins.into_iter().filter_map(|day| {
            let last_day = if lasts_overnight { day + SECONDS_PER_DAY } else { day };
            let from = self.zone.local_to_utc(day + self.from.seconds());
            let to = self.zone.local_to_utc(last_day + self.to.seconds());
            (from..to).contains(&seconds).then_some(to)
        });
        ends.max().map(Timestamp::from_unix_seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::rfc3339;
    use proptest::prelude::*;

    fn hours(from: &str, to: &str, zone: &str) -> QuietHours {
        QuietHours {
            from: MinuteOfDay::parse(from).unwrap(),
            to: MinuteOfDay::parse(to).unwrap(),
            zone: TimeZoneRule::parse(zone).unwrap(),
            severities: [Severity::P2].into(),
        }
    }

    #[track_caller]
    fn check(hours: &QuietHours, at: &str, end: Option<&str>) {
        let time = |text| rfc3339::parse(text).unwrap();
        assert_eq!(hours.until(Severity::P2, time(at)), end.map(time), "{at}");
    }

    #[test]
    fn they_hold_over_midnight_and_end_in_the_morning() {
        let night = hours("22:00", "07:00", "CET-1CEST,M3.5.0,M10.5.0/3");
        check(&night, "2026-11-28T20:59:59Z", None);
        check(&night, "2026-11-28T21:00:00Z", Some("2026-11-29T06:00:00Z"));
        check(&night, "2026-11-29T05:59:59Z", Some("2026-11-29T06:00:00Z"));
        check(&night, "2026-11-29T06:00:00Z", None);
        assert_eq!(
            night.until(Severity::P1, rfc3339::parse("2026-11-29T00:00:00Z").unwrap()),
            None
        );
    }

    #[test]
    fn a_night_in_which_clocks_change_ends_by_the_clock() {
        let night = hours("22:00", "07:00", "CET-1CEST,M3.5.0,M10.5.0/3");
        check(&night, "2026-03-28T21:00:00Z", Some("2026-03-29T05:00:00Z"));
        check(&night, "2026-10-24T20:00:00Z", Some("2026-10-25T06:00:00Z"));
        // The hour from 02:00 on comes twice, and the hours end in its first.
        let twice = hours("22:00", "02:30", "CET-1CEST,M3.5.0,M10.5.0/3");
        check(&twice, "2026-10-25T00:29:59Z", Some("2026-10-25T00:30:00Z"));
        check(&twice, "2026-10-25T01:00:00Z", None);
    }

    #[test]
    fn they_may_lie_within_a_day() {
        let noon = hours("12:00", "13:30", "UTC0");
        check(&noon, "2026-11-28T12:00:00Z", Some("2026-11-28T13:30:00Z"));
        check(&noon, "2026-11-28T13:30:00Z", None);
        check(&noon, "2026-11-28T11:59:59Z", None);
    }

    #[test]
    fn a_time_of_day_has_two_digits_each() {
        for text in ["00:00", "07:05", "23:59"] {
            assert!(MinuteOfDay::parse(text).is_some(), "{text}");
        }
        for text in ["", "7:00", "07:0", "24:00", "12:60", "12", "12:00:00", "+1:00", "1é:00"] {
            assert!(MinuteOfDay::parse(text).is_none(), "{text}");
        }
    }

    proptest! {
        /// Their end is the next time that is not within them.
        #[test]
        fn what_waits_is_told_at_the_first_time_that_is_not_quiet(
            from in 0_u16..1440, to in 0_u16..1440, minute in 0_u64..(400 * 1440),
            zone in prop::sample::select(&[
                "UTC0", "CET-1CEST,M3.5.0,M10.5.0/3", "AEST-10AEDT,M10.1.0,M4.1.0/3",
                "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "EST5EDT,M3.2.0,M11.1.0",
            ][..]),
        ) {
            prop_assume!(from != to);
            let zone = TimeZoneRule::parse(zone).unwrap();
            let (from, to) = (MinuteOfDay(from), MinuteOfDay(to));
            let hours = QuietHours { from, to, zone, severities: [Severity::P3].into() };
            let at = Timestamp::from_millis(1_790_000_000_000 / 60_000 * 60_000 + minute * 60_000);
            let until = hours.until(Severity::P3, at);
            let mut walked = at;
            while hours.until(Severity::P3, walked).is_some() {
                walked = Timestamp::from_millis(walked.as_millis() + 60_000);
            }
            prop_assert_eq!(until.unwrap_or(at), walked);
        }
    }
}
