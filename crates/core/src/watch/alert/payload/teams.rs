//! Workflows of Microsoft Teams, which take an adaptive card:
//! <https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using>.
//!
//! All of the card's text is in runs (`TextRun`), which know no markdown. A card mentions only the
//! people that its `msteams.entities` list, and this one has none.

use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use serde_json::{Value, json};

use super::cut::{cut_to, json_bytes};
use super::secret::Secrets;
use super::wording::Wording;
use super::{HttpAlert, PrepareError};
use crate::watch::alert::{AlertKind, ChannelAddress};
use crate::watch::severity::Severity;

/// The longest title, in bytes.
const TITLE_MAX: usize = 1000;
/// The longest summary, in bytes. With all else it is less than half of the 28 KB that a message
/// may have, since the service does not say whether it counts in UTF-8 or in UTF-16.
const SUMMARY_MAX: usize = 6000;

pub(super) fn request(
    wording: &Wording<'_>,
    address: &ChannelAddress,
    secrets: &Secrets<'_>,
) -> Result<HttpAlert, PrepareError> {
    let url = secrets.url(address)?;
    let title = wording.headline(TITLE_MAX, json_bytes);
    let run = json!({ "type": "TextRun", "text": title, "weight": "Bolder", "size": "Large",
        "color": colour(wording) });
    let mut body = alloc::vec![rich([run].into())];
    for paragraph in paragraphs(&cut_to(&wording.summary, SUMMARY_MAX, json_bytes)) {
        body.push(rich([json!({ "type": "TextRun", "text": paragraph })].into()));
    }
    for (name, fact) in wording.facts(SUMMARY_MAX, json_bytes) {
        let name = json!({ "type": "TextRun", "text": format!("{name}: "), "weight": "Bolder" });
        let fact = json!({ "type": "TextRun", "text": fact.as_str() });
        body.push(rich([name, fact].into()));
    }
    let links = [("Open the incident", wording.url()), ("Runbook", wording.runbook_url())];
    let action = |(title, url): (&str, Option<&str>)| {
        url.map(|url| json!({ "type": "Action.OpenUrl", "title": title, "url": url }))
    };
    let actions: Vec<Value> = links.into_iter().filter_map(action).collect();
    let card = json!({
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "fallbackText": title,
        "body": body,
        "actions": actions,
    });
    let attachment = json!({
        "contentType": "application/vnd.microsoft.card.adaptive",
        "contentUrl": null,
        "content": card,
    });
    let message = json!({ "type": "message", "attachments": [attachment] });
    Ok(HttpAlert::json(url, message.to_string()))
}

/// The lines that are not empty, of which a card shows 40 at most in blocks of their own.
fn paragraphs(text: &str) -> Vec<String> {
    const BLOCKS_MAX: usize = 40;
    let mut lines = text.lines().filter(|line| !line.is_empty());
    let mut paragraphs: Vec<String> = lines.by_ref().take(BLOCKS_MAX - 1).map(Into::into).collect();
    let rest: Vec<&str> = lines.collect();
    if !rest.is_empty() {
        paragraphs.push(rest.join(" "));
    }
    paragraphs
}

fn rich(inlines: Vec<Value>) -> Value {
    json!({ "type": "RichTextBlock", "inlines": inlines })
}

const fn colour(wording: &Wording<'_>) -> &'static str {
    match (wording.alert.kind, wording.incident().severity) {
        (AlertKind::Resolved, _) => "Good",
        (AlertKind::Test, _) => "Accent",
        (AlertKind::Opened | AlertKind::Updated, Severity::P0 | Severity::P1) => "Attention",
        (AlertKind::Opened | AlertKind::Updated, Severity::P2 | Severity::P3) => "Warning",
    }
}
