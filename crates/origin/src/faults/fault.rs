//! A fault: the requests that it matches and its effect. Every fault that parses can take effect.

use core::error::Error;
use core::fmt;
use std::time::Duration;

use axum::http::{Method, StatusCode};
use serde_json::{Map, Value, json};

use super::pattern::{self, Pattern};

/// A delay lasts for at most 10 min; a test that needs a longer one can use `hang`.
const MAX_DELAY_MS: u64 = 600_000;
/// A `Retry-After` names at most 86,400 s, which is a day.
const MAX_RETRY_AFTER: u64 = 86_400;
/// A fault names at most 16 methods, which is more than all registered ones that a shop could see.
const MAX_METHODS: usize = 16;

const KEYS: &str = "match, kind, status, delay_ms, share, retry_after, methods";
const KINDS: &str = "status, latency, hang, reset, truncate, slow_body, garbage";
const STATUSES: &str = "an integer from 200 to 599";
const DELAYS: &str = "an integer from 0 to 600000";
const EFFECTIVE_DELAYS: &str = "an integer from 1 to 600000 with kind latency or slow_body";
const SHARES: &str = "a number from 0 to 1";
const RETRY_AFTERS: &str = "an integer from 0 to 86400";
const METHODS: &str = "a list of 1 to 16 upper-case methods";

/// The effect of a fault on a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Answers `status` with a small body.
    Status {
        /// The status.
        status: StatusCode,
        /// Seconds for `Retry-After`.
        retry_after: Option<u64>,
    },
    /// Delays the answer.
    Latency,
    /// Never answers.
    Hang,
    /// Resets the connection.
    Reset,
    /// Ends the connection after half of the body.
    Truncate,
    /// Sends the body in small pieces with pauses.
    SlowBody,
    /// Sends bytes that are not HTTP.
    Garbage,
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Status { .. } => "status",
            Self::Latency => "latency",
            Self::Hang => "hang",
            Self::Reset => "reset",
            Self::Truncate => "truncate",
            Self::SlowBody => "slow_body",
            Self::Garbage => "garbage",
        }
    }
}

/// A fault as it was injected.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pattern: Pattern,
    methods: Option<Vec<Method>>,
    /// The effect.
    pub(crate) kind: Kind,
    /// The delay before the effect; with `slow_body`, the pause between two pieces.
    pub(crate) delay: Duration,
    /// The share of matching requests that meet it, 0 to 1.
    pub(crate) share: f64,
}

impl Fault {
    /// Whether the fault matches such a request.
    pub(crate) fn matches(&self, method: &Method, path: &str) -> bool {
        self.pattern.matches(path)
            && self.methods.as_ref().is_none_or(|methods| methods.contains(method))
    }

    /// The fault as JSON, with the keys that take effect.
    pub(crate) fn view(&self) -> Value {
        let mut view = json!({
            "match": self.pattern.as_str(),
            "kind": self.kind.as_str(),
            "delay_ms": self.delay.as_millis() as u64,
            "share": self.share,
        });
        if let Kind::Status { status, retry_after } = self.kind {
            view["status"] = json!(status.as_u16());
            if let Some(seconds) = retry_after {
                view["retry_after"] = json!(seconds);
            }
        }
        if let Some(methods) = &self.methods {
            view["methods"] = methods.iter().map(Method::as_str).collect();
        }
        view
    }
}

/// The reason why a fault was refused.
#[derive(Debug, PartialEq)]
pub(crate) enum FaultError {
    /// The body is JSON, but not an object.
    NotAnObject {
        /// The kind of JSON value that it is.
        value: Value,
    },
    /// A key that no fault has.
    UnknownKey {
        /// The key.
        key: String,
        /// Its value.
        value: Value,
    },
    /// A key that is missing, although every fault or this kind of fault needs it.
    Missing {
        /// The key.
        key: &'static str,
        /// The values that are allowed.
        allowed: &'static str,
    },
    /// A value that the key does not allow.
    Invalid {
        /// The key.
        key: &'static str,
        /// The value.
        value: Value,
        /// The values that are allowed.
        allowed: &'static str,
    },
}

