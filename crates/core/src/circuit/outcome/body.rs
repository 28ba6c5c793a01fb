//! The part of an answer's body that a dialect reads: JSON from strangers, perhaps cut off.
//!
//! serde_json reads it. It neither panics nor recurses without bound, and it is linked into the
//! Worker anyway. Its `Visitor` gets each value as soon as the value is complete, so that even a
//! body that was cut off yields the values at its beginning. (serde-json-core needs no allocator,
//! but cannot read a value whose type is not known beforehand, and strangers send any.)

use core::fmt;

use serde::Deserialize;
use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::base::time::Millis;

/// The number of bytes of a body that are read. The errors of all known APIs are much shorter.
pub const BODY_MAX: usize = 16 * 1024;

/// How long the beginning of a body is waited for after the answer's fields: 1 s. APIs send an
/// error with its fields, and a visitor waits meanwhile.
pub const BODY_WAIT: Millis = Millis::from_secs(1);

/// The number of levels that are looked at. The deepest value that a dialect knows is Gemini's
/// `error.details[].violations[].quotaId`, in an array if it was streamed.
const DEPTH_MAX: usize = 7;

/// The body of an answer, as far as it was read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Body<'a> {
    bytes: &'a [u8],
    is_cut: bool,
}

impl<'a> Body<'a> {
    /// A body that was not read.
    pub const UNREAD: Self = Self { bytes: &[], is_cut: true };

    /// A whole body, of which only the first [`BODY_MAX`] bytes are looked at. A body that is not
    /// JSON as a whole says nothing.
    pub const fn whole(bytes: &'a [u8]) -> Self {
        match bytes.split_at_checked(BODY_MAX) {
            Some((beginning, rest)) => Self { bytes: beginning, is_cut: !rest.is_empty() },
            None => Self { bytes, is_cut: false },
        }
    }

    /// The beginning of a body. Values that are complete in it count, if it is the beginning of
    /// JSON.
    pub const fn beginning(bytes: &'a [u8]) -> Self {
        Self { is_cut: true, ..Self::whole(bytes) }
    }

    /// Gathers the values that a dialect looks for; none if the body is not JSON.
    pub(super) fn facts<F: BodyFacts>(self) -> Option<F> {
        let mut facts = F::default();
        let mut take = |path: &[Key], value: Scalar<'_>| facts.take(path, value);
        let is_json = self.walk(&mut take);
        is_json.then_some(facts)
    }

    fn walk(self, take: Take<'_>) -> bool {
        if self.bytes.is_empty() {
            return false;
        }
        let mut json = serde_json::Deserializer::from_slice(self.bytes);
        let walked = Walk { path: Path::default(), take }.deserialize(&mut json);
        match walked.and_then(|()| json.end()) {
            Ok(()) => true,
            Err(error) => self.is_cut && error.is_eof(),
        }
    }
}

/// Gathers the values that a dialect looks for in a body.
pub(super) trait BodyFacts: Default {
    /// Takes note of a value. The path has no first step for a document that is an array, so
    /// that an error that was streamed reads like one that was not.
    fn take(&mut self, path: &[Key], value: Scalar<'_>);
}

/// A value without parts. Null and numbers that no dialect needs are left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scalar<'a> {
    Text(&'a str),
    Number(u64),
    Bool(bool),
}

/// A step down: a key that some dialect knows, or an item of an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Code,
    Details,
    Error,
    ErrorCode,
    Healthy,
    Item,
    Message,
    Metadata,
    QuotaId,
    QuotaLimit,
    QuotaLimitValue,
    QuotaValue,
    Reason,
    RetryDelay,
    Status,
    StatusCode,
    Violations,
}

impl Key {
    fn known(name: &str) -> Option<Self> {
        Some(match name {
            "code" => Self::Code,
            "details" => Self::Details,
            "error" => Self::Error,
            "error_code" => Self::ErrorCode,
            "healthy" => Self::Healthy,
            "message" => Self::Message,
            "metadata" => Self::Metadata,
            "quotaId" => Self::QuotaId,
            "quota_limit" => Self::QuotaLimit,
            "quota_limit_value" => Self::QuotaLimitValue,
            "quotaValue" => Self::QuotaValue,
            "reason" => Self::Reason,
            "retryDelay" => Self::RetryDelay,
            "status" => Self::Status,
            "statusCode" => Self::StatusCode,
            "violations" => Self::Violations,
            _ => return None,
        })
    }
}

/// A key of an object, if some dialect knows it.
struct KeyName(Option<Key>);

impl<'de> Deserialize<'de> for KeyName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;

        impl Visitor<'_> for KeyVisitor {
            type Value = KeyName;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_str<E: de::Error>(self, name: &str) -> Result<KeyName, E> {
                Ok(KeyName(Key::known(name)))
            }
        }

        deserializer.deserialize_str(KeyVisitor)
    }
}

/// The steps to a value.
#[derive(Clone, Copy)]
struct Path {
    keys: [Key; DEPTH_MAX],
    length: usize,
}

