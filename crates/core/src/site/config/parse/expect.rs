//! The keys of `expect = { … }` and `warn = { … }` of a check.

use alloc::format;
use alloc::string::ToString as _;
use alloc::vec::Vec;

use super::check_kind::CheckKindName;
use super::table::{Table, Value};
use super::text::{bounded, url};
use crate::base::time::Millis;
use crate::site::config::{ConfigError, Problem};
use crate::watch::check::{
    ASSERTION_MAX, Assertion, AssertionError, BODY_PATTERN_MAX, BodyPattern, Expectation,
    FieldAssertion, JsonAssertion, StatusSet,
};

pub(super) const EXPECT_KEYS: &[&str] = &[
    "status",
    "body_contains",
    "body_lacks",
    "body_matches",
    "json",
    "header",
    "final_url",
    "size_min",
    "size_max",
    "latency",
];
/// The keys of `expect` of a WebSocket.
pub(super) const SOCKET_EXPECT_KEYS: &[&str] = &["message_contains", "message_matches", "latency"];
/// The keys of `expect` if the answer is no answer of HTTP.
pub(super) const BARE_EXPECT_KEYS: &[&str] = &["latency"];
pub(super) const WARN_KEYS: &[&str] = &[
    "body_contains",
    "body_lacks",
    "body_matches",
    "json",
    "header",
    "final_url",
    "size_min",
    "size_max",
];

/// The largest number of assertions of one check, those that only warn among them.
const ASSERTIONS_MAX: usize = 32;
/// The longest text that a body has to contain or to lack, in bytes.
const TEXT_MAX: usize = 500;
/// The largest number of statuses and classes in one list.
const STATUSES_MAX: usize = 32;

/// Reads an assertion.
type ReadAssertion = fn(&Value<'_>) -> Result<Assertion, ConfigError>;

/// The assertions that may be written once or as a list.
const TEXTS: [(&str, ReadAssertion); 7] = [
    ("body_contains", |value| Ok(Assertion::BodyContains(bounded(value, TEXT_MAX)?.into()))),
    ("body_lacks", |value| Ok(Assertion::BodyLacks(bounded(value, TEXT_MAX)?.into()))),
    ("body_matches", |value| parsed(value, BodyPattern::parse).map(Assertion::BodyMatches)),
    ("json", |value| parsed(value, JsonAssertion::parse).map(Assertion::Json)),
    ("header", |value| parsed(value, FieldAssertion::parse).map(Assertion::Field)),
    ("message_contains", |value| Ok(Assertion::MessageContains(bounded(value, TEXT_MAX)?.into()))),
    ("message_matches", |value| parsed(value, BodyPattern::parse).map(Assertion::MessageMatches)),
];

/// Reads what a check of this kind expects of an answer that comes within `timeout`.
pub(super) fn expectation(
    check: &Table<'_>,
    kind: CheckKindName,
    timeout: Millis,
) -> Result<Expectation, ConfigError> {
    let read = check.optional("expect", |value| expect(value, kind, timeout))?;
    let mut expectation = read.unwrap_or_default();
    if kind == CheckKindName::Websocket {
        expectation.status = StatusSet::of_upgrade();
    }
    let required = expectation.required.len();
    let preferred = check.optional("warn", |value| {
        let preferred = assertions(&value.table(WARN_KEYS)?)?;
        check_count(value, required + preferred.len())?;
        Ok(preferred)
    })?;
    expectation.preferred = preferred.unwrap_or_default();
    Ok(expectation)
}

fn expect(
    value: &Value<'_>,
    kind: CheckKindName,
    timeout: Millis,
) -> Result<Expectation, ConfigError> {
    let table = value.table(match kind {
        CheckKindName::Http => EXPECT_KEYS,
        CheckKindName::Websocket => SOCKET_EXPECT_KEYS,
        CheckKindName::Tcp
        | CheckKindName::Dns
        | CheckKindName::Domain
        | CheckKindName::Tls
        | CheckKindName::Heartbeat
        | CheckKindName::Flow => BARE_EXPECT_KEYS,
    })?;
    let required = assertions(&table)?;
    check_count(value, required.len())?;
    Ok(Expectation {
        status: table.optional("status", status)?.unwrap_or_default(),
        required,
        preferred: Vec::new(),
        latency: table.optional("latency", |value| {
            value.duration_within(timeout, ", the check's `timeout`")
        })?,
    })
}

fn check_count(value: &Value<'_>, count: usize) -> Result<(), ConfigError> {
    if count <= ASSERTIONS_MAX {
        return Ok(());
    }
    let allowed = format!("at most {ASSERTIONS_MAX} assertions of one check");
    Err(value.error(Problem::OutOfRange { value: count.to_string(), allowed }))
}

/// Reads all assertions of a table.
fn assertions(table: &Table<'_>) -> Result<Vec<Assertion>, ConfigError> {
    let mut assertions = Vec::new();
    for (key, read) in TEXTS {
        table.optional(key, |value| {
            for text in value.one_or_more("a text, or a list of texts")? {
                assertions.push(read(&text)?);
            }
            Ok(())
        })?;
    }
    let final_url = table.optional("final_url", url)?;
    let size_min = table.optional("size_min", Value::whole_number)?;
    let size_max = table.optional("size_max", |value| {
        let (min, max) = (size_min.unwrap_or_default(), value.whole_number()?);
        if max < min {
            let allowed = format!("at least {min}, the `size_min` beside it");
            return Err(value.error(Problem::OutOfRange { value: max.to_string(), allowed }));
        }
        Ok(max)
    })?;
    assertions.extend(final_url.map(Assertion::FinalUrl));
    assertions.extend(size_min.map(|bytes| Assertion::SizeMin(bytes.into())));
    assertions.extend(size_max.map(|bytes| Assertion::SizeMax(bytes.into())));
    Ok(assertions)
}

fn parsed<T>(
    value: &Value<'_>,
    parse: fn(&str) -> Result<T, AssertionError>,
) -> Result<T, ConfigError> {
    const { assert!(ASSERTION_MAX == BODY_PATTERN_MAX) };
    let text = bounded(value, ASSERTION_MAX)?;
    parse(text).map_err(|error| value.refused(text, error.expected))
}

/// Reads a status, a class, or a list of both.
fn status(value: &Value<'_>) -> Result<StatusSet, ConfigError> {
    const EXPECTED: &str = "a status such as `200` or `\"2xx\"`, or a list of them";
    let members = value.one_or_more(EXPECTED)?;
    if members.len() > STATUSES_MAX {
        let count = members.len().to_string();
        let allowed = format!("at most {STATUSES_MAX} of them");
        return Err(value.error(Problem::OutOfRange { value: count, allowed }));
    }
    let mut texts = Vec::new();
    for member in &members {
        let text = match member.whole_number() {
            Ok(number) => number.to_string(),
            Err(_) => member.text(EXPECTED)?.into(),
        };
        StatusSet::parse([text.as_str()])
            .map_err(|error| member.refused(&error.value, error.expected))?;
        texts.push(text);
    }
    // Each member has been read already, so that the error could name its place.
    StatusSet::parse(texts.iter().map(|text| text.as_str()))
        .map_err(|error| value.refused(&error.value, error.expected))
}
