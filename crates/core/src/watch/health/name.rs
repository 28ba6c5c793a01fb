//! Names of components, of their parts and of measurements.

use core::fmt;

use alloc::string::String;
use serde::{Deserialize, Serialize};

/// Bytes of a name. Other people's health documents name parts as they like.
pub const NAME_MAX: usize = 64;

/// A name that fits into a key `component:measurement`: without colons and control characters,
/// not empty, and at most [`NAME_MAX`] bytes long.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct HealthName(String);

impl HealthName {
    /// The text, or what comes nearest to it: `_` for each character that no name has, and as much
    /// of it as a name may be long.
    pub fn fitting(text: &str) -> Self {
        let mut name = String::new();
        for character in text.chars() {
            let fits = !character.is_control() && character != ':';
            let character = if fits { character } else { '_' };
            if name.len() + character.len_utf8() > NAME_MAX {
                break;
            }
            name.push(character);
        }
        if name.is_empty() {
            name.push('_');
        }
        Self(name)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for HealthName {
    fn from(text: &str) -> Self {
        Self::fitting(text)
    }
}

impl From<String> for HealthName {
    fn from(text: String) -> Self {
        Self::fitting(&text)
    }
}

impl From<HealthName> for String {
    fn from(name: HealthName) -> Self {
        name.0
    }
}

impl fmt::Display for HealthName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_what_fits() {
        assert_eq!(HealthName::fitting("disk space").as_str(), "disk space");
        assert_eq!(HealthName::fitting("a:b\nc").as_str(), "a_b_c");
        assert_eq!(HealthName::fitting("").as_str(), "_");
        assert_eq!(HealthName::fitting(&"é".repeat(100)).as_str(), "é".repeat(NAME_MAX / 2));
    }
}
