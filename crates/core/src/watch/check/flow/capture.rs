//! What a step takes from its answer for later ones.

use alloc::string::{String, ToString as _};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::template::is_name;
use crate::watch::check::comparison::refused;
use crate::watch::check::json_path::JsonPath;
use crate::watch::check::{AssertionError, BodyPattern, CheckedAnswer};

/// The longest value that is captured, in bytes: 4 KiB. Tokens of sessions with many claims are
/// about half as long, and servers accept fields of 8 KiB.
pub const CAPTURED_MAX: usize = 4096;
const EXPECTED: &str = "`json PATH`, `header NAME`, `header NAME PATTERN` or `body PATTERN`, where \
                        a pattern is a regular expression with one group";

/// What is taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FlowCapture(CaptureSource);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum CaptureSource {
    /// A value in the body, which is JSON.
    Json(JsonPath),
    /// A field, or what the group of the pattern matches in it.
    Field {
        /// Its name, in lower case.
        name: String,
        /// The pattern, with one group.
        pattern: Option<BodyPattern>,
    },
    /// What the group of the pattern matches in the body.
    Body(BodyPattern),
}

/// Why nothing was captured. No value is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NotCaptured {
    /// What is wrong.
    pub(super) reason: &'static str,
    /// What was found and cannot be used. It is as secret as what can.
    pub(super) found: Option<String>,
}

impl FlowCapture {
    /// Whether a text may be the name of a captured value: `[a-z][a-z0-9_]{0,31}`.
    pub fn may_be_named(text: &str) -> bool {
        is_name(text)
    }

    /// Reads what is captured: `json data.token`, `header x-csrf`, `header location /orders/(.*)`,
    /// `body name="csrf" value="([^"]+)"`.
    ///
    /// # Errors
    /// [`AssertionError`] if it is none of these.
    pub fn parse(text: &str) -> Result<Self, AssertionError> {
        let refused = || refused(text, EXPECTED);
        let (kind, rest) = text.trim().split_once(' ').ok_or_else(refused)?;
        let rest = rest.trim_start();
        match kind {
            "json" => match JsonPath::parse(rest) {
                Some((path, "")) => Ok(Self(CaptureSource::Json(path))),
                Some(_) | None => Err(refused()),
            },
            "header" => {
                let (name, pattern) = rest.split_once(' ').unwrap_or((rest, ""));
                let is_of_a_name =
                    |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
                if name.is_empty() || !name.bytes().all(is_of_a_name) {
                    return Err(refused());
                }
                let pattern = Some(pattern.trim_start()).filter(|pattern| !pattern.is_empty());
                let pattern = pattern.map(with_one_group).transpose()?;
                Ok(Self(CaptureSource::Field { name: name.into(), pattern }))
            }
            "body" => with_one_group(rest).map(|pattern| Self(CaptureSource::Body(pattern))),
            _ => Err(refused()),
        }
    }

    /// Takes the value from an answer.
    pub(super) fn take(&self, answer: &CheckedAnswer<'_>) -> Result<String, NotCaptured> {
        let nothing = |reason| NotCaptured { reason, found: None };
        let found = match &self.0 {
            CaptureSource::Json(path) => {
                let document: Value = serde_json::from_slice(answer.body)
                    .map_err(|_| nothing("the body is not JSON"))?;
                match path.find(&document) {
                    Some(Value::String(text)) => text,
                    Some(value @ (Value::Number(_) | Value::Bool(_))) => value.to_string(),
                    Some(Value::Null | Value::Array(_) | Value::Object(_)) => {
                        return Err(nothing("what the path leads to is no single value"));
                    }
                    None => return Err(nothing("the path leads to nothing")),
                }
            }
            CaptureSource::Field { name, pattern } => {
                let value = answer.fields.get(name).map(str::trim);
                let value = value.ok_or_else(|| nothing("the answer has no such field"))?;
                match pattern {
                    None => value.into(),
                    Some(pattern) => pattern
                        .group_in(value.as_bytes())
                        .ok_or_else(|| nothing("the pattern does not match the field"))?,
                }
            }
            CaptureSource::Body(pattern) => pattern
                .group_in(answer.body)
                .ok_or_else(|| nothing("the pattern does not match the body"))?,
        };
        let reason = match found.len() {
            0 => "the value is empty",
            1..=CAPTURED_MAX if !found.contains(char::is_control) => return Ok(found),
            1..=CAPTURED_MAX => "the value has control characters",
            _ => {
                const {
                    assert!(CAPTURED_MAX == 4096);
                    "the value is longer than 4096 bytes"
                }
            }
        };
        Err(NotCaptured { reason, found: Some(found) })
    }
}

