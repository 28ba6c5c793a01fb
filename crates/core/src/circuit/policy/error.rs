//! Values that no policy can have.

use core::fmt;

use alloc::string::{String, ToString};

/// A value that no policy can have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyError {
    /// The key whose value it is.
    pub key: &'static str,
    /// The value as it was written.
    pub value: String,
    /// The values that the key takes.
    pub allowed: String,
}

impl PolicyError {
    pub(crate) fn new(key: &'static str, value: impl ToString, allowed: impl ToString) -> Self {
        Self { key, value: value.to_string(), allowed: allowed.to_string() }
    }
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` cannot be `{}`, expected {}", self.key, self.value, self.allowed)
    }
}

impl core::error::Error for PolicyError {}

/// Returns the value that was given, or the default, if it is in range.
pub(crate) fn within<T: PartialOrd + Copy + fmt::Display>(
    key: &'static str,
    given: Option<T>,
    default: T,
    min: T,
    max: T,
) -> Result<T, PolicyError> {
    let value = given.unwrap_or(default);
    if value < min || value > max {
        return Err(PolicyError::new(key, value, format_args!("{min} to {max}")));
    }
    Ok(value)
}
