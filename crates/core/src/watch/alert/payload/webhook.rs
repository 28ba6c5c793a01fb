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
    let keys = names.iter().map(|name| {
        let malformed = || PrepareError::SecretMalformed(name.clone(), SECRET);
        key(&secrets.read(name)?).ok_or_else(malformed)
    });
    let keys: Vec<Vec<u8>> = keys.collect::<Result<_, _>>()?;
    Ok(signed(url, message, body(alert), &keys, now))
}

/// A request that one secret signs; `None` if it is none. `message` is the id of the message: ASCII
/// letters, digits, `_` and `-`.
pub(crate) fn signed_request(
    url: &str,
    message: &str,
    body: String,
    secret: &str,
    now: Timestamp,
) -> Option<HttpAlert> {
    Some(signed(url.into(), message, body, &[key(secret)?], now))
}

fn signed(url: String, message: &str, body: String, keys: &[Vec<u8>], now: Timestamp) -> HttpAlert {
    let timestamp = now.as_millis() / 1000;
    let signed = format!("{message}.{timestamp}.{body}");
    let mut signatures = String::new();
    for key in keys {
        if !signatures.is_empty() {
            signatures.push(' ');
        }
        signatures.push_str("v1,");
        signatures.push_str(&signature(key, &signed));
    }
    let request = HttpAlert::json(url, body)
        .with("webhook-id", message.into())
        .with("webhook-timestamp", format!("{timestamp}"));
    match signatures.is_empty() {
        true => request,
        false => request.with("webhook-signature", signatures),
    }
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

/// A key has at most as many bytes as a block of SHA-256, so that it is padded and not hashed (RFC
/// 2104 §2).
fn signature(key: &[u8], signed: &str) -> String {
    let mut block = [0; *SECRET_SIZE.end()];
    for (to, from) in block.iter_mut().zip(key) {
        *to = *from;
    }
    let mut mac = Hmac::<Sha256>::new(&block.into());
    mac.update(signed.as_bytes());
    Base64::encode_string(&mac.finalize().into_bytes())
}

fn key(secret: &str) -> Option<Vec<u8>> {
    let key = Base64::decode_vec(secret.strip_prefix(PREFIX)?).ok()?;
    SECRET_SIZE.contains(&key.len()).then_some(key)
}
