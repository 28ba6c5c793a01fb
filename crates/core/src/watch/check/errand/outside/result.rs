//! What the result of a test says of its target.

use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec;
use alloc::vec::Vec;

use serde_json::Value;

use super::{Inconclusive, test};
use crate::base::fields::{self, Fields};
use crate::base::redaction::Redactor;
use crate::base::rfc3339;
use crate::base::time::{Millis, Timestamp};
use crate::watch::check::expiry::ExpiryLimits;
use crate::watch::check::{
    Check, CheckAnswer, CheckKind, CheckObservation, CheckedAnswer, DnsRecord, bounded,
};
use crate::watch::monitor::CheckResult;

/// The longest error of a certificate that is told, in characters.
const CERTIFICATE_ERROR_MAX: usize = 60;

/// What a result says, or nothing while the test is under way.
pub(super) fn read(
    check: &Check,
    place: &str,
    body: &[u8],
    redactor: &Redactor,
    now: Timestamp,
) -> Option<Result<CheckObservation, Inconclusive>> {
    let unread = || Inconclusive::new("Globalping's result cannot be read");
    let Ok(measurement) = serde_json::from_slice::<Value>(body) else { return Some(Err(unread())) };
    if text(&measurement, "status") == "in-progress" {
        return None;
    }
    let first = measurement.get("results").and_then(|results| results.get(0));
    let Some((first, result)) = first.and_then(|first| Some((first, first.get("result")?))) else {
        return Some(Err(unread()));
    };
    let failure = match text(result, "status") {
        "in-progress" => return None,
        "finished" => None,
        // The target is to blame, unless the probe says that it is not.
        "failed" => match text(result, "failureSource") {
            "internal" | "resolver" => {
                return Some(Err(Inconclusive::new("the probe of Globalping failed")));
            }
            _ => Some("the target gave the probe no answer".to_string()),
        },
        _ => return Some(Err(Inconclusive::new("the probe of Globalping is gone"))),
    };
    let seen = match failure {
        Some(reason) => SeenThere {
            judged: Some((CheckResult::Down, vec![reason])),
            ..SeenThere::of(Came::Nothing, check.timeout)
        },
        None => match seen(check, result, now) {
            Some(seen) => seen,
            None => return Some(Err(unread())),
        },
    };
    Some(Ok(observed(check, place, seen, first, redactor, now)))
}

/// What a probe saw of its target.
struct SeenThere {
    came: Came,
    took: Millis,
    status: u16,
    fields: String,
    body: String,
    is_cut: bool,
    /// What it says of the check, where that is no matter of an answer.
    judged: Option<(CheckResult, Vec<String>)>,
}

/// What came of asking.
enum Came {
    Answer,
    Connection,
    Nothing,
    TimeOut,
}

impl SeenThere {
    fn of(came: Came, took: Millis) -> Self {
        let (fields, body) = (String::new(), String::new());
        Self { came, took, status: 200, fields, body, is_cut: false, judged: None }
    }
}

/// What a check makes of it, with the probe's place if the target is not well.
fn observed(
    check: &Check,
    place: &str,
    seen: SeenThere,
    first: &Value,
    redactor: &Redactor,
    now: Timestamp,
) -> CheckObservation {
    let request = check.kind.request();
    let answer = match seen.came {
        Came::Answer => CheckAnswer::Answered(CheckedAnswer {
            status: seen.status,
            fields: Fields::new(&seen.fields),
            body: seen.body.as_bytes(),
            size: seen.body.len() as u64,
            is_cut: seen.is_cut,
            url: request.as_ref().map(|request| request.url.as_str()).unwrap_or_default(),
            took: seen.took,
        }),
        Came::Connection => CheckAnswer::Connected { took: seen.took },
        Came::Nothing => CheckAnswer::Disconnected { took: seen.took },
        Came::TimeOut => CheckAnswer::TimedOut,
    };
    let mut observation = check.observe(&answer);
    if let Some((result, reasons)) = seen.judged {
        (observation.result, observation.reasons) = (result, reasons);
    }
    if observation.result != CheckResult::Up {
        if let Some(probe) = first.get("probe") {
            let word = |key| visible(text(probe, key));
            let (city, country, network) = (word("city"), word("country"), word("network"));
            observation.reasons.push(format!("asked from {city}, {country} ({network})"));
        }
        observation.reasons = bounded(observation.reasons);
    }
    check.with_evidence(observation, &answer, place, redactor, now)
}

