//! One thing that was measured of a component.

use alloc::string::String;
use serde::{Deserialize, Serialize};
use serde_json::Number;

use super::{HealthName, Status};
use crate::base::time::Millis;

/// The draft's name for how long an answer took.
pub const RESPONSE_TIME: &str = "responseTime";
/// Bytes of a reason. Other people's are cut.
pub const OUTPUT_MAX: usize = 256;

/// One thing that was measured of a component.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    /// The part of the component that it is about, where that is made of parts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<HealthName>,
    /// What was measured.
    pub name: HealthName,
    /// What it means.
    pub status: Status,
    /// What was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed: Option<Observed>,
    /// Why it is not well, in words without secrets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    /// Whether the component is of no use if this fails; otherwise it makes it warn at worst.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub essential: bool,
}

/// A value, with its unit if it has one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Observed {
    /// A number of something.
    Number {
        /// How many.
        value: Number,
        /// Of what.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unit: Option<String>,
    },
    /// A word for a state.
    State(String),
}

/// From where on a level is too high.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LevelLimits {
    /// It warns from here on.
    pub warn: u64,
    /// It fails from here on.
    pub fail: u64,
}

impl Measurement {
    /// A measurement that is essential and says no more.
    pub fn new(name: &str, status: Status) -> Self {
        let name = HealthName::fitting(name);
        Self { part: None, name, status, observed: None, output: None, essential: true }
    }

    /// How long something took to answer, in milliseconds, and whether the answer was good.
    pub fn response_time(took: Millis, status: Status) -> Self {
        Self::new(RESPONSE_TIME, status).with_number(took.get(), "ms")
    }

    /// A level that must stay below limits.
    pub fn level(name: &str, level: u64, unit: &str, limits: LevelLimits) -> Self {
        let measurement = |status| Self::new(name, status).with_number(level, unit);
        if level >= limits.fail {
            measurement(Status::Fail).because(&alloc::format!("{} or more", limits.fail))
        } else if level >= limits.warn {
            measurement(Status::Warn).because(&alloc::format!("{} or more", limits.warn))
        } else {
            measurement(Status::Pass)
        }
    }

    /// With a number that was found; an empty unit is none.
    pub fn with_number(mut self, value: impl Into<Number>, unit: &str) -> Self {
        let unit = (!unit.is_empty()).then(|| cut(unit));
        self.observed = Some(Observed::Number { value: value.into(), unit });
        self
    }

    /// With a word that was found.
    pub fn with_state(mut self, state: &str) -> Self {
        self.observed = Some(Observed::State(cut(state)));
        self
    }

    /// With a reason, of which the first [`OUTPUT_MAX`] bytes are kept.
    pub fn because(mut self, output: &str) -> Self {
        self.output = Some(cut(output));
        self
    }

    /// About a part of the component.
    pub fn of_part(mut self, part: &str) -> Self {
        self.part = Some(HealthName::fitting(part));
        self
    }

    /// Without it, the component is still of use.
    pub fn optional(mut self) -> Self {
        self.essential = false;
        self
    }

    /// What it makes of the component.
    pub(super) fn counts_as(&self) -> Status {
        if self.essential { self.status } else { self.status.min(Status::Warn) }
    }
}

/// As much of a text as is kept, without control characters.
fn cut(text: &str) -> String {
    let mut kept = String::new();
    for character in text.chars() {
        let character = if character.is_control() { ' ' } else { character };
        if kept.len() + character.len_utf8() > OUTPUT_MAX {
            break;
        }
        kept.push(character);
    }
    kept
}

const fn yes() -> bool {
    true
}

const fn is_yes(essential: &bool) -> bool {
    *essential
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_warns_and_fails_from_its_limits_on() {
        let limits = LevelLimits { warn: 85, fail: 95 };
        for (level, status) in [
            (0, Status::Pass),
            (84, Status::Pass),
            (85, Status::Warn),
            (94, Status::Warn),
            (95, Status::Fail),
            (100, Status::Fail),
        ] {
            let measured = Measurement::level("utilization", level, "percent", limits);
            assert_eq!(measured.status, status, "{level}");
            assert_eq!(measured.output.is_none(), status == Status::Pass, "{level}");
        }
    }

    #[test]
    fn what_is_not_essential_warns_at_worst() {
        for (status, optional) in [
            (Status::Pass, Status::Pass),
            (Status::Warn, Status::Warn),
            (Status::Fail, Status::Warn),
        ] {
            assert_eq!(Measurement::new("a", status).counts_as(), status);
            assert_eq!(Measurement::new("a", status).optional().counts_as(), optional);
        }
    }

    #[test]
    fn reasons_are_cut_and_stay_in_one_line() {
        let measured = Measurement::new("a", Status::Fail).because(&"é\n".repeat(500));
        let output = measured.output.unwrap();
        assert!(output.len() <= OUTPUT_MAX && output.len() > OUTPUT_MAX - 3, "{}", output.len());
        assert!(!output.contains('\n'));
    }
}
