//! ntfy, published as JSON: <https://docs.ntfy.sh/publish/#publish-as-json>.

use alloc::format;
use alloc::string::ToString as _;
use alloc::vec::Vec;

use serde_json::{Value, json};

use super::cut::json_bytes;
use super::secret::{Secrets, malformed};
use super::wording::Wording;
use super::{HttpAlert, PrepareError};
use crate::base::secret_name::SecretName;
use crate::watch::alert::{AlertKind, ChannelAddress};
use crate::watch::severity::Severity;

/// The longest title, in bytes.
const TITLE_MAX: usize = 250;
/// The longest message, in bytes. A longer one would become a file. The JSON of the whole may have
/// twice as many, so its escapes are counted too.
const MESSAGE_MAX: usize = 4096;
/// The longest topic, in characters.
const TOPIC_MAX: usize = 64;
/// What an address has to be.
const ADDRESS: &str = "the URL of a topic, such as `https://ntfy.sh/topic`";

pub(super) fn request(
    wording: &Wording<'_>,
    address: &ChannelAddress,
    token: Option<&SecretName>,
    secrets: &Secrets<'_>,
) -> Result<HttpAlert, PrepareError> {
    let url = secrets.url(address)?;
    let (root, topic) = url.rsplit_once('/').ok_or_else(|| malformed(address, ADDRESS))?;
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    let is_topic = (1..=TOPIC_MAX).contains(&topic.len()) && topic.bytes().all(is_plain);
    if !is_topic || root.ends_with('/') {
        return Err(malformed(address, ADDRESS));
    }
    let mut body = json!({
        "topic": topic,
        "title": wording.headline(TITLE_MAX, json_bytes),
        "message": wording.body(MESSAGE_MAX, json_bytes),
        "priority": priority(wording),
        "tags": [tag(wording), wording.incident().severity.as_str()],
        "actions": actions(wording),
    });
    if let Some(url) = wording.url() {
        body["click"] = url.into();
    }
    let request = HttpAlert::json(format!("{root}/"), body.to_string());
    Ok(match token {
        Some(token) => request.with("authorization", format!("Bearer {}", secrets.read(token)?)),
        None => request,
    })
}

const fn priority(wording: &Wording<'_>) -> u8 {
    match (wording.alert.kind, wording.incident().severity) {
        (AlertKind::Resolved | AlertKind::Test, _) | (_, Severity::P2) => 3,
        (_, Severity::P0) => 5,
        (_, Severity::P1) => 4,
        (_, Severity::P3) => 2,
    }
}

/// The short name of an emoji.
const fn tag(wording: &Wording<'_>) -> &'static str {
    match wording.alert.kind {
        AlertKind::Opened => "rotating_light",
        AlertKind::Updated => "warning",
        AlertKind::Resolved => "white_check_mark",
        AlertKind::Test => "test_tube",
    }
}

fn actions(wording: &Wording<'_>) -> Vec<Value> {
    let view = |url: &str| json!({ "action": "view", "label": "Runbook", "url": url });
    wording.runbook_url().into_iter().map(view).collect()
}