/// What a probe saw, or nothing if the result is not one of such a check.
fn seen(check: &Check, result: &Value, now: Timestamp) -> Option<SeenThere> {
    let total = result.get("timings").and_then(|timings| timings.get("total"));
    let took = total.and_then(Value::as_u64).map_or(Millis::ZERO, Millis::new);
    // The shortest time-out of a test may be longer than the check's.
    if took > check.timeout {
        return Some(SeenThere::of(Came::TimeOut, took));
    }
    let answer = SeenThere::of(Came::Answer, took);
    Some(match &check.kind {
        CheckKind::Http(_) => {
            let mut lines = String::new();
            for (name, value) in result.get("headers")?.as_object()? {
                for value in value.as_array().map_or(core::slice::from_ref(value), Vec::as_slice) {
                    let value = visible(value.as_str().unwrap_or_default());
                    fields::push(&mut lines, name, &value);
                }
            }
            let is_cut = result.get("truncated").and_then(Value::as_bool).unwrap_or_default();
            let body = text(result, "rawBody").into();
            SeenThere { status: status(result)?, fields: lines, body, is_cut, ..answer }
        }
        CheckKind::Tls { limits, .. } => {
            let judged = Some(certificate(result.get("tls")?, *limits, now)?);
            SeenThere { judged, came: Came::Connection, ..answer }
        }
        CheckKind::Tcp { .. } => {
            let stats = result.get("stats")?;
            let average = stats.get("avg").and_then(Value::as_f64).unwrap_or_default();
            let took = Millis::new(average as u64);
            match stats.get("rcv")?.as_u64()? {
                0 => {
                    let reasons = vec!["the target accepted no connection".to_string()];
                    let judged = Some((CheckResult::Down, reasons));
                    SeenThere { judged, ..SeenThere::of(Came::Nothing, took) }
                }
                _ => SeenThere::of(Came::Connection, took),
            }
        }
        CheckKind::Dns { record, .. } => SeenThere { body: resolved(result, *record)?, ..answer },
        CheckKind::Domain(_)
        | CheckKind::Websocket { .. }
        | CheckKind::Heartbeat { .. }
        | CheckKind::Flow(_) => return None,
    })
}

/// What a certificate says, which is `null` if there was none.
fn certificate(
    tls: &Value,
    limits: ExpiryLimits,
    now: Timestamp,
) -> Option<(CheckResult, Vec<String>)> {
    if tls.is_null() {
        return Some((CheckResult::Down, vec!["the target shows no certificate".into()]));
    }
    let mut reasons = Vec::new();
    if !tls.get("authorized")?.as_bool()? {
        let error = text(tls, "error");
        reasons.push(match error.is_empty() {
            true => "the certificate is not accepted".to_string(),
            false => {
                let error: String = visible(error).chars().take(CERTIFICATE_ERROR_MAX).collect();
                format!("the certificate is not accepted: {error}")
            }
        });
    }
    let is_refused = !reasons.is_empty();
    let end = rfc3339::parse(tls.get("expiresAt")?.as_str()?)?;
    let (result, reason) = limits.judge("certificate", end, now);
    reasons.extend(reason);
    Some((if is_refused { CheckResult::Down } else { result }, reasons))
}

/// A resolver's answer in the JSON in which resolvers of DNS over HTTPS give it.
fn resolved(result: &Value, record: DnsRecord) -> Option<String> {
    let mut answers = Vec::new();
    for answer in result.get("answers")?.as_array()? {
        if text(answer, "type") == record.as_str() {
            let data = test::quoted(text(answer, "value"));
            answers.push(format!(r#"{{"type":{},"data":{data}}}"#, record.number()));
        }
    }
    Some(format!(r#"{{"Status":{},"Answer":[{}]}}"#, status(result)?, answers.join(",")))
}

fn status(result: &Value) -> Option<u16> {
    u16::try_from(result.get("statusCode")?.as_u64()?).ok()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// A text of Globalping without what terminals obey.
fn visible(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}
