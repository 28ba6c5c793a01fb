//! What the result of a test says of its target.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec;
use alloc::vec::Vec;

use serde_json::{Value, json};

use super::Inconclusive;
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
    Some(match failure {
        Some(reason) => {
            let answer = CheckAnswer::Disconnected { took: check.timeout };
            let mut observation = check.observe(&answer);
            observation.reasons = vec![reason];
            Ok(told(check, place, observation, &answer, first, redactor, now))
        }
        None => with_answer(check, result, now, |answer, judged| {
            let mut observation = check.observe(answer);
            if let Some((result, reasons)) = judged {
                (observation.result, observation.reasons) = (result, bounded(reasons));
            }
            told(check, place, observation, answer, first, redactor, now)
        })
        .ok_or_else(unread),
    })
}

/// An observation with the probe's place and with evidence, if it is not well.
fn told(
    check: &Check,
    place: &str,
    mut observation: CheckObservation,
    answer: &CheckAnswer<'_>,
    first: &Value,
    redactor: &Redactor,
    now: Timestamp,
) -> CheckObservation {
    if observation.result != CheckResult::Up
        && let Some(probe) = first.get("probe")
    {
        let word = |key| visible(text(probe, key));
        let probe =
            format!("asked from {}, {} ({})", word("city"), word("country"), word("network"));
        observation.reasons.push(probe);
        observation.reasons = bounded(observation.reasons);
    }
    let evidence = check.evidence(&observation, answer, place, redactor, now);
    observation.evidence = evidence.map(Box::new);
    observation
}

/// Calls `judge` with a result as an answer, and with what it says where that is no matter of an
/// answer. Returns nothing if the result is not one of such a check.
fn with_answer<T>(
    check: &Check,
    result: &Value,
    now: Timestamp,
    judge: impl FnOnce(&CheckAnswer<'_>, Option<(CheckResult, Vec<String>)>) -> T,
) -> Option<T> {
    let total = result.get("timings").and_then(|timings| timings.get("total"));
    let took = total.and_then(Value::as_u64).map_or(Millis::ZERO, Millis::new);
    // The shortest time-out of a test may be longer than the check's.
    if took > check.timeout {
        return Some(judge(&CheckAnswer::TimedOut, None));
    }
    match &check.kind {
        CheckKind::Http(request) => {
            let mut lines = String::new();
            for (name, value) in result.get("headers")?.as_object()? {
                let values = match value {
                    Value::Array(values) => values.iter().filter_map(Value::as_str).collect(),
                    Value::String(value) => vec![value.as_str()],
                    Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => vec![],
                };
                fields::push(&mut lines, name, &values.join(", ").replace(['\r', '\n'], " "));
            }
            let body = text(result, "rawBody");
            let answer = CheckedAnswer {
                status: status(result)?,
                fields: Fields::new(&lines),
                body: body.as_bytes(),
                size: body.len() as u64,
                is_cut: result.get("truncated").and_then(Value::as_bool).unwrap_or_default(),
                url: &request.url,
                took,
            };
            Some(judge(&CheckAnswer::Answered(answer), None))
        }
        CheckKind::Tls { limits, .. } => {
            let judged = certificate(result.get("tls")?, *limits, now)?;
            Some(judge(&CheckAnswer::Connected { took }, Some(judged)))
        }
        CheckKind::Tcp { .. } => {
            let stats = result.get("stats")?;
            let took =
                Millis::new(stats.get("avg").and_then(Value::as_f64).unwrap_or_default() as u64);
            match stats.get("rcv")?.as_u64()? {
                0 => {
                    let reasons = vec!["the target accepted no connection".to_string()];
                    let judged = Some((CheckResult::Down, reasons));
                    Some(judge(&CheckAnswer::Disconnected { took }, judged))
                }
                _ => Some(judge(&CheckAnswer::Connected { took }, None)),
            }
        }
        CheckKind::Dns { record, .. } => {
            let body = resolved(result, *record)?.to_string();
            let answer = CheckedAnswer {
                status: 200,
                fields: Fields::new(""),
                body: body.as_bytes(),
                size: body.len() as u64,
                is_cut: false,
                url: "",
                took,
            };
            Some(judge(&CheckAnswer::Answered(answer), None))
        }
        CheckKind::Domain(_) | CheckKind::Websocket { .. } | CheckKind::Heartbeat { .. } => None,
    }
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
fn resolved(result: &Value, record: DnsRecord) -> Option<Value> {
    let answers = result.get("answers")?.as_array()?.iter();
    let of_kind = answers.filter(|answer| text(answer, "type") == record.as_str());
    let answers: Vec<Value> = of_kind
        .map(|answer| json!({ "type": record.number(), "data": text(answer, "value") }))
        .collect();
    Some(json!({ "Status": status(result)?, "Answer": answers }))
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
