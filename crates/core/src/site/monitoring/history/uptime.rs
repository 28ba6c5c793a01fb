//! What is published of a day, out of what is kept of it. `docs/reference/status-page.md` has the
//! formula too.

use super::day::{ComponentDay, hour_at};
use crate::base::time::{Millis, Timestamp};
use crate::site::monitoring::counts::{HOUR, HourWorst};
use crate::site::status::{ComponentState, PublicDay, weight_ppm};
use crate::watch::incident::Impact;

/// A time at which a component was not well, as a person said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::site::monitoring) struct ToldOutage {
    pub(in crate::site::monitoring) start: Timestamp,
    /// The first moment after it; now, as long as it lasts.
    pub(in crate::site::monitoring) end: Timestamp,
    pub(in crate::site::monitoring) impact: Impact,
}

impl ToldOutage {
    /// How much of a span it held.
    fn within(&self, from: Timestamp, to: Timestamp) -> Millis {
        self.end.min(to).since(self.start.max(from))
    }
}

/// A day as it is published. `impact` is what it means when what is measured fails. `None` if no
/// hour of it counts.
pub(in crate::site::monitoring) fn public_day(
    day: u32,
    kept: &ComponentDay,
    impact: Impact,
    told: &[ToldOutage],
) -> Option<PublicDay> {
    let mut shown = PublicDay { day, worst: ComponentState::Operational, ..PublicDay::default() };
    for (hour, failed_ppm, worst) in kept.counted() {
        let measured = weighted(failed_ppm.into(), 1_000_000, impact);
        let begin = hour_at(day, hour);
        let told = told
            .iter()
            .map(|it| weighted(it.within(begin, begin + HOUR).get(), HOUR.get(), it.impact));
        shown.hours += 1;
        shown.lost_ppm += told.fold(measured, u32::max);
        shown.worst = shown.worst.max(match worst {
            HourWorst::Well => ComponentState::Operational,
            HourWorst::Degraded => ComponentState::DegradedPerformance,
            HourWorst::Down => impact.into(),
        });
    }
    let (begin, end) = (hour_at(day, 0), hour_at(day + 1, 0));
    let held = told.iter().filter(|it| it.within(begin, end) > Millis::ZERO);
    shown.worst = held.fold(shown.worst, |worst, it| worst.max(it.impact.into()));
    (shown.hours > 0).then_some(shown)
}

/// What is lost while `part` of `whole` fails, in millionths, rounded up.
fn weighted(part: u64, whole: u64, impact: Impact) -> u32 {
    let lost = part.min(whole) * u64::from(weight_ppm(impact));
    lost.div_ceil(whole) as u32
}
