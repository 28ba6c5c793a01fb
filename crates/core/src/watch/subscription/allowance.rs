//! How much is sent to those who have not asked for it, and how many e-mails in all.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::base::time::{Millis, Timestamp};

/// Messages to addresses that have not confirmed, within an hour: e-mails and challenges together.
/// A form that is misused sends no more than that, whatever the addresses and the clients.
pub const STRANGERS_AN_HOUR: usize = 60;
/// The time, in milliseconds, in which they are counted: an hour.
const WINDOW: Millis = Millis::from_secs(3600);
/// The days in which e-mails are counted: the platform bills by the month.
const DAYS: u64 = 30;
/// A day, in milliseconds.
const DAY: u64 = 24 * 3_600_000;

/// Counts messages to addresses that have not confirmed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StrangerLimit {
    /// The earliest first, at most [`STRANGERS_AN_HOUR`].
    sent: VecDeque<Timestamp>,
}

impl StrangerLimit {
    /// Whether there is room for another message, or how long to wait.
    ///
    /// # Errors
    /// The time until the next one may be sent.
    pub fn check(&self, now: Timestamp) -> Result<(), Millis> {
        let mut recent = self.sent.iter().filter(|at| is_recent(**at, now));
        match recent.next() {
            Some(first) if recent.count() + 1 >= STRANGERS_AN_HOUR => {
                Err((*first + WINDOW).since(now))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Counts a message.
    pub fn count(&mut self, now: Timestamp) {
        self.sent.retain(|at| is_recent(*at, now));
        if self.sent.len() >= STRANGERS_AN_HOUR {
            self.sent.pop_front();
        }
        self.sent.push_back(now);
    }
}

/// A clock that was set back would hold messages up for as long.
fn is_recent(at: Timestamp, now: Timestamp) -> bool {
    at <= now && now.since(at) < WINDOW
}

/// Counts e-mails to subscribers by the days of UTC.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EmailCount {
    /// The number of a day since 1970, and the e-mails of that day; the earliest first, at most
    /// [`DAYS`].
    days: Vec<(u64, u32)>,
}

impl EmailCount {
    /// E-mails of the last 30 days, today among them.
    pub fn sum(&self, now: Timestamp) -> u32 {
        let today = day_of(now);
        let recent = self.days.iter().filter(|(day, _)| *day <= today && day + DAYS > today);
        recent.fold(0, |sum, (_, count)| sum.saturating_add(*count))
    }

    /// How many more may be sent now.
    pub fn left(&self, a_month: u32, now: Timestamp) -> u32 {
        a_month.saturating_sub(self.sum(now))
    }

    /// Counts e-mails.
    pub fn count(&mut self, number: u32, now: Timestamp) {
        let today = day_of(now);
        self.days.retain(|(day, _)| *day <= today && day + DAYS > today);
        match self.days.last_mut() {
            Some((day, count)) if *day == today => *count = count.saturating_add(number),
            Some(_) | None => self.days.push((today, number)),
        }
    }

    /// When e-mails fall out of the count next: the beginning of the next day.
    pub fn next_day(now: Timestamp) -> Timestamp {
        Timestamp::from_millis((day_of(now) + 1) * DAY)
    }
}

const fn day_of(at: Timestamp) -> u64 {
    at.as_millis() / DAY
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Timestamp {
        Timestamp::from_millis(1_795_046_400_000 + ms)
    }

    #[test]
    fn an_hour_has_sixty_messages_to_strangers() {
        let mut limit = StrangerLimit::default();
        for minute in 0..60 {
            assert_eq!(limit.check(at(minute * 1000)), Ok(()));
            limit.count(at(minute * 1000));
        }
        assert_eq!(limit.check(at(60_000)), Err(Millis::from_secs(3540)));
        assert_eq!(limit.check(at(3_600_000)), Ok(()));
        assert_eq!(limit.check(at(0)), Ok(()), "those of a clock that was set back do not count");
        assert_eq!(limit.sent.len(), STRANGERS_AN_HOUR);
    }

    #[test]
    fn e_mails_of_a_month_are_counted_by_days() {
        let mut count = EmailCount::default();
        for day in 0..40 {
            count.count(10, at(day * DAY));
            count.count(10, at(day * DAY + DAY - 1));
        }
        let last = at(39 * DAY);
        assert_eq!(count.sum(last), 600);
        assert_eq!((count.left(601, last), count.left(1, last)), (1, 0));
        assert_eq!(count.sum(at(40 * DAY)), 580);
        assert_eq!(count.days.len() as u64, DAYS);
        assert_eq!(EmailCount::next_day(last), at(40 * DAY));
        assert_eq!(EmailCount::next_day(at(40 * DAY - 1)), at(40 * DAY));
    }
}