impl FaultError {
    /// The key, the value and the allowed values, as far as the error has them.
    pub(crate) fn members(&self) -> (Option<&str>, Option<&Value>, &'static str) {
        match self {
            Self::NotAnObject { value } => (None, Some(value), "an object"),
            Self::UnknownKey { key, value } => (Some(key), Some(value), KEYS),
            Self::Missing { key, allowed } => (Some(key), None, allowed),
            Self::Invalid { key, value, allowed } => (Some(key), Some(value), allowed),
        }
    }
}

impl fmt::Display for FaultError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAnObject { value } => write!(f, "a fault is an object, not {value}"),
            Self::UnknownKey { key, .. } => {
                write!(f, "unknown key \"{key}\"; a fault has the keys {KEYS}")
            }
            Self::Missing { key, allowed } => write!(f, "\"{key}\" is missing; it is {allowed}"),
            Self::Invalid { key, value, allowed } => {
                write!(f, "\"{key}\" cannot be {value}; it is {allowed}")
            }
        }
    }
}

impl Error for FaultError {}

impl TryFrom<Value> for Fault {
    type Error = FaultError;

    fn try_from(value: Value) -> Result<Self, FaultError> {
        let Value::Object(object) = value else {
            return Err(FaultError::NotAnObject { value });
        };
        let mut keys = Keys(object);
        let pattern =
            keys.required("match", pattern::ALLOWED, |value| Pattern::parse(value.as_str()?))?;
        let kind = keys.required("kind", KINDS, |value| Some(value.as_str()?.to_owned()))?;
        let status = keys.optional("status", STATUSES, |value| {
            let status = u16::try_from(value.as_u64()?).ok()?;
            (200..=599).contains(&status).then(|| StatusCode::from_u16(status).ok())?
        })?;
        let delay_ms = keys.optional("delay_ms", DELAYS, up_to(MAX_DELAY_MS))?;
        let share = keys.optional("share", SHARES, |value| {
            value.as_f64().filter(|share| (0.0..=1.0).contains(share))
        })?;
        let retry_after = keys.optional("retry_after", RETRY_AFTERS, up_to(MAX_RETRY_AFTER))?;
        let methods = keys.optional("methods", METHODS, methods)?;
        keys.finish()?;
        let kind = match kind.as_str() {
            "status" => Kind::Status {
                status: status.unwrap_or(StatusCode::SERVICE_UNAVAILABLE),
                retry_after,
            },
            "latency" => Kind::Latency,
            "hang" => Kind::Hang,
            "reset" => Kind::Reset,
            "truncate" => Kind::Truncate,
            "slow_body" => Kind::SlowBody,
            "garbage" => Kind::Garbage,
            _ => return Err(invalid("kind", kind.into(), KINDS)),
        };
        let (key, allowed) = ("delay_ms", EFFECTIVE_DELAYS);
        match (kind, delay_ms) {
            (Kind::Latency | Kind::SlowBody, None) => {
                return Err(FaultError::Missing { key, allowed });
            }
            (Kind::Latency | Kind::SlowBody, Some(0)) => {
                return Err(invalid(key, json!(0), allowed));
            }
            _ => {}
        }
        let delay = Duration::from_millis(delay_ms.unwrap_or(0));
        Ok(Self { pattern, methods, kind, delay, share: share.unwrap_or(1.0) })
    }
}

/// The keys of a fault that have not been read yet.
struct Keys(Map<String, Value>);

impl Keys {
    fn optional<T>(
        &mut self,
        key: &'static str,
        allowed: &'static str,
        parse: impl FnOnce(&Value) -> Option<T>,
    ) -> Result<Option<T>, FaultError> {
        let Some(value) = self.0.remove(key) else {
            return Ok(None);
        };
        match parse(&value) {
            Some(parsed) => Ok(Some(parsed)),
            None => Err(invalid(key, value, allowed)),
        }
    }