impl Default for Path {
    fn default() -> Self {
        Self { keys: [Key::Item; DEPTH_MAX], length: 0 }
    }
}

impl Path {
    /// One step further, unless that is deeper than anything known.
    fn below(mut self, key: Key) -> Option<Self> {
        *self.keys.get_mut(self.length)? = key;
        self.length += 1;
        Some(self)
    }

    /// The steps, without the one into a document that is an array.
    fn steps(&self) -> &[Key] {
        let steps = self.keys.get(..self.length).unwrap_or_default();
        steps.strip_prefix(&[Key::Item]).unwrap_or(steps)
    }
}

type Take<'t> = &'t mut dyn FnMut(&[Key], Scalar<'_>);

/// Visits every value whose path some dialect may know. The rest is skipped, which serde_json
/// does without recursion.
struct Walk<'t> {
    path: Path,
    take: Take<'t>,
}

impl Walk<'_> {
    fn take(self, value: Scalar<'_>) {
        (self.take)(self.path.steps(), value);
    }
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<(), E> {
        self.take(Scalar::Bool(value));
        Ok(())
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<(), E> {
        self.take(Scalar::Number(value));
        Ok(())
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<(), E> {
        self.take(Scalar::Text(value));
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        match self.path.below(Key::Item) {
            Some(path) => {
                while items.next_element_seed(Walk { path, take: &mut *self.take })?.is_some() {}
            }
            None => while items.next_element::<IgnoredAny>()?.is_some() {},
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        while let Some(KeyName(key)) = entries.next_key()? {
            match key.and_then(|key| self.path.below(key)) {
                Some(path) => entries.next_value_seed(Walk { path, take: &mut *self.take })?,
                None => {
                    entries.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::String;
    use alloc::vec::Vec;

    /// Every value that was heard of, with its path.
    #[derive(Default)]
    struct Heard(Vec<String>);

    impl BodyFacts for Heard {
        fn take(&mut self, path: &[Key], value: Scalar<'_>) {
            self.0.push(format!("{path:?} {value:?}"));
        }
    }

    fn heard(body: Body<'_>) -> Option<Vec<String>> {
        body.facts().map(|Heard(values)| values)
    }

    #[test]
    fn known_paths_are_heard_of_and_others_are_skipped() {
        let body = br#"{"error":{"code":429,"other":{"code":1},"details":[{"reason":"\u0041"}]},
            "healthy":false,"message":null,"status":-1,"statusCode":1.5}"#;
        assert_eq!(
            heard(Body::whole(body)).unwrap(),
            [
                "[Error, Code] Number(429)",
                "[Error, Details, Item, Reason] Text(\"A\")",
                "[Healthy] Bool(false)",
            ]
        );
    }

    #[test]
    fn an_error_in_an_array_reads_like_one_without() {
        assert_eq!(heard(Body::whole(br#"[{"code":1}]"#)).unwrap(), ["[Code] Number(1)"]);
        assert_eq!(heard(Body::whole(br#""a""#)).unwrap(), ["[] Text(\"a\")"]);
    }

    #[test]
    fn the_beginning_of_a_body_says_what_ended_in_it() {
        let body = br#"{"code":"a","message":"b"#;
        assert_eq!(heard(Body::beginning(body)).unwrap(), ["[Code] Text(\"a\")"]);
        assert_eq!(heard(Body::whole(body)), None);
    }

    #[test]
    fn what_is_not_json_says_nothing() {
        for body in
            [&b""[..], b"<html>", br#"{"code":"a"} x"#, br#"{"code":"a",}"#, b"{\"code\":\"\xff\"}"]
        {
            assert_eq!(heard(Body::whole(body)), None);
            assert_eq!(heard(Body::beginning(body)), None);
        }
        assert_eq!(heard(Body::UNREAD), None);
    }

    #[test]
    fn a_long_body_is_cut() {
        let mut body = br#"{"code":"a","other":""#.to_vec();
        body.resize(BODY_MAX, b' ');
        body.extend(br#"","status":"b"}"#);
        assert_eq!(heard(Body::whole(&body)).unwrap(), ["[Code] Text(\"a\")"]);
    }

    #[test]
    fn depth_is_bounded_and_what_is_too_deep_is_skipped() {
        let deep = |open: &str, close: &str, levels| {
            [open.repeat(levels), String::from("1"), close.repeat(levels)].concat()
        };
        for levels in [1, DEPTH_MAX, DEPTH_MAX + 1, 100, 1_000] {
            for (open, close) in [("[", "]"), (r#"{"error":"#, "}")] {
                let values = heard(Body::whole(deep(open, close, levels).as_bytes())).unwrap();
                assert_eq!(values.len(), usize::from(levels <= DEPTH_MAX), "{open} {levels}");
            }
        }
        let endless = "[".repeat(BODY_MAX);
        assert!(heard(Body::beginning(endless.as_bytes())).unwrap().is_empty());
    }
}
