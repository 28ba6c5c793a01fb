//! What a coordinator tells of with the round of each minute.

use alloc::vec::Vec;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::{ObjectiveDelta, lenient};
use crate::watch::incident::EdgeShares;

/// What isolates have reported of a circuit since its last round. The coordinator tells it once: if
/// its answer does not arrive, or if the monitor's round fails, a minute of the circuit counts
/// nowhere. To tell it again would count twice what did arrive, which could page people for a loss
/// that was none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoundFigures {
    /// What visitors of the circuit's routes got.
    pub answers: EdgeShares,
    /// What was counted for objectives.
    pub objectives: Vec<ObjectiveDelta>,
    /// Whether something that came could not be read.
    pub is_unread: bool,
}

impl RoundFigures {
    /// Whether there is nothing in them.
    pub fn say_nothing(&self) -> bool {
        self.answers.total() == 0 && self.objectives.is_empty()
    }
}

/// The answers alone, or an array of them and of what was counted for objectives.
impl Serialize for RoundFigures {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let answers = self.answers.to_array();
        // An earlier deployment reads answers alone.
        if self.objectives.is_empty() {
            return answers.serialize(serializer);
        }
        (answers, &self.objectives).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for RoundFigures {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut value = Value::deserialize(deserializer)?;
        let pair = value.as_array_mut().filter(|it| it.len() == 2);
        // An earlier deployment sends answers alone, and the one before it nothing.
        let (answers, objectives) = match pair {
            Some(pair) => (pair[0].take(), pair[1].take()),
            None => (value, Value::Null),
        };
        let mut is_unread = false;
        let answers: Option<[u64; 6]> = lenient(answers, &mut is_unread);
        let objectives = lenient(objectives, &mut is_unread);
        Ok(Self {
            answers: answers.map(EdgeShares::from_array).unwrap_or_default(),
            objectives: objectives.unwrap_or_default(),
            is_unread,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watch::objective::ObjectiveCounts;
    use alloc::string::String;

    fn json(figures: &RoundFigures) -> String {
        serde_json::to_string(figures).unwrap()
    }

    fn read(text: &str) -> RoundFigures {
        serde_json::from_str(text).unwrap()
    }

    fn orders() -> Vec<ObjectiveDelta> {
        let counts = ObjectiveCounts { good: 7, bad: 1 };
        Vec::from([ObjectiveDelta { objective: "orders".into(), counts }])
    }

    #[test]
    fn a_round_reads_back_as_it_was_written() {
        let some = EdgeShares { copies: 7, errors: 1, ..EdgeShares::default() };
        for answers in [EdgeShares::default(), some] {
            for objectives in [Vec::new(), orders()] {
                let figures = RoundFigures { answers, objectives, is_unread: false };
                assert_eq!(read(&json(&figures)), figures);
            }
        }
        let both = RoundFigures { answers: some, objectives: orders(), is_unread: false };
        assert_eq!(json(&both), r#"[[1,0,7,0,0,0],[["orders",[7,1]]]]"#);
    }

    #[test]
    fn an_earlier_deployment_sends_and_reads_answers_alone_or_nothing() {
        let answers = EdgeShares { errors: 1, origin: 2, ..EdgeShares::default() };
        let figures = RoundFigures { answers, ..RoundFigures::default() };
        assert_eq!(json(&figures), "[1,2,0,0,0,0]");
        assert_eq!(read("[1,2,0,0,0,0]"), figures);
        assert_eq!(read("null"), RoundFigures::default());
    }

    #[test]
    fn what_a_round_has_and_cannot_be_read_is_said_and_fails_nothing() {
        for text in ["7", "\"x\"", "{}", "[1]", "[[1],7]", "[[0,0,0,0,0,-1],[[1,2]]]"] {
            let figures = read(text);
            assert!(figures.is_unread && figures.say_nothing(), "{text}");
        }
        let kept = read(r#"["x",[["orders",[7,1]]]]"#);
        assert_eq!((kept.is_unread, kept.objectives), (true, orders()));
        let kept = read(r#"[[1,2,0,0,0,0],[["orders"]]]"#);
        assert_eq!((kept.is_unread, kept.answers.origin), (true, 2));
    }
}
