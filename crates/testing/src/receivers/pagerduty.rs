//! PagerDuty: <https://developer.pagerduty.com/docs/events-api-v2/trigger-events/>.

use super::form::{body, chars, list, object, one_of, text, time, url};
use super::{Came, Fault, Shown};

/// Bytes of an event.
const SIZE_MAX: usize = 512 * 1024;

pub(super) fn check(came: &Came, key: &str) -> Result<Shown, Fault> {
    if came.body.len() > SIZE_MAX {
        return Err(Fault::new(413, "the event has more than 512 KB"));
    }
    let names = [
        "routing_key",
        "event_action",
        "dedup_key",
        "payload",
        "client",
        "client_url",
        "links",
        "images",
    ];
    let body = body(came, &names)?;
    if body["routing_key"] != key || key.len() != 32 {
        return Err(Fault::new(400, "routing_key is not right"));
    }
    one_of(&body["event_action"], "event_action", &["trigger", "acknowledge", "resolve"])?;
    let dedup_key = text(&body["dedup_key"], "dedup_key", 255, chars)?;
    let payload = &body["payload"];
    let names = [
        "summary",
        "source",
        "severity",
        "timestamp",
        "component",
        "group",
        "class",
        "custom_details",
    ];
    object(payload, "payload", &names)?;
    let summary = text(&payload["summary"], "summary", 1024, chars)?;
    text(&payload["source"], "source", 1024, chars)?;
    one_of(&payload["severity"], "severity", &["critical", "error", "warning", "info"])?;
    time(&payload["timestamp"], "timestamp")?;
    let details = payload["custom_details"].as_object();
    let details = details.ok_or_else(|| Fault::new(400, "custom_details is no object"))?;
    let mut shown = Shown { text: summary.into(), ..Shown::default() };
    shown.key = Some(dedup_key.into());
    for detail in details.values() {
        shown.text.push('\n');
        shown.text.push_str(detail.as_str().unwrap_or_default());
    }
    for link in list(&body["links"], "links", 0, 50)? {
        object(link, "a link", &["href", "text"])?;
        shown.links.push(url(&link["href"], "href", 2048)?);
    }
    Ok(shown)
}
