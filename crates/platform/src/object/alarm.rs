//! An object's timer.

use breakwater_core::base::object::RETRY_ALARM_AFTER;
use breakwater_core::base::time::Timestamp;
use worker::{Result, Storage};

use crate::clock;

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

    /// Has it come again if the work that begins now is cut short.
    ///
    /// # Errors
    /// What the platform throws.
    pub async fn arm_for_retry(&self) -> Result<()> {
        self.storage.set_alarm(clock::alarm_time(clock::now() + RETRY_ALARM_AFTER)).await
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