fn with_one_group(text: &str) -> Result<BodyPattern, AssertionError> {
    let pattern = BodyPattern::parse(text)?;
    if pattern.groups() == 1 { Ok(pattern) } else { Err(refused(text, EXPECTED)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::fields::Fields;
    use crate::base::time::Millis;

    fn take(capture: &str, fields: &str, body: &str) -> Result<String, NotCaptured> {
        let answer = CheckedAnswer {
            status: 200,
            fields: Fields::new(fields),
            body: body.as_bytes(),
            size: body.len() as u64,
            is_cut: false,
            url: "https://shop.example/",
            took: Millis::ZERO,
        };
        FlowCapture::parse(capture).unwrap().take(&answer)
    }

    #[track_caller]
    fn takes(capture: &str, fields: &str, body: &str, value: &str) {
        assert_eq!(take(capture, fields, body).as_deref(), Ok(value), "{capture}");
    }

    #[track_caller]
    fn fails(capture: &str, fields: &str, body: &str, reason: &str) {
        assert_eq!(take(capture, fields, body).unwrap_err().reason, reason, "{capture}");
    }

    #[test]
    fn a_value_is_taken_from_json_fields_and_bodies() {
        let body = r#"{"data": {"token": "abc", "id": 7, "is_new": true}}"#;
        takes("json data.token", "", body, "abc");
        takes("json data.id", "", body, "7");
        takes("json $.data.is_new", "", body, "true");
        takes("header x-csrf", "a: b\nx-csrf: c d ", "", "c d");
        takes("header location ^/orders/(.*)$", "location:/orders/o-1", "", "o-1");
        let page = "<input name=\"csrf\"\n value=\"x+y\">";
        takes(r#"body name="csrf"\s+value="([^"]+)""#, "", page, "x+y");
        takes("body (?:a|b)=(c)", "", "b=c", "c");
    }

    #[test]
    fn what_is_not_there_or_does_not_fit_is_told_without_it() {
        fails("json data.token", "", "<html>", "the body is not JSON");
        fails("json data.token", "", "{}", "the path leads to nothing");
        fails("json data", "", r#"{"data": []}"#, "what the path leads to is no single value");
        fails("header x-csrf", "", "", "the answer has no such field");
        fails("header a (b)", "a: c", "", "the pattern does not match the field");
        fails("body (x)", "", "y", "the pattern does not match the body");
        fails("body (x*)", "", "y", "the value is empty");
        fails("body (?s)a(.+)b", "", "a\r\nb", "the value has control characters");
        let long = "x".repeat(CAPTURED_MAX + 1);
        fails("body (x+)", "", &long, "the value is longer than 4096 bytes");
        assert_eq!(take("body (x+)", "", &long).unwrap_err().found, Some(long));
    }

    #[test]
    fn a_pattern_has_one_group() {
        for text in [
            "",
            "json",
            "json ",
            "json a[",
            "json a b",
            "header",
            "header X",
            "cookie a",
            "body a",
            "body (a)(b)",
            "body (",
            "header a b",
            "token",
        ] {
            assert!(FlowCapture::parse(text).is_err(), "{text}");
        }
    }
}
