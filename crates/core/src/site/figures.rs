//! The figures that an isolate sends along with its report to a coordinator. They are no part of
//! the fleet's protocol: nothing is decided by them, and a report is never lost because they cannot
//! be read.

mod circuit;
mod objective;

pub use circuit::{CircuitFigures, MINUTES_KEPT, MinuteFigures};
pub use objective::{EndedCall, ObjectiveCounter, ObjectiveDelta, ObjectiveSums, ServedAnswer};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::circuit::latency::Histogram;
use crate::watch::incident::EdgeShares;

/// What an isolate has counted for a circuit since its last report.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReportedFigures {
    /// How long calls took.
    pub latencies: Option<Histogram>,
    /// What visitors of the circuit's routes got.
    pub answers: EdgeShares,
    /// Whether something that came could not be read.
    pub is_unread: bool,
}

/// Latencies alone, or an array of them and of the answers. A histogram is an array too, which
/// begins with a number.
impl Serialize for ReportedFigures {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Coordinators of an earlier deployment read latencies alone.
        if self.answers.total() == 0 {
            return self.latencies.serialize(serializer);
        }
        (&self.latencies, self.answers.to_array()).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for ReportedFigures {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut value = Value::deserialize(deserializer)?;
        let pair = value.as_array_mut().filter(|it| it.len() == 2 && it[1].is_array());
        // Isolates of an earlier deployment send latencies alone.
        let (latencies, answers) = match pair {
            Some(pair) => (pair[0].take(), Some(pair[1].take())),
            None => (value, None),
        };
        let latencies = Option::<Histogram>::deserialize(latencies);
        let answers = answers.map(<[u64; 6]>::deserialize);
        let is_unread = latencies.is_err() || answers.as_ref().is_some_and(Result::is_err);
        let answers = answers.and_then(Result::ok).map(EdgeShares::from_array);
        Ok(Self {
            latencies: latencies.unwrap_or_default(),
            answers: answers.unwrap_or_default(),
            is_unread,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::Millis;
    use alloc::string::String;

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

    #[test]
    fn figures_read_back_as_they_were_written() {
        let answers = EdgeShares { copies: 7, errors: 1, ..EdgeShares::default() };
        for latencies in [None, Some(histogram())] {
            for answers in [EdgeShares::default(), answers] {
                let figures =
                    ReportedFigures { latencies: latencies.clone(), answers, is_unread: false };
                assert_eq!(read(&json(&figures)), figures);
            }
        }
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
