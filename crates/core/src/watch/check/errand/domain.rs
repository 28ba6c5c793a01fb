//! How long a domain is still registered, by RDAP (RFC 9082, RFC 9083).
//!
//! Which server speaks for a registry is in IANA's list (RFC 9224), which is read first unless the
//! site file names the server. A registry that is busy or broken says nothing of the domain.

use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{ErrandStep, Inconclusive};
use crate::base::redaction::Redactor;
use crate::base::rfc3339;
use crate::base::time::{Millis, Timestamp};
use crate::watch::check::expiry::ExpiryLimits;
use crate::watch::check::{
    Check, CheckAnswer, CheckKind, CheckObservation, CheckRequest, CheckedAnswer,
};
use crate::watch::monitor::CheckResult;

/// IANA's list of the servers of registries (RFC 9224 §4), of about 70 KB.
const BOOTSTRAP: &str = "https://data.iana.org/rdap/dns.json";
/// The largest number of requests of a lookup: one for the list, and one to the registry's server.
pub(in crate::watch::check) const DOMAIN_REQUESTS_MAX: usize = 2;
/// The statuses with which a domain is not in the DNS, or is about to leave it (RFC 8056 §2), in
/// lower case and without spaces. Some servers write them as EPP does.
const LOST: [&str; 4] = ["clienthold", "serverhold", "redemptionperiod", "pendingdelete"];
/// The service that leads to the server of each registry by a redirect. It is only in commands for
/// people, whose addresses it limits one by one.
const REDIRECTOR: &str = "https://rdap.org/";

/// What a check asks of a registry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DomainQuestion {
    /// The name that is registered, in lower case.
    pub name: String,
    /// The base URL of the registry's server, which ends in a slash. Without it IANA's list says
    /// which one that is.
    pub rdap: Option<String>,
    /// How long before its end the check says so.
    pub limits: ExpiryLimits,
}

/// The way to what a registry says.
#[derive(Clone, Debug)]
pub(super) struct DomainLookup {
    /// The base URL of the registry's server, as soon as it is known.
    base: Option<String>,
    until: Timestamp,
    found: Option<Result<CheckObservation, Inconclusive>>,
}

impl DomainLookup {
    pub(super) fn begin(question: &DomainQuestion, timeout: Millis, now: Timestamp) -> Self {
        Self { base: question.rdap.clone(), until: now + timeout, found: None }
    }

    pub(super) fn poll(&self, check: &Check, now: Timestamp) -> ErrandStep {
        if let Some(found) = &self.found {
            return ErrandStep::End(found.clone());
        }
        let within = self.until.since(now);
        let CheckKind::Domain(question) = &check.kind else {
            return ErrandStep::End(Err(Inconclusive::new("the check is one of another kind")));
        };
        let request = match &self.base {
            _ if within == Millis::ZERO => {
                return ErrandStep::End(Err(Inconclusive::new("the time-out is over")));
            }
            Some(base) => registry_request(question, base),
            None => CheckRequest::get(BOOTSTRAP.into(), "application/json"),
        };
        ErrandStep::Ask { request, within }
    }

    pub(super) fn handle_answer(
        &mut self,
        check: &Check,
        place: &str,
        answer: &CheckAnswer<'_>,
        redactor: &Redactor,
        now: Timestamp,
    ) {
        let CheckKind::Domain(question) = &check.kind else { return };
        if self.base.is_some() {
            let judged = registered(question, answer, now);
            self.found = Some(judged.map(|(result, reasons, answered)| {
                let observation = CheckObservation {
                    check: check.name.clone(),
                    result,
                    took: answered.took,
                    status: Some(answered.status),
                    reasons,
                    evidence: None,
                };
                check.with_evidence(observation, answer, place, redactor, now)
            }));
            return;
        }
        match listed(answer).and_then(|list| server_of(list, &question.name)) {
            Ok(base) => self.base = Some(base),
            Err(why) => self.found = Some(Err(why)),
        }
    }
}

/// The request to a registry's server. Without one it is that to a service that knows them all.
pub(in crate::watch::check) fn registry_request(
    question: &DomainQuestion,
    base: &str,
) -> CheckRequest {
    let base = if base.is_empty() { REDIRECTOR } else { base };
    CheckRequest::get(format!("{base}domain/{}", question.name), "application/rdap+json")
}

