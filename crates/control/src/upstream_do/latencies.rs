//! How long calls took, as isolates send it along with their reports. It is held in memory and
//! stored now and then: only figures are lost with a machine, and no decision.

use std::cell::RefCell;

use breakwater_core::base::time::Timestamp;
use breakwater_core::circuit::latency::{Histogram, LatencyWindow, Percentiles, is_store_due};
use worker::Result;

use super::store::CoordinatorStore;

/// The window of a circuit.
#[derive(Default)]
pub(super) struct CircuitLatencies {
    loaded: RefCell<Option<Loaded>>,
}

/// The window in memory, and whether it is stored as it is.
struct Loaded {
    window: LatencyWindow,
    has_changed: bool,
    stored_at: Option<Timestamp>,
}

impl CircuitLatencies {
    /// Adds the calls that an isolate has counted.
    pub(super) fn record(&self, store: &CoordinatorStore, calls: &Histogram, now: Timestamp) {
        self.work(store, |loaded| {
            loaded.window.record_delta(calls, now);
            loaded.has_changed = true;
            if is_store_due(loaded.stored_at, now) { loaded.store(store, now) } else { Ok(()) }
        });
    }

    /// Stores the window if it has changed since it was last stored.
    pub(super) fn store_if_changed(&self, store: &CoordinatorStore, now: Timestamp) {
        self.work(
            store,
            |loaded| {
                if loaded.has_changed { loaded.store(store, now) } else { Ok(()) }
            },
        );
    }

    /// The percentiles of recent calls.
    pub(super) fn percentiles(
        &self,
        store: &CoordinatorStore,
        now: Timestamp,
    ) -> Result<Option<Percentiles>> {
        self.with(store, |loaded| Ok(loaded.window.percentiles(now)))
    }

    /// Works on the window, and only logs a failure: figures are worth neither a report nor a
    /// probe.
    fn work(&self, store: &CoordinatorStore, work: impl FnOnce(&mut Loaded) -> Result<()>) {
        if let Err(error) = self.with(store, work) {
            worker::console_error!("latencies not stored: {error}");
        }
    }

    fn with<T>(
        &self,
        store: &CoordinatorStore,
        work: impl FnOnce(&mut Loaded) -> Result<T>,
    ) -> Result<T> {
        let mut loaded = self.loaded.borrow_mut();
        if let Some(loaded) = &mut *loaded {
            return work(loaded);
        }
        let window = store.load_latencies()?;
        work(loaded.insert(Loaded { window, has_changed: false, stored_at: None }))
    }
}

impl Loaded {
    fn store(&mut self, store: &CoordinatorStore, now: Timestamp) -> Result<()> {
        store.save_latencies(&self.window)?;
        self.has_changed = false;
        self.stored_at = Some(now);
        Ok(())
    }
}
