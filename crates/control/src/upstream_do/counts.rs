//! What isolates have counted of a circuit: the metrics, what visitors got, and what counts for
//! objectives. A message is added once: what is added, and how far the isolate's messages were
//! added, is written in one go, before the isolate is answered. If the second of the two rows
//! cannot be written, the message is lost rather than added twice.

use std::cell::RefCell;
use std::sync::LazyLock;

use breakwater_core::base::id::CircuitId;
use breakwater_core::base::time::Timestamp;
use breakwater_core::circuit::breaker::State;
use breakwater_core::site::figures::{CircuitCounts, ReportedFigures, RoundFigures};
use breakwater_core::site::metrics;
use breakwater_core::telemetry::log::LogEvent;
use breakwater_core::telemetry::metrics::{MetricsLayout, MetricsTotals};
use breakwater_platform::{log, site};
use worker::Result;

use super::store::CoordinatorStore;

/// The labels of the site's routes and circuits.
static LAYOUT: LazyLock<MetricsLayout> = LazyLock::new(|| metrics::layout(site()));

/// The counts of a circuit; empty until they are first needed, and after they could not be stored.
#[derive(Default)]
pub(super) struct KeptCounts {
    loaded: RefCell<Option<CircuitCounts>>,
}

impl KeptCounts {
    /// Adds an isolate's figures. Returns whether they were new.
    pub(super) fn merge(
        &self,
        store: &CoordinatorStore,
        figures: &ReportedFigures,
        now: Timestamp,
    ) -> Result<bool> {
        if figures.is_empty() {
            return Ok(true);
        }
        self.with(store, |counts| {
            if !counts.merge(&LAYOUT, figures, now) {
                return Ok(false);
            }
            let replica = figures.metrics.as_ref().map(|report| report.replica());
            if let Some(row) = replica.and_then(|id| counts.metrics().replica(id)) {
                store.save_metrics_replica(row)?;
            }
            store.save_counts(counts)?;
            Ok(true)
        })
    }

    /// Begins a round: takes what it tells the monitor, and remembers that it did.
    pub(super) fn tell(&self, store: &CoordinatorStore, now: Timestamp) -> Result<RoundFigures> {
        let told = |counts: &mut CircuitCounts| {
            let (figures, is_to_be_stored) = counts.tell(now);
            store.remember_round(now)?;
            if is_to_be_stored {
                store.save_counts(counts)?;
            }
            Ok(figures)
        };
        if self.loaded.borrow().is_some() {
            return self.with(store, told);
        }
        // A circuit without visitors does not read the rows of all isolates for that.
        told(&mut store.load_counts()?)
    }

    /// Takes back what a round could not tell after all.
    pub(super) fn take_back(&self, store: &CoordinatorStore, figures: &RoundFigures) -> Result<()> {
        if figures.say_nothing() {
            return Ok(());
        }
        self.with(store, |counts| {
            counts.take_back(figures);
            store.save_counts(counts)
        })
    }

    /// Counts a turn of the circuit. If it cannot be stored, no call of a visitor is to fail by it.
    pub(super) fn count_transition(&self, store: &CoordinatorStore, circuit: CircuitId, to: State) {
        let counted = self.with(store, |counts| {
            counts.metrics_mut().count_transition(&LAYOUT, circuit, metrics::circuit_label(to));
            store.save_counts(counts)
        });
        if let Err(error) = counted {
            let message = format_args!("a transition is missing in the metrics: {error}");
            log::error(LogEvent::FiguresLost, &[], message);
        }
    }

    /// The totals of the metrics.
    pub(super) fn totals(&self, store: &CoordinatorStore) -> Result<MetricsTotals> {
        self.with(store, |counts| Ok(counts.metrics().clone()))
    }

    fn with<T>(
        &self,
        store: &CoordinatorStore,
        work: impl FnOnce(&mut CircuitCounts) -> Result<T>,
    ) -> Result<T> {
        let mut loaded = self.loaded.borrow_mut();
        let mut counts = match loaded.take() {
            Some(counts) => counts,
            None => {
                let mut counts = store.load_counts()?;
                counts.metrics_mut().remember(store.metrics_replicas()?);
                counts
            }
        };
        let done = work(&mut counts)?;
        *loaded = Some(counts);
        Ok(done)
    }
}
