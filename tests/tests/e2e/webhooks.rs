//! Webhooks verify with the packages that receivers use: the consortium's own, for Rust and Node.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Result;
use breakwater_core::base::secret_name::SecretName;
use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::watch::alert::{
    Alert, AlertChannel, AlertKind, AlertedIncident, ChannelAddress, ChannelKind, HttpAlert,
    PreparedAlert,
};
use breakwater_core::watch::severity::Severity;
use breakwater_tests::verified;
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

/// Before a rotation, during it, and with a body that was changed on its way. Letters that are not
/// ASCII show whether bytes are signed.
fn cases() -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    for (secrets, secret, verifies) in [
        (&["OLD"][..], OLD, true),
        (&["OLD"], NEW, false),
        (&["OLD", "NEW"], OLD, true),
        (&["OLD", "NEW"], NEW, true),
        (&["NEW"], OLD, false),
    ] {
        let request = request(secrets)?;
        let changed = HttpAlert { body: request.body.replace("P1", "P3"), ..request.clone() };
        cases.push(Case { request, secret, verifies });
        cases.push(Case { request: changed, secret, verifies: false });
    }
    Ok(cases)
}

fn request(secrets: &[&str]) -> Result<HttpAlert> {
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
    let now = Timestamp::from_millis(u64::try_from(now.as_millis())?);
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

#[test]
fn the_npm_package_verifies_webhooks() -> Result<()> {
    let cases = cases()?;
    let case = |case: &Case| {
        let fields = case.request.fields.iter();
        let headers: Value = fields.map(|(name, value)| (*name, value.as_str())).collect();
        json!({ "secret": case.secret, "headers": headers, "body": case.request.body })
    };
    let verified = verified(&cases.iter().map(case).collect::<Vec<_>>())?;
    assert_eq!(verified, cases.iter().map(|case| case.verifies).collect::<Vec<_>>());
    Ok(())
}
