//! The figures that an isolate sends along with its report to a coordinator. They are no part of
//! the fleet's protocol: nothing is decided by them, and a report is never lost because they cannot
//! be read.

mod circuit;
mod counts;
mod objective;
mod round;
mod sender;

pub use circuit::{CircuitFigures, MINUTES_KEPT, MinuteFigures};
pub use counts::CircuitCounts;
pub use objective::{EndedCall, ObjectiveCounter, ObjectiveDelta, ObjectiveSums, ServedAnswer};
pub use round::RoundFigures;
pub use sender::FiguresSender;

use alloc::string::String;
use alloc::vec::Vec;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::circuit::latency::Histogram;
use crate::telemetry::metrics::MetricsReport;
use crate::watch::incident::EdgeShares;

/// What an isolate has counted for a circuit since its last report.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReportedFigures {
    /// How long calls took.
    pub latencies: Option<Histogram>,
    /// What visitors of the circuit's routes got.
    pub answers: EdgeShares,
    /// What was counted for the objectives that the circuit's coordinator adds up.
    pub objectives: Vec<ObjectiveDelta>,
    /// What was counted for the metrics. Its sequence is that of all figures: they are sent again
    /// as they were until they are answered, and the coordinator adds them once.
    pub metrics: Option<MetricsReport>,
    /// Texts for Sentry that could wait ([`ReportedText`]). The coordinator's isolate sends them.
    ///
    /// [`ReportedText`]: crate::telemetry::sentry::ReportedText
    pub reports: Vec<String>,
    /// Whether something that came could not be read.
    pub is_unread: bool,
}

impl ReportedFigures {
    /// Whether there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        let Self { latencies, answers, objectives, metrics, reports, is_unread: _ } = self;
        let is_nothing_counted = latencies.is_none() && answers.total() == 0;
        is_nothing_counted && objectives.is_empty() && metrics.is_none() && reports.is_empty()
    }
}

/// The parts in an array, or latencies alone. A histogram is an array too, which begins with a
/// number.
impl Serialize for ReportedFigures {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let answers = self.answers.to_array();
        let Self { latencies, objectives, metrics, reports, .. } = self;
        if !reports.is_empty() {
            return (latencies, answers, objectives, metrics, reports).serialize(serializer);
        }
        match metrics {
            Some(metrics) => (latencies, answers, objectives, metrics).serialize(serializer),
            None if !objectives.is_empty() => {
                (latencies, answers, objectives).serialize(serializer)
            }
            None if self.answers.total() > 0 => (latencies, answers).serialize(serializer),
            None => latencies.serialize(serializer),
        }
    }
}

/// Each part is read on its own: one that cannot be read takes no other along.
impl<'de> Deserialize<'de> for ReportedFigures {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut value = Value::deserialize(deserializer)?;
        let mut parts = value.as_array_mut().filter(|it| it.get(1).is_some_and(Value::is_array));
        let mut part = |at: usize| {
            let part = parts.as_mut().and_then(|parts| parts.get_mut(at));
            part.map_or(Value::Null, Value::take)
        };
        let later = [part(1), part(2), part(3), part(4)];
        let first = match parts {
            // Isolates that have nothing else to tell send latencies alone.
            None => value,
            Some(parts) => parts.first_mut().map_or(Value::Null, Value::take),
        };
        let [answers, objectives, metrics, reports] = later;
        let mut is_unread = false;
        let latencies: Option<Histogram> = lenient(first, &mut is_unread);
        let answers: Option<[u64; 6]> = lenient(answers, &mut is_unread);
        let objectives: Option<Vec<ObjectiveDelta>> = lenient(objectives, &mut is_unread);
        let metrics = lenient(metrics, &mut is_unread);
        let reports: Option<Vec<String>> = lenient(reports, &mut is_unread);
        Ok(Self {
            latencies,
            answers: answers.map(EdgeShares::from_array).unwrap_or_default(),
            objectives: objectives.unwrap_or_default(),
            metrics,
            reports: reports.unwrap_or_default(),
            is_unread,
        })
    }
}

/// A part, if it is there and can be read.
fn lenient<T: DeserializeOwned>(value: Value, is_unread: &mut bool) -> Option<T> {
    let read = Option::<T>::deserialize(value);
    *is_unread |= read.is_err();
    read.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::id::CircuitId;
    use crate::base::time::Millis;
    use crate::telemetry::metrics::{CircuitLabels, MetricsDelta, MetricsLayout, MetricsSender};
    use crate::watch::objective::ObjectiveCounts;
    use alloc::vec;

    fn histogram() -> Histogram {
        let mut histogram = Histogram::new();
        histogram.record(Millis::new(40));
        histogram
    }

    fn json(figures: &ReportedFigures) -> String {
        serde_json::to_string(figures).unwrap()
    }

    fn read(text: &str) -> ReportedFigures {
        serde_json::from_str(text).unwrap()
    }

    fn metrics() -> MetricsReport {
        let web = CircuitId::new(0);
        let circuit = CircuitLabels { circuit: "web".into(), upstream: "web".into() };
        let layout = MetricsLayout::new([], [circuit]);
        let mut delta = MetricsDelta::new(&layout);
        delta.count_retry(&layout, web);
        MetricsSender::new(7).next(&mut delta, &layout, web).unwrap()
    }

    #[test]
    fn figures_read_back_as_they_were_written() {
        let answers = EdgeShares { copies: 7, errors: 1, ..EdgeShares::default() };
        let objective =
            ObjectiveDelta { objective: "api".into(), counts: ObjectiveCounts { good: 3, bad: 1 } };
        for latencies in [None, Some(histogram())] {
            for answers in [EdgeShares::default(), answers] {
                for objectives in [Vec::new(), vec![objective.clone()]] {
                    for metrics in [None, Some(metrics())] {
                        for reports in [Vec::new(), vec!["log\n{}".into()]] {
                            let figures = ReportedFigures {
                                latencies: latencies.clone(),
                                answers,
                                objectives: objectives.clone(),
                                metrics: metrics.clone(),
                                reports,
                                is_unread: false,
                            };
                            assert_eq!(read(&json(&figures)), figures);
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_part_that_cannot_be_read_takes_no_other_along() {
        let metrics = serde_json::to_string(&metrics()).unwrap();
        let read = read(&alloc::format!("[null,[1,2,0,0,0,0],[7],{metrics}]"));
        assert!(read.is_unread && read.metrics.is_some() && read.objectives.is_empty());
        assert_eq!(read.answers.origin, 2);
    }

    #[test]
    fn an_earlier_deployment_sends_and_reads_latencies_alone() {
        let alone = serde_json::to_string(&Some(histogram())).unwrap();
        let figures = ReportedFigures { latencies: Some(histogram()), ..Default::default() };
        assert_eq!(read(&alone), figures);
        assert_eq!(json(&figures), alone);
        assert_eq!(json(&ReportedFigures::default()), "null");
    }

    #[test]
    fn what_cannot_be_read_is_said_and_fails_nothing() {
        for text in ["7", "\"x\"", "[true]", "{}", "[null,[1]]", "[7,[0,0,0,0,0,-1]]"] {
            let figures = read(text);
            assert!(figures.is_unread, "{text}");
            assert_eq!((figures.latencies, figures.answers.total()), (None, 0), "{text}");
        }
        let kept = read("[\"x\",[1,2,0,0,0,0]]");
        assert_eq!((kept.is_unread, kept.answers.origin), (true, 2));
        assert!(!read("null").is_unread);
    }
}
