//! An object's timer.

use breakwater_core::base::time::{Millis, Timestamp};
use worker::{Result, Storage};

use crate::clock;

/// The alarm is set this far ahead before work begins, in case the work is cut short.
pub const RETRY_AFTER: Millis = Millis::from_secs(30);

/// The one alarm that an object has. Setting it costs a row written, so it is read first.
#[derive(Debug)]
pub struct ObjectAlarm {
    storage: Storage,
}

impl ObjectAlarm {
    /// The alarm of the object with this storage.
    pub const fn of(storage: Storage) -> Self {
        Self { storage }
    }

    /// Arms it for `at`, unless an earlier one stands: that one then finds out what is due.
    ///
    /// # Errors
    /// What the platform throws.
    pub async fn arm(&self, at: Timestamp) -> Result<()> {
        let at = at.max(clock::now());
        match self.storage.get_alarm().await? {
            Some(set) if set <= at.as_millis() as i64 => Ok(()),
            Some(_) | None => self.storage.set_alarm(clock::alarm_time(at)).await,
        }
    }

    /// Has it come again if the work that begins now is cut short.
    ///
    /// # Errors
    /// What the platform throws.
    pub async fn arm_for_retry(&self) -> Result<()> {
        self.storage.set_alarm(clock::alarm_time(clock::now() + RETRY_AFTER)).await
    }

    /// Sets it to exactly this time, also a later one; without a time there is no alarm.
    ///
    /// # Errors
    /// What the platform throws.
    pub async fn set(&self, at: Option<Timestamp>) -> Result<()> {
        let now = clock::now();
        match (at, self.storage.get_alarm().await?) {
            (None, None) => Ok(()),
            (None, Some(_)) => self.storage.delete_alarm().await,
            // It is due: the alarm that is set comes at once, or is at work on it.
            (Some(at), Some(_)) if at <= now => Ok(()),
            (Some(at), Some(set)) if at.as_millis() as i64 == set => Ok(()),
            (Some(at), _) => self.storage.set_alarm(clock::alarm_time(at.max(now))).await,
        }
    }
}