/// The body of IANA's list.
fn listed<'a>(answer: &CheckAnswer<'a>) -> Result<&'a [u8], Inconclusive> {
    match answer.answered() {
        Some(answer) if answer.status == 200 => Ok(answer.body),
        Some(answer) => Err(Inconclusive::new(format!(
            "the list of registries is not to be had: status {}",
            answer.status
        ))),
        None => Err(Inconclusive::new("the list of registries is not to be had: no answer")),
    }
}

/// The base URL of the server that speaks for a name: the entry that ends the name and has the most
/// labels (RFC 9224 §4).
fn server_of(list: &[u8], name: &str) -> Result<String, Inconclusive> {
    let list: Value = serde_json::from_slice(list)
        .map_err(|_| Inconclusive::new("the list of registries cannot be read"))?;
    let empty = Vec::new();
    let services = list.get("services").and_then(Value::as_array).unwrap_or(&empty);
    let ends = |suffix: &str| {
        let before = name.len().checked_sub(suffix.len())?;
        let is_end = name.is_char_boundary(before)
            && name.get(before..)?.eq_ignore_ascii_case(suffix)
            && (before == 0 || name.get(..before)?.ends_with('.'));
        (is_end && !suffix.is_empty()).then_some(suffix.len())
    };
    let best = services
        .iter()
        .filter_map(|service| {
            let names = elements(service, 0)?.iter().filter_map(Value::as_str);
            Some((names.filter_map(ends).max()?, elements(service, 1)?))
        })
        .max_by_key(|(length, _)| *length);
    let Some((_, urls)) = best else {
        let why =
            format!("IANA's list names no RDAP server for `{name}`: set `rdap` if it has one");
        return Err(Inconclusive::new(why));
    };
    let url = urls.iter().filter_map(Value::as_str).find(|url| url.starts_with("https://"));
    let Some(url) = url else {
        return Err(Inconclusive::new(format!("the registry of `{name}` has no secure server")));
    };
    Ok(if url.ends_with('/') { url.into() } else { [url, "/"].concat() })
}

fn elements(value: &Value, index: usize) -> Option<&Vec<Value>> {
    value.get(index).and_then(Value::as_array)
}

/// What a registry's answer says of the domain.
fn registered<'a, 'b>(
    question: &DomainQuestion,
    answer: &'a CheckAnswer<'b>,
    now: Timestamp,
) -> Result<(CheckResult, Vec<String>, &'a CheckedAnswer<'b>), Inconclusive> {
    let unanswered = || Inconclusive::new("the registry does not answer");
    let answered = answer.answered().ok_or_else(unanswered)?;
    let (result, reasons) = match answered.status {
        200 => judge(question, answered.body, now)?,
        // RFC 7480 §5.3: there is no such domain.
        404 => (CheckResult::Down, vec![format!("`{}` is not registered", question.name)]),
        status => return Err(Inconclusive::new(format!("the registry answers {status}"))),
    };
    Ok((result, reasons, answered))
}

fn judge(
    question: &DomainQuestion,
    body: &[u8],
    now: Timestamp,
) -> Result<(CheckResult, Vec<String>), Inconclusive> {
    let unread = || Inconclusive::new("the registry's answer is not the JSON of RDAP");
    let domain: Value = serde_json::from_slice(body).map_err(|_| unread())?;
    let text = |key: &str| domain.get(key).and_then(Value::as_str).unwrap_or_default();
    let name = text("ldhName").trim_end_matches('.');
    if text("objectClassName") != "domain"
        || !(name.is_empty() || name.eq_ignore_ascii_case(&question.name))
    {
        return Err(unread());
    }
    let empty = Vec::new();
    let list = |key: &str| domain.get(key).and_then(Value::as_array).unwrap_or(&empty).iter();
    let mut reasons: Vec<String> = list("status")
        .filter_map(Value::as_str)
        .filter(|status| {
            let mut plain = status.replace(' ', "");
            plain.make_ascii_lowercase();
            LOST.contains(&plain.as_str())
        })
        .map(|status| format!("the registry's status is `{status}`"))
        .collect();
    let is_lost = !reasons.is_empty();
    let end = list("events")
        .filter(|event| event.get("eventAction").and_then(Value::as_str) == Some("expiration"))
        .filter_map(|event| event.get("eventDate").and_then(Value::as_str))
        .find_map(rfc3339::parse);
    let (result, reason) = match end {
        Some(end) => question.limits.judge("registration", end, now),
        // Some registries of countries keep it to themselves.
        None => (CheckResult::Degraded, Some("the registry does not say when it ends".to_string())),
    };
    reasons.extend(reason);
    Ok((if is_lost { CheckResult::Down } else { result }, reasons))
}
