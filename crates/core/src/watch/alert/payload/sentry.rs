//! Sentry, as an event in an envelope: <https://develop.sentry.dev/sdk/data-model/envelopes/>.

use alloc::format;
use alloc::string::ToString as _;

use serde_json::{Value, json};

use super::cut::utf16;
use super::secret::Secrets;
use super::wording::Wording;
use super::{HttpAlert, PrepareError, digest, key_of};
use crate::base::rfc3339::Rfc3339;
use crate::base::secret_name::SecretName;
use crate::base::sentry_dsn::SentryDsn;
use crate::base::time::Timestamp;
use crate::watch::alert::AlertKind;
use crate::watch::severity::Severity;

/// The longest message, in characters.
const MESSAGE_MAX: usize = 8192;
/// The longest headline, in characters.
const HEADLINE_MAX: usize = 250;
/// The longest value of a tag, in characters.
const TAG_MAX: usize = 200;
/// What a DSN has to be.
const DSN: &str = "a DSN, such as `https://key@host/1`";

pub(super) fn request(
    wording: &Wording<'_>,
    message: &str,
    dsn: &SecretName,
    secrets: &Secrets<'_>,
    now: Timestamp,
) -> Result<HttpAlert, PrepareError> {
    let value = secrets.read(dsn)?;
    let malformed = || PrepareError::SecretMalformed(dsn.clone(), DSN);
    let to = SentryDsn::parse(&value).map_err(|_| malformed())?;
    let id = digest(message);
    let event = event(wording, &id).to_string();
    let head = json!({ "event_id": id, "sent_at": Rfc3339(now).to_string() });
    let item =
        json!({ "type": "event", "content_type": "application/json", "length": event.len() });
    let own = |name: &'static str, value| match name {
        // What sends alerts has a name of its own.
        "user-agent" => (name, super::USER_AGENT.into()),
        _ => (name, value),
    };
    Ok(HttpAlert {
        url: to.envelope_url(),
        method: "POST",
        fields: to.fields().into_iter().map(|(name, value)| own(name, value)).collect(),
        body: format!("{head}\n{item}\n{event}\n"),
    })
}

/// All messages of an incident are one issue.
fn event(wording: &Wording<'_>, id: &str) -> Value {
    let incident = wording.incident();
    // Events cannot close an issue, so that tests share one.
    let key = match wording.alert.kind {
        AlertKind::Test => "test".into(),
        AlertKind::Opened | AlertKind::Updated | AlertKind::Resolved => {
            key_of(&incident.id, TAG_MAX)
        }
    };
    let headline = wording.headline(HEADLINE_MAX, utf16);
    let room = MESSAGE_MAX.saturating_sub(HEADLINE_MAX + 2);
    let mut tags = json!({
        "severity": incident.severity.as_str(),
        "alert": wording.alert.kind.as_str(),
        "incident": key,
    });
    let checks = wording.checks(TAG_MAX, utf16);
    if !checks.is_empty() {
        tags["checks"] = checks.into();
    }
    let mut extra = json!({});
    for (name, fact) in wording.facts(MESSAGE_MAX, utf16) {
        extra[name.to_ascii_lowercase()] = fact.as_str().into();
    }
    json!({
        "event_id": id,
        "timestamp": Rfc3339(wording.alert.at).to_string(),
        "platform": "other",
        "logger": "breakwater",
        "level": level(wording),
        "message": format!("{headline}\n\n{}", wording.body(room, utf16)),
        "fingerprint": ["breakwater", key],
        "tags": tags,
        "extra": extra,
    })
}

const fn level(wording: &Wording<'_>) -> &'static str {
    match (wording.alert.kind, wording.incident().severity) {
        (AlertKind::Resolved | AlertKind::Test, _) | (_, Severity::P3) => "info",
        (_, Severity::P0) => "fatal",
        (_, Severity::P1) => "error",
        (_, Severity::P2) => "warning",
    }
}
