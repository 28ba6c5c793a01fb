//! Webhooks verify with the packages that receivers use: the consortium's own, for Rust, Node and
//! Python.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Result;
use breakwater_core::base::secret_name::SecretName;
use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::watch::alert::{
    Alert, AlertChannel, AlertKind, AlertedIncident, ChannelAddress, ChannelKind, HttpAlert,
    PreparedAlert,
};
use breakwater_core::watch::severity::Severity;
use breakwater_tests::{verified_in_python, verified_on_node};
use hyper::HeaderMap;
use serde_json::{Value, json};
use standardwebhooks::Webhook;

const OLD: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const NEW: &str = "whsec_d2hlbi1hLXNlY3JldC1pcy1jaGFuZ2VkLWJvdGgtc2lnbg==";

/// A body as it came, and a secret of the receiver's.
struct Case {
    request: HttpAlert,
    secret: &'static str,
    /// Whether the receiver ought to take it.
    verifies: bool,
}

/// Before a rotation, during it, with a body that was changed on its way, and late. Letters that
/// are not ASCII show whether bytes are signed.
fn cases() -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    for (secrets, secret, verifies) in [
        (&["OLD"][..], OLD, true),
        (&["OLD"], NEW, false),
        (&["OLD", "NEW"], OLD, true),
        (&["OLD", "NEW"], NEW, true),
        (&["NEW"], OLD, false),
    ] {
        let request = request(secrets, 0)?;
        let changed = HttpAlert { body: request.body.replace("P1", "P3"), ..request.clone() };
        cases.push(Case { request, secret, verifies });
        cases.push(Case { request: changed, secret, verifies: false });
    }
    // The packages disagree on a message that is exactly 300 s old, so that is no case.
    for (age_s, verifies) in [(290, true), (310, false)] {
        cases.push(Case { request: request(&["OLD"], age_s)?, secret: OLD, verifies });
    }
    Ok(cases)
}

/// A message that was signed this many seconds ago.
fn request(secrets: &[&str], age_s: u64) -> Result<HttpAlert> {
    let channel = AlertChannel {
        name: "ops".into(),
        kind: ChannelKind::Webhook {
            address: ChannelAddress::Url("https://hooks.example/".into()),
            secrets: secrets.iter().map(|it| SecretName::parse(it)).collect::<Result<_, _>>()?,
        },
        severities: Severity::ALL.into(),
        retry: breakwater_core::watch::alert::outbox::RETRY_DEFAULT,
        spacing: Millis::ZERO,
        escalate_after: None,
        repeat: None,
        quiet: None,
    };
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
    let now = Timestamp::from_millis(u64::try_from(now.as_millis())? - age_s * 1000);
    let incident = AlertedIncident {
        id: "a".into(),
        title: "Die Kasse ist außer Betrieb \u{1f6d2}".into(),
        severity: Severity::P1,
        state: "investigating".into(),
        since: now,
        resolved_at: None,
        checks: vec!["checkout".into()],
        summary: "\"503\" \u{2028} \\".into(),
        url: "https://shop.example/incidents/a".into(),
        runbook: None,
        is_acknowledged: false,
    };
    let alert = Alert { kind: AlertKind::Opened, at: now, incident };
    let secret = |name: &SecretName| match name.as_str() {
        "OLD" => Some(OLD.to_owned()),
        _ => Some(NEW.to_owned()),
    };
    match channel.prepare(&alert, "msg_1", &secret, now)? {
        PreparedAlert::Http(request) => Ok(request),
        PreparedAlert::Email(_) => anyhow::bail!("a webhook is no e-mail"),
    }
}

#[test]
fn the_crate_verifies_webhooks() -> Result<()> {
    for case in cases()? {
        let mut headers = HeaderMap::new();
        for (name, value) in &case.request.fields {
            headers.insert(*name, value.parse()?);
        }
        let verified = Webhook::new(case.secret)?.verify(case.request.body.as_bytes(), &headers);
        assert_eq!(verified.is_ok(), case.verifies, "{verified:?} {}", case.request.body);
    }
    Ok(())
}

/// The cases as the scripts read them.
fn as_json(cases: &[Case]) -> Vec<Value> {
    let case = |case: &Case| {
        let fields = case.request.fields.iter();
        let headers: Value = fields.map(|(name, value)| (*name, value.as_str())).collect();
        json!({ "secret": case.secret, "headers": headers, "body": case.request.body })
    };
    cases.iter().map(case).collect()
}

#[test]
fn the_npm_package_verifies_webhooks() -> Result<()> {
    let cases = cases()?;
    let expected: Vec<bool> = cases.iter().map(|case| case.verifies).collect();
    assert_eq!(verified_on_node(&as_json(&cases))?, expected);
    Ok(())
}

#[test]
fn the_package_from_pypi_verifies_webhooks() -> Result<()> {
    let cases = cases()?;
    let expected: Vec<bool> = cases.iter().map(|case| case.verifies).collect();
    assert_eq!(verified_in_python(&as_json(&cases))?, expected);
    Ok(())
}
