//! Stored forms with a version: `{"version":1,"NAME":…}`. What is stored outlives deployments, so a
//! form that another version wrote is refused rather than guessed at.

use core::fmt;

use alloc::string::{String, ToString as _};

use serde::ser::SerializeMap as _;
use serde::{Deserialize, Serialize, Serializer};

use crate::base::json;

/// What is stored with a version.
pub trait StoredForm: Serialize + for<'de> Deserialize<'de> {
    /// The version that is written. Others are refused.
    const VERSION: u32;
    /// The name of the member that holds the value.
    const NAME: &'static str;
    /// What errors call it.
    const NOUN: &'static str;

    /// The stored form, as JSON.
    fn to_stored(&self) -> String {
        // Only maps with keys that are no texts, and a writer that fails, make errors.
        serde_json::to_string(&Written(self)).unwrap_or_default()
    }

    /// Reads what [`to_stored`](Self::to_stored) wrote.
    ///
    /// # Errors
    /// [`StoredFormError`] if the text is not that, or another version wrote it.
    fn from_stored(text: &str) -> Result<Self, StoredFormError> {
        let what = Self::NOUN;
        json::read_versioned(text, Self::NAME, Self::VERSION)
            .map_err(|error| StoredFormError::Invalid { what, error: error.to_string() })?
            .map_err(|found| StoredFormError::Version { what, found, expected: Self::VERSION })
    }
}

/// What was stored without a version at first.
pub trait OnceUnversioned: StoredForm {
    /// Reads what [`to_stored`](StoredForm::to_stored) wrote, or the bare value that was stored
    /// before the form had a version.
    ///
    /// # Errors
    /// [`StoredFormError`] if the text is neither.
    fn from_any_stored(text: &str) -> Result<Self, StoredFormError> {
        Self::from_stored(text).or_else(|error| json::read(text).map_err(|_| error))
    }
}

/// A value with its version.
struct Written<'a, T>(&'a T);

impl<T: StoredForm> Serialize for Written<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(Some(2))?;
        members.serialize_entry("version", &T::VERSION)?;
        members.serialize_entry(T::NAME, self.0)?;
        members.end()
    }
}

/// A stored form that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoredFormError {
    /// Another version than this one wrote it.
    Version {
        /// What it is a form of.
        what: &'static str,
        /// The version that it has.
        found: u32,
        /// The version that is read.
        expected: u32,
    },
    /// It is no such form.
    Invalid {
        /// What it should be a form of.
        what: &'static str,
        /// What is wrong.
        error: String,
    },
}

impl fmt::Display for StoredFormError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version { what, found, expected } => {
                write!(f, "the stored {what} has version {found}, expected {expected}")
            }
            Self::Invalid { what, error } => write!(f, "this is not a stored {what}: {error}"),
        }
    }
}

impl core::error::Error for StoredFormError {}
