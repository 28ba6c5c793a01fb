//! Webhooks of Discord: <https://discord.com/developers/docs/resources/webhook>.

use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use serde_json::{Value, json};

use super::cut::cut_to;
use super::secret::Secrets;
use super::wording::{Fact, Wording};
use super::{HttpAlert, PrepareError};
use crate::base::rfc3339::Rfc3339;
use crate::watch::alert::{AlertKind, ChannelAddress};
use crate::watch::severity::Severity;

/// The longest title, in characters.
const TITLE_MAX: usize = 256;
/// The longest description. Discord takes 4096 characters, and 6000 in all of a message's embeds.
const DESCRIPTION_MAX: usize = 3000;
/// The longest value of a field, in characters.
const FIELD_MAX: usize = 1024;
/// What stands above the embed, for readers who have embeds switched off, in characters.
const CONTENT_MAX: usize = 500;

/// In markdown these have to be escaped.
const MARKS: [char; 13] = ['\\', '*', '_', '~', '`', '|', '[', ']', '(', ')', '<', '>', '#'];

pub(super) fn request(
    wording: &Wording<'_>,
    address: &ChannelAddress,
    secrets: &Secrets<'_>,
) -> Result<HttpAlert, PrepareError> {
    let url = secrets.url(address)?;
    let mut embed = json!({
        "title": markdown(&wording.headline(TITLE_MAX, cost)),
        "color": colour(wording),
        "fields": fields(wording),
        "timestamp": Rfc3339(wording.alert.at).to_string(),
    });
    if !wording.summary.is_empty() {
        embed["description"] = markdown(&cut_to(&wording.summary, DESCRIPTION_MAX, cost)).into();
    }
    let mut content = markdown(&wording.headline(CONTENT_MAX, cost));
    if let Some(url) = wording.url() {
        embed["url"] = url.into();
        content.push_str(&format!(" <{url}>"));
    }
    // No text may call people: neither a title nor what a check has found.
    let body = json!({
        "content": content,
        "embeds": [embed],
        "allowed_mentions": { "parse": [] },
    });
    Ok(HttpAlert::json(url, body.to_string()))
}

fn fields(wording: &Wording<'_>) -> Vec<Value> {
    let facts = wording.facts(DESCRIPTION_MAX, cost);
    let field = |(name, fact): (&str, Fact<'_>)| {
        let value = match fact {
            Fact::Words(words) => markdown(&cut_to(&words, FIELD_MAX, cost)),
            Fact::Link(url) => format!("<{url}>"),
        };
        json!({ "name": name, "value": value, "inline": value.chars().count() < 40 })
    };
    facts.into_iter().map(field).collect()
}

const fn colour(wording: &Wording<'_>) -> u32 {
    match wording.alert.kind {
        AlertKind::Resolved => 0x2e_9e5b,
        AlertKind::Test => 0x88_8888,
        AlertKind::Opened | AlertKind::Updated => match wording.incident().severity {
            Severity::P0 => 0xb0_0020,
            Severity::P1 => 0xe5_484d,
            Severity::P2 => 0xf5_a623,
            Severity::P3 => 0x3b_82f6,
        },
    }
}

/// The service counts the text with what escapes it.
fn cost(c: char) -> usize {
    c.len_utf16() + usize::from(MARKS.contains(&c))
}

fn markdown(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if MARKS.contains(&c) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}
