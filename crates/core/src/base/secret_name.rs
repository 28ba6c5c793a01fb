//! The names by which the site file refers to the Worker's secrets.

use core::fmt;

use alloc::string::String;
use serde::{Deserialize, Serialize};

/// The longest name of a secret, in bytes.
pub const SECRET_NAME_MAX: usize = 64;

/// The name of a Worker's secret: `[A-Z][A-Z0-9_]{0,63}`.
///
/// Other characters are refused, so that a secret written here in place of its name is noticed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SecretName(String);

impl SecretName {
    /// Reads a name.
    ///
    /// # Errors
    /// Returns [`SecretNameError`] if the text is not such a name. The error does not show the
    /// text.
    pub fn parse(text: &str) -> Result<Self, SecretNameError> {
        let is_name = text.starts_with(|c: char| c.is_ascii_uppercase())
            && text.len() <= SECRET_NAME_MAX
            && text.bytes().all(|b| matches!(b, b'A'..=b'Z' | b'0'..=b'9' | b'_'));
        if is_name { Ok(Self(text.into())) } else { Err(SecretNameError) }
    }

    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for SecretName {
    type Error = SecretNameError;

    fn try_from(text: String) -> Result<Self, SecretNameError> {
        Self::parse(&text)
    }
}

impl From<SecretName> for String {
    fn from(name: SecretName) -> Self {
        name.0
    }
}

/// The text is not the name of a secret. It may be the secret itself, so the error does not show
/// it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecretNameError;

impl SecretNameError {
    /// The form of a name, as error messages describe it.
    pub const EXPECTED: &'static str =
        "the name of a Worker's secret, such as `SUPABASE_KEY`, never its value";
}

impl fmt::Display for SecretNameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`…` is not allowed, expected {}", Self::EXPECTED)
    }
}

impl core::error::Error for SecretNameError {}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn a_secret_is_named_in_capitals_and_never_shown() {
        for name in ["A", "SUPABASE_KEY", "K1", &"A".repeat(SECRET_NAME_MAX)] {
            assert!(SecretName::parse(name).is_ok(), "{name}");
        }
        for value in ["", "_A", "1A", "sb_secret_abc", "eyJhbGciOi", "A B", "KEY-1"] {
            let error = SecretName::parse(value).unwrap_err().to_string();
            assert!(value.is_empty() || !error.contains(value), "{error}");
        }
        assert!(SecretName::parse(&"A".repeat(SECRET_NAME_MAX + 1)).is_err());
    }
}
