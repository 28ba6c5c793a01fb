//! What receivers' answers mean.

use alloc::string::String;
use alloc::vec::Vec;

use serde_json::Value;

use crate::base::time::{Millis, Timestamp};
use crate::circuit::outcome::retry_after;
use crate::watch::alert::outbox::{DeliveryEnd, DeliveryError};
use crate::watch::alert::{ChannelAddress, ChannelKind};

/// What a receiver answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeliveryAnswer<'a> {
    /// The status.
    pub status: u16,
    /// The field `Retry-After`.
    pub retry_after: Option<&'a str>,
    /// The beginning of the body, a KiB of which is enough.
    pub body: &'a [u8],
}

impl DeliveryAnswer<'_> {
    /// Says what the answer of a subscriber's webhook means: the same as that of a channel of this
    /// kind.
    pub fn judge_webhook(&self, now: Timestamp) -> DeliveryEnd {
        let address = ChannelAddress::Url(String::new());
        judge(&ChannelKind::Webhook { address, secrets: Vec::new() }, self, now)
    }
}

/// A message that was too large is so in the next attempt too. A status that a receiver answers
/// with while its operators change a secret or an address is retried, as Standard Webhooks wants
/// of nearly all. Redirects count as failures there, and no service of the others makes any.
pub(super) fn judge(
    kind: &ChannelKind,
    answer: &DeliveryAnswer<'_>,
    now: Timestamp,
) -> DeliveryEnd {
    let status = status(kind, answer);
    let failed = |status: Option<u16>| DeliveryEnd::Failed {
        error: DeliveryError::Status(status.unwrap_or(answer.status)),
        retry_after: wait(kind, answer, now),
    };
    match status {
        Some(200..=299) => DeliveryEnd::Delivered,
        Some(410) => DeliveryEnd::Gone,
        Some(413) => DeliveryEnd::Refused { error: DeliveryError::TooLarge },
        Some(status @ (400 | 422)) if !matches!(kind, ChannelKind::Webhook { .. }) => {
            DeliveryEnd::Refused { error: DeliveryError::Status(status) }
        }
        status => failed(status),
    }
}

/// The status that is meant: some services say in a body of status 200 that it went wrong. `None`
/// is a failure without a status of its own.
fn status(kind: &ChannelKind, answer: &DeliveryAnswer<'_>) -> Option<u16> {
    if !(200..=299).contains(&answer.status) {
        return Some(answer.status);
    }
    match kind {
        ChannelKind::Slack { .. } if json(answer)["ok"] == false => None,
        ChannelKind::Telegram { .. } if json(answer)["ok"] == false => {
            let code = json(answer)["error_code"].as_u64();
            code.and_then(|code| u16::try_from(code).ok()).filter(|code| *code >= 300)
        }
        ChannelKind::Teams { .. } => teams_status(answer),
        ChannelKind::Webhook { .. }
        | ChannelKind::Slack { .. }
        | ChannelKind::Discord { .. }
        | ChannelKind::Telegram { .. }
        | ChannelKind::Pagerduty { .. }
        | ChannelKind::Opsgenie { .. }
        | ChannelKind::Ntfy { .. }
        | ChannelKind::Sentry { .. }
        | ChannelKind::Email { .. } => Some(answer.status),
    }
}

/// The connectors of Teams before the workflows answer with 200 and "Webhook message delivery
/// failed with error: Microsoft Teams endpoint returned HTTP error 429 with ContextId …".
fn teams_status(answer: &DeliveryAnswer<'_>) -> Option<u16> {
    let body = core::str::from_utf8(answer.body).unwrap_or_default();
    if !body.contains("Webhook message delivery failed") {
        return Some(answer.status);
    }
    let (_, code) = body.split_once("HTTP error ")?;
    code.get(..3)?.parse().ok().filter(|code| *code >= 300)
}

/// How long the receiver wants to be left alone, by the field or by the body, whichever is longer.
fn wait(kind: &ChannelKind, answer: &DeliveryAnswer<'_>, now: Timestamp) -> Option<Millis> {
    let field = answer.retry_after.and_then(|field| retry_after(field, now));
    let body = match kind {
        ChannelKind::Telegram { .. } => json(answer)["parameters"]["retry_after"].as_f64(),
        ChannelKind::Discord { .. } => json(answer)["retry_after"].as_f64(),
        ChannelKind::Webhook { .. }
        | ChannelKind::Slack { .. }
        | ChannelKind::Teams { .. }
        | ChannelKind::Pagerduty { .. }
        | ChannelKind::Opsgenie { .. }
        | ChannelKind::Ntfy { .. }
        | ChannelKind::Sentry { .. }
        | ChannelKind::Email { .. } => None,
    };
    field.max(body.map(millis))
}

/// Seconds with a fraction, in milliseconds, of which a part counts as a whole one. A negative
/// number is no wait, and one that is too large is the longest.
fn millis(seconds: f64) -> Millis {
    let ms = (seconds * 1000.0) as u64;
    let is_part = (ms as f64) < seconds * 1000.0;
    Millis::new(ms.saturating_add(u64::from(is_part)))
}

fn json(answer: &DeliveryAnswer<'_>) -> Value {
    serde_json::from_slice(answer.body).unwrap_or_default()
}
