//! Errors of settings.

use std::fmt;

/// An invalid variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsError {
    /// The name of the variable.
    pub variable: &'static str,
    /// The value of the variable, or `…` where that may hold a secret.
    pub value: String,
    /// The values that are allowed.
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
