//! The metrics of a circuit and its routes, as isolates report them. A report is added once: what
//! is added, and how far the isolate's reports were added, is written in one go, before the isolate
//! is answered.

use std::cell::RefCell;
use std::sync::LazyLock;

use breakwater_core::base::id::CircuitId;
use breakwater_core::base::time::Timestamp;
use breakwater_core::circuit::breaker::State;
use breakwater_core::site::metrics;
use breakwater_core::telemetry::log::LogEvent;
use breakwater_core::telemetry::metrics::{MetricsLayout, MetricsReport, MetricsTotals};
use breakwater_platform::{log, site};
use worker::Result;

use super::store::CoordinatorStore;

/// The labels of the site's routes and circuits.
static LAYOUT: LazyLock<MetricsLayout> = LazyLock::new(|| metrics::layout(site()));

/// The totals of a circuit; empty until they are first needed, and after they could not be stored.
#[derive(Default)]
pub(super) struct KeptMetrics {
    loaded: RefCell<Option<MetricsTotals>>,
}

impl KeptMetrics {
    /// Adds a report of an isolate, unless it was added before.
    pub(super) fn merge(
        &self,
        store: &CoordinatorStore,
        report: &MetricsReport,
        now: Timestamp,
    ) -> Result<()> {
        self.with(store, |totals| {
            if !totals.merge(&LAYOUT, report, now) {
                return Ok(());
            }
            if let Some(replica) = totals.replica(report.replica()) {
                store.save_metrics_replica(replica)?;
            }
            store.save_metrics(totals)
        })
    }

    /// Counts a turn of the circuit. If it cannot be stored, no call of a visitor is to fail by it.
    pub(super) fn count_transition(&self, store: &CoordinatorStore, circuit: CircuitId, to: State) {
        let counted = self.with(store, |totals| {
            totals.count_transition(&LAYOUT, circuit, metrics::circuit_label(to));
            store.save_metrics(totals)
        });
        if let Err(error) = counted {
            let message = format_args!("a transition is missing in the metrics: {error}");
            log::error(LogEvent::FiguresLost, &[], message);
        }
    }

    /// The totals.
    pub(super) fn totals(&self, store: &CoordinatorStore) -> Result<MetricsTotals> {
        self.with(store, |totals| Ok(totals.clone()))
    }

    fn with<T>(
        &self,
        store: &CoordinatorStore,
        work: impl FnOnce(&mut MetricsTotals) -> Result<T>,
    ) -> Result<T> {
        let mut loaded = self.loaded.borrow_mut();
        let mut totals = match loaded.take() {
            Some(totals) => totals,
            None => store.load_metrics()?,
        };
        let done = work(&mut totals)?;
        *loaded = Some(totals);
        Ok(done)
    }
}
