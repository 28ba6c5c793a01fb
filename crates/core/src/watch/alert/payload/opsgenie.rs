//! Opsgenie's alert API, and what others have of its shape:
//! <https://docs.opsgenie.com/docs/alert-api>.

use alloc::format;
use alloc::string::ToString as _;

use serde_json::json;

use super::cut::utf16;
use super::secret::Secrets;
use super::wording::Wording;
use super::{HttpAlert, PrepareError, key_of};
use crate::base::percent;
use crate::base::secret_name::SecretName;
use crate::watch::alert::AlertKind;
use crate::watch::severity::Severity;

/// The longest message, in characters.
const MESSAGE_MAX: usize = 130;
/// The longest alias, in characters, as the stricter of those that have this API take it.
const ALIAS_MAX: usize = 250;
/// The longest description, in characters.
const DESCRIPTION_MAX: usize = 15_000;
/// The longest note, in characters.
const NOTE_MAX: usize = 25_000;
/// The longest entity, in characters.
const ENTITY_MAX: usize = 512;
/// Who says it.
const SOURCE: &str = "Breakwater";

/// Creates the alert, or closes it. Creating one that is open counts it again, and adds the note.
pub(super) fn request(
    wording: &Wording<'_>,
    url: &str,
    key: &SecretName,
    secrets: &Secrets<'_>,
) -> Result<HttpAlert, PrepareError> {
    let incident = wording.incident();
    let alias = key_of(&incident.id, ALIAS_MAX);
    let authorization = format!("GenieKey {}", secrets.read(key)?);
    let note = wording.body(NOTE_MAX, utf16);
    let request = if wording.is_resolved() {
        let mut close = format!("{url}/");
        percent::push(&mut close, &alias);
        close.push_str("/close?identifierType=alias");
        HttpAlert::json(close, json!({ "source": SOURCE, "note": note }).to_string())
    } else {
        let body = json!({
            "message": wording.headline(MESSAGE_MAX, utf16),
            "alias": alias,
            "description": wording.body(DESCRIPTION_MAX, utf16),
            "priority": priority(wording),
            "source": SOURCE,
            "entity": wording.checks(ENTITY_MAX, utf16),
            "tags": [incident.severity.as_str(), wording.alert.kind.as_str()],
            "details": {
                "severity": incident.severity.as_str(),
                "incident": wording.url().unwrap_or_default(),
                "runbook": wording.runbook_url().unwrap_or_default(),
            },
            "note": note,
        });
        HttpAlert::json(url.into(), body.to_string())
    };
    Ok(request.with("authorization", authorization))
}

const fn priority(wording: &Wording<'_>) -> &'static str {
    match (wording.alert.kind, wording.incident().severity) {
        (AlertKind::Test, _) => "P5",
        (_, Severity::P0) => "P1",
        (_, Severity::P1) => "P2",
        (_, Severity::P2) => "P3",
        (_, Severity::P3) => "P4",
    }
}
