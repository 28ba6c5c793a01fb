//! How much is sent to those who have not asked for it, and how many e-mails in all.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::base::client::ClientLimit;
use crate::base::rate_limit::RateLimit;
use crate::base::time::Timestamp;

/// Messages to addresses that have not confirmed, within an hour: e-mails and challenges together.
/// A form that is misused sends no more than that, whatever the addresses and the clients.
pub const STRANGERS_AN_HOUR: usize = 60;
/// How often one client may ask within an hour.
pub const ASKS_AN_HOUR: usize = 10;
/// The time, in milliseconds, in which both are counted: an hour.
const HOUR_MS: u64 = 3_600_000;
/// The days in which e-mails are counted: the platform bills by the month.
const DAYS: u64 = 30;
/// A day, in milliseconds.
const DAY: u64 = 24 * 3_600_000;

/// Counts messages to addresses that have not confirmed.
pub type StrangerLimit = RateLimit<STRANGERS_AN_HOUR, HOUR_MS>;

/// Counts what clients ask.
pub type AskLimit = ClientLimit<ASKS_AN_HOUR, HOUR_MS>;

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
