//! Asks serde for the names that an enum is read from, so that no list repeats them.

use core::fmt;

use serde::de;

/// The error for a name that the enum does not have.
#[derive(Debug)]
pub(super) struct UnknownName {
    /// The names that the enum has.
    pub(super) known: &'static [&'static str],
}

impl de::Error for UnknownName {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self { known: &[] }
    }

    fn unknown_variant(_: &str, known: &'static [&'static str]) -> Self {
        Self { known }
    }
}

impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown name")
    }
}

impl core::error::Error for UnknownName {}
