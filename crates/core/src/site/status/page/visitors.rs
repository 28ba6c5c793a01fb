//! What visitors got, beside what checks see: the one may be well while the other is not.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::figures::percent_of_permille;
use super::moment::Moment;
use super::response::{HOUR_WIDTH, column};
use super::texts::StatusTexts;
use super::words::fill;
use crate::base::time::Timestamp;
use crate::site::status::{HOURS_SHOWN, VISITOR_HOURS_SHOWN, VisitorHour};
use crate::watch::incident::EdgeShares;

/// The width of a bar within its hour, in the chart's own units.
const BAR_WIDTH: usize = 8;
/// How many sources there are.
const SOURCES: usize = 5;

// The hours of both charts stand under each other.
const _: () = assert!(VISITOR_HOURS_SHOWN == HOURS_SHOWN);

/// What visitors got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct VisitorChart<'a> {
    /// When the hour began of which the sentence tells.
    pub(super) since: Moment,
    /// What visitors got in that hour.
    pub(super) sentence: String,
    /// What is told of the chart to those who do not see it.
    pub(super) label: String,
    /// The sources of which there was anything.
    pub(super) sources: Vec<VisitorSource<'a>>,
    /// The hours, the latest first.
    pub(super) rows: Vec<VisitorRow>,
}

/// What came from one source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct VisitorSource<'a> {
    /// What the style sheet knows it by.
    pub(super) class: &'static str,
    /// What it is called.
    pub(super) name: &'a str,
    /// Its bars, as the path of an SVG of 1,000 units of height.
    pub(super) path: String,
}

/// An hour of the table: the share of each source, then that of errors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct VisitorRow {
    /// When it began.
    pub(super) hour: Moment,
    /// In the order of the sources.
    pub(super) shares: [String; SOURCES],
    /// Of all answers.
    pub(super) errors: String,
}

/// The shares of the sources, from the bottom of a bar to its top.
const fn shares(of: &EdgeShares) -> [u64; SOURCES] {
    let EdgeShares { errors: _, origin, copies, snapshots, fallbacks, other } = *of;
    [origin, copies, snapshots, fallbacks, other]
}

impl<'a> VisitorChart<'a> {
    /// The chart of the hours up to `now`; `None` if there is no such hour.
    pub(super) fn of(
        texts: &StatusTexts<'a>,
        hours: &[VisitorHour],
        now: Timestamp,
    ) -> Option<Self> {
        let shown: Vec<_> =
            hours.iter().filter_map(|hour| Some((column(hour.hour, now)?, hour))).collect();
        let (_, last) = shown.last()?;
        let names = [
            ("origin", texts.source_origin),
            ("copies", texts.source_copies),
            ("snapshots", texts.source_snapshots),
            ("fallbacks", texts.source_fallbacks),
            ("other", texts.source_other),
        ];
        let sources = names.into_iter().enumerate().map(|(index, (class, name))| VisitorSource {
            class,
            name,
            path: path(&shown, index),
        });
        Some(Self {
            since: Moment::of(texts, last.hour),
            sentence: sentence(texts, &last.permille),
            label: fill(texts.visitors_chart, &[("n", &format!("{VISITOR_HOURS_SHOWN}"))]),
            sources: sources.filter(|source| !source.path.is_empty()).collect(),
            rows: shown.iter().rev().map(|(_, hour)| VisitorRow::of(texts, hour)).collect(),
        })
    }
}

impl VisitorRow {
    fn of(texts: &StatusTexts<'_>, hour: &VisitorHour) -> Self {
        let percent = |permille: u64| percent_of_permille(texts, permille);
        Self {
            hour: Moment::hour(texts, hour.hour),
            shares: shares(&hour.permille).map(percent),
            errors: percent(hour.permille.errors),
        }
    }
}

/// The bars of the source of this index.
fn path(hours: &[(usize, &VisitorHour)], index: usize) -> String {
    let mut path = String::new();
    for (column, hour) in hours {
        let all = shares(&hour.permille);
        let height = all.get(index).copied().unwrap_or_default().min(1_000);
        let below = all.iter().take(index + 1).sum::<u64>().min(1_000);
        if height > 0 {
            let (x, y) = (column * HOUR_WIDTH, 1_000 - below);
            path += &format!("M{x} {y}h{BAR_WIDTH}v{height}h-{BAR_WIDTH}z");
        }
    }
    path
}

/// What visitors got, source by source, and how many answers were errors.
fn sentence(texts: &StatusTexts<'_>, of: &EdgeShares) -> String {
    let got = [
        texts.got_origin,
        texts.got_copies,
        texts.got_snapshots,
        texts.got_fallbacks,
        texts.got_other,
    ];
    let told =
        |text: &str, permille: u64| fill(text, &[("share", &percent_of_permille(texts, permille))]);
    let parts: Vec<_> = got
        .iter()
        .zip(shares(of))
        .filter(|(_, permille)| *permille > 0)
        .map(|(text, permille)| told(text, permille))
        .collect();
    format!("{}. {}.", parts.join(", "), told(texts.got_errors, of.errors))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::status::page::tests::english;

    const HOUR: u64 = 3_600_000;

    fn hour(hour: u64, permille: [u64; 6]) -> VisitorHour {
        let [errors, origin, copies, snapshots, fallbacks, other] = permille;
        let permille = EdgeShares { errors, origin, copies, snapshots, fallbacks, other };
        VisitorHour { hour: Timestamp::from_millis(hour * HOUR), permille }
    }

    #[test]
    fn bars_are_stacked_and_a_source_without_a_share_is_left_out() {
        let now = Timestamp::from_millis(100 * HOUR);
        let hours = [hour(99, [0, 1_000, 0, 0, 0, 0]), hour(100, [3, 20, 950, 0, 30, 0])];
        let chart = VisitorChart::of(&english(), &hours, now).unwrap();
        let paths: Vec<_> = chart.sources.iter().map(|it| (it.class, &*it.path)).collect();
        assert_eq!(
            paths,
            [
                ("origin", "M460 0h8v1000h-8zM470 980h8v20h-8z"),
                ("copies", "M470 30h8v950h-8z"),
                ("fallbacks", "M470 0h8v30h-8z"),
            ]
        );
        assert_eq!(
            chart.sentence,
            "2% came from the site itself, 95% from stored copies, 3% was a page that asks for \
             patience. 0.3% of all answers were errors."
        );
        assert_eq!(chart.rows[1].shares, ["100%", "0%", "0%", "0%", "0%"]);
    }

    #[test]
    fn without_a_recent_hour_there_is_no_chart() {
        let now = Timestamp::from_millis(100 * HOUR);
        assert_eq!(VisitorChart::of(&english(), &[hour(5, [0, 1_000, 0, 0, 0, 0])], now), None);
    }
}
