//! The host in memory, and what it is loaded from.

use breakwater_core::base::time::Timestamp;
use breakwater_core::site::monitoring::MonitorHost;
use breakwater_core::telemetry::log::LogEvent;
use breakwater_platform::clock;
use breakwater_platform::log;
use breakwater_platform::object::{ObjectError, ObjectResult};

use super::Inner;
use super::store::MonitorStore;
use crate::watch_rules::rules;

impl Inner {
    /// When the alarm is set for, if it is.
    pub(super) async fn alarm(&self) -> ObjectResult<Option<Timestamp>> {
        let alarm = self.state.storage().get_alarm().await?;
        Ok(alarm.map(|ms| Timestamp::from_millis(ms.unsigned_abs())))
    }

    /// Loads the host, unless it is in memory.
    pub(super) async fn load(&self) -> ObjectResult<()> {
        if self.host.borrow().is_some() {
            return Ok(());
        }
        let alarm = self.alarm().await?;
        let mut host = self.host.borrow_mut();
        // Another event may have loaded it meanwhile.
        if host.is_none() {
            let now = clock::now();
            let stored = self.store()?.load(now)?;
            let (loaded, unread) = MonitorHost::load(&stored, rules(), alarm, now);
            for error in unread {
                log::error(
                    LogEvent::StoredUnread,
                    &[],
                    format_args!("monitor: what was stored is not read: {error}"),
                );
            }
            *host = Some(loaded);
        }
        Ok(())
    }

    /// The storage. Its tables are made once in the object's life.
    pub(super) fn store(&self) -> ObjectResult<&MonitorStore> {
        if let Some(store) = self.store.get() {
            return Ok(store);
        }
        let store = MonitorStore::open(self.state.storage().sql())?;
        Ok(self.store.get_or_init(|| store))
    }

    /// Hands the host to some work.
    ///
    /// # Errors
    /// If another event has failed meanwhile, and the host is to be loaded again.
    pub(super) fn with_host<T>(&self, work: impl FnOnce(&mut MonitorHost) -> T) -> ObjectResult<T> {
        match self.host.borrow_mut().as_mut() {
            Some(host) => Ok(work(host)),
            None => {
                Err(ObjectError::Storage("the monitor was lost when another event failed".into()))
            }
        }
    }
}
