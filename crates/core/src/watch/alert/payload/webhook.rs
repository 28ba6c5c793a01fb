//! Standard Webhooks 1.0.0: <https://github.com/standard-webhooks/standard-webhooks>.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use base64ct::{Base64, Encoding as _};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::Serialize;
use sha2::Sha256;

use super::secret::Secrets;
use super::{HttpAlert, PrepareError};
use crate::base::rfc3339::Rfc3339;
use crate::base::secret_name::SecretName;
use crate::base::time::Timestamp;
use crate::watch::alert::{Alert, ChannelAddress};

/// What a secret begins with.
const PREFIX: &str = "whsec_";
/// The shortest and the longest secret, in bytes.
const SECRET_SIZE: core::ops::RangeInclusive<usize> = 24..=64;
/// What a secret has to be.
const SECRET: &str = "`whsec_` and 24 to 64 bytes in base64";

#[derive(Serialize)]
struct WebhookBody<'a> {
    r#type: &'static str,
    timestamp: Rfc3339,
    data: WebhookData<'a>,
}

#[derive(Serialize)]
struct WebhookData<'a> {
    incident: WebhookIncident<'a>,
}

#[derive(Serialize)]
struct WebhookIncident<'a> {
    id: &'a str,
    title: &'a str,
    severity: &'static str,
    state: &'a str,
    since: Rfc3339,
    resolved_at: Option<Rfc3339>,
    checks: &'a [String],
    summary: &'a str,
    url: &'a str,
    runbook: Option<&'a str>,
}

/// The request. There is a signature for each current secret, all in one field, so that receivers
/// may change to a new secret at any time.
pub(super) fn request(
    alert: &Alert,
    message: &str,
    address: &ChannelAddress,
    names: &[SecretName],
    secrets: &Secrets<'_>,
    now: Timestamp,
) -> Result<HttpAlert, PrepareError> {
    let url = secrets.url(address)?;
    let body = body(alert);
    let timestamp = now.as_millis() / 1000;
    let signed = format!("{message}.{timestamp}.{body}");
    let mut signatures = String::new();
    for name in names {
        if !signatures.is_empty() {
            signatures.push(' ');
        }
        signatures.push_str("v1,");
        signatures.push_str(&signature(name, secrets, &signed)?);
    }
    let mut request = HttpAlert::json(url, body)
        .with("webhook-id", message.into())
        .with("webhook-timestamp", format!("{timestamp}"));
    if !signatures.is_empty() {
        request = request.with("webhook-signature", signatures);
    }
    Ok(request)
}

fn body(alert: &Alert) -> String {
    let incident = &alert.incident;
    let incident = WebhookIncident {
        id: &incident.id,
        title: &incident.title,
        severity: incident.severity.as_str(),
        state: &incident.state,
        since: Rfc3339(incident.since),
        resolved_at: incident.resolved_at.map(Rfc3339),
        checks: &incident.checks,
        summary: &incident.summary,
        url: &incident.url,
        runbook: incident.runbook.as_deref(),
    };
    let timestamp = Rfc3339(alert.at);
    let body =
        WebhookBody { r#type: alert.kind.as_str(), timestamp, data: WebhookData { incident } };
    // Texts and lists of texts always have a JSON form.
    serde_json::to_string(&body).unwrap_or_default()
}

fn signature(
    name: &SecretName,
    secrets: &Secrets<'_>,
    signed: &str,
) -> Result<String, PrepareError> {
    let malformed = || PrepareError::SecretMalformed(name.clone(), SECRET);
    let key = key(&secrets.read(name)?).ok_or_else(malformed)?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(|_| malformed())?;
    mac.update(signed.as_bytes());
    Ok(Base64::encode_string(&mac.finalize().into_bytes()))
}

fn key(secret: &str) -> Option<Vec<u8>> {
    let key = Base64::decode_vec(secret.strip_prefix(PREFIX)?).ok()?;
    SECRET_SIZE.contains(&key.len()).then_some(key)
}
