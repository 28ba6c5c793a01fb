//! Incoming webhooks of Slack, as blocks: <https://docs.slack.dev/reference/block-kit/blocks>.

use core::fmt::Write as _;

use alloc::format;
use alloc::string::{String, ToString as _};
use serde_json::{Value, json};

use super::cut::{cut_to, entities, escaped, utf16};
use super::secret::Secrets;
use super::wording::{Fact, Wording};
use super::{HttpAlert, PrepareError};
use crate::watch::alert::ChannelAddress;

/// The longest header, in characters.
const HEADER_MAX: usize = 150;
/// The longest text of a section, in characters.
const SECTION_MAX: usize = 3000;
/// The longest text that stands for the blocks where they are not shown, in characters.
const FALLBACK_MAX: usize = 500;

pub(super) fn request(
    wording: &Wording<'_>,
    address: &ChannelAddress,
    secrets: &Secrets<'_>,
) -> Result<HttpAlert, PrepareError> {
    let url = secrets.url(address)?;
    let header = wording.headline(HEADER_MAX, utf16);
    let mut blocks = alloc::vec![json!({
        "type": "header",
        "text": { "type": "plain_text", "text": header, "emoji": false },
    })];
    if !wording.summary.is_empty() {
        blocks.push(section(&escaped(&cut_to(&wording.summary, SECTION_MAX, entities))));
    }
    blocks.push(section(&facts(wording)));
    let mut text = escaped(&wording.headline(FALLBACK_MAX, entities)).into_owned();
    if let Some(url) = wording.url() {
        // Writing to a `String` does not fail.
        let _ = write!(text, " <{}>", escaped(url));
    }
    Ok(HttpAlert::json(url, json!({ "text": text, "blocks": blocks }).to_string()))
}

/// A section whose text makes links and mentions only where it says so, between `<` and `>`.
fn section(text: &str) -> Value {
    json!({ "type": "section", "text": { "type": "mrkdwn", "text": text, "verbatim": true } })
}

fn facts(wording: &Wording<'_>) -> String {
    let mut text = String::new();
    for (name, fact) in wording.facts(SECTION_MAX, entities) {
        let shown = match &fact {
            Fact::Words(words) => escaped(words).into_owned(),
            Fact::Link(url) => format!("<{}>", link(url)),
        };
        let _ = writeln!(text, "*{name}:* {shown}");
    }
    text.trim_end().into()
}

/// A link needs its `&` only: no other character of it means anything.
fn link(url: &str) -> String {
    url.replace('&', "&amp;")
}
