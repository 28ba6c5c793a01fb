//! The last days of a part: a bar for each, and the days on which something was wrong.

use alloc::string::String;
use alloc::vec::Vec;

use super::figures::percent_of_ppm;
use super::moment;
use super::phrase::name_of;
use super::texts::StatusTexts;
use super::words::fill;
use crate::base::calendar::{Date, MS_PER_DAY};
use crate::base::time::Timestamp;
use crate::site::status::{ComponentState, DAYS_SHOWN, PublicComponent, PublicDay};

/// A day's bar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DayBar {
    /// What the style sheet knows it by: the letter of the worst state, and the level of what was
    /// lost. A day that was well has none.
    pub(super) class: &'static str,
    /// What is read of it.
    pub(super) text: String,
}

/// A bar for each of the days up to `now`, the earliest first, also for those without a
/// measurement.
pub(super) fn bars(
    texts: &StatusTexts<'_>,
    component: &PublicComponent,
    now: Timestamp,
) -> Vec<DayBar> {
    let today = today(now);
    let days = (0..DAYS_SHOWN as u32).rev().filter_map(|ago| today.checked_sub(ago));
    days.map(|day| match component.days.iter().find(|known| known.day == day) {
        Some(known) => DayBar { class: class_of(known), text: text_of(texts, known) },
        None => {
            let places = [("date", &*date(texts, day)), ("state", texts.state_no_data)];
            DayBar { class: "n", text: fill(texts.day_state, &places) }
        }
    })
    .collect()
}

/// What is read of each day on which something was wrong, the latest first.
pub(super) fn troubles(
    texts: &StatusTexts<'_>,
    component: &PublicComponent,
    now: Timestamp,
) -> Vec<String> {
    let first = today(now).saturating_sub(DAYS_SHOWN as u32 - 1);
    let bad = component.days.iter().rev().filter(|day| {
        day.day >= first && (day.worst > ComponentState::Unknown || day.lost_ppm > 0)
    });
    bad.map(|day| text_of(texts, day)).collect()
}

/// The day of a point in time, in days since 1970-01-01.
fn today(now: Timestamp) -> u32 {
    u32::try_from(now.as_millis() / MS_PER_DAY as u64).unwrap_or(u32::MAX)
}

fn date(texts: &StatusTexts<'_>, day: u32) -> String {
    moment::day(texts, Date::of_day(i64::from(day)))
}

fn text_of(texts: &StatusTexts<'_>, day: &PublicDay) -> String {
    let uptime = percent_of_ppm(texts, day.uptime_ppm());
    let uptime = fill(texts.uptime, &[("percent", &uptime)]);
    let places = [
        ("date", &*date(texts, day.day)),
        ("state", name_of(texts, day.worst)),
        ("uptime", &uptime),
    ];
    fill(texts.day_text, &places)
}

/// How much of a day was lost, in five levels: the least that can be seen, then 0.1 %, 1 %, 5 % and
/// 20 % of what was measured.
const fn level(uptime_ppm: u32) -> usize {
    match uptime_ppm {
        999_000.. => 0,
        990_000.. => 1,
        950_000.. => 2,
        800_000.. => 3,
        _ => 4,
    }
}

/// The classes by level, so that no day makes a text of its own.
fn class_of(day: &PublicDay) -> &'static str {
    let classes = match day.worst {
        ComponentState::Operational if day.lost_ppm == 0 => return "",
        ComponentState::Operational | ComponentState::DegradedPerformance => {
            ["d", "d l1", "d l2", "d l3", "d l4"]
        }
        ComponentState::UnderMaintenance => return "m",
        ComponentState::Unknown => return "u",
        ComponentState::PartialOutage => ["p", "p l1", "p l2", "p l3", "p l4"],
        ComponentState::MajorOutage => ["x", "x l1", "x l2", "x l3", "x l4"],
    };
    classes.get(level(day.uptime_ppm())).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::status::page::tests::english;

    fn day(day: u32, lost_ppm: u32, worst: ComponentState) -> PublicDay {
        PublicDay { day, hours: 24, lost_ppm, worst }
    }

    fn part(days: &[PublicDay]) -> PublicComponent {
        PublicComponent { days: days.to_vec(), ..PublicComponent::default() }
    }

    /// 2026-11-30, in days since 1970.
    const TODAY: u32 = 20_787;

    fn now() -> Timestamp {
        Timestamp::from_millis(u64::from(TODAY) * MS_PER_DAY as u64 + 5)
    }

    #[test]
    fn each_of_the_days_has_a_bar_also_those_without_a_measurement() {
        let part = part(&[
            day(TODAY - 200, 0, ComponentState::MajorOutage),
            day(TODAY - 1, 120_000, ComponentState::MajorOutage),
            day(TODAY, 0, ComponentState::Operational),
        ]);
        let bars = bars(&english(), &part, now());
        assert_eq!(bars.len(), DAYS_SHOWN);
        assert_eq!((bars[0].class, &*bars[0].text), ("n", "2 Sep 2026: Not measured"));
        let told = (bars[88].class, &*bars[88].text);
        assert_eq!(told, ("x l1", "29 Nov 2026: Outage, 99.50% uptime"));
        assert_eq!((bars[89].class, &*bars[89].text), ("", "30 Nov 2026: Works, 100% uptime"));
    }

    #[test]
    fn only_days_with_trouble_are_told_of_and_the_latest_first() {
        let part = part(&[
            day(TODAY - 90, 1, ComponentState::MajorOutage),
            day(TODAY - 3, 0, ComponentState::DegradedPerformance),
            day(TODAY - 2, 0, ComponentState::Operational),
            day(TODAY - 1, 0, ComponentState::UnderMaintenance),
            day(TODAY, 24_000_000, ComponentState::MajorOutage),
        ]);
        assert_eq!(
            troubles(&english(), &part, now()),
            ["30 Nov 2026: Outage, 0% uptime", "27 Nov 2026: Limited, 100% uptime"]
        );
    }

    #[test]
    fn what_was_lost_has_a_level_and_any_loss_is_seen() {
        for (lost, worst, class) in [
            (0, ComponentState::Operational, ""),
            (1, ComponentState::Operational, "d"),
            (0, ComponentState::DegradedPerformance, "d"),
            (1, ComponentState::PartialOutage, "p"),
            (1_200_000, ComponentState::MajorOutage, "x l2"),
            (4_800_000, ComponentState::MajorOutage, "x l3"),
            (4_800_024, ComponentState::MajorOutage, "x l4"),
            (0, ComponentState::UnderMaintenance, "m"),
            (0, ComponentState::Unknown, "u"),
        ] {
            assert_eq!(class_of(&day(TODAY, lost, worst)), class, "{lost} {worst:?}");
        }
    }
}
