//! Discord: <https://discord.com/developers/docs/resources/message>.

use serde_json::json;

use super::form::{body, list, object, text, time, url, utf16};
use super::{Came, Fault, Shown};

pub(super) fn check(came: &Came) -> Result<Shown, Fault> {
    let body = body(came, &["content", "embeds", "allowed_mentions"])?;
    let mut shown = Shown::default();
    let content = text(&body["content"], "content", 2000, utf16)?;
    let (content, url_in_it) = content.rsplit_once(' ').unwrap_or((content, ""));
    shown.text.push_str(&plain(content));
    shown.text.push_str(url_in_it);
    if body["allowed_mentions"] != json!({ "parse": [] }) {
        shown.mentions.push("mentions are allowed".into());
    }
    let mut total = 0;
    for embed in list(&body["embeds"], "embeds", 1, 10)? {
        let names = ["title", "description", "url", "color", "fields", "timestamp"];
        object(embed, "an embed", &names)?;
        let mut take = |value, what, max| -> Result<(), Fault> {
            let text = text(value, what, max, utf16)?;
            total += utf16(text);
            shown.text.push('\n');
            shown.text.push_str(&plain(text));
            Ok(())
        };
        take(&embed["title"], "title", 256)?;
        if !embed["description"].is_null() {
            take(&embed["description"], "description", 4096)?;
        }
        for field in list(&embed["fields"], "fields", 0, 25)? {
            object(field, "a field", &["name", "value", "inline"])?;
            take(&field["name"], "a field's name", 256)?;
            take(&field["value"], "a field's value", 1024)?;
        }
        if embed["color"].as_u64().is_none_or(|colour| colour > 0xff_ffff) {
            return Err(Fault::new(400, "color is no integer of 24 bits"));
        }
        time(&embed["timestamp"], "timestamp")?;
        if !embed["url"].is_null() {
            shown.links.push(url(&embed["url"], "url", 2048)?);
        }
    }
    match total > 6000 {
        true => Err(Fault::new(400, format!("the embeds have {total} characters"))),
        false => Ok(shown),
    }
}

/// The text as it is shown: a backslash before a mark is not.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match chars.peek() {
            Some(next) if c == '\\' && next.is_ascii_punctuation() => plain.extend(chars.next()),
            _ => plain.push(c),
        }
    }
    plain
}
