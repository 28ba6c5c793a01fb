//! Sentry, as an event in an envelope: <https://develop.sentry.dev/sdk/data-model/envelopes/>.

use alloc::format;
use alloc::string::{String, ToString as _};

use serde_json::{Value, json};

use super::cut::utf16;
use super::secret::Secrets;
use super::wording::Wording;
use super::{HttpAlert, PrepareError, digest, key_of};
use crate::base::rfc3339::Rfc3339;
use crate::base::secret_name::SecretName;
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
    let Dsn { base, key, project } = Dsn::read(&value).ok_or_else(malformed)?;
    let id = digest(message);
    let event = event(wording, &id).to_string();
    let head = json!({ "event_id": id, "sent_at": Rfc3339(now).to_string() });
    let item =
        json!({ "type": "event", "content_type": "application/json", "length": event.len() });
    let auth = format!(
        "Sentry sentry_version=7, sentry_client=breakwater/{}, sentry_key={key}",
        env!("CARGO_PKG_VERSION")
    );
    Ok(HttpAlert {
        url: format!("{base}/api/{project}/envelope/"),
        method: "POST",
        fields: alloc::vec![
            ("content-type", "application/x-sentry-envelope".into()),
            ("user-agent", super::USER_AGENT.into()),
            ("x-sentry-auth", auth),
        ],
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

/// `https://key@host/path/project`.
struct Dsn<'a> {
    /// The URL before `/api`.
    base: String,
    key: &'a str,
    project: &'a str,
}

impl<'a> Dsn<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let (user, rest) = rest.split_once('@')?;
        // Old ones have a secret too, which is no longer sent.
        let key = user.split(':').next().unwrap_or(user);
        let (place, project) = rest.rsplit_once('/')?;
        let base = format!("{scheme}://{place}");
        let is_key = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric());
        let is_project = !project.is_empty() && project.bytes().all(|b| b.is_ascii_digit());
        let is_base = crate::base::origin::Origin::parse(&base).is_ok();
        (is_key && is_project && is_base).then_some(Self { base, key, project })
    }
}
