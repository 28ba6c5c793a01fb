//! What the monitor has done, counted for the metrics.
//!
//! The counts only grow, and are stored with what they count. Each row of a group that is written
//! carries them, since a row costs the same whatever its size; an event that writes none of those
//! writes a row of their own. The latest of all these rows has the greatest counts, and whichever
//! row is lost, the others bring the counts nearly back.

use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;

use super::MonitorHost;
use super::effect::MonitorWrite;
use super::load::read;
use crate::base::stored::StoredForm as _;
use crate::telemetry::metrics::{
    CarriedWork, DeliveryLabel, MessageLabel, ObservationLabel, WorkTotals,
};
use crate::watch::alert::AlertKind;
use crate::watch::alert::outbox::{DeadReason, DeliveryEnd};
use crate::watch::monitor::CheckResult;

/// The counts, and whether they differ from what is stored.
#[derive(Clone, Debug, Default)]
pub(super) struct MonitorWork {
    totals: WorkTotals,
    has_changed: bool,
}

impl MonitorWork {
    /// The counts of the row of their own and of all groups.
    pub(super) fn load(
        stored: Option<&str>,
        carried: &[CarriedWork],
        writes: &mut VecDeque<MonitorWrite>,
        unread: &mut Vec<String>,
    ) -> Self {
        let (mut totals, has_changed): (WorkTotals, _) = read(stored, writes, unread);
        for CarriedWork(more) in carried {
            totals.raise_to(&more.unwrap_or_default());
        }
        // The row of a group that goes may be the only one that has the latest counts.
        let goes = |write: &MonitorWrite| matches!(write, MonitorWrite::ForgetGroups { .. });
        let has_changed = has_changed || writes.iter().any(goes);
        Self { totals, has_changed }
    }

    pub(super) fn count_observation(&mut self, found: CheckResult) {
        self.totals.count_observation(observation(found));
        self.has_changed = true;
    }

    pub(super) fn count_alert(&mut self, kind: AlertKind) {
        self.totals.count_alert(message(kind));
        self.has_changed = true;
    }

    /// Counts an attempt, and what the outbox said of its end.
    pub(super) fn count_delivery(&mut self, end: &DeliveryEnd, dead: Option<DeadReason>) {
        self.totals.count_delivery(delivery(end, dead));
        self.has_changed = true;
    }

    /// The counts as a row of a group carries them, which is written now.
    pub(super) fn carry(&mut self) -> CarriedWork {
        self.has_changed = false;
        CarriedWork(Some(self.totals))
    }

    /// The row of their own, if no other row has carried what has changed.
    pub(super) fn take_write(&mut self) -> Option<MonitorWrite> {
        let has_changed = core::mem::take(&mut self.has_changed);
        has_changed.then(|| MonitorWrite::SaveWork(self.totals.to_stored()))
    }
}

impl MonitorHost {
    /// What the monitor has done since it was first stored.
    pub const fn work(&self) -> &WorkTotals {
        &self.work_done.totals
    }
}

const fn observation(result: CheckResult) -> ObservationLabel {
    match result {
        CheckResult::Up => ObservationLabel::Up,
        CheckResult::Degraded => ObservationLabel::Degraded,
        CheckResult::Down => ObservationLabel::Down,
    }
}

const fn message(kind: AlertKind) -> MessageLabel {
    match kind {
        AlertKind::Opened => MessageLabel::Opened,
        AlertKind::Updated => MessageLabel::Updated,
        AlertKind::Resolved => MessageLabel::Resolved,
        AlertKind::Test => MessageLabel::Test,
    }
}

const fn delivery(end: &DeliveryEnd, dead: Option<DeadReason>) -> DeliveryLabel {
    match (end, dead) {
        (DeliveryEnd::Delivered, _) => DeliveryLabel::Delivered,
        (_, Some(_)) => DeliveryLabel::Dead,
        (DeliveryEnd::Gone | DeliveryEnd::Refused { .. } | DeliveryEnd::Failed { .. }, None) => {
            DeliveryLabel::Failed
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_that_ends_in_a_dead_letter_is_dead_whatever_ended_it() {
        assert_eq!(delivery(&DeliveryEnd::Gone, Some(DeadReason::Gone)), DeliveryLabel::Dead);
        assert_eq!(delivery(&DeliveryEnd::Delivered, None), DeliveryLabel::Delivered);
        assert_eq!(delivery(&DeliveryEnd::Gone, None), DeliveryLabel::Failed);
    }

    fn loaded(stored: Option<&str>, carried: &[CarriedWork]) -> MonitorWork {
        MonitorWork::load(stored, carried, &mut VecDeque::new(), &mut Vec::new())
    }

    #[test]
    fn the_latest_row_has_the_counts() {
        let mut work = MonitorWork::default();
        work.count_observation(CheckResult::Up);
        let earlier = work.carry();
        assert_eq!(work.take_write(), None, "a group's row has them");
        work.count_alert(AlertKind::Opened);
        let Some(MonitorWrite::SaveWork(own)) = work.take_write() else { panic!("no row") };
        assert_eq!(work.take_write(), None);
        assert_eq!(loaded(Some(&own), &[earlier]).totals, work.totals);
        work.count_observation(CheckResult::Down);
        let latest = work.carry();
        assert_eq!(loaded(Some(&own), &[earlier, latest]).totals, work.totals);
        assert_eq!(loaded(None, &[earlier, latest]).totals, work.totals, "a row was lost");
    }

    #[test]
    fn counts_of_another_version_are_put_aside() {
        let (mut writes, mut unread) = (VecDeque::new(), Vec::new());
        let text = r#"{"version":2,"work":[]}"#;
        let mut work = MonitorWork::load(Some(text), &[], &mut writes, &mut unread);
        assert_eq!(unread, ["the stored totals of work has version 2, expected 1"]);
        let aside = MonitorWrite::PutAside { name: "work-unread".into(), text: text.into() };
        assert_eq!(writes, [aside]);
        assert!(matches!(work.take_write(), Some(MonitorWrite::SaveWork(_))), "it is written over");
    }
}