    fn required<T>(
        &mut self,
        key: &'static str,
        allowed: &'static str,
        parse: impl FnOnce(&Value) -> Option<T>,
    ) -> Result<T, FaultError> {
        self.optional(key, allowed, parse)?.ok_or(FaultError::Missing { key, allowed })
    }

    fn finish(self) -> Result<(), FaultError> {
        match self.0.into_iter().next() {
            None => Ok(()),
            Some((key, value)) => Err(FaultError::UnknownKey { key, value }),
        }
    }
}

fn invalid(key: &'static str, value: Value, allowed: &'static str) -> FaultError {
    FaultError::Invalid { key, value, allowed }
}

fn up_to(max: u64) -> impl FnOnce(&Value) -> Option<u64> {
    move |value| value.as_u64().filter(|number| *number <= max)
}

fn methods(value: &Value) -> Option<Vec<Method>> {
    let methods = value.as_array()?;
    let valid = (1..=MAX_METHODS).contains(&methods.len());
    valid.then(|| methods.iter().map(method).collect())?
}

fn method(value: &Value) -> Option<Method> {
    // Methods are case-sensitive, so "get" would match no request.
    let name = value.as_str().filter(|name| !name.bytes().any(|b| b.is_ascii_lowercase()))?;
    Method::from_bytes(name.as_bytes()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(fault: Value, expected: &str) {
        let error = Fault::try_from(fault).unwrap_err();
        assert!(error.to_string().starts_with(expected), "{error}");
    }

    #[test]
    fn refusals_name_key_value_and_what_is_allowed() {
        check(json!([]), "a fault is an object, not []");
        check(json!({}), "\"match\" is missing; it is a path");
        check(json!({"match": "/a"}), "\"kind\" is missing; it is status, latency, hang");
        check(json!({"match": "a", "kind": "hang"}), "\"match\" cannot be \"a\"; it is a path");
        check(json!({"match": "/a", "kind": "x"}), "\"kind\" cannot be \"x\"; it is status");
        check(json!({"match": "/a", "kind": "hang", "odds": 1}), "unknown key \"odds\"; a fault");
        let with = |key: &str, value: Value| json!({"match": "/", "kind": "status", key: value});
        check(with("status", json!(199)), "\"status\" cannot be 199; it is an integer from 200");
        check(with("status", json!("503")), "\"status\" cannot be \"503\"");
        check(with("share", json!(1.5)), "\"share\" cannot be 1.5; it is a number from 0 to 1");
        check(with("delay_ms", json!(-1)), "\"delay_ms\" cannot be -1");
        check(with("delay_ms", json!(600_001)), "\"delay_ms\" cannot be 600001");
        check(with("retry_after", json!("soon")), "\"retry_after\" cannot be \"soon\"");
        check(with("methods", json!(["get"])), "\"methods\" cannot be [\"get\"]; it is a list");
        check(with("methods", json!([])), "\"methods\" cannot be []");
    }

    #[test]
    fn delay_is_needed_where_the_fault_is_nothing_without_it() {
        check(json!({"match": "/", "kind": "latency"}), "\"delay_ms\" is missing; it is");
        check(
            json!({"match": "/", "kind": "slow_body", "delay_ms": 0}),
            "\"delay_ms\" cannot be 0",
        );
        let fault = json!({"match": "/", "kind": "hang", "delay_ms": 0});
        assert!(Fault::try_from(fault).is_ok());
    }

    #[test]
    fn view_shows_what_takes_effect() {
        let fault = json!({
            "match": "/api/*", "kind": "status", "retry_after": 7, "methods": ["GET", "QUERY"],
        });
        assert_eq!(
            Fault::try_from(fault).unwrap().view(),
            json!({
                "match": "/api/*", "kind": "status", "status": 503, "delay_ms": 0, "share": 1.0,
                "retry_after": 7, "methods": ["GET", "QUERY"],
            })
        );
    }
}
