//! The ways in which a backend fails.

use std::fmt;

use clap::ValueEnum;

/// A kind of outage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Outage {
    /// Each request is answered with 503
    #[value(name = "503")]
    Unavailable,
    /// The backend is killed, so that connections are refused
    Refused,
    /// Each connection is reset when its request has come
    Reset,
    /// Requests are read and never answered
    Hang,
    /// Each body ends at half of its length
    Truncate,
    /// Each answer is 5 s late
    Latency,
    /// Of ten requests three are answered with 503
    Errors30,
}

impl Outage {
    /// All of them, in the order of the tables.
    pub(super) const ALL: [Self; 7] = [
        Self::Unavailable,
        Self::Refused,
        Self::Reset,
        Self::Hang,
        Self::Truncate,
        Self::Latency,
        Self::Errors30,
    ];

    /// What the tables call it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Unavailable => "503",
            Self::Refused => "refused",
            Self::Reset => "reset",
            Self::Hang => "hang",
            Self::Truncate => "truncate",
            Self::Latency => "latency",
            Self::Errors30 => "errors30",
        }
    }

    /// What happens, for the heading of its tables.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Unavailable => "each request is answered with 503",
            Self::Refused => "the backend is killed, and connections are refused",
            Self::Reset => "each connection is reset once its request has come",
            Self::Hang => "requests are read and never answered",
            Self::Truncate => "each body ends at half of its length",
            Self::Latency => "each answer is 5 s late",
            Self::Errors30 => "of ten requests three are answered with 503",
        }
    }

    /// The fault that the backend is given; none where it is killed instead.
    pub(super) fn fault(self) -> Option<&'static str> {
        match self {
            Self::Unavailable => Some(r#"{"match":"/*","kind":"status"}"#),
            Self::Refused => None,
            Self::Reset => Some(r#"{"match":"/*","kind":"reset"}"#),
            Self::Hang => Some(r#"{"match":"/*","kind":"hang"}"#),
            Self::Truncate => Some(r#"{"match":"/*","kind":"truncate"}"#),
            Self::Latency => Some(r#"{"match":"/*","kind":"latency","delay_ms":5000}"#),
            Self::Errors30 => Some(r#"{"match":"/*","kind":"status","share":0.3}"#),
        }
    }
}

impl fmt::Display for Outage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum as _;

    use super::Outage;

    #[test]
    fn the_command_line_has_the_names_of_the_tables() {
        assert_eq!(Outage::value_variants(), Outage::ALL);
        for outage in Outage::ALL {
            assert_eq!(outage.to_possible_value().unwrap().get_name(), outage.name());
        }
    }
}
