//! How bad an event is.

use serde::{Deserialize, Serialize};

/// The severity of an event, with the names and numbers of OpenTelemetry
/// (opentelemetry.io/docs/specs/otel/logs/data-model, "Field: SeverityNumber").
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum LogSeverity {
    /// A detail for those who look for a fault.
    Debug,
    /// Something that is as it should be.
    #[default]
    Info,
    /// Something that visitors do not notice yet, or that helps itself.
    Warn,
    /// Something that failed.
    Error,
    /// The end of an instance.
    Fatal,
}

impl LogSeverity {
    /// All of them, the mildest first.
    pub const ALL: [Self; 5] = [Self::Debug, Self::Info, Self::Warn, Self::Error, Self::Fatal];

    /// Returns the severity of an answer to a visitor. `is_degraded` says that it did not come from
    /// where it comes from on a good day.
    pub const fn of_answer(status: u16, is_degraded: bool) -> Self {
        match status {
            500.. => Self::Error,
            _ if is_degraded => Self::Warn,
            _ => Self::Info,
        }
    }

    /// The text of the severity.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warn => "WARN",
            Self::Error => "ERROR",
            Self::Fatal => "FATAL",
        }
    }

    /// The number of the severity, which is the first of the four that its name has.
    pub const fn number(self) -> u8 {
        match self {
            Self::Debug => 5,
            Self::Info => 9,
            Self::Warn => 13,
            Self::Error => 17,
            Self::Fatal => 21,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn severities_are_ordered_as_their_numbers() {
        let numbers = LogSeverity::ALL.map(LogSeverity::number);
        assert_eq!(numbers, [5, 9, 13, 17, 21]);
        assert!(LogSeverity::ALL.is_sorted());
    }

    #[test]
    fn an_answer_is_an_error_from_500_on() {
        for (status, is_degraded, severity) in [
            (200, false, LogSeverity::Info),
            (404, false, LogSeverity::Info),
            (499, false, LogSeverity::Info),
            (200, true, LogSeverity::Warn),
            (500, false, LogSeverity::Error),
            (503, true, LogSeverity::Error),
        ] {
            assert_eq!(LogSeverity::of_answer(status, is_degraded), severity, "{status}");
        }
    }
}
