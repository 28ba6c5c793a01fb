//! Bots of Telegram: <https://core.telegram.org/bots/api#sendmessage>.

use core::fmt::Write as _;

use alloc::format;
use alloc::string::{String, ToString as _};

use serde_json::json;

use super::cut::{cost_of, cut_to, escaped, utf16};
use super::secret::Secrets;
use super::wording::{Fact, Wording};
use super::{HttpAlert, PrepareError};
use crate::base::secret_name::SecretName;

/// The longest text, in UTF-16 code units after its entities were read.
const TEXT_MAX: usize = 4096;
/// The longest headline, in the same unit.
const HEADLINE_MAX: usize = 300;
/// What a bot's token has to be.
const TOKEN: &str = "a bot's token, such as `123456:ABC-DEF`";

pub(super) fn request(
    wording: &Wording<'_>,
    api: &str,
    token: &SecretName,
    chat: &str,
    secrets: &Secrets<'_>,
) -> Result<HttpAlert, PrepareError> {
    let value = secrets.read(token)?;
    // It becomes a part of the path.
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b':' | b'_' | b'-');
    if !value.bytes().all(is_plain) || !value.contains(':') {
        return Err(PrepareError::SecretMalformed(token.clone(), TOKEN));
    }
    let body = json!({
        "chat_id": chat,
        "text": text(wording),
        "parse_mode": "HTML",
        "link_preview_options": { "is_disabled": true },
    });
    Ok(HttpAlert::json(format!("{api}/bot{value}/sendMessage"), body.to_string()))
}

fn text(wording: &Wording<'_>) -> String {
    let headline = wording.headline(HEADLINE_MAX, utf16);
    // What is counted, and what is sent: the service counts no tags.
    let (mut plain, mut facts) = (String::new(), String::new());
    for (name, fact) in wording.facts(TEXT_MAX, utf16) {
        // Writing to a `String` does not fail.
        let _ = writeln!(plain, "{name}: {}", fact.as_str());
        let shown = match &fact {
            Fact::Words(words) => escaped(words).into_owned(),
            Fact::Link(url) => format!("<a href=\"{0}\">{0}</a>", escaped(url)),
        };
        let _ = writeln!(facts, "<b>{name}:</b> {shown}");
    }
    /// The line feeds between the parts.
    const BETWEEN: usize = 4;
    let used = cost_of(&headline, utf16) + cost_of(&plain, utf16) + BETWEEN;
    let summary = cut_to(&wording.summary, TEXT_MAX.saturating_sub(used), utf16);
    let summary = match summary.is_empty() {
        true => String::new(),
        false => format!("{}\n\n", escaped(&summary)),
    };
    format!("<b>{}</b>\n\n{summary}{}", escaped(&headline), facts.trim_end())
}
