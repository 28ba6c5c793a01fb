//! The head of a snapshot: the fields with which its body is served, and when it was made.

use core::fmt;

use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

use crate::base::hash::fnv1a;
use crate::base::time::{Millis, Timestamp};
use crate::base::{fields, json};
use crate::cache::meta::{OnError, StoredMeta};

/// Longest written form, in bytes: an object's own metadata may have 8,192 (R2, "Limits"), and
/// HTTP carries it base64 at times.
pub const HEAD_MAX: usize = 4 * 1024;
const VERSION: u8 = 1;

/// The fields of an answer that are kept. Those that concern one exchange, one connection or one
/// visitor are not among them, and `Age`, `Date` and `Content-Length` are set when it is served.
pub const FIELDS: [&str; 19] = [
    "content-type",
    "content-language",
    "content-disposition",
    "etag",
    "last-modified",
    "cache-control",
    "vary",
    "link",
    "content-security-policy",
    "strict-transport-security",
    "x-content-type-options",
    "x-frame-options",
    "x-robots-tag",
    "referrer-policy",
    "permissions-policy",
    "cross-origin-opener-policy",
    "cross-origin-embedder-policy",
    "cross-origin-resource-policy",
    "access-control-allow-origin",
];

/// What an object says about its body, as its metadata.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Wire", try_from = "Wire")]
pub struct Head {
    /// When the upstream said so, less the age that it had.
    pub made: Timestamp,
    /// Names in lower case and values, each one of [`FIELDS`].
    pub fields: Vec<(String, String)>,
}

/// Version, made, fields.
#[derive(Serialize, Deserialize)]
struct Wire(u8, Timestamp, Vec<(String, String)>);

impl Head {
    /// The written form.
    ///
    /// # Errors
    /// [`HeadError::TooLong`] if it goes beyond [`HEAD_MAX`].
    pub fn to_text(&self) -> Result<String, HeadError> {
        // Texts and a number: nothing in it that JSON could not hold.
        let text = serde_json::to_string(self).map_err(|_| HeadError::Unreadable)?;
        if text.len() > HEAD_MAX { Err(HeadError::TooLong) } else { Ok(text) }
    }

    /// Reads the written form.
    ///
    /// # Errors
    /// [`HeadError`] if it is none, or of another version.
    pub fn parse(text: &str) -> Result<Self, HeadError> {
        json::read(text).map_err(|_| HeadError::Unreadable)
    }

    /// Tells these fields from others.
    pub fn fingerprint(&self) -> u64 {
        let texts = self.fields.iter().flat_map(|(name, value)| [name, value]);
        fnv1a(texts.flat_map(|text| text.bytes().chain([0])))
    }

    /// The snapshot in the form of a stored response. `checked` is when the upstream last said the
    /// same. It is stale at once, since it serves only where nothing better does.
    pub fn stored(&self, checked: Timestamp) -> StoredMeta {
        StoredMeta {
            generated_at: checked.max(self.made),
            fresh_for: Millis::ZERO,
            on_error: OnError::Never,
            while_revalidate: Millis::ZERO,
            status: 200,
            requested_at: checked,
            tag_purges: 0,
        }
    }

    /// The fields as [`Fields`](fields::Fields) reads them, with the length of the body where it is
    /// known.
    pub fn lines(&self, content_length: Option<&str>) -> String {
        let mut lines = String::new();
        for (name, value) in &self.fields {
            fields::push(&mut lines, name, value);
        }
        if let Some(length) = content_length {
            fields::push(&mut lines, "content-length", length);
        }
        lines
    }

    /// The value of a field.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl From<Head> for Wire {
    fn from(head: Head) -> Self {
        Self(VERSION, head.made, head.fields)
    }
}

impl TryFrom<Wire> for Head {
    type Error = HeadError;

    fn try_from(Wire(version, made, fields): Wire) -> Result<Self, HeadError> {
        if version != VERSION {
            return Err(HeadError::Unreadable);
        }
        Ok(Self { made, fields })
    }
}

/// What is wrong with a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeadError {
    /// It is longer than [`HEAD_MAX`].
    TooLong,
    /// It is none, or of another version.
    Unreadable,
}

impl fmt::Display for HeadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => write!(f, "its fields take more than {HEAD_MAX} bytes"),
            Self::Unreadable => f.write_str("not the head of a snapshot of this version"),
        }
    }
}

impl core::error::Error for HeadError {}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    fn head(value: &str) -> Head {
        let fields = [("content-type".to_string(), value.to_string())].into();
        Head { made: Timestamp::from_millis(7), fields }
    }

    #[test]
    fn the_written_form_is_this() {
        let text = r#"[1,7,[["content-type","text/html; charset=\"utf-8\""]]]"#;
        let head = head(r#"text/html; charset="utf-8""#);
        assert_eq!(head.to_text().unwrap(), text);
        assert_eq!(Head::parse(text), Ok(head));
    }

    #[test]
    fn another_version_is_not_read() {
        for text in ["", "[]", "[2,7,[]]", "[1,7,[],0]", "{}", r#"[1,"7",[]]"#] {
            assert_eq!(Head::parse(text), Err(HeadError::Unreadable), "{text}");
        }
    }

    #[test]
    fn fields_that_do_not_fit_are_refused() {
        assert_eq!(head(&"x".repeat(HEAD_MAX)).to_text(), Err(HeadError::TooLong));
    }

    #[test]
    fn nothing_of_one_exchange_is_kept() {
        for name in
            ["set-cookie", "age", "date", "content-length", "content-encoding", "breakwater"]
        {
            assert!(!FIELDS.contains(&name), "{name}");
        }
    }
}
