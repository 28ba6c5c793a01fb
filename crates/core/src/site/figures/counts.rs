//! What a coordinator has added up of its isolates' figures: the metrics, which only grow, and what
//! the monitor was not told yet.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize, Serializer};

use super::{ObjectiveDelta, ObjectiveSums, ReportedFigures, RoundFigures};
use crate::base::stored::{StoredForm, StoredFormError};
use crate::base::time::Timestamp;
use crate::telemetry::metrics::{MetricsLayout, MetricsTotals};
use crate::watch::incident::EdgeShares;

/// The counts of one circuit's coordinator.
///
/// All figures of an isolate are added once: a message that comes again, since its reply was lost,
/// has the sequence of the first one. The round of each minute takes what counts for objectives,
/// and what visitors got.
///
/// # The caller's contract
/// [`merge`](Self::merge) changes what has to be stored before a reply leaves, in one write with
/// the row of the replica ([`MetricsTotals::replica`]). [`tell`](Self::tell) takes what is not to
/// be told again, so the time of its round has to be stored before the answer leaves. The row of
/// the counts need not be: after a reset [`from_kept`](Self::from_kept) sees by that time what was
/// told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CircuitCounts {
    metrics: MetricsTotals,
    /// The last round, which took all that was counted before it.
    told: Option<Timestamp>,
    answers: EdgeShares,
    objectives: ObjectiveSums,
}

/// The metrics, the last round, and what was counted since: answers, and for objectives.
#[derive(Deserialize)]
struct CountsWire(MetricsTotals, Option<Timestamp>, [u64; 6], Vec<ObjectiveDelta>);

impl StoredForm for CircuitCounts {
    const VERSION: u32 = 2;
    const NAME: &'static str = "counts";
    const NOUN: &'static str = "counts of a circuit";
}

impl CircuitCounts {
    /// Reads what is stored. `last_round` is the time of the last round, which is stored apart. An
    /// earlier deployment stored the metrics alone, as version 1.
    ///
    /// # Errors
    /// [`StoredFormError`] if it is neither.
    pub fn from_kept(text: &str, last_round: Option<Timestamp>) -> Result<Self, StoredFormError> {
        let read = Self::from_stored(text).or_else(|error| {
            let metrics = MetricsTotals::from_stored(text).map_err(|_| error)?;
            Ok(Self { metrics, ..Self::default() })
        });
        read.map(|counts| counts.resumed(last_round))
    }

    /// The counts of a circuit of which none are stored.
    pub fn new(last_round: Option<Timestamp>) -> Self {
        Self { told: last_round, ..Self::default() }
    }

    /// Leaves out what the last round took after this was stored.
    fn resumed(self, last_round: Option<Timestamp>) -> Self {
        if self.told == last_round {
            return self;
        }
        Self { metrics: self.metrics, ..Self::new(last_round) }
    }

    /// Adds an isolate's figures once. Returns whether they were new.
    pub fn merge(
        &mut self,
        layout: &MetricsLayout,
        figures: &ReportedFigures,
        now: Timestamp,
    ) -> bool {
        // An isolate of an earlier deployment may send figures without metrics.
        if let Some(report) = &figures.metrics
            && !self.metrics.merge(layout, report, now)
        {
            return false;
        }
        self.answers.add(&figures.answers);
        self.objectives.add(&figures.objectives);
        true
    }

    /// Takes what a round tells the monitor. The time of the round is `now`. Returns also whether
    /// the counts have to be stored with it: a clock that was set back, or stood still, could have
    /// two rounds look like one.
    pub fn tell(&mut self, now: Timestamp) -> (RoundFigures, bool) {
        let is_later = self.told.is_none_or(|told| told < now);
        self.told = Some(now);
        let (answers, objectives) = (core::mem::take(&mut self.answers), self.objectives.take());
        (RoundFigures { answers, objectives, is_unread: false }, !is_later)
    }

    /// Takes back what a round could not tell after all, which has to be stored again.
    pub fn take_back(&mut self, figures: &RoundFigures) {
        self.answers.add(&figures.answers);
        self.objectives.add(&figures.objectives);
    }

    /// The metrics.
    pub const fn metrics(&self) -> &MetricsTotals {
        &self.metrics
    }

    /// The metrics, to count what the coordinator itself does, or to remember replicas.
    pub const fn metrics_mut(&mut self) -> &mut MetricsTotals {
        &mut self.metrics
    }
}

impl Serialize for CircuitCounts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (&self.metrics, self.told, self.answers.to_array(), self.objectives.to_deltas())
            .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for CircuitCounts {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let CountsWire(metrics, told, answers, deltas) = CountsWire::deserialize(deserializer)?;
        let mut objectives = ObjectiveSums::default();
        objectives.add(&deltas);
        Ok(Self { metrics, told, answers: EdgeShares::from_array(answers), objectives })
    }
}
