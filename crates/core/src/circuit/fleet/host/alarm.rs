//! When the object's alarm is set, and to which time.

use super::HostEffect;
use crate::base::object::RETRY_ALARM_AFTER;
use crate::base::time::Timestamp;

/// The object's one alarm.
#[derive(Debug)]
pub(super) struct Alarm {
    /// The time that it is set for.
    set_for: Option<Timestamp>,
    /// While an alarm's work is under way, the time at which it is taken for dead. The alarm is set
    /// for the same time.
    works_until: Option<Timestamp>,
}

impl Alarm {
    pub(super) const fn set_for(set_for: Option<Timestamp>) -> Self {
        Self { set_for, works_until: None }
    }

    /// Begins the work of an alarm. Returns the time for which the alarm is set meanwhile.
    pub(super) fn begin_work(&mut self, now: Timestamp) -> Timestamp {
        let retry = now + RETRY_ALARM_AFTER;
        (self.set_for, self.works_until) = (Some(retry), Some(retry));
        retry
    }

    pub(super) const fn end_work(&mut self) {
        self.works_until = None;
    }

    /// Sets the alarm for `due`, unless it stands there.
    pub(super) fn poll(&mut self, due: Option<Timestamp>, now: Timestamp) -> Option<HostEffect> {
        if self.works_until.is_some_and(|until| now < until) {
            return None;
        }
        let at = due.map(|due| due.max(now));
        let is_right = match (self.set_for, at) {
            (None, None) => true,
            (Some(set_for), Some(at)) => set_for == at || (at == now && self.is_coming(now)),
            (Some(_), None) | (None, Some(_)) => false,
        };
        if is_right {
            return None;
        }
        self.set_for = at;
        Some(at.map_or(HostEffect::Disarm, HostEffect::Arm))
    }

    /// Whether the time of the alarm has passed, so that it comes at once. An alarm that has not
    /// come for long is lost: the platform gives up one that fails again and again.
    fn is_coming(&self, now: Timestamp) -> bool {
        self.set_for.is_some_and(|at| at <= now && now.since(at) < RETRY_ALARM_AFTER)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(s: u64) -> Timestamp {
        Timestamp::from_millis(s * 1_000)
    }

    #[test]
    fn an_alarm_is_set_only_where_its_time_changes() {
        let mut alarm = Alarm::set_for(None);
        assert_eq!(alarm.poll(None, at(0)), None);
        assert_eq!(alarm.poll(Some(at(10)), at(0)), Some(HostEffect::Arm(at(10))));
        assert_eq!(alarm.poll(Some(at(10)), at(1)), None);
        assert_eq!(alarm.poll(Some(at(20)), at(1)), Some(HostEffect::Arm(at(20))));
        assert_eq!(alarm.poll(None, at(2)), Some(HostEffect::Disarm));
        assert_eq!(alarm.poll(None, at(3)), None);
    }

    #[test]
    fn work_that_is_due_does_not_wait_for_a_later_alarm() {
        let mut alarm = Alarm::set_for(Some(at(60)));
        assert_eq!(alarm.poll(Some(at(4)), at(5)), Some(HostEffect::Arm(at(5))));
        assert_eq!(alarm.poll(Some(at(4)), at(6)), None, "it is about to come");
    }

    #[test]
    fn an_alarm_that_never_came_is_set_again() {
        let mut alarm = Alarm::set_for(Some(at(5)));
        assert_eq!(alarm.poll(Some(at(5)), at(34)), None);
        assert_eq!(alarm.poll(Some(at(5)), at(35)), Some(HostEffect::Arm(at(35))));
    }

    #[test]
    fn nothing_moves_the_alarm_while_its_work_is_under_way() {
        let mut alarm = Alarm::set_for(Some(at(5)));
        assert_eq!(alarm.begin_work(at(5)), at(35));
        assert_eq!(alarm.poll(Some(at(5)), at(6)), None);
        assert_eq!(alarm.poll(Some(at(20)), at(7)), None);
        alarm.end_work();
        assert_eq!(alarm.poll(Some(at(20)), at(8)), Some(HostEffect::Arm(at(20))));
    }

    #[test]
    fn work_that_never_ends_blocks_the_alarm_no_longer_than_its_retry() {
        let mut alarm = Alarm::set_for(Some(at(5)));
        alarm.begin_work(at(5));
        assert_eq!(alarm.poll(Some(at(5)), at(34)), None);
        assert_eq!(alarm.poll(Some(at(50)), at(36)), Some(HostEffect::Arm(at(50))));
    }
}
