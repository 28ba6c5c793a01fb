//! How near an end is that is known in advance: that of a registration or of a certificate.

use alloc::format;
use alloc::string::String;

use serde::{Deserialize, Serialize};

use crate::base::rfc3339::Shown;
use crate::base::time::{Millis, Timestamp};
use crate::watch::monitor::CheckResult;

/// A day, in milliseconds.
const DAY: u64 = 24 * 3_600_000;

/// How long before an end a check says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpiryLimits {
    /// The check is `degraded` from this long before the end on.
    pub warn_before: Millis,
    /// The check is `down` from this long before the end on, which is no longer than
    /// [`warn_before`](Self::warn_before).
    pub down_before: Millis,
}

impl ExpiryLimits {
    /// What an end says of a check, and why it is not well. `what` names what ends.
    pub(super) fn judge(
        self,
        what: &str,
        end: Timestamp,
        now: Timestamp,
    ) -> (CheckResult, Option<String>) {
        let left = end.since(now);
        if left > self.warn_before {
            return (CheckResult::Up, None);
        }
        let result =
            if left > self.down_before { CheckResult::Degraded } else { CheckResult::Down };
        let reason = if end <= now {
            format!("the {what} ended at {}", Shown(end))
        } else {
            let span = match left.get() / DAY {
                0 => "in less than a day".into(),
                1 => "in 1 day".into(),
                days => format!("in {days} days"),
            };
            format!("the {what} ends {span}, at {}", Shown(end))
        };
        (result, Some(reason))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: ExpiryLimits =
        ExpiryLimits { warn_before: Millis::new(30 * DAY), down_before: Millis::new(7 * DAY) };

    #[track_caller]
    fn check(left: i64, result: CheckResult, reason: Option<&str>) {
        let end = Timestamp::from_millis(100 * DAY);
        let now = Timestamp::from_millis((100 * DAY).saturating_add_signed(-left));
        let judged = LIMITS.judge("registration", end, now);
        assert_eq!((judged.0, judged.1.as_deref()), (result, reason));
    }

    #[test]
    fn an_end_counts_from_its_limits_on_and_is_named_with_its_day() {
        let day = DAY as i64;
        check(30 * day + 1, CheckResult::Up, None);
        let at = "at 1970-04-11T00:00:00Z";
        let degraded = |left, span: &str| {
            let reason = format!("the registration ends {span}, {at}");
            check(left, CheckResult::Degraded, Some(&reason));
        };
        degraded(30 * day, "in 30 days");
        degraded(7 * day + 1, "in 7 days");
        let down = |left, span: &str| {
            let reason = format!("the registration {span} {at}");
            check(left, CheckResult::Down, Some(&reason));
        };
        down(7 * day, "ends in 7 days,");
        down(day, "ends in 1 day,");
        down(day - 1, "ends in less than a day,");
        down(1, "ends in less than a day,");
        down(0, "ended");
        down(-day, "ended");
    }
}
