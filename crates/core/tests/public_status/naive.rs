//! The history as a list of all that happened, from which each day is worked out again. It has the
//! formula of `docs/reference/status-page.md` and nothing else.

use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::site::status::ComponentState;
use breakwater_core::watch::incident::Impact;
use breakwater_core::watch::monitor::CheckResult;

use crate::{DAY, HOUR};

/// What one measurement found.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) at: Timestamp,
    /// The check, or the dependency.
    pub(crate) of: &'static str,
    pub(crate) result: CheckResult,
    pub(crate) in_maintenance: bool,
}

/// What a person said.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub(crate) component: &'static str,
    pub(crate) since: Timestamp,
    pub(crate) end: Option<Timestamp>,
    pub(crate) impact: Impact,
}

/// A day: its number, the hours that count, what was lost in millionths, and the worst.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Day {
    pub(crate) day: u32,
    pub(crate) hours: u8,
    pub(crate) lost_ppm: u32,
    pub(crate) worst: ComponentState,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Naive {
    pub(crate) seen: Vec<Seen>,
    pub(crate) said: Vec<Said>,
}

impl Naive {
    /// The days of a component that is made of these checks or of this dependency.
    pub(crate) fn days(
        &self,
        component: &str,
        of: &[&'static str],
        impact: Impact,
        now: Timestamp,
    ) -> Vec<Day> {
        let of_it: Vec<&Seen> = self.seen.iter().filter(|it| of.contains(&it.of)).collect();
        let first = of_it.iter().map(|it| it.at.as_millis() / DAY).min();
        let days = first.into_iter().flat_map(|first| first..=now.as_millis() / DAY);
        days.filter_map(|day| self.day(day, component, &of_it, impact, now)).collect()
    }

    fn day(
        &self,
        day: u64,
        component: &str,
        seen: &[&Seen],
        impact: Impact,
        now: Timestamp,
    ) -> Option<Day> {
        let mut whole =
            Day { day: day as u32, hours: 0, lost_ppm: 0, worst: ComponentState::Operational };
        for hour in 0..24 {
            let begin = day * DAY + hour * HOUR;
            let seen: Vec<&&Seen> =
                seen.iter().filter(|it| it.at.as_millis() / HOUR == begin / HOUR).collect();
            if seen.is_empty() || seen.iter().any(|it| it.in_maintenance) {
                continue;
            }
            let measured = seen.iter().map(|it| lost_of(it.of, &seen, impact));
            let said = self.said_of(component).map(|it| {
                let held = it.within(begin, begin + HOUR, now);
                (held.get() * weight(it.impact)).div_ceil(HOUR) as u32
            });
            whole.hours += 1;
            whole.lost_ppm += measured.chain(said).max().unwrap_or_default();
            let states = seen.iter().map(|it| match it.result {
                CheckResult::Up => ComponentState::Operational,
                CheckResult::Degraded => ComponentState::DegradedPerformance,
                CheckResult::Down => impact.into(),
            });
            whole.worst = states.fold(whole.worst, Ord::max);
        }
        let (begin, end) = (day * DAY, (day + 1) * DAY);
        let held = self.said_of(component).filter(|it| it.within(begin, end, now) > Millis::ZERO);
        whole.worst = held.map(|it| it.impact.into()).fold(whole.worst, Ord::max);
        (whole.hours > 0).then_some(whole)
    }

    fn said_of(&self, component: &str) -> impl Iterator<Item = &Said> {
        self.said
            .iter()
            .filter(move |it| it.component == component && it.impact > Impact::Operational)
    }
}

impl Said {
    fn within(&self, from: u64, to: u64, now: Timestamp) -> Millis {
        let end = self.end.unwrap_or(now).min(Timestamp::from_millis(to));
        end.since(self.since.max(Timestamp::from_millis(from)))
    }
}

fn lost_of(of: &str, seen: &[&&Seen], impact: Impact) -> u32 {
    let of_it: Vec<_> = seen.iter().filter(|it| it.of == of).collect();
    let failed = of_it.iter().filter(|it| it.result == CheckResult::Down).count() as u64;
    (failed * weight(impact)).div_ceil(of_it.len() as u64) as u32
}

fn weight(impact: Impact) -> u64 {
    match impact {
        Impact::MajorOutage => 1_000_000,
        Impact::PartialOutage => 300_000,
        Impact::DegradedPerformance | Impact::Operational => 0,
    }
}
