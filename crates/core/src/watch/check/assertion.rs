//! What has to hold for an answer.

use core::fmt;

use alloc::format;
use alloc::string::{String, ToString as _};

use memchr::memmem;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::comparison::{self, Comparison, refused};
use super::json_path::JsonPath;
use super::{AssertionError, BodyPattern, CheckedAnswer};

/// What a path in JSON is written with.
const PATH_EXPECTED: &str = "a path such as `data.items[0].price`, and a comparison";
/// What the name of a field is written with.
const FIELD_EXPECTED: &str = "the name of a field in lower case, and a comparison";

/// What a field is compared with.
const FIELD_COMPARISON_EXPECTED: &str = "`==`, `!=`, `<`, `<=`, `>` or `>=` with a number or a text in quotes, `contains` or `lacks` \
     with a text in quotes, `exists` or `absent`";
/// Longest assertion that is parsed, in bytes.
pub const ASSERTION_MAX: usize = 1000;
const LENGTH_EXPECTED: &str = "an assertion of at most 1000 bytes";

/// What has to hold for an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Assertion {
    /// The body has this text.
    BodyContains(String),
    /// The body does not have this text.
    BodyLacks(String),
    /// The pattern occurs in the body.
    BodyMatches(BodyPattern),
    /// A message has this text.
    MessageContains(String),
    /// The pattern occurs in a message.
    MessageMatches(BodyPattern),
    /// A value in the body, which is JSON.
    Json(JsonAssertion),
    /// A field of the answer.
    Field(FieldAssertion),
    /// The URL that answers after redirects.
    FinalUrl(String),
    /// Bytes of the body, at least.
    SizeMin(u64),
    /// Bytes of the body, at most.
    SizeMax(u64),
}

/// A comparison of a value in JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JsonAssertion {
    path: JsonPath,
    comparison: Comparison,
}

impl JsonAssertion {
    /// Reads a path and a comparison, such as `data.items.length >= 1`, `status == "ok"` or
    /// `error absent`.
    ///
    /// # Errors
    /// [`AssertionError`] says which of the two cannot be read.
    pub fn parse(text: &str) -> Result<Self, AssertionError> {
        check_length(text)?;
        let (path, rest) =
            JsonPath::parse(text.trim()).ok_or_else(|| refused(text, PATH_EXPECTED))?;
        let comparison =
            Comparison::parse(rest.trim()).ok_or_else(|| refused(text, comparison::EXPECTED))?;
        Ok(Self { path, comparison })
    }
}

impl fmt::Display for JsonAssertion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.path, self.comparison)
    }
}

/// A comparison of a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldAssertion {
    name: String,
    comparison: Comparison,
}

impl FieldAssertion {
    /// Reads a name and a comparison, such as `content-type contains "html"` or `etag exists`.
    ///
    /// # Errors
    /// [`AssertionError`] says which of the two cannot be read.
    pub fn parse(text: &str) -> Result<Self, AssertionError> {
        check_length(text)?;
        let trimmed = text.trim();
        // RFC 9110 §5.6.2, without capitals.
        let is_of_a_name =
            |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "!#$%&'*+-.^_`|~".contains(c);
        let end = trimmed.find(|c| !is_of_a_name(c)).unwrap_or(trimmed.len());
        let (name, rest) = trimmed.split_at(end);
        if name.is_empty() {
            return Err(refused(text, FIELD_EXPECTED));
        }
        let comparison = Comparison::parse(rest.trim())
            .filter(Comparison::fits_fields)
            .ok_or_else(|| refused(text, FIELD_COMPARISON_EXPECTED))?;
        Ok(Self { name: name.into(), comparison })
    }
}

impl fmt::Display for FieldAssertion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.comparison)
    }
}

/// The body as JSON, which is read when the first assertion wants it.
pub(super) struct LazyJson<'a> {
    body: &'a [u8],
    read: Option<Option<Value>>,
}

impl<'a> LazyJson<'a> {
    pub(super) const fn new(answer: &CheckedAnswer<'a>) -> Self {
        Self { body: answer.body, read: None }
    }

    fn get(&mut self) -> Option<&Value> {
        let body = self.body;
        self.read.get_or_insert_with(|| serde_json::from_slice(body).ok()).as_ref()
    }
}

impl Assertion {
    /// Why it does not hold, or `None` if it does.
    pub(super) fn failure(
        &self,
        answer: &CheckedAnswer<'_>,
        json: &mut LazyJson<'_>,
    ) -> Option<String> {
        let behind = if answer.is_cut { " in the part that is read" } else { "" };
        let body = answer.body;
        match self {
            Self::BodyContains(text) => {
                (!has(body, text)).then(|| format!("the body does not contain `{text}`{behind}"))
            }
            Self::BodyLacks(text) => has(body, text).then(|| format!("the body contains `{text}`")),
            Self::BodyMatches(pattern) => (!pattern.occurs_in(body))
                .then(|| format!("the body does not match `{pattern}`{behind}")),
            Self::MessageContains(text) => {
                (!has(body, text)).then(|| format!("the last message does not contain `{text}`"))
            }
            Self::MessageMatches(pattern) => (!pattern.occurs_in(body))
                .then(|| format!("the last message does not match `{pattern}`")),
            Self::Json(assertion) => match json.get() {
                None => Some(format!("the body is not JSON{behind}, expected `{assertion}`")),
                Some(document) => {
                    let found = assertion.path.find(document);
                    (!assertion.comparison.holds(found.as_ref()))
                        .then(|| format!("`{assertion}` does not hold"))
                }
            },
            Self::Field(assertion) => {
                let found = answer.fields.get(&assertion.name);
                (!holds_for_field(&assertion.comparison, found))
                    .then(|| format!("field `{assertion}` does not hold"))
            }
            Self::FinalUrl(url) => (answer.url != url)
                .then(|| format!("the URL that answered is another one, expected {url}")),
            Self::SizeMin(min) => (answer.size < *min)
                .then(|| format!("a body of {} bytes, expected at least {min}", answer.size)),
            Self::SizeMax(max) => (answer.size > *max)
                .then(|| format!("a body of {} bytes, expected at most {max}", answer.size)),
        }
    }
}

fn check_length(text: &str) -> Result<(), AssertionError> {
    match text.len() > ASSERTION_MAX {
        true => Err(refused(text.get(..40).unwrap_or_default(), LENGTH_EXPECTED)),
        false => Ok(()),
    }
}

/// A field is a text, and one that reads as a number may be compared as one.
fn holds_for_field(comparison: &Comparison, found: Option<&str>) -> bool {
    let Some(found) = found else { return comparison.holds(None) };
    let found = found.trim();
    let text = Value::String(found.to_string());
    let number = serde_json::from_str::<Value>(found).ok().filter(Value::is_number);
    match number {
        Some(number) if comparison.is_about_numbers() => comparison.holds(Some(&number)),
        Some(_) | None => comparison.holds(Some(&text)),
    }
}

fn has(body: &[u8], text: &str) -> bool {
    memmem::find(body, text.as_bytes()).is_some()
}
