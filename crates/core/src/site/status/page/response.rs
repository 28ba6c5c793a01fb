//! How long the checks of a part took: a line over the last hours, and a table of the same.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::figures::response_time;
use super::moment::Moment;
use super::texts::StatusTexts;
use super::words::fill;
use crate::base::time::{Millis, Timestamp};
use crate::site::status::{HOURS_SHOWN, PublicHour};

/// The length of an hour, in milliseconds.
const HOUR: u64 = 3_600_000;
/// The height of the chart in its own units, of which the highest value takes all but the margins.
const HEIGHT: u64 = 100;
/// What stays free above and below the line, so that its ends are not cut.
const MARGIN: u64 = 6;
/// The width of an hour in the chart's own units.
pub(super) const HOUR_WIDTH: usize = 10;

/// The response times of a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ResponseChart {
    /// The average and the highest, in words.
    pub(super) text: String,
    /// The points of each line. An hour without a measurement ends one.
    pub(super) lines: Vec<String>,
    /// The hours with their averages, the latest first.
    pub(super) rows: Vec<(Moment, String)>,
}

impl ResponseChart {
    /// The chart of the hours up to `now`; `None` if none of them is among those that are shown.
    pub(super) fn of(
        texts: &StatusTexts<'_>,
        hours: &[PublicHour],
        now: Timestamp,
    ) -> Option<Self> {
        let shown: Vec<_> =
            hours.iter().filter_map(|hour| Some((column(hour.hour, now)?, hour))).collect();
        let highest = shown.iter().map(|(_, hour)| hour.average.get()).max()?;
        let sum = shown.iter().fold(0_u64, |sum, (_, hour)| sum.saturating_add(hour.average.get()));
        let average = sum / shown.len() as u64;
        let (average, top) =
            [average, highest].map(|time| response_time(texts, Millis::new(time))).into();
        let text = fill(texts.response, &[("average", &average), ("highest", &top)]);
        let row = |hour: &PublicHour| {
            (Moment::hour(texts, hour.hour), response_time(texts, hour.average))
        };
        Some(Self {
            text,
            lines: lines(&shown, highest.max(1)),
            rows: shown.iter().rev().map(|(_, hour)| row(hour)).collect(),
        })
    }
}

/// Which of the shown hours an hour is, from the left; `None` if it is none of them.
pub(super) fn column(hour: Timestamp, now: Timestamp) -> Option<usize> {
    let ago = (now.as_millis() / HOUR).checked_sub(hour.as_millis() / HOUR)?;
    (HOURS_SHOWN - 1).checked_sub(usize::try_from(ago).ok()?)
}

/// The points of each unbroken run of hours. A single hour becomes a short line, since a line of
/// one point is not drawn.
fn lines(hours: &[(usize, &PublicHour)], highest: u64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut last = None;
    for (column, hour) in hours {
        let share = hour.average.get().saturating_mul(HEIGHT - 2 * MARGIN) / highest;
        let (x, y) = (column * HOUR_WIDTH, HEIGHT - MARGIN - share);
        match lines.last_mut().filter(|_| last.is_some_and(|last: usize| last + 1 == *column)) {
            Some(line) => *line += &format!(" {},{y}", x + HOUR_WIDTH / 2),
            None => lines.push(format!("{x},{y} {},{y}", x + HOUR_WIDTH / 2)),
        }
        last = Some(*column);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::status::page::tests::english;

    fn hour(hour: u64, average: u64) -> PublicHour {
        PublicHour { hour: Timestamp::from_millis(hour * HOUR), average: Millis::new(average) }
    }

    #[test]
    fn a_gap_ends_a_line_and_the_highest_value_is_within_the_chart() {
        let now = Timestamp::from_millis(100 * HOUR + 7);
        let hours = [hour(20, 9_000), hour(53, 50), hour(54, 100), hour(100, 200)];
        let chart = ResponseChart::of(&english(), &hours, now).unwrap();
        assert_eq!(chart.lines, ["0,72 5,72 15,50", "470,6 475,6"]);
        assert_eq!(
            chart.text.replace('\u{a0}', " "),
            "Response time: 116 ms on average, 200 ms at most"
        );
        let rows: Vec<_> = chart.rows.iter().map(|(at, time)| (&*at.shown, &**time)).collect();
        assert_eq!(rows[0], ("5 Jan, 04:00", "200\u{a0}ms"));
        assert_eq!(rows.len(), 3);
    }

    #[test]
    fn without_a_recent_hour_there_is_no_chart() {
        let now = Timestamp::from_millis(100 * HOUR);
        assert_eq!(ResponseChart::of(&english(), &[hour(20, 1), hour(101, 1)], now), None);
        assert_eq!(ResponseChart::of(&english(), &[], now), None);
        let zero = ResponseChart::of(&english(), &[hour(100, 0)], now).unwrap();
        assert_eq!(zero.lines, ["470,94 475,94"]);
    }
}
