//! How calls went and what visitors got, as isolates send it along with their reports. It is held
//! in memory, and stored now and then: only figures are lost with a machine, and no decision.

use std::cell::RefCell;

use breakwater_core::base::time::Timestamp;
use breakwater_core::circuit::fleet::Delta;
use breakwater_core::circuit::latency::is_store_due;
use breakwater_core::site::figures::{CircuitFigures, ReportedFigures};
use breakwater_core::telemetry::log::LogEvent;
use breakwater_platform::log;
use worker::Result;

use super::store::CoordinatorStore;

/// The figures of a circuit.
#[derive(Default)]
pub(super) struct KeptFigures {
    loaded: RefCell<Option<Loaded>>,
}

/// The figures in memory, and whether they are stored as they are.
struct Loaded {
    figures: CircuitFigures,
    has_changed: bool,
    stored_at: Option<Timestamp>,
}

impl KeptFigures {
    /// Adds what an isolate has counted. A report that tells nothing changes nothing.
    pub(super) fn record(
        &self,
        store: &CoordinatorStore,
        delta: &Delta,
        reported: &ReportedFigures,
        now: Timestamp,
    ) {
        if CircuitFigures::says_nothing(delta, reported) {
            return;
        }
        self.work(store, |loaded| {
            loaded.figures.record(delta, reported, now);
            loaded.has_changed = true;
            if is_store_due(loaded.stored_at, now) { loaded.store(store, now) } else { Ok(()) }
        });
    }

    /// Stores the figures if they have changed since they were last stored.
    pub(super) fn store_if_changed(&self, store: &CoordinatorStore, now: Timestamp) {
        self.work(
            store,
            |loaded| {
                if loaded.has_changed { loaded.store(store, now) } else { Ok(()) }
            },
        );
    }

    /// Reads the figures.
    pub(super) fn read<T>(
        &self,
        store: &CoordinatorStore,
        read: impl FnOnce(&CircuitFigures) -> T,
    ) -> Result<T> {
        self.with(store, |loaded| Ok(read(&loaded.figures)))
    }

    /// Works on the figures, and only logs a failure: they are worth neither a report nor a probe.
    fn work(&self, store: &CoordinatorStore, work: impl FnOnce(&mut Loaded) -> Result<()>) {
        if let Err(error) = self.with(store, work) {
            log::error(LogEvent::FiguresLost, &[], format_args!("figures not stored: {error}"));
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
        let figures = store.load_figures()?;
        work(loaded.insert(Loaded { figures, has_changed: false, stored_at: None }))
    }
}

impl Loaded {
    fn store(&mut self, store: &CoordinatorStore, now: Timestamp) -> Result<()> {
        store.save_figures(&self.figures)?;
        self.has_changed = false;
        self.stored_at = Some(now);
        Ok(())
    }
}
