//! PagerDuty's Events API v2:
//! <https://developer.pagerduty.com/docs/events-api-v2/trigger-events/>.

use alloc::string::ToString as _;
use alloc::vec::Vec;

use serde_json::{Value, json};

use super::cut::{cut_to, json_bytes, utf16};
use super::secret::Secrets;
use super::wording::Wording;
use super::{HttpAlert, PrepareError, key_of};
use crate::base::rfc3339::Rfc3339;
use crate::base::secret_name::SecretName;
use crate::watch::alert::AlertKind;
use crate::watch::severity::Severity;

/// The longest summary, in characters.
const SUMMARY_MAX: usize = 1024;
/// The longest key by which events are joined, in characters.
const KEY_MAX: usize = 255;
/// The longest text of all that is known, in bytes. An event may have 512 KB.
const DETAILS_MAX: usize = 20_000;
/// What is named as the part that is affected, in characters.
const COMPONENT_MAX: usize = 100;

pub(super) fn request(
    wording: &Wording<'_>,
    url: &str,
    routing_key: &SecretName,
    secrets: &Secrets<'_>,
) -> Result<HttpAlert, PrepareError> {
    let incident = wording.incident();
    let mut event = json!({
        "routing_key": secrets.read(routing_key)?,
        "event_action": action(wording),
        "dedup_key": key_of(&incident.id, KEY_MAX),
        "payload": {
            "summary": wording.headline(SUMMARY_MAX, utf16),
            "source": host(wording).unwrap_or("breakwater"),
            "severity": severity(incident.severity),
            "timestamp": Rfc3339(incident.since).to_string(),
            "component": wording.checks(COMPONENT_MAX, utf16),
            "class": wording.alert.kind.as_str(),
            "custom_details": details(wording),
        },
        "client": "Breakwater",
        "links": links(wording),
    });
    if let Some(url) = wording.url() {
        event["client_url"] = url.into();
    }
    Ok(HttpAlert::json(url.into(), event.to_string()))
}

/// News of an incident triggers it again under the same key, which adds to it and wakes no one. One
/// that an operator has taken on is taken on there too.
const fn action(wording: &Wording<'_>) -> &'static str {
    match wording.alert.kind {
        AlertKind::Resolved => "resolve",
        AlertKind::Updated if wording.incident().is_acknowledged => "acknowledge",
        AlertKind::Opened | AlertKind::Updated | AlertKind::Test => "trigger",
    }
}

const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::P0 => "critical",
        Severity::P1 => "error",
        Severity::P2 => "warning",
        Severity::P3 => "info",
    }
}

fn host<'a>(wording: &Wording<'a>) -> Option<&'a str> {
    let (_, rest) = wording.url()?.split_once("://")?;
    rest.split(['/', '?', '#']).next().filter(|host| !host.is_empty())
}

fn details(wording: &Wording<'_>) -> Value {
    let mut details = json!({ "title": cut_to(&wording.title, DETAILS_MAX, json_bytes) });
    if !wording.summary.is_empty() {
        details["summary"] = cut_to(&wording.summary, DETAILS_MAX, json_bytes).into();
    }
    for (name, fact) in wording.facts(DETAILS_MAX, json_bytes) {
        details[name.to_ascii_lowercase()] = fact.as_str().into();
    }
    details
}

fn links(wording: &Wording<'_>) -> Vec<Value> {
    let links = [("Open the incident", wording.url()), ("Runbook", wording.runbook_url())];
    let link =
        |(text, url): (&str, Option<&str>)| url.map(|it| json!({ "href": it, "text": text }));
    links.into_iter().filter_map(link).collect()
}
