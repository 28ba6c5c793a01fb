//! Variables that cannot be.

use std::fmt;

/// A variable that cannot be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsError {
    /// Its name.
    pub variable: &'static str,
    /// Its value; `…` where that may hold a secret.
    pub value: String,
    /// What it takes.
    pub expected: String,
}

impl SettingsError {
    pub(super) fn new(variable: &'static str, value: &str, expected: impl Into<String>) -> Self {
        Self { variable, value: value.to_owned(), expected: expected.into() }
    }

    pub(super) fn hidden(variable: &'static str, expected: impl Into<String>) -> Self {
        Self::new(variable, "…", expected)
    }
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { variable, value, expected } = self;
        write!(f, "{variable} cannot be `{value}`, expected {expected}")
    }
}

impl std::error::Error for SettingsError {}
