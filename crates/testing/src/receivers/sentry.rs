//! Sentry: <https://develop.sentry.dev/sdk/data-model/envelopes/> and
//! <https://develop.sentry.dev/sdk/data-model/event-payloads/>.

use serde_json::Value;

use super::form::{chars, list, object, one_of, text, time};
use super::{Came, Fault, Shown};

/// Bytes of an event.
const SIZE_MAX: usize = 1024 * 1024;

pub(super) fn check(came: &Came, key: &str) -> Result<Shown, Fault> {
    let auth = came.field("x-sentry-auth");
    let has = |pair: &str| auth.trim_start_matches("Sentry ").split(", ").any(|it| it == pair);
    if !auth.starts_with("Sentry ")
        || !has("sentry_version=7")
        || !has(&format!("sentry_key={key}"))
    {
        return Err(Fault::new(401, "unauthorized"));
    }
    let project = came.path.strip_prefix("/api/").and_then(|it| it.strip_suffix("/envelope/"));
    if project.is_none_or(|it| it.is_empty() || !it.bytes().all(|b| b.is_ascii_digit())) {
        return Err(Fault::new(404, "no such project"));
    }
    if came.body.len() > SIZE_MAX {
        return Err(Fault::new(413, "the envelope is too large"));
    }
    let mut lines = came.body.splitn(3, '\n');
    let mut next = || lines.next().unwrap_or_default();
    let (head, item, rest) = (json(next())?, json(next())?, next());
    object(&head, "the envelope", &["event_id", "sent_at"])?;
    time(&head["sent_at"], "sent_at")?;
    object(&item, "the item", &["type", "content_type", "length"])?;
    one_of(&item["type"], "the item", &["event"])?;
    let size = item["length"].as_u64().and_then(|size| usize::try_from(size).ok());
    let split = size.and_then(|size| rest.split_at_checked(size));
    let (event, end) = split.ok_or_else(|| Fault::new(400, "length is not right"))?;
    if end != "\n" {
        return Err(Fault::new(400, "more follows the item than a line feed"));
    }
    let event = json(event)?;
    if event["event_id"] != head["event_id"] {
        return Err(Fault::new(400, "the ids differ"));
    }
    read(&event)
}

fn read(event: &Value) -> Result<Shown, Fault> {
    let names = [
        "event_id",
        "timestamp",
        "platform",
        "logger",
        "level",
        "message",
        "fingerprint",
        "tags",
        "extra",
    ];
    object(event, "the event", &names)?;
    let id = text(&event["event_id"], "event_id", 32, str::len)?;
    if id.len() != 32 || !id.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
        return Err(Fault::new(400, "event_id is not 32 hexadecimal digits"));
    }
    time(&event["timestamp"], "timestamp")?;
    one_of(&event["platform"], "platform", &["other"])?;
    one_of(&event["level"], "level", &["fatal", "error", "warning", "info", "debug"])?;
    let message = text(&event["message"], "message", 8192, chars)?;
    let tags = event["tags"].as_object().ok_or_else(|| Fault::new(400, "tags is no object"))?;
    for (name, value) in tags {
        let value = text(value, name, 200, chars)?;
        let is_name = |b: u8| b.is_ascii_alphanumeric() || b"_.:-".contains(&b);
        if name.len() > 32 || !name.bytes().all(is_name) || value.contains('\n') {
            return Err(Fault::new(400, format!("the tag {name} is not allowed")));
        }
    }
    let extra = event["extra"].as_object().ok_or_else(|| Fault::new(400, "extra is no object"))?;
    // Sentry blanks what has such a word in its name.
    let secret = ["token", "auth", "secret", "password", "credentials", "api_key"];
    if let Some(name) = extra.keys().find(|name| secret.iter().any(|word| name.contains(word))) {
        return Err(Fault::new(400, format!("{name} would be filtered")));
    }
    let fingerprint = list(&event["fingerprint"], "fingerprint", 1, 10)?;
    let key = fingerprint.last().and_then(Value::as_str).map(Into::into);
    Ok(Shown { text: message.into(), links: Vec::new(), mentions: Vec::new(), key })
}

fn json(line: &str) -> Result<Value, Fault> {
    serde_json::from_str(line).map_err(|_| Fault::new(400, "no JSON"))
}
